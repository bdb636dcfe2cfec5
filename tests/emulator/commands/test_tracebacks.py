"""What a terminal shows of a function that failed."""

from __future__ import annotations

import json
import os
import re
import sys
from pathlib import Path

import pytest

from cloudbase_ocr.commands.tracebacks import render
from tests.emulator.commands.in_process import run_here
from tests.emulator.project.conftest import write_files
from tests.processes import SECONDS, started

FAILS = """\
import json

def parse(text):
    return json.loads(text)

def main(event, context):
    return parse("{")
"""
SAID = "json.decoder.JSONDecodeError: Expecting property name enclosed in double quotes: line 1 column 2 (char 1)"
PYTHON = """\
Traceback (most recent call last):
  File "/app/functions/f/index.py", line 7, in main
    return parse("{")
           ^^^^^^^^^^
  File "/usr/lib/python3.11/json/__init__.py", line 346, in loads
    return _default_decoder.decode(s)
  File "/usr/lib/python3.11/json/decoder.py", line 337, in decode
    obj, end = self.raw_decode(s)
ValueError: no JSON

During handling of the above exception, another exception occurred:

Traceback (most recent call last):
  File "/app/functions/wxcloud/client.py", line 1, in call
    raise
  File "/app/functions/f/index.py", line 9, in main
    again()
  [Previous line repeated 3 more times]
KeyError: 'a'"""
SYNTAX = """\
Traceback (most recent call last):
  File "/usr/lib/python3.11/importlib/__init__.py", line 126, in import_module
    return _bootstrap._gcd_import(name[level:], package, level)
  File "<frozen importlib._bootstrap>", line 1204, in _gcd_import
  File "/app/functions/f/index.py", line 2
    def main(:
             ^
SyntaxError: invalid syntax"""


def plain(text: str) -> str:
    return re.sub(r"\x1b\[[0-9;]*m", "", text)


def test_own_frames_stay_and_others_are_counted() -> None:
    assert (
        plain(render(PYTHON, colored=True))
        == """\
Traceback (most recent call last):
  File "/app/functions/f/index.py", line 7, in main
    return parse("{")
           ^^^^^^^^^^
  ... 2 frames of the library and of packages
ValueError: no JSON

During handling of the above exception, another exception occurred:

Traceback (most recent call last):
  ... 1 frame of the library and of packages
  File "/app/functions/f/index.py", line 9, in main
    again()
  [Previous line repeated 3 more times]
KeyError: 'a'"""
    )


def test_a_mistake_in_the_syntax_is_shown_where_it_is() -> None:
    assert (
        plain(render(SYNTAX, colored=True))
        == """\
Traceback (most recent call last):
  ... 2 frames of the library and of packages
  File "/app/functions/f/index.py", line 2
    def main(:
             ^
SyntaxError: invalid syntax"""
    )


def test_colours_can_be_switched_off() -> None:
    assert "\x1b[36m/app/functions/f/index.py\x1b[0m" in render(PYTHON, colored=True)
    assert "\x1b[31m\x1b[1mKeyError: 'a'\x1b[0m" in render(PYTHON, colored=True)
    assert "\x1b" not in render(PYTHON, colored=False)


def test_a_stack_of_node_gets_its_source_lines(tmp_path: Path) -> None:
    path = tmp_path / "index.js"
    path.write_text("exports.main = () => {\n  throw new Error('x');\n};\n", encoding="utf-8")
    others = f"    at node:internal/x:1:2\n    at {tmp_path}/node_modules/a.js:1:1"
    stack = f"Error: x\n    at exports.main ({path}:2:9)\n{others}"
    assert plain(render(stack, colored=True)) == (
        f"Error: x\n    at exports.main ({path}:2:9)\n      throw new Error('x');\n"
        "  ... 2 frames of the library and of packages"
    )


def on_a_terminal(folder: Path, *arguments: str) -> tuple[str, str]:
    """Run the command with standard error on a terminal; give its standard output and what the terminal got."""
    import pty

    ours, theirs = pty.openpty()
    shown = b""
    command = [sys.executable, "-m", "cloudbase_ocr", *arguments]
    env = {name: value for name, value in os.environ.items() if name != "NO_COLOR"}
    with (
        (folder / "answer").open("wb") as answer,
        started(command, cwd=folder, stdout=answer, stderr=theirs, env=env) as process,
    ):
        os.close(theirs)
        while chunk := _read(ours):
            shown += chunk
        process.wait(SECONDS)
    os.close(ours)
    return (folder / "answer").read_text(encoding="utf-8"), shown.decode().replace("\r\n", "\n")


def _read(terminal: int) -> bytes:
    try:
        return os.read(terminal, 65536)
    except OSError:  # Linux says so at the end
        return b""


@pytest.mark.skipif(sys.platform == "win32", reason="needs a pseudo-terminal")
def test_invoke_on_a_terminal(tmp_path: Path) -> None:
    write_files(tmp_path, {"functions/f/index.py": FAILS, "functions/f/config.json": "{}"})
    answer, shown = on_a_terminal(tmp_path, "invoke", "f", "--functions", "functions", "--no-recognizer")
    assert json.loads(answer)["errMsg"].endswith(
        "Expecting property name enclosed in double quotes: line 1 column 2 (char 1)"
    )
    record, _, trace = shown.partition("Report RequestId: ")
    assert '"errorMessage":"user code exception caught"' in record, "the cloud's record stays as it is"
    assert record.count("ERROR RequestId") == 1
    assert "\x1b[36mfunctions/f/index.py\x1b[0m" in trace
    lines = [line for line in plain(trace).splitlines()[1:] if "^^^" not in line]
    assert lines == [
        "Traceback (most recent call last):",
        '  File "functions/f/index.py", line 7, in main',
        '    return parse("{")',
        '  File "functions/f/index.py", line 4, in parse',
        "    return json.loads(text)",
        "  ... 3 frames of the library and of packages",
        SAID,
    ]


@pytest.mark.check
@pytest.mark.skipif(sys.platform == "win32", reason="needs a pseudo-terminal")
def test_a_missing_module_on_a_terminal(tmp_path: Path) -> None:
    write_files(
        tmp_path, {"functions/f/index.py": "import nothing_of_this_name\n", "functions/f/config.json": "{}"}
    )
    _, shown = on_a_terminal(tmp_path, "invoke", "f", "--functions", "functions", "--no-recognizer")
    *_, place, line, error, hint = plain(shown).splitlines()
    assert place == '  File "functions/f/index.py", line 1, in <module>'
    assert line == "    import nothing_of_this_name"
    assert error == "ModuleNotFoundError: No module named 'nothing_of_this_name'"
    assert "add nothing_of_this_name to functions/f/requirements.txt" in hint


def test_a_pipe_gets_what_it_always_got(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    write_files(tmp_path, {"functions/f/index.py": FAILS, "functions/f/config.json": "{}"})
    monkeypatch.chdir(tmp_path)
    done = run_here(capsys, "invoke", "f", "--functions", "functions", "--no-recognizer")
    assert "\x1b" not in done.stderr
    assert "\nTraceback" not in done.stderr
    assert done.stderr.splitlines()[-1].startswith("  hint: json.decoder.JSONDecodeError")
