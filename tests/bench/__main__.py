"""Runs every benchmark and prints a table: ``make bench``; with ``--write`` also into docs/benchmarks.md."""

from __future__ import annotations

import re
import sys
from pathlib import Path

from tests.bench import cold, kept, many, rates, starts
from tests.bench.timing import Pair, machine, milliseconds

PAGE = Path(__file__).parents[2] / "docs" / "benchmarks.md"


def main(arguments: list[str]) -> int:
    """Measure, print, and write if asked to."""
    table = "\n".join(
        [
            f"Measured on {machine()} with `make bench`.",
            "",
            "| what | ours | peer | ours / peer |",
            "| --- | --- | --- | --- |",
            *_rows(),
        ]
    )
    print(table)
    if arguments == ["--write"]:
        block = re.compile(r"(<!-- measured -->\n).*?(<!-- /measured -->)", re.DOTALL)
        page = PAGE.read_text(encoding="utf-8")
        PAGE.write_text(block.sub(lambda match: match[1] + table + "\n" + match[2], page), encoding="utf-8")
    return 0


def _rows() -> list[str]:
    rows = [
        _time_row("`import wxcloud` / bare interpreter", starts.importing_wxcloud()),
        _time_row("function process to first answer / bare interpreter", starts.function_process()),
        _time_row("warm call / cold call of a trivial function", starts.warm_and_cold_call()),
        _time_row(
            "function with `pydantic`: second start / first, which installs it", starts.with_packages()
        ),
    ]
    measured = cold.measure()
    name = f"package `idcard`, Python {measured.python}: start to loaded handler / bare interpreter"
    rows.append(_time_row(name, measured.loaded))
    name = (
        f"package `idcard`, Python {measured.python}: start to first reply / plain requests without bytecode"
    )
    rows.append(_time_row(name, measured.reply))
    rows.append(_time_row("`/cv/ocr/idcard` with `--state`, 20,000 accounts / one account", kept.measure()))
    for size, pair in rates.measure().items():
        name = f"`/cv/ocr/idcard` from a fixture, {size} picture / bare Flask route that reads the upload"
        rows.append(f"| {name} | {pair.our_median:.0f}/s | {pair.peer_median:.0f}/s | {pair.ratio:.2f} |")
    rows.append(_many_row())
    return rows


def _many_row() -> str:
    name = "`recognize auto` on many pictures, a core / rapidocr, one process a core"
    measured = many.measure()
    if measured is None:
        return f"| {name} | not measured: `python -m tests.bench.ocr.peers` installs the peer | | |"
    ours, peer = measured.our_median, measured.peer_median
    return f"| {name} | {ours:.2f}/s | {peer:.2f}/s | {measured.ratio:.2f} |"


def _time_row(name: str, pair: Pair) -> str:
    ours, peer = milliseconds(pair.our_median), milliseconds(pair.peer_median)
    return f"| {name} | {ours} | {peer} | {pair.ratio:.2f} |"


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
