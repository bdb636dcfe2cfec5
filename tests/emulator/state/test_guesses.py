"""Wrong secrets: who sends them waits, and nobody else does."""

from __future__ import annotations

import threading
from collections.abc import Callable

import pytest

from cloudbase_ocr.core.clock import ManualClock
from cloudbase_ocr.core.errors import WeChatError
from cloudbase_ocr.state.guesses import (
    ATTACKED,
    FORGOTTEN,
    FREE,
    FREE_OF_ADDRESS,
    LONGEST,
    MAX_COUNTS,
    Guesses,
    MemoryGuesses,
    network_of,
)

OWNER, STRANGER = "203.0.113.7", "198.51.100.9"
RIGHT = "the-right-secret"


class Door:
    """Guesses with a clock that stands still, and accounts whose secret is RIGHT."""

    def __init__(self, made: Callable[[ManualClock], Guesses] = MemoryGuesses) -> None:
        self.clock = ManualClock()
        self.guesses = made(self.clock)
        self.looked_at = 0

    def ask(self, address: str, appid: str = "wx1", secret: str = "wrong") -> int:
        """Return the code of one attempt, 0 for a right one."""
        try:
            with self.guesses.attempt(address, appid):
                if appid.startswith("wxnobody"):
                    raise WeChatError(40013, reason="unknown")
                if secret != RIGHT:
                    raise WeChatError(40125, reason="wrong")
        except WeChatError as error:
            self.looked_at += error.code != 45011
            return error.code
        self.looked_at += 1
        return 0

    def lock(self, address: str, appid: str = "wx1") -> None:
        while self.ask(address, appid) != 45011:
            pass


@pytest.fixture(params=["memory", pytest.param("shared", marks=pytest.mark.check)])
def patient_door(request: pytest.FixtureRequest) -> Door:
    """The same for what asks a thousand times."""
    return _door(request)


@pytest.fixture(params=["memory", "shared"])
def door(request: pytest.FixtureRequest) -> Door:
    """Every rule holds in memory, and over all instances that share what they count."""
    return _door(request)


def _door(request: pytest.FixtureRequest) -> Door:
    if request.param == "memory":
        return Door()
    from cloudbase_ocr.state.shared.guesses import SharedGuesses

    shared = request.getfixturevalue("shared")
    return Door(lambda clock: SharedGuesses(shared, clock))


def test_a_few_wrong_secrets_cost_nothing_and_the_right_one_resets(door: Door) -> None:
    for _ in range(4):
        assert [door.ask(OWNER) for _ in range(FREE)] == [40125] * FREE
        assert door.ask(OWNER, secret=RIGHT) == 0


def test_the_wait_doubles_up_to_its_bound_and_a_refused_guess_makes_it_no_longer(patient_door: Door) -> None:
    waits = list[int]()
    for _ in range(FREE):
        patient_door.ask(STRANGER)
    for _ in range(12):
        assert patient_door.ask(STRANGER) == 40125
        waited = 0
        while True:
            if [patient_door.ask(STRANGER) for _ in range(3)] != [45011] * 3:
                pytest.fail("a guess was looked at within the wait")
            patient_door.clock.advance(1)
            waited += 1
            before = patient_door.looked_at
            if waited == min(2 ** len(waits), LONGEST):
                break
            assert patient_door.looked_at == before
        waits.append(waited)
    assert waits == [1, 2, 4, 8, 16, 32, 64, 128, 256, 300, 300, 300]


def test_within_the_wait_the_right_secret_is_refused_too_else_it_would_slow_nobody(door: Door) -> None:
    door.lock(STRANGER)
    assert door.ask(STRANGER, secret=RIGHT) == 45011
    door.clock.advance(LONGEST)
    assert door.ask(STRANGER, secret=RIGHT) == 0
    assert door.ask(STRANGER) == 40125


def test_a_guesser_gets_few_guesses_an_hour_however_many_he_sends() -> None:
    door = Door()
    for _ in range(3600 * 4):
        door.ask(STRANGER)
        door.clock.advance(0.25)
    assert door.looked_at <= 26


def test_wrong_secrets_of_others_never_keep_the_right_one_of_another_address_out(patient_door: Door) -> None:
    for number in range(3 * ATTACKED):
        patient_door.lock(f"198.51.100.{number}")
        assert patient_door.ask(OWNER, secret=RIGHT) == 0
        assert (
            patient_door.ask(f"192.0.2.{number}", secret=RIGHT) == 0
        )  # the owner, from where he never was before


def test_while_an_account_is_attacked_each_address_has_one_guess(door: Door) -> None:
    for number in range(ATTACKED):
        door.ask(f"198.51.100.{number}")
    fresh = "192.0.2.1"
    assert [door.ask(fresh) for _ in range(3)] == [40125, 40125, 45011]
    assert door.ask("192.0.2.2", "wx2") == 40125
    door.clock.advance(FORGOTTEN)
    assert [door.ask(fresh) for _ in range(FREE)] == [40125] * FREE


