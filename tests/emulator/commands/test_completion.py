"""What a shell runs at its start to complete words."""

from __future__ import annotations

import shutil
import subprocess
from pathlib import Path

import pytest

from cloudbase_ocr.commands.completion import SHELLS
from tests.emulator.commands.in_process import run_here


@pytest.mark.parametrize("shell", SHELLS)
def test_the_script_asks_the_program(
    shell: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    if shell == "bash" and shutil.which("bash") is None:
        pytest.skip("bash is not installed")
    (tmp_path / "cloudbase-ocr.toml").write_text("broken =", encoding="utf-8")
    monkeypatch.chdir(tmp_path)
    result = run_here(capsys, "completion", shell)
    assert (result.returncode, result.stderr) == (0, "")
    assert f"_CLOUDBASE_OCR_COMPLETE={shell}_complete" in result.stdout
    program = shutil.which(shell)
    if program is not None:
        script = tmp_path / "script"
        script.write_text(result.stdout, encoding="utf-8")
        subprocess.run([program, "-n", str(script)], check=True, timeout=20)
