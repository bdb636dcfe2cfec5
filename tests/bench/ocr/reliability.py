"""How far confidences can be trusted: bins, the expected calibration error, and the curve that mends them."""

from __future__ import annotations

import math
import random
from dataclasses import dataclass
from itertools import groupby, pairwise
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    Judged = tuple[float, bool]
    """A confidence, and whether its value is right."""
    Curve = list[tuple[float, float]]

BINS = 10
Z = 1.96
"""Standard deviations on either side of an interval that holds in 95 of 100 cases."""


@dataclass(frozen=True)
class Bin:
    """Values of about the same confidence: how many, their mean confidence, and how many are right."""

    count: int
    confidence: float
    right: int

    @property
    def share(self) -> float:
        """How many of one are right."""
        return self.right / self.count

    def interval(self) -> tuple[float, float]:
        """Between which shares the true one lies with 95 % (Wilson's score interval)."""
        n, share = self.count, self.share
        middle = share + Z * Z / (2 * n)
        reach = Z * math.sqrt(share * (1 - share) / n + Z * Z / (4 * n * n))
        return (middle - reach) / (1 + Z * Z / n), min(1.0, (middle + reach) / (1 + Z * Z / n))

    def holds(self) -> bool:
        """Tell whether the mean confidence is inside the interval."""
        low, high = self.interval()
        return low - 1e-9 <= self.confidence <= high + 1e-9


def bins(values: Sequence[Judged], count: int = BINS) -> list[Bin]:
    """Bins of equal count, the least confident first.

    Many values have the same confidence, and one edge between bins may fall among them: they come in an order that is
    always the same and has nothing to do with what is right.
    """
    ordered = random.Random(len(values)).sample(values, len(values))
    ordered.sort(key=lambda value: value[0])
    edges = [round(len(ordered) * place / count) for place in range(count + 1)]
    parts = [ordered[start:end] for start, end in pairwise(edges) if end > start]
    return [
        Bin(len(part), sum(value for value, _ in part) / len(part), sum(right for _, right in part))
        for part in parts
    ]


def expected_error(values: Sequence[Judged], count: int = BINS) -> float:
    """The expected calibration error: how far confidence and share of right values differ, mean over all values."""
    found = bins(values, count)
    return sum(each.count * abs(each.confidence - each.share) for each in found) / max(1, len(values))


@dataclass
class _Block:
    """Neighbouring values that one point of a curve stands for."""

    raw: float
    right: float
    weight: float
    count: int

    @property
    def share(self) -> float:
        return self.right / self.weight

    def add(self, other: _Block) -> None:
        self.raw = (self.raw * self.weight + other.raw * other.weight) / (self.weight + other.weight)
        self.right += other.right
        self.weight += other.weight
        self.count += other.count


def fit(values: Iterable[tuple[float, bool, float]], fewest: int = 30) -> Curve:
    """A rising curve from raw confidences to shares of right values: isotonic regression.

    Each value is a raw confidence, whether it is right, and its weight. A point stands for `fewest` values or more,
    which are counted with one right and one wrong half value beside them: few values without a mistake do not promise
    that there is none.
    """
    blocks: list[_Block] = []
    for raw, same in groupby(sorted(values), key=lambda value: value[0]):
        alike = list(same)
        good, weight = sum(right * each for _, right, each in alike), sum(each for *_, each in alike)
        one = _Block(raw, good, weight, len(alike))
        if blocks and blocks[-1].count < fewest:
            blocks[-1].add(one)
        else:
            blocks.append(one)
    if len(blocks) > 1 and blocks[-1].count < fewest:
        last = blocks.pop()
        blocks[-1].add(last)
    rising: list[_Block] = []
    for block in blocks:
        rising.append(block)
        while len(rising) > 1 and rising[-2].share >= rising[-1].share:
            last = rising.pop()
            rising[-1].add(last)
    return [(round(each.raw, 4), round(_careful(each), 4)) for each in rising]


def _careful(block: _Block) -> float:
    half = 0.5 * block.weight / block.count
    return (block.right + half) / (block.weight + 2 * half)
