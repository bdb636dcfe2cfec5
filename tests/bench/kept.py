"""What a request costs with ``--state`` when many accounts are kept, against one."""

from __future__ import annotations

import tempfile
from functools import partial
from pathlib import Path

import requests

from cloudbase_ocr.server import Server, running
from cloudbase_ocr.settings import Settings
from tests.bench.timing import Pair, in_turn, seconds_of

ACCOUNTS = 20_000
ROUNDS = 200


def measure() -> Pair:
    """Return seconds of an OCR call that is counted and written: with 20,000 accounts, and with one."""
    with tempfile.TemporaryDirectory() as folder:
        chosen = [
            Settings(port=0, recognizer=False, quota_per_day=0, state=Path(folder) / name)
            for name in ("many", "one")
        ]
        with running(chosen[0]) as many, running(chosen[1]) as one, requests.Session() as session:
            for number in range(ACCOUNTS):
                many.emulator.quotas.set_used(f"wx{number}", "idcard", 1)
            return in_turn(partial(_call, session, many), partial(_call, session, one), ROUNDS)


def _call(session: requests.Session, server: Server) -> float:
    url = f"{server.url}/cv/ocr/idcard?access_token=mock://wx0&img_url=mock://idcard"

    def ask() -> None:
        assert session.post(url, timeout=30).json()["errcode"] == 0

    return seconds_of(ask)
