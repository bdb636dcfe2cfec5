"""The browser of these tests itself: it waits, and a page's errors do not pass unnoticed."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import pytest

from tests.emulator.console.browser import Browser

_PAGE = """<!doctype html><html lang="en"><meta charset="utf-8"><title>page</title><link rel="icon" href="data:,">
<style>html {{ color-scheme: light dark }} p {{ color: rgb(1, 1, 1) }}
@media (prefers-color-scheme: dark) {{ p {{ color: rgb(9, 9, 9) }} }}</style>
<p id="language">{language}</p><script src="/script.js"></script><script>document.title = 'inline'</script>"""
_SCRIPT = """setTimeout(() => {
  const late = document.createElement('p'); late.id = 'late'; late.textContent = 'came late'
  document.body.append(late)
}, 100)"""


@pytest.fixture(scope="module")
def site() -> Iterator[str]:
    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            body, kind = _PAGE.format(language=self.headers["Accept-Language"]), "text/html"
            if self.path == "/script.js":
                body, kind = _SCRIPT, "text/javascript"
            self.send_response(200)
            self.send_header("Content-Type", kind)
            if self.path == "/strict":
                policy = "default-src 'none'; script-src 'self'; style-src 'unsafe-inline'; img-src data:"
                self.send_header("Content-Security-Policy", policy)
            self.end_headers()
            self.wfile.write(body.encode())

        def log_message(self, *_: object) -> None: ...

    listening = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    thread = threading.Thread(target=listening.serve_forever, kwargs={"poll_interval": 0.02})
    thread.start()
    yield f"http://127.0.0.1:{listening.server_port}"
    listening.shutdown()
    thread.join()
    listening.server_close()


def test_waits_for_what_comes_late(browser: Browser, site: str) -> None:
    browser.open(site)
    assert browser.all("#late") == [] or browser.text("#late")
    assert browser.text("#late") == "came late"
    with pytest.raises(AssertionError, match=r"#never.*did not come"):
        browser.find("#never", seconds=0.1)


@pytest.mark.parametrize(("language", "scheme", "colour"), [("en", "light", 1), ("zh-CN", "dark", 9)])
def test_speaks_for_its_reader(browser: Browser, site: str, language: str, scheme: str, colour: int) -> None:
    browser.open(site, language=language, scheme=scheme, width=390)
    assert browser.text("#language").startswith(language)
    assert browser.run("return navigator.language") == language
    assert browser.run("return innerWidth") == 390
    assert browser.find("p").value_of_css_property("color").startswith(f"rgba({colour}, {colour}, {colour}")


def test_notices_refused_content(browser: Browser, site: str) -> None:
    browser.open(site + "/strict")
    browser.find("#late")
    (problem,) = browser.problems()
    assert "Content Security Policy" in problem
    browser.expect("Content Security Policy")
    assert browser.problems() == []


def test_notices_exceptions(browser: Browser, site: str) -> None:
    browser.open(site)
    browser.run("setTimeout(() => { throw new Error('of the page') })")
    browser.wait(lambda: any("of the page" in line for line in browser.problems()), "the exception")
    browser.expect("of the page")


def test_foreign_names_lead_to_this_machine(browser: Browser, site: str) -> None:
    browser.open(site.replace("127.0.0.1", "evil.example"))
    assert browser.run("return location.hostname") == "evil.example"
    assert browser.text("#late") == "came late"


def test_makes_pictures_of_the_whole_page(browser: Browser, site: str) -> None:
    browser.open(site, width=400, height=300)
    browser.find("#late")
    assert browser.screenshot().startswith(b"\x89PNG")
