"""What is printed on the specimens, and where: ``truth/<name>.json`` and ``truth/boxes.json``, for tests only."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

FOLDER = Path(__file__).with_name("truth")


def truth_of(name: str) -> dict[str, Any]:
    """The business fields that WeChat's reply to the specimen of this name would have."""
    fields: dict[str, Any] = json.loads((FOLDER / f"{name}.json").read_text("utf-8"))
    return fields


def boxes() -> dict[str, dict[str, list[list[list[int]]]]]:
    """Quads of the printed fields in pixels: by specimen, then by field, one for each printed piece."""
    quads: dict[str, dict[str, list[list[list[int]]]]] = json.loads(
        (FOLDER / "boxes.json").read_text("utf-8")
    )
    return quads
