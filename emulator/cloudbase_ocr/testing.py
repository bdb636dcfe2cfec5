"""The pytest plugin: the fixture ``ocr_emulator`` is a live emulator, with an account of its own for each test.

It comes with the package, nothing has to be imported or switched on. The emulator lives as long as the test session,
in the process of the tests; with pytest-xdist each worker has one. After each test everything is reset: accounts,
quotas, faults, the clock.

Nothing heavy is imported before a test asks for the fixture: no Flask, no numpy, no OCR engine.
"""

from __future__ import annotations

import os
from contextlib import closing
from dataclasses import replace
from typing import TYPE_CHECKING

import pytest

from cloudbase_ocr.live import Host, OcrEmulator

if TYPE_CHECKING:
    from collections.abc import Iterator

    from cloudbase_ocr.settings import Settings

__all__ = ["OcrEmulator", "ocr_emulator", "ocr_emulator_settings"]


class _Session:
    """The emulator of one test session."""

    def __init__(self, settings: Settings) -> None:
        if settings.apps:
            raise pytest.UsageError(
                "ocr_emulator_settings: apps names the only accounts that may call, and each test has one of its own; "
                "leave apps empty"
            )
        self._host = Host(replace(settings, port=0))
        self._tests = 0

    def account(self) -> OcrEmulator:
        """Return the emulator as an account that no other test has; functions belong to it from now on."""
        self._tests += 1
        appid = f"wx{_worker():04d}{self._tests:012d}"
        self._host.emulator.runtime.set_env(WECHAT_APPID=appid)
        return OcrEmulator(self._host, appid)

    def reset(self, emulator: OcrEmulator) -> None:
        emulator.control.reset()
        self._host.calls.clear()

    def close(self) -> None:
        self._host.close()


def _worker() -> int:
    """Return the number of the pytest-xdist worker, counted from 1; 0 without pytest-xdist."""
    name = os.environ.get("PYTEST_XDIST_WORKER", "")
    return int(name[2:]) + 1 if name.startswith("gw") and name[2:].isdigit() else 0


@pytest.fixture(scope="session")
def ocr_emulator_settings() -> Settings:
    """The emulator's settings; a fixture of this name in your conftest.py replaces them, except for the port."""
    from cloudbase_ocr.settings import Settings

    return Settings()


@pytest.fixture(scope="session")
def _ocr_emulator_session(ocr_emulator_settings: Settings) -> Iterator[_Session]:
    with closing(_Session(ocr_emulator_settings)) as session:
        yield session


@pytest.fixture
def ocr_emulator(_ocr_emulator_session: _Session) -> Iterator[OcrEmulator]:
    """A live emulator of WeChat's OCR and of CloudBase functions, with an account of its own for this test."""
    emulator = _ocr_emulator_session.account()
    yield emulator
    _ocr_emulator_session.reset(emulator)
