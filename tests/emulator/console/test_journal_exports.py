"""What leaves the page Journal, as a HAR and as a command, and what is masked in neither of them nor on the page."""

from __future__ import annotations

import json
import shlex
from datetime import datetime
from typing import Any

import pytest
import requests

from cloudbase_ocr.control.facade import Control
from cloudbase_ocr.server import Server
from cloudbase_ocr.specimens.catalog import SPECIMENS
from tests.emulator.console.browser import Browser

NAME = "欧阳明月"
SECRET = "a-secret-of-nobody"
EXAMPLE = "张三"
SAVED = """
URL.createObjectURL = ((real) => (blob) => { window.saved = blob; return real.call(URL, blob) })(URL.createObjectURL)
"""


def invoke(server: Server, **data: Any) -> None:
    body = {"name": "idcard", "data": data}
    assert requests.post(server.url + "/_emulator/invoke", json=body, timeout=60).ok


def ocr(server: Server, data: bytes | None = None, **query: str) -> None:
    files = {"img": ("a.jpg", data, "image/jpeg")} if data else None
    query = {"access_token": "mock://wx1", **query}
    requests.post(server.url + "/cv/ocr/idcard", params=query, files=files, timeout=30)


def open_latest(browser: Browser, server: Server) -> None:
    browser.open(server.url + "/console/journal")
    browser.click("#calls li:first-child a")
    browser.find("#tree .entry")


def test_an_empty_journal_says_what_to_do(browser: Browser, fresh: Server) -> None:
    browser.open(fresh.url + "/console/journal")
    browser.find("#count", "0 of 0")
    assert "No calls yet." in browser.text("#none")
    assert "Pictures on the page Try" in browser.text("#none")
    assert [link.get_attribute("href") for link in browser.all("#none a")] == [
        fresh.url + "/console/functions",
        fresh.url + "/console/connect",
    ]
    browser.fill("#code", "7")
    browser.find("#no-match", "No calls match the filter.")
    browser.gone("#none")
    browser.run("document.getElementById('code').value = ''")
    browser.run("document.getElementById('filters').dispatchEvent(new Event('input'))")
    browser.find("#none", "No calls yet.")


def test_the_har_has_every_request_and_no_secret(browser: Browser, fresh: Server) -> None:
    query = {"grant_type": "client_credential", "appid": "wx1", "secret": SECRET}
    token = requests.get(fresh.url + "/cgi-bin/token", params=query, timeout=20).json()["access_token"]
    ocr(fresh, SPECIMENS[0].picture, access_token=token)
    invoke(fresh, imgUrl="mock://idcard")
    browser.open(fresh.url + "/console/journal")
    browser.find("#calls .call-facts")
    browser.run(SAVED)
    browser.click("#har")
    browser.find("#status", "Exported")
    said = browser.run_async("const done = arguments[0]; window.saved.text().then(done)")
    assert SECRET not in said
    assert token not in said
    log = json.loads(said)["log"]
    assert (log["version"], log["creator"]["name"]) == ("1.2", "cloudbase-ocr")
    urls = [entry["request"]["url"].removeprefix(fresh.url) for entry in log["entries"]]
    assert urls[:3] == [
        "/cgi-bin/token?grant_type=client_credential&appid=wx1&secret=SECRET",
        "/cv/ocr/idcard?access_token=mock://wx1",
        "/_emulator/invoke",
    ]
    assert "/cv/ocr/idcard?access_token=mock://wx0000000000000000&img_url=mock://idcard" in urls
    begun = [
        datetime.fromisoformat(entry["startedDateTime"].replace("Z", "+00:00")) for entry in log["entries"]
    ]
    assert begun == sorted(begun)
    for entry in log["entries"]:
        check_har(entry)
    picture, call = log["entries"][1], log["entries"][2]
    assert picture["request"]["postData"]["params"][0]["name"] == "img"
    assert json.loads(picture["response"]["content"]["text"])["errcode"] == 101001
    assert json.loads(call["request"]["postData"]["text"]) == {
        "name": "idcard",
        "data": {"imgUrl": "mock://idcard"},
    }
    assert "*" in json.loads(call["response"]["content"]["text"])["result"]["name"], "as the page shows it"


def check_har(entry: dict[str, Any]) -> None:
    """Hold an entry against what the format requires of each."""
    assert {"startedDateTime", "time", "request", "response", "cache", "timings"} <= set(entry)
    both = {"httpVersion", "cookies", "headers", "headersSize", "bodySize"}
    assert {"method", "url", "queryString", *both} <= set(entry["request"])
    assert {"status", "statusText", "content", "redirectURL", *both} <= set(entry["response"])
    assert {"size", "mimeType"} <= set(entry["response"]["content"])
    assert {"send", "wait", "receive"} <= set(entry["timings"])
    assert entry["time"] == sum(entry["timings"].values())
    for pair in entry["request"]["queryString"]:
        assert set(pair) == {"name", "value"}
        assert isinstance(pair["value"], str)


