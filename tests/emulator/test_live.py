"""An emulator that a program starts: what it offers, how settings are given, and how it ends."""

from __future__ import annotations

import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from dataclasses import asdict
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import pytest
import requests

from cloudbase_ocr import LiveEmulator, OcrEmulator, Settings, start
from cloudbase_ocr.given_settings import settings_of


@pytest.fixture
def live() -> Iterator[LiveEmulator]:
    with start(recognizer=False) as ocr:
        yield ocr


def ask(ocr: OcrEmulator) -> Any:
    query = {"access_token": ocr.token, "img_url": "mock://idcard"}
    return requests.post(ocr.url + "/cv/ocr/idcard", params=query, timeout=10).json()


def test_a_program_has_what_the_fixture_has(live: LiveEmulator) -> None:
    live.reply("ocr.idcard", name="赵一", times=1)
    assert ask(live)["name"] == "赵一"
    live.quota.exhaust("ocr.idcard")
    assert ask(live)["errcode"] == 101003
    live.clock.advance(days=1)
    assert ask(live)["errcode"] == 0
    assert [call.code for call in live.requests] == [0, 101003, 0]
    assert live.env("idcard")["WXCLOUD_API_BASE"] == live.url
    assert live.env()["WECHAT_APPID"] == live.appid == Settings().appid
    assert live.control.health().recognizer == []
    answer = live.invoke("idcard", {"imgUrl": "mock://idcard"})
    assert (answer["errMsg"], answer["result"]["name"]) == ("cloud.callFunction:ok", "张三")


def test_two_at_a_time_know_nothing_of_each_other(live: LiveEmulator) -> None:
    before = live.clock.get().offset  # another test may have turned it
    with start(recognizer=False) as other:
        assert other.url != live.url
        other.fail("ocr.idcard", 101001)
        other.clock.advance(days=1)
        assert ask(other)["errcode"] == 101001
        assert ask(live)["errcode"] == 0
        assert abs(live.clock.get().offset - before) < 1


def test_the_accounts_of_the_settings(live: LiveEmulator) -> None:
    with start(recognizer=False, apps=["wx1:one", "wx2:two"], appid="wx2") as ocr:
        assert (ocr.secret, ocr.account("wx1").secret) == ("two", "one")
        query = {"grant_type": "client_credential", "appid": ocr.appid, "secret": ocr.secret}
        assert "access_token" in requests.get(ocr.url + "/cgi-bin/token", params=query, timeout=10).json()
        refused = requests.get(
            ocr.url + "/cgi-bin/token", params={**query, "secret": live.secret}, timeout=10
        )
        assert refused.json()["errcode"] == 40125
        assert ask(ocr)["errcode"] == 0


def test_it_ends_at_once_and_its_port_is_free_again() -> None:
    ocr = start(recognizer=False)
    port = urlsplit(ocr.url).port
    began = time.monotonic()
    ocr.close()
    ocr.close()
    assert time.monotonic() - began < 5
    with pytest.raises(RuntimeError, match="start another"):
        _ = ocr.url
    with pytest.raises(RuntimeError, match="start another"):
        ocr.invoke("idcard")
    with start(recognizer=False, port=port) as again:
        assert urlsplit(again.url).port == port
        assert ask(again)["errcode"] == 0


def test_a_taken_port_is_an_error_of_the_system() -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
        with pytest.raises(OSError, match=f"port {port} .* is in use"):
            start(port=port)


@pytest.mark.parametrize(
    ("settings", "error", "message"),
    [
        pytest.param({"prot": 1}, TypeError, "no setting 'prot'; is port meant?", id="slip"),
        pytest.param({"ocr": 1}, TypeError, "no setting 'ocr'.*max_pixels", id="unknown"),
        pytest.param(
            {"port": "8787"}, TypeError, "port takes a whole number, and not '8787'", id="text for a number"
        ),
        pytest.param(
            {"seed": True}, TypeError, "seed takes a whole number, and not True", id="bool for a number"
        ),
        pytest.param(
            {"strict": 1}, TypeError, "strict takes true or false, and not 1", id="number for a bool"
        ),
        pytest.param({"port": None}, TypeError, "port takes a whole number, and not None", id="none"),
        pytest.param({"functions": 3}, TypeError, "functions takes a path, and not 3", id="no path"),
        pytest.param({"apps": "wx1:s"}, TypeError, "apps takes several values", id="one text for several"),
        pytest.param(
            {"allow_ports": ["80"]}, TypeError, "allow_ports takes a whole number, and not '80'", id="item"
        ),
        pytest.param({"apps": 3}, TypeError, "apps takes several values", id="no list"),
        pytest.param({"functions": "none/here"}, FileNotFoundError, "functions.*none/here", id="no folder"),
        pytest.param({"port": 65536}, ValueError, "port is from 0 to 65535", id="too much"),
        pytest.param({"quota_per_day": -1}, ValueError, "from 0 to any number, and not -1", id="too little"),
        pytest.param({"recognizer_limit": 0}, ValueError, "recognizer_limit is more than 0", id="no time"),
        pytest.param({"profile": "exact"}, ValueError, "observed, documented, and not 'exact'", id="word"),
        pytest.param({"apps": ["wx1"]}, ValueError, "APPID:SECRET", id="account"),
        pytest.param({"allow_origins": ["x/y"]}, ValueError, "not an origin", id="origin"),
    ],
)
def test_wrong_settings_are_named(settings: dict[str, Any], error: type[Exception], message: str) -> None:
    with pytest.raises(error, match=message):
        start(**settings)


def test_every_default_may_be_given() -> None:
    assert settings_of(**asdict(Settings())) == Settings()


def test_paths_may_be_texts_and_several_values_any_list(tmp_path: Path) -> None:
    given = settings_of(
        functions=str(tmp_path), fixtures=[str(tmp_path)], state=str(tmp_path / "new"), recognizer_limit=3
    )
    assert given == Settings(
        functions=tmp_path, fixtures=(tmp_path,), state=str(tmp_path / "new"), recognizer_limit=3
    )


def test_a_program_that_does_not_close_it_ends(tmp_path: Path) -> None:
    program = (
        "import sys\n"
        "sys.modules['pytest'] = None  # as if it were not installed\n"
        "from cloudbase_ocr import start\n"
        "ocr = start()\n"
        "ocr.fail('ocr.idcard', 101001)\n"
        "answer = ocr.invoke('idcard', {'imgUrl': 'mock://idcard'})\n"
        "print(answer['result']['errCode'], ocr.url)\n"
        "print(sorted({'numpy', 'cv2', 'openvino'} & set(sys.modules)))\n"
    )
    done = subprocess.run(
        [sys.executable, "-W", "error", "-c", program],
        cwd=tmp_path,
        capture_output=True,
        encoding="utf-8",
        timeout=60,
    )
    first, second = done.stdout.splitlines()
    assert (first.split()[0], second, done.stderr, done.returncode) == ("101001", "[]", "", 0)
    address = urlsplit(first.split()[1])
    with pytest.raises(ConnectionRefusedError):
        socket.create_connection(("127.0.0.1", address.port or 0), timeout=5)
