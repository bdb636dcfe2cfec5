"""Measures whether confidences hold, and fits the curves that make them hold.

python -m tests.bench.ocr calibrate --fit    from the results of --half dev and of photographs, then as below
python -m tests.bench.ocr calibrate          over the results of --half test
"""

from __future__ import annotations

import json
from collections import defaultdict
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from cloudbase_ocr.recognizer.fields import calibration
from tests.bench.ocr import page, photographs, run
from tests.bench.ocr.cases import DOCUMENTS, REAL
from tests.bench.ocr.reliability import bins, expected_error, fit

if TYPE_CHECKING:
    from collections.abc import Sequence

    from tests.bench.ocr.reliability import Curve, Judged

_KEYS = {document.name: document.key for document in DOCUMENTS}
PHOTOGRAPHS = run.FOLDER / "photographs.jsonl"
"""Of each value on a photograph the method's key, the raw confidence and whether it was right; no value."""


@click.command()
@click.option(
    "--fit",
    "fitted",
    is_flag=True,
    help="First fit the curves to the results of --half dev and of photographs that were read, and write them.",
)
@click.option(
    "--photographs",
    "mirror",
    type=click.Path(exists=True, file_okay=False, path_type=Path),
    help="First read the photographs of --index, whose repositories lie in this folder as OWNER+NAME/repo.",
)
@click.option(
    "--index",
    type=click.Path(exists=True, dir_okay=False, path_type=Path),
    help="JSON list of pictures; see photographs.py.",
)
@click.option("--write", is_flag=True, help="Put the tables into docs/accuracy.md.")
def main(fitted: bool, mirror: Path | None, index: Path | None, write: bool) -> None:
    """Tell the expected calibration error over bins of equal count, drawn and photographed.

    The results are those of `python -m tests.bench.ocr --readers ours`, for dev and for test.
    """
    if mirror is not None:
        if index is None:
            raise click.UsageError(
                "--photographs needs --index: which pictures, and what is true about them."
            )
        _read(mirror, index)
    if fitted:
        _keep({key: fit(values) for key, values in _weighted(_rows("dev"), _photographs()).items()})
    values = {"Drawn, half `test`": _drawn("test"), "Photographs": _photographed()}
    text = "\n\n".join(_table(title, found) for title, found in values.items() if found)
    click.echo(text)
    if write:
        page.write(text + "\n", "calibration")


def _rows(half: str) -> list[dict[str, Any]]:
    """Rows of our reader with confidences, of the recognizer as it is now."""
    edition = run.edition("ours")
    rows = [
        row
        for row in run.load(run.FOLDER / f"{half}.jsonl")
        if row["edition"] == edition and "certain" in row
    ]
    if not rows:
        raise click.ClickException(
            f"no results of this recognizer for the half {half}; "
            f"run: python -m tests.bench.ocr --half {half} --readers ours"
        )
    return rows


def _drawn(half: str) -> list[Judged]:
    """Calibrated confidences of the results of a half."""
    return [
        (_worth(_KEYS[row["document"]], raw), right) for row in _rows(half) for raw, right in row["certain"]
    ]


def _worth(key: str, raw: float) -> float:
    return calibration.on_curve(calibration.curves().get(key, []), raw)


def _weighted(
    rows: list[dict[str, Any]], photographed: list[tuple[str, float, bool]]
) -> dict[str, list[tuple[float, bool, float]]]:
    """Values of the drawn documents by the method's key.

    Those drawn as real pictures are weigh as much as all other drawn ones together, and so do photographs.
    """
    parts: dict[str, tuple[list[Judged], ...]] = defaultdict(lambda: ([], [], []))
    for row in rows:
        parts[_KEYS[row["document"]]][row["level"] == REAL].extend(map(tuple, row["certain"]))
    for key, raw, right in photographed:
        if key in parts:
            parts[key][2].append((raw, right))
    return {
        key: [(raw, right, 1 / len(part)) for part in kinds for raw, right in part]
        for key, kinds in parts.items()
    }


def _keep(curves: dict[str, Curve]) -> None:
    """Write the curves where the recognizer finds them; documents without results keep theirs."""
    kept = sorted({**calibration.curves(), **curves}.items())
    lines = [f' "{key}": {json.dumps(points)}' for key, points in kept]
    calibration.CURVES.write_text("{\n" + ",\n".join(lines) + "\n}\n", "utf-8")
    calibration.curves.cache_clear()


def _read(mirror: Path, index: Path) -> None:
    PHOTOGRAPHS.parent.mkdir(parents=True, exist_ok=True)
    lines = [json.dumps(row) for row in photographs.read(mirror, index)]
    PHOTOGRAPHS.write_text("\n".join(lines) + "\n", "utf-8")


def _photographs() -> list[tuple[str, float, bool]]:
    """Of each value on the photographs that were read the method's key, the raw confidence, and if it was right."""
    lines = PHOTOGRAPHS.read_text("utf-8").splitlines() if PHOTOGRAPHS.is_file() else []
    return [(key, raw, right) for key, raw, right in map(json.loads, lines)]


def _photographed() -> list[Judged]:
    """Calibrated confidences of the photographs that were read."""
    return [(_worth(key, raw), right) for key, raw, right in _photographs()]


def _table(title: str, values: Sequence[Judged]) -> str:
    """The bins of one set of values."""
    lines = [
        f"{title}: {len(values)} values, expected calibration error {expected_error(values):.3f}",
        "",
        "| values | mean confidence | right | share of right, 95 % interval | holds |",
        "| --- | --- | --- | --- | --- |",
    ]
    for each in bins(values):
        low, high = each.interval()
        holds = "yes" if each.holds() else "no"
        share = f"{each.share:.3f} ({low:.3f} to {high:.3f})"
        lines.append(f"| {each.count} | {each.confidence:.3f} | {each.right} | {share} | {holds} |")
    return "\n".join(lines)


if __name__ == "__main__":
    main()
