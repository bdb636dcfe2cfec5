"""Runs every command of the how-to on debugging; its launch.json attaches as an editor would."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
from collections.abc import Callable, Iterator, Mapping
from concurrent.futures import Future, ThreadPoolExecutor
from itertools import islice
from pathlib import Path
from typing import Any

import pytest
import requests

from tests import needs
from tests.dap import SECONDS, Editor
from tests.docs.page_blocks import blocks, shell_lines
from tests.docs.test_howtos import write_files
from tests.emulator.runtime.test_debug_ports import free_ports
from tests.inspector import Inspector
from tests.processes import started

PAGE = "docs/howto/debug.md"
IN_TERMINAL, SERVE, INVOKE, IN_TEST = shell_lines(PAGE)
NODE = "exports.main = async (event) => {\n  const following = event.age + 1\n  return { following }\n}\n"
EVENT = {"age": 41}
pytestmark = [needs.debugpy, pytest.mark.check]
Page = Callable[[str], str]


@pytest.fixture
def project(tmp_path: Path) -> Path:
    """The project of the page, with a second function in JavaScript."""
    for name in ("card", "hello"):
        (tmp_path / "cloudfunctions" / name).mkdir(parents=True)
    assert len(write_files(PAGE, tmp_path)) == 2
    (tmp_path / "cloudfunctions/hello/index.js").write_text(NODE, encoding="utf-8")
    return tmp_path


@pytest.fixture
def for_editors(project: Path) -> Path:
    """The same without breakpoint(), so that only the editor's own breakpoints count; its fourth line returns."""
    file = project / "cloudfunctions/card/index.py"
    file.write_text(file.read_text(encoding="utf-8").replace("    breakpoint()\n", ""), encoding="utf-8")
    return project


@pytest.fixture
def page(for_editors: Path) -> Page:
    """Give texts of the page with ports that are free, and with the project's folder for the editor's variable."""
    first = free_ports(2)

    def page(text: str) -> str:
        text = text.replace("5678", str(first)).replace("5679", str(first + 1))
        return text.replace("${workspaceFolder}", str(for_editors))

    return page


@pytest.fixture
def configurations(page: Page) -> Mapping[str, Any]:
    """The configurations of launch.json by type."""
    (block,) = blocks(PAGE, "json")
    return {entry["type"]: entry for entry in json.loads(page(block.text))["configurations"]}


@pytest.fixture
def threads() -> Iterator[ThreadPoolExecutor]:
    with ThreadPoolExecutor() as pool:
        yield pool


def words(command: str, *more: str) -> tuple[list[str], dict[str, str]]:
    """Return a command of the page and its environment."""
    scripts = str(Path(sys.executable).parent)
    # Whoever types them is no worker of pytest-xdist, which this process may be.
    environment = {name: value for name, value in os.environ.items() if not name.startswith("PYTEST_")}
    environment |= {
        "PATH": f"{scripts}{os.pathsep}{os.environ['PATH']}",
        "PYTHONUNBUFFERED": "1",
    }
    assignment, _, rest = command.partition(" ")
    if "=" in assignment:
        name, _, value = assignment.partition("=")
        environment[name], command = value, rest
    return ["/bin/sh", "-c", " ".join(["exec", command, *more])], environment


def debug(configuration: Mapping[str, Any], file: Path, answer: Future[Any] | None = None) -> Any:
    """Attach, stop in the fourth line, look at the variable, go on; return what the call gives."""
    with Editor(configuration["connect"]["port"], {file: [4]}, configuration) as editor:
        stop = editor.attach().stopped()
        assert (stop["path"], stop["line"], stop["values"]["following"]) == (str(file), 4, "42")
        editor.send("continue", {"threadId": stop["thread"]})
        return answer.result(SECONDS) if answer else None


def test_the_terminal_shows_what_the_page_shows(project: Path) -> None:
    command, environment = words(IN_TERMINAL, "--no-recognizer")
    done = subprocess.run(
        command,
        input="p following\nc\n",
        cwd=project,
        env=environment,
        capture_output=True,
        encoding="utf-8",
        timeout=SECONDS,
    )
    first, _, value = blocks(PAGE, "text")[0].text.splitlines()[:3]
    assert first in done.stderr, done.stderr
    assert f"(Pdb) {value}\n" in done.stderr
    assert json.loads(done.stdout)["result"] == {"following": 42}


