"""Whatever happens to a state file, the emulator starts, says what is left out, and quotes nothing of it."""

from __future__ import annotations

import os
import random
import re
import shutil
import sqlite3
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest
import requests

from cloudbase_ocr.answers import read_fixture
from cloudbase_ocr.server import Server, running
from cloudbase_ocr.settings import Settings
from cloudbase_ocr.state.stores.database import FILE_NAME, VERSION, digest_of
from tests.processes import started, stop
from tests.quick import first, quick

PICTURE = b"\xff\xd8 a picture " * 500
ACCOUNTS = 30
ENTRY = {
    "name": "idcard/mine",
    "method": "idcard",
    "provenance": "written",
    "reference": "a test",
    "match": {"sha256": "ab" * 32},
    "reply": {"type": "Front", "name": "林知夏"},
}
PAGE = 4096
SHORTEST = 12
"""Characters of a token in a row that a message must not have."""


def settings(folder: Path) -> Settings:
    return Settings(port=0, recognizer=False, state=folder)


def token(server: Server, appid: str) -> str:
    query = {"grant_type": "client_credential", "appid": appid, "secret": "s"}
    reply = requests.post(server.url + "/cgi-bin/stable_token", json=query, timeout=10).json()
    return str(reply["access_token"])


@pytest.fixture(scope="module")
def kept(tmp_path_factory: pytest.TempPathFactory) -> tuple[bytes, list[str]]:
    """A state file in which there is something of every kind, and the tokens in it."""
    folder = tmp_path_factory.mktemp("kept")
    with running(settings(folder)) as server:
        tokens = [token(server, f"wx{number}") for number in range(ACCOUNTS)]
        for number in range(3):
            requests.post(f"{server.url}/_emulator/files?name={number}.jpg", data=PICTURE, timeout=10)
        server.emulator.answers.book.add(read_fixture(ENTRY, "test", Path()))
        server.emulator.quotas.set_limit("wx1", "idcard", 7)
        query = {"access_token": tokens[0], "img_url": "mock://idcard"}
        requests.post(server.url + "/cv/ocr/idcard", params=query, timeout=10)
    return (folder / FILE_NAME).read_bytes(), tokens


@pytest.fixture
def folder(tmp_path: Path, kept: tuple[bytes, list[str]]) -> Path:
    (tmp_path / FILE_NAME).write_bytes(kept[0])
    return tmp_path


@pytest.fixture
def told(caplog: pytest.LogCaptureFixture) -> Callable[[], list[str]]:
    """What was told about the state so far, once."""

    def take() -> list[str]:
        messages = [record.message for record in caplog.records if record.name == "cloudbase_ocr.state"]
        caplog.clear()
        return messages

    return take


def counts(server: Server) -> tuple[int, int, int, int]:
    emulator = server.emulator
    accounts = len({state.appid for state in emulator.tokens.states()})
    return (
        accounts,
        len(emulator.files),
        len(emulator.answers.book.added),
        emulator.quotas.limit_of("wx1", "idcard"),
    )


def flip(path: Path, inside: bytes, offset: int = 0) -> None:
    data = bytearray(path.read_bytes())
    data[data.index(inside) + offset] ^= 0x80
    path.write_bytes(data)


def to_version_1(path: Path) -> None:
    """Turn a file into one of the version that had no digests."""
    with sqlite3.connect(path) as connection:
        connection.execute("ALTER TABLE rows RENAME TO newer")
        connection.execute(
            "CREATE TABLE rows (store TEXT, key TEXT, value TEXT, data BLOB, PRIMARY KEY (store, key)) WITHOUT ROWID"
        )
        connection.execute("INSERT INTO rows SELECT store, key, value, data FROM newer")
        connection.execute("DROP TABLE newer")
        connection.execute("PRAGMA user_version = 1")
    connection.close()


def test_a_text_that_is_no_utf8_is_left_out_and_told(
    folder: Path, kept: tuple[bytes, list[str]], told: Callable[[], list[str]]
) -> None:
    flip(folder / FILE_NAME, kept[1][0].encode(), 40)
    with running(settings(folder)) as server:
        assert counts(server) == (ACCOUNTS - 1, 3, 1, 7)
        assert server.emulator.tokens.owner(kept[1][1]) == "wx1"
    assert [message.partition(": ")[2] for message in told()] == [
        f"1 of {ACCOUNTS} tokens cannot be read and are left out."
    ]
    with running(settings(folder)) as server:
        assert counts(server) == (ACCOUNTS - 1, 3, 1, 7)
    assert told() == [], "what was left out has gone from the file, too"


def test_a_flipped_bit_in_a_picture_is_seen(folder: Path, told: Callable[[], list[str]]) -> None:
    flip(folder / FILE_NAME, PICTURE[:200], 100)
    with running(settings(folder)) as server:
        assert counts(server) == (ACCOUNTS, 2, 1, 7)
    assert [message.partition(": ")[2] for message in told()] == [
        "1 of 4 files cannot be read and are left out."
    ]


