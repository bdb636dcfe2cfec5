"""Tests side by side: 200 on two workers of pytest-xdist, and accounts of one emulator in threads."""

from __future__ import annotations

import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from cloudbase_ocr.testing import OcrEmulator

pytestmark = pytest.mark.check

TESTS = 200
CODES = (-1, 40001, 45009, 101000, 101001)

PROJECT = f"""
import os
from pathlib import Path

import pytest

CODES = {CODES}
SEEN = Path(__file__).with_name("seen")


def ask(emulator):
    path = "/cv/ocr/idcard?img_url=mock://idcard&access_token=" + emulator.token
    reply = emulator.client.post(path).get_json()
    return reply["name"] if reply["errcode"] == 0 else reply["errcode"]


@pytest.mark.parametrize("number", range({TESTS}))
def test_one(ocr_emulator, number):
    code, limit, hits = CODES[number % 5], number % 4 + 2, number % 3
    assert ask(ocr_emulator) == "张三"
    ocr_emulator.reply("ocr.idcard", name=f"人{{number}}")
    ocr_emulator.scenario("ocr.idcard", [code])
    ocr_emulator.quota.set("ocr.idcard", limit=limit + 1)
    if hits:
        ocr_emulator.fault(errcode=48001, method="ocr.idcard", times=hits)
    if number % 2:
        ocr_emulator.clock.advance(hours=number)
        ocr_emulator.quota.set("ocr.idcard", used=1)
    expected = [48001] * hits + [code] + [f"人{{number}}"] * limit + [101003]
    assert [ask(ocr_emulator) for _ in expected] == expected
    assert len(ocr_emulator.requests) == len(expected) + 1
    worker = os.environ["PYTEST_XDIST_WORKER"]
    with (SEEN / worker).open("a", encoding="utf-8") as seen:
        seen.write(f"{{ocr_emulator.appid}} {{ocr_emulator.url}}\\n")
"""


def test_two_workers_do_not_disturb_each_other(tmp_path: Path) -> None:
    (tmp_path / "seen").mkdir()
    (tmp_path / "test_user.py").write_text(PROJECT, encoding="utf-8")
    words = [sys.executable, "-m", "pytest", "-q", "-n", "2", "-W", "error", "-p", "no:cacheprovider"]
    done = subprocess.run(words, cwd=tmp_path, capture_output=True, encoding="utf-8", timeout=120)
    assert f"{TESTS} passed" in done.stdout, done.stdout[-5000:] + done.stderr
    seen = {path.name: path.read_text(encoding="utf-8").split() for path in (tmp_path / "seen").iterdir()}
    appids = [word for words in seen.values() for word in words[::2]]
    assert sorted(seen) == ["gw0", "gw1"]
    assert len(set(appids)) == TESTS
    assert [len(set(words[1::2])) for words in seen.values()] == [1, 1]


def test_accounts_of_one_emulator_do_not_meet(ocr_emulator: OcrEmulator) -> None:
    accounts = [ocr_emulator.account(f"wxthread{number}") for number in range(8)]

    def use(number: int) -> list[object]:
        account = accounts[number]
        account.quota.set("ocr.idcard", limit=20)
        account.reply("ocr.idcard", name=f"人{number}")
        account.fault(errcode=CODES[number % 5], method="ocr.idcard", nth=[3, 5])
        path = f"/cv/ocr/idcard?img_url=mock://idcard&access_token={account.token}"
        replies = [account.client.post(path).get_json() for _ in range(23)]
        return [reply.get("name", reply["errcode"]) for reply in replies]

    with ThreadPoolExecutor(len(accounts)) as pool:
        seen = list(pool.map(use, range(len(accounts))))
    for number, replies in enumerate(seen):
        code, name = CODES[number % 5], f"人{number}"
        assert replies == [name, name, code, name, code, *[name] * 17, 101003]
        assert len(accounts[number].requests) == 23
