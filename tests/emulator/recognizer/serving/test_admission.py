"""The bounded queue, the number of cores, and what a recognizer tells of itself."""

from __future__ import annotations

import os
import threading
from pathlib import Path

import pytest

from cloudbase_ocr.recognizer import EngineUnavailable, NotAnImage, Recognizer, RecognizerBusy
from cloudbase_ocr.recognizer.ocr.cpu import cores
from cloudbase_ocr.recognizer.serving.admission import Admission


def inside(
    admission: Admission, order: list[str], name: str, let_go: threading.Event, account: str = ""
) -> threading.Thread:
    def run() -> None:
        with admission.turn(account):
            order.append(name)
            let_go.wait(10)

    thread = threading.Thread(target=run)
    thread.start()
    return thread


def until(condition: object, admission: Admission, reading: int, waiting: int) -> None:
    """Wait (a bounded time) until so many are inside and wait."""
    pause = threading.Event()
    for _ in range(1000):
        if (admission.reading, admission.waiting) == (reading, waiting):
            return
        pause.wait(0.005)
    pytest.fail(f"{condition}: {admission.reading} inside, {admission.waiting} waiting")


def test_so_many_at_a_time_and_the_others_in_order() -> None:
    admission, order = Admission(2, 5, 10.0), list[str]()
    signs = {name: threading.Event() for name in "abcd"}
    threads = []
    for number, name in enumerate("abcd"):
        threads.append(inside(admission, order, name, signs[name]))
        until(name, admission, min(2, number + 1), max(0, number - 1))
    assert sorted(order) == ["a", "b"]
    signs["a"].set()
    until("c is in", admission, 2, 1)
    assert order[2:] == ["c"]
    for sign in signs.values():
        sign.set()
    for thread in threads:
        thread.join(10)
    assert (order[3:], admission.reading, admission.waiting) == (["d"], 0, 0)


def test_one_too_many_is_refused_at_once_with_the_reason() -> None:
    admission, sign = Admission(1, 1, 10.0), threading.Event()
    first = inside(admission, [], "first", sign)
    until("first", admission, 1, 0)
    second = inside(admission, [], "second", sign)
    until("second", admission, 1, 1)
    with (
        pytest.raises(RecognizerBusy, match=r"1 being read and 1 waiting is all .* --recognizer-queue"),
        admission.turn(),
    ):
        pytest.fail("must not come in")
    sign.set()
    first.join(10)
    second.join(10)
    with admission.turn():
        assert admission.reading == 1


def test_a_queue_of_nothing_lets_nobody_wait() -> None:
    admission = Admission(1, 0, 10.0)
    with (
        admission.turn(),
        pytest.raises(RecognizerBusy, match="1 being read and 0 waiting"),
        admission.turn(),
    ):
        pytest.fail("must not come in")


def test_who_waits_too_long_leaves_no_gap() -> None:
    admission, sign = Admission(1, 5, 0.02), threading.Event()
    first = inside(admission, [], "first", sign)
    until("first", admission, 1, 0)
    with pytest.raises(RecognizerBusy, match=r"busy for 0\.02 s"), admission.turn():
        pytest.fail("must not come in")
    assert admission.waiting == 0
    sign.set()
    first.join(10)
    with admission.turn():
        assert admission.reading == 1
    assert admission.reading == 0


def test_closing_waits_for_those_inside_and_refuses_those_that_wait() -> None:
    admission, sign, told = Admission(1, 5, 10.0), threading.Event(), list[str]()
    first = inside(admission, [], "first", sign)
    until("first", admission, 1, 0)

    def wait() -> None:
        with pytest.raises(RecognizerBusy, match="closed"), admission.turn():
            pytest.fail("must not come in")
        told.append("refused")

    second, closing = threading.Thread(target=wait), threading.Thread(target=admission.close)
    second.start()
    until("second", admission, 1, 1)
    closing.start()
    pause = threading.Event()
    for _ in range(1000):
        if not admission.closed:
            pause.wait(0.005)
    assert admission.closed
    assert closing.is_alive()
    with pytest.raises(RecognizerBusy, match="closed"), admission.beside():
        pytest.fail("must not come in")
    sign.set()
    for thread in (first, second, closing):
        thread.join(10)
    assert (told, admission.reading, admission.waiting, closing.is_alive()) == (["refused"], 0, 0, False)


def served_in_order(arrivals: str) -> str:
    """Let pictures of accounts (their letters) come one after the other while one is read; return who was served."""
    admission, order, let_go = Admission(1, 100, 10.0), list[str](), threading.Event()
    threads = []
    for number, account in enumerate(arrivals):
        threads.append(inside(admission, order, account, let_go, account))
        until(number, admission, 1, number)
    let_go.set()
    for thread in threads:
        thread.join(10)
    return "".join(order)


@pytest.mark.parametrize(
    ("arrivals", "served"),
    [
        ("aaaaaab", "abaaaaa"),
        ("aaaabbbb", "abababab"),
        ("aaabbbc", "abcabab"),
        ("abcabc", "abcabc"),
        ("aaaa", "aaaa"),
    ],
)
def test_accounts_take_turns_however_many_pictures_one_sends(arrivals: str, served: str) -> None:
    assert served_in_order(arrivals) == served


