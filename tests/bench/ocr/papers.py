"""Menus and printed pages."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

from tests.bench.ocr import patterns, people
from tests.bench.ocr.canvas import Canvas, Colour
from tests.bench.ocr.people import words

if TYPE_CHECKING:
    import random

    from tests.bench.ocr.fonts import Fonts

FIRST = words("清炒 红烧 糖醋 麻辣 葱爆 蒜蓉 干锅 清蒸 酱爆 香煎 椒盐 水煮 凉拌 宫保 鱼香 剁椒")
SECOND = words(
    "时蔬 排骨 里脊 土豆丝 牛肉 西兰花 鸡翅 鲈鱼 茄子 豆腐 大虾 肥肠 黄瓜 鸡丁 肉丝 鱼头 花菜 藕片"
)
WHOLE = words("米饭 酸梅汤 阳春面 小笼包 皮蛋瘦肉粥 扬州炒饭 紫菜蛋花汤 番茄鸡蛋面 桂花糕 绿豆沙 葱油饼 冰粉")
HEADINGS = words("凉菜 热菜 主食 汤羹 饮品 招牌菜")
SENTENCES = (
    "本协议自双方签字之日起生效，有效期为{n}年。",
    "甲方应于{y}年{m}月{d}日前支付货款人民币{money}元。",
    "请各位业主于{m}月{d}日上午9:30到物业服务中心（3号楼1层）领取门禁卡。",
    "根据测算，全年用水量约为{n},480立方米，同比下降{n}.5%。",
    "为了保障大家的用电安全，我们将于本周六对小区线路进行检修，届时停电约{n}小时，敬请谅解。",
    "孩子们在操场上奔跑，秋天的阳光落在梧桐树上，风里带着桂花的香气。",
    "第{n}条 承租人不得擅自改变房屋结构，不得将房屋转租给第三人。",
    "本产品应存放于阴凉干燥处，避免阳光直射，开封后请于{n}日内食用完毕。",
    "会议室可容纳{n}0人，配有投影仪、白板和无线网络，需要提前两天预约。",
    "联系人：{name}，电话：0000-{four}-{four2}，邮箱：service{n}@example.com。",
    "他把信折好放进抽屉，抬头望着窗外的雨，半天没有说话。",
    "温馨提示：儿童须在成人陪同下乘坐扶梯，严禁奔跑、打闹！",
    "请使用Python 3.{n}或更高版本运行程序，配置文件位于/etc/app/config.yaml。",
    "该方法在{n}个数据集上进行了实验，平均准确率达到9{d1}.{n}%，优于现有方案。",
    "订单编号：DD{y}{four}{four2}，商品数量{n}件，实付￥{money}。",
    "“知之为知之，不知为不知，是知也。”老师在黑板上写下这句话。",
    "参赛作品须为原创，字数在800—1500字之间，逾期不予受理。",
    "施工期间给您带来的不便，我们深表歉意，并感谢您的理解与支持。",
)  # fmt: skip
TITLES = (
    "通知",
    "关于停电检修的公告",
    "房屋租赁合同",
    "产品说明书",
    "借书须知",
    "会议纪要",
    "征文启事",
    "购销协议",
)


def menu(rng: random.Random, fonts: Fonts) -> Canvas:
    """One or two columns, prices with and without a currency, sometimes dots between or headings above."""
    columns = rng.choice((1, 1, 2))
    count = rng.randint(7, 13) * columns
    paper: Colour = rng.choice(((250, 242, 226), (255, 255, 252), (60, 30, 28), (34, 44, 42)))
    ink: Colour = (240, 226, 196) if sum(paper) < 300 else (56, 34, 26)
    sheet = Canvas(210, 285, 7, fonts, paper)
    patterns.guilloche(sheet, rng, (190, 150, 100), lines=9, depth=0.25)
    sheet.text(
        105,
        34,
        rng.choice(("望月小馆", "菜单", "老巷面馆", "MENU 菜单")),
        16,
        style="kai",
        fill=ink,
        middle=True,
        bold=1,
    )
    names: list[str] = []
    while len(names) < count:
        name = rng.choice(WHOLE) if rng.random() < 0.3 else rng.choice(FIRST) + rng.choice(SECOND)
        if name not in names:
            names.append(name)
    items = [(name, rng.randint(2, 128) + rng.choice((0.0, 0.0, 0.0, 0.5))) for name in names]
    way = rng.choice(("{}", "￥{}", "{}元", "￥{}", "{}.0"))
    dots, headed = rng.random() < 0.4, rng.random() < 0.5
    style = rng.choice(("hei", "kai", "song"))
    per_column = count // columns
    step = 205 / (per_column + headed)
    size = min(8.0 if columns == 1 else 6.0, step * 0.5)
    for column in range(columns):
        left = 26 + column * 84
        right = left + (158 if columns == 1 else 72)
        y = 62.0
        if headed:
            heading = HEADINGS[(column * 3 + rng.randint(0, 2)) % 6]
            sheet.text(left, y, heading, size * 1.15, style=style, fill=(190, 90, 40), bold=1)
            y += step
        for name, price in items[column * per_column : (column + 1) * per_column]:
            end = sheet.text(left, y, name, size, style=style, fill=ink, value=True)
            shown = way.format(f"{price:g}") if way != "{}.0" else f"{price:.1f}"
            start = right - sheet.length(shown, size, style)
            if dots:
                for dot in range(int((start - end - 4) / 2.4)):
                    x = end + 2 + dot * 2.4
                    sheet.draw.ellipse(sheet.px(x, y - 0.8, x + 0.5, y - 0.3), fill=ink)
            sheet.text(start, y, shown, size, style=style, fill=ink, value=True)
            y += step
    pairs = [{"name": name, "price": float(price)} for name, price in items]
    sheet.fields = {"content": json.dumps({"menu_items": pairs}, ensure_ascii=False)}
    return sheet


def page(rng: random.Random, fonts: Fonts) -> Canvas:
    """A page of running text; the truth is the list of its lines as printed."""
    sheet = Canvas(210, 160, 9, fonts, (250, 250, 247))
    style, latin = rng.choice(("song", "hei", "kai")), rng.choice(("plain", "roman"))
    size = rng.uniform(5.0, 7.0)
    lines: list[str] = []
    y = 22.0

    def write(x: float, text: str, height: float, *, bold: int = 0, middle: bool = False) -> None:
        nonlocal y
        sheet.text(x, y, text, height, style=style, latin=latin, value=True, bold=bold, middle=middle)
        lines.append(text)
        y += height * 1.75

    write(105, rng.choice(TITLES), size * 1.5, bold=1, middle=True)
    y += size * 0.4
    while y < 138:
        count = rng.randint(1, 3)
        text = "".join(_sentence(rng) for _ in range(count))
        indent = size * 2
        first, *_ = sheet.wrap(text, size, 178 - indent, style, latin)
        rest = sheet.wrap(text[len(first) :], size, 178, style, latin) if len(text) > len(first) else []
        for row, line in enumerate((first, *rest)):
            if y > 150:
                break
            # A line that ends in the middle of a word keeps its blank out of the truth.
            write(16 + (indent if row == 0 else 0), line.strip(), size)
        y += size * 0.35
    sheet.fields = {"lines": lines}
    return sheet


def _sentence(rng: random.Random) -> str:
    return rng.choice(SENTENCES).format(
        n=rng.randint(2, 9),
        d1=rng.randint(1, 8),
        y=rng.randint(2019, 2032),
        m=rng.randint(1, 12),
        d=rng.randint(1, 28),
        money=f"{rng.randint(10, 99999)}.{rng.randint(0, 99):02}",
        four=f"{rng.randint(0, 9999):04}",
        four2=f"{rng.randint(0, 9999):04}",
        name=people.name(rng).replace("·", ""),
    )
