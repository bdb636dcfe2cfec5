"""Which value belongs to which label on a printed form.

A value stands to the right of its label, a little lower where the label has an English line beneath it, and
printed values are often shifted as a whole. Every piece of text goes to the label that it fits best; rows
below, flush with a value, continue it. A label that was not found is put where the document's layout, fitted
to the labels that were found, says it must be. Where labels are too faint to read, values that tell by their
form what they are (a number plate, a vehicle number) take their part in that fit.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from cloudbase_ocr.recognizer.layout.anchors import Anchor, anchors_of, misread, telling
from cloudbase_ocr.recognizer.layout.labels import cut
from cloudbase_ocr.recognizer.layout.pieces import Piece, joined

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from cloudbase_ocr.recognizer.layout.labels import Label


@dataclass(frozen=True)
class FormParams:
    """Which value fits which label; lengths in heights of the label, or of the value where it is one of two values.

    `off_row`: the middle of a value is at most so far above or below that of its label. `reach`: it begins at most so
    far right of its label, unless its middle is off by less than `same_row`. `overlap`, `overlap_unseen`: it may
    overlap the label's box by so much (slanting boxes), and that of a label that was not read, whose length is known
    less exactly. `apart_cost`, `unseen_cost`: what each height between them costs, and a label that was not read, in
    heights off the row. `between`: another label stands between them when it is off the value's row by less.

    `flush`, `next_row`, `before_row`: a row that continues a value begins within so many heights of its left edge, and
    at most so far below, or above, the row before. `row`: pieces whose middles differ by less are in one row.

    `beside`, `tall`: a value that was not found is looked for so far right of its label, and this far up and down.
    """

    off_row: float = 1.6
    reach: float = 14.0
    same_row: float = 0.8
    overlap: float = 1.0
    overlap_unseen: float = 3.0
    apart_cost: float = 0.02
    unseen_cost: float = 0.3
    between: float = 0.9
    flush: float = 1.6
    next_row: float = 2.3
    before_row: float = 0.3
    row: float = 0.6
    beside: float = 0.3
    tall: float = 0.75


FORM = FormParams()


class Form:
    """The labels and values among `found`. `skip` tells pieces that are no value (stamps, titles)."""

    def __init__(
        self,
        found: Sequence[Piece],
        labels: Sequence[Label],
        skip: Callable[[Piece], bool],
        params: FormParams = FORM,
    ) -> None:
        """Sort the pieces."""
        self._params = params
        self.pieces = cut(found, labels)
        free = [piece for piece in self.pieces if not piece.label and not skip(piece)]
        self.told = telling(free, labels)
        self.anchors = anchors_of(self.pieces, labels, self.told)
        found_at = misread(self.pieces, self.anchors, labels)
        if len([piece for piece in found_at if piece.label]) > len(
            [each for each in self.pieces if each.label]
        ):
            self.pieces = found_at
            kept = {id(piece) for piece in free}
            free = [piece for piece in found_at if not piece.label and (id(piece) in kept or not skip(piece))]
            self.anchors = anchors_of(self.pieces, labels, self.told)
        self.seen = {piece.label.lstrip("~") for piece in self.pieces if piece.label}
        self.values, self.left_over, self._shift = _assigned(
            free, list(self.anchors.values()), self.told, params
        )

    def text(self, name: str) -> str:
        """The value's text, rows joined, without spaces; empty when there is none."""
        return joined(self.values.get(name, []))

    def place(self, name: str) -> tuple[float, float, float, float] | None:
        """The box on the rectified page of a value that the detector has not found; None without its label."""
        anchor = self.anchors.get(name)
        if anchor is None:
            return None
        middle = anchor.middle + self._shift * anchor.height
        right = max((piece.right for piece in self.pieces), default=anchor.right)
        for other in self.anchors.values():
            if other.left > anchor.right and abs(other.middle - anchor.middle) < anchor.height:
                right = min(right, other.left)
        left = anchor.right + self._params.beside * anchor.height
        if right - left < anchor.height:
            return None
        tall = self._params.tall * anchor.height
        return left, middle - tall, right, middle + tall


