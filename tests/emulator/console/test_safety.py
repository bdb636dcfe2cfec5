"""The console against other sites, foreign names and hostile texts, in a real browser: refused or inert."""

from __future__ import annotations

import json
import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from urllib.parse import quote

import pytest
import requests

from cloudbase_ocr import specimens
from cloudbase_ocr.server import Server, running
from cloudbase_ocr.settings import Settings
from tests.emulator.console.browser import Browser

PICTURE = Path(specimens.__file__).with_name("idcard-front.jpg").read_bytes()
TOKEN = "a-token-of-the-tests"
PAGES = (
    "/",
    "/console/functions",
    "/console/journal",
    "/console/data",
    "/console/control",
    "/console/connect",
)
REFUSED = (
    "favicon.ico|Opener-Policy|"
    "status of 40[13]|ERR_BLOCKED|CORS|net::|X-Frame-Options|frame-ancestors|Refused|refused|chrome-error"
)

ATTACK = """
const [target, done] = [arguments[0], arguments[arguments.length - 1]]
const tell = (reply) => reply.status === 403 ? 'refused' : `${reply.type} ${reply.status}`
const send = (path, options) => fetch(target + path, options).then(tell, () => 'refused')
const embed = (tag, path) => new Promise((resolve) => {
  const element = document.createElement(tag)
  element.onload = () => resolve('loaded')
  element.onerror = () => resolve('refused')
  element.src = target + path
  document.body.append(element)
})
const listen = () => new Promise((resolve) => {
  const source = new EventSource(target + '/_emulator/journal/stream')
  source.onopen = () => resolve('loaded')
  source.onerror = () => { source.close(); resolve('refused') }
})
const reset = '/_emulator/reset'
const kinds = ['text/plain', 'application/x-www-form-urlencoded', 'multipart/form-data; boundary=x']
Promise.all([
  send('/_emulator/journal'),
  send(reset, { method: 'POST' }),
  send(reset, { method: 'POST', headers: { 'Content-Type': 'application/json' }, body: '{}' }),
  send('/_emulator/faults', { method: 'DELETE' }),
  send('/'),
  listen(),
  embed('script', '/_emulator/journal'),
  embed('img', '/_emulator/specimens/idcard-front.jpg'),
]).then(async (outcomes) => {
  // These say nothing to the page, whatever happens; what counts is that nothing happens.
  const blindly = (more) => fetch(target + reset, { method: 'POST', mode: 'no-cors', ...more }).catch(() => {})
  for (const kind of kinds) await blindly({ headers: { 'Content-Type': kind }, body: '{}' })
  await blindly({ body: new ArrayBuffer(0) })
  navigator.sendBeacon(target + reset, new Blob(['{}'], { type: 'text/plain' }))
  done(outcomes)
})
"""
FORM = """
const form = document.createElement('form')
form.method = 'post'
form.action = arguments[0] + '/_emulator/reset'
form.enctype = arguments[1]
const field = document.createElement('input')
field.name = '{"appid": null, "x'
field.value = '": 1}'
form.append(field)
document.body.append(form)
form.submit()
"""
FRAME = """
const [target, done] = [arguments[0], arguments[arguments.length - 1]]
const place = (inner) => { try { return inner.location.href } catch { return 'foreign' } }
const frame = document.createElement('iframe')
frame.onload = () => setTimeout(() => done(place(frame.contentWindow)), 100)
frame.src = target
document.body.append(frame)
"""

# What would run, or stand in the page as an element, if a text became markup anywhere.
HOSTILE = (
    '"\'><img src=x class=pwned onerror="window.pwned=1"><script class=pwned>window.pwned=1</script>{{7*7}}'
)
HOSTILE_NAME = "a<img src=x class=pwned onerror=window.pwned=1>"


@pytest.fixture(scope="module")
def evil() -> Iterator[str]:
    """A page of another site."""

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            body = b"<!doctype html><title>evil</title><link rel=icon href='data:,'><body>"
            self.send_response(200)
            self.send_header("Content-Type", "text/html")
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, *_: object) -> None: ...

    listening = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    thread = threading.Thread(target=listening.serve_forever, kwargs={"poll_interval": 0.02})
    thread.start()
    yield f"http://evil.example:{listening.server_port}"
    listening.shutdown()
    thread.join()
    listening.server_close()


@pytest.fixture
def marked(fresh: Server) -> Server:
    """An emulator with a fault that a reset would take away."""
    answer = requests.post(fresh.url + "/_emulator/faults", json={"errcode": 45009}, timeout=10)
    assert answer.ok
    return fresh


def still_marked(server: Server) -> bool:
    return [rule.fault.type for rule in server.emulator.faults.all] == ["errcode"]


