"""``serve --ocr-only``: tokens and OCR are there, for those who know a secret, and nothing else is."""

from __future__ import annotations

import random
from collections.abc import Iterator

import pytest
import requests
from pytest_httpserver import HTTPServer

from cloudbase_ocr.app import create_app
from cloudbase_ocr.server import Server, running
from cloudbase_ocr.settings import Settings
from tests.emulator.served import served
from tests.quick import first

ACCOUNT = {"grant_type": "client_credential", "appid": "wxprivate", "secret": "a-secret-of-the-tests"}
OPEN = (
    "/cv/ocr/",
    "/_emulator/",
    "/console/",
    "/static/",
    "/cgi-bin/token",
    "/cgi-bin/stable_token",
    "/wxa/servicemarket",
    "/readyz",
    "/metrics",
)


@pytest.fixture(scope="module")
def service() -> Iterator[Server]:
    settings = Settings(
        port=0,
        recognizer=False,
        ocr_only=True,
        apps=("wxprivate:a-secret-of-the-tests", "wxother:another-of-the-tests"),
        quota_per_day=0,
    )
    with running(settings) as server:
        yield server


def ask(service: Server, **query: str) -> int:
    files = None if "img_url" in query else {"img": ("a.png", b"no picture", "image/png")}
    reply = requests.post(service.url + "/cv/ocr/idcard", params=query, files=files, timeout=30)
    return int(reply.json()["errcode"])


def test_a_token_of_a_named_account_reads_pictures(service: Server) -> None:
    token = requests.get(service.url + "/cgi-bin/token", params=ACCOUNT, timeout=30).json()["access_token"]
    assert ask(service, access_token=token) == 101002
    stable = requests.post(service.url + "/cgi-bin/stable_token", json=ACCOUNT, timeout=30).json()
    assert ask(service, access_token=stable["access_token"]) == 101002


@pytest.mark.parametrize(("account", "code"), [({"appid": "wxnobody"}, 40013), ({"secret": "guess"}, 40125)])
def test_others_get_no_token(service: Server, account: dict[str, str], code: int) -> None:
    reply = requests.get(service.url + "/cgi-bin/token", params={**ACCOUNT, **account}, timeout=30).json()
    assert reply["errcode"] == code


def test_inside_a_closed_network_callers_may_go_without_a_token() -> None:
    settings = Settings(port=0, recognizer=False, ocr_only=True, tokenless=True, appid="wxprivate")
    with running(settings) as server:
        assert ask(server) == 101002


def test_mock_inputs_are_off(service: Server) -> None:
    assert ask(service, access_token="mock://wxprivate") == 40001
    token = requests.get(service.url + "/cgi-bin/token", params=ACCOUNT, timeout=30).json()["access_token"]
    assert ask(service, access_token=token, img_url="mock://idcard") == 101000


def test_no_other_route_answers(service: Server) -> None:
    closed = 0
    for rule in service.app.url_map.iter_rules():
        if rule.rule.startswith(OPEN) or rule.rule == "/":
            continue
        path = rule.rule.replace("<path:", "<").replace("<name>", "idcard")
        for method in ("GET", "POST", "OPTIONS"):
            reply = requests.request(method, service.url + path, json={}, timeout=30)
            assert reply.status_code == 404, path
            assert "OCR is at POST /cv/ocr/idcard" in reply.json()["error"], path
        closed += 1
    assert closed > 15
    assert requests.post(service.url + "/", json={}, timeout=30).status_code == 404
    with_token = {"Authorization": f"Bearer {service.emulator.guard.token}"}
    assert requests.get(service.url + "/_emulator/health", headers=with_token, timeout=30).status_code == 200


def test_the_control_side_asks_for_a_token_although_only_this_machine_is_served(service: Server) -> None:
    for path in ("/_emulator/health", "/_emulator/journal", "/", "/console/journal"):
        assert requests.get(service.url + path, timeout=30).status_code == 401, path
    assert len(service.emulator.guard.token) >= 32


