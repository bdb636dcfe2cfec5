"""Tencent Cloud's API at ``/``: by POST and GET, in both forms, and never with the console's page."""

from __future__ import annotations

import logging
from typing import Any

import pytest
import requests

from cloudbase_ocr.cloudbase.tencent import SERVICES
from cloudbase_ocr.server import Server, running
from cloudbase_ocr.settings import Settings

API_HOST = "tcb.tencentcloudapi.com"


def ask(server: Server, method: str = "GET", path: str = "/", **sent: Any) -> dict[str, Any]:
    """Return what is in the answer; every answer has the API's form."""
    reply = requests.request(method, server.url + path, timeout=30, **sent)
    assert reply.status_code == 200
    assert reply.headers["Content-Type"] == "application/json"
    assert reply.headers.get("Content-Security-Policy") is None or method == "GET"
    (response,) = reply.json().values()
    assert response["RequestId"]
    return dict(response)


ECHO = {"FunctionName": "echo", "ClientContext": '{"a": "值"}'}
HEADERS = {"X-TC-Action": "Invoke", "X-TC-Version": "2018-04-16"}
NAMED = {"Action": "Invoke", "Version": "2018-04-16"}


@pytest.mark.parametrize(
    "sent",
    [
        {"method": "POST", "json": ECHO, "headers": HEADERS},
        {"method": "GET", "params": ECHO, "headers": HEADERS},
        {"method": "GET", "params": {**ECHO, **NAMED}},
        {"method": "POST", "data": {**ECHO, **NAMED}},
        {"method": "POST", "data": ECHO, "params": NAMED},
        {"method": "POST", "data": {**ECHO, "Action": "Invoke"}},
        {"method": "GET", "params": {**ECHO, **NAMED}, "headers": {"Host": "scf.tencentcloudapi.com"}},
    ],
    ids=range(7),
)
def test_every_form_calls_a_function(server: Server, sent: dict[str, Any]) -> None:
    assert ask(server, **sent)["Result"]["RetMsg"] == '{"a": "值"}'


def test_both_services_answer_at_one_address(server: Server) -> None:
    assert "Functions" in ask(server, params={"Action": "ListFunctions", "Version": "2018-06-08"})
    assert "EnvList" in ask(server, params={"Action": "DescribeEnvs"})
    logs = {"Action": "GetFunctionLogs", "FunctionName": "echo"}
    assert "Data" in ask(server, params=logs)
    assert "LogList" in ask(server, params=logs, headers={"Host": API_HOST})


def error(server: Server, **sent: Any) -> tuple[str, str]:
    found = ask(server, **sent)["Error"]
    assert list(found) == ["Code", "Message"]
    return found["Code"], found["Message"]


@pytest.mark.parametrize(
    "sent",
    [
        {"headers": {"X-TC-Action": "DescribeStorages"}},
        {"params": {"Action": "DescribeStorages"}},
        {"method": "POST", "data": {"Action": "DescribeStorages", "Version": "2018-06-08"}},
        {"method": "POST", "data": {"Action": "Invoke", "Version": "2018-06-08"}},
        {"headers": {"Host": API_HOST}},
        {"headers": {"X-TC-Version": "2018-04-16"}},
        {"headers": {"Authorization": "TC3-HMAC-SHA256 Credential=a/b/c/tc3_request"}},
        {"method": "POST", "data": "{}"},
    ],
    ids=range(8),
)
def test_an_action_that_is_not_here_names_those_that_are(server: Server, sent: dict[str, Any]) -> None:
    code, message = error(server, **sent)
    assert code == "InvalidAction"
    for service in SERVICES:
        assert f"{service.name} {service.version}: {', '.join(service.actions)}" in message


def test_other_versions_and_verbs(server: Server) -> None:
    code, message = error(server, params={"Action": "Invoke", "Version": "2017-03-12"})
    assert (code, "2018-04-16 (scf), 2018-06-08 (tcb)" in message) == ("NoSuchVersion", True)
    for verb in ("PUT", "DELETE", "PATCH"):
        assert error(server, method=verb, headers=HEADERS)[0] == "UnsupportedProtocol"


