"""Which document a picture shows, from its text as read once: labels and titles, numbers, a plate's colours, prices.

Each sign has a weight, the chance that it alone is right; signs add up as independent chances do. Nothing is decided
here about whether the document can be read: that is for its reader.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING

import cv2
import numpy as np

from cloudbase_ocr.recognizer.documents.registry import KEYS
from cloudbase_ocr.recognizer.evidence import Candidate
from cloudbase_ocr.recognizer.fields import formats
from cloudbase_ocr.recognizer.fields.checksums import luhn_ok
from cloudbase_ocr.recognizer.image.geometry import bounds

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence

    from cloudbase_ocr.recognizer.image.geometry import Line, Picture
    from cloudbase_ocr.recognizer.page.page import Page

# Of the picture that the detector sees: that of most readers, so that they need not detect again.
LONG_SIDE = 960

SIGNATURES: dict[str, dict[str, float]] = {
    "idcard": {
        "居民身份证": 0.8,
        "公民身份号码": 0.8,
        "签发机关": 0.6,
        "民族": 0.4,
        "有效期限": 0.2,
        "姓名": 0.15,
        "性别": 0.15,
        "出生": 0.15,
        "住址": 0.15,
        "中华人民共和国": 0.1,
    },
    "vehicle_licence": {
        "中华人民共和国机动车行驶证": 0.8,
        "机动车行驶证": 0.8,
        "号牌号码": 0.4,
        "车辆类型": 0.4,
        "使用性质": 0.5,
        "品牌型号": 0.4,
        "车辆识别代号": 0.5,
        "发动机号码": 0.5,
        "注册日期": 0.2,
        "发证日期": 0.3,
        "所有人": 0.2,
        "档案编号": 0.3,
        "核定载人数": 0.5,
        "核定载质量": 0.5,
        "准牵引总质量": 0.5,
        "整备质量": 0.5,
        "总质量": 0.3,
        "外廓尺寸": 0.5,
        "检验记录": 0.5,
    },
    "driver_licence": {
        "中华人民共和国机动车驾驶证": 0.8,
        "机动车驾驶证": 0.8,
        "准驾车型": 0.7,
        "初次领证日期": 0.7,
        "有效起始日期": 0.5,
        "国籍": 0.4,
        "出生日期": 0.3,
        "证号": 0.1,
        "姓名": 0.1,
        "性别": 0.1,
        "住址": 0.1,
    },
    "business_licence": {
        "营业执照": 0.8,
        "统一社会信用代码": 0.7,
        "法定代表人": 0.5,
        "经营范围": 0.6,
        "注册资本": 0.5,
        "营业期限": 0.5,
        "经营场所": 0.5,
        "经营者": 0.3,
        "组成形式": 0.5,
        "成立日期": 0.4,
        "登记机关": 0.5,
        "名称": 0.1,
        "类型": 0.1,
        "住所": 0.1,
    },
    "bankcard": {
        "银行": 0.3,
        "银联": 0.5,
        "借记卡": 0.5,
        "信用卡": 0.5,
        "储蓄卡": 0.5,
        "UNIONPAY": 0.5,
        "DEBIT": 0.3,
        "CREDIT": 0.3,
        "VALID": 0.3,
        "BANK": 0.3,
        "DATE": 0.1,
    },
    "menu": {"菜单": 0.5, "菜谱": 0.5, "MENU": 0.5, "招牌菜": 0.3, "主食": 0.2, "饮品": 0.2},
}
# What stands alone in its line; a line of running text may begin with it.
TITLES = frozenset({"居民身份证", "机动车行驶证", "机动车驾驶证", "营业执照"})
# The two licences have all but one character of their titles in common.
DISTINCT = {
    "机动车行驶证": "行驶",
    "中华人民共和国机动车行驶证": "行驶",
    "机动车驾驶证": "驾驶",
    "中华人民共和国机动车驾驶证": "驾驶",
}
# Blue, green and yellow as OpenCV counts hues.
PLATE_HUES = ((98, 130), (38, 90), (12, 36))

_PRICE_FORM = r"[0-9]{1,5}(?:[.．][0-9]{1,2})?\s*(?:元|圆)?(?:/?[份个位例只碗杯盘斤两串])?$"
# A price alone, or one that ends a line after a dish and a gap.
_PRICED = re.compile(
    rf"^(?:[￥¥$]|RMB)?\s*{_PRICE_FORM}|[\u4e00-\u9fff][^0-9]*?(?:[.…·\s]|[￥¥$])+\s*{_PRICE_FORM}"
)
_WITH_CURRENCY = re.compile(r"[￥¥$]\s*[0-9]|[0-9]\s*(?:元|圆)")
_GROUPS = re.compile(r"(?<![0-9A-Z])[0-9]{3,19}(?:[ .·-]{1,3}[0-9]{2,8}){0,5}(?![0-9A-Z])")


@dataclass(frozen=True)
class ClassifyParams:
    """What signs count, as the chance that each alone is right.

    `inside`: by what a label counts that stands inside a longer line: pages of text name documents, too. `likeness`: a
    Chinese label counts when this share of its pairs of neighbouring characters is in one line.

    `text`, `no_text`: a picture with text shows at least text; one without may be anything. `running`: each line of
    `long_line` characters is a sign of running text.

    `checked_number`, `bare_number`: a number as long as a card's, whose Luhn digit is right, or not. `price`,
    `marked_price`: each line that is, or ends in, a price, and those with a currency's mark; without one there must be
    `fewest_prices`.

    `plate`, `plate_large`, `plate_colour`: a plate's number; one that is at least the share `large` of the picture
    high; one on blue, green or yellow of at least the saturation `saturated` (0 to 255).
    """

    inside: float = 0.2
    likeness: float = 0.6
    text: float = 0.3
    no_text: float = 0.01
    running: float = 0.04
    long_line: int = 15
    checked_number: float = 0.8
    bare_number: float = 0.4
    price: float = 0.06
    marked_price: float = 0.12
    fewest_prices: int = 3
    plate: float = 0.3
    plate_large: float = 0.5
    plate_colour: float = 0.6
    large: float = 0.04
    saturated: int = 90


CLASSIFY = ClassifyParams()


def candidates(page: Page, params: ClassifyParams = CLASSIFY) -> tuple[Candidate, ...]:
    """Every document with its score, the likeliest first. Reads the text if it was not read yet."""
    lines = [line for line in page.lines() if line.text]
    signs = {document: list(_labels(lines, labels, params)) for document, labels in SIGNATURES.items()}
    signs["bankcard"] += _numbers(lines, params)
    signs["menu"] += _prices(lines, params)
    signs["number_plate"] = list(_plates(lines, page.picture, params))
    signs["printed_text"] = [
        params.text if lines else params.no_text,
        *(params.running for line in lines if len(line.text) >= params.long_line),
    ]
    scored = [Candidate(KEYS[document], round(_together(each), 4)) for document, each in signs.items()]
    return tuple(sorted(scored, key=lambda candidate: -candidate.score))


def _together(chances: Iterable[float]) -> float:
    """The chance that at least one of these independent signs is right."""
    return 1 - float(np.prod([1 - chance for chance in chances]))


def _labels(lines: Sequence[Line], labels: dict[str, float], params: ClassifyParams) -> Iterator[float]:
    texts = [re.sub(r"[\s:：]", "", line.text.upper()) for line in lines]
    pairs = [_pairs(text) for text in texts]
    for label, weight in labels.items():
        wanted = _pairs(label)
        best = 0.0
        for text, found in zip(texts, pairs, strict=True):
            if DISTINCT.get(label, "") not in text:
                continue
            if label in text or (
                not label.isascii() and len(wanted & found) >= params.likeness * len(wanted)
            ):
                labels_value = text.startswith(label[:2]) and label not in TITLES
                alone = labels_value or len(label) >= 0.5 * len(text)
                best = max(best, weight if alone else params.inside * weight)
        if best:
            yield best


def _pairs(text: str) -> set[str]:
    return {text[at : at + 2] for at in range(len(text) - 1)}


def _numbers(lines: Sequence[Line], params: ClassifyParams) -> list[float]:
    """Numbers as long as a card's: in one line, or in two that follow each other."""
    best = 0.0
    for line in lines:
        for match in _GROUPS.finditer(line.text.replace("O", "0")):
            digits = re.sub("[^0-9]", "", match[0])
            if 15 <= len(digits) <= 19 and len(digits) >= 0.6 * len(line.text):
                best = max(best, params.checked_number if luhn_ok(digits) else params.bare_number)
    if not best:
        groups = [line for line in lines if re.fullmatch("[0-9]{4}", line.text.strip())]
        best = params.bare_number if len(groups) >= 3 else 0.0
    return [best] if best else []


