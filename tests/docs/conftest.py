"""Emulators for the tests of the documentation: one with everything on, and others by their settings."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import ExitStack
from typing import Any

import pytest

from cloudbase_ocr.app import create_app
from cloudbase_ocr.core.clock import Clock
from cloudbase_ocr.server import Server, running
from cloudbase_ocr.settings import Settings

Start = Callable[..., Server]


@pytest.fixture(scope="module")
def emulator() -> Iterator[Server]:
    """An emulator as `cloudbase-ocr serve` starts it, with the engine loaded."""
    with running(Settings(port=0)) as server:
        assert server.emulator.recognizer is not None
        server.emulator.recognizer.warm()
        yield server


@pytest.fixture
def start() -> Iterator[Start]:
    """Starts emulators without recognizer, by settings; they stop when the test ends."""
    with ExitStack() as stack:

        def start_one(*, clock: Clock | None = None, **settings: Any) -> Server:
            chosen = Settings(**{"port": 0, "recognizer": False, **settings})
            return stack.enter_context(running(chosen, create_app(chosen, clock=clock)))

        yield start_one
