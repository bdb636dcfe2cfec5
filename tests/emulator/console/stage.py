"""An emulator in which something has happened, and how each page of the console looks then; nobody in it is real."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import requests

from cloudbase_ocr import specimens
from cloudbase_ocr.server import Server, running
from cloudbase_ocr.settings import Settings
from tests.emulator.console.browser import Browser

PICTURES = Path(specimens.__file__).parent
ACCOUNT = "wx0000000000000000"
LONG = 90.0
LANGUAGES = {"en": "en", "zh": "zh-CN"}
SCHEMES = ("light", "dark")


@dataclass(frozen=True)
class Shown:
    """A page: its name, where it is, and what a person does until there is something to see."""

    name: str
    path: str
    do: Callable[[Browser], object]


def _read_a_card(browser: Browser) -> None:
    browser.click("[data-specimen=idcard-front]")
    browser.find("#result.answered", seconds=LONG)
    browser.find("#copies", seconds=LONG)
    browser.run("document.activeElement.blur(); scrollTo(0, 0)")


def _call_a_function(browser: Browser) -> None:
    browser.click("#send")
    browser.find("#outcome", seconds=LONG)
    browser.find("#in-journal", seconds=LONG)
    browser.run("document.activeElement.blur(); scrollTo(0, 0)")


def _open_a_call(browser: Browser) -> None:
    browser.find("#calls .call-facts")
    browser.click("#calls a[data-name=idcard]")
    browser.find("#tree .entry")
    browser.run("document.activeElement.blur(); scrollTo(0, 0)")


PAGES = (
    Shown("try", "/", _read_a_card),
    Shown("functions", "/console/functions?name=idcard", _call_a_function),
    Shown("journal", "/console/journal", _open_a_call),
    Shown("data", "/console/data", lambda browser: browser.find("#files button")),
    Shown("control", "/console/control", lambda browser: browser.find("#fault-presets")),
    Shown("connect", "/console/connect", lambda browser: browser.find("#curl")),
)


@contextmanager
def staged(*, reads: bool = True) -> Iterator[Server]:
    """Run an emulator with some calls, a fault and a scenario behind it; `reads`: with the recognizer, loaded."""
    # Patient, because pictures are taken on busy machines, too.
    settings = Settings(port=0, seed=7, recognizer=reads, recognizer_limit=LONG, recognizer_timeout=LONG)
    with running(settings) as server:
        if server.emulator.recognizer is not None:
            server.emulator.recognizer.warm()
        play(server)
        yield server


def play(server: Server) -> None:
    """Begin anew, and let things happen: successes, failures, a fault that fires, one that stays, a scenario."""
    _control(server, "reset")
    _ocr(server, "bankcard", picture="bankcard.jpg")
    _ocr(server, "comm", img_url="mock://101001")
    _ocr(server, "idcard", picture="menu.jpg")
    _ocr(server, "driving", img_url="mock://vehicleLicense")
    _control(server, "faults", method="ocr.idcard", errcode=-1, times=1)
    _call(server, "idcard", {"fileID": _upload(server, "idcard-front.jpg")})
    _control(server, "faults", method="ocr.bankcard", type="latency", ms=3000)
    _control(server, "scenarios", method="ocr.menu", answers=[-1, "success"], name="retry")


def _ocr(server: Server, key: str, picture: str = "", **query: str) -> None:
    files = {"img": (picture, (PICTURES / picture).read_bytes(), "image/jpeg")} if picture else None
    query = {"access_token": f"mock://{ACCOUNT}", **query}
    requests.post(f"{server.url}/cv/ocr/{key}", params=query, files=files, timeout=LONG)


def _upload(server: Server, picture: str) -> str:
    data = (PICTURES / picture).read_bytes()
    answer = requests.post(server.url + "/_emulator/files", params={"name": picture}, data=data, timeout=LONG)
    return str(answer.json()["fileID"])


def _call(server: Server, name: str, event: dict[str, object]) -> None:
    answer = requests.post(
        server.url + "/_emulator/invoke", json={"name": name, "data": event}, timeout=LONG
    ).json()
    assert "result" in answer, answer


def _control(server: Server, path: str, **body: object) -> None:
    answer = requests.post(f"{server.url}/_emulator/{path}", json=body, timeout=LONG)
    assert answer.ok, answer.text