def test_one_secret_tried_with_many_accounts_counts_for_the_address(door: Door) -> None:
    codes = [door.ask(STRANGER, f"wxnobody{number}") for number in range(FREE_OF_ADDRESS + 2)]
    assert codes == [40013] * (FREE_OF_ADDRESS + 1) + [45011]
    codes = [door.ask("192.0.2.3", f"wx{number}") for number in range(FREE_OF_ADDRESS + 2)]
    assert codes == [40125] * (FREE_OF_ADDRESS + 1) + [45011]


def test_an_account_that_was_right_before_does_not_wait_for_others_behind_the_same_proxy(door: Door) -> None:
    proxy = "10.0.0.1"
    assert door.ask(proxy, "wx1", RIGHT) == 0
    for number in range(FREE_OF_ADDRESS + 2):
        door.ask(proxy, f"wxnobody{number}")
    assert door.ask(proxy, "wx1", RIGHT) == 0
    assert door.ask(proxy, "wx2", RIGHT) == 45011


def test_an_account_of_his_own_does_not_forgive_a_guesser(door: Door) -> None:
    assert door.ask(STRANGER, "wxown", RIGHT) == 0
    for number in range(FREE_OF_ADDRESS + 1):
        assert door.ask(STRANGER, f"wx{number}") == 40125
    assert door.ask(STRANGER, "wxown") == 40125
    assert door.ask(STRANGER, "wxown", RIGHT) == 0
    assert door.ask(STRANGER, "wxfresh") == 45011
    door.lock(STRANGER, "wx1")
    assert door.ask(STRANGER, "wxown", RIGHT) == 0
    assert door.ask(STRANGER, "wx1") == 45011


def test_many_at_once_are_looked_at_one_after_the_other(door: Door) -> None:
    threads = [threading.Thread(target=door.ask, args=(STRANGER,)) for _ in range(100)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(20)
    assert door.looked_at == FREE + 1


def test_the_table_is_bounded_and_invented_accounts_take_no_place_in_it() -> None:
    door = Door()
    guesses = door.guesses
    assert isinstance(guesses, MemoryGuesses)
    for number in range(FREE_OF_ADDRESS):
        door.ask(STRANGER, f"wxnobody{number}")
    assert len(guesses) == 1
    for number in range(MAX_COUNTS + 500):
        door.ask(f"10.{number >> 16}.{number >> 8 & 255}.{number & 255}")
        door.ask(f"10.{number >> 16}.{number >> 8 & 255}.{number & 255}", secret=RIGHT)
        door.ask(f"11.{number >> 16}.{number >> 8 & 255}.{number & 255}")
    assert len(guesses) <= 3 * MAX_COUNTS + 1


def test_counts_are_forgotten_after_a_while_and_by_a_reset(door: Door) -> None:
    door.lock(STRANGER)
    door.clock.advance(FORGOTTEN)
    assert [door.ask(STRANGER) for _ in range(FREE)] == [40125] * FREE
    door.lock(STRANGER)
    door.guesses.reset("wx2")
    assert door.ask(STRANGER, secret=RIGHT) == 45011
    door.guesses.reset("wx1")
    assert door.ask(STRANGER, secret=RIGHT) == 0
    door.lock(STRANGER)
    door.guesses.reset()
    assert door.ask(STRANGER, secret=RIGHT) == 0


def test_what_is_missing_is_no_guess(door: Door) -> None:
    for _ in range(50):
        with pytest.raises(WeChatError, match="41004"), door.guesses.attempt(STRANGER, "wx1"):
            raise WeChatError(41004)
    assert door.ask(STRANGER, secret=RIGHT) == 0


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("2001:db8:1:2:3::4", "2001:db8:1:2:ffff::1"),
        ("::ffff:203.0.113.7", "203.0.113.7"),
        ("::1", "::2"),
        ("fe80::1%eth0", "fe80::2"),
    ],
)
def test_these_are_one_address(one: str, other: str) -> None:
    assert network_of(one) == network_of(other)


def test_other_networks_and_what_is_no_address_stand_for_themselves() -> None:
    assert network_of("2001:db8:1:2::1") != network_of("2001:db8:1:3::1")
    assert network_of("203.0.113.7") != network_of("203.0.113.8")
    assert network_of("") == ""


@pytest.mark.parametrize(
    ("appid", "told"),
    [("wx0000000000000001", "wx0000000000000001"), ("a-secret-in-the-wrong-place", "a-***")],
)
def test_the_reason_names_account_and_address(door: Door, appid: str, told: str) -> None:
    with pytest.raises(WeChatError) as wrong, door.guesses.attempt(STRANGER, appid):
        raise WeChatError(40125, reason="the secret is wrong")
    assert wrong.value.reason == f"the secret is wrong: appid {told}, from {STRANGER}"
    door.lock(STRANGER, appid)
    with pytest.raises(WeChatError) as refused, door.guesses.attempt(STRANGER, appid):
        pass
    assert refused.value.code == 45011
    assert STRANGER in refused.value.reason
    assert f"for appid {told}" in refused.value.reason
