"""What js-sdk uses: logins, ``/web``, ``/v1/storages``, and which pages may use them."""

from __future__ import annotations

from collections.abc import Iterator
from random import Random
from typing import Any

import pytest
import requests

from cloudbase_ocr.app import create_app
from cloudbase_ocr.core.clock import ManualClock
from cloudbase_ocr.server import Server, running
from cloudbase_ocr.settings import Settings
from cloudbase_ocr.state.gate import is_allowed
from cloudbase_ocr.state.sessions import ACCESS_SECONDS, REFRESH_SECONDS, Sessions

PAGE = "http://localhost:5173"
SHOP = "https://shop.example"


@pytest.fixture(scope="module")
def web(function_folder: Any) -> Iterator[Server]:
    settings = Settings(
        port=0, functions=function_folder, recognizer=False, env_id="env-1", allow_origins=(SHOP,)
    )
    with running(settings) as server:
        yield server


def post(server: Server, path: str, body: Any = None, **headers: str) -> requests.Response:
    return requests.post(server.url + path, json={} if body is None else body, headers=headers, timeout=30)


def me(server: Server, token: str) -> requests.Response:
    return requests.get(
        server.url + "/auth/v1/user/me", headers={"Authorization": f"Bearer {token}"}, timeout=30
    )


def test_anonymous_login(web: Server) -> None:
    first, second = (post(web, "/auth/v1/signin/anonymously?client_id=env-1").json() for _ in range(2))
    assert first["token_type"] == "Bearer"
    assert first["sub"] != second["sub"]
    assert first["expires_in"] == ACCESS_SECONDS
    assert me(web, first["access_token"]).json()["sub"] == first["sub"]


def test_custom_ticket(web: Server) -> None:
    body = {"provider_id": "custom", "ticket": "t1"}
    first, second = (post(web, "/auth/v1/signin/custom", body).json() for _ in range(2))
    assert first["sub"] == second["sub"]
    assert first["access_token"] != second["access_token"]
    refused = post(web, "/auth/v1/signin/custom")
    assert (refused.status_code, refused.json()["error"]) == (400, "invalid_argument")


def test_refresh(web: Server) -> None:
    granted = post(web, "/auth/v1/signin/anonymously").json()
    body = {"grant_type": "refresh_token", "refresh_token": granted["refresh_token"]}
    renewed = post(web, "/auth/v1/token", body).json()
    assert renewed["sub"] == granted["sub"]
    assert me(web, granted["access_token"]).status_code == 401
    assert me(web, renewed["access_token"]).json()["sub"] == granted["sub"]
    wrong = post(web, "/auth/v1/token", {"grant_type": "refresh_token", "refresh_token": "no"})
    assert (wrong.status_code, wrong.json()["error"]) == (400, "invalid_grant")
    assert post(web, "/auth/v1/token").json()["error"] == "unsupported_grant_type"


@pytest.mark.parametrize("path", ["/auth/v1/revoke", "/auth/v1/user/signout"])
def test_sign_out(web: Server, path: str) -> None:
    token = post(web, "/auth/v1/signin/anonymously").json()["access_token"]
    assert post(web, path, Authorization=f"Bearer {token}").status_code == 200
    assert me(web, token).json()["error"] == "unauthenticated"
    other = post(web, "/auth/v1/signin/anonymously").json()["access_token"]
    post(web, path, {"token": other})
    assert me(web, other).status_code == 401


def test_tokens_expire() -> None:
    clock = ManualClock(1000)
    sessions = Sessions(clock, Random(1))
    session = sessions.login("anonymous")
    clock.advance(ACCESS_SECONDS - 1)
    assert sessions.find(session.access_token) is session
    clock.advance(1)
    assert sessions.find(session.access_token) is None
    assert sessions.refresh(session.refresh_token) is session
    clock.advance(REFRESH_SECONDS)
    assert sessions.refresh(session.refresh_token) is None


def test_logins_are_bounded_and_can_be_reset() -> None:
    sessions = Sessions(ManualClock(), Random(1))
    first = sessions.login("anonymous")
    last = [sessions.login("anonymous") for _ in range(10_000)][-1]
    assert sessions.find(first.access_token) is None
    assert sessions.find(last.access_token) is last
    sessions.reset()
    assert sessions.find(last.access_token) is None


def test_web_function(web: Server) -> None:
    body = {"action": "functions.invokeFunction", "function_name": "echo", "request_data": '{"a":1}'}
    assert post(web, "/web?env=env-1", body).json()["data"] == {"response_data": '{"a": 1}'}
    assert post(web, "/web", {**body, "function_name": "absent"}).json()["code"] == "FUNCTION_NOT_FOUND"


def test_web_has_no_cloud_calls(web: Server) -> None:
    body = {"action": "wx.api", "apiName": "ocr.idcard", "requestData": '{"img_url":"mock://idcard"}'}
    assert post(web, "/web", body).json()["code"] == "INVALID_PARAM"


def test_web_login_of_version_1(web: Server) -> None:
    login = post(web, "/web", {"action": "auth.signInAnonymously"}).json()
    again = post(web, "/web", {"action": "auth.signInAnonymously", "anonymous_uuid": login["uuid"]}).json()
    assert again["uuid"] == login["uuid"]
    fetch = {"action": "auth.fetchAccessTokenWithRefreshToken", "refresh_token": login["refresh_token"]}
    token = post(web, "/web", fetch).json()["access_token"]
    user = post(web, "/web", {"action": "auth.getUserInfo", "access_token": token}).json()
    assert user["data"] == {"uid": login["uuid"], "loginType": "ANONYMOUS"}
    ticket = post(web, "/web", {"action": "auth.signInWithTicket", "ticket": "t"}).json()
    assert ticket["refresh_token"]


