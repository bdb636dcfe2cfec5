"""The log as JSON: what a line holds, whom it believes, and what it never holds."""

from __future__ import annotations

import json
import logging
import subprocess
from typing import Any

import pytest
import requests

from cloudbase_ocr.core.calls import LOGGER_NAME
from cloudbase_ocr.server import Server, running
from cloudbase_ocr.service.json_log import JsonFormatter
from cloudbase_ocr.settings import Settings
from tests.emulator.served import SERVE
from tests.processes import started, stop

SECRET = "a-secret-nobody-guesses"


@pytest.fixture
def lines(caplog: pytest.LogCaptureFixture) -> Any:
    caplog.set_level(logging.INFO, "cloudbase_ocr")

    def read() -> list[dict[str, Any]]:
        found = [JsonFormatter().format(record) for record in caplog.records]
        assert not [line for line in found if "\n" in line]
        return [json.loads(line) for line in found]

    return read


def ask(server: Server, path: str = "/cgi-bin/token", **headers: str) -> None:
    query = {
        "grant_type": "client_credential",
        "appid": "wx1",
        "secret": SECRET,
        "access_token": "mock://wx1",
    }
    query["img_url"] = "mock://idcard"
    method = "POST" if path.startswith("/cv/") else "GET"
    requests.request(method, server.url + path, params=query, headers=headers, timeout=10)


def test_a_call_is_one_line_with_what_an_operator_asks_for(lines: Any) -> None:
    with running(Settings(port=0, recognizer=False)) as server:
        ask(server, "/cv/ocr/idcard", **{"X-Request-ID": "abc-1", "X-Forwarded-For": "203.0.113.7"})
    (line,) = [line for line in lines() if line["logger"] == LOGGER_NAME]
    assert line.pop("time").endswith("Z")
    assert line.pop("seconds") < 5
    assert line == {
        "level": "info",
        "logger": LOGGER_NAME,
        "request_id": "abc-1",
        "client": "203.0.113.7",
        "method": "POST",
        "path": "/cv/ocr/idcard",
        "appid": "wx1",
        "errcode": 0,
        "status": 200,
        "queue_seconds": None,
        "answered_by": line["answered_by"],
    }


def test_no_secret_and_no_value_is_in_it(lines: Any) -> None:
    with running(Settings(port=0, recognizer=False)) as server:
        ask(server)
        ask(server, "/cv/ocr/idcard")
        ask(server, "/cv/ocr/no\nthing", **{"X-Request-ID": "a b"})
    shown = json.dumps(lines(), ensure_ascii=False)
    assert not [each for each in (SECRET, "mock://wx1", "access_token=", "张") if each in shown]
    ids = [line["request_id"] for line in lines() if "request_id" in line]
    assert len(ids) >= 3
    assert "a b" not in ids
    assert all(ids)


def test_a_hint_belongs_to_its_call_and_a_traceback_is_in_one_line(lines: Any) -> None:
    with running(Settings(port=0, recognizer=False)) as server:
        requests.get(server.url + "/cv/ocr/idcard", headers={"X-Request-ID": "one"}, timeout=10)
        requests.post(server.url + "/cv/ocr/idcard", headers={"X-Request-ID": "two"}, timeout=10)
    hints = [line for line in lines() if line["level"] == "warning"]
    assert [line["request_id"] for line in hints] == ["two"]
    assert hints[0]["message"] == "hint: put access_token into the query of the URL"
    try:
        raise ValueError("x")
    except ValueError:
        logging.getLogger("cloudbase_ocr.wechat").exception("failed")
    assert "ValueError" in lines()[-1]["exception"]


def test_who_is_no_proxy_is_not_believed(lines: Any) -> None:
    from cloudbase_ocr.wechat import replies

    with running(Settings(port=0, recognizer=False)) as server:
        app = server.app
        with app.test_request_context(
            headers={"X-Request-ID": "mine"}, environ_base={"REMOTE_ADDR": "203.0.113.9"}
        ):
            assert replies.call().request_id != "mine"
            assert replies.call().client == "203.0.113.9"
        with app.test_request_context(
            headers={"X-Request-ID": "mine"}, environ_base={"REMOTE_ADDR": "127.0.0.1"}
        ):
            assert replies.call().request_id == "mine"


@pytest.mark.check
def test_serve_writes_json_on_stderr_only() -> None:
    with started([*SERVE, "--log-format", "json"], stderr=subprocess.PIPE) as process:
        line = next(line for line in iter(process.stdout.readline, "") if "Ctrl-C" in line)
        url = next(word for word in line.split() if word.startswith("http://"))
        requests.get(url + "/cgi-bin/token", timeout=10)
        stop(process)
        found = [json.loads(line) for line in process.stderr.read().splitlines()]
    assert {"/cgi-bin/token"} <= {line.get("path") for line in found}
