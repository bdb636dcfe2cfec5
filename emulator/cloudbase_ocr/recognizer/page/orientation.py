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

# Lines that are recognized between two checks of the time.
BETWEEN_CHECKS = 24
_ROTATIONS = {1: cv2.ROTATE_90_CLOCKWISE, 2: cv2.ROTATE_180, 3: cv2.ROTATE_90_COUNTERCLOCKWISE}


@dataclass(frozen=True)
class OrientationParams:
    """How it is decided which way up a picture is.

    `jury`: so many lines are read to decide, the longest first: enough for a vote, and few enough to stay cheap. A line
    that is read only to decide is read up to the length `jury_length`, in its own height.

    `enough` characters with a mean confidence above `confident` are upright text; digits do not count, they read well
    upside down too. With fewer or less, the same lines are read upside down, and the better reading wins.

    `few`, `doubtful`: with at most so many lines, of less mean confidence, each of the four directions is tried. A
    character counts by how far its confidence is above `neutral`, and another direction must be better by `clearly`.

    `elongated`: boxes that are less so (a single character) say nothing about the direction of their line.

    `small`, `dense_side`: where half of the lines that are to be read are lower than so many pixels of the detector's
    picture, detection is run again on a picture with this long side.
    """

    jury: int = 4
    jury_length: float = 8.0
    enough: int = 6
    confident: float = 0.95
    few: int = 4
    doubtful: float = 0.8
    neutral: float = 0.7
    clearly: float = 0.3
    elongated: float = 1.6
    small: float = 16.0
    dense_side: int = 1280


ORIENTATION = OrientationParams()


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
    params: OrientationParams = ORIENTATION,
    engine_after: Callable[[list[Line]], Engine] | None = None,
) -> Upright:
    """Find the text, turn the picture until it stands upright, and read it.

    `check` may stop it by raising. `leave_out` tells for each of the quads whether it need not be read. `engine_after`
    gives, after some lines, the engine that reads the next ones.
    """
    quads = _found(engine, picture, long_side)
    start = int(stand_on_end(quads, params.elongated))
    if start:
        quads = _longest_first([_quarter_turned(quad, picture) for quad in quads])
    needed = [quad for quad, out in zip(quads, leave_out(quads), strict=True) if not out]
    if long_side < params.dense_side and _is_small(needed, long_side / max(picture.shape[:2]), params.small):
        long_side = params.dense_side
        if not start:
            quads = _found(engine, picture, long_side)
    turns, jury = _turns(engine, picture, long_side, quads, start, params)
    final = rotated(picture, turns)
    if start or turns:
        # The detector is trained on upright text and separates lines better there: run it again.
        jury, quads = [], _found(engine, final, long_side)
    left_out = leave_out(quads)
    rest = [quad for quad, out in zip(quads[len(jury) :], left_out[len(jury) :], strict=True) if not out]
    unread = [quad for quad, out in zip(quads[len(jury) :], left_out[len(jury) :], strict=True) if out]
    lines = jury
    for start in range(0, len(rest), BETWEEN_CHECKS):
        if engine_after is not None:
            engine = engine_after(lines)
        lines = lines + recognize_lines(engine, final, rest[start : start + BETWEEN_CHECKS], check)
    return Upright(final, lines, turns % 4, unread)


def _found(engine: Engine, picture: Picture, long_side: int) -> list[Quad]:
    return _longest_first(engine.detect(picture, long_side))


def _longest_first(quads: list[Quad]) -> list[Quad]:
    """In this order, lines that are read side by side take about the same time."""
    return sorted(quads, key=_length, reverse=True)


def _turns(
    engine: Engine,
    picture: Picture,
    long_side: int,
    quads: list[Quad],
    start: int,
    params: OrientationParams,
) -> tuple[int, list[Line]]:
    """The quarter turns that the picture needs, and what the first lines say after the first `start` of them."""
    turned = rotated(picture, start)
    # What is read of a picture on its side only tells how it lies: a part of each line is enough.
    chosen = [_beginning(quad, params.jury_length) if start else quad for quad in quads[: params.jury]]
    jury = engine.recognize_all(turned, chosen)
    turns = start + 2 * _upside_down(engine, turned, jury, params)
    if _doubtful(quads, jury, params):
        turns = _best_turn(engine, picture, long_side, turns, params)
    return turns, jury


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


def _is_small(quads: list[Quad], scale: float, small: float) -> bool:
    heights = [min(sides(quad).top, sides(quad).left) for quad in quads]
    return scale < 1 and bool(heights) and float(np.median(heights)) * scale < small


def stand_on_end(quads: list[Quad], elongated: float = ORIENTATION.elongated) -> bool:
    """Whether more of the lines' length stands upright than lies."""
    lying = standing = 0.0
    for quad in quads:
        across, _, _, along = sides(quad)
        if across > elongated * along:
            lying += across
        elif along > elongated * across:
            standing += along
    return standing > lying


def _quarter_turned(quad: Quad, picture: Picture) -> Quad:
    return in_reading_order(np.stack((picture.shape[0] - quad[:, 1], quad[:, 0]), axis=1))


def _length(quad: Quad) -> float:
    return sides(quad).top


def _beginning(quad: Quad, longest: float) -> Quad:
    """The first characters of a long line."""
    return stretch(quad, 0.0, min(1.0, longest * sides(quad).left / max(1.0, _length(quad))))


def _upside_down(engine: Engine, picture: Picture, jury: list[Line], params: OrientationParams) -> bool:
    letters = [score for line in jury for score in _letters(line)]
    upright_text = len(letters) >= params.enough and sum(letters) > params.confident * len(letters)
    if not jury or upright_text:
        return False
    reversed_jury = engine.recognize_all(picture, [np.roll(line.quad, 2, axis=0) for line in jury])
    return sum(map(_vote, reversed_jury)) > sum(map(_vote, jury))


def _doubtful(quads: list[Quad], jury: list[Line], params: OrientationParams) -> bool:
    scores = [score for line in jury for score in line.scores]
    return 0 < len(quads) <= params.few and sum(scores) < params.doubtful * len(scores)


def _best_turn(
    engine: Engine, picture: Picture, long_side: int, turns: int, params: OrientationParams
) -> int:
    """The turn whose lines read best. Two rows in one box, as of a plate that lies on its side, need a new search."""
    votes = []
    for each in range(4):
        turned = rotated(picture, each)
        recognized = engine.recognize_all(turned, _found(engine, turned, long_side)[: params.jury])
        votes.append(sum(score - params.neutral for line in recognized for score in line.scores))
    best = max(range(4), key=lambda each: votes[each])
    return best if votes[best] > votes[turns % 4] + params.clearly else turns


def _letters(line: Line) -> list[float]:
    return [score for character, score in zip(line.text, line.scores, strict=True) if character > "\u4e00"]


def _vote(line: Line) -> float:
    letters = _letters(line)
    return sum(letters) / len(letters) if letters else 0.5 * line.score
