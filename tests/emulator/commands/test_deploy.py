"""``build`` checks first, shows what it does, and says what comes next; ``check`` knows three formats."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from cloudbase_ocr.build.checks import package as package_checks
from tests.emulator.commands.in_process import run_here

GOOD = "def main(event, context):\n    return 1\n"


@pytest.fixture(autouse=True)
def functions(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.chdir(tmp_path)
    (tmp_path / "cloudfunctions").mkdir()
    return tmp_path / "cloudfunctions"


def write(functions: Path, name: str, code: str) -> None:
    (functions / name).mkdir()
    (functions / name / "index.py").write_text(code, encoding="utf-8")
    (functions / name / "config.json").write_text('{"timeout": 20}', encoding="utf-8")


def test_what_the_cloud_would_refuse_is_not_built(
    functions: Path, capsys: pytest.CaptureFixture[str], tmp_path: Path
) -> None:
    write(functions, "one", GOOD)
    write(functions, "two", "import yaml\n" + GOOD)
    refused = run_here(capsys, "build")
    assert refused.returncode == 1
    assert "cloudfunctions/two/index.py:1: error: yaml is imported: " in refused.stderr
    assert "Add PyYAML to the function's requirements.txt" in refused.stderr
    assert (
        "2 functions, 1 error, 0 warnings: nothing was built. --no-check builds it all the same"
        in refused.stderr
    )
    assert not (tmp_path / "dist").exists()
    assert run_here(capsys, "build", "--no-check").returncode == 0
    assert (tmp_path / "dist" / "two.zip").is_file()


def test_a_zip_that_is_too_large_is_not_built(
    functions: Path, capsys: pytest.CaptureFixture[str], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(package_checks, "MAX_ZIP_BYTES", 100)
    write(functions, "one", GOOD)
    refused = run_here(capsys, "build")
    assert refused.returncode == 1
    assert (
        "cloudfunctions/one: error: the zip has 0.0 MiB: @cloudbase/cli refuses more than" in refused.stderr
    )
    assert not (tmp_path / "dist").exists()


def test_progress_goes_to_stderr_and_the_next_command_to_the_end(
    functions: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    write(functions, "one", GOOD)
    done = run_here(capsys, "build")
    assert done.returncode == 0, done.stderr
    lines = done.stdout.splitlines()
    assert lines[0].startswith("dist/one.zip  ")
    assert " KiB  " in lines[0], "it is below a MiB"
    assert lines[-1] == "next: cd dist && tcb fn deploy --all --deployMode zip"
    told = done.stderr.splitlines()
    assert [line.partition(" for ")[0] for line in told] == ["checking one", "building one"]
    named = run_here(capsys, "build", "one", "--out", "elsewhere")
    assert named.stdout.splitlines()[-1] == "next: cd elsewhere && tcb fn deploy one --deployMode zip"


def test_a_warning_does_not_stop_a_build(functions: Path, capsys: pytest.CaptureFixture[str]) -> None:
    write(functions, "one", "import time\ntime.sleep(0.5)\n" + GOOD)
    (functions / "one" / "config.json").write_text('{"timeout": 1}', encoding="utf-8")
    done = run_here(capsys, "build")
    assert "cloudfunctions/one: warning: " in done.stderr
    assert done.returncode == 0


def test_a_wrong_requirements_file_is_one_line_and_exit_code_2(
    functions: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    write(functions, "one", GOOD)
    (functions / "one" / "requirements.txt").write_text("idna\nwhat ever\n", encoding="utf-8")
    done = run_here(capsys, "build")
    assert done.returncode == 2
    assert done.stderr.splitlines()[-1].startswith(
        "cloudbase-ocr: cloudfunctions/one/requirements.txt:2: 'what ever' is no requirement: "
    )


def test_check_has_a_format_for_programs_and_nothing_else_on_stdout(
    functions: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    write(functions, "two", "import yaml\n" + GOOD)
    done = run_here(capsys, "check", "--format", "json")
    assert done.returncode == 1
    (finding,) = json.loads(done.stdout)["findings"]
    assert (finding["path"], finding["line"], finding["kind"]) == (
        "cloudfunctions/two/index.py",
        1,
        "dependency",
    )
    annotated = run_here(capsys, "check", "--format", "github")
    assert annotated.stdout.startswith("::error file=cloudfunctions/two/index.py,line=1,title=dependency::")