@pytest.mark.parametrize("address", ["evil", "same host"])
def test_scripts_of_other_sites_reach_nothing(
    browser: Browser, marked: Server, evil: str, address: str
) -> None:
    browser.expect(REFUSED)
    # Another port of the same machine is another origin, and yet the same site: cookies go along.
    browser.open(evil if address == "evil" else evil.replace("evil.example", "127.0.0.1"))
    outcomes = browser.run_async(ATTACK, marked.url)
    assert set(outcomes) == {"refused"}
    assert still_marked(marked)


@pytest.mark.parametrize("kind", ["application/x-www-form-urlencoded", "multipart/form-data", "text/plain"])
def test_forms_of_other_sites_change_nothing(browser: Browser, marked: Server, evil: str, kind: str) -> None:
    browser.expect(REFUSED)
    browser.open(evil)
    browser.run(FORM, marked.url, kind)
    browser.wait(lambda: browser.driver.current_url.startswith(marked.url), "the form's answer")
    assert "another origin" in browser.driver.page_source
    assert still_marked(marked)


def test_no_other_site_frames_the_console(browser: Browser, marked: Server, evil: str) -> None:
    browser.expect(REFUSED)
    for page in PAGES:
        browser.open(evil)
        assert browser.run_async(FRAME, marked.url + page) != marked.url + page
        assert "cloudbase-ocr" not in browser.run("return document.body.innerText")
        browser.driver.switch_to.frame(0)
        assert browser.all("main") == []
        browser.driver.switch_to.default_content()


def test_a_link_of_another_site_opens_the_console(browser: Browser, marked: Server, evil: str) -> None:
    browser.open(evil)
    browser.run("location = arguments[0]", marked.url + "/console/journal")
    browser.find("h1", "Journal")


@pytest.mark.parametrize("name", ["rebound.example", "127.0.0.1.rebound.example"])
def test_a_name_that_was_rebound_is_refused(browser: Browser, marked: Server, name: str) -> None:
    browser.expect(REFUSED)
    browser.open(marked.url.replace("127.0.0.1", name) + "/console/control")
    assert "answers under its own address only" in browser.driver.page_source
    assert browser.all("main") == []
    outcome = (
        "const done = arguments[0]; fetch('/_emulator/reset', { method: 'POST' }).then((r) => done(r.status))"
    )
    assert browser.run_async(outcome) == 403
    assert still_marked(marked)


# With a token.


@pytest.fixture(scope="module")
def guarded() -> Iterator[Server]:
    with running(Settings(port=0, recognizer=False, control_token=TOKEN)) as server:
        yield server


def test_the_token_leaves_the_address_and_the_pages_work(browser: Browser, guarded: Server) -> None:
    browser.open(f"{guarded.url}/console/control?token={TOKEN}")
    assert TOKEN not in browser.driver.current_url
    assert TOKEN not in browser.run("return document.cookie")
    assert TOKEN not in browser.driver.page_source
    browser.click("#clock-frozen")
    browser.find("#banner", "clock")
    for page in PAGES:
        browser.open(guarded.url + page)
        browser.find("h1")
    requests.post(guarded.url + "/cv/ocr/idcard?access_token=mock://wx1&img_url=mock://idcard", timeout=10)
    browser.open(guarded.url + "/console/journal")
    browser.find("#calls a[data-name='ocr.idcard']")


def test_the_token_may_be_typed(browser: Browser, guarded: Server) -> None:
    browser.expect("status of 401")
    browser.open(guarded.url + "/")
    browser.fill("input[name=token]", "wrong-token")
    browser.click("button")
    # The next page has the same field; the one that is still shown goes away under who types.
    browser.wait(lambda: "wrong-token" in browser.driver.current_url, "the answer")
    browser.fill("input[name=token]", TOKEN)
    browser.click("button")
    browser.find("#drop")
    assert browser.driver.current_url == guarded.url + "/"


def test_the_cookie_helps_no_other_site(browser: Browser, guarded: Server, evil: str) -> None:
    browser.expect(REFUSED)
    browser.open(f"{guarded.url}/?token={TOKEN}")
    requests.post(
        guarded.url + "/_emulator/faults",
        json={"errcode": 45009},
        headers={"Authorization": "Bearer " + TOKEN},
        timeout=10,
    )
    for site in (evil, evil.replace("evil.example", "127.0.0.1")):
        browser.open(site)
        assert set(browser.run_async(ATTACK, guarded.url)) == {"refused"}
        assert still_marked(guarded)


# Hostile texts.


