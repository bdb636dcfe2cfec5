"""The way from a state folder to Redis: the command, and that instances go on with what it copied."""

from __future__ import annotations

from pathlib import Path

import pytest
import requests
from click.testing import CliRunner

from cloudbase_ocr.app import create_app
from cloudbase_ocr.cli import main
from cloudbase_ocr.server import running
from cloudbase_ocr.settings import Settings
from tests.redis_server import RedisServer

APPID = "wxcopied0000000001"


def test_everything_of_a_folder_is_there_afterwards(tmp_path: Path, redis_server: RedisServer) -> None:
    folder = tmp_path / "state"
    chosen = Settings(port=0, recognizer=False, state=folder)
    with running(chosen, create_app(chosen)) as server:
        emulator = server.emulator
        stable, plain = emulator.tokens.stable(APPID), emulator.tokens.issue(APPID)
        assert emulator.tokens.refresh_stable(APPID) is not None
        for _ in range(3):
            emulator.quotas.reserve(APPID, "idcard")
        emulator.quotas.set_limit(APPID, "idcard", 4)
        emulator.accounts.change(APPID, "a-secret-nobody-guesses", keep=True)
        file_id = emulator.files.put("env", "图/a.jpg", b"\xff\xd8\x00", "image/jpeg")
        url = emulator.files.download_url("http://x", file_id, 60)
        fixture = {"name": "idcard/mine", "reply": {"name": "许怀舟"}, "match": {"name": "a.jpg"}}
        requests.post(f"{server.url}/_emulator/fixtures", json=fixture, timeout=10).raise_for_status()
    done = CliRunner().invoke(main, ["state", "copy", str(folder), redis_server.url])
    assert done.exit_code == 0, done.output
    assert done.output == (
        f"copied to {redis_server.url}: 1 fixtures, 2 files, 1 limits, 2 counters, 2 tokens, 1 accounts\n"
    )
    chosen = Settings(port=0, recognizer=False, state=redis_server.url)
    with running(chosen, create_app(chosen)) as server:
        emulator = server.emulator
        assert (
            emulator.tokens.owner(plain.access_token) == emulator.tokens.owner(stable.access_token) == APPID
        )
        assert emulator.tokens.refresh_stable(APPID) is None
        usage = emulator.quotas.usage(APPID, "idcard")
        assert (usage.limit, usage.used) == (4, 3)
        assert emulator.files.read_url(url) == b"\xff\xd8\x00"
        assert [each.appid for each in emulator.accounts.states()] == [APPID]
        requests.get(f"{server.url}/_emulator/health", timeout=10)
        assert [fixture.name for _, fixture in emulator.answers.book.added] == ["idcard/mine"]


def test_what_cannot_be_copied_is_said_in_one_line(tmp_path: Path) -> None:
    away = RedisServer(tmp_path)
    chosen = Settings(port=0, recognizer=False, state=tmp_path / "state")
    create_app(chosen).extensions["emulator"].close()
    done = CliRunner().invoke(main, ["state", "copy", str(tmp_path / "state"), "http://x"])
    assert (done.exit_code, done.output.count("\n")) == (2, 1)
    with running(chosen):
        done = CliRunner().invoke(main, ["state", "copy", str(tmp_path / "state"), away.url])
        assert "another emulator uses" in done.output
    assert done.exit_code == 2


@pytest.mark.parametrize("wrong", ["redis+x://h", "mysql://h/0"])
def test_serve_refuses_a_place_that_it_does_not_know(wrong: str) -> None:
    done = CliRunner().invoke(main, ["serve", "--port", "0", "--no-recognizer", "--state", wrong])
    assert done.exit_code == 2
    assert "is not known here" in done.output
