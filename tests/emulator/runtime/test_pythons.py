"""What a function can import here is what its package will hold, and which Python runs it."""

from __future__ import annotations

import json
import logging
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from cloudbase_ocr.dependencies.interpreters import find_interpreter, running_version
from cloudbase_ocr.runtime import FunctionNotRunnable, Runtime
from cloudbase_ocr.runtime.outcomes import call_function_result
from tests import needs
from tests.emulator.dependencies.conftest import index, make_wheel

__all__ = ["index"]

Write = Callable[..., Path]
Make = Callable[..., Runtime]

IMPORT = """
    import importlib, sys

    def main(event, context):
        if "python" in event:
            return "%d.%d" % sys.version_info[:2]
        module = importlib.import_module(event["name"])
        return getattr(module, "VALUE", module.__name__)
    """
OTHER = next(version for version in ("3.10", "3.11") if version != running_version())


def result(runtime: Runtime, event: dict[str, Any], name: str = "f") -> Any:
    invocation = runtime.invoke(name, event)
    assert invocation.error is None, (invocation.error, invocation.error and invocation.error.hint)
    return json.loads(invocation.result or "")


def ask_for(folder: Path, text: str) -> None:
    (folder / "requirements.txt").write_text(text, encoding="utf-8")


@pytest.fixture
def other_python() -> str:
    if find_interpreter(OTHER) is None:
        pytest.skip(needs.python(OTHER))
    return OTHER


@pytest.mark.parametrize(
    "name", ["wxcloud", "requests", "urllib3", "certifi", "idna", "requests.adapters", "json"]
)
def test_what_every_package_holds_is_there(name: str, write: Write, runtime: Runtime) -> None:
    write("f", IMPORT)
    assert result(runtime, {"name": name}) == name


@pytest.mark.parametrize(
    "name", ["flask", "click", "yaml", "pip", "pytest", "cloudbase_ocr", "charset_normalizer"]
)
def test_what_is_the_emulators_own_is_not(name: str, write: Write, runtime: Runtime) -> None:
    write("f", IMPORT)
    error = runtime.invoke("f", {"name": name}).error
    assert error is not None
    assert f"No module named '{name}'" in error.trace


def test_a_module_of_the_functions_own_goes_first(write: Write, runtime: Runtime) -> None:
    folder = write("f", IMPORT)
    (folder / "requests.py").write_text("VALUE = 'own'\n", encoding="utf-8")
    assert result(runtime, {"name": "requests"}) == "own"


def test_exit_and_help_are_there_as_in_any_python(write: Write, runtime: Runtime) -> None:
    write(
        "f", "def main(event, context): return [exit.name, quit.name, callable(help), bool(str(copyright))]\n"
    )
    assert result(runtime, {}) == ["exit", "quit", True, True]


@pytest.mark.parametrize(
    "place", ["import yaml\ndef main(e, c): ...\n", "def main(e, c):\n    import yaml\n"]
)
def test_a_missing_module_is_told_with_the_fix(
    place: str, write: Write, runtime: Runtime, monkeypatch: pytest.MonkeyPatch
) -> None:
    folder = write("f", place)
    monkeypatch.chdir(folder.parents[1])
    invocation = runtime.invoke("f", {})
    error = invocation.error
    assert error is not None
    assert error.advice == "add PyYAML to functions/f/requirements.txt, or what else brings the module yaml"
    assert "PyYAML" not in json.dumps(call_function_result(invocation)), (
        "callers get what the cloud would say"
    )


def test_other_failures_have_no_advice(write: Write, runtime: Runtime) -> None:
    write("f", "def main(event, context): raise KeyError('x')\n")
    error = runtime.invoke("f", {}).error
    assert error is not None
    assert (error.hint, error.advice) == ("KeyError: 'x'", "")


@pytest.mark.check
def test_what_it_asks_for_is_installed_and_told_once(
    index: Path, write: Write, make_runtime: Make, tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.INFO)
    make_wheel(index, "asked_for", "VALUE = 'there'\n")
    ask_for(write("f", IMPORT), "asked_for\n")
    runtime = make_runtime(cache=tmp_path / "cache")
    assert result(runtime, {"name": "asked_for"}) == "there"
    assert result(runtime, {"name": "requests"}) == "requests"
    assert sum("installing what" in line for line in caplog.messages) == 1


