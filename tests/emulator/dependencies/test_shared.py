"""What every function can import without asking for it."""

from __future__ import annotations

import sys
from pathlib import Path

from cloudbase_ocr.dependencies.interpreters import Python, running_version
from cloudbase_ocr.dependencies.pins import read_pins
from cloudbase_ocr.dependencies.shared import has_requests, shared_modules


def test_our_own_python_is_lent_what_a_package_would_hold() -> None:
    python = Python(running_version(), sys.executable)
    shared = shared_modules(python)
    assert set(shared) == {"wxcloud", *(pin.module for pin in read_pins(python.version))}
    for name, folder in shared.items():
        assert (Path(folder) / name / "__init__.py").is_file()
    assert has_requests(python)


def test_a_python_that_our_requests_is_too_new_for_is_lent_wxcloud_only() -> None:
    """requests 2.33, the oldest that the emulator takes, needs Python 3.10."""
    python = Python("3.9", "/nowhere/python3.9")
    assert set(shared_modules(python)) == {"wxcloud"}
    assert not has_requests(python)
