"""``breakpoint()`` in the terminal, a pseudo-terminal here: ``cloudbase-ocr invoke NAME --debug`` as a user runs it."""

from __future__ import annotations

import fcntl
import json
import os
import pty
import re
import signal
import sys
import termios
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from tests.emulator.commands.in_process import run_here
from tests.emulator.runtime.calls import Write
from tests.processes import SECONDS, Process, started

CODE = """
    import sys

    def main(event, context):
        total = event["n"] + 1
        breakpoint()
        return {"total": total, "terminal": sys.stdin.isatty() and sys.stdout.isatty()}
"""
STRICT = {"timeout": 1, "memorySize": 64}
PROMPT = "(Pdb) "


class Terminal:
    """The user's side of a pseudo-terminal."""

    def __init__(self, side: int) -> None:
        self._side = side
        self.shown = ""

    def until(self, text: str) -> str:
        """Read until a text is shown; return what was shown since the last time. The process's bound ends it, too."""
        while text not in self.shown:
            try:
                chunk = os.read(self._side, 4096)
            except OSError:  # nobody has the other side any more
                chunk = b""
            assert chunk, f"{text!r} was not shown: {self.shown!r}"
            self.shown += chunk.decode("utf-8", "replace").replace("\r\n", "\n")
        before, _, self.shown = self.shown.partition(text)
        return before

    def type(self, line: str) -> None:
        os.write(self._side, line.encode() + b"\n")


@contextmanager
def invoke(root: Path, *arguments: str) -> Iterator[tuple[Process, Terminal]]:
    """Call the command in a terminal of its own, with standard output in a pipe, as with ``| jq``."""
    ours, theirs = pty.openpty()
    command = [sys.executable, "-m", "cloudbase_ocr", "invoke", *arguments, "--functions", str(root)]
    try:
        with started(
            [*command, "--no-recognizer", "--debug"],
            stdin=theirs,
            stderr=theirs,
            start_new_session=True,
            preexec_fn=lambda: fcntl.ioctl(0, termios.TIOCSCTTY),
        ) as process:
            os.close(theirs)
            yield process, Terminal(ours)
    finally:
        os.close(ours)


def test_breakpoint_stops_reads_a_variable_and_goes_on(write: Write, root: Path) -> None:
    write("f", CODE, config=STRICT)
    with invoke(root, "f", '{"n": 41}') as (process, terminal):
        assert "-> return {" in terminal.until(PROMPT)
        terminal.type("p total")
        assert re.search(r"^42$", terminal.until(PROMPT), re.MULTILINE)
        for code in ("__import__('time').sleep(1.2)", "len(bytearray(200 * 2**20))"):
            terminal.type(f"p {code}")
            terminal.until(PROMPT)
        terminal.type("c")
        answer = json.loads(process.stdout.read())
        assert answer["result"] == {"total": 42, "terminal": True}
        assert process.wait(SECONDS) == 0
        assert "\0" not in terminal.shown


@pytest.mark.check
def test_breakpoint_at_the_start_of_the_module_stops_too(write: Write, root: Path) -> None:
    write("f", "loaded = 7\nbreakpoint()\ndef main(*_):\n    return loaded\n")
    with invoke(root, "f") as (process, terminal):
        terminal.until(PROMPT)
        terminal.type("loaded = 8")
        terminal.until(PROMPT)
        terminal.type("c")
        assert json.loads(process.stdout.read())["result"] == 8


@pytest.mark.check
def test_a_function_that_it_calls_has_its_limits_and_no_terminal(write: Write, root: Path) -> None:
    calling = """
        import os, requests

        def main(event, context):
            body = {"name": "called", "data": {}}
            url = os.environ["WXCLOUD_API_BASE"] + "/_emulator/invoke"
            answer = requests.post(url, json=body, timeout=60).json()
            return answer["errMsg"]
        """
    write("f", calling)
    write("called", "def main(*_):\n    breakpoint()\n")
    with invoke(root, "f") as (process, terminal):
        answer = json.loads(process.stdout.read())
        assert "BdbQuit" in answer["result"]
        assert PROMPT not in terminal.shown


@pytest.mark.check
def test_ctrl_c_ends_the_command_and_the_function(write: Write, root: Path) -> None:
    write("f", CODE.replace("total =", "print('process', __import__('os').getpid()); total ="))
    with invoke(root, "f", '{"n": 41}') as (process, terminal):
        function = int(re.search(r"process (\d+)", terminal.until(PROMPT))[1])  # type: ignore[index]  # None fails the test
        os.write(terminal._side, b"\x03")
        assert process.wait(SECONDS) != 0
        with pytest.raises(ProcessLookupError):
            os.kill(function, signal.SIGCONT)


@pytest.mark.parametrize(
    ("arguments", "sentence"),
    [
        (["f", "-"], "--debug reads the debugger's commands from standard input; give DATA as JSON or @FILE"),
        (
            ["f", "--emulator", "http://127.0.0.1:1"],
            "--debug and --debug-port belong to an emulator that is started",
        ),
        (
            ["f", "--debug-port", "0"],
            "--debug is the debugger of this terminal, --debug-port that of an editor",
        ),
        (["g"], "--debug is for breakpoint() of Python, and g runs in Node.js; use --debug-port 9229"),
        (["h"], "there is no function 'h' in "),
    ],
)
def test_a_wrong_call_is_one_sentence(
    write: Write,
    root: Path,
    arguments: list[str],
    sentence: str,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    monkeypatch.chdir(tmp_path)
    write("f", CODE)
    if arguments == ["g"]:
        write("g", "", file="index.js")
    where = [] if "--emulator" in arguments else ["--functions", str(root)]
    done = run_here(capsys, "invoke", *arguments, *where, "--no-recognizer", "--debug")
    assert done.returncode == 2
    assert done.stderr.startswith(f"cloudbase-ocr: {sentence}")
    assert done.stderr.count("\n") == 1