def test_the_console_is_still_there(server: Server) -> None:
    reply = requests.get(server.url, params={"action": "Invoke"}, timeout=10)
    assert reply.headers["Content-Type"] == "text/html; charset=utf-8"


@pytest.mark.parametrize("path", ["/console/journal", "/_emulator/health"])
def test_hosts_of_the_api_have_no_console(server: Server, path: str) -> None:
    reply = requests.get(server.url + path, headers={"Host": API_HOST}, timeout=10)
    assert (reply.status_code, list(reply.json())) == (403, ["error"])


def test_hosts_of_the_api_have_no_console_where_others_reach_it() -> None:
    with running(Settings(host="0.0.0.0", port=0, recognizer=False)) as shared:
        url = f"http://127.0.0.1:{shared.port}"
        for path in ("/console/journal", "/_emulator/health"):
            reply = requests.get(url + path, headers={"Host": API_HOST}, timeout=10)
            assert (reply.status_code, list(reply.json())) == (403, ["error"])
        for verb, headers in (("GET", {"X-Forwarded-For": "192.0.2.7"}), ("POST", {"Via": "x"})):
            reply = requests.request(
                verb, url, headers={**headers, "X-TC-Action": "DescribeEnvs"}, timeout=10
            )
            assert reply.status_code == 401
            assert reply.json()["Response"]["Error"]["Code"] == "UnauthorizedOperation"
            assert "--open-functions" in reply.json()["Response"]["Error"]["Message"]


def test_pages_of_other_sites_are_refused(server: Server) -> None:
    page = {"Origin": "https://evil.example"}
    picture = {"Sec-Fetch-Site": "cross-site", "Sec-Fetch-Mode": "no-cors", "Sec-Fetch-Dest": "image"}
    link = {"Sec-Fetch-Site": "cross-site", "Sec-Fetch-Mode": "navigate", "Sec-Fetch-Dest": "document"}
    for headers in (page, picture, link):
        reply = requests.get(server.url, params={**ECHO, **NAMED}, headers=headers, timeout=10)
        assert (reply.status_code, "Response" in reply.json()) == (403, True)


def test_a_private_service_has_no_api() -> None:
    settings = Settings(port=0, recognizer=False, ocr_only=True, apps=("wx1:a-secret-of-a-test",))
    with running(settings) as private:
        for params, headers in ((NAMED, {}), ({}, HEADERS), ({}, {"Host": API_HOST})):
            reply = requests.get(private.url, params=params, headers=headers, timeout=10)
            assert (reply.status_code, list(reply.json())) == (404, ["error"])


def test_log_and_journal_name_the_action(server: Server, caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.INFO, "cloudbase_ocr.calls")
    ask(server, params={"Action": "DescribeEnvs"})
    error(server, method="POST", data={"Action": "Invoke"})
    ask(server, params={**ECHO, **NAMED})
    lines = [record.getMessage() for record in caplog.records if record.name == "cloudbase_ocr.calls"]
    assert [line.rpartition(" ms")[0].rpartition(" ")[0] for line in lines] == [
        "GET / DescribeEnvs 200",
        "POST / Invoke errcode=MissingParameter",
    ]
    journal = server.emulator.journal.trees()[:3]
    assert [(entry.kind, entry.name, entry.code) for entry in journal] == [
        ("call_function", "echo", 0),
        ("call_function", "Invoke", "MissingParameter"),
        ("wechat", "DescribeEnvs", None),
    ]


def test_signatures_are_checked_once_a_key_is_named() -> None:
    settings = Settings(port=0, recognizer=False, secret_keys=("AKID0:secret",))
    with running(settings) as strict:
        assert error(strict, params={"Action": "DescribeEnvs"})[0] == "AuthFailure.InvalidAuthorization"
        signed = {"Action": "DescribeEnvs", "SecretId": "AKID1", "Signature": "x"}
        assert error(strict, params=signed)[0] == "AuthFailure.SecretIdNotFound"
        assert error(strict, params={"Action": "None"})[0] == "InvalidAction"
