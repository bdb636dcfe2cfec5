"""One emulator for many tests, each with an account of its own: for pytest's fixture, for unittest and Django."""

from __future__ import annotations

import os
from dataclasses import replace
from typing import TYPE_CHECKING, Any, ClassVar

from cloudbase_ocr.live.emulator import OcrEmulator
from cloudbase_ocr.live.host import Host

if TYPE_CHECKING:
    from collections.abc import Mapping
    from unittest import TestCase

    from cloudbase_ocr.settings import Settings
else:
    TestCase = object


class EmulatorOfTests:
    """The emulator of some tests; between two of them everything is reset."""

    def __init__(self, settings: Settings) -> None:
        """Make it, with any free port.

        Raises:
            ValueError: the settings name the only accounts that may call, and so no test can have one of its own.
        """
        if settings.apps:
            raise ValueError(
                "apps names the only accounts that may call, and each test has one of its own; leave apps empty"
            )
        self.host = Host(replace(settings, port=0))
        self._tests = 0

    def account(self) -> OcrEmulator:
        """Return the emulator as an account that no other test has; functions belong to it from now on."""
        self._tests += 1
        appid = f"wx{worker():04d}{self._tests:012d}"
        self.host.emulator.runtime.set_env(WECHAT_APPID=appid)
        return OcrEmulator(self.host, appid)

    def reset(self) -> None:
        """Bring back what a fresh start has, for every account."""
        from cloudbase_ocr.control.facade import Control

        Control(self.host.emulator).reset()

    def close(self) -> None:
        """Release the port, and end the functions' processes."""
        self.host.close()


def worker() -> int:
    """Return the number of the pytest-xdist worker, counted from 1; 0 without pytest-xdist."""
    name = os.environ.get("PYTEST_XDIST_WORKER", "")
    return int(name[2:]) + 1 if name.startswith("gw") and name[2:].isdigit() else 0


class OcrEmulatorMixin(TestCase):
    """Gives each test a live emulator as ``self.ocr_emulator``, with an account of its own.

    It comes before the test case: ``class CardTests(OcrEmulatorMixin, TestCase)``. The emulator lives as long as the
    class, and is reset after each test. `ocr_emulator_settings` are those of :func:`cloudbase_ocr.start`, by name.
    A class with a setUp or setUpClass of its own calls super() first, as always.
    """

    ocr_emulator_settings: ClassVar[Mapping[str, Any]] = {}
    ocr_emulator: OcrEmulator
    _emulator_of_tests: ClassVar[EmulatorOfTests]

    @classmethod
    def setUpClass(cls) -> None:
        """Make the emulator."""
        from cloudbase_ocr.given_settings import settings_of

        super().setUpClass()
        cls._emulator_of_tests = EmulatorOfTests(settings_of(**cls.ocr_emulator_settings))
        cls.addClassCleanup(cls._emulator_of_tests.close)

    def setUp(self) -> None:
        """Give the test an account."""
        super().setUp()
        self.ocr_emulator = self._emulator_of_tests.account()
        self.addCleanup(self._emulator_of_tests.reset)
        self.addCleanup(self.ocr_emulator.assert_all_matched)
