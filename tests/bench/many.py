"""Pictures a second of a core: `recognize` on many, beside rapidocr with one process a core; the same ones, in turn."""

from __future__ import annotations

import os
import subprocess
import sys
from functools import partial
from pathlib import Path

from tests.bench.ocr.reader import PEERS_PYTHON
from tests.bench.timing import Pair, in_turn

SPECIMENS = Path(__file__).parents[2] / "emulator/cloudbase_ocr/specimens"
ROUNDS = 3
CORES = os.cpu_count() or 1

OURS = """
import json, os, sys, time
from pathlib import Path
from cloudbase_ocr.batch.batch import Batch
from cloudbase_ocr.batch.pictures import select
from cloudbase_ocr.settings import Settings

def taken(pids):
    ticks = 0
    for pid in pids:
        fields = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
        ticks += int(fields[11]) + int(fields[12])
    return time.process_time() + ticks / os.sysconf("SC_CLK_TCK")

cores, *names = sys.argv[1:]
with Batch(Settings(), None, int(cores)) as batch:
    batch.warm()
    before = taken(batch._recognizer.pids)
    outcomes = list(batch.outcomes(batch.items(select(names).pictures)))
    assert all(outcome.succeeded for outcome in outcomes)
    print(json.dumps(taken(batch._recognizer.pids) - before))
"""

PEER = """
import json, multiprocessing, sys, time

def work(barrier, pictures, taken):
    from rapidocr import RapidOCR
    one = {"EngineConfig.onnxruntime.intra_op_num_threads": 1, "EngineConfig.onnxruntime.inter_op_num_threads": 1}
    engine = RapidOCR(params={"Global.log_level": "error", **one})
    barrier.wait()
    before = time.process_time()
    while (picture := pictures.get()) is not None:
        engine(picture)
    taken.put(time.process_time() - before)

cores, *names = sys.argv[1:]
context = multiprocessing.get_context("fork")
barrier, pictures, taken = context.Barrier(int(cores)), context.Queue(), context.Queue()
processes = [context.Process(target=work, args=(barrier, pictures, taken)) for _ in range(int(cores))]
for process in processes:
    process.start()
for name in (*names, *[None] * len(processes)):
    pictures.put(name)
print(json.dumps(sum(taken.get(timeout=900) for _ in processes)))
"""


def measure() -> Pair | None:
    """Return pictures a second of processor time, without what starting takes; None where the peer is not installed.

    Processor time, as other work on the machine changes it little.
    """
    if not PEERS_PYTHON.is_file():
        return None
    pictures = sorted(map(str, SPECIMENS.glob("*.jpg")))
    ours = partial(_rate, sys.executable, OURS, pictures)
    return in_turn(ours, partial(_rate, str(PEERS_PYTHON), PEER, pictures), ROUNDS)


def _rate(python: str, code: str, pictures: list[str]) -> float:
    command = [python, "-c", code, str(CORES), *pictures]
    done = subprocess.run(command, check=True, stdout=subprocess.PIPE, encoding="utf-8")
    return len(pictures) / float(done.stdout.splitlines()[-1])