def _assigned(
    free: list[Piece], anchors: list[Anchor], told: dict[str, Piece], params: FormParams
) -> tuple[dict[str, list[Piece]], list[Piece], float]:
    seen = {anchor.name for anchor in anchors if anchor.seen}
    # A value that tells what it is needs no label; where the label was read, that decides.
    values = {name: [piece] for name, piece in told.items() if name not in seen}
    told_by_form = {id(piece) for found in values.values() for piece in found}
    open_pieces = [piece for piece in free if id(piece) not in told_by_form]
    shift = 0.0
    for _ in range(2):  # the second time with the shift of the values that the first has found
        chosen = [(piece, _best(piece, anchors, shift, params)) for piece in open_pieces]
        pairs = [(piece, anchor) for piece, anchor in chosen if anchor and anchor.seen]
        pairs += [(values[anchor.name][0], anchor) for anchor in anchors if anchor.name in values]
        offs = [(piece.middle - anchor.middle) / anchor.height for piece, anchor in pairs]
        shift = float(np.median(offs)) if offs else 0.0
    rest = []
    for piece, anchor in chosen:
        if anchor and not (anchor.name in told and not anchor.seen):
            values.setdefault(anchor.name, []).append(piece)
        else:
            rest.append(piece)
    rest = _continued(values, rest, anchors, params)
    return {name: _in_order(found, params.row) for name, found in values.items()}, rest, shift


def _best(piece: Piece, anchors: list[Anchor], shift: float, params: FormParams) -> Anchor | None:
    best, least = None, params.off_row
    for anchor in anchors:
        if anchor.left > piece.left:
            continue
        off = abs((piece.middle - anchor.middle) / anchor.height - shift)
        away = (piece.left - anchor.right) / anchor.height
        cost = off + params.apart_cost * max(0.0, away) + (0.0 if anchor.seen else params.unseen_cost)
        overlap = params.overlap if anchor.seen else params.overlap_unseen
        if cost >= least or away <= -overlap or (away >= params.reach and off >= params.same_row):
            continue
        if not any(_between(other, anchor, piece, shift, params.between) for other in anchors):
            best, least = anchor, cost
    return best


def _between(other: Anchor, anchor: Anchor, piece: Piece, shift: float, most: float) -> bool:
    """Whether another label stands between a label and a value in the value's row."""
    off = abs((piece.middle - other.middle) / other.height - shift)
    return other is not anchor and anchor.right <= other.left <= piece.left and off < most


def _continued(
    values: dict[str, list[Piece]], rest: list[Piece], anchors: list[Anchor], params: FormParams
) -> list[Piece]:
    """Give rows below a value, flush with it, to that value; return what is left."""
    left_over = []
    for piece in sorted(rest, key=lambda piece: piece.middle):
        above = None
        for name, found in values.items():
            left = min(each.left for each in found)
            last = max(found, key=lambda each: each.middle)
            height = max(piece.height, last.height)
            down = piece.middle - last.middle
            flush = abs(piece.left - left) < params.flush * height or (
                0 <= down < params.row * height and piece.left >= last.right - height
            )
            near = down < params.next_row * height and down > -params.before_row * height
            if flush and near and (above is None or down < above[1]):
                above = (name, down)
        if above and not _starts_a_row(piece, anchors):
            values[above[0]].append(piece)
        else:
            left_over.append(piece)
    return left_over


def _starts_a_row(piece: Piece, anchors: list[Anchor]) -> bool:
    """Whether a label stands right of this piece's beginning in its row: then it is no continuing row."""
    return any(
        abs(anchor.middle - piece.middle) < 0.7 * anchor.height and piece.left < anchor.left < piece.right
        for anchor in anchors
        if anchor.seen
    )


def _in_order(found: list[Piece], apart: float) -> list[Piece]:
    ordered: list[Piece] = []
    row: list[Piece] = []
    for piece in sorted(found, key=lambda piece: piece.middle):
        if row and piece.middle - row[0].middle > apart * min(piece.height, row[0].height):
            ordered += sorted(row, key=lambda each: each.left)
            row = []
        row.append(piece)
    return ordered + sorted(row, key=lambda each: each.left)
