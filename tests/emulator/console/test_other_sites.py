"""Every surface against pages of other sites in a real browser: they run nothing, read nothing and spend nothing."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import ExitStack
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest
import requests
from pytest_httpserver import HTTPServer

from cloudbase_ocr import specimens
from cloudbase_ocr.core.calls import Call
from cloudbase_ocr.server import Server, running
from cloudbase_ocr.settings import Settings
from tests.clients.chromium import site
from tests.emulator.console.browser import Browser

PICTURE = Path(specimens.__file__).with_name("idcard-front.jpg").read_bytes()
EXPECTED = "favicon|status of 40[0-9]|ERR_|CORS|net::|Opener-Policy|blocked|refused|Refused"
QUERY = "access_token=mock://wx1&env=local-ocr&name=marked"

TARGETS = (
    # path, body, what a page can send with it unasked; None: a GET
    (f"/tcb/invokecloudfunction?{QUERY}", "{}", "text/plain"),
    ("/v1/functions/marked", "{}", "text/plain"),
    ("/marked", "{}", "text/plain"),
    ("/_http/marked", None, ""),
    (
        "/admin",
        '{"action":"functions.invokeFunction","function_name":"marked","request_data":"{}"}',
        "text/plain",
    ),
    (
        "/web",
        '{"action":"functions.invokeFunction","function_name":"marked","request_data":"{}"}',
        "text/plain",
    ),
    ("/", '{"FunctionName":"marked"}', "text/plain"),
    ("/_emulator/invoke", '{"name":"marked"}', "text/plain"),
    ("/cv/ocr/idcard?access_token=mock://wx1&img_url=mock://idcard", "", "text/plain"),
    ("/cv/ocr/idcard?access_token=mock://wx1&img_url={picture}", "", "text/plain"),
    ("/cv/img/qrcode?access_token=mock://wx1&img_url={picture}", "", "text/plain"),
    ("/cgi-bin/token?grant_type=client_credential&appid=wx1&secret=x", None, ""),
    ("/cgi-bin/stable_token", '{"grant_type":"client_credential","appid":"wx1","secret":"x"}', "text/plain"),
    ("/cgi-bin/clear_quota?access_token=mock://wx1", '{"appid":"wx1"}', "text/plain"),
    ("/tcb/uploadfile?access_token=mock://wx1", '{"env":"local-ocr","path":"evil.jpg"}', "text/plain"),
    (
        "/tcb/batchdeletefile?access_token=mock://wx1",
        '{"env":"local-ocr","fileid_list":["{file}"]}',
        "text/plain",
    ),
    (
        "/tcb/batchdownloadfile?access_token=mock://wx1",
        '{"env":"local-ocr","file_list":["{file}"]}',
        "text/plain",
    ),
    ("/auth/v1/signin/anonymously", "{}", "text/plain"),
    ("/v1/storages/get-objects-download-info", "[]", "text/plain"),
    ("/_cos/{bucket}/a.jpg?sign=x&t=9", None, ""),
    ("/_emulator/journal", None, ""),
    ("/_emulator/reset", "{}", "application/x-www-form-urlencoded"),
    ("/console/journal", None, ""),
    ("/nothing", None, ""),
)

# Sends everything in every way that a page has; the answers that it could read, by way.
ATTACK = """
const [target, targets, done] = [arguments[0], arguments[1], arguments[arguments.length - 1]]
const embed = (tag, attribute, path) => new Promise((resolve) => {
  const element = document.createElement(tag)
  if (tag === 'link') element.rel = 'stylesheet'
  element.onload = () => resolve(`${tag} loaded`)
  element.onerror = () => resolve('')
  element[attribute] = target + path
  document.body.append(element)
})
const readable = (reply) => reply.type !== 'opaque' && reply.status !== 403 ? `${reply.status} ${reply.url}` : ''
const attempts = []
for (const [path, body, type] of targets) {
  const post = body === null ? {} : { method: 'POST', body, headers: { 'Content-Type': type } }
  const ways = [
    {},
    { mode: 'no-cors', credentials: 'include' },
    { mode: 'no-cors', referrerPolicy: 'no-referrer' },
    { mode: 'no-cors', keepalive: true }, // as navigator.sendBeacon() does, which nobody can wait for
  ]
  for (const way of ways) attempts.push(fetch(target + path, { ...post, ...way }).then(readable, () => ''))
  if (body === null) attempts.push(embed('img', 'src', path), embed('script', 'src', path), embed('link', 'href', path))
}
Promise.all(attempts).then((found) => done(found.filter(Boolean)))
"""
FORM = """
const form = document.createElement('form')
form.method = 'post'
form.action = arguments[0] + arguments[1]
form.enctype = 'text/plain'
document.body.append(form)
form.submit()
"""


@dataclass
class Watched:
    """An emulator on this machine only, and all that would show that a page has reached it."""

    server: Server
    pictures: HTTPServer
    file_id: str
    calls: list[Call] = field(default_factory=list)
    ran: list[str] = field(default_factory=list)

    def targets(self) -> list[tuple[str, str | None, str]]:
        """Return what is attacked, with names of what is there."""
        values = {
            "{picture}": self.pictures.url_for("/picture.jpg"),
            "{file}": self.file_id,
            "{bucket}": self.file_id.split(".")[-2].partition("/")[0],
        }

        def fill(text: str) -> str:
            for name, value in values.items():
                text = text.replace(name, value)
            return text

        return [(fill(path), None if body is None else fill(body), type_) for path, body, type_ in TARGETS]

    def traces(self) -> dict[str, Any]:
        """Return what changed since the start; all of it empty, as long as nobody was let in."""
        emulator = self.server.emulator
        return {
            "calls": [(call.path, call.status) for call in self.calls],
            "functions": [entry.name for entry in self.entries() if entry.kind == "function"],
            "fetched": list(self.pictures.log),
            "logins": list(emulator.sessions._by_access),
            "files": [] if len(emulator.files) == 1 and emulator.files.get(self.file_id) else ["changed"],
            "tokens": [
                entry.name
                for entry in self.entries()
                if entry.name.startswith("/cgi") and entry.status != 403
            ],
        }

    def entries(self) -> list[Any]:
        """Return every entry of the journal."""
        from cloudbase_ocr.journal.entries import walk

        return [entry for tree in self.server.emulator.journal.trees() for entry in walk(tree)]


@pytest.fixture
def watched(tmp_path: Path, httpserver: HTTPServer) -> Iterator[Watched]:
    (tmp_path / "marked").mkdir()
    (tmp_path / "marked" / "index.py").write_text(
        "def main(event, context):\n    return 'secret'\n", encoding="utf-8"
    )
    httpserver.expect_request("/picture.jpg").respond_with_data(PICTURE)
    with running(Settings(port=0, recognizer=False, functions=tmp_path)) as server:
        stored = requests.post(f"{server.url}/_emulator/files?name=a.jpg", data=PICTURE, timeout=10).json()
        watched = Watched(server, httpserver, stored["fileID"])
        server.emulator.log.listeners.append(watched.calls.append)
        server.emulator.journal.clear()
        yield watched


@pytest.fixture
def evil() -> Iterator[str]:
    """A site that is nobody's."""
    with ExitStack() as stack:
        page = stack.enter_context(site(b""))
        page.replies["/"] = ("text/html", b"<!doctype html><title>evil</title><body>")
        yield page.origin("evil.example")


