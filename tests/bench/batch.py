"""Reads 2,000 pictures on one machine, and on Ray with one node and with two: ``python -m tests.bench.batch``.

With ``--write`` also into docs/batch.md and its Chinese page. Needs Linux, ``make cluster``, and the benchmark's fonts.
"""

from __future__ import annotations

import argparse
import io
import os
import random
import re
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

from PIL import Image

from tests.bench.ocr.cases import DOCUMENTS, Case
from tests.bench.timing import machine

ROOT = Path(__file__).parents[2]
SPECIMENS = ROOT / "emulator/cloudbase_ocr/specimens"
PAGES = (ROOT / "docs/batch.md", ROOT / "docs/batch.zh-CN.md")
MEASURED, END = "<!-- measured -->\n", "<!-- /measured -->"
PICTURES = 2_000
DRAWN = 20
"""Pictures of each kind that are drawn; the others are copies of them."""
LONG_SIDE = 640
SHARES = {"real-plate-crop": 0.4, "platenum": 0.4, "idcard-back": 0.15, "real-card": 0.03}
"""Which part of the pictures is of which kind of tests/bench/ocr; what is left are the specimens as they are."""
CORES = 2
QUIET = 0.1
"""Cores that other work may take without a word about it."""
MARK = "CLOUDBASE_OCR_BENCH"

