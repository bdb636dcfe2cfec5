"""From the rows beside a label of a business licence to the field's value.

Rows that are doubtful are read again as a whole, without what red ink lies over them. Marks that a box cut off are
looked for where they must be: behind a row, before the next one, or alone in the row below. What no value of its
kind ends in is not answered.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

import numpy as np

from cloudbase_ocr.recognizer.documents.lexicon import enterprises
from cloudbase_ocr.recognizer.fields import formats
from cloudbase_ocr.recognizer.fields.punctuation import END_MARKS, with_end_mark
from cloudbase_ocr.recognizer.fields.reading import UNRESOLVED, Resolved
from cloudbase_ocr.recognizer.fields.resolve import resolve
from cloudbase_ocr.recognizer.image.augment import augmented
from cloudbase_ocr.recognizer.image.crop import straighten
from cloudbase_ocr.recognizer.image.geometry import box, grown, stretch
from cloudbase_ocr.recognizer.layout.pieces import joined, min_confidence, pieces, quad_of, rows, scores_of
from cloudbase_ocr.recognizer.layout.stamps import STAMP, redness, without_red

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from cloudbase_ocr.recognizer.fields.spec import FieldSpec
    from cloudbase_ocr.recognizer.image.geometry import Line, Quad
    from cloudbase_ocr.recognizer.layout.pieces import Piece
    from cloudbase_ocr.recognizer.page.page import Page

# Values in words that registries give, which doubtful characters are checked against.
WORDED: dict[str, Callable[[str, Sequence[float]], str]] = {
    "type_of_enterprise": enterprises.kind,
    "business_scope": enterprises.scope,
}
ONE_ROW = (
    "legal_representative",
    "type_of_organization",
    "registered_date",
    "registered_capital",
    "paid_in_capital",
)
# Names, which are printed without a point or a comma.
PRINTED_NAMES = ("enterprise_name", "address", "legal_representative")
# What stands in a name by mistake: specks of the paper. A point between letters of another script is none.
BRACKETS = "（()）：:"
SPECKS = ".'`_|,，"


@dataclass(frozen=True)
class BusinessValuesParams:
    """What it takes to answer a value.

    `scope_confidence`: that in each character of a scope's words; its small marks have less in good pictures, too.
    A text of `long` characters is answered nevertheless when their mean is `long_mean` and no more than the share
    `long_doubtful` of them is doubtful: one wrong character in a hundred is worth more than none right.

    `most_rows`: so many doubtful rows are read again, and `agreeing` readings must be the same; a text with more, or
    with a mean confidence under `legible`, is not to be read. `printed`: what has this mean confidence without red ink
    is print under a stamp, and with a height of `low` pixels it may say more in another box.

    `indented`: a row begins so far right of the others, in its own height, where its first mark was cut off. `speck`:
    marks in a name are specks under this confidence. `bracket`: a bracket is there with this one.

    A scope whose last row ends without a mark goes on when the row ends less than `ragged` heights before the longest,
    or is the only one and has more than `one_row` characters.
    """

    scope_confidence: float = 0.8
    long: int = 30
    long_mean: float = 0.95
    long_doubtful: float = 0.03
    most_rows: int = 4
    legible: float = 0.9
    agreeing: int = 3
    printed: float = 0.6
    low: float = 16.0
    indented: float = 0.2
    speck: float = 0.9
    one_row: int = 14
    ragged: float = 1.2
    bracket: float = 0.4


BUSINESS_VALUES = BusinessValuesParams()


def resolved(
    page: Page, name: str, found: list[Piece], spec: FieldSpec, params: BusinessValuesParams = BUSINESS_VALUES
) -> Resolved:
    """The value of the field `name` from its pieces in reading order; empty when it cannot be told."""
    if name in ONE_ROW:
        found = found[:1]
    if name == "business_scope":
        return _scope(page, found, spec, params)
    if name in WORDED:
        return _worded(page, name, found, spec)
    if name in PRINTED_NAMES:
        found = [settled(piece, params) for piece in found]
    value = resolve(page, found, spec)
    return _closed(page, found, value) if value.value else value


def in_place(
    page: Page, place: tuple[float, float, float, float], below: Sequence[Piece], spec: FieldSpec
) -> Resolved:
    """The value in a place of the rectified page where no line was found whole, such as under a seal.

    `below` is what was found of it; what stands under the place goes on with the value.
    """
    quad = page.rectification.box(*place)
    red = redness(page.picture, quad) > STAMP.touched
    found = pieces([_without_red(page, quad) if red else page.recognize_again(quad)], page.rectification)
    found += [piece for piece in below if piece.middle > place[3]]
    value, confidence = spec.parse(joined(found)), min_confidence(found, spec.counting)
    if not value or confidence < spec.needed(value):
        return UNRESOLVED
    return Resolved(value, page.evidence(found, confidence))


def _worded(page: Page, name: str, found: list[Piece], spec: FieldSpec) -> Resolved:
    parse = WORDED[name]
    scores = [score for piece in found for score in scores_of(piece)]
    return resolve(page, found, replace(spec, parse=lambda text: parse(text, scores)))


def _scope(page: Page, found: list[Piece], spec: FieldSpec, params: BusinessValuesParams) -> Resolved:
    found = _mended(page, found, params)
    found = [with_end_mark(page, piece) for piece in _with_first_marks(page, found, params)]
    if _is_cut(found, params):
        return UNRESOLVED
    text, scores = joined(found), [score for piece in found for score in scores_of(piece)]
    if not enterprises.scope(text, scores):
        return UNRESOLVED
    if enterprises.scope_confidence(text, scores) < params.scope_confidence and not _long_enough(
        text, scores, params
    ):
        return UNRESOLVED
    # What is still doubtful in it has one meaning only.
    return _worded(page, "business_scope", found, replace(spec, min_confidence=0.0))


def _is_cut(found: Sequence[Piece], params: BusinessValuesParams) -> bool:
    """Whether a scope goes on below its last row: that is as long as the others and ends in no mark."""
    if not found or found[-1].text[-1:] in END_MARKS:
        return False
    last = found[-1]
    if len(found) == 1:
        return len(last.text) > params.one_row
    return last.right > max(piece.right for piece in found[:-1]) - params.ragged * last.height


def _long_enough(text: str, scores: Sequence[float], params: BusinessValuesParams) -> bool:
    """Whether a long text may be answered although a few of its characters are doubtful."""
    letters = [score for each, score in zip(text, scores, strict=True) if each.isalnum()]
    if len(letters) < params.long:
        return False
    doubtful = sum(score < params.scope_confidence for score in letters)
    return sum(letters) >= params.long_mean * len(letters) and doubtful <= params.long_doubtful * len(letters)


def _mended(page: Page, found: list[Piece], params: BusinessValuesParams) -> list[Piece]:
    """The rows, each that is doubtful read again as a whole."""
    whole = rows(found)
    doubtful = [row for row in whole if _doubt(row) < params.scope_confidence]
    if not doubtful or len(doubtful) > params.most_rows or _mean(found) < params.legible:
        return found
    mended: list[Piece] = []
    for row in whole:
        if any(row is each for each in doubtful):
            mended += _read_again(page, row, params)
        else:
            mended += row
    return mended


def _mean(found: Sequence[Piece]) -> float:
    scores = [score for piece in found for score in scores_of(piece)]
    return sum(scores) / len(scores)


def _doubt(row: Sequence[Piece]) -> float:
    """The confidence in a row's worst character, marks and known entries apart."""
    return enterprises.scope_confidence(joined(row), [score for piece in row for score in scores_of(piece)])


