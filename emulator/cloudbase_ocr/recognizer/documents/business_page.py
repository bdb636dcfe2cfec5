"""What stands on a business licence and belongs to none of its fields.

Since 2019 the paper carries SCJDGL all over (before: GJGSZJ), pale as it is, and electronic copies 电子营业执照 in
large slanted characters. Shenzhen prints a notice, 重要提示, where others have the scope. Before 2014 a second page
with rules and the yearly inspections is on the right. All of it is found by its words and its place, and left out
before labels are looked for: its words are those of labels, and its rows are level with values.
"""

from __future__ import annotations

import math
import re
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

import numpy as np

from cloudbase_ocr.recognizer.image.geometry import along
from cloudbase_ocr.recognizer.layout.pieces import part

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from cloudbase_ocr.recognizer.layout.pieces import Piece

GROUNDS = ("SCJDGL" * 3, "GJGSZJ" * 3)
_GROUND_LETTERS = re.compile("(?<![A-Za-z0-9])[A-Za-z0-9]{2,18}(?![A-Za-z0-9])")
_NOTICE = re.compile("商事主体|范围由章程确定")
_NOTICE_TITLE = frozenset("重要提示")
# The words of the rules on a second page; each of its lines has two of them, or is a heading.
_RULES = re.compile(
    "《|正本|副本|执照|凭证|同等|效力|醒目|伪造|涂改|出租|出借|转让|变更|换领|吊销|注销|清算|交回|遗失|毁坏|"
    "声明作废|补领|年度检验|登记机关"
)
_RULES_HEADING = re.compile("须\\s*知|(?:企业)?年(?:度)?检(?:验)?(?:情况|记录)?|[0-9]{1,2}[.、,，]?《.*")


@dataclass(frozen=True)
class BusinessPageParams:
    """What tells ground, watermark, notice and second page.

    `misread`: so many characters of a stretch of the ground's letters may be misread, from `long` letters on.
    `large`: characters of a watermark are so much higher and wider than the print around them; `slanted` lines, in
    radians off the page's, are watermarks or stamps, too. `near`: rows of the notice are at most so many heights apart.
    `title`: its title, set downwards, stands at most so many heights left of it. `rules`: so many lines of rules make a
    second page, and so many pieces beside it the first.
    """

    misread: int = 1
    long: int = 5
    large: float = 1.8
    slanted: float = 0.26
    near: float = 2.4
    title: float = 6.0
    rules: int = 3


BUSINESS_PAGE = BusinessPageParams()


@dataclass(frozen=True)
class BusinessPage:
    """The pieces that may be labels and values. With a `notice` the licence has no scope of its own."""

    pieces: list[Piece]
    notice: bool


def business_page(found: Sequence[Piece], params: BusinessPageParams = BUSINESS_PAGE) -> BusinessPage:
    """Leave out what belongs to no field."""
    kept = [each for piece in found for each in _without_ground(piece, params)]
    kept = _without_watermark(kept, params)
    kept = _first_page(kept, params)
    outside = _without_notice(kept, params)
    return BusinessPage(outside, len(outside) < len(kept))


def _without_ground(piece: Piece, params: BusinessPageParams) -> Iterator[Piece]:
    """What is left of a piece without the letters of the ground."""
    at = 0
    for found in _GROUND_LETTERS.finditer(piece.text):
        if not _is_ground(found[0], params, alone=found[0] == piece.text.strip()):
            continue
        if piece.text[at : found.start()].strip():
            yield part(piece, at, found.start())
        at = found.end()
    if at == 0:
        yield piece
    elif piece.text[at:].strip():
        yield part(piece, at, len(piece.text))


def _is_ground(text: str, params: BusinessPageParams, *, alone: bool) -> bool:
    allowed = params.misread if len(text) >= params.long else 0
    if len(text) < 3 and not alone:
        return False
    return any(
        sum(a != b for a, b in zip(text.upper(), ground[start:], strict=False)) <= allowed
        for ground in GROUNDS
        for start in range(6)
        if len(ground) - start >= len(text)
    )


