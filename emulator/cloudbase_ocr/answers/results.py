"""What was read from one picture, as programs get it: WeChat's fields, and beside them what each rests on."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from cloudbase_ocr.answers.explained import field_rows
from cloudbase_ocr.answers.shape import Shape
from wxcloud.contract import by_key

if TYPE_CHECKING:
    from cloudbase_ocr.answers.explained import FieldRow
    from cloudbase_ocr.recognizer import Explanation
    from wxcloud.contract import Method

Quad = tuple[tuple[int, int], tuple[int, int], tuple[int, int], tuple[int, int]]
"""Four corners (x, y), clockwise from the left top of the text, in pixels from the left top of the upright picture."""


@dataclass(frozen=True)
class FieldEvidence:
    """What one value of a reply rests on.

    `value` is the value itself. `confidence` is from 0 to 1, and None for what was not read as text: a position, a
    size, a constant. `quads` are the places of the pieces of text that it was read from, one for each line; empty when
    it has none. Their unit is the pixel of the picture as sent, upright: its EXIF orientation was applied.
    """

    value: Any
    confidence: float | None
    quads: tuple[Quad, ...]


@dataclass(frozen=True)
class RecognitionResult:
    """What was read from one picture.

    `method` is the cloud call, such as ``ocr.idcard``. `fields` are WeChat's business fields by their names in its
    JSON, in its order, without errcode and errmsg; what could not be read is an empty text. `evidence` has an entry
    for each single value, by its path: ``name``, ``items[0].text``, ``cert_position.pos``.
    """

    method: str
    fields: dict[str, Any]
    evidence: dict[str, FieldEvidence]

    @property
    def reply(self) -> dict[str, Any]:
        """The JSON that WeChat would send: errcode 0, errmsg ok, then the fields."""
        return {"errcode": 0, "errmsg": "ok", **self.fields}


def result_of(known: Method | None, told: Explanation) -> RecognitionResult:
    """Return what a picture was read as: a document of `known`, or what it was found to show."""
    read_as = known or by_key(told.key)
    if read_as is None:
        raise LookupError(f"the recognizer names {told.key!r}, which is no document of the contract")
    fields = Shape().apply(read_as, told.fields)
    rows = field_rows(read_as, fields, told)
    return RecognitionResult(read_as.permission, fields, {row.path: _evidence(row) for row in rows})


def _evidence(row: FieldRow) -> FieldEvidence:
    quads = tuple(_quad([(corner["x"], corner["y"]) for corner in quad]) for quad in row.quads)
    return FieldEvidence(row.value, row.confidence, quads)


def _quad(corners: list[tuple[int, int]]) -> Quad:
    first, second, third, fourth = corners
    return first, second, third, fourth
