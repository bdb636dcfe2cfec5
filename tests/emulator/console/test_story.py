"""One person's way through all pages, in a real browser: read a card, call a function, break something, repair it."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
import requests

from cloudbase_ocr.server import Server, running
from cloudbase_ocr.settings import Settings
from tests.emulator.console.browser import Browser
from tests.emulator.console.stage import LONG, PICTURES


@pytest.fixture(scope="module")
def reading() -> Iterator[Server]:
    with running(Settings(port=0)) as server:
        assert server.emulator.recognizer is not None
        server.emulator.recognizer.warm()
        yield server


def test_from_a_picture_to_a_repaired_call(browser: Browser, reading: Server) -> None:
    # Drop a specimen: its fields, and a box around each.
    browser.open(reading.url + "/")
    browser.drop("#drop", PICTURES / "idcard-front.jpg")
    browser.find("#result.answered", seconds=LONG)
    for path in ("name", "id", "addr"):
        browser.find(f'#fields tr[data-path="{path}"]')
    assert len(browser.all("#quads polygon")) >= 5
    # Call the function: it answers.
    browser.click("nav a", "Functions")
    browser.click("#functions a[data-name=idcard]")
    browser.find("#name", "idcard")
    browser.click("#send")
    browser.find("#outcome", "openapi.ocr.idcard:ok", seconds=LONG)
    # Switch a fault on: every page says so.
    browser.click("nav a", "Control")
    browser.click("#fault-busy")
    browser.find("#banner", "faults: 1")
    # The next call shows it in the journal, while one looks.
    browser.click("nav a", "Journal")
    browser.find("#banner", "faults: 1")
    browser.find("#calls .call-facts")
    before = len(browser.all("#calls a"))
    url = reading.url + "/cv/ocr/idcard?access_token=mock://wx1&img_url=mock://idcard"
    assert requests.post(url, timeout=30).json()["errcode"] == -1
    browser.wait(lambda: len(browser.all("#calls a")) == before + 1, "the call that failed")
    browser.find("#calls li:first-child .badge.warn", "Fault")
    browser.click("#calls li:first-child a")
    browser.find("#tree", "Fault: f1")
    # Repair it, turn the clock, and send the call again: now it is answered.
    browser.click("nav a", "Control")
    browser.click("#fault-busy")
    browser.gone("#banner")
    browser.click("#clock [data-advance='3600']")
    browser.find("#banner", "clock")
    browser.click("nav a", "Journal")
    browser.click("#calls li:first-child a")
    browser.click("#tree .actions button", "Resend")
    browser.find("#tree .notice.warn", "code")
    browser.find("#tree", "magic URL idcard")
    times = [tree.started for tree in reading.emulator.journal.trees()[:2]]
    assert times[0] - times[1] >= 3600
