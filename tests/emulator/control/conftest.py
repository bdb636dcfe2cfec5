"""One emulator for the tests of the control side; each test uses an account of its own."""

from __future__ import annotations

import itertools
from collections.abc import Iterator

import pytest

from cloudbase_ocr.control.facade import Control
from cloudbase_ocr.server import Server, running
from cloudbase_ocr.settings import Settings

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
