"""Clock, counters and quotas: periods as Shanghai has them, bounds that hold, and a reset for each."""

from __future__ import annotations

import time
from concurrent.futures import ThreadPoolExecutor
from datetime import datetime, timedelta, timezone

import pytest

from cloudbase_ocr.core.clock import Clock, ManualClock, minute, shanghai_day, shanghai_month
from cloudbase_ocr.core.counters import MemoryCounters
from cloudbase_ocr.state.quotas import Quotas

SHANGHAI = timezone(timedelta(hours=8))


def at(*when: int) -> float:
    return datetime(*when, tzinfo=SHANGHAI).timestamp()  # type: ignore[arg-type,misc]  # as datetime takes them


def test_the_system_clock_runs() -> None:
    clock = Clock()
    assert abs(clock.now() - time.time()) < 1
    before = clock.monotonic()
    clock.sleep(0)
    assert clock.monotonic() >= before


def test_a_manual_clock_moves_only_when_moved() -> None:
    clock = ManualClock(100)
    assert (clock.now(), clock.monotonic()) == (100, 0)
    clock.advance(5)
    clock.sleep(2)
    assert (clock.now(), clock.monotonic()) == (107, 7)
    with pytest.raises(ValueError, match="cannot go back by 1"):
        clock.advance(-1)


@pytest.mark.parametrize(("first", "second", "same_day", "same_month"), [
    ((2024, 2, 28, 23, 59, 59), (2024, 2, 29, 0, 0, 0), False, True),
    ((2024, 2, 29, 23, 59, 59), (2024, 3, 1, 0, 0, 0), False, False),
    ((2023, 12, 31, 23, 59, 59), (2024, 1, 1, 0, 0, 0), False, False),
    ((2024, 5, 5, 0, 0, 0), (2024, 5, 5, 23, 59, 59), True, True),
    ((2024, 5, 5, 7, 59, 59), (2024, 5, 5, 8, 0, 0), True, True),  # midnight in Greenwich
    ((2023, 5, 5, 0, 0, 0), (2024, 5, 5, 0, 0, 0), False, False),
])  # fmt: skip
def test_days_and_months_are_those_of_shanghai(
    first: tuple[int, ...], second: tuple[int, ...], same_day: bool, same_month: bool
) -> None:
    assert (shanghai_day(at(*first)) == shanghai_day(at(*second))) is same_day
    assert (shanghai_month(at(*first)) == shanghai_month(at(*second))) is same_month


def test_counters_begin_again_with_every_period() -> None:
    clock = ManualClock(at(2024, 5, 5))
    counters = MemoryCounters(clock, minute)
    assert [counters.take(("a",), 2) is not None for _ in range(3)] == [True, True, False]
    assert counters.used(("a",)) == 2
    assert counters.take(("b",), 0) is not None  # without a limit
    clock.advance(60)
    assert counters.used(("a",)) == 0
    assert counters.take(("a",), 2) is not None


def test_what_is_given_back_must_be_of_this_period() -> None:
    clock = ManualClock(at(2024, 5, 5))
    counters = MemoryCounters(clock, shanghai_day)
    receipt = counters.take(("a",), 9)
    assert receipt is not None
    clock.advance(86400)
    counters.take(("a",), 9)
    counters.give_back(("a",), receipt)
    assert counters.used(("a",)) == 1
    counters.give_back(("a",), receipt + 1)
    counters.give_back(("a",), receipt + 1)
    assert counters.used(("a",)) == 0


def test_counters_are_cleared_by_prefix() -> None:
    counters = MemoryCounters(ManualClock(), shanghai_day)
    for key in (("a", "x"), ("a", "y"), ("b", "x")):
        counters.put(key, 3)
    counters.clear("a", "x")
    assert [counters.used(key) for key in (("a", "x"), ("a", "y"), ("b", "x"))] == [0, 3, 3]
    counters.clear("a")
    assert [counters.used(key) for key in (("a", "y"), ("b", "x"))] == [0, 3]
    counters.clear()
    assert counters.used(("b", "x")) == 0


def test_counters_hold_under_threads() -> None:
    counters = MemoryCounters(ManualClock(), shanghai_day)
    with ThreadPoolExecutor(8) as pool:
        taken = list(pool.map(lambda _: counters.take(("a",), 100), range(400)))
    assert sum(receipt is not None for receipt in taken) == 100


def test_quota_per_account_instead_of_per_method() -> None:
    quotas = Quotas(ManualClock(), limit=2, scope="account")
    assert quotas.reserve("wx1", "idcard") is not None
    assert quotas.reserve("wx1", "comm") is not None
    assert quotas.reserve("wx1", "menu") is None
    assert quotas.reserve("wx2", "menu") is not None
    assert quotas.usage("wx1", "bankcard").remain == 0


def test_quota_of_one_account_is_reset_alone() -> None:
    quotas = Quotas(ManualClock(), limit=1)
    for appid in ("wx1", "wx2"):
        quotas.reserve(appid, "idcard")
        quotas.take_token_call(appid)
    quotas.reset("wx1")
    assert (quotas.usage("wx1", "idcard").used, quotas.usage("wx2", "idcard").used) == (0, 1)
    assert [quotas.platform_usage(appid, "/cgi-bin/token") for appid in ("wx1", "wx2")] != [None, None]
    quotas.reset()
    assert quotas.usage("wx2", "idcard").used == 0


def test_release_gives_the_call_back() -> None:
    quotas = Quotas(ManualClock(), limit=1)
    receipt = quotas.reserve("wx1", "idcard")
    assert receipt is not None
    quotas.release("wx1", "idcard", receipt)
    assert quotas.usage("wx1", "idcard").remain == 1


def test_a_negative_quota_makes_no_sense() -> None:
    with pytest.raises(ValueError, match="0 switches the quota off"):
        Quotas(ManualClock(), limit=-1)
