"""Every specimen goes through its cloud function, over HTTP, and comes back with what is drawn on it."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from cloudbase_ocr.commands.client import EmulatorClient
from cloudbase_ocr.core.paths import included_functions
from cloudbase_ocr.server import Server, running
from cloudbase_ocr.settings import Settings
from tests.bench.ocr.specimens.truths import truth_of
from tests.quick import quick
from wxcloud.casing import camel_keys
from wxcloud.contract import METHODS

FOLDER = Path(__file__).parents[2] / "emulator" / "cloudbase_ocr" / "specimens"
KEYS = {"printed-text": "comm"}
SPECIMENS = sorted(path.stem for path in FOLDER.glob("*.jpg"))
PIXELS = 30
"""How far a corner may be from where it was drawn."""


@pytest.fixture(scope="module")
def server() -> Iterator[Server]:
    with running(Settings(port=0, functions=included_functions())) as running_server:
        assert running_server.emulator.recognizer is not None
        running_server.emulator.recognizer.warm()
        yield running_server


def function_of(specimen: str) -> str:
    key = KEYS.get(specimen, specimen.partition("-")[0])
    return next(method.cloud_names[0] for method in METHODS if method.key == key)


def test_every_method_has_a_specimen() -> None:
    assert {function_of(name) for name in SPECIMENS} == {method.cloud_names[0] for method in METHODS}


@pytest.mark.parametrize("name", quick(SPECIMENS, {"idcard-front", "platenum"}))
def test_a_specimen_goes_through_its_function(server: Server, name: str) -> None:
    client = EmulatorClient(server.url)
    stored = client.upload(f"{name}.jpg", FOLDER.joinpath(f"{name}.jpg").read_bytes())
    function = function_of(name)
    result = client.call_function(function, {"fileID": stored["fileID"]})["result"]
    assert result.pop("errMsg") == f"openapi.ocr.{function}:ok"
    assert result.pop("errCode") == 0
    truth = camel_keys(truth_of(name))
    assert list(result) == list(truth)
    assert_same(result, truth)


def assert_same(found: Any, truth: Any, path: str = "") -> None:
    """Text and counts must be equal; places may be off by a few pixels."""
    if isinstance(truth, dict):
        for key, value in truth.items():
            assert_same(found[key], value, f"{path}.{key}")
    elif isinstance(truth, list):
        assert len(found) == len(truth), path
        for number, value in enumerate(truth):
            assert_same(found[number], value, f"{path}[{number}]")
    elif path.endswith((".x", ".y")):
        assert abs(found - truth) <= PIXELS, path
    else:
        assert found == truth, path
