"""What survives a restart with ``--state``: over real sockets, with an emulator that is stopped and started again."""

from __future__ import annotations

import json
import logging
import os
import sqlite3
import stat
from pathlib import Path
from typing import Any

import pytest
import requests

from cloudbase_ocr.answers import Fixture, read_fixture
from cloudbase_ocr.app import create_app
from cloudbase_ocr.core.clock import ManualClock
from cloudbase_ocr.server import Server, running
from cloudbase_ocr.settings import Settings
from cloudbase_ocr.state.stores import StateError
from cloudbase_ocr.state.stores.database import FILE_NAME, VERSION

APPID = "wx-restart"
ENTRY: dict[str, Any] = {
    "name": "idcard/mine",
    "method": "idcard",
    "provenance": "written",
    "reference": "a test",
    "match": {"sha256": "ab" * 32},
    "reply": {"type": "Front", "name": "林知夏", "pinyin": "LIN", "gender": "女"},
    "outside": ["pinyin"],
}


def fixture(**changes: Any) -> Fixture:
    return read_fixture({**ENTRY, **changes}, "test", Path())


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    return tmp_path / "state"


@pytest.fixture
def clock() -> ManualClock:
    return ManualClock(1_760_000_000)


def start(folder: Path, clock: ManualClock, **settings: Any) -> Any:
    chosen = Settings(port=0, recognizer=False, state=folder, **settings)
    return running(chosen, create_app(chosen, clock=clock))


def token(server: Server, appid: str = APPID) -> str:
    query = {"grant_type": "client_credential", "appid": appid, "secret": "s"}
    text: str = requests.post(server.url + "/cgi-bin/stable_token", json=query, timeout=10).json()[
        "access_token"
    ]
    return text


def ocr(server: Server, text: str) -> dict[str, Any]:
    query = {"access_token": text, "img_url": "mock://idcard"}
    reply: dict[str, Any] = requests.post(server.url + "/cv/ocr/idcard", params=query, timeout=10).json()
    return reply


def ping(server: Server) -> None:
    requests.get(server.url + "/_emulator/health", timeout=10)


def test_tokens_and_quotas_survive(folder: Path, clock: ManualClock) -> None:
    with start(folder, clock, quota_per_day=3) as server:
        text = token(server)
        assert [ocr(server, text)["errcode"] for _ in range(2)] == [0, 0]
        server.emulator.quotas.set_limit("wx-other", "idcard", 7)
        ping(server)
    clock.advance(60)
    with start(folder, clock, quota_per_day=3) as server:
        assert token(server) == text
        assert [ocr(server, text)["errcode"] for _ in range(2)] == [0, 101003]
        assert server.emulator.quotas.limit_of("wx-other", "idcard") == 7
    clock.advance(86400)
    with start(folder, clock, quota_per_day=3) as server:
        assert ocr(server, text)["errcode"] == 42001, "what expires, expires also while the emulator is off"
        assert ocr(server, token(server))["errcode"] == 0, "the quota is another day's"


def test_tokens_that_were_replaced_are_still_told_from_unknown_ones(folder: Path, clock: ManualClock) -> None:
    with start(folder, clock) as server:
        first = server.emulator.tokens.issue(APPID).access_token
        second = server.emulator.tokens.issue(APPID).access_token
        ping(server)
    with start(folder, clock) as server:
        assert [ocr(server, text)["errcode"] for text in (first, second)] == [0, 0]
        clock.advance(301)
        assert [ocr(server, text)["errcode"] for text in (first, second)] == [40001, 0]
        server.emulator.tokens.issue(APPID)
        ping(server)
    with start(folder, clock) as server:
        clock.advance(301)
        assert ocr(server, second)["errcode"] == 40001


def test_the_same_seed_gives_other_tokens_after_a_restart(folder: Path, clock: ManualClock) -> None:
    with start(folder, clock, seed=7) as server:
        first = token(server, "wx-a")
    with start(folder, clock, seed=7) as server:
        assert token(server, "wx-b") != first
        assert server.emulator.tokens.owner(first) == "wx-a"


