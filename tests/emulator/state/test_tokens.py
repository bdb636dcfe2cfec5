"""The rules of tokens, in memory and over all instances that share them: the same answers in both."""

from __future__ import annotations

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from random import Random

import pytest

from cloudbase_ocr.core.clock import ManualClock
from cloudbase_ocr.core.errors import WeChatError
from cloudbase_ocr.state.memory_tokens import MemoryTokens
from cloudbase_ocr.state.tokens import REMEMBERED, KeptSlot, TokenStore

START = 1_760_000_000.25
APPID, OTHER = "wx-一", 'wx:"2'


class Tokens:
    """A store with a clock that stands still; `again` gives another instance's view of the same tokens."""

    def __init__(self, made: Callable[[ManualClock, Random], TokenStore], shared: bool) -> None:
        self.clock = ManualClock(START)
        self.made = made
        self.shared = shared
        self.store = made(self.clock, Random(1))

    def again(self, seed: int = 2) -> TokenStore:
        return self.made(self.clock, Random(seed)) if self.shared else self.store

    def code(self, text: str, *, container: bool = False) -> int:
        try:
            self.again().owner(text, container=container)
        except WeChatError as error:
            return error.code
        return 0


@pytest.fixture(params=["memory", "shared"])
def tokens(request: pytest.FixtureRequest) -> Tokens:
    if request.param == "memory":
        return Tokens(MemoryTokens, shared=False)
    from cloudbase_ocr.state.shared.tokens import SharedTokens

    shared = request.getfixturevalue("shared")
    return Tokens(lambda clock, random: SharedTokens(shared, clock, random), shared=True)


def test_a_new_token_replaces_the_former_after_five_minutes(tokens: Tokens) -> None:
    first, second = tokens.store.issue(APPID), tokens.again().issue(APPID)
    assert (first.expires_in, second.expires_in) == (7200, 7200)
    tokens.clock.advance(299)
    assert (tokens.code(first.access_token), tokens.code(second.access_token)) == (0, 0)
    tokens.clock.advance(1)
    assert (tokens.code(first.access_token), tokens.code(second.access_token)) == (40001, 0)
    tokens.clock.advance(6900)
    assert tokens.code(second.access_token) == 42001


def test_only_the_latest_two_work(tokens: Tokens) -> None:
    texts = [tokens.store.issue(APPID).access_token for _ in range(3)]
    assert [tokens.code(text) for text in texts] == [40001, 0, 0]


def test_the_stable_token_is_the_same_until_its_last_five_minutes(tokens: Tokens) -> None:
    first = tokens.store.stable(APPID)
    tokens.clock.advance(6899)
    again = tokens.again().stable(APPID)
    assert (again.access_token, again.expires_in) == (first.access_token, 301)
    tokens.clock.advance(1)
    renewed = tokens.again().stable(APPID)
    assert renewed.access_token != first.access_token
    assert tokens.code(first.access_token) == 0
    tokens.clock.advance(300)
    assert (tokens.code(first.access_token), tokens.code(renewed.access_token)) == (42001, 0)


def test_refreshes_by_force_thirty_seconds_apart_and_twenty_a_day(tokens: Tokens) -> None:
    tokens.clock.advance(86400 - (START + 8 * 3600) % 86400)  # midnight in Shanghai
    leaked = tokens.store.stable(APPID).access_token
    done = 0
    for _ in range(21):
        grant = tokens.store.refresh_stable(APPID)
        done += grant is not None
        assert tokens.again().refresh_stable(APPID) is None
        tokens.clock.advance(30)
    assert done == 20
    assert tokens.code(leaked) == 40001
    assert tokens.store.refresh_stable(OTHER) is not None
    tokens.clock.advance(86400)
    assert tokens.again().refresh_stable(APPID) is not None


def test_kinds_are_isolated_and_not_interchangeable(tokens: Tokens) -> None:
    plain, stable = tokens.store.issue(APPID).access_token, tokens.store.stable(APPID).access_token
    container = tokens.store.container(APPID)
    assert container.expires_in == 1800
    assert tokens.again().container(APPID) == container
    for _ in range(2):
        tokens.store.issue(APPID)
    assert (tokens.code(plain), tokens.code(stable)) == (40001, 0)
    assert [tokens.code(container.access_token, container=each) for each in (True, False)] == [0, 40001]
    assert tokens.code(stable, container=True) == 40001


def test_unknown_tokens_and_those_of_too_many_before(tokens: Tokens) -> None:
    texts = [tokens.store.issue(APPID).access_token for _ in range(REMEMBERED + 2)]
    assert tokens.again().appid_of(texts[1]) is None
    assert tokens.again().appid_of(texts[2]) == APPID
    for odd in ("", "x", "\udcff", "99_" + "a" * 5000):
        assert tokens.code(odd) == 40001


def test_tokens_are_ended_and_forgotten_by_account(tokens: Tokens) -> None:
    mine, other = tokens.store.issue(APPID).access_token, tokens.store.issue(OTHER).access_token
    assert tokens.again().revoke(APPID) == 1
    assert (tokens.code(mine), tokens.code(other)) == (40001, 0)
    assert tokens.again().expire() == 1
    assert (tokens.code(mine), tokens.code(other)) == (40001, 42001)
    states = {state.appid: state for state in tokens.again().states()}
    assert (states[APPID].state, states[APPID].ended, states[APPID].age) == ("replaced", True, 0.0)
    assert states[OTHER].state == "expired"
    assert mine.startswith(states[APPID].start)
    assert len(states[APPID].start) == 5
    tokens.store.reset(OTHER)
    assert (tokens.again().appid_of(mine), tokens.again().appid_of(other)) == (APPID, None)
    tokens.store.reset()
    assert tokens.again().states() == []


def test_states_are_the_latest_first(tokens: Tokens) -> None:
    texts = [tokens.store.issue(APPID).access_token for _ in range(3)]
    tokens.clock.advance(60)
    states = tokens.again().states(APPID)
    assert [state.start for state in states] == [text[:5] for text in reversed(texts)]
    assert [state.age for state in states] == [60.0] * 3


def test_what_was_kept_comes_back(tokens: Tokens) -> None:
    slot = KeptSlot(START - 10, (("old", START + 10, START + 5), ("new", START + 7000, None)))
    tokens.store.restore(APPID, "stable", slot)
    assert tokens.again().kept(APPID, "stable") == slot
    assert tokens.again().kept(OTHER, "stable") is None
    assert (tokens.code("old"), tokens.code("new")) == (0, 0)
    assert tokens.again().stable(APPID).access_token == "new"
    assert tokens.again().refresh_stable(APPID) is None
    tokens.clock.advance(20)
    assert tokens.again().refresh_stable(APPID) is not None


def test_many_at_once_get_one_stable_token(tokens: Tokens) -> None:
    stores = [tokens.again(seed) for seed in (7, 7, 8)]
    with ThreadPoolExecutor(16) as pool:
        texts = set(pool.map(lambda number: stores[number % 3].stable(APPID).access_token, range(100)))
        assert len(texts) == 1
        forced = [*pool.map(lambda number: stores[number % 3].refresh_stable(APPID), range(50))]
    assert len([grant for grant in forced if grant is not None]) == 1


def test_the_same_seed_never_gives_a_token_twice(tokens: Tokens) -> None:
    seen = {tokens.again(5).issue(appid).access_token for appid in (APPID, OTHER, "wx3")}
    assert len(seen) == 3