def test_a_row_of_no_known_store_is_counted_and_goes(folder: Path, told: Callable[[], list[str]]) -> None:
    with sqlite3.connect(folder / FILE_NAME) as connection:
        connection.execute("UPDATE rows SET store = 'tokenz' WHERE store = 'tokens' AND key LIKE '%wx7%'")
        row = (b"later", b"k", b"1", None)
        connection.execute("INSERT INTO rows VALUES ('later', 'k', '1', NULL, ?)", (digest_of(*row),))
        connection.execute("INSERT INTO rows VALUES (CAST(x'ff' AS TEXT), 1, 2.5, 'text', 3)")
    connection.close()
    with running(settings(folder)) as server:
        assert counts(server) == (ACCOUNTS - 1, 3, 1, 7)
    assert [message.partition(": ")[2] for message in told()] == [
        "3 of 3 rows of no known kind cannot be read and are left out."
    ]
    with sqlite3.connect(folder / FILE_NAME) as connection:
        stores = {store for (store,) in connection.execute("SELECT DISTINCT store FROM rows")}
    connection.close()
    assert stores == {"counters", "files", "fixtures", "limits", "tokens"}


def test_a_file_without_digests_is_read_and_gets_them(
    folder: Path, kept: tuple[bytes, list[str]], told: Callable[[], list[str]]
) -> None:
    to_version_1(folder / FILE_NAME)
    with running(settings(folder)) as server:
        assert counts(server) == (ACCOUNTS, 3, 1, 7)
        assert [server.emulator.tokens.owner(text) for text in kept[1]] == [f"wx{n}" for n in range(ACCOUNTS)]
    assert told() == []
    with sqlite3.connect(folder / FILE_NAME) as connection:
        assert connection.execute("PRAGMA user_version").fetchone() == (VERSION,)
        assert connection.execute("SELECT count(*) FROM rows WHERE digest IS NULL").fetchone() == (0,)
    connection.close()
    flip(folder / FILE_NAME, PICTURE[:200], 100)
    with running(settings(folder)) as server:
        assert counts(server) == (ACCOUNTS, 2, 1, 7)


@pytest.mark.parametrize(
    ("store", "key", "value", "data"),
    first(
        3,
        [
            ("tokens", '["wx0", "stable"]', '[null, [["x", NaN, null]]]', None),
            ("tokens", '["wx0", "stable"]', "[1e999, []]", None),
            ("tokens", '["wx0", "stable"]', "[" * 100_000, None),
            ("counters", '["ocr", "wx0"]', "[1e999, 1]", None),
            ("counters", '["ocr", "wx0"]', '[{}, "x"]', None),
            ("limits", "[]", '"x"', None),
            ("files", '["b", "a.jpg"]', '"image/jpeg\\r\\nX: y"', b"x"),
            ("files", '["b", "a.jpg"]', '"图"', b"x"),
            ("files", '[["b"], "a.jpg"]', '"image/jpeg"', b"x"),
            ("files", '[3, "a.jpg"]', '"image/jpeg"', b"x"),
            ("fixtures", "000009", '[["a"], {}]', None),
            ("fixtures", "000009", '"idcard/front', None),
        ],
    ),
)
def test_rows_that_make_no_sense_in_a_file_without_digests_are_left_out(
    folder: Path, told: Callable[[], list[str]], store: str, key: str, value: str, data: bytes | None
) -> None:
    to_version_1(folder / FILE_NAME)
    with sqlite3.connect(folder / FILE_NAME) as connection:
        connection.execute("INSERT OR REPLACE INTO rows VALUES (?, ?, ?, ?)", (store, key, value, data))
    connection.close()
    with running(settings(folder)) as server:
        assert requests.get(server.url + "/console/control", timeout=10).status_code == 200
        assert token(server, "wx0")
    (message,) = told()
    assert re.search(rf": 1 of \d+ {store} cannot be read and are left out\.$", message)


