"""A project that is made up here: its files, and its functions."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

WriteFiles = Callable[..., Path]


@pytest.fixture
def files(tmp_path: Path) -> WriteFiles:
    """Write files by path, an object as JSON; return the project's folder."""

    def write(**content: Any) -> Path:
        return write_files(tmp_path, content)

    return write


def write_files(folder: Path, content: dict[str, Any]) -> Path:
    """Write files below `folder` by their path in it, what is no text as JSON; return the folder."""
    for name, text in content.items():
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text if isinstance(text, str) else json.dumps(text), encoding="utf-8")
    return folder
