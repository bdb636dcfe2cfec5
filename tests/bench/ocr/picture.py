"""A picture and what is true about it."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any


@dataclass(frozen=True)
class Picture:
    """The file and what is true about it; `positions` holds quads by reply field.

    A field with an empty text is one that the document has and that is left blank or masked: any answer is invented.
    """

    jpeg: bytes
    size: tuple[int, int]
    fields: dict[str, Any]
    positions: dict[str, list[tuple[float, float]]] = field(default_factory=dict)
