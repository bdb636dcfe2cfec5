"""Where on a form a field that was not read is worth another look: nothing is to be found on a blank line."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from cloudbase_ocr.recognizer.fields.resolve import form_ink, legible
from cloudbase_ocr.recognizer.layout.ink import has_print
from cloudbase_ocr.recognizer.layout.pieces import pieces, scores_of

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from cloudbase_ocr.recognizer.fields.spec import FieldSpec
    from cloudbase_ocr.recognizer.image.deskew import Rectification
    from cloudbase_ocr.recognizer.image.geometry import Quad
    from cloudbase_ocr.recognizer.layout.form import Form
    from cloudbase_ocr.recognizer.layout.ink import Ink
    from cloudbase_ocr.recognizer.layout.pieces import Piece
    from cloudbase_ocr.recognizer.page.page import Page

    # Left, top, right and bottom of a box on the rectified page.
    Place = tuple[float, float, float, float]


@dataclass(frozen=True)
class SoughtParams:
    """What is worth another look.

    `doubtful`: a value that was read with a character under this, and refused. `around`: what a line covers goes so
    far beyond its ends, in heights of the line.
    """

    doubtful: float = 0.9
    around: float = 0.3


SOUGHT = SoughtParams()


def sought(
    page: Page,
    form: Form,
    rectification: Rectification,
    missing: Mapping[str, FieldSpec],
) -> dict[str, Quad | None]:
    """Where the values of these labels may be that were not read; None where the label was not found either.

    A value is looked for where its line was read with doubt, or where print beside its label is covered by no line.
    """
    ink = form_ink(page, form)
    places: dict[str, Quad | None] = {}
    for name, spec in missing.items():
        place = form.place(name)
        if place is None:
            if name not in form.anchors:
                places[name] = None
            continue
        found = form.values.get(name, [])
        if _worth_a_look(page, rectification, place, found, form.pieces, ink, spec.only):
            places[name] = rectification.box(*place)
    return places


def _worth_a_look(
    page: Page,
    rectification: Rectification,
    place: Place,
    found: Sequence[Piece],
    pieces_there: Sequence[Piece],
    ink: Ink,
    only: str = "",
    params: SoughtParams = SOUGHT,
) -> bool:
    """Whether more may be read in a box of the rectified page than was `found` there."""
    if _is_doubtful(found, params):
        return True
    quad = rectification.box(*place)
    if not has_print(page.picture, quad, ink, _covered(pieces_there, place, params)):
        return False
    # Where the detector found nothing, the place is read; the page knows what it said.
    return bool(found) or legible(pieces([page.recognize_again(quad, only or None)], rectification))


def _is_doubtful(found: Sequence[Piece], params: SoughtParams) -> bool:
    scores = [score for piece in found for score in scores_of(piece)]
    return legible(found) and min(scores) < params.doubtful


def _covered(found: Sequence[Piece], place: Place, params: SoughtParams) -> list[tuple[float, float]]:
    """The stretches of a place that lines cover, as shares of its length."""
    left, top, right, bottom = place
    return [
        (
            (piece.left - params.around * piece.height - left) / (right - left),
            (piece.right + params.around * piece.height - left) / (right - left),
        )
        for piece in found
        if top < piece.middle < bottom
    ]