@pytest.fixture(scope="module")
def hostile(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    """An emulator into which every text that somebody else writes was written with markup in it."""
    root = tmp_path_factory.mktemp("functions")
    functions = {
        "speaks": f"print({HOSTILE!r})\n    return {{{HOSTILE!r}: {HOSTILE!r}}}",
        "fails": f"raise ValueError({HOSTILE!r})",
        HOSTILE_NAME: "return 1",
    }
    for name, body in functions.items():
        (root / name).mkdir()
        (root / name / "index.py").write_text(f"def main(event, context):\n    {body}\n", encoding="utf-8")
        permissions = {"permissions": {"openapi": ["ocr.idcard", HOSTILE]}}
        (root / name / "config.json").write_text(json.dumps(permissions), encoding="utf-8")
    with running(Settings(port=0, recognizer=False, functions=root)) as server:
        write(server)
        yield server


def write(server: Server) -> None:
    def control(path: str, **body: object) -> requests.Response:
        return requests.post(f"{server.url}/_emulator/{path}", json=body, timeout=30)

    assert control("scenarios", method="ocr.menu", answers=[-1], name=HOSTILE, appid=HOSTILE).ok
    assert control("faults", errcode=1, errmsg=HOSTILE, appid=HOSTILE).ok
    assert control(
        "fixtures", name="idcard/x", reply={"name": HOSTILE, "addr": HOSTILE}, reference=HOSTILE
    ).ok
    assert control("reply", method="ocr.idcard", fields={"name": HOSTILE}, appid="wx1").ok
    assert not control("fixtures", name="idcard/" + HOSTILE, reply={"name": "x"}).ok
    assert control("quota/set", appid=HOSTILE, method="ocr.menu", limit=3).ok
    for name in ("speaks", "fails", HOSTILE_NAME, HOSTILE):
        control("invoke", name=name, data={HOSTILE: HOSTILE, "list": [HOSTILE]})
    for token in ("mock://wx1", "mock://" + HOSTILE):
        files = {"img": (HOSTILE, PICTURE, "image/jpeg")}
        requests.post(server.url + "/cv/ocr/idcard", params={"access_token": token}, files=files, timeout=30)
        query = {"access_token": token, "img_url": "https://example.com/" + HOSTILE, HOSTILE: HOSTILE}
        requests.post(server.url + "/cv/ocr/idcard", params=query, timeout=30)
    requests.post(f"{server.url}/cv/{HOSTILE}", timeout=30)
    requests.post(server.url + "/_emulator/files", params={"name": HOSTILE}, data=b"x", timeout=30)


def assert_inert(browser: Browser) -> None:
    assert browser.run("return window.pwned") is None
    assert browser.all(".pwned") == []
    assert (
        browser.run(
            "return document.querySelectorAll('script:not([src]):not([type=\"application/json\"])').length"
        )
        == 0
    )
    assert "49" not in browser.run("return document.title")


@pytest.mark.parametrize("shown", [False, True], ids=["masked", "shown"])
def test_texts_with_markup_stay_texts(browser: Browser, hostile: Server, shown: bool) -> None:
    browser.open(hostile.url + "/")
    if shown:
        browser.click("#personal")
    for page in PAGES:
        browser.driver.get(hostile.url + page)
        browser.find("h1")
        browser.find("#banner")
        assert_inert(browser)
    browser.driver.get(hostile.url + "/console/journal")
    browser.find("#calls .call-facts")
    links = [link.get_attribute("data-id") for link in browser.all("#calls a")]
    assert len(links) >= 8
    for link in links:
        browser.click(f'#calls a[data-id="{link}"]')
        browser.find(f'#tree .entry[data-id="{link}"]')
        assert_inert(browser)
    assert ("{{7*7}}" in browser.run("return document.body.innerText")) or not shown


@pytest.mark.parametrize("name", ["speaks", "fails"])
def test_results_and_logs_with_markup_stay_texts(browser: Browser, hostile: Server, name: str) -> None:
    browser.open(f"{hostile.url}/console/functions?name={name}")
    browser.click("#personal")
    browser.click("#send")
    browser.find("#outcome")
    browser.find("#log", "END")
    browser.find("#outcome", "pwned")
    assert_inert(browser)


@pytest.mark.parametrize("query", ["?name={}", "?id={}", "?lang={}", "?appid={}", "?specimen={}", "#{}"])
@pytest.mark.parametrize("page", PAGES)
def test_the_address_writes_nothing_into_a_page(
    browser: Browser, hostile: Server, page: str, query: str
) -> None:
    browser.expect("status of 40[04]")
    address = hostile.url + page + query.format(quote(HOSTILE))
    browser.open(address)
    browser.find("h1")
    assert_inert(browser)


def test_fields_with_markup_stay_texts(browser: Browser, hostile: Server) -> None:
    browser.expect("status of 40[04]")
    for page in PAGES[1:]:
        browser.open(hostile.url + page)
        browser.find("h1")
        for summary in browser.all("main details:not([open]) > summary"):
            if summary.is_displayed():
                browser.run("arguments[0].click()", summary)
        for field in browser.all("main input[type=text], main input[type=search], main textarea"):
            if field.is_displayed() and field.is_enabled():
                field.clear()
                field.send_keys(HOSTILE)
        for button in browser.all("main form button[type=submit]"):
            if button.is_displayed() and button.is_enabled():
                browser.run("arguments[0].click()", button)
        browser.wait(lambda: browser.run("return document.readyState") == "complete")
        browser.find("h1")
        assert_inert(browser)
