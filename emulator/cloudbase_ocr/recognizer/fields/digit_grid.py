"""A long number put together from several views of its row: places at one pitch, a digit for each, its Luhn digit last.

No view needs to show all digits: where print, line art or a reflection covers one, others have it, and a place that
most views show is one even if none is sure of its digit. The digits' log-probabilities are averaged over the views,
each view trusted only so far: one that is certain and wrong must not decide. The Luhn digit then chooses.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from itertools import combinations, pairwise
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from cloudbase_ocr.recognizer.fields.checksums import luhn_ok

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

Steps = NDArray[np.float32]
"""Probabilities of the blank and of the digits 0 to 9, of shape (steps, 11), of one view of the row."""

TEN = 10


@dataclass(frozen=True)
class GridParams:
    """How views are put together. Lengths in pitches where nothing else is said.

    `trust`: so far a view is trusted; the rest is spread over all digits. `closest`, `widest`: pitches of digits, in
    heights of the row. `group`: a step up to so many pitches is one from digit to digit.

    `spread`: characters are counted as a bell of this width. `apart`: two places are at least so far from each other.
    `reach`: a view's digit belongs to a place so near. `seldom`, `usual`: a place that a smaller share of the views
    shows is none, one that a larger share shows is one; up to `most_doubtful` others are tried both ways.

    `hole`: digits that are further apart leave a hole; `irregular`: what a number loses whose holes do not part it as
    cards do. `unusual_length`: what a number of another length than those usual for cards loses. `read_whole`: what one
    gains whose Luhn digit was right before it was used to choose: of ten misread numbers, one is so lucky.

    `max_forced`: a number whose Luhn digit is right may be so much less likely than one whose Luhn digit is wrong.
    `min_digit`: of one whose Luhn digit is wrong, each digit is at least so likely. (Natural logarithms.)
    """

    trust: float = 0.85
    closest: float = 0.3
    widest: float = 1.1
    group: float = 1.35
    spread: float = 0.18
    apart: float = 0.6
    reach: float = 0.45
    seldom: float = 0.2
    usual: float = 0.9
    most_doubtful: int = 5
    hole: float = 1.5
    irregular: float = 2.0
    unusual_length: float = 1.0
    read_whole: float = 2.3
    max_forced: float = 2.2
    min_digit: float = -0.25


GRID = GridParams()


@dataclass(frozen=True, eq=False)
class Place:
    """A place of a digit: where it is, in heights of the row from its left end; the share of views that show it; the
    logarithms of how likely each digit is."""

    at: float
    support: float
    logs: NDArray[np.float64]


@dataclass(frozen=True, eq=False)
class Grid:
    """The places of a row from left to right, and their pitch in heights of the row."""

    places: tuple[Place, ...]
    pitch: float


def grid_of(views: Sequence[Steps], length: float, params: GridParams = GRID) -> Grid | None:
    """The places that views of one row show, which is so many heights long; None without two digits in a view."""
    seen = [_characters(steps, length) for steps in views]
    steps = [b - a for each in seen for (a, _), (b, _) in pairwise(each)]
    steps = [each for each in steps if params.closest < each < params.widest]
    if not steps:
        return None
    pitch = float(np.median(steps))
    pitch = float(np.median([each for each in steps if each < params.group * pitch]))
    middles = _middles([at for each in seen for at, _ in each], len(views), pitch, params)
    return Grid(tuple(_place(at, pitch, views, seen, length, params) for at in middles), pitch)


def _characters(steps: Steps, length: float) -> list[tuple[float, NDArray[np.float32]]]:
    """The characters of the likeliest path: where, and how likely each digit is there."""
    best = steps.argmax(axis=1)
    found, start = [], 0
    for end in range(1, len(best) + 1):
        if end < len(best) and best[end] == best[start]:
            continue
        if best[start]:
            found.append(((start + end) / 2 / len(best) * length, steps[start:end, 1:].max(axis=0)))
        start = end
    return found


def _middles(at: Sequence[float], views: int, pitch: float, params: GridParams) -> list[float]:
    """Where characters of several views come together."""
    fine = np.arange(0, max(at) + pitch, pitch / 25)
    bells = np.exp(-0.5 * ((fine[:, np.newaxis] - np.asarray(at)) / (params.spread * pitch)) ** 2)
    density = bells.sum(axis=1) / views
    tops = [
        index
        for index in range(1, len(fine) - 1)
        if density[index - 1] <= density[index] > density[index + 1] and density[index] > params.seldom / 2
    ]
    kept: list[float] = []
    for index in sorted(tops, key=lambda index: -density[index]):
        if all(abs(fine[index] - each) > params.apart * pitch for each in kept):
            kept.append(float(fine[index]))
    return sorted(kept)


def _place(
    at: float,
    pitch: float,
    views: Sequence[Steps],
    seen: Sequence[list[tuple[float, NDArray[np.float32]]]],
    length: float,
    params: GridParams,
) -> Place:
    reach = params.reach * pitch
    logs, support = np.zeros(TEN), 0
    for steps, characters in zip(views, seen, strict=True):
        near = [digits for where, digits in characters if abs(where - at) < reach]
        support += bool(near)
        first, last = ((at + side) / length * len(steps) for side in (-reach, reach))
        # A view that passed over the place may still have had an inkling of what is there.
        rows = near or list(steps[max(0, math.floor(first)) : max(1, math.ceil(last)), 1:])
        digits = np.max(rows, axis=0)
        share = digits / max(0.5, float(digits.sum()))
        logs += np.log(params.trust * share + (1 - params.trust) / TEN)
    return Place(at, support / len(views), logs / len(views))


@dataclass(frozen=True)
class Told:
    """A number, and by how much it is likelier than any other, as a natural logarithm."""

    number: str
    margin: float

    @property
    def confidence(self) -> float:
        """The chance that this number is the right one, 0 to 1."""
        return 1 / (1 + math.exp(-self.margin))


def number_of(
    grid: Grid,
    usual: Callable[[str], float],
    min_margin: float,
    read: Sequence[str] = (),
    params: GridParams = GRID,
) -> Told | None:
    """The number that the places hold, if it is likelier than all others by `min_margin` (a natural logarithm).

    `usual` gives 1 for numbers that are usual, 0 for such that cannot be, and something between for unusual ones.
    `read` are numbers that single views read.
    """
    right: dict[str, float] = {}
    wrong: dict[str, float] = {}
    surest: dict[str, float] = {}
    for places, likely in _choices(grid, params):
        best = "".join(str(int(place.logs.argmax())) for place in places)
        surest[best] = min(float(place.logs.max()) for place in places)
        if not luhn_ok(best):
            _add(wrong, best, likely + sum(float(place.logs.max()) for place in places), usual, params)
        for number, score in _luhn_right(places):
            bonus = params.read_whole if number in read else 0.0
            _add(right, number, likely + score + bonus, usual, params)
    firsts = sorted(right.items(), key=lambda each: -each[1])
    forced = max(wrong.items(), key=lambda each: each[1], default=("", -math.inf))
    if firsts:
        margin = firsts[0][1] - (firsts[1][1] if len(firsts) > 1 else -math.inf)
        if margin >= min_margin and firsts[0][1] >= forced[1] - params.max_forced:
            return Told(firsts[0][0], margin)
    margin = forced[1] - (firsts[0][1] if firsts else -math.inf)
    if forced[0] and margin >= min_margin and surest[forced[0]] >= params.min_digit:
        return Told(forced[0], margin)
    return None


def _add(
    scores: dict[str, float], number: str, score: float, usual: Callable[[str], float], params: GridParams
) -> None:
    how = usual(number)
    if how:
        score -= params.unusual_length * (1 - how)
        scores[number] = max(score, scores.get(number, -math.inf))


def _choices(grid: Grid, params: GridParams) -> list[tuple[list[Place], float]]:
    """Which of the places hold a digit: the ways to choose, and the logarithm of how likely each is."""
    shown = [place for place in grid.places if place.support >= params.seldom]
    doubtful = sorted(
        (place for place in shown if place.support < params.usual), key=lambda place: abs(place.support - 0.5)
    )[: params.most_doubtful]
    found = []
    for count in range(len(doubtful) + 1):
        for out in combinations(doubtful, count):
            # Where there is no digit, a view that shows one shows any.
            likely = sum(
                math.log(1 - place.support) - place.support * math.log(TEN)
                if place in out
                else math.log(place.support)
                for place in doubtful
            )
            places = [place for place in shown if place not in out]
            regular = _is_regular(places, grid.pitch, params)
            found.append((places, likely - (0.0 if regular else params.irregular)))
    return found


def _is_regular(places: Sequence[Place], pitch: float, params: GridParams) -> bool:
    """Whether the digits stand together, in fours, or six before the rest."""
    groups = [1]
    for before, after in pairwise(places):
        if after.at - before.at > params.hole * pitch:
            groups.append(0)
        groups[-1] += 1
    return len(groups) == 1 or {*groups[:-1]} == {4} or (len(groups) == 2 and groups[0] == 6)


def _luhn_right(places: Sequence[Place], keep: int = 2, most: int = 5) -> list[tuple[str, float]]:
    """The likeliest numbers with a right Luhn digit: a search by the remainder that the digits so far have."""
    ways: dict[int, list[tuple[float, str]]] = {0: [(0.0, "")]}
    for index, place in enumerate(places):
        doubled = (len(places) - index) % 2 == 0
        following: dict[int, list[tuple[float, str]]] = {}
        for digit in np.argsort(-place.logs)[:most].tolist():
            value = digit * (1 + doubled)
            value -= 9 * (value > 9)
            more = float(place.logs[digit])
            for rest, texts in ways.items():
                following.setdefault((rest + value) % TEN, []).extend(
                    (score + more, text + str(digit)) for score, text in texts
                )
        ways = {rest: sorted(texts, reverse=True)[:keep] for rest, texts in following.items()}
    return [(text, score) for score, text in ways.get(0, [])]