def _read_again(page: Page, row: Sequence[Piece], params: BusinessValuesParams) -> list[Piece]:
    """The row as one line, if there is enough confidence in it; else as it is.

    What lay under red ink or in several boxes is read anew. Else most readings must agree.
    """
    quad = quad_of(row[0]) if len(row) == 1 else around(page, row)
    if redness(page.picture, quad) > STAMP.touched:
        under = pieces([_without_red(page, quad)], page.rectification)
        if under and _doubt(under) >= params.scope_confidence:
            return under
    given: dict[str, list[Piece]] = {_letters(joined(row)): [row[0]]} if len(row) == 1 else {}
    for count, (picture, place) in enumerate(augmented(page.picture, quad), 1):
        for piece in pieces([replace(page.recognize(picture, place), quad=quad)], page.rectification):
            given.setdefault(_letters(piece.text), []).append(piece)
        agreed = max(given.values(), key=len, default=[])
        best = max(agreed, key=lambda piece: _doubt([piece]), default=None)
        if best and len(agreed) >= params.agreeing and _doubt([best]) >= params.scope_confidence:
            return [best]
        if count == params.agreeing and len(agreed) == 1:  # each says something else
            break
    return list(row)


def _letters(text: str) -> str:
    return "".join(each for each in text if each.isalnum())


def around(page: Page, row: Sequence[Piece]) -> Quad:
    """The quad around the pieces of one or more rows."""
    half = float(np.median([piece.height for piece in row])) / 2
    middles = [piece.middle for piece in row]
    left, right = min(piece.left for piece in row), max(piece.right for piece in row)
    return page.rectification.box(left, min(middles) - half, right, max(middles) + half)