def test_the_attack_would_be_seen(browser: Browser, watched: Watched) -> None:
    """The same from a page of the emulator: it does show, so that no trace means that nothing happened."""
    browser.expect(EXPECTED + "|status of 415")
    browser.open(watched.server.url + "/_emulator/specimens/idcard-front.jpg")
    assert browser.run_async(ATTACK, watched.server.url, watched.targets())
    traces = watched.traces()
    assert all(traces[name] for name in ("calls", "functions", "fetched", "logins", "files", "tokens")), (
        traces
    )
    assert len(traces["functions"]) >= 5


@pytest.mark.parametrize("host", ["evil.example", "127.0.0.1", "localhost"])
def test_foreign_pages_reach_nothing(browser: Browser, watched: Watched, evil: str, host: str) -> None:
    browser.expect(EXPECTED)
    browser.open(evil.replace("evil.example", host))
    # CloudBase's routes are for pages of this machine, too; WeChat's, the console and the rest are not.
    theirs = ("/v1/", "/admin", "/web", "/auth/", "/_cos/", "/_http/", "/marked")
    targets = watched.targets()
    if host != "evil.example":
        targets = [target for target in targets if target[0] != "/" and not target[0].startswith(theirs)]
    assert browser.run_async(ATTACK, watched.server.url, targets) == []
    assert not any(watched.traces().values()), watched.traces()


@pytest.mark.parametrize("name", ["rebound.example", "127.0.0.1.rebound.example"])
def test_pages_under_a_name_that_was_rebound_reach_nothing(
    browser: Browser, watched: Watched, name: str
) -> None:
    browser.expect(EXPECTED)
    rebound = watched.server.url.replace("127.0.0.1", name)
    browser.open(rebound + "/cgi-bin/token")
    assert "own address only" in browser.driver.page_source
    assert browser.run_async(ATTACK, rebound, watched.targets()) == []
    assert not any(watched.traces().values()), watched.traces()


@pytest.mark.parametrize("path", [path for path, body, _ in TARGETS if body is not None])
def test_forms_of_foreign_pages_do_nothing(browser: Browser, watched: Watched, evil: str, path: str) -> None:
    browser.expect(EXPECTED)
    browser.open(evil)
    browser.run(FORM, watched.server.url, path)
    browser.wait(lambda: browser.driver.current_url.startswith(watched.server.url), "the form's answer")
    assert "origin" in browser.driver.page_source
    assert not any(watched.traces().values()), watched.traces()


def test_a_link_of_a_foreign_page_spends_no_token(browser: Browser, watched: Watched, evil: str) -> None:
    browser.expect(EXPECTED)
    browser.open(evil)
    path = "/cgi-bin/token?grant_type=client_credential&appid=wx1&secret=x"
    browser.run("location = arguments[0]", watched.server.url + path)
    browser.wait(lambda: browser.driver.current_url.startswith(watched.server.url), "the link's answer")
    assert "for servers" in browser.driver.page_source
    assert not any(watched.traces().values()), watched.traces()
