"""Values of a form set in columns: labels one below the other, each value beside its label and in the rows below it.

In a column the labels begin at one edge and the values at another. Both edges are found from the labels that
were read; then a label of which one character is left (称 of 名　　称), text that runs from one column into
the next, and rows that continue a value all fall into place. A row beside a label that could not be read
starts a value of its own, so that it is never added to the value above.
"""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING

import numpy as np

from emulator.recognizer.labels import Label, cut, distance
from emulator.recognizer.layout import joined, labelled, part, place_of, rows

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Sequence

    from emulator.recognizer.layout import Piece

# Edges in a column agree to this many label heights.
FLUSH = 1.6
# A value begins at most so far right of the longest label, in label heights.
REACH = 6.0
# Text belongs to a row whose label's middle is at most this far below its own, in label heights.
ABOVE = 0.7
# Rows of one value are at most this many heights apart.
NEXT_ROW = 2.0
# The row above a label is at most this many label heights higher.
HIGHER = 3.5
# Of so many values that begin at a column's edge the column is said to be aligned.
ALIGNED = 0.6


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

    def holds(self, piece: Piece) -> bool:
        """Whether a piece begins in this column."""
        return (
            self.left - FLUSH * self.height <= piece.left < self.right - 0.5 * self.height
            and piece.middle > self.top - ABOVE * self.height
        )


@dataclass
class Columns:
    """The values by the names of their labels, each in reading order. Those of `unnamed` stand beside no known label.

    `pieces` is everything, cut at labels; `left_over` is what stands in no column or before its first label.
    """

    pieces: list[Piece]
    columns: list[Column] = field(default_factory=list)
    values: dict[str, list[Piece]] = field(default_factory=dict)
    unnamed: list[list[Piece]] = field(default_factory=list)
    left_over: list[Piece] = field(default_factory=list)

    @property
    def seen(self) -> set[str]:
        """Names of the labels that were found."""
        return {piece.label for piece in self.pieces if piece.label}


def columns(
    found: Iterable[Piece],
    labels: Sequence[Label],
    apart: frozenset[str],
    end: str,
    skip: Callable[[Piece], bool],
) -> Columns:
    """Find the columns and their values. Labels in `apart` stand elsewhere, such as a title or a number at the top.

    What stands below the label `end` belongs to no value, unless it begins far left of it. `skip` tells pieces that
    are no value, such as stamps.
    """
    named = cut(found, labels, misread=False)
    named = _named(named, _columns(named, apart), labels)
    named = _above_end(named, end)
    edges = _columns(named, apart)
    split = _named([each for piece in named for each in _split(piece, edges)], edges, labels)
    result = Columns(_remnants(split, edges, labels), edges)
    placed: set[int] = set()
    for column in edges:
        inside = [piece for piece in result.pieces if column.holds(piece)]
        placed |= {id(piece) for piece in inside}
        _file(inside, result, skip)
    result.left_over += [
        piece for piece in result.pieces if id(piece) not in placed and not piece.label and not skip(piece)
    ]
    return result


def _above_end(found: list[Piece], end: str) -> list[Piece]:
    last = labelled(found, end)
    if last is None:
        return found
    left, below = last.left - 3 * last.height, last.middle - 0.5 * last.height
    return [piece for piece in found if piece.middle < below or piece.left < left or piece is last]


def _named(found: list[Piece], edges: Sequence[Column], labels: Sequence[Label]) -> list[Piece]:
    """Cut at misread labels too, but not where values begin: rows of a text may begin like a label."""
    values = [
        piece
        for piece in found
        if any(
            column.aligned and column.holds(piece) and abs(piece.left - column.text) < column.height
            for column in edges
        )
    ]
    kept = {id(piece) for piece in values}
    return [*cut([piece for piece in found if id(piece) not in kept], labels), *values]


def _columns(found: list[Piece], apart: frozenset[str]) -> list[Column]:
    named = [piece for piece in found if piece.label and piece.label not in apart]
    groups: list[list[Piece]] = []
    for piece in sorted(named, key=lambda piece: piece.left):
        if groups and piece.left - groups[-1][0].left < FLUSH * piece.height:
            groups[-1].append(piece)
        else:
            groups.append([piece])
    edges: list[Column] = []
    lefts = [min(piece.left for piece in group) for group in groups]
    for group, right in zip(groups, [*lefts, float("inf")][1:], strict=True):
        column = _column(group, found, right)
        within = edges and not _beside(group[0], edges[-1])
        if within and len(group) == 1:  # a word inside a value that is also a label
            edges[-1] = replace(edges[-1], right=right)
        else:
            edges.append(column)
    return edges


