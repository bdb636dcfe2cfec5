"""What is wrong with a command line is told in one sentence that says what to do."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.emulator.commands.in_process import run_here

WRONG = {
    "command": ("serv", "there is no command 'serv'; is serve meant? See cloudbase-ocr --help."),
    "command that is like none": ("xyz", "there is no command 'xyz'. There are demo, init,"),
    "option": ("serve --prot 1", "there is no option --prot; is --port meant? See cloudbase-ocr serve --help."),
    "option of the page of serve": ("invoke f --quota-pre-day 1", "is --quota-per-day meant?"),
    "option that is like none": ("serve --xyz", "there is no option --xyz. See cloudbase-ocr serve --help."),
    "option of the program": (
        "serve --color never",
        "--color stands before what is done: cloudbase-ocr --color ... serve ...",
    ),
    "number": ("serve --port abc", "--port takes a whole number from 0 to 65535, and not 'abc'."),
    "number that is too high": ("serve --port 70000", "--port takes a whole number from 0 to 65535, and not '70000'."),
    "number that is too low": ("serve --quota-per-day -1", "takes a whole number of at least 0, and not '-1'."),
    "seconds": ("serve --recognizer-timeout 0", "--recognizer-timeout takes a number above 0, and not '0'."),
    "one of several": ("serve --allow-port 80 --allow-port x", "--allow-port takes a whole number, and not 'x'."),
    "word": ("serve --profile observd", "takes one of observed, documented, and not 'observd'; is observed meant?"),
    "folder": ("build --functions nowhere", "--functions: there is no folder nowhere. Make it, or correct the path."),
    "file": ("serve --fixture nowhere", "--fixture: there is no file or folder nowhere."),
    "file for a folder": ("build --functions here.txt", "--functions: Directory 'here.txt' is a file."),
    "list": ("recognize idcard --from nowhere", "--from: 'nowhere': No such file or directory"),
    "argument": ("invoke", "NAME is missing. Write: cloudbase-ocr invoke [OPTIONS] NAME [DATA]"),
    "one too many": ("demo card.jpg", "got unexpected extra argument (card.jpg). See cloudbase-ocr demo --help."),
    "value that is missing": ("serve --port", "option '--port' requires an argument. See cloudbase-ocr serve --help."),
    "function": ("invoke hallo --functions . --no-recognizer", "for this call has its own; is hello meant?"),
    "function to build": ("check hallo --functions .", "; is hello meant? Functions there: hello."),
}  # fmt: skip


@pytest.mark.parametrize(("line", "says"), WRONG.values(), ids=list(WRONG))
def test_one_sentence(
    line: str, says: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    (tmp_path / "here.txt").write_text("", encoding="utf-8")
    (tmp_path / "hello").mkdir()
    (tmp_path / "hello/index.py").write_text("def main(event, context): return 1\n", encoding="utf-8")
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr("cloudbase_ocr.commands.invoke.EmulatorClient.is_running", lambda _self: False)
    result = run_here(capsys, *line.split())
    assert (result.returncode, result.stdout) == (2, "")
    assert result.stderr.startswith("cloudbase-ocr: ")
    assert result.stderr.count("\n") == 1
    assert says in result.stderr


def test_a_variable_is_named_as_what_it_is(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("CLOUDBASE_OCR_PORT", "abc")
    assert "CLOUDBASE_OCR_PORT takes a whole number" in run_here(capsys, "serve").stderr
    monkeypatch.setenv("CLOUDBASE_OCR_PORT", "0")
    monkeypatch.setenv("CLOUDBASE_OCR_STRICT", "maybe")
    assert "CLOUDBASE_OCR_STRICT takes true or false, and not 'maybe'." in run_here(capsys, "serve").stderr
