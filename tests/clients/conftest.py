"""A live emulator with functions of the suites' own, and the variables that `cloudbase-ocr env` gives for it."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from cloudbase_ocr.commands.client import EmulatorClient
from cloudbase_ocr.server import Server, running
from cloudbase_ocr.settings import Settings

FUNCTIONS = {
    "echo": "def main(event, context):\n    return event\n",
    "fails": "def main(event, context):\n    raise ValueError('no picture in the event')\n",
    "nothing": "def main(event, context):\n    return {}\n",
}
PERMISSIONS = {"echo": ["ocr.idcard", "ocr.printedText", "img.aiCrop", "serviceMarket.invokeService"]}


@pytest.fixture(scope="session")
def client_functions(tmp_path_factory: pytest.TempPathFactory) -> Path:
    root = tmp_path_factory.mktemp("client-functions")
    for name, code in FUNCTIONS.items():
        (root / name).mkdir()
        (root / name / "index.py").write_text(code, encoding="utf-8")
        config = {"permissions": {"openapi": PERMISSIONS.get(name, [])}}
        (root / name / "config.json").write_text(json.dumps(config), encoding="utf-8")
    return root


@pytest.fixture(scope="session")
def emulator(client_functions: Path) -> Iterator[Server]:
    settings = Settings(
        port=0, functions=client_functions, env_id="env-1", recognizer=False, hints=False, quota_per_day=0
    )
    with running(settings) as server:
        yield server


@pytest.fixture(scope="session")
def env_of(emulator: Server) -> Callable[[str], dict[str, str]]:
    """Return the variables for a program that counts as a function."""
    return EmulatorClient(emulator.url).environment


@pytest.fixture(scope="session")
def https_emulator(client_functions: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    """One for clients with a literal https address, with an authority of its own."""
    settings = Settings(
        port=0,
        functions=client_functions,
        env_id="env-1",
        recognizer=False,
        tls_folder=tmp_path_factory.mktemp("tls") / "authority",
    )
    with running(settings) as server:
        yield server