def is_legible(found: Sequence[Piece], params: BusinessValuesParams = BUSINESS_VALUES) -> bool:
    """Whether print is large and clear enough to say more in another box."""
    lines = [piece.line for piece in found]
    return _mean(found) >= params.printed and min(line.height for line in lines) >= params.low


def under_stamp(page: Page, piece: Piece, params: BusinessValuesParams = BUSINESS_VALUES) -> Piece | None:
    """The print that a red stamp lies over, in the better of two readings; None when there is only the stamp."""
    line = _without_red(page, quad_of(piece))
    letters = [score for each, score in zip(line.text, line.scores, strict=True) if each.isalnum()]
    if len(letters) < 2 or sum(letters) < params.printed * len(letters):
        return None
    [under] = pieces([line], page.rectification)
    return under if _doubt([under]) > _doubt([piece]) else replace(piece)


def _without_red(page: Page, quad: Quad) -> Line:
    crop = without_red(straighten(page.picture, quad))
    return replace(page.recognize(crop, box(0, 0, crop.shape[1], crop.shape[0])), quad=quad)


def _with_first_marks(page: Page, found: list[Piece], params: BusinessValuesParams) -> list[Piece]:
    """The rows, each that begins right of the others with the mark before it, if there is one."""
    if len(found) < 3:
        return found
    edge = float(np.percentile([piece.left for piece in found[1:]], 25))
    return [
        _with_first_mark(page, piece)
        if index and params.indented < (piece.left - edge) / piece.height < 1.5
        else piece
        for index, piece in enumerate(found)
    ]


def _with_first_mark(page: Page, piece: Piece) -> Piece:
    """The piece with the mark before it. The box of a row between close rows may hold too much of them."""
    head = piece.text[:5]
    if piece.start or len(head) < 5:
        return piece
    part = 5 / len(piece.text)
    ahead = 0.8 * piece.height / (piece.right - piece.left)
    quad = stretch(quad_of(piece), -ahead, part)
    for margin in (0.0, -0.15):
        line = page.recognize_again(grown(quad, margin))
        if line.text[1:3] == head[:2] and line.text[0] in END_MARKS and line.scores[0] >= 0.6:
            whole = piece.line
            with_mark = replace(
                whole,
                text=line.text[0] + whole.text,
                scores=(line.scores[0], *whole.scores),
                centers=(0.0, *whole.centers),
            )
            return replace(
                piece, text=with_mark.text[: len(piece.text) + 1], line=with_mark, end=piece.end + 1
            )
    return piece


def _closed(page: Page, found: list[Piece], value: Resolved) -> Resolved:
    """The value with the bracket that closes it: behind its last row, or alone in the row below."""
    text = value.value
    if sum(text.count(mark) for mark in "（(") <= sum(text.count(mark) for mark in "）)"):
        return value
    last = with_end_mark(page, found[-1])
    whole = joined([*found[:-1], last])
    if last is found[-1] and _bracket_below(page, found):
        whole = text + "）"
    return value._replace(value=formats.paired(whole))


def _bracket_below(page: Page, found: Sequence[Piece]) -> bool:
    """Whether a closing bracket stands alone in the row below the last one."""
    last = found[-1]
    pitch = last.middle - found[-2].middle if len(found) > 1 else 1.3 * last.height
    middle, half = last.middle + pitch, 0.5 * last.height
    place = page.rectification.box(
        last.left - 0.1 * last.height, middle - half, last.left + 1.4 * last.height, middle + half
    )
    line = page.recognize_again(place)
    return line.text in ("）", ")") and line.scores[0] >= 0.6


def settled(piece: Piece, params: BusinessValuesParams = BUSINESS_VALUES) -> Piece:
    """The piece without small marks that were read with doubt beside Chinese print.

    Brackets count as read for certain: what is doubtful in them is whether they are narrow or wide.
    """
    line, text = piece.line, piece.text
    scores = line.scores[piece.start : piece.end]
    keep = [
        index
        for index, (each, score) in enumerate(zip(text, scores, strict=True))
        if each not in SPECKS or score >= params.speck or _beside_latin(text, index)
    ]
    if not keep:
        return piece
    places = [piece.start + index for index in keep]
    kept = replace(
        line,
        text="".join(line.text[place] for place in places),
        scores=tuple(
            1.0
            if line.text[place] in BRACKETS and line.scores[place] >= params.bracket
            else line.scores[place]
            for place in places
        ),
        centers=tuple(line.centers[place] for place in places),
        quad=quad_of(piece),
    )
    return replace(piece, text=kept.text, line=kept, start=0, end=len(kept.text))


def _beside_latin(text: str, index: int) -> bool:
    around = text[max(0, index - 1) : index + 2]
    return any(each.isascii() and each.isalnum() for each in around)
