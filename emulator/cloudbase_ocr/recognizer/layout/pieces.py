"""Where lines stand to each other: boxes, rows in reading order, labels and what is printed beside them.

A document is a set of `Piece`s: stretches of text with a box on the rectified page (x along the
lines, y down). A line that the detector found as one, such as 性别女民族汉, is cut into a piece for each label
and each value by the place of its characters.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from cloudbase_ocr.recognizer.image.deskew import Rectification, rectification_of
from cloudbase_ocr.recognizer.image.geometry import height, stretch

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from cloudbase_ocr.recognizer.image.geometry import Line, Quad


@dataclass(frozen=True, eq=False)
class Piece:
    """A stretch of one line: characters `start` to `end` of `line.text`, and its box on the rectified page.

    `label` names the label that the piece is; it is empty for all other text.
    """

    text: str
    left: float
    right: float
    middle: float
    height: float
    line: Line
    start: int
    end: int
    label: str = ""

    @property
    def centre(self) -> float:
        """Half-way between left and right."""
        return (self.left + self.right) / 2


def pieces(lines: Sequence[Line], rectification: Rectification | None = None) -> list[Piece]:
    """One piece for each line that says something."""
    rectification = rectification or rectification_of(lines)
    found = []
    for line in lines:
        if line.text:
            quad = rectification.rectified(line.quad)
            left, right = float(quad[0, 0] + quad[3, 0]) / 2, float(quad[1, 0] + quad[2, 0]) / 2
            found.append(
                Piece(line.text, left, right, float(quad[:, 1].mean()), height(quad), line, 0, len(line.text))
            )
    return found


def rows(unordered: Iterable[Piece]) -> list[list[Piece]]:
    """Pieces in reading order: rows from top to bottom, each from left to right."""
    found: list[list[Piece]] = []
    for piece in sorted(unordered, key=lambda piece: piece.middle):
        row = next((row for row in reversed(found[-3:]) if _same_row(row[-1], piece)), None)
        if row is None:
            found.append([piece])
        else:
            row.append(piece)
    return [sorted(row, key=lambda piece: piece.left) for row in found]


def _same_row(first: Piece, second: Piece) -> bool:
    return abs(first.middle - second.middle) < 0.5 * min(first.height, second.height)


def part(piece: Piece, start: int, end: int, label: str = "") -> Piece:
    """Characters `start` to `end` of a piece, counted in its own text."""
    first, last = _edge(piece.line, piece.start), _edge(piece.line, piece.end)
    scale = (piece.right - piece.left) / max(1e-6, last - first)
    return replace(
        piece,
        text=piece.text[start:end],
        left=piece.left + (_edge(piece.line, piece.start + start) - first) * scale,
        right=piece.left + (_edge(piece.line, piece.start + end) - first) * scale,
        start=piece.start + start,
        end=piece.start + end,
        label=label,
    )


def place_of(piece: Piece, index: int) -> float:
    """Where the middle of a character is, from left to right, counted in the piece's own text."""
    first, last = _edge(piece.line, piece.start), _edge(piece.line, piece.end)
    share = (piece.line.centers[piece.start + index] - first) / max(1e-6, last - first)
    return piece.left + share * (piece.right - piece.left)


def _edge(line: Line, index: int) -> float:
    """Where character `index` of a line begins, as a share of the line's length."""
    if index == 0:
        return 0.0
    if index == len(line.text):
        return 1.0
    return (line.centers[index - 1] + line.centers[index]) / 2


@dataclass(frozen=True, order=True)
class LabelSpan:
    """Where a label begins and ends in a text, and its name."""

    start: int
    end: int
    label: str


def quad_of(piece: Piece) -> Quad:
    """The piece's own part of its line's quad."""
    first, last = _edge(piece.line, piece.start), _edge(piece.line, piece.end)
    return stretch(piece.line.quad, first, last)


def labelled(found: Iterable[Piece], name: str) -> Piece | None:
    """The piece that is this label, the topmost one when it occurs twice."""
    return min(
        (piece for piece in found if piece.label == name), key=lambda piece: piece.middle, default=None
    )


def beside(label: Piece, found: Iterable[Piece], reach: float = 4.0) -> list[Piece]:
    """What is printed to the right of a label in its row, up to the next label or a gap of `reach` heights."""
    row = sorted(
        (
            piece
            for piece in found
            if piece is not label
            # Boxes of slanting text overlap a little: the label's middle is a safe border.
            and piece.left > label.centre
            and abs(piece.middle - label.middle) < 0.6 * max(piece.height, label.height)
        ),
        key=lambda piece: piece.left,
    )
    values, edge = [], label.right
    for piece in row:
        if piece.label or piece.left - edge > reach * label.height:
            break
        values.append(piece)
        edge = piece.right
    return values


def joined(found: Iterable[Piece]) -> str:
    """The text of pieces, without spaces."""
    return "".join(piece.text for piece in found).replace(" ", "")


def scores_of(piece: Piece) -> list[float]:
    """The confidence in each of a piece's characters, blanks apart."""
    scores = piece.line.scores[piece.start : piece.end]
    return [score for character, score in zip(piece.text, scores, strict=True) if character != " "]


def min_confidence(found: Iterable[Piece], counting: str = "") -> float:
    """The confidence in the worst character of these pieces, or of those in `counting`, blanks apart; 1 without any."""
    return min(
        (
            score
            for piece in found
            for character, score in zip(piece.text, piece.line.scores[piece.start : piece.end], strict=True)
            if (character in counting if counting else character != " ")
        ),
        default=1.0,
    )
