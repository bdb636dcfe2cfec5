"""One account sends all it can: another one is read all the same, each picture after one of the first at most."""

from __future__ import annotations

import threading
import time
from collections import Counter

import pytest
import requests

from cloudbase_ocr.server import Server, running
from cloudbase_ocr.settings import Settings
from cloudbase_ocr.specimens.catalog import specimen

pytestmark = pytest.mark.check

SECRET = "a-secret-of-the-tests"
GREEDY, MODEST = "wxgreedy", "wxmodest"
CONNECTIONS = 34


def token(server: Server, appid: str) -> str:
    query = {"grant_type": "client_credential", "appid": appid, "secret": SECRET}
    return str(requests.get(server.url + "/cgi-bin/token", params=query, timeout=20).json()["access_token"])


def upload(server: Server, access: str, method: str, picture: bytes) -> int:
    files = {"img": ("a.jpg", picture, "image/jpeg")}
    query = {"access_token": access}
    reply = requests.post(f"{server.url}/cv/ocr/{method}", params=query, files=files, timeout=120)
    return int(reply.json()["errcode"])


@pytest.mark.parametrize("workers", [0, 2])
def test_an_account_is_read_while_another_has_34_connections(workers: int) -> None:
    dense, small = specimen("menu"), specimen("platenum")
    assert dense is not None
    assert small is not None
    settings = Settings(
        port=0,
        ocr_only=True,
        apps=(f"{GREEDY}:{SECRET}", f"{MODEST}:{SECRET}"),
        quota_per_day=0,
        recognizer_workers=workers,
        recognizer_limit=60.0,
        recognizer_timeout=120.0,
        journal_keep_mb=0,
    )
    codes, stop, pause = Counter[int](), threading.Event(), threading.Event()
    with running(settings) as server:
        assert server.emulator.recognizer is not None
        server.emulator.recognizer.warm()
        access = token(server, GREEDY)

        def take_all() -> None:
            while not stop.is_set():
                codes[upload(server, access, "menu", dense.picture)] += 1

        threads = [threading.Thread(target=take_all) for _ in range(CONNECTIONS)]
        for thread in threads:
            thread.start()
        for _ in range(2000):
            if server.emulator.recognizer.status().waiting == 16:
                break
            pause.wait(0.01)
        else:
            pytest.fail("the first account never took its half")
        own, modest, slowest, most = token(server, MODEST), Counter[int](), 0.0, 0
        for _ in range(8):
            began = time.monotonic()
            modest[upload(server, own, "platenum", small.picture)] += 1
            slowest = max(slowest, time.monotonic() - began)
            most = max(most, server.emulator.recognizer.status().waiting)
        stop.set()
        for thread in threads:
            thread.join(120)
    print(
        f"{workers} workers: the modest account {dict(modest)}, slowest {slowest:.2f} s; the greedy one {dict(codes)}"
    )
    assert modest == {0: 8}
    assert most <= 17
    assert codes[-1] > 0
    assert codes[0] > 0
