"""Tables of a run, in Markdown."""

from __future__ import annotations

import statistics
from typing import TYPE_CHECKING, Any

from tests.bench.ocr import judge
from tests.bench.ocr.cases import DOCUMENTS

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

Rows = list[dict[str, Any]]


def by_document(rows: Rows, levels: Sequence[str]) -> list[str]:
    """Exact fields / pictures with all fields right / wrong fields in per cent, for one reader."""
    head = [f"| document | {' | '.join(levels)} |", "|" + " --- |" * (len(levels) + 1)]
    lines = []
    for name in [one.name for one in DOCUMENTS] + ["all"]:
        own = [row for row in rows if name in ("all", row["document"])]
        if own:
            cells = [_cell([row for row in own if row["level"] == level]) for level in levels]
            lines.append(f"| {name} | {' | '.join(cells)} |")
    return head + lines


def real_like(rows: Rows, readers: Sequence[str]) -> list[str]:
    """Each reader over the drawings of the level R: counts of values, and the processor's seconds a picture."""
    heads = (
        "document",
        "engine",
        "pictures",
        "values",
        "exact",
        "wrong",
        "missing",
        "invented",
        "CPU s median / most",
    )
    lines = [f"| {' | '.join(heads)} |", "|" + " --- |" * len(heads)]
    for name in [one.name for one in DOCUMENTS] + ["all"]:
        for reader in readers:
            own = [row for row in rows if row["reader"] == reader and name in ("all", row["document"])]
            if own:
                verdicts = [verdict for row in own for verdict in row["fields"].values()]
                kinds = (judge.RIGHT, judge.WRONG, judge.MISSING, judge.INVENTED)
                counts = [str(len(verdicts)), *(str(verdicts.count(kind)) for kind in kinds)]
                seconds = [row["cpu"] for row in own]
                spent = f"{statistics.median(seconds):.2f} / {max(seconds):.2f}"
                lines.append(f"| {' | '.join([name, reader, str(len(own)), *counts, spent])} |")
    return lines


def by_reader(rows: Rows, readers: Sequence[str], levels: Sequence[str]) -> list[str]:
    """Every reader over the pictures that all of them read."""
    lines = [f"| engine | {' | '.join(levels)} |", "|" + " --- |" * (len(levels) + 1)]
    shared = common(rows, readers)
    for reader in readers:
        own = [row for row in shared if row["reader"] == reader]
        if own:
            cells = [_cell([row for row in own if row["level"] == level]) for level in levels]
            lines.append(f"| {reader} | {' | '.join(cells)} |")
    return lines


def times(rows: Rows, readers: Sequence[str]) -> list[str]:
    """Median / p95 of the wall clock and median CPU in ms by document and reader; only pictures read one at a time."""
    timed = common([row for row in rows if row.get("jobs", 1) == 1], readers)
    heads = [f"{reader} {what}" for reader in readers for what in ("median / p95 ms", "CPU ms")]
    lines = [
        f"| document | pictures | {' | '.join(heads)} | memory MB |",
        "|" + " --- |" * (len(heads) + 3),
    ]
    for name in [one.name for one in DOCUMENTS] + ["all"]:
        here = [row for row in timed if name in ("all", row["document"])]
        if not here:
            continue
        cells, peaks = [], []
        for reader in readers:
            own = [row for row in here if row["reader"] == reader]
            seconds = [row["seconds"] * 1000 for row in own]
            cells.append(f"{statistics.median(seconds):.0f} / {p95(seconds):.0f}")
            cells.append(f"{statistics.median(row['cpu'] * 1000 for row in own):.0f}")
            peaks.append(f"{max(row['memory'] for row in own):.0f}")
        lines.append(f"| {name} | {len(here) // len(readers)} | {' | '.join(cells)} | {' / '.join(peaks)} |")
    return lines


def common(rows: Rows, readers: Sequence[str]) -> Rows:
    """The rows of pictures that every reader has read."""
    read = [{row["case"] for row in rows if row["reader"] == reader} for reader in readers]
    shared = set.intersection(*read) if read else set()
    return [row for row in rows if row["case"] in shared]


def by_field(rows: Rows, levels: Sequence[str]) -> list[str]:
    """Exact match of each field of each document, for one reader."""
    lines = [f"| document | field | {' | '.join(levels)} |", "|" + " --- |" * (len(levels) + 2)]
    for document in DOCUMENTS:
        own = [row for row in rows if row["document"] == document.name]
        if not own or document.key in ("menu", "comm"):
            continue
        names = dict.fromkeys(name for row in own for name in [*row["fields"], *row["positions"]])
        for name in names:
            cells = []
            for level in levels:
                found = [(row["fields"] | row["positions"]).get(name) for row in own if row["level"] == level]
                verdicts = [one for one in found if one is not None]
                cells.append(f"{percent(verdicts.count(judge.RIGHT), len(verdicts))} / {len(verdicts)}")
            lines.append(f"| {document.name} | `{name}` | {' | '.join(cells)} |")
    return lines


def printed_text(rows: Rows, readers: Sequence[str], levels: Sequence[str]) -> list[str]:
    """Character error rate."""
    lines = [f"| engine | {' | '.join(levels)} |", "|" + " --- |" * (len(levels) + 1)]
    for reader in readers:
        own = [row for row in rows if row["reader"] == reader and "errors" in row]
        if own:
            cells = []
            for level in levels:
                here = [row for row in own if row["level"] == level]
                count = sum(row["characters"] for row in here)
                cells.append(f"{100 * sum(row['errors'] for row in here) / count:.2f}" if count else "-")
            lines.append(f"| {reader} | {' | '.join(cells)} |")
    return lines


def _cell(rows: Rows) -> str:
    verdicts = [verdict for row in rows for verdict in row["fields"].values()]
    if not verdicts:
        return "-"
    whole = sum(set(row["fields"].values()) == {judge.RIGHT} for row in rows)
    right = verdicts.count(judge.RIGHT)
    wrong = verdicts.count(judge.WRONG) + verdicts.count(judge.INVENTED)
    count = len(verdicts)
    return f"{percent(right, count)} / {100 * whole / len(rows):.0f} / {percent(wrong, count)}"


def percent(part: int, whole: int) -> str:
    """One decimal, and never rounded up to 100."""
    if not whole:
        return "-"
    value = 100 * part / whole
    return "100" if part == whole else f"{min(value, 99.9):.1f}"


def p95(values: Iterable[float]) -> float:
    """The value that 95 in 100 do not exceed."""
    ordered = sorted(values)
    return ordered[min(len(ordered) - 1, int(len(ordered) * 0.95))]
