"""One emulator for the tests of the control side; each test uses an account of its own."""

from __future__ import annotations

import itertools
from collections.abc import Iterator

import pytest

from emulator.control.facade import Control
from emulator.server import Server, running
from emulator.settings import Settings

_NUMBERS = itertools.count(1)


@pytest.fixture(scope="module")
def server() -> Iterator[Server]:
    with running(Settings(port=0, recognizer=False, seed=7)) as running_server:
        yield running_server


@pytest.fixture
def control(server: Server) -> Iterator[Control]:
    control = Control(server.emulator)
    yield control
    control.reset()


@pytest.fixture
def appid() -> str:
    return f"wxcontrol{next(_NUMBERS)}"
