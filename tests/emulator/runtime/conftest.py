"""Throw-away function folders, and a runtime over them."""

from __future__ import annotations

import json
import shutil
import sys
import tempfile
import textwrap
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from cloudbase_ocr.runtime import Runtime, RuntimeHooks, RuntimeOptions
from tests import needs

WriteFunction = Callable[..., Path]


@pytest.fixture
def root(tmp_path: Path) -> Path:
    folder = tmp_path / "functions"
    folder.mkdir()
    return folder


@pytest.fixture
def write(root: Path) -> WriteFunction:
    """Write ``<root>/<name>/index.py`` (or another file) and config.json; return the folder."""

    def write_function(
        name: str, code: str, *, config: dict[str, Any] | str | None = None, file: str = "index.py"
    ) -> Path:
        folder = root / name
        folder.mkdir(exist_ok=True)
        (folder / file).write_text(textwrap.dedent(code), encoding="utf-8")
        if config is not None:
            text = config if isinstance(config, str) else json.dumps(config)
            (folder / "config.json").write_text(text, encoding="utf-8")
        return folder

    return write_function


@pytest.fixture
def make_runtime(root: Path) -> Iterator[Callable[..., Runtime]]:
    """Make runtimes over `root` that are closed at the end."""
    made: list[Runtime] = []

    def make(hooks: RuntimeHooks | None = None, **options: Any) -> Runtime:
        runtime = Runtime(root, RuntimeOptions(env_id="env-1", **options), hooks)
        made.append(runtime)
        return runtime

    yield make
    for runtime in made:
        runtime.close()


@pytest.fixture
def runtime(make_runtime: Callable[..., Runtime]) -> Runtime:
    return make_runtime()


@pytest.fixture
def node() -> str:
    """Skip the test where Node.js is missing; give its path."""
    command = shutil.which("node")
    if command is None:
        pytest.skip(needs.NODE)
    return command


@pytest.fixture
def write_node(write: WriteFunction, node: str) -> WriteFunction:
    """Write ``<root>/<name>/index.js`` and config.json; return the folder."""

    def write_function(name: str, code: str, *, config: Any = None, file: str = "index.js") -> Path:
        return write(name, code, config=config, file=file)

    return write_function


@pytest.fixture(params=["python", "node"])
def write_both(request: pytest.FixtureRequest, write: WriteFunction) -> WriteFunction:
    """Write a function that is given in both languages, in one of them."""
    if request.param == "python":
        return lambda name, python, node, **more: write(name, python, **more)
    write_node: WriteFunction = request.getfixturevalue("write_node")
    return lambda name, python, node, **more: write_node(name, node, **more)


@pytest.fixture
def place() -> Iterator[Path]:
    """Give a folder that functions may write to: not every system keeps pytest's own under /tmp."""
    with tempfile.TemporaryDirectory(dir=None if sys.platform == "win32" else "/tmp") as folder:
        yield Path(folder)