def sent(command: str) -> Any:
    """Send what a command of curl says, as curl would; the tests of the page Connect run curl itself."""
    words = shlex.split(command)
    assert words[0] == "curl"
    options = {"-H": "header", "-d": "data", "-X": "method", "-F": "form"}
    given = {options[words[i]]: words[i + 1] for i in range(1, len(words) - 1) if words[i] in options}
    if "data" in given:
        headers = dict([given["header"].split(": ", 1)])
        return requests.post(words[-1], data=given["data"].encode(), headers=headers, timeout=60).json()
    files = (
        {"img": ("picture.jpg", SPECIMENS[0].picture)} if given.get("form") == "img=@picture.jpg" else None
    )
    assert ("-X" in words) != bool(files)
    return requests.post(words[-1], files=files, timeout=60).json()


@pytest.mark.parametrize("call", ["picture", "url", "function"])
def test_a_command_sends_the_same_again(browser: Browser, fresh: Server, call: str) -> None:
    if call == "function":
        invoke(fresh, imgUrl="mock://idcard/back", note="it's 甲")
    elif call == "picture":
        ocr(fresh, SPECIMENS[0].picture)
    else:
        ocr(fresh, img_url="mock://idcard")
    open_latest(browser, fresh)
    browser.allow_clipboard()
    browser.click("#tree .actions button", "Copy as curl")
    browser.find("#status", "Copied")
    command = browser.clipboard()
    before = Control(fresh.emulator).journal.show("latest", personal_data=True)
    answer = sent(command)
    after = Control(fresh.emulator).journal.show("latest", personal_data=True)
    assert after.id != before.id
    assert (after.kind, after.name, after.appid) == (before.kind, before.name, before.appid)
    if call == "function":
        assert answer["result"]["type"] == "Back"
        assert after.children[0]["request"]["note"] == "it's 甲"
    else:
        assert answer["errcode"] == (0 if call == "url" else 101001)


def test_examples_and_fixtures_that_were_written_are_not_masked(browser: Browser, fresh: Server) -> None:
    control = Control(fresh.emulator)
    ocr(fresh, img_url="mock://idcard")
    open_latest(browser, fresh)
    browser.find("#tree", EXAMPLE)
    invoke(fresh, imgUrl="mock://idcard")
    open_latest(browser, fresh)
    browser.find("#tree", EXAMPLE)
    control.fixture("idcard/mine", {"name": NAME})
    ocr(fresh, img_url="mock://idcard/mine")
    open_latest(browser, fresh)
    browser.find("#tree", NAME)
    assert browser.find("#personal").get_attribute("aria-checked") == "false"


def test_what_may_be_somebodys_stays_masked(browser: Browser, fresh: Server) -> None:
    control = Control(fresh.emulator)
    # A fixture that was made of a call, one that was recorded, a scenario, and an event with more than an address.
    control.fixture("idcard/made", {"name": NAME}, reference="journal entry 12ab")
    control.fixture("idcard/read", {"name": NAME}, reference="read from me.jpg by the emulator")
    control.fixture("idcard/recorded", {"name": NAME}, provenance="recorded")
    for variant in ("made", "read", "recorded"):
        ocr(fresh, img_url=f"mock://idcard/{variant}")
        open_latest(browser, fresh)
        browser.find("#tree", "Answered by")
        assert NAME not in browser.driver.page_source, variant
    invoke(fresh, imgUrl="mock://idcard", note=NAME)
    open_latest(browser, fresh)
    browser.find("#tree", "Answered by")
    assert NAME not in browser.driver.page_source
    assert EXAMPLE not in browser.text("#tree")
    control.reply("ocr.idcard", {"name": NAME})
    ocr(fresh, SPECIMENS[0].picture)
    open_latest(browser, fresh)
    browser.find("#tree", "Answered by")
    assert NAME not in browser.driver.page_source


def test_every_page_shows_the_time_of_shanghai(browser: Browser, fresh: Server) -> None:
    Control(fresh.emulator).clock.freeze("2026-01-31T10:20:30")
    invoke(fresh, imgUrl="mock://idcard")
    browser.cdp("Emulation.setTimezoneOverride", timezoneId="America/New_York")
    try:
        browser.open(fresh.url + "/console/journal")
        browser.find("#calls .call-facts", "10:20:30")
        browser.click("#calls li:first-child a")
        browser.find("#tree", "2026-01-31 10:20:30")
        browser.open(fresh.url + "/console/functions?name=idcard")
        browser.find("#calls summary", "10:20:30")
        browser.open(fresh.url + "/console/control")
        browser.find("#clock-now", "2026-01-31 10:20:30")
        assert "Shanghai (UTC+8)" in browser.text("footer")
    finally:
        browser.cdp("Emulation.setTimezoneOverride", timezoneId="")
