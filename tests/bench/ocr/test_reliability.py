"""Bins, the calibration error and the fitted curve, on values of which one knows what comes out."""

from __future__ import annotations

import random
from itertools import pairwise

import pytest

from cloudbase_ocr.recognizer.fields.calibration import on_curve
from tests.bench.ocr.reliability import Bin, bins, expected_error, fit


def _drawn(count: int, seed: int) -> list[tuple[float, bool]]:
    """Values of a reader that is right less often than it says: with confidence c in c squared of the cases."""
    rng = random.Random(seed)
    raw = [rng.random() for _ in range(count)]
    return [(value, rng.random() < value * value) for value in raw]


def test_bins_have_equal_counts_and_their_intervals_hold_the_share() -> None:
    found = bins([(place / 100, place % 2 == 0) for place in range(100)])
    assert [each.count for each in found] == [10] * 10
    assert all(each.interval()[0] < 0.5 < each.interval()[1] for each in found)
    assert [each.holds() for each in (found[0], found[5], found[9])] == [False, True, False]


def test_certain_and_right_is_no_error() -> None:
    assert expected_error([(1.0, True)] * 20) == 0
    assert expected_error([(1.0, False), (0.5, True)] * 10) == pytest.approx(0.75)
    assert expected_error([]) == 0
    assert Bin(40, 1.0, 40).holds()


def test_a_fitted_curve_makes_confidences_hold_on_values_it_has_not_seen() -> None:
    curve = fit((raw, right, 1.0) for raw, right in _drawn(4000, 1))
    assert all(left <= right for left, right in pairwise(curve))
    others = _drawn(4000, 2)
    assert expected_error(others) > 0.1
    assert expected_error([(on_curve(curve, raw), right) for raw, right in others]) < 0.03


def test_few_values_without_a_mistake_promise_little() -> None:
    ((_, confidence),) = fit([(0.99, True, 1.0)] * 30)
    assert confidence == pytest.approx(30.5 / 31, abs=1e-4)


def test_the_weight_of_a_value_counts() -> None:
    ((_, confidence),) = fit([(0.9, True, 3.0), (0.9, False, 1.0)] * 50)
    assert confidence == pytest.approx(0.75, abs=0.01)
