"""The check in front of every route: walked over all rules of the application, so that no new one is forgotten."""

from __future__ import annotations

import json
import socket
from collections.abc import Callable, Iterator
from contextlib import closing
from dataclasses import dataclass
from email.message import Message
from http.client import HTTPConnection
from pathlib import Path
from typing import Any

import pytest
import requests
from pytest_httpserver import HTTPServer

from cloudbase_ocr import specimens
from cloudbase_ocr.app import create_app
from cloudbase_ocr.server import Server, running
from cloudbase_ocr.settings import Settings
from tests.quick import quick

CARD = Path(specimens.__file__).with_name("idcard-front.jpg")
EVIL = "evil.example"
OWN = ("/_emulator/", "/console/", "/metrics")
CLOUDBASE = ("/v1/", "/auth/", "/_cos/", "/_http/", "/admin", "/web")
NOWHERE = (
    "/nothing",
    "/cv/nothing",
    "/cgi-bin/nothing",
    "/tcb/nothing",
    "/v1/nothing",
    "/_emulator/nothing",
    "//x",
)
VERBS = ("GET", "POST", "PUT", "DELETE", "OPTIONS")
EMULATED = (
    "api.weixin.qq.com",
    "sh.api.weixin.qq.com",
    "scf.tencentcloudapi.com:443",
    "tcb-admin.tencentcloudapi.com",
    "env-1.ap-shanghai.tcb-api.tencentcloudapi.com",
    "env-1.api.tcloudbasegateway.com",
    "env-1.service.tcloudbase.com",
    "7463-a-1257967285.tcb.qcloud.la",
    "cos.ap-shanghai.myqcloud.com",
)
REFUSALS = ("under its own address only", "holds no name", "web pages of another", "pages of this origin")


def routes() -> list[tuple[str, str]]:
    """Return verb and path of everything that the emulator answers, and of what it does not."""
    app = create_app(Settings(recognizer=False))
    urls = app.url_map.bind("127.0.0.1")
    found = {(verb, path) for path in NOWHERE for verb in VERBS}
    for rule in app.url_map.iter_rules():
        path = urls.build(
            rule.endpoint, dict.fromkeys(rule.arguments, "x"), method=next(iter(rule.methods or ()))
        )
        found |= {(verb, path) for verb in {*(rule.methods or ()), "GET", "POST"} - {"HEAD"}}
    return sorted(found)


ROUTES = routes()
ONE_EACH = tuple(
    (verb, path)
    for verb, path in ROUTES
    if path
    in ("/", "/cv/ocr/idcard", "/cgi-bin/token", "/tcb/uploadfile", "/_cos/x/x", "/v1/functions/x", "/admin")
    or path in ("/web", "/auth/v1/token", "/_emulator/reset", "/console/journal", "/nothing")
)
"""Routes of every surface, for all the headers that there are; the walk over all routes takes some of them."""


@pytest.fixture(scope="module")
def server() -> Iterator[Server]:
    with running(Settings(port=0, recognizer=False, hints=False)) as started:
        yield started


@dataclass(frozen=True)
class Answer:
    """What a route answers; the text is left out where it never ends."""

    status: int
    headers: Message
    content: bytes

    @property
    def text(self) -> str:
        return self.content.decode("utf-8", "replace")

    def json(self) -> Any:
        return json.loads(self.content)


def send(server: Server, verb: str, path: str, **headers: str) -> Answer:
    """Send a request without body; quicker than requests, for the walks over all routes."""
    with closing(HTTPConnection("127.0.0.1", server.port, timeout=10)) as connection:
        connection.putrequest(verb, path, skip_host="Host" in headers, skip_accept_encoding=True)
        for name, value in headers.items():
            connection.putheader(name, value)
        connection.endheaders()
        answer = connection.getresponse()
        endless = "event-stream" in (answer.getheader("Content-Type") or "")
        return Answer(answer.status, answer.headers, b"" if endless else answer.read())


def is_refused(answer: Answer) -> bool:
    """Tell whether the gate says no; other answers of 403 are a surface's own."""
    return answer.status == 403 and any(text in answer.text for text in REFUSALS)


def is_own(verb: str, path: str) -> bool:
    return path.startswith(OWN) or (path == "/" and verb in ("GET", "HEAD"))


def test_the_walk_meets_every_surface() -> None:
    assert len(ROUTES) > 200
    for prefix in ("/cv/ocr/", "/cv/img/", "/cgi-bin/", "/tcb/", *OWN, *CLOUDBASE, "/console/static/"):
        assert any(path.startswith(prefix) for _, path in ROUTES), prefix