def test_the_configuration_attaches_to_what_serve_starts(
    for_editors: Path, page: Page, configurations: Mapping[str, Any], threads: ThreadPoolExecutor
) -> None:
    command, environment = words(page(SERVE), "--port", "0", "--no-recognizer")
    file = for_editors / "cloudfunctions/card/index.py"
    with started(command, cwd=for_editors, env=environment, seconds=100) as process:
        address = next(line for line in process.stdout if " at http://" in line).split()[3]
        lines = (line for line in process.stdout if line.startswith("  debug"))
        assert "".join(islice(lines, 2)) == page(blocks(PAGE, "text")[1].text)

        def call(name: str) -> Any:
            body = {"name": name, "data": EVENT}
            return requests.post(f"{address}/_emulator/invoke", json=body, timeout=60).json()["result"]

        answer = threads.submit(call, "card")
        assert debug(configurations["debugpy"], file, answer) == {"following": 42}


@pytest.mark.skipif(shutil.which("node") is None, reason=needs.NODE)
def test_the_configuration_of_node_has_the_port_of_its_function(
    for_editors: Path, page: Page, configurations: Mapping[str, Any], threads: ThreadPoolExecutor
) -> None:
    only = f"hello '{json.dumps(EVENT)}' --debug-port {configurations['node']['port']}"
    command, environment = words(f"cloudbase-ocr invoke {only}", "--no-recognizer")
    with started(command, cwd=for_editors, env=environment, seconds=100, stderr=subprocess.PIPE) as process:
        assert "hello waits for a debugger" in next(line for line in process.stderr if " waits " in line)
        file = for_editors / "cloudfunctions/hello/index.js"
        with Inspector(configurations["node"]["port"], file, 3) as inspector:
            frame = inspector.stopped()
            assert inspector.value(frame, "following") == 42
            inspector.go_on()
            assert json.loads(process.stdout.read())["result"] == {"following": 42}


def test_invoke_waits_for_the_editor(
    for_editors: Path, page: Page, configurations: Mapping[str, Any]
) -> None:
    command, environment = words(page(INVOKE), "--no-recognizer")
    with started(command, cwd=for_editors, env=environment, seconds=100, stderr=subprocess.PIPE) as process:
        port = configurations["debugpy"]["connect"]["port"]
        told = next(line for line in process.stderr if " waits " in line)
        assert told == f"card waits for a debugger at 127.0.0.1:{port} (debugpy)\n"
        debug(configurations["debugpy"], for_editors / "cloudfunctions/card/index.py")
        assert json.loads(process.stdout.read())["result"] == {"following": 42}


def test_a_test_waits_for_the_editor(
    for_editors: Path, page: Page, configurations: Mapping[str, Any]
) -> None:
    command, environment = words(page(IN_TEST), "-p", "no:cacheprovider", "-W", "error")
    with started(command, cwd=for_editors, env=environment, seconds=100) as process:
        said = ""
        while "debug card" not in said and (line := process.stdout.readline()):
            said += line
        assert page(blocks(PAGE, "text")[1].text).splitlines()[0].strip() in said, said
        debug(configurations["debugpy"], for_editors / "cloudfunctions/card/index.py")
        assert "1 passed" in process.stdout.read()


@pytest.mark.parametrize(
    ("value", "more", "sentence"),
    [
        ("editor", [], "CLOUDBASE_OCR_DEBUG_PORT is a port from 0 to 65535, and not 'editor'"),
        ("70000", [], "CLOUDBASE_OCR_DEBUG_PORT is a port from 0 to 65535, and not '70000'"),
        (
            "5678",
            ["-n", "1"],
            "CLOUDBASE_OCR_DEBUG_PORT: a debugger attaches to one process of tests; run pytest with -n 0",
        ),
    ],
)
def test_a_wrong_variable_is_one_sentence(
    for_editors: Path, value: str, more: list[str], sentence: str
) -> None:
    command, environment = words(IN_TEST.replace("5678", value), "-p", "no:cacheprovider", *more)
    done = subprocess.run(
        command, cwd=for_editors, env=environment, capture_output=True, encoding="utf-8", timeout=60
    )
    assert sentence in done.stdout
    assert "1 error" in done.stdout
