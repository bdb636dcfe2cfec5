"""Which cases of a slow test `make test` runs; `make check` runs the others, which go the same way."""

from __future__ import annotations

from collections.abc import Container, Iterable, Sequence
from typing import Any

import pytest


def quick(cases: Iterable[Any], kept: Container[Any]) -> list[Any]:
    """The cases as parameters: those that are not `kept` have the marker ``check``."""
    return [each if each in kept else pytest.param(each, marks=pytest.mark.check) for each in cases]


def first(count: int, cases: Iterable[Sequence[Any]]) -> list[Any]:
    """The cases of a test with several parameters: those behind the first ones have the marker ``check``."""
    return [
        each if number < count else pytest.param(*each, marks=pytest.mark.check)
        for number, each in enumerate(cases)
    ]
