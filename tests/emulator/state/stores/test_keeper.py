"""What a request costs with ``--state``: what it changed, and nothing for what others have."""

from __future__ import annotations

import tracemalloc
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from cloudbase_ocr.answers import read_fixture
from cloudbase_ocr.app import create_app
from cloudbase_ocr.core.clock import ManualClock
from cloudbase_ocr.settings import Settings
from cloudbase_ocr.state.emulator import Emulator, emulator_of
from cloudbase_ocr.state.stores import StateKeeper

ACCOUNTS = 20_000
SLOTS = 9_000
MOST_BYTES = 30_000
"""What saving may take for a moment; references to 20,000 rows alone are 160,000 bytes."""

START = 1_760_000_000.0
ENTRY: dict[str, Any] = {
    "method": "idcard",
    "provenance": "written",
    "reference": "a test",
    "reply": {"type": "Front", "name": "林知夏"},
}


class Kept:
    """An emulator with a state file, and what saving it costs."""

    def __init__(self, folder: Path, accounts: int = 0) -> None:
        self.clock = ManualClock(START)
        chosen = Settings(recognizer=False, state=folder, seed=1)
        self.emulator: Emulator = emulator_of(create_app(chosen, clock=self.clock))
        assert self.emulator.keeper is not None
        self.keeper: StateKeeper = self.emulator.keeper
        for number in range(accounts):
            self.emulator.quotas.set_used(f"wx{number}", "idcard", 1)
            self.emulator.quotas.set_limit(f"wx{number}", "idcard", 9)
        for number in range(min(accounts, SLOTS)):
            self.emulator.tokens.issue(f"wx{number}")
        self.keeper.save()
        self._database = self.keeper._database._connection

    def work(self, change: Callable[[Emulator], object]) -> tuple[list[str], int]:
        """Return the statements that saving a change runs, without values, and the bytes that it takes meanwhile."""
        change(self.emulator)
        statements: list[str] = []
        self._database.set_trace_callback(lambda text: statements.append(" ".join(text.split()[:3])))
        tracemalloc.start()
        self.keeper.save()
        peak = tracemalloc.get_traced_memory()[1]
        tracemalloc.stop()
        self._database.set_trace_callback(None)
        return statements, peak

    def rows(self) -> dict[str, int]:
        query = "SELECT store, count(*) FROM rows GROUP BY store"
        return {store.decode(): count for store, count in self._database.execute(query)}

    def close(self) -> None:
        self.emulator.close()


CHANGES: dict[str, Callable[[Emulator], object]] = {
    "nothing": lambda emulator: emulator.tokens.states("nobody"),
    "a read that counts": lambda emulator: emulator.quotas.reserve("wx0", "idcard"),
    "a new token": lambda emulator: emulator.tokens.issue("wx0"),
    "the same token": lambda emulator: emulator.tokens.stable("wx0"),
    "a limit": lambda emulator: emulator.quotas.set_limit("wx0", "idcard", 3),
    "a file": lambda emulator: emulator.files.put("local-ocr", "a.jpg", b"x"),
    "no file any more": lambda emulator: emulator.files.delete(emulator.files.file_id("local-ocr", "a.jpg")),
    "no limit any more": lambda emulator: emulator.quotas.clear_limits("wx0", "idcard"),
    "a fixture": lambda emulator: emulator.answers.book.add(
        read_fixture({**ENTRY, "name": "idcard/x"}, "", Path())
    ),
}


@pytest.mark.check
def test_a_request_costs_the_same_with_20000_accounts_as_with_one(tmp_path: Path) -> None:
    one, many = Kept(tmp_path / "one", 1), Kept(tmp_path / "many", ACCOUNTS)
    assert many.rows()["counters"] == many.rows()["limits"] == ACCOUNTS
    for name, change in CHANGES.items():
        statements, _ = one.work(change)
        of_many, peak = many.work(change)
        assert of_many == statements, name
        assert peak < MOST_BYTES, f"{name}: {peak} bytes"
        assert len(statements) <= 3, "BEGIN, one row, COMMIT"
        assert (statements == []) == (name == "nothing"), name
    one.close()
    many.close()


def test_what_changed_is_in_the_file_after_each_save(tmp_path: Path) -> None:
    kept = Kept(tmp_path)
    emulator, tokens = kept.emulator, kept.emulator.tokens
    emulator.quotas.set_limit("wx1", "idcard", 3)
    emulator.quotas.set_limit("wx2", "idcard", 4)
    emulator.quotas.reserve("wx1", "idcard")
    tokens.issue("wx1")
    tokens.stable("wx2")
    tokens.refresh_stable("wx2")
    emulator.files.put("local-ocr", "a.jpg", b"x")
    for name in ("a", "b", "c"):
        emulator.answers.book.add(read_fixture({**ENTRY, "name": f"idcard/{name}"}, "", Path()))
    kept.keeper.save()
    assert kept.rows() == {"counters": 2, "files": 2, "fixtures": 3, "limits": 2, "tokens": 2}
    emulator.answers.book.remove("idcard/a")
    emulator.quotas.reset("wx1")
    tokens.reset("wx2")
    emulator.files.reset()
    kept.keeper.save()
    assert kept.rows() == {"files": 1, "fixtures": 2, "limits": 1, "tokens": 1}
    tokens.revoke()
    kept.keeper.save()
    emulator.answers.book.reset()
    kept.keeper.save()
    kept.close()
    again = Kept(tmp_path)
    assert [state.state for state in again.emulator.tokens.states()] == ["replaced"]
    assert again.emulator.answers.book.added == []
    assert again.rows() == {"files": 1, "limits": 1, "tokens": 1}
    again.close()


def test_counts_of_a_day_that_is_over_leave_the_file(tmp_path: Path) -> None:
    kept = Kept(tmp_path)
    for number in range(5):
        kept.emulator.quotas.set_used(f"wx{number}", "idcard", 1)
    kept.keeper.save()
    kept.clock.advance(86400)
    kept.emulator.quotas.set_used("wx9", "idcard", 1)
    kept.keeper.save()
    assert kept.rows()["counters"] == 1
    kept.close()


def test_accounts_that_make_room_for_others_leave_the_file(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("cloudbase_ocr.state.memory_tokens._MAX_ACCOUNTS", 3)
    kept = Kept(tmp_path, 5)
    assert kept.rows()["tokens"] == 3
    kept.close()


def test_without_a_state_file_nothing_is_noted() -> None:
    emulator = emulator_of(create_app(Settings(recognizer=False)))
    emulator.tokens.issue("wx1")
    emulator.quotas.set_used("wx1", "idcard", 1)
    assert emulator.tokens.changes.take() == emulator.quotas.counters["ocr"].changes.take() == set()
    emulator.close()
