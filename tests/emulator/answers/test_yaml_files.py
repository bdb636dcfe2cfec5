"""Files of fixtures and scenarios that are small and stand for much, or hold what an answer cannot have."""

from __future__ import annotations

import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
import requests

from cloudbase_ocr.answers import FixtureError, load_fixtures
from cloudbase_ocr.answers.scenario_files import load_scenarios
from cloudbase_ocr.answers.yaml_files import MAX_FILE_BYTES, read_list
from cloudbase_ocr.server import running
from cloudbase_ocr.settings import Settings

FIXTURE = """\
- name: idcard/x
  method: idcard
  provenance: written
  reference: a test
  outside: [extra]
  reply: {type: Front, extra: VALUE}
"""
SCENARIO = """\
- name: x
  method: ocr.idcard
  outside: [extra]
  answers: [{extra: VALUE}]
"""
LAUGHS = (
    "[" + ", ".join(f"&a{n} [{', '.join([f'*a{n - 1}'] * 9)}]" if n else "&a0 [lol]" for n in range(12)) + "]"
)
HUGE = "1" * 5000
HUGE_HEX = "0x" + "f" * 5000
HUGE_AT = [
    ("name: ", f"{HUGE_HEX}: 1\n  name: "),
    ("method: ", f"method: {HUGE_HEX}\n  x: "),
    ("outside: [extra]", f"outside: {HUGE_HEX}"),
    ("{", f"{{{HUGE_HEX}: 1, "),
    ("reply: ", f"error: {HUGE_HEX}\n  x: "),
    ("reply: {type: Front", f"reply: {{type: {HUGE_HEX}"),
    ("answers: [", f"answers: [{HUGE_HEX}, "),
    ("answers: [", f"answers: [-{HUGE}, "),
    ("answers: ", f"after: {HUGE_HEX}\n  answers: "),
    ("answers: ", f"appid: {HUGE_HEX}\n  answers: "),
    ("provenance: written", f"provenance: {HUGE_HEX}"),
]
"""A place in the files above, and what stands there instead."""

KINDS: dict[str, tuple[str, Callable[[Path], Any]]] = {
    "fixtures": (FIXTURE, lambda path: load_fixtures([path])),
    "scenarios": (SCENARIO, lambda path: load_scenarios([path], ["idcard/front"])),
}
KIND = pytest.mark.parametrize("kind", KINDS)


def load(tmp_path: Path, kind: str, value: str, place: str = "VALUE") -> Any:
    text, read = KINDS[kind]
    path = tmp_path / "given.yaml"
    path.write_text(text.replace(place, value), encoding="utf-8")
    return read(path)


@KIND
@pytest.mark.parametrize(
    ("value", "reason"),
    [
        (LAUGHS, r"line [46]: the alias \*a0 is refused"),
        (
            "[&a x, *a]",
            r"the alias \*a is refused, as a few of them can stand for gigabytes. Write the value out",
        ),
        ("&a [*a]", r"the alias \*a is refused"),
        (HUGE, "Exceeds the limit"),
        (HUGE_HEX, "a int too large to show is no number that fits; put it in quotes"),
        (f"{{a: [{HUGE_HEX}]}}", "is no number that fits"),
        (f"{{0x{'f' * 900}: 1}}", "is no number that fits"),
        ("2026-01-01", r"datetime\.date\(2026, 1, 1\) is nothing that JSON has; put it in quotes"),
        ("{2026-01-01: 1}", "is nothing that JSON has"),
        ("!!binary aGk=", "is nothing that JSON has"),
        ("!!set {a, b}", "is nothing that JSON has"),
        ("[" * 60 + "]" * 60, "or 50 levels; make it smaller"),
        ("[" * 5000 + "]" * 5000, "is not YAML|or 50 levels"),
        pytest.param(
            f"[{'1,' * 100_001}]", "has more than 100000 values", id="many", marks=pytest.mark.check
        ),
    ],
)
def test_what_no_answer_can_have_is_told_with_the_file(
    tmp_path: Path, kind: str, value: str, reason: str
) -> None:
    before = time.process_time()
    with pytest.raises(FixtureError, match=reason) as refused:
        load(tmp_path, kind, value)
    assert str(refused.value).startswith(str(tmp_path / "given.yaml"))
    assert len(str(refused.value)) < 1000
    assert time.process_time() - before < 10, "seconds of work for a small file"


@pytest.mark.parametrize(
    ("kind", "place", "value"),
    [(kind, place, value) for kind in KINDS for place, value in HUGE_AT if place in KINDS[kind][0]],
)
def test_a_huge_integer_anywhere_is_told_with_the_file(
    tmp_path: Path, kind: str, place: str, value: str
) -> None:
    with pytest.raises(FixtureError, match=r"given\.yaml"):
        load(tmp_path, kind, value, place)


@KIND
def test_a_star_that_is_no_alias_and_plain_values_are_taken(tmp_path: Path, kind: str) -> None:
    assert load(tmp_path, kind, '["440***199001", {a: [1, 2.5, true, null]}, "& *x"]')


def test_a_file_that_is_too_large_or_no_list_is_told(tmp_path: Path) -> None:
    path = tmp_path / "given.yaml"
    with pytest.raises(FixtureError, match=r"given\.yaml: cannot be read"):
        read_list(path, "fixtures", "one")
    path.write_bytes(b"#" * (MAX_FILE_BYTES + 1))
    with pytest.raises(FixtureError, match=r"given\.yaml: a file of fixtures has at most"):
        read_list(path, "fixtures", "one")
    path.write_text("")
    assert read_list(path, "fixtures", "one") == []
    reply = tmp_path / "reply.json"
    reply.write_bytes(b" " * (MAX_FILE_BYTES + 1))
    path.write_text(FIXTURE.replace("{type: Front, extra: VALUE}", "reply.json"))
    with pytest.raises(FixtureError, match="it has more than"):
        load_fixtures([path])


@pytest.mark.parametrize("depth", [60, 900])
def test_the_control_api_refuses_the_same(depth: int) -> None:
    nested: Any = 1
    for _ in range(depth):
        nested = [nested]
    entry = {
        "name": "idcard/x",
        "method": "idcard",
        "provenance": "written",
        "reference": "a test",
        "outside": ["extra"],
        "reply": {"type": "Front", "extra": nested},
    }
    with running(Settings(port=0, recognizer=False)) as server:
        bodies = {
            "fixtures": {"fixture": entry},
            "scenarios": {"method": "ocr.idcard", "outside": ["extra"], "answers": [{"extra": nested}]},
            "reply": {"method": "ocr.idcard", "fields": {"type": nested}},
        }
        for path, body in bodies.items():
            reply = requests.post(f"{server.url}/_emulator/{path}", json=body, timeout=10)
            assert reply.status_code == 400, (path, reply.text)