@pytest.mark.parametrize(
    ("fields", "code"),
    [
        ({"action": "auth.getUserInfo", "access_token": "no"}, "CHECK_LOGIN_FAILED"),
        ({"action": "auth.fetchAccessTokenWithRefreshToken"}, "REFRESH_TOKEN_EXPIRED"),
        ({"action": "auth.signInWithTicket"}, "INVALID_PARAM"),
        ({"action": "auth.signUp"}, "INVALID_PARAM"),
    ],
)
def test_web_login_that_is_refused(web: Server, fields: dict[str, str], code: str) -> None:
    assert post(web, "/web", fields).json()["code"] == code


def test_gateway_files(web: Server) -> None:
    path = "/v1/storages/get-objects-"
    info = post(web, path + "upload-info", [{"objectId": "a/b.jpg"}, {"objectId": "../c"}, {}]).json()
    assert [entry.get("code") for entry in info] == [None, "INVALID_PARAM", "INVALID_PARAM"]
    headers = {"Authorization": info[0]["authorization"]}
    assert requests.put(info[0]["uploadUrl"], data=b"x", headers=headers, timeout=30).status_code == 200
    files = [{"cloudObjectId": info[0]["cloudObjectId"]}, {"cloudObjectId": "cloud://a.b/c"}, {}]
    found = post(web, path + "download-info", files).json()
    assert requests.get(found[0]["downloadUrl"], timeout=30).content == b"x"
    assert [entry.get("code") for entry in found] == [None, "STORAGE_FILE_NONEXIST", "INVALID_PARAM"]
    deleted = post(web, "/v1/storages/delete-objects", files).json()
    assert [entry.get("code") for entry in deleted] == [None, "STORAGE_FILE_NONEXIST", "INVALID_PARAM"]


@pytest.mark.parametrize("body", [{}, [], [5], [{}] * 51])
def test_gateway_files_that_are_refused(web: Server, body: Any) -> None:
    reply = post(web, "/v1/storages/delete-objects", body)
    assert (reply.status_code, reply.json()["code"]) == (400, "INVALID_PARAM")


@pytest.mark.parametrize(
    "path", ["/web", "/v1/functions/echo", "/auth/v1/signin/anonymously", "/_cos/b/a.jpg"]
)
@pytest.mark.parametrize(
    "origin", [PAGE, "http://127.0.0.1:1", "https://app.localhost", "http://[::1]:80", SHOP]
)
def test_preflight(web: Server, path: str, origin: str) -> None:
    asked = {
        "Origin": origin,
        "Access-Control-Request-Method": "POST",
        "Access-Control-Request-Headers": "authorization,x-sdk-version",
        "Access-Control-Request-Private-Network": "true",
    }
    reply = requests.options(web.url + path, headers=asked, timeout=30)
    assert reply.status_code == 204
    assert reply.headers["Access-Control-Allow-Origin"] == origin
    assert reply.headers["Access-Control-Allow-Credentials"] == "true"
    assert reply.headers["Access-Control-Allow-Headers"] == "authorization,x-sdk-version"
    assert "PUT" in reply.headers["Access-Control-Allow-Methods"]
    assert reply.headers["Access-Control-Allow-Private-Network"] == "true"
    assert reply.headers["Vary"] == "Origin"


@pytest.mark.parametrize("path", ["/web", "/admin", "/", "/v1/functions/echo", "/auth/v1/signin/anonymously"])
@pytest.mark.parametrize(
    "origin", ["https://evil.example", "null", "http://localhost.evil.example", SHOP + ":8443"]
)
def test_foreign_pages_are_refused(web: Server, path: str, origin: str) -> None:
    for method in ("POST", "OPTIONS"):
        reply = requests.request(method, web.url + path, json={}, headers={"Origin": origin}, timeout=30)
        content = reply.json()
        code = content["Response"]["Error"]["Code"] if path == "/" else content["code"]
        expected = "UnauthorizedOperation" if path == "/" else "INVALID_REQUEST_SOURCE"
        assert (reply.status_code, code) == (403, expected)
        assert "Access-Control-Allow-Origin" not in reply.headers


def test_an_answer_can_be_read_by_its_page_only(web: Server) -> None:
    reply = post(web, "/v1/functions/echo", {"a": 1}, Origin=PAGE)
    assert (reply.json(), reply.headers["Access-Control-Allow-Origin"]) == ({"a": 1}, PAGE)
    assert reply.headers["Access-Control-Expose-Headers"] == "X-Request-Id"
    assert "Access-Control-Allow-Origin" not in post(web, "/v1/functions/echo", {"a": 1}).headers


def test_wechats_interfaces_are_not_for_pages(web: Server) -> None:
    reply = requests.get(web.url + "/cgi-bin/token", headers={"Origin": PAGE}, timeout=30)
    assert "Access-Control-Allow-Origin" not in reply.headers


@pytest.mark.parametrize(
    "origin", ["shop.example", "https://shop.example/", "ftp://a", "*", "http://a:port", ""]
)
def test_origins_that_are_no_origins(origin: str) -> None:
    assert not is_allowed(origin, ())
    with pytest.raises(ValueError, match="is not an origin"):
        create_app(Settings(allow_origins=(origin,)))


def test_null_can_be_allowed() -> None:
    create_app(Settings(allow_origins=("null",)))
    assert is_allowed("null", ("null",))
