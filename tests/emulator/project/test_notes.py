"""What is told once at the start: what has no effect here, and what looks like a mistake."""

from __future__ import annotations

from typing import Any

import pytest

from cloudbase_ocr.project import find_project
from cloudbase_ocr.project.notes import notes
from tests.emulator.project.conftest import WriteFiles

UNSET = (
    "functions[0].envVariables.A asks for env.NOT_SET, which neither .env.local, .env nor the environment sets: it is "
    "empty"
)


def told(
    files: WriteFiles, *entries: dict[str, Any], toml: str = "", top: dict[str, Any] | None = None
) -> list[str]:
    folder = files(
        **{"cloudbaserc.json": {**(top or {}), "functions": list(entries)}, "cloudbase-ocr.toml": toml}
    )
    return list(notes(find_project(None, folder).read(), {"f", "g"}))


@pytest.mark.parametrize(
    ("entry", "says"),
    [
        (
            {"envVariables": {"A": "{{env.NOT_SET}}"}},
            UNSET,
        ),
        ({"vpc": {"vpcId": "v"}}, "vpc of f does nothing here: functions use this machine's network"),
        (
            {"triggers": [{"name": "daily"}]},
            "triggers of f do not fire by themselves here: cloudbase-ocr invoke f --trigger NAME",
        ),
        (
            {"environmentVariables": {}},
            "functions[0].environmentVariables is no key that counts; is envVariables meant?",
        ),
        ({"name": "gone"}, "functions[0].name is gone, and there is no folder of such a function"),
    ],
)
def test_a_note_names_file_and_key(files: WriteFiles, entry: dict[str, Any], says: str) -> None:
    assert told(files, {"name": "f", **entry}) == [f"cloudbaserc.json: {says}"]


def test_a_key_is_told_once_for_all_functions(files: WriteFiles) -> None:
    (note,) = told(files, {"name": "f", "vpc": {}}, {"name": "g", "vpc": {}})
    assert note.startswith("cloudbaserc.json: vpc of f, g does nothing here")


def test_a_function_that_is_only_in_the_settings(files: WriteFiles) -> None:
    (note,) = told(files, toml="[function.h]\ntimeout = 5\n")
    assert note == "cloudbase-ocr.toml: there is no function h, which [function.h] is about"


def test_keys_of_other_tools_are_no_mistakes(files: WriteFiles) -> None:
    top = {
        "$schema": "x",
        "version": "2.0",
        "region": "ap-shanghai",
        "app": {},
        "databases": [],
        "_comment": "",
    }
    assert told(files, {"name": "f", "timeout": 5, "params": {}, "description": ""}, top=top) == []
