"""The page Data: the files and fixtures that there are, how each is used, and taking one away."""

from __future__ import annotations

from pathlib import Path

import pytest
import requests

from cloudbase_ocr.control.facade import Control
from cloudbase_ocr.server import Server
from tests.emulator.console.browser import Browser

DATA = "/console/data"
PLACE = "cloud://local-ocr.6c6f-local-ocr-1250000000/"
HOSTILE = "<img src=x class=pwned>\"'.jpg"


def page_of(server: Server, language: str = "en") -> str:
    return requests.get(server.url + DATA, headers={"Accept-Language": language}, timeout=20).text


def store(server: Server, name: str, data: bytes = b"1") -> None:
    assert requests.post(server.url + "/_emulator/files", params={"name": name}, data=data, timeout=20).ok


def test_the_first_byte_has_files_and_fixtures(fresh: Server) -> None:
    empty = page_of(fresh)
    assert f"{fresh.url}/_emulator/files?name=card.jpg" in empty, "a command to copy"
    assert 'id="files" hidden' in empty
    control = Control(fresh.emulator)
    control.fixture("idcard/mine", {"name": "甲"}, match={"url": "https://example.com/<b>.jpg"}, appid="wx7")
    control.fixture("idcard/broken", error=101001, match={"sha256": "ab" * 32})
    store(fresh, "photos/card.jpg")
    page = page_of(fresh)
    assert PLACE + "photos/card.jpg" in page
    assert 'data-text="mock://idcard/mine"' in page
    assert 'data-name="idcard/mine" data-appid="wx7"' in page
    assert "https://example.com/&lt;b&gt;.jpg" in page
    assert "picture <code>abababababab…</code>" in page
    assert "甲" not in page, "what a fixture answers is not shown"
    assert "仅此地址" in page_of(fresh, "zh")


def test_without_any_fixture_it_says_how_to_bring_them_back(fresh: Server) -> None:
    control = Control(fresh.emulator)
    for fixture in control.fixtures.list().fixtures:
        control.fixtures.remove(fixture.name)
    assert "A reset on the page Control restores" in page_of(fresh)
    control.reset()


def test_files_come_and_go(browser: Browser, fresh: Server, tmp_path: Path) -> None:
    browser.open(fresh.url + DATA)
    browser.find("#no-files")
    picture = tmp_path / "karte 1.jpg"
    picture.write_bytes(b"x" * 3000)
    browser.run("document.getElementById('file').hidden = false")
    browser.find("#file").send_keys(str(picture))
    browser.find("#files", PLACE + "console/karte 1.jpg")
    browser.find("#files", "3 KB")
    browser.gone("#no-files")
    # Of a program, while one looks.
    store(fresh, HOSTILE)
    browser.find("#files-count", "2")
    assert browser.all(".pwned") == []
    browser.allow_clipboard()
    browser.click("#files tr:first-child button", "Copy ID")
    browser.find("#status", "Copied")
    assert browser.clipboard() == PLACE + HOSTILE
    link = browser.find("#files tr:last-child a", "Open").get_attribute("href")
    assert requests.get(str(link), timeout=20).content == b"x" * 3000
    browser.click("#files tr:first-child button", "Delete")
    browser.find("#files-count", "1")
    browser.find("#status", "Deleted")
    assert browser.focused().get_attribute("id") == "files-title"
    assert [file.file_id for file in Control(fresh.emulator).storage.list().files] == [
        PLACE + "console/karte 1.jpg"
    ]
    names = {tree["name"] for tree in Control(fresh.emulator).journal.list(kind="storage").trees}
    assert "/_emulator/storage" not in names, "looking is no call"


def test_a_fixture_is_copied_and_removed(browser: Browser, fresh: Server) -> None:
    browser.open(fresh.url + DATA)
    browser.allow_clipboard()
    browser.click("#fixtures tr[data-name='idcard/back'] button", "Copy")
    browser.find("#status", "Copied")
    query = {"access_token": "mock://wx1", "img_url": browser.clipboard()}
    asked = fresh.url + "/cv/ocr/idcard"
    assert requests.post(asked, params=query, timeout=20).json()["type"] == "Back"
    browser.click("#fixtures tr[data-name='idcard/back'] button", "Remove")
    browser.gone("#fixtures tr[data-name='idcard/back']")
    browser.find("#banner", "fixtures changed: 1 (idcard/back)")
    assert requests.post(asked, params=query, timeout=20).json()["errcode"] != 0


@pytest.mark.parametrize("language", ["en", "zh-CN"])
@pytest.mark.parametrize("width", [390, 1280])
def test_it_fits_the_window(browser: Browser, fresh: Server, language: str, width: int) -> None:
    store(fresh, "long/" + "a" * 120 + ".jpg")
    browser.open(fresh.url + DATA, language=language, width=width)
    browser.find("#files tbody button")
    assert browser.run("return document.documentElement.scrollWidth") <= width
