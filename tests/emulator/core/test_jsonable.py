"""Dataclasses as JSON: which fields appear, in which order, and that the OpenAPI document says the same."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

import pytest

from cloudbase_ocr.core.jsonable import ABSENT, as_json


@dataclass(frozen=True)
class Inner:
    name: str
    note: str | None = field(default=None, metadata=ABSENT)
    parts: tuple[int, ...] = field(default=(), metadata=ABSENT)


@dataclass(frozen=True)
class Outer:
    second: Inner
    first: list[Inner]
    nothing: str | None
    zero: int
    free: dict[str, Any]


def test_fields_are_keys_in_their_order_and_only_what_may_be_absent_is_left_out() -> None:
    value = Outer(Inner("a"), [Inner("b", "", (1, 2))], None, 0, {"x": [None, ()]})
    assert list(as_json(value)) == ["second", "first", "nothing", "zero", "free"]
    assert as_json(value) == {
        "second": {"name": "a"},
        "first": [{"name": "b", "note": "", "parts": [1, 2]}],
        "nothing": None,
        "zero": 0,
        "free": {"x": [None, ()]},  # a dictionary is JSON already, and stays as it is
    }


@pytest.mark.parametrize("value", [None, 0, "", True, 1.5, [], {}, Inner], ids=repr)
def test_what_is_no_dataclass_stays(value: Any) -> None:
    assert as_json(value) == value
