"""Which way up a picture is, found from its text alone, and its quads in the upright picture.

A photo that is upright costs one detection, as it would without this step. Long boxes that stand on end
mean a quarter turn; reading the longest lines both ways tells a quarter turn from its opposite, and upright
from upside down.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import cv2
import numpy as np

from cloudbase_ocr.recognizer.image.geometry import in_reading_order, sides, stretch

if TYPE_CHECKING:
    from collections.abc import Callable

    from cloudbase_ocr.recognizer.image.geometry import Line, Picture, Quad
    from cloudbase_ocr.recognizer.ocr.engine import Engine

# Lines that are read to decide, the longest first: enough for a vote, and few enough to stay cheap.
JURY = 4
# A line that is read only to decide is read up to this length, in its own height.
PART = 8.0
# So many characters with at least this mean confidence are upright text; digits do not count, they read well upside
# down too. Below that, the same lines are read upside down, and the better reading wins.
ENOUGH = 6
CONFIDENT = 0.95
# With so few lines, of so little confidence, each of the four directions is tried. A character counts by how far its
# confidence is above UNSURE, and another direction must be better by one good character.
FEW, DOUBTFUL, UNSURE, CLEARLY = 4, 0.8, 0.7, 0.3
# Boxes less elongated than this (a single character) say nothing about the direction of their line.
ELONGATED = 1.6
# Where half of the lines that are to be read are lower than this many pixels of the detector's picture, it is run again
# on a larger one.
SMALL, DENSE_SIDE = 16.0, 1280
# Lines that are recognized between two checks of the time.
BETWEEN_CHECKS = 24
_ROTATIONS = {1: cv2.ROTATE_90_CLOCKWISE, 2: cv2.ROTATE_180, 3: cv2.ROTATE_90_COUNTERCLOCKWISE}


@dataclass(frozen=True, eq=False)
class Upright:
    """A picture with its text upright after `turns` (0 to 3) clockwise quarter turns, and its lines as read.

    `unread` are the quads of the lines that were left out.
    """

    picture: Picture
    lines: list[Line]
    turns: int
    unread: list[Quad]


def upright(
    engine: Engine,
    picture: Picture,
    long_side: int,
    check: Callable[[], None],
    leave_out: Callable[[list[Quad]], list[bool]],
) -> Upright:
    """Find the text, turn the picture until it stands upright, and read it.

    `check` may stop it by raising. `leave_out` tells for each of the quads whether it need not be read.
    """
    quads = _found(engine, picture, long_side)
    start = int(_stand_on_end(quads))
    if start:
        quads = _longest_first([_quarter_turned(quad, picture) for quad in quads])
    needed = [quad for quad, out in zip(quads, leave_out(quads), strict=True) if not out]
    if long_side < DENSE_SIDE and _small(needed, long_side / max(picture.shape[:2])):
        long_side = DENSE_SIDE
        if not start:
            quads = _found(engine, picture, long_side)
    turns, jury = _turns(engine, picture, long_side, quads, start)
    final = rotated(picture, turns)
    if start or turns:
        # The detector is trained on upright text and separates lines better there: run it again.
        jury, quads = [], _found(engine, final, long_side)
    left_out = leave_out(quads)
    rest = [quad for quad, out in zip(quads[len(jury) :], left_out[len(jury) :], strict=True) if not out]
    unread = [quad for quad, out in zip(quads[len(jury) :], left_out[len(jury) :], strict=True) if out]
    return Upright(final, jury + recognize_lines(engine, final, rest, check), turns % 4, unread)


def _found(engine: Engine, picture: Picture, long_side: int) -> list[Quad]:
    return _longest_first(engine.detect(picture, long_side))


def _longest_first(quads: list[Quad]) -> list[Quad]:
    """In this order, lines that are read side by side take about the same time."""
    return sorted(quads, key=_length, reverse=True)


def _turns(
    engine: Engine, picture: Picture, long_side: int, quads: list[Quad], start: int
) -> tuple[int, list[Line]]:
    """The quarter turns that the picture needs, and what the first lines say after the first `start` of them."""
    turned = rotated(picture, start)
    # What is read of a picture on its side only tells how it lies: a part of each line is enough.
    jury = engine.recognize_all(turned, [_beginning(quad) if start else quad for quad in quads[:JURY]])
    turns = start + 2 * _upside_down(engine, turned, jury)
    return (_best_turn(engine, picture, long_side, turns) if _doubtful(quads, jury) else turns), jury


def recognize_lines(
    engine: Engine, picture: Picture, quads: list[Quad], check: Callable[[], None]
) -> list[Line]:
    """Recognize these lines; `check` is called from time to time and may stop it by raising."""
    found: list[Line] = []
    for start in range(0, len(quads), BETWEEN_CHECKS):
        check()
        found += engine.recognize_all(picture, quads[start : start + BETWEEN_CHECKS])
    return found


def rotated(picture: Picture, turns: int) -> Picture:
    """The picture after this many clockwise quarter turns."""
    return cv2.rotate(picture, _ROTATIONS[turns]) if turns % 4 else picture  # type: ignore[return-value]  # the stubs of OpenCV widen arrays


def _small(quads: list[Quad], scale: float) -> bool:
    heights = [min(sides(quad).top, sides(quad).left) for quad in quads]
    return scale < 1 and bool(heights) and float(np.median(heights)) * scale < SMALL


def _stand_on_end(quads: list[Quad]) -> bool:
    lying = standing = 0.0
    for quad in quads:
        across, _, _, along = sides(quad)
        if across > ELONGATED * along:
            lying += across
        elif along > ELONGATED * across:
            standing += along
    return standing > lying


def _quarter_turned(quad: Quad, picture: Picture) -> Quad:
    return in_reading_order(np.stack((picture.shape[0] - quad[:, 1], quad[:, 0]), axis=1))


def _length(quad: Quad) -> float:
    return sides(quad).top


def _beginning(quad: Quad) -> Quad:
    """The first characters of a long line."""
    return stretch(quad, 0.0, min(1.0, PART * sides(quad).left / max(1.0, _length(quad))))


def _upside_down(engine: Engine, picture: Picture, jury: list[Line]) -> bool:
    letters = [score for line in jury for score in _letters(line)]
    if not jury or (len(letters) >= ENOUGH and sum(letters) > CONFIDENT * len(letters)):
        return False
    reversed_jury = engine.recognize_all(picture, [np.roll(line.quad, 2, axis=0) for line in jury])
    return sum(map(_vote, reversed_jury)) > sum(map(_vote, jury))


def _doubtful(quads: list[Quad], jury: list[Line]) -> bool:
    scores = [score for line in jury for score in line.scores]
    return 0 < len(quads) <= FEW and sum(scores) < DOUBTFUL * len(scores)


def _best_turn(engine: Engine, picture: Picture, long_side: int, turns: int) -> int:
    """The turn whose lines read best. Two rows in one box, as of a plate that lies on its side, need a new search."""
    votes = []
    for each in range(4):
        turned = rotated(picture, each)
        recognized = engine.recognize_all(turned, _found(engine, turned, long_side)[:JURY])
        votes.append(sum(score - UNSURE for line in recognized for score in line.scores))
    best = max(range(4), key=lambda each: votes[each])
    return best if votes[best] > votes[turns % 4] + CLEARLY else turns


def _letters(line: Line) -> list[float]:
    return [score for character, score in zip(line.text, line.scores, strict=True) if character > "\u4e00"]


def _vote(line: Line) -> float:
    letters = _letters(line)
    return sum(letters) / len(letters) if letters else 0.5 * line.score
