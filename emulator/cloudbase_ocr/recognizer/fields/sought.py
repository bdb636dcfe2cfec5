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
    from cloudbase_ocr.recognizer.layout.pieces import Piece
    from cloudbase_ocr.recognizer.page.page import Page


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
    params: SoughtParams = SOUGHT,
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
        found, quad = form.values.get(name, []), rectification.box(*place)
        unread = has_print(page.picture, quad, ink, _covered(form, place, params))
        if unread and not found:
            # It was read there already, and the page knows what it said.
            found = pieces([page.recognize_again(quad, spec.only or None)], rectification)
            unread = not found or legible(found)
        if unread or _is_doubtful(found, params):
            places[name] = quad
    return places


def _is_doubtful(found: Sequence[Piece], params: SoughtParams) -> bool:
    scores = [score for piece in found for score in scores_of(piece)]
    return legible(found) and min(scores) < params.doubtful


def _covered(
    form: Form, place: tuple[float, float, float, float], params: SoughtParams
) -> list[tuple[float, float]]:
    """The stretches of a place that lines cover, as shares of its length."""
    left, top, right, bottom = place
    return [
        (
            (piece.left - params.around * piece.height - left) / (right - left),
            (piece.right + params.around * piece.height - left) / (right - left),
        )
        for piece in form.pieces
        if top < piece.middle < bottom
    ]
