"""What the tests of the page Try share: an emulator that reads, a specimen's truth, and what the page shows."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from cloudbase_ocr.server import Server, running
from cloudbase_ocr.settings import Settings
from tests.emulator.console.browser import Browser

SPECIMENS = Path(__file__).parents[3] / "emulator" / "cloudbase_ocr" / "specimens"
CARD = SPECIMENS / "idcard-front.jpg"
TRUTH = json.loads(CARD.with_suffix(".json").read_text(encoding="utf-8"))
LONG = 90.0


@pytest.fixture(scope="session")
def reading() -> Iterator[Server]:
    """An emulator that reads pictures, its engine loaded; patient, because tests run on busy machines, too."""
    with running(Settings(port=0, recognizer_limit=LONG, recognizer_timeout=LONG)) as server:
        assert server.emulator.recognizer is not None
        server.emulator.recognizer.warm()
        yield server


def answered(browser: Browser) -> None:
    browser.find("#result.answered", seconds=LONG)
    browser.find("#copies", seconds=LONG)


def read_specimen(browser: Browser, server: Server, name: str, **options: Any) -> None:
    browser.open(server.url + "/", **options)
    browser.click(f"[data-specimen={name}]")
    answered(browser)


def has_copied(browser: Browser, text: str) -> bool:
    return browser.clipboard() == text


def row(browser: Browser, path: str) -> str:
    return browser.text(f'#fields tr[data-path="{path}"]')
