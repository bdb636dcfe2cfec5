"""The page Journal in a real browser: live, filtered, replayed, and made into fixtures and scenarios."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import requests
import yaml
from selenium.webdriver.common.keys import Keys

from cloudbase_ocr import specimens
from cloudbase_ocr.server import Server, running
from cloudbase_ocr.settings import Settings
from tests.emulator.console.browser import Browser

PICTURE = Path(specimens.__file__).with_name("idcard-front.jpg").read_bytes()
NAME = "欧阳明月"


@pytest.fixture(scope="module")
def server() -> Iterator[Server]:
    with running(Settings(port=0, seed=1, recognizer=False, journal_keep_mb=8)) as started:
        yield started


def control(server: Server, verb: str, path: str, **body: Any) -> Any:
    place: dict[str, Any] = {"json": body} if verb == "POST" else {"params": body}
    answer = requests.request(verb, f"{server.url}/_emulator/{path}", timeout=30, **place)
    assert answer.ok, answer.text
    return answer.json()


def ocr(server: Server, key: str = "idcard", data: bytes | None = None, **query: str) -> None:
    files = {"img": ("a.jpg", data, "image/jpeg")} if data is not None else None
    query = {"access_token": "mock://wx1", **query}
    if data is None:
        query = {"img_url": "mock://idcard", **query}
    requests.post(f"{server.url}/cv/ocr/{key}", params=query, files=files, timeout=30)


def invoke(server: Server, name: str = "idcard", **data: Any) -> None:
    requests.post(
        server.url + "/_emulator/invoke",
        json={"name": name, "data": data or {"imgUrl": "mock://idcard"}},
        timeout=60,
    )


def journal(browser: Browser, server: Server, query: str = "", **options: Any) -> Browser:
    """Open the page, and wait until it hears of what happens."""
    browser.open(f"{server.url}/console/journal{query}", **options)
    browser.wait(
        lambda: "/" in browser.text("#count") or browser.all("#calls .call-facts") or no_rows(browser)
    )
    return browser


def no_rows(browser: Browser) -> bool:
    return bool(
        browser.run(
            "return ['#none', '#no-match'].some((css) => document.querySelector(css).checkVisibility())"
        )
    )


def names(browser: Browser) -> list[str]:
    return [
        str(name)
        for name in browser.run(
            "return [...document.querySelectorAll('#calls a')].map((a) => a.dataset.name)"
        )
    ]


def open_call(browser: Browser, name: str) -> None:
    browser.click(f"#calls a[data-name='{name}']")
    browser.find("#tree .entry")


def test_calls_appear_while_one_looks(browser: Browser, fresh: Server) -> None:
    journal(browser, fresh)
    browser.find("#none")
    ocr(fresh)
    browser.find("#calls a[data-name='ocr.idcard']", "0")
    invoke(fresh)
    browser.find("#calls a[data-name=idcard]")
    browser.wait(lambda: names(browser) == ["idcard", "ocr.idcard"], "both, the latest first")
    browser.wait(lambda: browser.run("return document.querySelector('#news').textContent") != "", "the news")
    news = browser.all("#news")[0]
    assert news.get_attribute("role") == "status"
    assert "ocr.idcard" in browser.run("return arguments[0].textContent", news) or "idcard" in str(news.text)


def test_a_pause_keeps_the_list_still(browser: Browser, fresh: Server) -> None:
    ocr(fresh, "bankcard")
    journal(browser, fresh)
    browser.find("#calls a")
    browser.click("#live")
    assert browser.find("#live").get_attribute("aria-checked") == "false"
    ocr(fresh)
    ocr(fresh)
    browser.find("#waiting", "2")
    assert names(browser) == ["ocr.bankcard"]
    browser.click("#waiting")
    browser.wait(lambda: len(names(browser)) == 3, "the two that waited")
    browser.click("#live")
    ocr(fresh, "comm")
    browser.find("#calls a[data-name='ocr.printedText']")


def test_many_calls_at_once_are_listed_once(browser: Browser, fresh: Server) -> None:
    journal(browser, fresh)
    for _ in range(45):
        ocr(fresh, img_url="mock://101001")
    browser.wait(lambda: len(names(browser)) == 45, "all of them")
    browser.find("#count", "45")


def test_the_tree_tells_what_happened(browser: Browser, fresh: Server) -> None:
    control(fresh, "POST", "faults", method="ocr.idcard", errcode=-1, times=1)
    invoke(fresh)
    journal(browser, fresh)
    open_call(browser, "idcard")
    entries = browser.all("#tree .entry")
    shown = [entry.find_element("css selector", "summary").text.split("\n")[0] for entry in entries]
    assert [line.split()[0] for line in shown][:2] == ["caller", "function"]
    tree = browser.text("#tree")
    assert "magic URL idcard" in tree
    assert "Fault: f1" in tree
    assert "Quota today: 1 of 100 used" in browser.find("#tree", "Quota today").text
    assert browser.find("#calls a[aria-current=true]").get_attribute("data-name") == "idcard"
    # The address leads to the same call.
    browser.open(str(browser.driver.current_url))
    browser.find("#tree .entry")


def test_near_misses_and_notes_are_there(browser: Browser, fresh: Server) -> None:
    ocr(fresh, data=PICTURE)
    journal(browser, fresh)
    open_call(browser, "ocr.idcard")
    browser.find("#tree", "is in no fixture of idcard")
    browser.find("#tree", "answered from fixtures only")


@pytest.mark.parametrize(
    ("field", "value", "left"),
    [
        ("name", "ocr.printedText", ["ocr.printedText"]),
        ("name", "idcard", ["idcard", "ocr.idcard"]),
        ("appid", "wx2", ["ocr.bankcard"]),
        ("code", "101001", ["ocr.printedText"]),
        ("code", "7", []),
    ],
)
def test_filters_narrow_the_list(
    browser: Browser, fresh: Server, field: str, value: str, left: list[str]
) -> None:
    ocr(fresh)
    ocr(fresh, "comm", img_url="mock://101001")
    ocr(fresh, "bankcard", access_token="mock://wx2", img_url="mock://bankcard")
    invoke(fresh)
    journal(browser, fresh)
    browser.wait(lambda: len(names(browser)) == 4, "all")
    browser.fill(f"#{field}", value)
    browser.wait(lambda: names(browser) == left, f"{left} only")
    # What arrives is filtered, too.
    ocr(fresh, "menu", img_url="mock://101003", access_token="mock://wx3")
    ocr(fresh, "comm", img_url="mock://101001", access_token="mock://wx2")
    wanted = {"ocr.printedText": 1, "wx2": 1, "101001": 1}.get(value, 0)
    browser.wait(lambda: len(names(browser)) == len(left) + wanted, "those that fit")


def test_a_call_is_sent_again(browser: Browser, fresh: Server) -> None:
    ocr(fresh, data=PICTURE)
    journal(browser, fresh)
    open_call(browser, "ocr.idcard")
    browser.click(".actions button", "Resend")
    browser.find("#tree .notice", "The reply is the same")
    browser.wait(lambda: len(names(browser)) == 2, "the new call in the list")
    control(fresh, "POST", "reply", method="ocr.idcard", fields={"name": NAME})
    browser.click(".actions button", "Resend")
    browser.find("#tree .notice.warn", "code")
    browser.find("#tree", "Resent from")
    former = browser.find("#tree a").text
    browser.click("#tree a")
    browser.wait(lambda: f"id={former}" in browser.driver.current_url, "the former call")


def test_a_function_is_called_again(browser: Browser, fresh: Server) -> None:
    invoke(fresh)
    journal(browser, fresh)
    open_call(browser, "idcard")
    browser.click(".actions button", "Resend")
    browser.find("#tree .notice", "The reply is the same")
    assert len(fresh.emulator.journal.trees()) == 2


def test_what_is_not_kept_any_more_is_said(browser: Browser, fresh: Server) -> None:
    ocr(fresh, data=PICTURE)
    journal(browser, fresh)
    open_call(browser, "ocr.idcard")
    fresh.emulator.journal.kept.clear()
    browser.expect("status of 404")
    browser.click(".actions button", "Resend")
    browser.find("#alert", "not kept any more")


def test_a_call_becomes_a_fixture(browser: Browser, fresh: Server) -> None:
    control(fresh, "POST", "reply", method="ocr.idcard", fields={"name": NAME}, times=1)
    ocr(fresh, data=PICTURE)
    journal(browser, fresh)
    open_call(browser, "ocr.idcard")
    browser.click(".actions button", "Save as fixture")
    text = browser.find("#export-text", "sha256").text
    assert NAME not in text
    browser.allow_clipboard()
    browser.click("#export-personal")
    browser.find("#export-text", NAME)
    browser.fill("#export-name", "mine")
    browser.find("#export-text", "idcard/mine")
    browser.click("#export-copy")
    browser.find("#status", "Copied")
    (fixture,) = yaml.safe_load(browser.clipboard())
    assert fixture["reply"]["name"] == NAME
    browser.click("#export-add")
    browser.gone("#export")
    browser.find("#status", "idcard/mine")
    browser.find("#banner", "idcard/mine")
    ocr(fresh, data=PICTURE)
    latest = control(fresh, "GET", "journal/latest", personal_data="true")
    assert latest["matched"]["name"] == "idcard/mine"
    assert latest["answer"]["name"] == NAME


def test_a_wrong_name_is_said_in_the_dialog(browser: Browser, fresh: Server) -> None:
    ocr(fresh, data=PICTURE)
    journal(browser, fresh)
    open_call(browser, "ocr.idcard")
    browser.click(".actions button", "Save as fixture")
    browser.find("#export-text", "sha256")
    browser.expect("status of 400")
    browser.fill("#export-name", "menu/other")
    browser.find("#export-problem", "idcard/<variant>")
    assert not browser.find("#export-add").is_enabled()
    browser.press(Keys.ESCAPE)
    browser.gone("#export")


def test_a_call_becomes_a_scenario(browser: Browser, fresh: Server) -> None:
    ocr(fresh, img_url="mock://101001")
    journal(browser, fresh)
    open_call(browser, "ocr.idcard")
    browser.click(".actions button", "Save as scenario")
    browser.find("#export-text", "101001")
    browser.choose("#export-after", "last")
    browser.choose("#export-appid", "wx1")
    browser.find("#export-text", "wx1")
    browser.click("#export-add")
    browser.gone("#export")
    browser.find("#banner")
    (scenario,) = control(fresh, "GET", "scenarios")["scenarios"]
    assert (scenario["after"], scenario["appid"], scenario["answers"]) == ("last", "wx1", [101001])


def test_personal_data_is_masked_until_asked_for(browser: Browser, fresh: Server) -> None:
    control(fresh, "POST", "reply", method="ocr.idcard", fields={"name": NAME})
    ocr(fresh, data=PICTURE)
    assert NAME not in requests.get(fresh.url + "/console/journal", timeout=10).text
    journal(browser, fresh)
    open_call(browser, "ocr.idcard")
    assert NAME not in browser.driver.page_source
    assert browser.all("#tree img") == []
    browser.click("#personal")
    browser.find("#tree", NAME)
    picture = browser.find("#tree img.sent")
    browser.wait(lambda: browser.run("return arguments[0].naturalWidth", picture), "the picture")
    browser.click("#personal")
    browser.gone("#tree", NAME)
    assert NAME not in browser.driver.page_source


def test_copies(browser: Browser, fresh: Server) -> None:
    ocr(fresh)
    journal(browser, fresh)
    open_call(browser, "ocr.idcard")
    browser.allow_clipboard()
    browser.click("#tree button", "Copy as JSON")
    browser.find("#status", "Copied")
    copied = json.loads(browser.clipboard())
    assert copied["name"] == "/cv/ocr/idcard"
    assert "***" in json.dumps(copied)


def test_keys_are_enough(browser: Browser, fresh: Server) -> None:
    ocr(fresh, "bankcard", img_url="mock://bankcard")
    ocr(fresh)
    journal(browser, fresh)
    browser.wait(lambda: len(names(browser)) == 2)
    browser.run("document.querySelector('#calls a').focus()")
    browser.press(Keys.ARROW_DOWN)
    assert browser.focused().get_attribute("data-name") == "ocr.bankcard"
    browser.press(Keys.ENTER)
    browser.find("#tree", "ocr.bankcard")
    assert browser.focused().get_attribute("id") == "detail"
    browser.press(Keys.TAB)
    assert browser.focused().tag_name == "summary"
    browser.press(Keys.ENTER)
    browser.wait(lambda: not browser.all("#tree details.entry[open]"), "the entry to close")


@pytest.mark.parametrize("language", ["en", "zh-CN"])
@pytest.mark.parametrize("width", [390, 700, 1280])
def test_nothing_sticks_out(browser: Browser, fresh: Server, language: str, width: int) -> None:
    invoke(fresh, imgUrl="https://example.com/" + "a" * 150)
    ocr(fresh, data=PICTURE)
    journal(browser, fresh, language=language, width=width)
    open_call(browser, "idcard")
    assert browser.run("return document.documentElement.scrollWidth <= innerWidth")


def test_a_lost_connection_is_said_and_found_again(browser: Browser, fresh: Server) -> None:
    journal(browser, fresh)
    ocr(fresh)
    browser.find("#calls a")
    browser.expect("ERR_|net::")
    browser.cdp(
        "Network.emulateNetworkConditions", offline=True, latency=0, downloadThroughput=0, uploadThroughput=0
    )
    ocr(fresh, "bankcard", img_url="mock://bankcard")
    browser.cdp(
        "Network.emulateNetworkConditions",
        offline=False,
        latency=0,
        downloadThroughput=-1,
        uploadThroughput=-1,
    )
    browser.click("#live")
    browser.click("#live")
    browser.wait(lambda: len(names(browser)) == 2, "the call that came meanwhile")
