"""Accounts: what is accepted, two secrets during a change, and a file that is watched."""

from __future__ import annotations

import logging
import os
from pathlib import Path

import pytest
import requests

from cloudbase_ocr.app import create_app
from cloudbase_ocr.core.clock import ManualClock
from cloudbase_ocr.core.errors import WeChatError
from cloudbase_ocr.credentials import AccountsError
from cloudbase_ocr.server import running
from cloudbase_ocr.settings import Settings
from cloudbase_ocr.state.accounts import WATCH_SECONDS, Accounts, AccountsFile

OLD, NEW, NEWEST = (f"a-secret-nobody-guesses-{number}" for number in range(3))


def code(accounts: Accounts, appid: str, secret: str = "") -> int:
    try:
        accounts.authenticate(appid, secret)
    except WeChatError as error:
        return error.code
    return 0


class Watched:
    """A file of accounts, and a clock that makes it be looked at."""

    def __init__(self, folder: Path, text: str, least: int = 1) -> None:
        self.path = folder / "accounts.txt"
        self.path.write_text(text)
        self.clock = ManualClock()
        self.accounts = Accounts(file=AccountsFile(self.path, self.clock, least))

    def write(self, text: str) -> None:
        """Replace it in one step, as editors and Kubernetes do."""
        fresh = self.path.with_suffix(".new")
        fresh.write_text(text)
        fresh.replace(self.path)
        self.clock.advance(WATCH_SECONDS)


def test_without_accounts_everything_is_accepted_until_one_is_named() -> None:
    accounts = Accounts()
    assert [code(accounts, "wx1", "x"), code(accounts, "wx1"), code(accounts, "", "x")] == [0, 41004, 41002]
    assert code(accounts, "w" * 200, "x") == 40013
    accounts.change("wx1", OLD, keep=True)
    assert [code(accounts, "wx1", "x"), code(accounts, "wx1", OLD), code(accounts, "wx2", "x")] == [
        40125,
        0,
        40013,
    ]
    accounts.remove("wx1")
    assert [code(accounts, appid, "x") for appid in ("wx1", "wx2")] == [40013, 40013], (
        "the last one opens no door"
    )
    accounts.reset()
    assert code(accounts, "wx2", "x") == 0


def test_two_secrets_are_valid_during_a_change_and_never_three() -> None:
    accounts = Accounts({"wx1": OLD})
    accounts.change("wx1", NEW, keep=True)
    assert [code(accounts, "wx1", secret) for secret in (OLD, NEW, "x")] == [0, 0, 40125]
    accounts.change("wx1", NEWEST, keep=True)
    assert [code(accounts, "wx1", secret) for secret in (OLD, NEW, NEWEST)] == [40125, 0, 0]
    accounts.change("wx1", NEWEST, keep=False)
    assert [code(accounts, "wx1", secret) for secret in (OLD, NEW, NEWEST)] == [40125, 40125, 0]


def test_a_file_is_read_again_when_it_changes(tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    watched = Watched(tmp_path, f"# ours\n\nwx1:{OLD}\n")
    assert [code(watched.accounts, "wx1", OLD), code(watched.accounts, "wx2", NEW)] == [0, 40013]
    watched.write(f"wx1:{NEW}\nwx1:{OLD}\r\n  wx2:with:colons  \n")
    assert [code(watched.accounts, "wx1", secret) for secret in (OLD, NEW)] == [0, 0]
    assert code(watched.accounts, "wx2", "with:colons") == 0
    watched.write("wx1\n")
    with caplog.at_level(logging.WARNING):
        assert [code(watched.accounts, "wx1", secret) for secret in (OLD, NEW)] == [0, 0]
        watched.clock.advance(WATCH_SECONDS)
        assert code(watched.accounts, "wx1", OLD) == 0
    assert [record.getMessage() for record in caplog.records if record.levelname == "WARNING"] == [
        f"{watched.path}, line 1: an account is written APPID:SECRET. The accounts stay as they were"
    ]
    watched.path.unlink()
    watched.clock.advance(WATCH_SECONDS)
    assert code(watched.accounts, "wx1", OLD) == 0
    watched.write(f"wx2:{NEW}\n")
    assert [code(watched.accounts, "wx1", OLD), code(watched.accounts, "wx2", NEW)] == [40013, 0]


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("wx1:short\n", "line 1: the secret of wx1 has 5 characters"),
        (f"wx1:{OLD}\n:x\n", "line 2: an account is written"),
        (f"wx1:{OLD}\nwx1:{NEW}\nwx1:{NEWEST}\n", "line 3: wx1 has more than 2 secrets"),
    ],
)
def test_a_file_that_makes_no_sense_is_refused_at_the_start(tmp_path: Path, text: str, said: str) -> None:
    path = tmp_path / "accounts.txt"
    path.write_text(text)
    with pytest.raises(AccountsError, match=said) as error:
        create_app(Settings(recognizer=False, ocr_only=True, apps_file=path))
    assert OLD not in str(error.value)


@pytest.mark.skipif(os.name != "posix", reason="modes are a matter of POSIX")
def test_a_file_that_is_not_there_or_no_text(tmp_path: Path) -> None:
    with pytest.raises(AccountsError, match="cannot be read: No such file"):
        AccountsFile(tmp_path / "none", ManualClock(), 1)
    (tmp_path / "bytes").write_bytes(b"\xff")
    with pytest.raises(AccountsError, match="not UTF-8"):
        AccountsFile(tmp_path / "bytes", ManualClock(), 1)


def test_the_control_side_changes_accounts_and_they_outlive_a_restart(tmp_path: Path) -> None:
    chosen = Settings(
        port=0, recognizer=False, state=tmp_path, ocr_only=True, control_token="one-more-secret"
    )
    headers = {"X-Control-Token": "one-more-secret"}

    def control(url: str, path: str, **fields: object) -> requests.Response:
        return requests.post(f"{url}/_emulator/{path}", json=fields, headers=headers, timeout=10)

    with running(chosen) as server:
        made = control(server.url, "accounts/set", appid="wx1", secret=OLD)
        assert made.json() == {"appid": "wx1", "secrets": 1, "origin": "control"}
        short = control(server.url, "accounts/set", appid="wx1", secret="short")
        assert short.status_code == 400
        assert "16 or more" in short.json()["error"]
        assert control(server.url, "accounts/set", appid="", secret=OLD).status_code == 400
        assert control(server.url, "accounts/remove", appid="wx2").status_code == 404
    assert OLD.encode() not in b"".join(file.read_bytes() for file in tmp_path.iterdir())
    with running(chosen) as server:
        assert [code(server.emulator.accounts, "wx1", OLD), code(server.emulator.accounts, "wx2", OLD)] == [
            0,
            40013,
        ]
        listed = requests.get(f"{server.url}/_emulator/accounts", headers=headers, timeout=10)
        assert listed.json() == {"accounts": [{"appid": "wx1", "secrets": 1, "origin": "control"}]}
