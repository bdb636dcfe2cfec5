"""When a fault hits (nth, times, probability, account), and faults that make no sense."""

from __future__ import annotations

import random
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest

from cloudbase_ocr.control.facade import Control
from cloudbase_ocr.control.operation import ControlError
from cloudbase_ocr.core.clock import ManualClock
from cloudbase_ocr.server import Server
from cloudbase_ocr.state.faults import KINDS, Fault, FaultError, Faults
from tests.emulator.control.ocr_client import ask, codes


def test_nth_counts_the_calls_that_match(server: Server, control: Control, appid: str) -> None:
    rule = control.fault(method="ocr.idcard", appid=appid, errcode=-1, nth=[2, 4])
    ask(server, appid, method="bankcard", url="mock://bankcard")
    ask(server, appid + "-other")
    assert codes(server, appid, 6) == [0, -1, 0, -1, 0, 0]
    (state,) = control.faults.list(appid).faults
    assert (state.id, state.matched, state.hits, state.spent) == (rule.id, 4, 2, True)


def test_times_ends_a_fault(server: Server, control: Control, appid: str) -> None:
    control.fault(appid=appid, errcode=-1, times=2)
    assert codes(server, appid, 4) == [-1, -1, 0, 0]
    assert server.emulator.faults.http == ()


def test_probability_repeats_with_its_seed(server: Server, control: Control, appid: str) -> None:
    def row(seed: int) -> list[int]:
        control.faults.clear()
        control.fault(appid=appid, errcode=-1, probability=0.5, seed=seed)
        return codes(server, appid, 30)

    first = row(11)
    assert row(11) == first
    assert row(12) != first
    assert 5 < first.count(-1) < 25


def test_a_seed_is_drawn_and_shown(control: Control) -> None:
    shown = control.fault(errcode=-1, probability=0.5).seed
    control.reset()
    assert control.fault(errcode=-1, probability=0.5).seed == shown  # the emulator has a seed itself


def test_accounts_do_not_meet_each_others_faults(server: Server, control: Control, appid: str) -> None:
    names = [f"{appid}-{number}" for number in range(8)]
    for number, name in enumerate(names):
        control.fault(appid=name, errcode=-1, times=number + 1)
    with ThreadPoolExecutor(8) as pool:
        found = list(pool.map(lambda name: codes(server, name, 10), names))
    assert [row.count(-1) for row in found] == [1, 2, 3, 4, 5, 6, 7, 8]
    assert control.faults.clear(names[0]).removed == 1
    assert len(control.faults.list().faults) == 7


def test_parallel_calls_hit_exactly_so_many_times(server: Server, control: Control, appid: str) -> None:
    control.fault(appid=appid, errcode=-1, times=20)
    with ThreadPoolExecutor(8) as pool:
        found = list(pool.map(lambda _: ask(server, appid).json()["errcode"], range(60)))
    assert found.count(-1) == 20


@pytest.mark.parametrize(
    ("fault", "message"),
    [
        ({}, "type: '' is none of errcode, latency"),
        ({"type": "explode"}, "type: 'explode' is none of"),
        ({"type": "errcode"}, "errcode: errcode needs it"),
        ({"type": "latency"}, "ms: latency needs it"),
        ({"type": "reset", "ms": 3}, "ms: reset does not take it; it takes none"),
        ({"errcode": -1, "status": 502}, "status: errcode does not take it; it takes errcode, errmsg"),
        ({"errcode": 0}, "errcode: 0 is no fault"),
        ({"errcode": 12345}, "errcode: the contract has no text for 12345; give errmsg"),
        ({"errcode": -1, "method": "/_cos/*"}, r"the object store \(/_cos/\) answers in XML"),
        ({"errcode": -1, "function": "idcard"}, "errcode: for a function it is one of -501000"),
        ({"errcode": -1, "method": "ocr.passport"}, "method: 'ocr.passport' is none of ocr.idcard"),
        ({"errcode": -1, "surface": "moon"}, "surface: 'moon' is none of wechat, storage, function"),
        ({"type": "crash", "surface": "wechat"}, "surface: crash happens to function, not to wechat"),
        (
            {"type": "reset", "function": "idcard"},
            "surface: reset happens to wechat or storage, not to function",
        ),
        ({"type": "crash", "method": "ocr.idcard"}, "method is for the surfaces wechat and storage"),
        ({"type": "reset", "surface": "wechat", "function": "x"}, "function for the surface function"),
        ({"errcode": -1, "nth": [0]}, "nth: calls are counted from 1"),
        ({"errcode": -1, "times": 0}, "times: must be at least 1"),
        ({"errcode": -1, "probability": 0.0}, "probability: must be above 0 and at most 1"),
        ({"errcode": -1, "probability": 1.01}, "probability: must be above 0 and at most 1"),
        ({"errcode": -1, "probability": float("nan")}, "probability"),
        ({"type": "latency", "ms": -1}, "ms: must be from 0 to"),
        ({"type": "latency", "ms": float("inf")}, "ms: must be from 0 to"),
        ({"type": "latency", "ms": 1, "jitter_ms": -2}, "jitter_ms: must be from 0 to"),
        ({"type": "truncated", "bytes": -1}, "bytes: must not be negative"),
        ({"type": "html", "status": 200}, "status: must be an HTTP status from 400 to 599"),
        ({"type": "content_type", "content_type": "a\r\nSet-Cookie: b"}, "content_type: must be printable"),
        ({"type": "cos_error", "code": "<名>"}, "code: must be printable"),
        ({"errcode": -1, "errmsg": "a\nb"}, "errmsg: must be printable"),
    ],
    ids=str,
)
def test_faults_that_make_no_sense_are_refused(control: Control, fault: dict[str, Any], message: str) -> None:
    with pytest.raises(ControlError, match=message):
        control.fault(**fault)
    assert control.faults.list().faults == []


def test_the_number_of_faults_is_bounded(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("cloudbase_ocr.state.faults.store.MAX_FAULTS", 3)
    faults = Faults(ManualClock(), random.Random(1))
    for _ in range(3):
        faults.add(Fault(errcode=-1))
    with pytest.raises(ValueError, match="3 faults already"):
        faults.add(Fault(errcode=-1))


def test_a_name_of_a_kind_is_refused_with_the_names_that_exist() -> None:
    with pytest.raises(FaultError) as caught:
        Fault(type="slow").checked()
    assert all(kind in str(caught.value) for kind in KINDS)
