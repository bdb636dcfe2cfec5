"""Characters that invented names and places are made of, and words that say nothing about a person."""

from __future__ import annotations

import re

SURNAMES = "林许沈顾陆苏叶温江程姜傅姚谭陶秦戴邹熊孟尹薛阎雷侯龙史黎贺郝龚邵钱汤康邱"
CHARACTERS = (
    "知夏怀舟云栖海棠青禾清晏若溪景行予安书瑶星野听澜望舒暮雪晴岚疏桐沐阳竹影松涛梧荷芷蘅芸苓菱蔓荔榕"
    "柏枫桦楠橙柚梨杏梅兰菊莲荻葵萱薇蓉蕊霁霏露霜虹霞曦晖晨昕昱朗澄湛涵泓泽浔漪渔汀洲渚屿岑峦岫崖谷"
    "砚墨笺韵弦笙箫琴瑟棋画诗词辞赋章翰锦绣绮纨素练缃黛翠碧朱赭琥珀琅琼瑾瑜璟珩璇玥珊瑚"
)

PLACE_SUFFIXES = "省市区县旗镇乡村组路街道巷弄号栋幢座楼层室"

# What forms print beside the values. A word stays only when it can be no part of a person's name or place.
LABELS = (
    "公民身份号码", "公民身份证号码", "居民身份证", "身份证号码", "身份证号", "身份证", "中华人民共和国",
    "签发机关", "有效期限", "有效期至", "有效期", "姓名", "性别", "民族", "出生日期", "出生", "住址", "地址", "住所",
    "机动车行驶证", "机动车驾驶证", "行驶证", "驾驶证", "号牌号码", "车辆类型", "所有人", "使用性质", "品牌型号",
    "车辆识别代号", "发动机号码", "发动机号", "注册日期", "发证日期", "初次领证日期", "准驾车型", "国籍", "证号",
    "档案编号", "核定载人数", "总质量", "整备质量", "外廓尺寸", "检验记录", "备注", "营业执照", "副本", "正本",
    "统一社会信用代码", "注册号", "名称", "类型", "法定代表人", "负责人", "经营者", "经营场所", "营业场所",
    "注册资本", "实收资本", "成立日期", "营业期限", "经营范围", "登记机关", "联系人", "联系电话", "电话", "手机",
    "收件人", "邮编", "银行卡", "信用卡", "借记卡", "储蓄卡", "卡号", "持卡人", "银联", "长期", "编号", "日期", "时间",
    "发票", "收据", "合同", "订单", "金额", "合计", "总计", "小计", "数量", "单价", "人民币",
)  # fmt: skip
OFFICES = (
    "有限责任公司", "股份有限公司", "有限公司", "分公司", "公司", "集团", "合作社", "工作室", "经营部", "服务部",
    "商行", "超市", "商店", "饮食店", "药店", "饭店", "酒店", "餐厅", "中心", "工厂", "机械厂", "厂", "店", "学校",
    "医院", "银行",
    "公安局", "公安厅", "交通警察", "交通管理", "交警", "车辆管理所", "派出所", "支队", "总队", "大队", "分局", "公安",
    "公安交通管理局", "交通管理局", "市场监督管理局", "行政审批局", "工商行政管理局", "管理局",
)  # fmt: skip
SHORT_WORDS = ("男", "女", "汉", "年", "月", "日", "元", "第", "页", "共", "元整")
LATIN_WORDS = frozenset(
    {"VIN", "VISA", "UnionPay", "MasterCard", "DEBIT", "CREDIT", "NO", "No", "Name", "ID", "TEL", "Tel", "RMB", "CNY",
     "VALID", "THRU", "MONTH", "YEAR"}
)  # fmt: skip


def _either(*words: str) -> str:
    return "|".join(sorted(words, key=len, reverse=True))


_LABEL = _either(*LABELS)
_LONE = f"(?<![\\u4e00-\\u9fff])(?:{_either(*SHORT_WORDS)})(?![\\u4e00-\\u9fff])"
_OFFICE = f"{_LABEL}|{_either(*OFFICES)}|(?<=.)[省市区县镇乡]"
PROSE = re.compile(f"({_LABEL}|{_LONE})")
ADDRESS = re.compile(f"({_LABEL}|单元|(?<=号)院|[{PLACE_SUFFIXES}])")
ORGANISATION = re.compile(f"({_OFFICE})")
LIKE_ADDRESS = re.compile("[省市区县州旗].*[路街镇乡村号道巷组]")
LIKE_ORGANISATION = re.compile(_either(*(word for word in OFFICES if len(word) > 1)))