def _without_watermark(found: list[Piece], params: BusinessPageParams) -> list[Piece]:
    print_ = [piece.height for piece in found if len(piece.text) > 2]
    if not print_:
        return found
    height = float(np.median(print_))
    page = float(np.median([_angle(piece) for piece in found if len(piece.text) > 2]))
    return [piece for piece in found if not _is_watermark(piece, height, page, params)]


def _is_watermark(piece: Piece, height: float, page: float, params: BusinessPageParams) -> bool:
    few = len(piece.text.strip()) <= 2
    if few and min(piece.height, piece.right - piece.left) > params.large * height:
        return True
    long = piece.right - piece.left > 1.3 * piece.height
    return long and abs(_angle(piece) - page) > params.slanted


def _angle(piece: Piece) -> float:
    x, y = along(piece.line.quad)
    return math.atan2(y, x)


def _first_page(found: list[Piece], params: BusinessPageParams) -> list[Piece]:
    """The pieces left of the fold, when rules stand right of it."""
    rules = [piece for piece in found if _is_rule(piece.text)]
    if len(rules) < params.rules:
        return found
    edge = float(np.percentile([piece.left for piece in rules], 20))
    fold = _fold(found, edge, float(np.median([piece.height for piece in rules])))
    first = [piece for piece in found if piece.centre < fold]
    beside = any(abs(a.middle - b.middle) < a.height for a in rules for b in first)
    return first if beside and len(first) >= params.rules else found


def _is_rule(text: str) -> bool:
    plain = text.replace(" ", "")
    return len(set(_RULES.findall(plain))) > 1 or bool(_RULES_HEADING.fullmatch(plain))


def _fold(found: Sequence[Piece], edge: float, height: float) -> float:
    """Where the blank strip left of the rules ends; without one, where the rules begin."""
    begin = end = -math.inf
    for piece in sorted(found, key=lambda piece: piece.left):
        if piece.left > end + 0.5 * height:
            if end > edge + height:
                break
            begin = piece.left
        end = max(end, piece.right)
    crossing = begin < edge - 8 * height
    return edge - height if crossing else begin - 0.25 * height


def _without_notice(found: list[Piece], params: BusinessPageParams) -> list[Piece]:
    """The pieces that are not in the notice: the rows from the first that names it, as long as they go on."""
    seeds = [piece for piece in found if _NOTICE.search(piece.text)]
    if not seeds:
        return found
    first = min(seeds, key=lambda piece: piece.middle)
    height = float(np.median([piece.height for piece in seeds]))
    left, right = min(piece.left for piece in seeds), max(piece.right for piece in seeds)
    top, bottom = first.middle - 0.8 * height, first.middle
    inside: list[Piece] = []
    for piece in sorted(found, key=lambda piece: piece.middle):
        below = top < piece.middle < bottom + params.near * height
        if below and left - height < piece.left < right and piece.height < params.large * height:
            inside.append(piece)
            bottom = piece.middle
    dropped = {id(piece) for piece in inside}
    dropped |= {
        id(piece)
        for piece in found
        if left - params.title * height < piece.left < left + height
        and top - height < piece.middle < bottom + height
        and set(piece.text) <= _NOTICE_TITLE | set(" 0123456789.、")
    }
    return [piece for piece in found if id(piece) not in dropped]


def unstacked(piece: Piece) -> list[Piece]:
    """Each character of a box that stands on end, such as 名类: labels set wide, whose rows are close."""
    count = len(piece.text)
    width = piece.right - piece.left
    if piece.label or not 2 <= count <= 4 or " " in piece.text or piece.height < 1.5 * width:
        return [piece]
    height = piece.height / count
    top = piece.middle - piece.height / 2
    upper, lower = piece.line.quad[[0, 1]], piece.line.quad[[3, 2]]
    found = []
    for index, (character, score) in enumerate(zip(piece.text, piece.line.scores, strict=True)):
        ends = [upper + (lower - upper) * (index + more) / count for more in (0, 1)]
        line = replace(
            piece.line,
            text=character,
            quad=np.stack((ends[0][0], ends[0][1], ends[1][1], ends[1][0])),
            scores=(score,),
            centers=(0.5,),
        )
        middle = top + (index + 0.5) * height
        found.append(replace(piece, text=character, middle=middle, height=height, line=line, start=0, end=1))
    return found
