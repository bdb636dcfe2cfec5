"""Run readers over cases, and keep every result in a JSON-lines file, so that an interrupted run goes on."""

from __future__ import annotations

import hashlib
import json
import sys
import tempfile
from concurrent.futures import ProcessPoolExecutor
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any

from tests.bench.ocr import judge
from tests.bench.ocr.reader import ROOT, Reader

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from tests.bench.ocr.cases import Case
    from tests.bench.ocr.picture import Picture

FOLDER = ROOT / ".bench" / "ocr"
# Files that neither draw, read nor judge: a change there leaves results valid.
REPORTING = (
    "__main__.py",
    "beside.py",
    "calibrate.py",
    "measure.py",
    "page.py",
    "peer.py",
    "peers.py",
    "photographs.py",
    "reliability.py",
    "reader.py",
    "run.py",
    "sheets.py",
    "showcase.py",
    "tables.py",
)


def run(
    cases: Iterable[Case], readers: list[str], results: Path, failures: Path | None, jobs: int = 1
) -> None:
    """Read all cases with all readers, those already in `results` excepted.

    With several `jobs` pictures are read side by side: faster, but the times of such rows say nothing, so that a run
    with one job reads them again.
    """
    _mend(results)
    results.parent.mkdir(parents=True, exist_ok=True)
    editions = {name: edition(name) for name in readers}
    done = {
        (row["reader"], row["case"], row["edition"])
        for row in load(results)
        if row.get("jobs", 1) == 1 or jobs > 1
    }
    waiting = {
        case: [name for name in readers if (name, case.name, editions[name]) not in done] for case in cases
    }
    chosen = [(case, names) for case, names in waiting.items() if names]
    work = partial(_run, editions=editions, results=results, failures=failures, jobs=jobs)
    if jobs == 1:
        work(chosen)
        return
    with ProcessPoolExecutor(jobs) as pool:
        list(pool.map(work, [chosen[start::jobs] for start in range(jobs)]))


def _run(
    chosen: list[tuple[Case, list[str]]],
    editions: dict[str, str],
    results: Path,
    failures: Path | None,
    jobs: int,
) -> None:
    """Read some cases, and append a line to `results` for each."""
    opened = {name: Reader(name) for name in {name: None for _, names in chosen for name in names}}
    try:
        with results.open("a", encoding="utf-8") as out, tempfile.TemporaryDirectory() as folder:
            for count, (case, names) in enumerate(chosen, 1):
                picture = case.picture()
                path = Path(folder) / "picture.jpg"
                path.write_bytes(picture.jpeg)
                for name in names:
                    reply = opened[name].read(case.document.key, path)
                    row = {"edition": editions[name], "jobs": jobs, **result(name, case, picture, reply)}
                    print(json.dumps(row, ensure_ascii=False), file=out, flush=True)
                    if failures is not None and name == "ours" and _failed(row):
                        _keep(failures, case, picture, reply, row)
                if sys.stderr.isatty() or count % 50 == 0:
                    print(f"\r{count}/{len(chosen)} {case.name}  ", end="", file=sys.stderr, flush=True)
    finally:
        for reader in opened.values():
            reader.close()


def result(name: str, case: Case, picture: Picture, reply: dict[str, Any]) -> dict[str, Any]:
    """One row of the results."""
    answer = reply["answer"]
    row: dict[str, Any] = {
        "reader": name,
        "case": case.name,
        "document": case.document.name,
        "level": case.level,
        "half": case.half,
        "number": case.number,
        "seconds": round(reply["seconds"], 4),
        "cpu": round(reply["cpu"], 4),
        "memory": round(reply["memory"], 1),
        "error": reply["error"],
        "fields": judge.judge(case, picture, answer),
        "positions": judge.positions(picture, answer),
    }
    if reply["confidence"]:
        row["certain"] = judge.confidences(case, picture, answer, reply["confidence"])
    if case.document.key == "comm":
        row["errors"], row["characters"] = judge.character_errors(picture, answer)
    return row


def load(results: Path) -> Iterator[dict[str, Any]]:
    """Rows that were written before; of a picture that was read again, the later one."""
    if results.is_file():
        rows = map(json.loads, results.read_text("utf-8").splitlines())
        yield from {(row["reader"], row["case"], row["edition"]): row for row in rows}.values()


def edition(reader: str) -> str:
    """Changes with the code that draws and judges, and for our own reader with the recognizer and its data."""
    recognizer = ROOT / "emulator" / "cloudbase_ocr" / "recognizer"
    folders = [Path(__file__).parent, *([recognizer] if reader == "ours" else [])]
    digest = hashlib.sha256()
    kinds = ("*.py", "*.txt", "*.npz")
    for file in sorted(file for folder in folders for kind in kinds for file in folder.rglob(kind)):
        if file.name not in REPORTING and not file.name.startswith("test_"):
            digest.update(file.read_bytes())
    return digest.hexdigest()[:12]


def _mend(results: Path) -> None:
    """Drop a last line that was cut short."""
    if results.is_file():
        whole, end, _ = results.read_bytes().rpartition(b"\n")
        results.write_bytes(whole + end)


def _failed(row: dict[str, Any]) -> bool:
    return any(verdict != judge.RIGHT for verdict in [*row["fields"].values(), *row["positions"].values()])


def _keep(folder: Path, case: Case, picture: Picture, reply: dict[str, Any], row: dict[str, Any]) -> None:
    """Write a picture that was not read in full, and what was expected and answered."""
    folder.mkdir(parents=True, exist_ok=True)
    (folder / f"{case.name}.jpg").write_bytes(picture.jpeg)
    lines = [f"{case.name}  {reply['error']}"]
    answer = reply["answer"] or {}
    if case.document.key in ("menu", "comm"):
        lines += [f"expected {picture.fields}", f"got      {answer}"]
    else:
        for name, verdict in row["fields"].items():
            if verdict != judge.RIGHT:
                lines.append(
                    f"{verdict:8} {name}: expected {picture.fields.get(name)!r} got {answer.get(name)!r}"
                )
    for name, verdict in row["positions"].items():
        if verdict != judge.RIGHT:
            lines.append(f"{verdict:8} {name}: expected {picture.positions.get(name)} got {answer.get(name)}")
    (folder / f"{case.name}.txt").write_text("\n".join(lines) + "\n", "utf-8")
