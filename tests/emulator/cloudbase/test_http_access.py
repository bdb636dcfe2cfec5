"""The HTTP access service over a real socket: events, replies, routes, names, pages, limits and errors."""

from __future__ import annotations

import base64
import json
import textwrap
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
import requests

from cloudbase_ocr.cloudbase.http_event import MAX_BINARY_BYTES, MAX_TEXT_BYTES, is_text
from cloudbase_ocr.project import ConfigError
from cloudbase_ocr.server import Server, running
from cloudbase_ocr.settings import Settings
from tests.emulator.runtime.http_servers import write_server

FUNCTIONS = {
    "echo": "def main(event, context):\n    return event\n",
    "page": """
        def main(event, context):
            return {"statusCode": 200, "headers": {"content-type": "text/html"}, "body": "<h1>Hi</h1>"}
        """,
    "wrong": "def main(event, context):\n    return {'statusCode': 'x'}\n",
    "fails": "def main(event, context):\n    raise KeyError('data')\n",
    "slow": "import time\ndef main(event, context):\n    time.sleep(60)\n",
    "large": "def main(event, context):\n    return 'x' * 7_000_000\n",
    "admin": "def main(event, context):\n    return 'a function with the name of a path of the emulator'\n",
}
NAVIGATION = {"Sec-Fetch-Mode": "navigate", "Sec-Fetch-Site": "none", "Sec-Fetch-Dest": "document"}
ROUTES = [
    {"path": "/api/v1", "target": "function:echo"},
    {"path": "/whole", "target": "function:echo", "enablePathTransmission": True},
    {"path": "/gone", "target": "function:nobody"},
    {"path": "/custom", "target": "function:page", "domain": "ocr.example.com"},
]

Ask = Callable[..., requests.Response]