def test_accounts_take_turns_at_two_places_too() -> None:
    admission, order = Admission(2, 10, 10.0), list[str]()
    signs = {name: threading.Event() for name in ("x", "y", "last")}
    threads = [inside(admission, order, name, signs[name], name) for name in ("x", "y")]
    until("both", admission, 2, 0)
    for number, account in enumerate("bbcc", 1):
        threads.append(inside(admission, order, account, signs["last"], account))
        until(account, admission, 2, number)
    signs["x"].set()
    until("x has left", admission, 2, 3)
    signs["y"].set()
    until("y has left", admission, 2, 2)
    signs["last"].set()
    for thread in threads:
        thread.join(10)
    assert order[2] == "b"
    assert sorted(order[2:4]) == ["b", "c"]


@pytest.mark.parametrize(("queue", "own"), [(32, 16), (5, 2), (2, 1), (1, 1)])
def test_one_account_takes_half_of_a_shared_queue_at_most(queue: int, own: int) -> None:
    admission, let_go, order = Admission(1, queue, 10.0, shared=True), threading.Event(), list[str]()
    threads = []
    for number in range(own + 1):
        threads.append(inside(admission, order, "a", let_go, "a"))
        until(number, admission, 1, number)
    said = r"half of the \d+ places of --recognizer-queue" if queue > 1 else "all that the recognizer takes"
    with pytest.raises(RecognizerBusy, match=said), admission.turn("a"):
        pytest.fail("must not come in")
    if queue > 1:
        threads.append(inside(admission, order, "b", let_go, "b"))
        until("b", admission, 1, own + 1)
    let_go.set()
    for thread in threads:
        thread.join(10)
    assert order[:2] == ["a", "b" if queue > 1 else "a"]
    assert (admission.reading, admission.waiting) == (0, 0)


def test_a_queue_that_is_not_shared_is_for_whoever_comes() -> None:
    admission, let_go = Admission(1, 4, 10.0), threading.Event()
    threads = []
    for number in range(5):
        threads.append(inside(admission, [], "a", let_go, "a"))
        until(number, admission, 1, number)
    let_go.set()
    for thread in threads:
        thread.join(10)


def test_an_account_that_waits_too_long_leaves_no_empty_line() -> None:
    admission, let_go = Admission(1, 4, 0.02, shared=True), threading.Event()
    first = inside(admission, [], "a", let_go, "a")
    until("a", admission, 1, 0)
    for _ in range(3):
        with pytest.raises(RecognizerBusy, match="busy for"), admission.turn("b"):
            pytest.fail("must not come in")
    assert admission.waiting == 0
    let_go.set()
    first.join(10)
    with admission.turn("c"):
        assert admission.reading == 1
    assert admission.reading == 0


def test_a_place_is_given_back_when_reading_fails() -> None:
    admission = Admission(1, 1, 1.0)
    with pytest.raises(ZeroDivisionError), admission.turn():
        raise ZeroDivisionError
    assert admission.reading == 0


def test_cores_follow_the_affinity_mask() -> None:
    if not hasattr(os, "sched_getaffinity"):
        pytest.skip("this system has no affinity masks")
    before = os.sched_getaffinity(0)
    os.sched_setaffinity(0, {min(before)})
    try:
        assert cores() == 1
        assert Recognizer().status().threads == 1
    finally:
        os.sched_setaffinity(0, before)
    assert cores() <= len(before)


@pytest.mark.parametrize(
    ("quota", "expected"),
    [("max 100000", None), ("50000 100000", 1), ("150000 100000", 2), ("100 0", None), ("x", None)],
)
def test_cores_follow_the_quota_of_a_container(tmp_path: Path, quota: str, expected: int | None) -> None:
    free = cores(tmp_path / "none")
    (tmp_path / "cpu.max").write_text(quota + "\n")
    assert cores(tmp_path) == (free if expected is None else min(free, expected))


def test_cores_follow_the_quota_of_an_older_container(tmp_path: Path) -> None:
    (tmp_path / "cpu").mkdir()
    (tmp_path / "cpu/cpu.cfs_period_us").write_text("100000")
    (tmp_path / "cpu/cpu.cfs_quota_us").write_text("100000")
    assert cores(tmp_path) == 1
    (tmp_path / "cpu/cpu.cfs_quota_us").write_text("-1")
    assert cores(tmp_path) == cores(tmp_path / "none")


def test_an_engine_that_cannot_load_is_told(monkeypatch: pytest.MonkeyPatch) -> None:
    def unavailable() -> None:
        raise EngineUnavailable("openvino is not installed")

    monkeypatch.setattr("cloudbase_ocr.recognizer.ocr.engine.load_openvino", unavailable)
    recognizer = Recognizer()
    assert recognizer.status().state == "cold"
    with pytest.raises(EngineUnavailable):
        recognizer.warm()
    status = recognizer.status()
    assert (status.state, status.message) == ("failed", "openvino is not installed")


def test_a_key_that_nobody_reads_is_refused_before_the_queue() -> None:
    recognizer = Recognizer()
    with pytest.raises(KeyError, match="passport"):
        recognizer.explain("passport", b"")
    assert recognizer.status().state == "cold"


def test_pictures_are_read_in_one_thread_whoever_asks() -> None:
    seen: set[tuple[str, int]] = set()
    recognizer = Recognizer(
        tell=lambda _stage: seen.add((threading.current_thread().name, threading.get_ident()))
    )
    threads = [threading.Thread(target=_refused, args=(recognizer,)) for _ in range(3)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(30)
    recognizer.close()
    assert [name for name, _ in seen] == ["recognizer_0"]


def _refused(recognizer: Recognizer) -> None:
    with pytest.raises(NotAnImage):
        recognizer.recognize("comm", b"no picture")
