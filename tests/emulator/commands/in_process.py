"""Runs a command in the test's own process: for what a wrong call says, which needs no process of its own."""

from __future__ import annotations

import subprocess

import pytest

from cloudbase_ocr.cli import main


def run_here(capsys: pytest.CaptureFixture[str], *arguments: str) -> subprocess.CompletedProcess[str]:
    """Run ``cloudbase-ocr`` with these arguments; give its output and exit code."""
    capsys.readouterr()
    with pytest.raises(SystemExit) as ended:
        main(list(arguments), prog_name="cloudbase-ocr")
    printed, errors = capsys.readouterr()
    return subprocess.CompletedProcess(arguments, int(ended.value.code or 0), printed, errors)