def token_of(server: Server) -> str:
    reply = requests.get(server.url + "/cgi-bin/token", params=ACCOUNT, timeout=30).json()
    return str(reply["access_token"])


def test_img_url_leads_to_nothing_of_this_machine(service: Server, httpserver: HTTPServer) -> None:
    httpserver.expect_request("/a.jpg").respond_with_data(b"no picture")
    port = httpserver.port
    for host in ("127.0.0.1", "localhost", "127.1.2.3", "[::1]", "[::ffff:127.0.0.1]", "[::127.0.0.1]"):
        url = f"http://{host}:{port}/a.jpg"
        assert ask(service, access_token=token_of(service), img_url=url) == 101000, url
    assert httpserver.log == []


def test_img_url_leads_to_hosts_of_this_machine_that_were_named(httpserver: HTTPServer) -> None:
    httpserver.expect_request("/a.jpg").respond_with_data(b"no picture")
    settings = Settings(
        port=0,
        recognizer=False,
        ocr_only=True,
        apps=("wxprivate:a-secret-of-the-tests",),
        allow_hosts=("127.0.0.1",),
    )
    with running(settings) as server:
        url = f"http://127.0.0.1:{httpserver.port}/a.jpg"
        assert ask(server, access_token=token_of(server), img_url=url) == 101002, "fetched"
        assert (
            ask(server, access_token=token_of(server), img_url=url.replace("127.0.0.1", "localhost"))
            == 101000
        )


def test_there_is_no_limit_a_day(service: Server) -> None:
    token = requests.get(service.url + "/cgi-bin/token", params=ACCOUNT, timeout=30).json()["access_token"]
    assert {ask(service, access_token=token) for _ in range(105)} == {101002}


def test_tokens_cannot_be_foretold_unless_a_seed_is_given() -> None:
    def token(seed: int) -> str:
        with running(Settings(port=0, recognizer=False, seed=seed)) as server:
            reply = requests.get(server.url + "/cgi-bin/token", params=ACCOUNT, timeout=30).json()
            return str(reply["access_token"])

    assert token(7) == token(7)
    with running(Settings(port=0, recognizer=False)) as server:
        assert isinstance(server.emulator.random, random.SystemRandom)


@pytest.mark.parametrize(
    ("arguments", "said"),
    first(
        1,
        [
            (
                (
                    "--app",
                    "wx1:a-secret-of-the-tests",
                    "--app",
                    "wx2:another-of-the-tests",
                    "--quota-per-day",
                    "0",
                ),
                "OCR only, for wx1, wx2; no limit a day\n",
            ),
            (
                (),
                (
                    "OCR only, for everybody, because no --app is named: "
                    "any appid and secret get a token; 100 calls a day\n"
                ),
            ),
        ],
    ),
)
def test_serve_says_whom_it_serves(arguments: tuple[str, ...], said: str) -> None:
    with served("--ocr-only", "--control-token", "a-token-of-the-tests", *arguments) as (_, output):
        lines = [output.readline() for _ in range(2)]
    assert lines[1] == said


@pytest.mark.parametrize("apps", [("wx1:fifteen-letters",), ("wx1:a-secret-of-the-tests", "wx2:short")])
def test_short_secrets_are_refused_with_what_to_do(apps: tuple[str, ...]) -> None:
    with pytest.raises(
        ValueError, match=r"the secret of wx[12] has \d+ characters.* takes 16 or more.*token_urlsafe"
    ) as told:
        create_app(Settings(recognizer=False, ocr_only=True, apps=apps))
    assert "fifteen-letters" not in str(told.value)
    assert "short" not in str(told.value)
    create_app(Settings(recognizer=False, apps=apps))


@pytest.mark.check
def test_serve_prints_the_token_of_a_private_service() -> None:
    with served("--ocr-only") as (_, output):
        lines = [output.readline() for _ in range(6)]
    assert lines[0].startswith("token: ")
    assert "private service" in lines[1]
    assert "run functions" not in "".join(lines)
    assert lines[5].startswith("OCR only")
