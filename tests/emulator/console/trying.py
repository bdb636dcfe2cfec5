"""What the tests of the page Try share: an emulator that reads, a specimen's truth, and what the page shows."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from cloudbase_ocr.server import Server, running
from cloudbase_ocr.settings import Settings
from tests.bench.ocr.specimens.truths import truth_of
from tests.emulator.console.browser import Browser

SPECIMENS = Path(__file__).parents[3] / "emulator" / "cloudbase_ocr" / "specimens"
CARD = SPECIMENS / "idcard-front.jpg"
TRUTH = truth_of(CARD.stem)
LONG = 90.0
HEIC = b"\x00\x00\x00\x18ftypheic\x00\x00\x00\x00"


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


def answer_for(key: str) -> dict[str, Any]:
    """What the emulator answers for a picture of nobody, without reading one."""
    return {
        "method": f"ocr.{key}",
        "guessed": False,
        "candidates": [{"method": f"ocr.{key}", "score": 0.98}],
        "picture": {"width": 100, "height": 60, "bytes": 1000, "sha256": "0" * 64},
        "wechat": {"errcode": 0, "errmsg": "ok", "name": TRUTH["name"]},
        "cloud": {"name": TRUTH["name"], "errMsg": "ok", "errCode": 0},
        "market": None,
        "reason": None,
        "fields": [
            {
                "path": "name",
                "camel": "name",
                "value": TRUTH["name"],
                "confidence": 0.91,
                "quads": [],
                "checks": [],
            }
        ],
        "stages": [{"name": "decode", "seconds": 0.1}],
        "seconds": 0.5,
    }


# Lets the page have the answer that is given, and keeps what it asks.
ANSWERED = """
const answer = arguments[0]
const real = window.fetch
window.asked = []
window.fetch = (place, options) => {
  if (!String(place).endsWith('/recognize')) return real(place, options)
  window.asked.push(JSON.parse(options.body))
  return Promise.resolve(new Response(JSON.stringify(answer)))
}
"""