FOREIGN: list[dict[str, str]] = [
    {"Host": EVIL},
    {"Host": f"{EVIL}:80", "Origin": f"http://{EVIL}:80"},  # a page under a name that was rebound
    {"Origin": f"https://{EVIL}"},
    {"Sec-Fetch-Site": "cross-site", "Sec-Fetch-Mode": "no-cors", "Sec-Fetch-Dest": "image"},
    {"Host": f"127.0.0.1.{EVIL}", "Sec-Fetch-Site": "same-origin"},
    {"Host": "10.0.0.1"},
    {"Host": "api.weixin.qq.com.evil.example"},
    {"Host": "evilapi.weixin.qq.com"},
    {"Host": "127.0.0.1@evil.example"},
    {"Host": ""},
    {"Origin": "null"},
    {"Origin": f"http://{EVIL}", "Sec-Fetch-Site": "none"},
    {"Sec-Fetch-Site": "same-site", "Sec-Fetch-Mode": "no-cors", "Sec-Fetch-Dest": "script"},
    {"Sec-Fetch-Site": "cross-site", "Referer": f"http://{EVIL}/"},
    {"Sec-Fetch-Site": "cross-site", "Sec-Fetch-Mode": "navigate", "Sec-Fetch-Dest": "iframe"},
]
LET_IN: list[dict[str, str]] = [
    {},
    {"Origin": "{url}", "Sec-Fetch-Site": "same-origin"},
    {"Host": "localhost"},
    {"Host": "LOCALHOST.:1"},
    {"Host": "emulator.localhost:8787"},
    {"Host": "[::1]:8787"},
    {"Sec-Fetch-Site": "none", "Sec-Fetch-Mode": "navigate", "Sec-Fetch-Dest": "document"},
    {"Sec-Fetch-Mode": "cors"},  # fetch() of Node.js
]


def asked(given: list[dict[str, str]], everywhere: int) -> Iterator[tuple[str, str, dict[str, str]]]:
    """Give every route with so many of the headers, and some of every surface with the others."""
    yield from ((verb, path, headers) for verb, path in ROUTES for headers in given[:everywhere])
    yield from ((verb, path, headers) for verb, path in ONE_EACH for headers in given[everywhere:])


@pytest.mark.parametrize("everywhere", quick([1, 4], {1}))
def test_every_route_looks_at_host_and_page(server: Server, everywhere: int) -> None:
    for verb, path, headers in asked(FOREIGN, everywhere):
        answer = send(server, verb, path, **headers)
        assert is_refused(answer), (verb, path, headers, answer.status)
        assert "Access-Control-Allow-Origin" not in answer.headers, (verb, path, headers)
        assert answer.headers["X-Content-Type-Options"] == "nosniff", (verb, path, headers)


@pytest.mark.parametrize("everywhere", quick([1, 2], {1}))
def test_programs_and_own_pages_are_let_in(server: Server, everywhere: int) -> None:
    for verb, path, headers in asked(LET_IN, everywhere):
        given = {name: value.format(url=server.url) for name, value in headers.items()}
        answer = send(server, verb, path, **given)
        assert not is_refused(answer), (verb, path, headers)
        assert answer.headers["X-Content-Type-Options"] == "nosniff", (verb, path, headers)


@pytest.mark.parametrize("everywhere", quick([0, 1], {0}))
def test_emulated_hosts_lead_to_what_is_emulated(server: Server, everywhere: int) -> None:
    for verb, path, headers in asked([{"Host": host} for host in EMULATED], everywhere):
        answer = send(server, verb, path, **headers)
        # Under its own name the HTTP access service has every path; the console is not there.
        host = headers["Host"]
        own = is_own(verb, path) and not host.endswith(".service.tcloudbase.com")
        if path == "/" and ".tencentcloudapi.com" in host:
            own = False
        assert is_refused(answer) == own, (verb, path, headers)


@pytest.mark.parametrize("everywhere", quick([1, 2], {1}))
def test_pages_of_this_machine_may_call_cloudbase_only(server: Server, everywhere: int) -> None:
    page = "http://localhost:5173"
    picture = {"Sec-Fetch-Site": "cross-site", "Sec-Fetch-Mode": "no-cors", "Sec-Fetch-Dest": "image"}
    for verb, path, headers in asked([{"Origin": page}, {**picture, "Referer": page + "/"}], everywhere):
        cloudbase = path.startswith(CLOUDBASE) or (path == "/" and not is_own(verb, path))
        assert is_refused(send(server, verb, path, **headers)) != cloudbase, (verb, path, headers)


