"""The columns of a form: where labels and values begin, found from the labels that were read."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

import numpy as np

from cloudbase_ocr.recognizer.layout.pieces import part, place_of

if TYPE_CHECKING:
    from collections.abc import Sequence

    from cloudbase_ocr.recognizer.layout.pieces import Piece


@dataclass(frozen=True)
class ColumnParams:
    """When labels and values stand in a column; lengths in heights of the labels.

    `flush`: edges in a column agree to this. `reach`: a value begins at most so far right of the longest label.
    `above`: text belongs to a row whose label's middle is at most this far below its own. `higher`: the row above a
    label is at most so much higher. `aligned`: a column is aligned when this share of its values begins at one edge.
    `next_row`: rows of one value are at most so far apart, in heights of the text. `lowest`, `highest`: what stands in
    the labels' place and cannot be named is a misread label when its height is within these shares of theirs; other
    print is ground, watermark or stamp.
    """

    flush: float = 1.6
    reach: float = 6.0
    above: float = 0.7
    higher: float = 3.5
    aligned: float = 0.6
    next_row: float = 2.0
    lowest: float = 0.6
    highest: float = 1.7


COLUMNS = ColumnParams()


@dataclass(frozen=True)
class Column:
    """`left` is the labels' edge, `text` the values', `right` where the next column begins, `top` the first label.

    `height` is the labels'. In an `aligned` column the values begin at one edge.
    """

    left: float
    text: float
    right: float
    top: float
    height: float
    aligned: bool
    params: ColumnParams = COLUMNS

    def holds(self, piece: Piece) -> bool:
        """Whether a piece begins in this column."""
        return (
            self.left - self.params.flush * self.height <= piece.left < self.right - 0.5 * self.height
            and piece.middle > self.top - self.params.above * self.height
        )

    def as_high_as_labels(self, piece: Piece) -> bool:
        """Whether a piece may be a misread label by its height."""
        return self.params.lowest * self.height < piece.height < self.params.highest * self.height


def edges_of(found: list[Piece], apart: frozenset[str], params: ColumnParams = COLUMNS) -> list[Column]:
    """The columns from left to right; labels in `apart` stand in none."""
    named = [piece for piece in found if piece.label and piece.label not in apart]
    groups: list[list[Piece]] = []
    for piece in sorted(named, key=lambda piece: piece.left):
        if groups and piece.left - groups[-1][0].left < params.flush * piece.height:
            groups[-1].append(piece)
        else:
            groups.append([piece])
    edges: list[Column] = []
    lefts = [min(piece.left for piece in group) for group in groups]
    for group, right in zip(groups, [*lefts, float("inf")][1:], strict=True):
        column = _column(group, found, right, params)
        within = edges and not _beside(group[0], edges[-1])
        if within and len(group) == 1:  # a word inside a value that is also a label
            edges[-1] = replace(edges[-1], right=right)
        else:
            edges.append(column)
    return edges


def _beside(label: Piece, before: Column) -> bool:
    """Whether a lone label right of a column is far enough right to begin a column of its own."""
    return label.left > before.text + before.params.reach * before.height


def _column(group: list[Piece], found: list[Piece], right: float, params: ColumnParams) -> Column:
    height = float(np.median([piece.height for piece in group]))
    left = float(np.median([piece.left for piece in group]))
    end = max(piece.right for piece in group)
    top = _top(min(piece.middle for piece in group), left, end, height, found, params.higher)
    begins = [
        (piece.left, piece.start == 0)
        for piece in found
        if not piece.label
        and end - 0.8 * height < piece.left < min(end + params.reach * height, right - height)
        and piece.middle > top - height
    ]
    # Where a line was cut by its characters' places, its edge is less exact.
    exact = [place for place, whole in begins if whole]
    places = exact if len(exact) > 1 else [place for place, _ in begins]
    text = float(np.median(places)) if places else end + 0.3 * height
    near = [place for place, _ in begins if abs(place - text) < height]
    aligned = len(near) >= params.aligned * len(begins)
    return Column(left, text, right, top, height, aligned, params)


def _top(top: float, left: float, end: float, height: float, found: list[Piece], higher: float) -> float:
    """How far up a column goes: what stands in the labels' place above the first label is a label misread."""
    for piece in sorted(found, key=lambda piece: -piece.middle):
        inside = left - height < piece.left and piece.right < end + 0.5 * height
        if not piece.label and inside and height < top - piece.middle < higher * height:
            top = piece.middle
    return top


def split_at(piece: Piece, edges: Sequence[Column]) -> list[Piece]:
    """Cut a piece where it runs from one column into the next, or from a label's place into a value's."""
    if piece.label:
        return [piece]
    for column in edges:
        if piece.middle < column.top - column.params.above * column.height:
            continue
        borders = [(column.left, column.left - column.height)]
        if column.aligned and piece.start == 0:  # what was cut from a label is the value
            borders.append((column.text, column.text - 0.8 * column.height))
        for border, before in borders:
            if (
                piece.left < before
                and piece.right > border + 0.5 * column.height
                and _in_reach(piece, column)
            ):
                at = _character_at(piece, border)
                if 0 < at < len(piece.text):
                    # Characters far apart: each part ends at its own ink, not half-way between.
                    half = 0.6 * piece.height
                    head, tail = part(piece, 0, at), part(piece, at, len(piece.text))
                    head = replace(head, right=min(head.right, place_of(piece, at - 1) + half))
                    tail = replace(tail, left=max(tail.left, place_of(piece, at) - half))
                    return [*split_at(head, edges), *split_at(tail, edges)] if tail.text.strip() else [head]
    return [piece]


def _in_reach(piece: Piece, column: Column) -> bool:
    """Titles and lines at the page's foot, set larger or smaller, run across columns by right."""
    return 0.6 * column.height < piece.height < 1.6 * column.height


def _character_at(piece: Piece, border: float) -> int:
    """The first character whose middle is right of a border."""
    right = (
        index
        for index in range(len(piece.text))
        if piece.text[index] != " " and place_of(piece, index) > border
    )
    return next(right, len(piece.text))
