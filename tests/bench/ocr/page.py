"""The tables as they stand in docs/accuracy.md."""

from __future__ import annotations

import os
import re
from collections import Counter
from typing import TYPE_CHECKING

from tests.bench.ocr import tables
from tests.bench.ocr.cases import REAL
from tests.bench.ocr.reader import ROOT
from tests.bench.timing import machine

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

PAGE = ROOT / "docs" / "accuracy.md"
CHINESE = ROOT / "docs" / "accuracy.zh-CN.md"


def _joined(parts: Sequence[tuple[str, list[str]]]) -> str:
    """Headings and tables, those without rows left out."""
    return "\n\n".join(f"### {title}\n\n" + "\n".join(lines) for title, lines in parts if len(lines) > 2)


def _tables(rows: tables.Rows, readers: list[str], levels: list[str]) -> list[tuple[str, list[str]]]:
    """All tables of a run."""
    real = [row for row in rows if row["level"] == REAL]
    rows = [row for row in rows if row["level"] != REAL]
    levels = [level for level in levels if level != REAL]
    own = [row for row in rows if row["reader"] == "ours"]
    shared = len({row["case"] for row in tables.common(rows, readers)})
    return [
        ("Ours, by document", tables.by_document(own, levels)),
        (f"All engines, the same {shared} pictures", tables.by_reader(rows, readers, levels)),
        ("Level R, drawn after real pictures: counts of values", tables.real_like(real, readers)),
        ("Times and memory, pictures read one at a time", tables.times(rows, readers)),
        ("Printed text: character errors in per cent", tables.printed_text(rows, readers, levels)),
        ("Ours, by field: exact match in per cent / pictures that show it", tables.by_field(own, levels)),
    ]


def _heading(rows: tables.Rows, half: str, command: str) -> str:
    """What was measured, where, and how much of it."""
    pictures = {row["case"] for row in rows}
    cells = Counter((row["document"], row["level"]) for row in rows if row["reader"] == "ours")
    smallest, largest = min(cells.values(), default=0), max(cells.values(), default=0)
    each = f"{smallest}" if smallest == largest else f"{smallest} to {largest}"
    load = f"{os.getloadavg()[0]:.1f}" if hasattr(os, "getloadavg") else "unknown"
    return (
        f"`{command}`\n\n"
        f"{len(pictures)} pictures: {len(cells)} cells of a document and a level, {each} in each, half `{half}`, on "
        f"{machine()} (load average at the end: {load}).\nCells are: fields that match exactly / pictures "
        "with every field right / fields answered wrong, in per cent."
    )


def tables_of(rows: tables.Rows, readers: list[str], levels: list[str], half: str, command: str) -> str:
    """Heading and tables."""
    return _heading(rows, half, command) + "\n\n" + _joined(_tables(rows, readers, levels)) + "\n"


def write(text: str, block: str = "measured", path: Path = PAGE) -> None:
    """Replace a block of a page: what stands between its two marks."""
    marks = re.compile(rf"(<!-- {block} -->\n).*?(<!-- /{block} -->)", re.DOTALL)
    page = path.read_text("utf-8")
    path.write_text(marks.sub(lambda match: match[1] + text + match[2], page), "utf-8")
