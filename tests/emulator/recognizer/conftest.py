"""One loaded engine for all tests of this folder, and the specimens with their truth."""

from __future__ import annotations

from collections.abc import Callable
from importlib.resources import files
from typing import Any

import pytest

from cloudbase_ocr.recognizer import Recognizer
from tests.bench.ocr.specimens import truths

FOLDER = files("cloudbase_ocr.specimens")


@pytest.fixture(scope="session")
def recognizer() -> Recognizer:
    """Loaded once: loading costs half a second. No time limit: a machine may be busy."""
    shared = Recognizer(limit=None)
    shared.warm()
    return shared


@pytest.fixture(scope="session")
def specimen() -> Callable[[str], bytes]:
    """The file of a specimen, by name."""
    return lambda name: FOLDER.joinpath(f"{name}.jpg").read_bytes()


@pytest.fixture(scope="session")
def truth() -> Callable[[str], dict[str, Any]]:
    """The business fields of the reply to a specimen."""
    return truths.truth_of


@pytest.fixture(scope="session")
def boxes() -> dict[str, dict[str, list[list[list[int]]]]]:
    """Quads of the printed fields: by specimen, then by field, one for each printed piece."""
    return truths.boxes()
