"""The public surface: its names, its types, its key casing, and what importing it costs."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

import wxcloud
from wxcloud.casing import camel_keys, snake_keys, to_camel, to_snake
from wxcloud.contract import METHODS, Field

SNAKE = st.from_regex(r"[a-z][a-z0-9]*(_[a-z][a-z0-9]*)*", fullmatch=True)


def test_all_is_sorted_and_complete() -> None:
    assert list(wxcloud.__all__) == sorted(wxcloud.__all__, key=lambda name: (not name.isupper(), name))
    for name in wxcloud.__all__:
        assert getattr(wxcloud, name) is not None
    modules = {path.stem for path in Path(wxcloud.__file__).parent.glob("*.py")}
    others = {name for name in vars(wxcloud) if not name.startswith("_")} - modules
    assert others - {"annotations", "TYPE_CHECKING", "Any"} <= set(wxcloud.__all__)


def test_unknown_names_are_named() -> None:
    with pytest.raises(AttributeError, match="no attribute 'nothing'"):
        wxcloud.nothing  # noqa: B018 - reading it is the test


def test_import_loads_nothing_heavy() -> None:
    """A cold start pays for each of these; the first call loads what it needs."""
    code = "import sys, wxcloud; print(*sorted(sys.modules))"
    folder = str(Path(wxcloud.__file__).parents[1])
    command = [sys.executable, "-S", "-c", f"import sys; sys.path.insert(0, {folder!r}); {code}"]
    loaded = set(subprocess.run(command, capture_output=True, text=True, check=True).stdout.split())
    heavy = {
        "requests",
        "urllib3",
        "dataclasses",
        "inspect",
        "logging",
        "threading",
        "ssl",
        "socket",
        "asyncio",
    }
    assert not loaded & heavy
    assert {name for name in loaded if name.startswith("wxcloud.")} == {
        f"wxcloud.{name}" for name in ("cloud", "context", "errors", "function", "openapi", "settings")
    }


@given(SNAKE)
def test_casing_round_trip(name: str) -> None:
    camel = to_camel(name)
    assert to_snake(camel) == name
    assert "_" not in camel


@given(
    st.recursive(
        st.integers(),
        lambda inner: st.lists(inner, max_size=3) | st.dictionaries(SNAKE, inner, max_size=3),
        max_leaves=6,
    )
)
def test_keys_round_trip_at_every_depth(value: Any) -> None:
    assert snake_keys(camel_keys(value)) == value


@given(st.text())
def test_any_text_can_be_a_key(name: str) -> None:
    assert to_camel(to_camel(name)) == to_camel(name) or "_" in to_camel(name)
    assert to_snake(name) == to_snake(to_snake(name))


@pytest.mark.parametrize(
    ("snake", "camel"),
    [
        ("img_size", "imgSize"),
        ("plate_num_b", "plateNumB"),
        ("card_position_front", "cardPositionFront"),
        ("field_2x", "field_2x"),
        ("a_1", "a_1"),
        ("_a", "A"),
        ("a__b", "a_B"),
    ],
)
def test_casing_as_recorded(snake: str, camel: str) -> None:
    assert to_camel(snake) == camel


@pytest.mark.parametrize(
    ("camel", "snake"),
    [("imgUrl", "img_url"), ("ImgUrl", "img_url"), ("img_url", "img_url"), ("fileID", "file_i_d")],
)
def test_request_casing_as_recorded(camel: str, snake: str) -> None:
    assert to_snake(camel) == snake


def test_every_contract_name_survives_the_conversion() -> None:
    def names(fields: tuple[Field, ...]) -> list[str]:
        return [name for field in fields for name in (field.name, *names(field.fields))]

    for method in METHODS:
        for name in names(method.fields):
            assert to_snake(to_camel(name)) == name, (method.key, name)