def test_forced_refreshes_stay_counted(folder: Path, clock: ManualClock) -> None:
    with start(folder, clock) as server:
        assert server.emulator.tokens.refresh_stable(APPID) is not None
        ping(server)
    clock.advance(10)
    with start(folder, clock) as server:
        assert server.emulator.tokens.refresh_stable(APPID) is None


def test_files_and_their_urls_survive(folder: Path, clock: ManualClock) -> None:
    with start(folder, clock) as server:
        put = requests.post(
            server.url + "/_emulator/files?name=图/a.jpg", data=b"\xff\xd8 bytes", timeout=10
        ).json()
        requests.post(server.url + "/_emulator/files?name=gone.jpg", data=b"x", timeout=10)
        server.emulator.files.delete(
            server.emulator.files.file_id(server.emulator.runtime.env_id, "gone.jpg")
        )
        ping(server)
    with start(folder, clock) as server:
        url = server.url + put["url"][put["url"].index("/_cos/") :]
        assert requests.get(url, timeout=10).content == b"\xff\xd8 bytes"
        assert len(server.emulator.files) == 1


def test_fixtures_survive_with_their_order_and_their_account(folder: Path, clock: ManualClock) -> None:
    with start(folder, clock) as server:
        book = server.emulator.answers.book
        for number in range(12):
            book.add(fixture(name=f"idcard/f{number}", match={"name": "same.jpg"}))
        book.add(fixture())
        book.add(fixture(name="idcard/own"), APPID)
        book.add(fixture(name="idcard/front", reply={"name": "许怀舟"}))
        book.remove("idcard/back")
        before, own = book.fixtures, book.fixtures_of(APPID)
        ping(server)
    with start(folder, clock) as server:
        book = server.emulator.answers.book
        assert book.fixtures == before
        assert book.fixtures_of(APPID) == own
        assert book.removed == ("idcard/back",)
        assert ocr(server, token(server))["name"] == "许怀舟"


def test_an_error_fixture_survives(folder: Path, clock: ManualClock) -> None:
    entry = {name: value for name, value in ENTRY.items() if name not in ("reply", "outside")}
    with start(folder, clock) as server:
        server.emulator.answers.book.add(read_fixture({**entry, "error": 101001}, "test", Path()))
        ping(server)
    with start(folder, clock) as server:
        assert server.emulator.answers.book.fixtures[-1].error == 101001


def test_a_reset_is_kept_too(folder: Path, clock: ManualClock) -> None:
    with start(folder, clock) as server:
        emulator = server.emulator
        text = token(server)
        emulator.answers.book.add(fixture())
        requests.post(server.url + "/_emulator/files?name=a.jpg", data=b"x", timeout=10)
        for part in (emulator.answers, emulator.files, emulator.tokens, emulator.quotas):
            part.reset()
        ping(server)
    with start(folder, clock) as server:
        assert ocr(server, text)["errcode"] == 40001
        assert server.emulator.answers.book.added == []
        assert len(server.emulator.files) == 0


