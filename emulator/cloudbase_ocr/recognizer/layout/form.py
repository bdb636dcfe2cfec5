"""Which value belongs to which label on a printed form.

A value stands to the right of its label, a little lower where the label has an English line beneath it, and
printed values are often shifted as a whole. Every piece of text goes to the label that it fits best; rows
below, flush with a value, continue it. A label that was not found is put where the document's layout, fitted
to the labels that were found, says it must be. Where labels are too faint to read, values that tell by their
form what they are (a number plate, a vehicle number) take their part in that fit.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from cloudbase_ocr.recognizer.layout.anchors import Anchor, anchors_of, telling
from cloudbase_ocr.recognizer.layout.labels import cut
from cloudbase_ocr.recognizer.layout.pieces import Piece, joined

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from cloudbase_ocr.recognizer.layout.labels import Label

# A value's middle is at most so many label heights above or below its label's.
OFF_ROW = 1.6
# It begins at most so far right of its label, and may overlap the label's box by so much (slanting boxes).
REACH, OVERLAP = 14.0, 1.0
# How long a label is that was not read is known less exactly.
UNSEEN = 3.0
# A continuing row begins within this many heights of the value's left edge, and so far below the row before.
FLUSH, NEXT_ROW = 1.6, 2.3
# A value that was not found is looked for this many label heights right of its label, and this far up and down.
BESIDE, TALL = 0.3, 0.75


class Form:
    """The labels and values among `found`. `skip` tells pieces that are no value (stamps, titles)."""

    def __init__(
        self,
        found: Sequence[Piece],
        labels: Sequence[Label],
        skip: Callable[[Piece], bool],
    ) -> None:
        """Sort the pieces."""
        self.pieces = cut(found, labels)
        self.seen = {piece.label.lstrip("~") for piece in self.pieces if piece.label}
        free = [piece for piece in self.pieces if not piece.label and not skip(piece)]
        self.told = telling(free, labels)
        self.anchors = anchors_of(self.pieces, labels, self.told)
        self.values, self.left_over, self._shift = _assigned(free, list(self.anchors.values()), self.told)

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
        left = anchor.right + BESIDE * anchor.height
        if right - left < anchor.height:
            return None
        return left, middle - TALL * anchor.height, right, middle + TALL * anchor.height


def _assigned(
    free: list[Piece], anchors: list[Anchor], told: dict[str, Piece]
) -> tuple[dict[str, list[Piece]], list[Piece], float]:
    seen = {anchor.name for anchor in anchors if anchor.seen}
    # A value that tells what it is needs no label; where the label was read, that decides.
    values = {name: [piece] for name, piece in told.items() if name not in seen}
    told_by_form = {id(piece) for found in values.values() for piece in found}
    open_pieces = [piece for piece in free if id(piece) not in told_by_form]
    shift = 0.0
    for _ in range(2):  # the second time with the shift of the values that the first has found
        chosen = [(piece, _best(piece, anchors, shift)) for piece in open_pieces]
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
    rest = _continued(values, rest, anchors)
    return {name: _in_order(found) for name, found in values.items()}, rest, shift


def _best(piece: Piece, anchors: list[Anchor], shift: float) -> Anchor | None:
    best, least = None, OFF_ROW
    for anchor in anchors:
        if anchor.left > piece.left:
            continue
        off = abs((piece.middle - anchor.middle) / anchor.height - shift)
        away = (piece.left - anchor.right) / anchor.height
        cost = off + 0.02 * max(0.0, away) + (0.0 if anchor.seen else 0.3)
        overlap = OVERLAP if anchor.seen else UNSEEN
        if cost >= least or away <= -overlap or (away >= REACH and off >= 0.8):
            continue
        if not any(_between(other, anchor, piece, shift) for other in anchors):
            best, least = anchor, cost
    return best


def _between(other: Anchor, anchor: Anchor, piece: Piece, shift: float) -> bool:
    """Whether another label stands between a label and a value in the value's row."""
    off = abs((piece.middle - other.middle) / other.height - shift)
    return other is not anchor and anchor.right <= other.left <= piece.left and off < 0.9


def _continued(values: dict[str, list[Piece]], rest: list[Piece], anchors: list[Anchor]) -> list[Piece]:
    """Give rows below a value, flush with it, to that value; return what is left."""
    left_over = []
    for piece in sorted(rest, key=lambda piece: piece.middle):
        above = None
        for name, found in values.items():
            left = min(each.left for each in found)
            last = max(found, key=lambda each: each.middle)
            height = max(piece.height, last.height)
            down = piece.middle - last.middle
            flush = abs(piece.left - left) < FLUSH * height or (
                0 <= down < 0.6 * height and piece.left >= last.right - height
            )
            near = down < NEXT_ROW * height and down > -0.3 * height
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


def _in_order(found: list[Piece]) -> list[Piece]:
    ordered: list[Piece] = []
    row: list[Piece] = []
    for piece in sorted(found, key=lambda piece: piece.middle):
        if row and piece.middle - row[0].middle > 0.6 * min(piece.height, row[0].height):
            ordered += sorted(row, key=lambda each: each.left)
            row = []
        row.append(piece)
    return ordered + sorted(row, key=lambda each: each.left)