def damage(data: bytes, chance: random.Random) -> bytes:
    """Return a state file after one of the things that happen to disks."""
    content, place = bytearray(data), chance.randrange(len(data))
    how = chance.randrange(7)
    if how == 0:
        for _ in range(chance.randrange(1, 9)):
            content[chance.randrange(len(content))] ^= 1 << chance.randrange(8)
    elif how == 1:
        del content[place:]
    elif how == 2:
        length = min(chance.choice((1, 50, PAGE, 3 * PAGE)), len(content) - place)
        content[place : place + length] = bytes(length)
    elif how == 3:
        length = min(chance.choice((1, 50, PAGE)), len(content) - place)
        content[place : place + length] = chance.randbytes(length)
    elif how == 4:  # two pages in each other's place
        first, second = (PAGE * chance.randrange(len(content) // PAGE) for _ in range(2))
        content[first : first + PAGE], content[second : second + PAGE] = (
            content[second : second + PAGE],
            content[first : first + PAGE],
        )
    elif how == 5:
        content[chance.randrange(100)] ^= 1 << chance.randrange(8)
    else:
        content = bytearray(chance.choice((b"", b"\0", b"no database", bytes(PAGE), chance.randbytes(PAGE))))
    return bytes(content)


def wrong_rows(path: Path, chance: random.Random) -> None:
    """Leave rows in a whole database that nobody wrote."""
    with sqlite3.connect(path) as connection:
        column = chance.choice(("store", "key", "value", "data"))
        other = chance.choice(("NULL", "7", "x'ff00'", "CAST(x'c328' AS TEXT)", "1e999", "'[]'"))
        connection.execute(f"UPDATE OR IGNORE rows SET {column} = {other} WHERE abs(random()) % 4 = 0")
    connection.close()


def check_start(folder: Path, tokens: list[str], printed: Callable[[], str], what: str) -> None:
    with running(settings(folder)) as server:
        assert requests.get(server.url + "/_emulator/health", timeout=10).status_code == 200, what
        assert requests.get(server.url + "/console/control", timeout=10).status_code == 200, what
        text = token(server, "wx-new")
        assert server.emulator.tokens.owner(text) == "wx-new", what
    with running(settings(folder)) as server:
        assert server.emulator.tokens.owner(text) == "wx-new", what
    said = printed()
    assert "Traceback" not in said, what
    for one in tokens:
        parts = (one[at : at + SHORTEST] for at in range(len(one) - SHORTEST))
        assert not any(part in said for part in parts), what


def check_damaged(
    times: int, seed: int, kept: tuple[bytes, list[str]], tmp_path: Path, printed: Callable[[], str]
) -> None:
    chance = random.Random(seed)
    for number in range(times):
        folder = tmp_path / f"{number}"
        folder.mkdir()
        path = folder / FILE_NAME
        path.write_bytes(damage(kept[0], chance) if number % 8 else kept[0])
        if number % 16 == 0:
            to_version_1(path)
        if number % 8 == 0:
            wrong_rows(path, chance)
        check_start(folder, kept[1], printed, f"seed {seed}, number {number}")
        shutil.rmtree(folder)


@pytest.fixture
def printed(caplog: pytest.LogCaptureFixture, capfd: pytest.CaptureFixture[str]) -> Callable[[], str]:
    """What went to the log, and to both outputs, so far."""

    def take() -> str:
        out, err = capfd.readouterr()
        text = f"{caplog.text}{out}{err}"
        caplog.clear()
        return text

    return take


@pytest.mark.check
def test_damaged_files_never_keep_the_emulator_from_starting(
    kept: tuple[bytes, list[str]], tmp_path: Path, printed: Callable[[], str]
) -> None:
    check_damaged(10, 1, kept, tmp_path, printed)


@pytest.mark.check
def test_200_damaged_files_never_keep_the_emulator_from_starting(
    kept: tuple[bytes, list[str]], tmp_path: Path, printed: Callable[[], str]
) -> None:
    check_damaged(200, 2, kept, tmp_path, printed)


@pytest.mark.check
def test_a_flipped_bit_in_any_byte_of_the_header_lets_it_start(
    kept: tuple[bytes, list[str]], tmp_path: Path, printed: Callable[[], str]
) -> None:
    chance = random.Random(3)
    for place in range(100):
        data = bytearray(kept[0])
        data[place] ^= 1 << chance.randrange(8)
        folder = tmp_path / f"{place}"
        folder.mkdir()
        (folder / FILE_NAME).write_bytes(data)
        check_start(folder, kept[1], printed, f"byte {place}")
        shutil.rmtree(folder)


def test_a_file_that_can_be_read_and_never_written_is_set_aside(
    folder: Path, told: Callable[[], list[str]]
) -> None:
    data = bytearray((folder / FILE_NAME).read_bytes())
    data[18] = 3  # "file format write version": above 2, SQLite opens the file for reading only
    (folder / FILE_NAME).write_bytes(data)
    with running(settings(folder)) as server:
        text = token(server, "wx-new")
    with running(settings(folder)) as server:
        assert server.emulator.tokens.owner(text) == "wx-new"
    (message,) = told()
    assert "is damaged. It was renamed" in message


@pytest.mark.parametrize("damaged", quick(["text", "page"], {"page"}))
def test_the_command_starts_with_a_damaged_file_and_prints_nothing_of_it(
    folder: Path, kept: tuple[bytes, list[str]], damaged: str
) -> None:
    path = folder / FILE_NAME
    if damaged == "text":
        flip(path, kept[1][0].encode(), 40)
    else:
        data = path.read_bytes()
        path.write_bytes(data[:PAGE] + os.urandom(PAGE) + data[2 * PAGE :])
    command = [sys.executable, "-m", "cloudbase_ocr", "serve", "--port", "0", "--no-recognizer"]
    with started([*command, "--state", str(folder)], stderr=subprocess.STDOUT) as process:
        lines = []
        for line in process.stdout:
            lines.append(line)
            if "http://" in line:
                break
        else:
            pytest.fail("".join(lines))
        said = "".join(lines) + stop(process)
    assert process.returncode == 0
    assert ("cannot be read" if damaged == "text" else "damaged") in said
    assert "Traceback" not in said
    assert kept[1][0][:SHORTEST] not in said