@pytest.fixture(scope="module")
def project(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("project")
    for name, code in FUNCTIONS.items():
        function = folder / "functions" / name
        function.mkdir(parents=True)
        (function / "index.py").write_text(textwrap.dedent(code), encoding="utf-8")
        (function / "config.json").write_text('{"timeout": 1}' if name == "slow" else "{}")
    write_server(folder / "functions")
    content = {"envId": "env-1", "functionRoot": "functions", "gateway": {"routes": ROUTES}}
    (folder / "cloudbaserc.json").write_text(json.dumps(content), encoding="utf-8")
    return folder


@pytest.fixture(scope="module")
def settings(project: Path) -> Settings:
    return Settings(
        port=0,
        functions=project / "functions",
        recognizer=False,
        http_paths=("/opt=page",),
        allow_origins=("https://shop.example",),
        server_names=("ocr.example.com", "emulator.example.com"),
        open_functions=True,
        control_token="control-token",
    )


@pytest.fixture(scope="module")
def server(settings: Settings) -> Iterator[Server]:
    with running(settings) as started:
        yield started


@pytest.fixture
def ask(server: Server) -> Ask:
    def send(path: str, method: str = "GET", *, name: str = "", **more: Any) -> requests.Response:
        headers = {**more.pop("headers", {}), **({"Host": f"{name}:{server.port}"} if name else {})}
        return requests.request(
            method, server.url + path, headers=headers, timeout=30, allow_redirects=False, **more
        )

    return send


def test_the_event(ask: Ask) -> None:
    event = ask("/api/v1/a/b?x=1&y=&x=2&n=%E4%BD%A0", headers={"X-Mine": "1", "X-Forwarded-For": ""}).json()
    assert event["path"] == "/a/b"
    assert event["httpMethod"] == "GET"
    assert event["queryStringParameters"] == {"x": "2", "y": "", "n": "你"}
    assert {name: event["headers"][name] for name in ("x-mine", "x-real-ip", "x-forwarded-proto")} == {
        "x-mine": "1",
        "x-real-ip": "127.0.0.1",
        "x-forwarded-proto": "http",
    }
    context = event["requestContext"]
    assert (context["envId"], context["appId"], context["uin"]) == ("env-1", 1250000000, 100000000000)
    assert context["requestId"]
    assert (event["body"], event["isBase64Encoded"]) == ("", False)


def test_paths(ask: Ask) -> None:
    assert ask("/api/v1").json()["path"] == "/"
    assert ask("/whole/a").json()["path"] == "/whole/a"
    assert ask("/echo/x").json()["path"] == "/x", "every function has its own name as a path"
    assert ask("/opt/x").text == "<h1>Hi</h1>", "of the option"
    assert ask("/_http/admin", "POST").text == FUNCTIONS["admin"].split("'")[1]
    assert ask("/admin", name="env-1.localhost").text == FUNCTIONS["admin"].split("'")[1]
    assert "requestId" in ask("/admin", "POST", json={}).json(), "elsewhere the emulator's own paths go first"


@pytest.mark.parametrize(
    ("content_type", "body", "text", "encoded"),
    [
        ("application/json", '{"a":"你"}'.encode(), '{"a":"你"}', False),
        ("text/plain; charset=utf-8", b"abc", "abc", False),
        ("application/x-www-form-urlencoded", b"a=1", "a=1", False),
        ("application/json", b"\xff", "/w==", True),
        ("text/xml", b"<a/>", "PGEvPg==", True),
        ("image/png", b"\x89PNG", "iVBORw==", True),
        ("multipart/form-data; boundary=x", b"--x--", "LS14LS0=", True),
        ("", b"abc", "YWJj", True),
    ],
)
def test_bodies(ask: Ask, content_type: str, body: bytes, text: str, encoded: bool) -> None:
    event = ask("/echo", "POST", data=body, headers={"Content-Type": content_type}).json()
    assert (event["body"], event["isBase64Encoded"]) == (text, encoded)


def test_a_body_in_chunks(ask: Ask) -> None:
    event = ask("/echo", "PUT", data=iter([b"ab", b"cd"]), headers={"Content-Type": "image/png"}).json()
    assert base64.b64decode(event["body"]) == b"abcd"


@pytest.mark.parametrize(
    ("content_type", "most"), [("application/json", MAX_TEXT_BYTES), ("image/png", MAX_BINARY_BYTES)]
)
def test_limits_of_a_body(ask: Ask, content_type: str, most: int) -> None:
    headers = {"Content-Type": content_type}
    fits = ask("/page", "POST", data=b"x" * min(most, 4_000_000), headers=headers)
    assert fits.status_code == 200
    beyond = ask("/page", "POST", data=b"x" * (most + 1), headers=headers)
    assert beyond.status_code == 413
    assert beyond.json()["code"] == "EXCEED_MAX_PAYLOAD_SIZE"
    event = ask("/page", "POST", data=b"x" * 5_000_000, headers={"Content-Type": "image/png"})
    assert (event.status_code, event.json()["code"]) == (413, "EXCEED_MAX_PAYLOAD_SIZE"), (
        "as base64 it is too large"
    )


@pytest.mark.parametrize(
    ("path", "status", "code"),
    [
        ("/fails", 500, "FUNCTION_INVOCATION_FAILED"),
        ("/wrong", 500, "FUNCTION_INVOCATION_FAILED"),
        ("/large", 500, "FUNCTION_INVOCATION_FAILED"),
        ("/slow", 504, "FUNCTION_TIME_LIMIT_EXCEEDED"),
        ("/gone", 404, "FUNCTION_NOT_FOUND"),
        ("/nobody", 404, "INVALID_PATH"),
        ("/web/exit", 500, "FUNCTION_INVOCATION_FAILED"),
    ],
)
def test_errors(ask: Ask, path: str, status: int, code: str) -> None:
    reply = ask("/_http" + path)
    assert (reply.status_code, reply.json()["code"]) == (status, code)
    assert code in reply.json()["message"]
    assert reply.json()["requestId"] == reply.headers["X-Request-Id"]
    assert ask("/page").status_code == 200


def test_under_its_own_name_every_path_is_its(ask: Ask) -> None:
    for name in ("env-1.localhost", "ENV-1.localhost", "env-1.ap-shanghai.app.tcloudbase.com"):
        assert ask("/", name=name).json()["code"] == "INVALID_PATH"
        assert ask("/_emulator/health", name=name).json()["code"] == "INVALID_PATH"
        assert ask("/console/journal", name=name).json()["code"] == "INVALID_PATH"
        reply = ask("/page", name=name)
        assert (reply.text, reply.headers.get("Content-Security-Policy")) == ("<h1>Hi</h1>", None)
    assert ask("/_emulator/health", name="env-2.localhost").status_code == 401, (
        "the control side, with its token"
    )
    assert ask("/custom", name="ocr.example.com").text == "<h1>Hi</h1>"
    assert ask("/nothing", name="ocr.example.com").json()["code"] == "INVALID_PATH"
    assert "not found" in ask("/nothing", name="emulator.example.com").json()["error"]


def test_a_page_is_opened_under_the_own_name_and_never_beside_the_console(ask: Ask, server: Server) -> None:
    opened = ask("/page/a%20b?x=1", headers=NAVIGATION)
    assert opened.status_code == 307
    assert opened.headers["Location"] == f"http://env-1.localhost:{server.port}/page/a%20b?x=1"
    assert ask("/page", headers=NAVIGATION, name="env-1.localhost").text == "<h1>Hi</h1>"
    for path in ("/page", "/_http/page", "/web/"):
        policy = ask(path).headers["Content-Security-Policy"]
        assert policy.startswith("sandbox ")
        assert "allow-same-origin" not in policy
    # Where it cannot be led elsewhere, it is a page of no origin.
    assert ask("/page", headers=NAVIGATION, name="emulator.example.com").headers["Content-Security-Policy"]


@pytest.mark.parametrize("path", ["/page", "/_http/page", "/web/"])
@pytest.mark.parametrize("name", ["", "env-1.localhost"])
def test_pages_of_others_run_nothing(ask: Ask, path: str, name: str) -> None:
    for headers in (
        {"Origin": "https://evil.example"},
        {"Origin": "null"},
        {"Sec-Fetch-Site": "cross-site", "Sec-Fetch-Mode": "no-cors", "Sec-Fetch-Dest": "image"},
        {"Sec-Fetch-Site": "cross-site", "Sec-Fetch-Mode": "navigate", "Sec-Fetch-Dest": "document"},
        {"Sec-Fetch-Site": "cross-site", "Sec-Fetch-Mode": "navigate", "Sec-Fetch-Dest": "iframe"},
    ):
        reply = ask(path, "POST" if "Origin" in headers else "GET", headers=headers, name=name)
        assert (reply.status_code, reply.json()["code"]) == (403, "INVALID_REQUEST_SOURCE"), headers
        assert "Access-Control-Allow-Origin" not in reply.headers


@pytest.mark.parametrize("origin", ["https://shop.example", "http://localhost:5173"])
def test_pages_that_may(ask: Ask, origin: str) -> None:
    preflight = ask(
        "/echo",
        "OPTIONS",
        headers={
            "Origin": origin,
            "Access-Control-Request-Method": "PATCH",
            "Access-Control-Request-Headers": "content-type",
        },
        name="env-1.localhost",
    )
    assert (preflight.status_code, preflight.text) == (204, ""), (
        "the service answers it, and not the function"
    )
    assert "PATCH" in preflight.headers["Access-Control-Allow-Methods"]
    assert preflight.headers["Access-Control-Allow-Headers"] == "content-type"
    reply = ask("/echo", "PATCH", headers={"Origin": origin}, name="env-1.localhost")
    assert reply.headers["Access-Control-Allow-Origin"] == origin
    assert reply.json()["httpMethod"] == "PATCH"
    assert ask("/echo", "OPTIONS").json()["httpMethod"] == "OPTIONS", "without a page it is for the function"


def test_an_http_function(ask: Ask) -> None:
    told = ask("/web/a%2Fb?x=%201", "POST", data=b"\x00\xff", headers={"Content-Type": "image/png"}).json()
    assert (told["method"], told["path"], told["body"]) == ("POST", "/a/b?x=%201", "\x00\xff")
    assert told["headers"]["X-Real-Ip"] == "127.0.0.1"
    assert told["headers"]["X-Scf-Name"] == "web"
    assert told["env"]["WXCLOUD_API_BASE"].startswith("http://127.0.0.1:")
    reply = ask("/web/")
    assert reply.raw.headers.getlist("Set-Cookie") == ["a=1", "b=2"]
    assert reply.headers["Server"] == "cloudbase-ocr"
    head = ask("/web/", "HEAD")
    assert (head.status_code, head.content) == (200, b"")
    assert ask("/web/stream").text == "data: 0\n\ndata: 1\n\ndata: 2\n\n"


def test_a_change_of_the_routes_counts_at_once_and_a_mistake_ends_nothing(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    function = tmp_path / "functions" / "echo"
    function.mkdir(parents=True)
    (function / "index.py").write_text(FUNCTIONS["echo"], encoding="utf-8")
    file = tmp_path / "cloudbaserc.json"

    def write(path: str) -> None:
        route = {"path": path, "target": "function:echo"}
        file.write_text(
            json.dumps({"functionRoot": "functions", "gateway": {"routes": [route]}}), encoding="utf-8"
        )

    write("/first")
    with running(Settings(port=0, functions=function.parent, recognizer=False, strict=True)) as server:
        get = requests.Session().get
        assert get(server.url + "/first").json()["path"] == "/"
        assert get(server.url + "/echo").status_code == 404, "a strict emulator knows named routes only"
        write("/second")
        assert get(server.url + "/second").json()["path"] == "/"
        write("third")
        assert get(server.url + "/_http/second").json()["code"] == "INVALID_PATH"
        assert "cloudbaserc.json: gateway.routes[0].path must be a path" in caplog.text
        assert "gateway.routes[0].path must be" in server.emulator.runtime.notes()[0]
        write("/third")
        assert get(server.url + "/third").json()["path"] == "/"


def test_a_mistake_at_the_start_is_told(project: Path) -> None:
    with pytest.raises(ConfigError, match="--http-path: a route is written PATH=FUNCTION"):
        Server(Settings(port=0, functions=project / "functions", recognizer=False, http_paths=("ocr",)))


def test_types_of_text() -> None:
    assert all(map(is_text, ("text/html", "application/vnd.api+json", "TEXT/CSV")))
    assert not any(map(is_text, ("", "application/octet-stream", "application/xml", "image/svg+xml")))
