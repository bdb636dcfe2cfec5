"""The parameters of a fault, which the dataclass `Fault` says: everything else that names them has them from there."""

from __future__ import annotations

import inspect
import re
from dataclasses import fields
from pathlib import Path
from typing import Any

import click
import pytest
import requests
import yaml

import cloudbase_ocr
from cloudbase_ocr.commands.ctl import ctl
from cloudbase_ocr.control.facade import OPERATIONS, Control
from cloudbase_ocr.control.operation import ControlError
from cloudbase_ocr.server import Server
from cloudbase_ocr.state.faults import KINDS, Fault, FaultState
from cloudbase_ocr.state.faults.kinds import SURFACES
from cloudbase_ocr.state.faults.rule import OPTIONS

PACKAGE = Path(cloudbase_ocr.__file__).parent
NAMES = [field.name for field in fields(Fault)]
HELP = {field.name: field.metadata["help"] for field in fields(Fault)}
ADD = next(operation for operation in OPERATIONS if operation.name == "fault.add")
IN_TYPESCRIPT = {"string": "string", "integer": "number", "number": "number", "array": "number[]"}


def test_the_operation_takes_the_fields_in_their_order_with_their_meanings() -> None:
    assert {parameter.name: parameter.meaning for parameter in ADD.parameters} == HELP
    assert [parameter.name for parameter in ADD.parameters] == NAMES


def test_python_has_the_signature_of_the_dataclass(control: Control) -> None:
    own = inspect.signature(Fault).parameters
    assert dict(inspect.signature(control.fault).parameters) == dict(own)
    wrong: Any = {"mss": 3}
    with pytest.raises(TypeError, match="mss"):
        control.fault("latency", **wrong)


def test_javascript_declares_the_fields() -> None:
    declared = (PACKAGE / "javascript/index.d.ts").read_text(encoding="utf-8")
    body = "".join(f"  {each.name}?: {IN_TYPESCRIPT[each.types[0]]}\n" for each in ADD.parameters)
    assert f"export interface Fault {{\n{body}}}\n" in declared
    (given,) = re.findall(r"fault\(options: Fault\): Promise<Fault & \{(.*?)\}>", declared)
    own = {field.name for field in fields(FaultState)} - set(NAMES)
    assert set(re.findall(r"(\w+):", given)) == own


def test_the_command_has_an_option_for_each() -> None:
    group = ctl.commands["fault"]
    assert isinstance(group, click.Group)
    assert {option.name for option in group.commands["add"].params if option.expose_value} == set(NAMES)


def test_the_console_has_a_field_and_words_for_each(server: Server) -> None:
    page = requests.get(server.url + "/console/control", timeout=10).text
    assert set(re.findall(r'data-parameter="(\w+)"', page)) == set(NAMES) - {"type"}
    texts = yaml.safe_load((PACKAGE / "console/texts/control.yaml").read_text(encoding="utf-8"))["page"]

    def named(prefix: str) -> set[str]:
        return {key.removeprefix(prefix) for key in texts if key.startswith(prefix)}

    assert named("param_") == set(NAMES) - {"type"}
    assert named("type_") == set(KINDS)
    assert named("surface_") == {"", *SURFACES}


def test_options_of_types_are_fields() -> None:
    assert set(NAMES) >= OPTIONS


def test_null_in_json_is_as_left_out_and_lists_come_back_as_they_were(server: Server, appid: str) -> None:
    body = {"type": "reset", "surface": None, "nth": [2, 3], "times": None, "appid": appid}
    added = requests.post(server.url + "/_emulator/faults", json=body, timeout=10).json()
    assert list(added) == [
        "id",
        "type",
        "surface",
        "appid",
        "nth",
        "probability",
        "seed",
        "matched",
        "hits",
        "spent",
    ]
    assert added["nth"] == [2, 3]


@pytest.mark.parametrize("nth", [[0], [1, -1]])
def test_calls_are_counted_from_one(control: Control, nth: list[int]) -> None:
    with pytest.raises(ControlError, match="nth: calls are counted from 1"):
        control.fault("reset", nth=nth)