def test_mini_programs_in_the_developer_tools_are_no_foreign_page(server: Server) -> None:
    headers = {
        "Referer": "https://servicewechat.com/wx0000000000000000/devtools/page-frame.html",
        "Sec-Fetch-Site": "cross-site",
        "Sec-Fetch-Mode": "cors",
        "Sec-Fetch-Dest": "empty",
    }
    path = "/cv/ocr/idcard?access_token=mock://wx1&img_url=mock://idcard"
    assert send(server, "POST", path, **headers).json()["errcode"] == 0
    assert is_refused(
        send(server, "POST", path, **{**headers, "Referer": "https://servicewechat.com.evil.example/"})
    )
    assert is_refused(send(server, "GET", "/_emulator/journal", **headers))


@pytest.mark.parametrize("referer", [f"http://{EVIL}/a", "http://[", f"https://{EVIL}"])
def test_a_browser_that_says_no_more_than_where_it_comes_from_is_heard(server: Server, referer: str) -> None:
    for path in (
        "/cgi-bin/token?appid=wx1&secret=x&grant_type=client_credential",
        "/_emulator/journal",
        "/v1/x",
    ):
        assert is_refused(send(server, "GET", path, Referer=referer)), path
    assert send(server, "GET", "/", Referer=referer).status == 200, "a link"


def test_a_link_leads_to_the_console_and_to_signed_files_only(server: Server) -> None:
    link = {"Sec-Fetch-Site": "cross-site", "Sec-Fetch-Mode": "navigate", "Sec-Fetch-Dest": "document"}
    stored = requests.post(f"{server.url}/_emulator/files?name=a.jpg", data=b"x", timeout=10).json()["url"]
    assert send(server, "GET", stored.removeprefix(server.url), **link).content == b"x"
    assert send(server, "GET", "/console/journal", **link).status == 200
    for path in ("/cgi-bin/token", "/_emulator/journal", "/auth/v1/user/me", "/nothing"):
        assert is_refused(send(server, "GET", path, **link)), path
    assert is_refused(send(server, "POST", "/_cos/b/x", **link))


def raw(server: Server, request: str) -> str:
    with closing(socket.create_connection(("127.0.0.1", server.port), timeout=10)) as client:
        client.sendall(request.encode())
        client.shutdown(socket.SHUT_WR)
        return client.makefile("rb").read().decode()


def test_requests_without_a_host_come_from_no_browser(server: Server) -> None:
    target = "/cgi-bin/stable_token"
    answer = raw(server, f"POST {target} HTTP/1.0\r\nContent-Length: 2\r\n\r\n{{}}")
    assert " 200 " in answer.splitlines()[0]
    later = raw(server, f"POST {target} HTTP/1.1\r\nContent-Length: 2\r\n\r\n{{}}")
    assert " 400 " in later.splitlines()[0], "HTTP/1.1 asks for one"
    evil = raw(server, f"POST {target} HTTP/1.0\r\nOrigin: http://{EVIL}\r\nContent-Length: 2\r\n\r\n{{}}")
    assert " 403 " in evil.splitlines()[0]


def test_the_host_of_a_whole_address_counts(server: Server) -> None:
    for host, status in ((EVIL, 403), ("api.weixin.qq.com", 200)):
        target = f"http://{host}/cgi-bin/stable_token"
        answer = raw(server, f"POST {target} HTTP/1.1\r\nHost: 127.0.0.1\r\nContent-Length: 2\r\n\r\n{{}}")
        assert f" {status} " in answer.splitlines()[0]
    two = raw(server, f"GET /cgi-bin/token HTTP/1.1\r\nHost: 127.0.0.1\r\nHost: {EVIL}\r\n\r\n")
    assert " 200 " not in two.splitlines()[0]


@pytest.mark.parametrize(
    ("path", "read"),
    [
        ("/cv/ocr/idcard", lambda content: content["errcode"] == 48001 and content["errmsg"]),
        ("/tcb/uploadfile", lambda content: content["errcode"] == 48001 and content["errmsg"]),
        (
            "/v1/functions/x",
            lambda content: content["code"] == "INVALID_REQUEST_SOURCE" and content["message"],
        ),
        ("/", lambda content: content["Response"]["Error"]["Message"]),
        ("/_emulator/reset", lambda content: content["error"]),
        ("/nothing", lambda content: content["error"]),
    ],
)
def test_a_refusal_says_what_to_do_in_the_form_of_its_surface(
    server: Server, path: str, read: Callable[[dict[str, Any]], str]
) -> None:
    said = read(send(server, "POST", path, Host="ocr.example.com").json())
    assert "--server-name ocr.example.com" in said