ON_RAY = """
import sys
from ray.cluster_utils import Cluster
from cloudbase_ocr.cli import main
nodes, cores, *command = sys.argv[1:]
cluster = Cluster(initialize_head=True, head_node_args={"num_cpus": int(cores)})
for _ in range(int(nodes) - 1):
    cluster.add_node(num_cpus=int(cores))
cluster.wait_for_nodes()
try:
    main([*command, "--ray", cluster.address])
finally:
    cluster.shutdown()
"""
RUNS = {
    "one machine": [sys.executable, "-m", "cloudbase_ocr"],
    "Ray, one node": [sys.executable, "-c", ON_RAY, "1", str(CORES)],
    "Ray, two nodes": [sys.executable, "-c", ON_RAY, "2", str(CORES // 2)],
}
CHINESE = {"one machine": "单机", "Ray, one node": "Ray，一个节点", "Ray, two nodes": "Ray，两个节点"}


@dataclass(frozen=True)
class Run:
    """What one run took: seconds of the command, and of reading as it says; of processors, its own and of others."""

    seconds: float
    reading: float
    processor: float
    others: float
    load: float
    lines: tuple[str, ...]

    @property
    def rate(self) -> float:
        """Pictures a second, of reading."""
        return len(self.lines) / self.reading

    @property
    def each(self) -> float:
        """Processor seconds a picture, starts included."""
        return self.processor / len(self.lines)


def main(arguments: list[str]) -> int:
    """Draw, read three times, print, and write if asked to."""
    parser = argparse.ArgumentParser(prog="python -m tests.bench.batch")
    parser.add_argument("--pictures", type=int, default=PICTURES)
    parser.add_argument("--write", action="store_true")
    options = parser.parse_args(arguments)
    with tempfile.TemporaryDirectory() as temporary:
        folder = Path(temporary)
        count = draw(folder / "pictures", options.pictures)
        print(f"{count} pictures", flush=True)
        runs: dict[str, Run] = {}
        for name, command in RUNS.items():
            runs[name] = measure(command, folder, folder / f"{len(runs)}.jsonl")
            print(name, {key: value for key, value in vars(runs[name]).items() if key != "lines"}, flush=True)
    first, *others = runs.values()
    if any(other.lines != first.lines for other in others) or len(first.lines) != count:
        sys.exit("the lines differ")
    for page, chinese in zip(PAGES, (False, True), strict=True):
        table = "\n".join(told(runs, chinese=chinese))
        print(table)
        if options.write:
            before, _, rest = page.read_text(encoding="utf-8").partition(MEASURED)
            _, end, after = rest.partition(END)
            page.write_text(f"{before}{MEASURED}{table}\n{end}{after}", encoding="utf-8")
    return 0


def draw(folder: Path, count: int) -> int:
    """Write the pictures, always the same ones; return how many they are."""
    folder.mkdir()
    kinds = {document.name: document for document in DOCUMENTS}
    for name, share in SHARES.items():
        document = kinds[name]
        level = "L1" if document.has("L1") else "R"
        drawn = [
            Image.open(io.BytesIO(Case(document, level, "dev", number).picture().jpeg))
            for number in range(DRAWN)
        ]
        for number in range(round(count * share)):
            dice = random.Random(f"{name} {number}")
            _copy(drawn[number % DRAWN], dice).save(
                folder / f"{name}-{number:04}.jpg", quality=dice.randrange(70, 96)
            )
    specimens = sorted(SPECIMENS.glob("*.jpg"))
    for number in range(count - len(list(folder.iterdir()))):
        specimen = specimens[number % len(specimens)]
        (folder / f"specimen-{number:04}.jpg").write_bytes(specimen.read_bytes())
    return len(list(folder.iterdir()))


def _copy(picture: Image.Image, dice: random.Random) -> Image.Image:
    """Cut a little off each side, as another photo of the same thing has it; as large as web pages show it."""
    cuts = [dice.uniform(0, 0.02) * side for side in (*picture.size, *picture.size)]
    box = (cuts[0], cuts[1], picture.width - cuts[2], picture.height - cuts[3])
    copy = picture.convert("RGB").crop(tuple(map(round, box)))  # type: ignore[arg-type]  # four of them
    copy.thumbnail((LONG_SIDE, LONG_SIDE))
    return copy


def measure(command: list[str], folder: Path, output: Path) -> Run:
    """Run ``recognize`` over the pictures."""
    mark = output.name
    environment = {**os.environ, MARK: mark, "RAY_worker_niceness": "0"}
    options = ["recognize", "auto", "pictures", "--output", str(output), "--processes", str(CORES)]
    busy, began = _busy(), time.monotonic()
    with _Watch(mark) as watch:
        done = subprocess.run(
            [*command, *options],
            cwd=folder,
            env=environment,
            check=False,
            stderr=subprocess.PIPE,
            encoding="utf-8",
        )
    seconds = time.monotonic() - began
    found = re.search(r"^cloudbase-ocr: ([0-9.]+) s, ", done.stderr, re.MULTILINE)
    if found is None:
        sys.exit(done.stderr)
    others = _busy() - busy - watch.processor
    lines = tuple(sorted(output.read_text(encoding="utf-8").splitlines()))
    return Run(seconds, float(found[1]), watch.processor, others, os.getloadavg()[1], lines)


class _Watch:
    """Adds up what the processes of a run take of the processors, looked at each half second."""

    def __init__(self, mark: str) -> None:
        self._mark = f"{MARK}={mark}\0".encode()
        self._taken: dict[Path, float] = {}
        self._stop = threading.Event()
        self._thread = threading.Thread(target=self._look, daemon=True)

    def __enter__(self) -> _Watch:
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._stop.set()
        self._thread.join()

    @property
    def processor(self) -> float:
        return sum(self._taken.values())

    def _look(self) -> None:
        while True:
            for process in self._processes():
                try:
                    fields = (process / "stat").read_text().rpartition(")")[2].split()
                except OSError:
                    continue
                self._taken[process] = (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")
            if self._stop.wait(0.5):
                return

    def _processes(self) -> Iterator[Path]:
        for process in Path("/proc").glob("[0-9]*"):
            with suppress(OSError):  # it is gone
                if self._mark in (process / "environ").read_bytes() + b"\0":
                    yield process


def _busy() -> float:
    """Return the processor seconds that the whole machine has spent, idle ones left out."""
    user, nice, system, *_ = Path("/proc/stat").read_text().split("\n")[0].split()[1:]
    return (int(user) + int(nice) + int(system)) / os.sysconf("SC_CLK_TCK")


def told(runs: dict[str, Run], *, chinese: bool) -> Iterator[str]:
    """Give the lines of the table."""
    first = next(iter(runs.values()))
    count = len(first.lines)
    shares = (f"{share:.0%}" for share in (*SHARES.values(), 1 - sum(SHARES.values())))
    crop, plate, card, bank, specimens = shares
    others = sum(run.others for run in runs.values()) / sum(run.seconds for run in runs.values())
    load = sum(run.load for run in runs.values()) / len(runs)
    if chinese:
        busy = (
            f"当时机器还有其他负载，平均占用 {others:.1f} 个核（load {load:.0f}），"
            "所以以处理器时间为准，实际耗时参考意义不大。"
            if others >= QUIET
            else "当时机器没有其他负载。"
        )
        yield (
            f"在 {machine()} 上用 `python -m tests.bench.batch` 测得。共 {count:,} 张图片，大小和网页上的差不多："
            f"车牌特写 {crop}、车牌照片 {plate}、身份证国徽面 {card}、银行卡 {bank}，另有 {specimens} 是样例原图。"
            f"三次的结果逐行相同。{busy}"
        )
        header = "| | 每秒张数 | 占用的核 | 每张的处理器时间 | Ray 每张多用 |"
    else:
        yield f"Measured on {machine()} with `python -m tests.bench.batch`: {count:,} pictures as small as on web"
        yield f"pages, {crop} of them plates cut out, {plate} photos of plates, {card} backs of ID cards, {bank} bank"
        yield f"cards; and {specimens} samples as they are. The lines of the three runs are equal."
        yield (
            f"Other work took {others:.1f} cores meanwhile (load {load:.0f}): go by processor time, not by the clock."
            if others >= QUIET
            else "Nothing else ran meanwhile."
        )
        header = "| | pictures a second | cores used | processor time a picture | more on Ray, a picture |"
    yield from ("", header, "| --- | --- | --- | --- | --- |")
    for name, run in runs.items():
        more = "" if run is first else f"{(run.each - first.each) * 1000:.0f} ms"
        label = CHINESE[name] if chinese else name
        yield f"| {label} | {run.rate:.2f} | {run.processor / run.seconds:.2f} | {run.each:.3f} s | {more} |"


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
