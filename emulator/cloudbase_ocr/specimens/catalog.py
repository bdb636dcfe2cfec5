"""The specimens by name: which method reads each, and what it is called."""

from __future__ import annotations

from importlib.resources import files
from typing import NamedTuple


class Specimen(NamedTuple):
    """One invented document: its file's name without suffix, the key of its method, and what people call it."""

    name: str
    key: str
    title: str
    title_zh: str

    @property
    def picture(self) -> bytes:
        """The photo, a JPEG file."""
        return files(__package__).joinpath(f"{self.name}.jpg").read_bytes()


SPECIMENS = (
    Specimen("idcard-front", "idcard", "ID card, front", "身份证人像面"),
    Specimen("idcard-back", "idcard", "ID card, back", "身份证国徽面"),
    Specimen("idcard-long-term", "idcard", "ID card, back, long-term", "身份证国徽面（长期）"),
    Specimen("bankcard", "bankcard", "Bank card", "银行卡"),
    Specimen("bankcard-embossed", "bankcard", "Bank card, embossed", "银行卡（凸字）"),
    Specimen("bankcard-two-lines", "bankcard", "Bank card, number in two lines", "银行卡（卡号两行）"),
    Specimen("driving-front", "driving", "Vehicle licence, first page", "行驶证主页"),
    Specimen("driving-back", "driving", "Vehicle licence, second page", "行驶证副页"),
    Specimen("driving-both", "driving", "Vehicle licence, both pages", "行驶证主页和副页"),
    Specimen("drivinglicense", "drivinglicense", "Driver licence", "驾驶证"),
    Specimen("bizlicense", "bizlicense", "Business licence", "营业执照"),
    Specimen("bizlicense-portrait", "bizlicense", "Business licence, portrait", "营业执照（竖版）"),
    Specimen("printed-text", "comm", "Printed text", "印刷文字"),
    Specimen("platenum", "platenum", "Number plate, blue", "车牌（蓝）"),
    Specimen("platenum-green", "platenum", "Number plate, green", "车牌（绿）"),
    Specimen("platenum-yellow", "platenum", "Number plate, yellow", "车牌（黄）"),
    Specimen("menu", "menu", "Menu", "菜单"),
)


def specimen(name: str) -> Specimen | None:
    """Return the specimen of this name, or None."""
    return next((known for known in SPECIMENS if known.name == name), None)
