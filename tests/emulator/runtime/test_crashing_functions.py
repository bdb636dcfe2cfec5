"""Calls of functions that crash, hang and fork: nothing is left, neither of them nor of an emulator that is killed."""

from __future__ import annotations

import sys
from pathlib import Path

import pytest

from tests.soak.functions import CALLS, KINDS, ROUNDS, crash_functions

pytestmark = pytest.mark.skipif(sys.platform != "linux", reason="other systems have no guardian")


@pytest.mark.check
@pytest.mark.parametrize(("calls", "rounds"), [(2 * len(KINDS), 1), (CALLS, ROUNDS)])
def test_a_thousand_calls_leave_nothing(place: Path, calls: int, rounds: int) -> None:
    result = crash_functions(calls, rounds, place)
    assert result.problems == []
    assert sum(result.answers.values()) == calls // rounds * rounds
    assert result.processes > 2 * calls
