"""An emulator as tests of other people's code have it, for all tests of a module."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from cloudbase_ocr import start

if TYPE_CHECKING:
    from collections.abc import Iterator

    from cloudbase_ocr import LiveEmulator


@pytest.fixture(scope="module")
def live_emulator() -> Iterator[LiveEmulator]:
    """One without a recognizer."""
    with start(recognizer=False) as emulator:
        yield emulator


@pytest.fixture
def ocr(live_emulator: LiveEmulator) -> LiveEmulator:
    """The same, with nothing left of the test before."""
    live_emulator.control.reset()
    return live_emulator