@pytest.mark.check
def test_a_file_that_changes_is_installed_anew(
    index: Path, write: Write, make_runtime: Make, tmp_path: Path
) -> None:
    """A wrong one stops the function only, and the next one that is right brings it back."""
    for name in ("one", "two"):
        make_wheel(index, name, f"VALUE = {name!r}\n")
    folder = write("f", IMPORT)
    write("g", IMPORT)
    runtime = make_runtime(cache=tmp_path / "cache")
    ask_for(folder, "one\n")
    assert result(runtime, {"name": "one"}) == "one"
    ask_for(folder, "two\nno such line\n")
    error = runtime.invoke("f", {"name": "two"}).error
    assert isinstance(error, FunctionNotRunnable)
    assert "f/requirements.txt:2: 'no such line' is no requirement: " in error.message
    assert runtime.prepare() == [error.message.removeprefix("Function f cannot run: ")]
    assert result(runtime, {"name": "json"}, "g") == "json"
    ask_for(folder, "two\n")
    assert result(runtime, {"name": "two"}) == "two"
    assert runtime.prepare() == []


@pytest.mark.check
def test_another_python_of_the_machine(other_python: str, write: Write, make_runtime: Make) -> None:
    write("f", IMPORT)
    runtime = make_runtime(python_version=other_python)
    assert result(runtime, {"python": True}) == other_python
    assert result(runtime, {"name": "requests"}) == "requests"
    (info,) = runtime.functions()
    assert runtime.runtime_of(info) == f"Python{other_python}"


@pytest.mark.check
def test_the_runtime_of_the_project_picks_it(other_python: str, write: Write, make_runtime: Make) -> None:
    write("f", IMPORT, config={"runtime": f"Python{other_python}"})
    write("g", IMPORT)
    runtime = make_runtime()
    assert (result(runtime, {"python": 1}), result(runtime, {"python": 1}, "g")) == (
        other_python,
        running_version(),
    )
    assert runtime.notes() == []
    named = make_runtime(python_version=running_version()) if running_version() in ("3.10", "3.11") else None
    assert named is None or result(named, {"python": 1}) == running_version(), "the option goes first"


@pytest.mark.parametrize(
    ("wanted", "reason"),
    [
        (
            "3.99",
            "which this machine does not have: it runs on Python {}. Install it: uv python install 3.99",
        ),
        ("3.7", "and functions run on Python 3.9 or later here: it runs on {}"),
    ],
)
def test_a_runtime_that_is_not_here_is_told_and_another_one_runs_it(
    wanted: str, reason: str, write: Write, runtime: Runtime
) -> None:
    write("f", IMPORT, config={"runtime": f"Python{wanted}"})
    told = reason.format(running_version())
    assert runtime.notes() == [f"config.json: runtime of f is Python{wanted}, {told}"]
    assert result(runtime, {"python": True}) == running_version()


def test_a_version_that_was_named_and_is_not_here_is_refused(write: Write, make_runtime: Make) -> None:
    with pytest.raises(
        ValueError, match=r"no Python 3\.99\. Install it \(uv python install 3\.99\), or leave"
    ):
        make_runtime(python_version="3.99")


@pytest.mark.check
def test_requests_for_an_old_python_without_a_network_is_told_once(
    index: Path, write: Write, make_runtime: Make, tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture,
) -> None:  # fmt: skip
    if find_interpreter("3.9") is None:
        pytest.skip(needs.python("3.9"))
    monkeypatch.delenv("PIP_NO_INDEX")
    monkeypatch.setenv("PIP_INDEX_URL", "http://127.0.0.1:1/simple")
    monkeypatch.setenv("PIP_EXTRA_INDEX_URL", "")
    write("f", IMPORT)
    runtime = make_runtime(python_version="3.9", cache=tmp_path / "cache")
    assert result(runtime, {"name": "wxcloud"}) == "wxcloud"
    assert result(runtime, {"python": True}) == "3.9"
    (told,) = [record.getMessage() for record in caplog.records if record.levelno == logging.WARNING]
    assert told.startswith("requests: it cannot be downloaded: ")
    assert told.endswith("until then functions run without")
