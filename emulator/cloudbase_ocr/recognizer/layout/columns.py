"""Values of a form set in columns: labels one below the other, each value beside its label and in the rows below it.

In a column the labels begin at one edge and the values at another. Both edges are found from the labels that
were read; then a label of which one character is left (称 of 名　　称), text that runs from one column into
the next, and rows that continue a value all fall into place. A row beside a label that could not be read
starts a value of its own, so that it is never added to the value above.
"""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING

from cloudbase_ocr.recognizer.layout.column_edges import COLUMNS, Column, ColumnParams, edges_of, split_at
from cloudbase_ocr.recognizer.layout.labels import Label, cut, distance
from cloudbase_ocr.recognizer.layout.pieces import beside, joined, labelled, rows

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Sequence

    from cloudbase_ocr.recognizer.layout.pieces import Piece


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

    def place(self, name: str) -> tuple[float, float, float, float] | None:
        """Left, top, right, bottom of the row beside a label in a column, as far as the column's text goes."""
        label = labelled(self.pieces, name)
        column = next((each for each in self.columns if label and each.aligned and each.holds(label)), None)
        if label is None or column is None:
            return None
        right = max(piece.right for piece in self.pieces if column.holds(piece))
        right = min(right, column.right - column.height)
        half = 0.55 * min(label.height, column.height)
        return column.text - 0.2 * column.height, label.middle - half, right, label.middle + half


def columns(
    found: Iterable[Piece],
    labels: Sequence[Label],
    apart: frozenset[str],
    end: str,
    skip: Callable[[Piece], bool],
    params: ColumnParams = COLUMNS,
) -> Columns:
    """Find the columns and their values. Labels in `apart` stand elsewhere, such as a title or a number at the top.

    What stands below the label `end` belongs to no value, unless it begins far left of it. `skip` tells pieces that
    are no value, such as stamps.
    """
    named = cut(found, labels, misread=False)
    named = _named(named, edges_of(named, apart, params), labels)
    named = _above_end(named, end)
    edges = edges_of(named, apart, params)
    split = _named([each for piece in named for each in split_at(piece, edges)], edges, labels)
    result = Columns(_remnants(split, edges, labels), edges)
    placed = _beside_apart(result.pieces, apart)
    for column in edges:
        inside = [
            piece
            for piece in result.pieces
            if column.holds(piece)
            and not _in_labels_place(piece, column)
            and id(piece) not in placed
            and piece.label not in apart
        ]
        placed |= {id(piece) for piece in inside}
        _file(_without_remnants(inside, column), result, skip, params)
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


def _remnants(found: list[Piece], edges: Sequence[Column], labels: Sequence[Label]) -> list[Piece]:
    """Name what is left of a label in the labels' place: 称 of 名称. What cannot be named becomes the label ``?``."""
    kept = list(found)
    for column in edges:
        place = [
            piece for piece in found if _in_labels_place(piece, column) and column.as_high_as_labels(piece)
        ]
        for row in rows(place):
            kept = [piece for piece in kept if all(piece is not each for each in row)]
            if not any(_in_row(piece, row[0]) and column.holds(piece) for piece in kept if piece.label):
                seen = {piece.label for piece in kept}
                name = _likely(joined(row), [label for label in labels if label.name not in seen])
                kept.append(_merged(row, name or "?"))
    return kept


def _beside_apart(found: Sequence[Piece], apart: frozenset[str]) -> set[int]:
    """What stands beside a label that is in no column, such as a number in the row of a name: it is that label's."""
    return {id(value) for label in found if label.label in apart for value in beside(label, found)}


def _in_labels_place(piece: Piece, column: Column) -> bool:
    """Whether a piece that is no label stands where the labels of a column do."""
    return (
        not piece.label
        and column.aligned
        and column.holds(piece)
        and piece.centre < column.text - 0.3 * column.height
        and piece.right < column.text + 0.8 * column.height
    )


def _merged(row: Sequence[Piece], name: str) -> Piece:
    first = row[0]
    return replace(first, right=max(piece.right for piece in row), text=joined(row), label=name)


def _likely(text: str, labels: Iterable[Label]) -> str:
    """The one label that a misread text can be: half of a short one, all but one character of a longer one."""
    near = set()
    for label in labels:
        for form in label.forms:
            if _may_be(text, form):
                near.add(label.name)
    return near.pop() if len(near) == 1 else ""


def _may_be(text: str, form: str) -> bool:
    if len(form) == 2:
        return len(text) <= 2 and any(each in form for each in text)
    alike = abs(len(form) - len(text)) <= len(form) - 3
    return len(form) > 2 and alike and distance(text, form) <= (1 if len(form) < 5 else 2)


def _in_row(first: Piece, second: Piece) -> bool:
    return abs(first.middle - second.middle) < 0.7 * max(first.height, second.height)


def _without_remnants(inside: Sequence[Piece], column: Column) -> list[Piece]:
    """The pieces without what stands between a label and the value that begins at the values' edge in its row."""
    if not column.aligned:
        return list(inside)
    values = [
        piece for piece in inside if not piece.label and abs(piece.left - column.text) < 0.8 * column.height
    ]
    return [
        piece
        for piece in inside
        if piece.label
        or piece.left > column.text - 0.5 * column.height
        or not any(
            value is not piece and _in_row(value, piece) and value.left > piece.centre for value in values
        )
    ]


def _file(inside: list[Piece], result: Columns, skip: Callable[[Piece], bool], params: ColumnParams) -> None:
    """Give each piece of a column to the label above or beside it, as long as the rows go on."""
    named = sorted((piece for piece in inside if piece.label), key=lambda piece: piece.middle)
    taken: list[list[Piece]] = [[] for _ in named]
    for row in rows(piece for piece in inside if not piece.label and not skip(piece)):
        place = _place(named, taken, row[0], params.above)
        if place < 0:
            result.left_over += row
            continue
        above = taken[place][-1] if taken[place] else named[place]
        height = max(row[0].height, above.height)
        if row[0].middle - above.middle < params.next_row * height:
            taken[place] += row
        else:
            result.left_over += row
    for label, found in zip(named, taken, strict=True):
        if found and label.label == "?":
            result.unnamed.append(found)
        elif found:
            result.values.setdefault(label.label, found)


def _place(named: Sequence[Piece], taken: Sequence[Sequence[Piece]], piece: Piece, above: float) -> int:
    """Which of the labels from top to bottom a row belongs to: the last that reaches it; -1 when none does.

    It belongs to the label before that when it is nearer to it, and the first of its rows. A label that cannot be named
    has no value but the one in its own row and what goes on below.
    """
    reaching = [
        i
        for i, label in enumerate(named)
        if _reaches(label, piece, above) and (label.label != "?" or taken[i] or _level(label, piece))
    ]
    if not reaching:
        return -1
    place = reaching[-1]
    before = reaching[-2] if len(reaching) > 1 else place
    nearer = abs(named[before].middle - piece.middle) < abs(named[place].middle - piece.middle)
    return before if nearer and not taken[before] else place


def _level(label: Piece, piece: Piece) -> bool:
    return abs(label.middle - piece.middle) < 0.6 * max(label.height, piece.height)


def _reaches(label: Piece, piece: Piece, above: float) -> bool:
    return label.middle < piece.middle + above * max(label.height, piece.height)
