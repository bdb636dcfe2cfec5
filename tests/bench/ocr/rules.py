"""The simplest field rules, for engines that give lines of text only: a label, then what follows it."""

from __future__ import annotations

import json
import re
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Callable


@dataclass(frozen=True)
class Line:
    """A line of text and its upright box in pixels."""

    text: str
    left: float
    top: float
    right: float
    bottom: float

    @property
    def height(self) -> float:
        """Pixels from top to bottom."""
        return self.bottom - self.top


LABELS: dict[str, dict[str, tuple[str, ...]]] = {
    "idcard": {
        "name": ("姓名",),
        "gender": ("性别",),
        "nationality": ("民族",),
        "birth": ("出生",),
        "addr": ("住址",),
        "id": ("公民身份号码",),
        "authority": ("签发机关",),
        "valid_date": ("有效期限",),
    },
    "driving": {
        "plate_num": ("号牌号码",),
        "vehicle_type": ("车辆类型",),
        "owner": ("所有人",),
        "addr": ("住址",),
        "use_character": ("使用性质",),
        "model": ("品牌型号",),
        "vin": ("车辆识别代号",),
        "engine_num": ("发动机号码",),
        "register_date": ("注册日期",),
        "issue_date": ("发证日期",),
        "record": ("档案编号",),
        "passengers_num": ("核定载人数",),
        "total_quality": ("总质量",),
        "prepare_quality": ("整备质量",),
        "overall_size": ("外廓尺寸",),
    },
    "drivinglicense": {
        "id_num": ("证号",),
        "name": ("姓名",),
        "sex": ("性别",),
        "nationality": ("国籍",),
        "address": ("住址",),
        "birth_date": ("出生日期",),
        "issue_date": ("初次领证日期",),
        "car_class": ("准驾车型",),
        "valid_from": ("有效期限",),
    },
    "bizlicense": {
        "reg_num": ("统一社会信用代码",),
        "serial": ("编号",),
        "enterprise_name": ("名称",),
        "type_of_enterprise": ("类型",),
        "legal_representative": ("法定代表人", "经营者"),
        "type_of_organization": ("组成形式",),
        "business_scope": ("经营范围",),
        "registered_capital": ("注册资本",),
        "paid_in_capital": ("实收资本",),
        "registered_date": ("成立日期", "注册日期"),
        "valid_period": ("营业期限",),
        "address": ("住所", "经营场所"),
    },
}
LONG = ("addr", "address", "business_scope")
DATE = re.compile(r"(\d{4})\D{0,2}(\d{1,2})\D{0,2}(\d{1,2})")
PLATE = re.compile(r"[\u4e00-\u9fff][A-Z][·.•]?[A-Z0-9]{5,6}")


def answer(key: str, lines: list[Line]) -> dict[str, Any]:
    """WeChat's fields for the lines of a picture."""
    special: dict[str, Callable[[list[Line]], dict[str, Any]]] = {
        "bankcard": _bankcard,
        "platenum": _platenum,
        "menu": _menu,
        "comm": _comm,
    }
    if key in special:
        return special[key](lines)
    fields = {}
    for name, labels in LABELS[key].items():
        value = _beside(key, name, labels, lines)
        if value:
            fields[name] = value
    return _finished(key, fields, lines)


def _beside(key: str, name: str, labels: tuple[str, ...], lines: list[Line]) -> str:
    every = [label for several in LABELS[key].values() for label in several]
    for line in lines:
        text = line.text.replace(" ", "")
        label = next((one for one in labels if one in text), None)
        if label is None:
            continue
        rest = text.split(label, 1)[1].lstrip(":：")
        for other in every:
            rest = rest.split(other)[0]
        first = line
        if not rest:
            right = [
                one for one in lines if one is not line and one.left >= line.left and _same_row(line, one)
            ]
            right = [one for one in right if one.left > line.right - line.height]
            if not right:
                continue
            first = min(right, key=lambda one: one.left)
            rest = first.text.replace(" ", "")
        if name in LONG:
            rest += _below(first, lines, every)
        return rest
    return ""


def _same_row(first: Line, second: Line) -> bool:
    shared = min(first.bottom, second.bottom) - max(first.top, second.top)
    return shared > 0.5 * min(first.height, second.height)


def _below(first: Line, lines: list[Line], labels: list[str]) -> str:
    text, last = "", first
    for line in sorted(lines, key=lambda one: one.top):
        near = 0.3 * last.height < line.top - last.top < 1.9 * last.height
        aligned = first.left - last.height < line.left < first.right
        if near and aligned and not any(label in line.text for label in labels):
            text, last = text + line.text.replace(" ", ""), line
    return text


def _finished(key: str, fields: dict[str, Any], lines: list[Line]) -> dict[str, Any]:
    """Dates and the few forms that the replies prescribe."""
    for name in ("birth", "birth_date", "issue_date", "register_date"):
        match = DATE.search(fields.get(name, ""))
        if match:
            fields[name] = f"{match[1]}-{int(match[2]):02}-{int(match[3]):02}"
    if key == "idcard":
        fields["type"] = "Back" if "authority" in fields else "Front"
        if "valid_date" in fields:
            fields["valid_date"] = fields["valid_date"].replace(".", "")
    if key == "drivinglicense" and "valid_from" in fields:
        dates = ["-".join(match) for match in DATE.findall(fields["valid_from"])]
        fields["valid_from"], fields["valid_to"] = (*dates, "", "")[:2]
    if key == "driving":
        fields["overall_size"] = re.sub("[×X*]", "x", fields.get("overall_size", ""))
        if "record" in fields:
            fields["plate_num_b"] = fields.pop("plate_num", "")
    return fields


def _bankcard(lines: list[Line]) -> dict[str, Any]:
    joined = " ".join(line.text for line in lines)
    match = re.search(r"(?:\d[ ]?){15,18}\d", joined)
    return {"number": match[0].replace(" ", "")} if match else {}


def _platenum(lines: list[Line]) -> dict[str, Any]:
    match = PLATE.search("".join(line.text.replace(" ", "") for line in lines))
    return {"number": re.sub("[·.•]", "", match[0])} if match else {}


def _menu(lines: list[Line]) -> dict[str, Any]:
    items = []
    for line in lines:
        match = re.fullmatch(r"(.*?)[.·…\s]*[￥¥]?(\d+(?:\.\d+)?)元?", line.text)
        if not match:
            continue
        name = match[1]
        if not name:
            left = [one for one in lines if _same_row(one, line) and one.right <= line.left + line.height]
            name = max(left, key=lambda one: one.right).text if left else ""
        if name:
            items.append({"name": name.strip(" .·…￥¥"), "price": float(match[2])})
    return {"content": json.dumps({"menu_items": items}, ensure_ascii=False)}


def _comm(lines: list[Line]) -> dict[str, Any]:
    return {"items": [{"text": line.text} for line in lines]}