def _prices(lines: Sequence[Line], params: ClassifyParams) -> list[float]:
    """Each line that is, or ends in, a price; those with a currency's mark count more."""
    signs = []
    for line in lines:
        text = line.text.strip(" .·…")
        if _PRICED.search(text):
            signs.append(params.marked_price if _WITH_CURRENCY.search(text) else params.price)
    return signs if len(signs) >= params.fewest_prices or params.marked_price in signs else []


def _plates(lines: Sequence[Line], picture: Picture, params: ClassifyParams) -> Iterator[float]:
    found = [line for line in lines if formats.plate(line.text)]
    found += [
        second
        for first in lines
        for second in lines
        if first is not second and len(first.text) <= 3 and formats.plate(first.text + second.text)
    ]
    if not found:
        return
    line = max(found, key=lambda line: line.height)
    yield params.plate
    if line.height >= params.large * picture.shape[0]:
        yield params.plate_large
    if _plate_coloured(picture, line, params.saturated):
        yield params.plate_colour


def _plate_coloured(picture: Picture, line: Line, saturated: int) -> bool:
    """Whether what is around the characters is blue, green or yellow."""
    low, high = bounds(line.quad)
    left, top = np.clip(np.floor(low), 0, None).astype(int)
    right, bottom = np.ceil(high).astype(int)
    part = picture[top:bottom, left:right]
    if not part.size:
        return False
    hue, saturation, _ = np.median(cv2.cvtColor(part, cv2.COLOR_BGR2HSV).reshape(-1, 3), axis=0)
    return bool(saturation >= saturated and any(low <= hue <= high for low, high in PLATE_HUES))