def test_without_the_setting_nothing_is_written(
    tmp_path: Path, clock: ManualClock, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    chosen = Settings(port=0, recognizer=False)
    with running(chosen, create_app(chosen, clock=clock)) as server:
        token(server)
    assert list(tmp_path.iterdir()) == []


@pytest.mark.skipif(os.name != "posix", reason="modes are a matter of POSIX")
def test_only_the_owner_may_read(folder: Path, clock: ManualClock) -> None:
    with start(folder, clock) as server:
        token(server)
        for path in folder.iterdir():
            assert stat.S_IMODE(path.stat().st_mode) == 0o600, path.name
        assert stat.S_IMODE(folder.stat().st_mode) == 0o700


def damaged(folder: Path, how: str) -> None:
    path = folder / FILE_NAME
    data = path.read_bytes()
    if how == "no database":
        path.write_bytes(b"this is no database" * 100)
    elif how == "cut":
        path.write_bytes(data[: len(data) // 2])
    elif how == "overwritten":
        path.write_bytes(data[:4096] + b"\xa5" * (len(data) - 4096))
    elif how == "newer":
        with sqlite3.connect(path) as connection:
            connection.execute(f"PRAGMA user_version = {VERSION + 1}")
        connection.close()
    elif how == "other table":
        with sqlite3.connect(path) as connection:
            connection.execute("ALTER TABLE rows RENAME COLUMN value TO worth")
        connection.close()


@pytest.mark.parametrize("how", ["no database", "cut", "overwritten", "newer", "other table"])
def test_a_damaged_file_is_set_aside_and_told(
    folder: Path, clock: ManualClock, how: str, caplog: pytest.LogCaptureFixture
) -> None:
    with start(folder, clock) as server:
        text = token(server)
        requests.post(server.url + "/_emulator/files?name=a.jpg", data=os.urandom(20_000), timeout=10)
    damaged(folder, how)
    before = (folder / FILE_NAME).read_bytes()
    with start(folder, clock) as server:
        assert ocr(server, text)["errcode"] == 40001
        text = token(server)
    (message,) = [record.message for record in caplog.records if record.name == "cloudbase_ocr.state"]
    aside = next(path for path in folder.iterdir() if "set-aside" in path.name and path.suffix == ".sqlite")
    assert aside.name in message
    assert (f"version {VERSION + 1}" if how == "newer" else "damaged") in message
    assert aside.read_bytes() == before
    with start(folder, clock) as server:
        assert ocr(server, text)["errcode"] == 0


def test_rows_that_make_no_sense_are_left_out_and_told(
    folder: Path, clock: ManualClock, caplog: pytest.LogCaptureFixture
) -> None:
    with start(folder, clock) as server:
        text = token(server)
        server.emulator.answers.book.add(fixture())
        server.emulator.answers.book.add(fixture(name="idcard/good"))
        ping(server)
    with sqlite3.connect(folder / FILE_NAME) as connection:
        connection.execute("INSERT INTO rows VALUES ('tokens', '[\"wx\"]', '1', NULL, NULL)")
        connection.execute("INSERT INTO rows VALUES ('files', '[\"b\", \"../x\"]', '\"\"', x'00', NULL)")
        connection.execute("INSERT INTO rows VALUES ('counters', '[\"none\", \"wx\"]', '[1, 1]', NULL, NULL)")
        bad = json.dumps([None, {**ENTRY, "method": "passport"}])
        connection.execute("UPDATE rows SET value = ? WHERE store = 'fixtures' AND key = '000000'", (bad,))
    connection.close()
    with start(folder, clock) as server:
        assert ocr(server, text)["errcode"] == 0
        assert [found.name for _, found in server.emulator.answers.book.added] == ["idcard/good"]
        assert len([record for record in caplog.records if "left out" in record.message]) == 4
    caplog.clear()
    with start(folder, clock) as server:
        assert [found.name for _, found in server.emulator.answers.book.added] == ["idcard/good"]
        assert caplog.records == []


def test_a_second_emulator_in_the_same_folder_is_refused(folder: Path, clock: ManualClock) -> None:
    settings = Settings(port=0, recognizer=False, state=folder)
    with start(folder, clock), pytest.raises(StateError, match="another emulator uses"):
        create_app(settings, clock=clock)


def test_a_folder_that_is_a_file_is_refused(tmp_path: Path, clock: ManualClock) -> None:
    (tmp_path / "state").write_text("x")
    with pytest.raises(StateError, match="cannot be used"):
        create_app(Settings(recognizer=False, state=tmp_path / "state"), clock=clock)


def test_a_full_disk_is_told_once_and_the_emulator_goes_on(
    folder: Path, clock: ManualClock, caplog: pytest.LogCaptureFixture
) -> None:
    with start(folder, clock) as server:
        keeper = server.emulator.keeper
        assert keeper is not None
        connection = keeper._database._connection
        (pages,) = connection.execute("PRAGMA page_count").fetchone()
        connection.execute(f"PRAGMA max_page_count = {pages + 1}")
        for number in range(3):
            put = requests.post(
                f"{server.url}/_emulator/files?name={number}.jpg", data=os.urandom(50_000), timeout=10
            )
            assert put.status_code == 200
        assert [record.levelno for record in caplog.records if "cannot be written" in record.message] == [
            logging.WARNING
        ]
        connection.execute("PRAGMA max_page_count = 100000")
        token(server)
    with start(folder, clock) as server:
        assert len(server.emulator.files) == 3