def test_a_name_that_was_given_is_answered() -> None:
    settings = Settings(port=0, recognizer=False, server_names=("OCR.example.com", "other.example"))
    with running(settings) as server:
        for host in ("ocr.example.com", "other.example:8443", "127.0.0.1"):
            assert send(server, "POST", "/cv/ocr/idcard", Host=host).status == 200
            assert send(server, "GET", "/_emulator/health", Host=host).status == 401, "others reach it"
        for host in (EVIL, "sub.ocr.example.com", "10.0.0.1"):
            assert is_refused(send(server, "POST", "/cv/ocr/idcard", Host=host))


@pytest.mark.parametrize(("names", "answered"), [((), True), (("ocr.example.com",), False)])
def test_where_others_reach_it_any_name_is_answered_unless_one_was_given(
    names: tuple[str, ...], answered: bool
) -> None:
    with running(Settings(host="0.0.0.0", port=0, recognizer=False, server_names=names)) as server:
        assert send(server, "POST", "/cv/ocr/idcard", Host="emulator:8787").status == (
            200 if answered else 403
        )
        for host in ("ocr.example.com", "192.0.2.7:8787", "[2001:db8::1]:80"):
            assert send(server, "POST", "/cv/ocr/idcard", Host=host).status == 200
        assert is_refused(send(server, "POST", "/cv/ocr/idcard", Host="["))


@pytest.mark.parametrize(
    "name", ["https://ocr.example.com", "ocr.example.com:443", "ocr.example.com/", "", "a b", "*"]
)
def test_a_name_that_is_none_is_told_at_the_start(name: str) -> None:
    with pytest.raises(ValueError, match="server_name"):
        create_app(Settings(server_names=(name,)))


# What img_url leads to.


@pytest.fixture(scope="module")
def private() -> Iterator[Server]:
    """A private service that may fetch from this machine, since a host was named."""
    settings = Settings(
        port=0, recognizer=False, ocr_only=True, allow_hosts=("127.0.0.1", "localhost"), quota_per_day=0
    )
    with running(settings) as started:
        yield started


def read_url(server: Server, url: str) -> int:
    account = {"appid": "wx1", "secret": "x", "grant_type": "client_credential"}
    token = requests.get(server.url + "/cgi-bin/token", params=account, timeout=10).json()["access_token"]
    query = {"access_token": token, "img_url": url}
    return int(requests.post(server.url + "/cv/ocr/idcard", params=query, timeout=10).json()["errcode"])


@pytest.mark.check
def test_a_private_service_fetches_nothing_of_an_emulator(
    private: Server, server: Server, httpserver: HTTPServer
) -> None:
    httpserver.expect_request("/a.jpg").respond_with_data(b"no picture")
    assert read_url(private, httpserver.url_for("/a.jpg")) == 101002  # fetched
    for target in (private, server):
        for _, path in {
            (verb, path) for verb, path in ROUTES if verb == "GET" and not path.startswith("/_cos/")
        }:
            if target is server and path == "/_emulator/specimens/x.jpg":
                continue
            assert read_url(private, target.url + path) == 101000, path


def test_an_emulator_fetches_its_specimens_and_files_but_no_journal(server: Server) -> None:
    assert read_url(server, server.url + "/_emulator/specimens/idcard-front.jpg") in (0, 101001)
    stored = requests.post(f"{server.url}/_emulator/files?name=b.jpg", data=b"no picture", timeout=10).json()[
        "url"
    ]
    assert read_url(server, stored) == 101002
    assert read_url(server, stored.replace("127.0.0.1", "localhost")) == 101002, "over a connection"
    requests.post(
        server.url + "/cv/ocr/idcard?access_token=mock://wx1", files={"img": CARD.read_bytes()}, timeout=10
    )
    picture = f"/_emulator/journal/{server.emulator.journal.trees()[0].id}/picture?personal_data=true"
    assert send(server, "GET", picture).content == CARD.read_bytes()
    for path in (
        picture,
        "/_emulator/health",
        "/cgi-bin/token?appid=wx1&secret=x&grant_type=client_credential",
        "/",
    ):
        assert read_url(server, server.url + path) == 101000, path
