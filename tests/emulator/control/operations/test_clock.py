"""The clock that a test turns, alone and through tokens, quotas and delays."""

from __future__ import annotations

import threading
import time
from datetime import datetime, timedelta, timezone

import pytest
import requests

from cloudbase_ocr.app import create_app
from cloudbase_ocr.control.facade import Control
from cloudbase_ocr.control.operation import ControlError
from cloudbase_ocr.core.clock import Clock, TurnableClock
from cloudbase_ocr.server import Server
from cloudbase_ocr.settings import Settings
from cloudbase_ocr.state.emulator import emulator_of
from tests.emulator.control.ocr_client import ask


def test_it_shows_the_systems_time_until_it_is_turned() -> None:
    clock = TurnableClock()
    assert abs(clock.now() - time.time()) < 1
    clock.advance(7200)
    assert abs(clock.offset - 7200) < 1
    clock.set(1_000_000)
    assert abs(clock.now() - 1_000_000) < 1
    clock.reset()
    assert abs(clock.offset) < 1


def test_a_frozen_clock_stands_still_and_runs_on_from_there() -> None:
    clock = TurnableClock()
    clock.freeze()
    frozen = clock.now()
    clock.freeze()
    assert clock.now() == frozen
    clock.advance(60)
    assert clock.now() == frozen + 60
    assert clock.frozen
    clock.resume()
    assert not clock.frozen
    assert 0 <= clock.now() - frozen - 60 < 5
    clock.resume()


def test_durations_are_real_whatever_it_shows() -> None:
    clock = TurnableClock()
    clock.freeze()
    before = clock.monotonic()
    clock.advance(3600)
    assert clock.monotonic() - before < 60


def test_sleeping_takes_real_time_even_when_frozen() -> None:
    clock = TurnableClock()
    clock.freeze()
    started = time.monotonic()
    clock.sleep(0.05)
    assert time.monotonic() - started >= 0.05


@pytest.mark.parametrize("turn", [lambda clock: clock.advance(60), lambda clock: clock.set(clock.now() + 60)])
def test_sleepers_wake_when_the_clock_is_moved_past_them(turn: object) -> None:
    assert callable(turn)
    clock = TurnableClock()
    asleep = threading.Thread(target=clock.sleep, args=(30,))
    asleep.start()
    deadline = time.monotonic() + 10
    while asleep.is_alive() and time.monotonic() < deadline:
        turn(clock)
        asleep.join(0.05)
    assert not asleep.is_alive()


def test_moving_back_wakes_nobody() -> None:
    clock = TurnableClock()
    started = time.monotonic()
    threading.Timer(0.02, clock.set, args=(5.0,)).start()
    clock.sleep(0.1)
    assert time.monotonic() - started >= 0.1


@pytest.mark.parametrize("seconds", [-1, float("inf"), float("nan"), 1e12])
def test_times_that_do_not_exist_are_refused(seconds: float) -> None:
    clock = TurnableClock()
    with pytest.raises(ValueError, match=r"goes forward only|from 1970 to 9999"):
        clock.advance(seconds)
    assert abs(clock.offset) < 1


def test_tokens_expire_as_the_clock_shows_it(server: Server, control: Control, appid: str) -> None:
    account = {"grant_type": "client_credential", "appid": appid, "secret": "s"}
    token = requests.get(server.url + "/cgi-bin/token", params=account, timeout=10).json()["access_token"]

    def call() -> int:
        query = {"access_token": token, "img_url": "mock://idcard"}
        found: int = requests.post(server.url + "/cv/ocr/idcard", params=query, timeout=10).json()["errcode"]
        return found

    control.clock.advance(hours=1, minutes=59)
    assert call() == 0
    control.clock.advance(seconds=61)
    assert call() == 42001
    control.clock.reset()
    assert call() == 0


def test_quotas_turn_over_at_midnight_in_shanghai(server: Server, control: Control, appid: str) -> None:
    control.clock.freeze("2025-03-04T23:59:59")
    control.quota.exhaust(appid, "ocr.idcard")
    assert ask(server, appid).json()["errcode"] == 101003
    control.clock.advance(seconds=1)
    assert ask(server, appid).json()["errcode"] == 0


def test_replies_carry_the_time_that_is_shown(server: Server, control: Control, appid: str) -> None:
    control.clock.freeze("2025-03-04T00:00:00Z")
    rid = ask(server, appid, url="mock://-1").json()["errmsg"].rpartition(" rid: ")[2]
    assert datetime.fromtimestamp(int(rid[:8], 16), timezone.utc) == datetime(2025, 3, 4, tzinfo=timezone.utc)


@pytest.mark.parametrize(
    "text",
    ["2025-03-04T08:00:00", "2025-03-04T08:00:00+08:00", "2025-03-04T00:00:00Z", "1741046400", 1741046400],
    ids=str,
)
def test_times_may_be_written_in_several_ways(control: Control, text: str | float) -> None:
    state = control.clock.freeze(text)
    assert state.time == "2025-03-04T08:00:00.000+08:00"
    expected = datetime(2025, 3, 4, 8, tzinfo=timezone(timedelta(hours=8))).timestamp()
    assert (state.now, state.frozen) == (expected, True)
    assert control.clock.set(0).frozen
    assert not control.clock.resume().frozen


@pytest.mark.parametrize("text", ["", "tomorrow", "-5", "nan", "2025-13-01", "99999-01-01"])
def test_texts_that_are_no_time_are_refused(control: Control, text: str) -> None:
    with pytest.raises(ControlError, match="time: "):
        control.clock.set(text)


def test_a_clock_of_ones_own_cannot_be_turned() -> None:
    app = create_app(Settings(recognizer=False), clock=Clock())
    control = Control(emulator_of(app))
    with pytest.raises(ControlError, match="given a Clock, which only its owner can turn"):
        control.clock.advance(hours=1)
    assert control.reset().reset == "everything"
    emulator_of(app).close()


def test_there_is_one_clock(server: Server) -> None:
    emulator = server.emulator
    users = [emulator.tokens, emulator.files, emulator.answers._examples, emulator.sessions]
    assert {id(vars(user)["_clock"]) for user in users} == {id(emulator.clock)}
