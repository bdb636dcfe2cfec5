"""Layers: where a function finds them, with and without namespaces, and which one counts."""

from __future__ import annotations

import json
import sys
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from cloudbase_ocr.project import find_project
from cloudbase_ocr.runtime import Runtime, RuntimeOptions, layers
from tests.emulator.project.conftest import write_files
from tests.emulator.runtime.calls import result_of

CODE = """
import os
import from_a, both, inner
def main(event, context):
    opt = sorted(os.listdir("/opt")) if os.path.isdir("/opt") else []
    return {"a": from_a.NAME, "both": both.NAME, "inner": inner.NAME, "opt": opt, "path": os.environ["PYTHONPATH"]}
"""
FILES = {
    "cloudbaserc.json": {
        "functions": [{"name": "f", "layers": [{"name": "a", "version": 1}, {"name": "b", "version": 2}]}]
    },
    "functions/f/index.py": CODE,
    "layers/a/from_a.py": "NAME = 'a'\n",
    "layers/a/both.py": "NAME = 'a'\n",
    "layers/b/both.py": "NAME = 'b'\n",
    "layers/b/python/inner.py": "NAME = 'inner'\n",
}
MOUNTED = "mounted"
SEARCHED = "on the search path"


@pytest.fixture(params=[MOUNTED, SEARCHED])
def way(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> str:
    """Both ways; the first is skipped where this machine does not allow it."""
    if request.param == SEARCHED:
        monkeypatch.setattr(layers, "_problem", lambda _several: "this test wants it so")
    elif sys.platform != "linux" or layers._problem(True):
        pytest.skip("this machine has no namespaces for users, or no overlays in them")
    return str(request.param)


@pytest.fixture
def runtime_of(tmp_path: Path) -> Iterator[Callable[..., Runtime]]:
    made: list[Runtime] = []

    def make(**named: Path) -> Runtime:
        made.append(Runtime(find_project(None, tmp_path), RuntimeOptions(layers=named)))
        return made[-1]

    yield make
    for runtime in made:
        runtime.close()


def test_layers_are_laid_over_each_other(
    way: str, tmp_path: Path, runtime_of: Callable[..., Runtime]
) -> None:
    write_files(tmp_path, FILES)
    runtime = runtime_of()
    result = result_of(runtime.invoke("f", {}))
    assert (result["a"], result["both"], result["inner"]) == ("a", "b", "inner")
    places = ["/opt"] if way == MOUNTED else [str(tmp_path / "layers/b"), str(tmp_path / "layers/a")]
    assert result["path"].split(":")[2:] == places
    if way == MOUNTED:
        assert result["opt"] == ["both.py", "from_a.py", "python"]
        assert runtime.notes() == []
    else:
        (note,) = runtime.notes()
        assert note == "f: its layers are on the search path and not on /opt, because this test wants it so"


def test_a_change_in_a_layer_counts_from_the_next_call(
    way: str, tmp_path: Path, runtime_of: Callable[..., Runtime]
) -> None:
    content = {"functions": [{"name": "f", "layers": [{"name": "a"}]}]}
    code = "import from_a\ndef main(e, c): return from_a.NAME\n"
    write_files(tmp_path, {**FILES, "cloudbaserc.json": content, "functions/f/index.py": code})
    runtime = runtime_of()
    assert result_of(runtime.invoke("f", {})) == "a"
    write_files(tmp_path, {"layers/a/from_a.py": "NAME = 'changed'\n"})
    assert result_of(runtime.invoke("f", {})) == "changed"


def test_a_layer_in_another_folder(way: str, tmp_path: Path, runtime_of: Callable[..., Runtime]) -> None:
    write_files(tmp_path, FILES)
    write_files(tmp_path, {"elsewhere/both.py": "NAME = 'elsewhere'\n", "elsewhere/inner.py": "NAME = ''\n"})
    assert result_of(runtime_of(b=tmp_path / "elsewhere").invoke("f", {}))["both"] == "elsewhere"


def test_a_layer_that_is_not_here_is_told(tmp_path: Path, runtime_of: Callable[..., Runtime]) -> None:
    content = {"functions": [{"name": "f", "layers": [{"name": "gone"}]}]}
    code = "def main(e, c): return 1\n"
    write_files(tmp_path, {"cloudbaserc.json": content, "functions/f/index.py": code})
    runtime = runtime_of()
    assert result_of(runtime.invoke("f", {})) == 1
    (note,) = runtime.notes()
    place = tmp_path / "layers/gone"
    assert note == f"f: its layer gone is not here; put it into {place}, or name it: --layer gone=DIR"


def test_a_function_on_opt_cannot_change_its_layer(
    tmp_path: Path, runtime_of: Callable[..., Runtime]
) -> None:
    if sys.platform != "linux" or layers._problem(False):
        pytest.skip("this machine has no namespaces for users")
    content = {"functions": [{"name": "f", "layers": [{"name": "a"}]}]}
    code = "import subprocess\ndef main(e, c): return subprocess.run(['sh', '-c', 'echo x > /opt/x']).returncode\n"
    write_files(tmp_path, {**FILES, "cloudbaserc.json": json.dumps(content), "functions/f/index.py": code})
    assert result_of(runtime_of().invoke("f", {})) != 0
    assert not (tmp_path / "layers/a/x").exists()
