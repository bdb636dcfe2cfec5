"""Worker processes: the same answers, and whatever kills one costs one answer."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import threading
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from cloudbase_ocr.recognizer import (
    DocumentNotFound,
    EngineUnavailable,
    ImageTooLarge,
    NotAnImage,
    Recognizer,
    RecognizerBusy,
    Service,
    TookTooLong,
    WorkerLost,
    WorkerRecognizer,
)
from tests.leftovers import has_ended
from tests.processes import started

Specimen = Callable[[str], bytes]

posix = pytest.mark.skipif(sys.platform == "win32", reason="signals of POSIX")
STATM = pytest.mark.skipif(not Path("/proc/self/statm").exists(), reason="needs /proc")


@pytest.fixture(scope="module")
def workers() -> Iterator[WorkerRecognizer]:
    shared = WorkerRecognizer(1, limit=None)  # a machine may be busy
    shared.warm()
    yield shared
    shared.close()


def wait_for(condition: Callable[[], object], what: str) -> None:
    pause = threading.Event()
    for _ in range(6000):
        if condition():
            return
        pause.wait(0.005)
    pytest.fail(what)


def reading(workers: WorkerRecognizer, key: str, image: bytes) -> tuple[ThreadPoolExecutor, object]:
    """Begin to read a picture in another thread; return when the worker is at it."""
    pool = ThreadPoolExecutor(1)
    answer = pool.submit(workers.explain, key, image)
    wait_for(lambda: workers.status().stage == "text", "the picture was not begun")
    return pool, answer


def gone(pid: int) -> bool:
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return True
    return sys.platform == "linux" and has_ended(pid)


@pytest.mark.check
def test_a_worker_answers_as_the_recognizer_itself(
    workers: WorkerRecognizer, recognizer: Recognizer, specimen: Specimen
) -> None:
    both: list[Service] = [workers, recognizer]
    here, there = (each.explain("idcard", specimen("idcard-front"), identify=True) for each in both)
    assert (here.fields, here.evidence, here.picture) == (there.fields, there.evidence, there.picture)
    assert (here.key, here.candidates) == (there.key, there.candidates)
    assert set(here.stages) == set(there.stages)
    assert workers.recognize("idcard", specimen("idcard-front")) == here.fields
    assert workers.methods == recognizer.methods
    assert workers.explain(None, specimen("platenum")).key == "platenum"


@pytest.mark.check
def test_errors_come_through_with_their_explanation(workers: WorkerRecognizer, specimen: Specimen) -> None:
    with pytest.raises(DocumentNotFound, match="no ID card found in the picture") as caught:
        workers.explain("idcard", specimen("platenum"), identify=True)
    told = caught.value.explanation
    assert told is not None
    assert told.picture is not None
    assert (told.picture.width, told.candidates[0].key) == (1280, "platenum")
    with pytest.raises(NotAnImage, match="not a JPEG"):
        workers.recognize("idcard", b"no picture")
    with pytest.raises(KeyError):
        workers.recognize("passport", b"")


@pytest.mark.check
def test_settings_reach_the_worker(specimen: Specimen) -> None:
    narrow = WorkerRecognizer(1, threads=1, max_pixels=1000, queue=3, limit=None)
    try:
        with pytest.raises(ImageTooLarge):
            narrow.recognize("idcard", specimen("idcard-front"))
        status = narrow.status()
        assert (status.state, status.workers, status.threads) == ("ready", 1, 1)
        assert (status.queue, status.limit) == (3, None)
    finally:
        narrow.close()


@pytest.mark.check
@posix
def test_a_crash_in_native_code_costs_one_answer(workers: WorkerRecognizer, specimen: Specimen) -> None:
    picture = specimen("idcard-front")
    (before,) = workers.pids
    pool, answer = reading(workers, "idcard", picture)
    os.kill(before, signal.SIGSEGV)
    with pool, pytest.raises(WorkerLost, match="ended: SIGSEGV; another one takes its place"):
        answer.result()  # type: ignore[attr-defined]  # a list of object
    (after,) = workers.pids
    assert after != before
    assert workers.recognize("idcard", picture)["name"] == "林知夏"
    assert workers.status().state == "ready"


@pytest.mark.check
@posix
def test_a_worker_that_died_between_pictures_costs_none(
    workers: WorkerRecognizer, specimen: Specimen
) -> None:
    workers.recognize("platenum", specimen("platenum"))
    (before,) = workers.pids
    os.kill(before, signal.SIGKILL)
    wait_for(lambda: gone(before), "the worker lives on")
    assert workers.recognize("platenum", specimen("platenum"))["number"]


@pytest.mark.check
@posix
def test_a_picture_over_its_time_is_killed_hard(specimen: Specimen) -> None:
    """A worker that is stopped stands for native code that never returns: it cannot look at the time itself."""
    slow = WorkerRecognizer(1, limit=0.5)
    try:
        slow.warm()
        (before,) = slow.pids
        os.kill(before, signal.SIGSTOP)
        with pytest.raises(TookTooLong, match=r"limit of 0\.5 s, and the worker process .* was ended"):
            slow.recognize("platenum", specimen("platenum"))
        assert gone(before)
        assert slow.pids not in ((), (before,))
    finally:
        slow.close()


@pytest.mark.check
@STATM
def test_a_worker_that_takes_too_much_memory_is_replaced() -> None:
    small = WorkerRecognizer(1, memory=100)
    try:
        with pytest.raises(EngineUnavailable, match="more than 100 MB of memory"):
            small.warm()
        assert small.status().state == "failed"
        assert "100 MB" in small.status().message
        assert small.pids == ()
    finally:
        small.close()


@pytest.mark.check
def test_two_workers_read_two_pictures_at_a_time_and_a_third_waits(specimen: Specimen) -> None:
    pair = WorkerRecognizer(2, threads=1, queue=1)
    try:
        pair.warm()
        assert len(set(pair.pids)) == 2
        picture = specimen("idcard-front")
        with ThreadPoolExecutor(3) as pool:
            answers = [pool.submit(pair.recognize, "idcard", picture) for _ in range(3)]
            wait_for(lambda: pair.status().waiting == 1, "nobody waits")
            assert pair.status().reading == 2
            with pytest.raises(RecognizerBusy, match="2 being read and 1 waiting"):
                pair.recognize("idcard", picture)
            assert all(answer.result()["name"] == "林知夏" for answer in answers)
        assert len(pair.pids) == 2
    finally:
        pair.close()


@pytest.mark.check
@posix
def test_closing_ends_the_processes(specimen: Specimen) -> None:
    closing = WorkerRecognizer(1)
    closing.warm()
    pids = closing.pids
    closing.close()
    closing.close()
    assert all(gone(pid) for pid in pids)
    with pytest.raises(RecognizerBusy, match="closed"):
        closing.recognize("platenum", specimen("platenum"))


_PARENT = """
import sys
from cloudbase_ocr.recognizer import WorkerRecognizer
workers = WorkerRecognizer(1)
workers.warm()
print(*workers.pids, flush=True)
sys.stdin.read()
"""


@pytest.mark.check
@posix
def test_workers_end_with_a_parent_that_is_killed() -> None:
    with started([sys.executable, "-c", _PARENT], stdin=subprocess.PIPE) as parent:
        pid = int(parent.stdout.readline())
        assert not gone(pid)
        parent.kill()
        parent.wait(timeout=20)
        wait_for(lambda: gone(pid), "the worker outlives its parent")


@pytest.mark.check
def test_a_module_beside_the_user_is_not_taken_for_ours(tmp_path: Path) -> None:
    for name in ("json", "queue", "signal", "cloudbase_ocr"):
        (tmp_path / f"{name}.py").write_text("raise SystemExit('the wrong module')")
    script = "import sys; sys.path.remove(''); " + _PARENT.strip().replace(
        "sys.stdin.read()", "workers.close()"
    )
    result = subprocess.run(
        [sys.executable, "-c", script.replace("import sys\n", "", 1)],
        cwd=tmp_path,
        capture_output=True,
        check=False,
        timeout=60,
    )
    assert (result.returncode, result.stderr) == (0, b"")


@pytest.mark.check
@STATM
def test_opencv_takes_no_thread_for_each_core_in_each_worker(
    specimen: Specimen, monkeypatch: pytest.MonkeyPatch
) -> None:
    threads = []
    for cores in ("1", "60"):  # as on machines with so many; other libraries take threads, too
        monkeypatch.setenv("OPENCV_FOR_THREADS_NUM", cores)
        workers = WorkerRecognizer(1, 1, limit=None)
        workers.recognize("idcard", specimen("idcard-front"))
        (pid,) = workers.pids
        threads.append(len(list(Path(f"/proc/{pid}/task").iterdir())))
        workers.close()
    assert threads[1] < threads[0] + 20
