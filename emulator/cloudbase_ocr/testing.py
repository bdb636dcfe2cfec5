"""The pytest plugin: the fixture ``ocr_emulator`` is a live emulator, with an account of its own for each test.

It comes with the package, nothing has to be imported or switched on. The emulator lives as long as the test session,
in the process of the tests; with pytest-xdist each worker has one. After each test everything is reset: accounts,
quotas, faults, the clock.

Nothing heavy is imported before a test asks for the fixture: no Flask, no numpy, no OCR engine.
"""

from __future__ import annotations

import os
from contextlib import ExitStack, closing, nullcontext
from dataclasses import asdict, replace
from typing import TYPE_CHECKING, Any

import pytest

from cloudbase_ocr.live import EmulatorOfTests, LiveEmulator, OcrEmulator, start
from cloudbase_ocr.live.per_test import worker

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from cloudbase_ocr.settings import Settings

__all__ = [
    "OcrEmulator",
    "make_ocr_emulator",
    "ocr_emulator",
    "ocr_emulator_session",
    "ocr_emulator_settings",
]

_DEBUG_PORT = "CLOUDBASE_OCR_DEBUG_PORT"


def _debugged(settings: Settings) -> Settings:
    """Let functions wait for a debugger if the variable that `serve` has for that is set: no test need be changed."""
    from cloudbase_ocr.settings import RANGES

    text = os.environ.get(_DEBUG_PORT, "")
    if not text or settings.debug_port is not None:
        return settings
    low, high = RANGES["debug_port"]
    if not text.isascii() or not text.isdigit() or not low <= int(text) <= (high or 0):
        raise pytest.UsageError(f"{_DEBUG_PORT} is a port from {low} to {high}, and not {text!r}")
    if worker():
        raise pytest.UsageError(
            f"{_DEBUG_PORT}: a debugger attaches to one process of tests; run pytest with -n 0"
        )
    return replace(settings, debug_port=int(text), debug_wait=True)


@pytest.fixture(scope="session")
def ocr_emulator_settings() -> Settings:
    """The emulator's settings; a fixture of this name in your conftest.py replaces them, except for the port."""
    from cloudbase_ocr.settings import Settings

    return Settings()


@pytest.fixture(scope="session")
def _emulator_of_tests(
    request: pytest.FixtureRequest, ocr_emulator_settings: Settings
) -> Iterator[EmulatorOfTests]:
    plugins = request.config.pluginmanager
    reporter, capture = plugins.get_plugin("terminalreporter"), plugins.get_plugin("capturemanager")

    def tell(line: str) -> None:
        # At once, and not as part of what a test has printed: what follows may wait for somebody who reads it.
        with capture.global_and_fixture_disabled() if capture is not None else nullcontext():
            if reporter is not None:
                reporter.write_line(line)
                reporter.flush()

    try:
        emulator = EmulatorOfTests(_debugged(ocr_emulator_settings))
    except ValueError as error:
        raise pytest.UsageError(f"ocr_emulator_settings: {error}") from error
    for line in emulator.host.emulator.runtime.debugging.lines():
        tell(line)
    with closing(emulator):
        yield emulator


@pytest.fixture
def ocr_emulator(_emulator_of_tests: EmulatorOfTests) -> Iterator[OcrEmulator]:
    """A live emulator of WeChat's OCR and of CloudBase functions, with an account of its own for this test."""
    yield _emulator_of_tests.account()
    _emulator_of_tests.reset()


@pytest.fixture(scope="session")
def make_ocr_emulator(ocr_emulator_settings: Settings) -> Iterator[Callable[..., LiveEmulator]]:
    """Starts more emulators, for fixtures of any scope: ``make_ocr_emulator(quota_per_day=5)``.

    What is not given is as `ocr_emulator_settings` says. Each has a state of its own, which no end of a test resets,
    and lives until it is closed or the session ends.
    """
    with ExitStack() as stack:

        def make(**settings: Any) -> LiveEmulator:
            given = {**asdict(ocr_emulator_settings), "port": 0, **settings}
            return stack.enter_context(start(**given))

        yield make


@pytest.fixture(scope="session")
def ocr_emulator_session(make_ocr_emulator: Callable[..., LiveEmulator]) -> LiveEmulator:
    """One live emulator for the whole session, for fixtures of the session, a package, a module or a class.

    It is another one than `ocr_emulator`, so that what a test leaves there changes nothing here. `reset` brings back
    what a fresh start has.
    """
    return make_ocr_emulator()


@pytest.hookimpl(wrapper=True)
def pytest_runtest_call(item: pytest.Item) -> Iterator[None]:
    """Fail a test that made a call which no fixture fits, where only fixtures may answer; if it failed, say so."""
    emulator = getattr(item, "funcargs", {}).get("ocr_emulator")
    try:
        yield
    except BaseException:
        if isinstance(emulator, OcrEmulator):
            try:
                emulator.assert_all_matched()
            except AssertionError as missed:
                item.add_report_section("call", "ocr_emulator", str(missed))
        raise
    if isinstance(emulator, OcrEmulator):
        emulator.assert_all_matched()