def _beside(label: Piece, before: Column) -> bool:
    """Whether a lone label right of a column is far enough right to begin a column of its own."""
    return label.left > before.text + REACH * before.height


def _column(group: list[Piece], found: list[Piece], right: float) -> Column:
    height = float(np.median([piece.height for piece in group]))
    left = float(np.median([piece.left for piece in group]))
    end = max(piece.right for piece in group)
    top = _top(min(piece.middle for piece in group), left, end, height, found)
    begins = [
        (piece.left, piece.start == 0)
        for piece in found
        if not piece.label
        and end - 0.8 * height < piece.left < min(end + REACH * height, right - height)
        and piece.middle > top - height
    ]
    # Where a line was cut by its characters' places, its edge is less exact.
    exact = [place for place, whole in begins if whole]
    places = exact if len(exact) > 1 else [place for place, _ in begins]
    text = float(np.median(places)) if places else end + 0.3 * height
    near = [place for place, _ in begins if abs(place - text) < height]
    return Column(left, text, right, top, height, aligned=len(near) >= ALIGNED * len(begins))


def _top(top: float, left: float, end: float, height: float, found: list[Piece]) -> float:
    """How far up a column goes: what stands in the labels' place above the first label is a label misread."""
    for piece in sorted(found, key=lambda piece: -piece.middle):
        inside = left - height < piece.left and piece.right < end + 0.5 * height
        if not piece.label and inside and height < top - piece.middle < HIGHER * height:
            top = piece.middle
    return top


def _split(piece: Piece, edges: Sequence[Column]) -> list[Piece]:
    """Cut a piece where it runs from one column into the next, or from a label's place into a value's."""
    if piece.label:
        return [piece]
    for column in edges:
        if piece.middle < column.top - ABOVE * column.height:
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
                    return [*_split(head, edges), *_split(tail, edges)] if tail.text.strip() else [head]
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


def _remnants(found: list[Piece], edges: Sequence[Column], labels: Sequence[Label]) -> list[Piece]:
    """Name what is left of a label in the labels' place: 称 of 名称. What cannot be named becomes the label ``?``."""
    kept = list(found)
    for column in edges:
        if not column.aligned:
            continue
        place = [
            piece
            for piece in found
            if not piece.label
            and column.holds(piece)
            and (piece.left + piece.right) / 2 < column.text - 0.3 * column.height
            and piece.right < column.text + 0.8 * column.height
        ]
        for row in rows(place):
            kept = [piece for piece in kept if all(piece is not each for each in row)]
            if not any(_in_row(piece, row[0]) and column.holds(piece) for piece in kept if piece.label):
                seen = {piece.label for piece in kept}
                name = _likely(joined(row), [label for label in labels if label.name not in seen])
                kept.append(_merged(row, name or "?"))
    return kept


def _merged(row: Sequence[Piece], name: str) -> Piece:
    first = row[0]
    return replace(first, right=max(piece.right for piece in row), text=joined(row), label=name)


def _likely(text: str, labels: Iterable[Label]) -> str:
    """The one label that a misread text can be: half of a short one, all but one character of a longer one."""
    near = set()
    for label in labels:
        for form in label.forms:
            half = len(form) == 2 and len(text) <= 2 and any(each in form for each in text)
            if half or (
                len(form) > 2
                and abs(len(form) - len(text)) <= len(form) - 3
                and (distance(text, form) <= (1 if len(form) < 5 else 2))
            ):
                near.add(label.name)
    return near.pop() if len(near) == 1 else ""


def _in_row(first: Piece, second: Piece) -> bool:
    return abs(first.middle - second.middle) < 0.7 * max(first.height, second.height)


def _file(inside: list[Piece], result: Columns, skip: Callable[[Piece], bool]) -> None:
    """Give each piece of a column to the label above or beside it, as long as the rows go on."""
    named = sorted((piece for piece in inside if piece.label), key=lambda piece: piece.middle)
    taken: list[list[Piece]] = [[] for _ in named]
    for row in rows(piece for piece in inside if not piece.label and not skip(piece)):
        place = max((i for i, label in enumerate(named) if _reaches(label, row[0])), default=-1)
        if place < 0:
            result.left_over += row
            continue
        above = taken[place][-1] if taken[place] else named[place]
        height = max(row[0].height, above.height)
        if row[0].middle - above.middle < NEXT_ROW * height:
            taken[place] += row
        else:
            result.left_over += row
    for label, found in zip(named, taken, strict=True):
        if found and label.label == "?":
            result.unnamed.append(found)
        elif found:
            result.values.setdefault(label.label, found)


def _reaches(label: Piece, piece: Piece) -> bool:
    return label.middle < piece.middle + ABOVE * max(label.height, piece.height)
