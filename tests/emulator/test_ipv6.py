"""The emulator, and the recorder, on an address of IPv6."""

from __future__ import annotations

import re
import socket
import sys
from pathlib import Path

import pytest
import requests

from cloudbase_ocr.server import running
from cloudbase_ocr.settings import Settings
from tests import needs
from tests.emulator.served import served
from tests.processes import started

FUNCTIONS = Path(__file__).parents[2] / "functions"


def has_ipv6() -> bool:
    try:
        with socket.socket(socket.AF_INET6) as one:
            one.bind(("::1", 0))
    except OSError:
        return False
    return True


pytestmark = pytest.mark.skipif(not has_ipv6(), reason=needs.IPV6)


@pytest.mark.parametrize("host", ["::1", "::", "0:0:0:0:0:0:0:1"])
def test_functions_and_storage_find_the_emulator(host: str) -> None:
    chosen = Settings(host=host, port=0, recognizer=False, functions=FUNCTIONS, control_token="t" * 20)
    with running(chosen) as server:
        assert re.fullmatch(r"http://\[[0:]*1\]:\d+", server.url)
        headers = {"Authorization": "Bearer " + "t" * 20}
        put = requests.post(
            server.url + "/_emulator/files?name=a.bin", data=b"bytes", headers=headers, timeout=10
        ).json()
        assert requests.get(put["url"], timeout=10).content == b"bytes"
        body = {"name": "idcard", "data": {"imgUrl": "mock://idcard"}}
        reply = requests.post(server.url + "/_emulator/invoke", json=body, headers=headers, timeout=30).json()
        assert reply["result"]["name"] == "张三"


def test_the_banner_has_brackets() -> None:
    with served("--host", "::1") as (_, output):
        found = re.search(r"http://\[::1\]:\d+", next(output))
        assert found
        assert requests.get(found[0] + "/_emulator/health", timeout=10).status_code == 200


@pytest.mark.check
def test_the_recorder_says_an_address_that_works(tmp_path: Path) -> None:
    command = [
        sys.executable,
        "-m",
        "cloudbase_ocr",
        "record",
        "--mode",
        "none",
        "--host",
        "::1",
        "--port",
        "0",
    ]
    with started([*command, "--to", str(tmp_path / "r"), "--keys", str(tmp_path / "k")]) as process:
        found = next(
            (match for line in process.stdout if (match := re.search(r"http://\[::1\]:\d+", line))), None
        )
        assert found
        assert requests.get(found[0] + "/nothing", timeout=10).status_code < 600
