"""Throw-away function folders, and a runtime over them."""

from __future__ import annotations

import json
import textwrap
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from emulator.runtime import Runtime

WriteFunction = Callable[..., Path]


@pytest.fixture
def root(tmp_path: Path) -> Path:
    folder = tmp_path / "functions"
    folder.mkdir()
    return folder


@pytest.fixture
def write(root: Path) -> WriteFunction:
    """Write ``<root>/<name>/index.py`` and config.json; return the folder."""

    def write_function(name: str, code: str, *, config: dict[str, Any] | str | None = None) -> Path:
        folder = root / name
        folder.mkdir(exist_ok=True)
        (folder / "index.py").write_text(textwrap.dedent(code), encoding="utf-8")
        if config is not None:
            text = config if isinstance(config, str) else json.dumps(config)
            (folder / "config.json").write_text(text, encoding="utf-8")
        return folder

    return write_function


@pytest.fixture
def make_runtime(root: Path) -> Iterator[Callable[..., Runtime]]:
    """Make runtimes over `root` that are closed at the end."""
    made: list[Runtime] = []

    def make(**arguments: Any) -> Runtime:
        runtime = Runtime(root, env_id="env-1", **arguments)
        made.append(runtime)
        return runtime

    yield make
    for runtime in made:
        runtime.close()


@pytest.fixture
def runtime(make_runtime: Callable[..., Runtime]) -> Runtime:
    return make_runtime()
