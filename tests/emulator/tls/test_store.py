"""The folder of the authority: private, made when it is needed, shared, renewed, removed."""

from __future__ import annotations

import datetime as dt
import os
import subprocess
import sys
from pathlib import Path

import pytest

from cloudbase_ocr.tls import AuthorityStore, TlsError
from cloudbase_ocr.tls.names import AUTHORITY, BUNDLE, FILES
from cloudbase_ocr.tls.store import default_folder
from cloudbase_ocr.tls.trust import write_trust
from tests.processes import started

POSIX = pytest.mark.skipif(os.name == "nt", reason="Windows has no modes of files")


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    return tmp_path / "data" / "tls"


def test_nothing_is_made_before_it_is_needed(folder: Path) -> None:
    store = AuthorityStore(folder)
    assert (list(store.files()), store.ends(), folder.exists()) == ([], None, False)


@POSIX
def test_files_are_for_their_owner_only(folder: Path) -> None:
    umask = os.umask(0)
    try:
        write_trust(AuthorityStore(folder))
    finally:
        os.umask(umask)
    modes = {path.relative_to(folder).as_posix(): path.stat().st_mode & 0o777 for path in folder.rglob("*")}
    assert modes == {**dict.fromkeys(FILES, 0o600), "php": 0o700}
    assert folder.stat().st_mode & 0o777 == 0o700


def test_the_same_is_given_again_also_to_another_process(folder: Path) -> None:
    first = AuthorityStore(folder)
    authority = first.get()
    assert first.get() is authority
    assert first.is_current(authority)
    assert AuthorityStore(folder).get().certificate == authority.certificate


RACING = """
import sys
from pathlib import Path
from cloudbase_ocr.tls import AuthorityStore
from cloudbase_ocr.tls.trust import write_trust
print("ready", flush=True)
for line in sys.stdin:
    store = AuthorityStore(Path(line.strip()))
    write_trust(store)
    print("made", flush=True)
    sys.stdin.readline()
    print(store.get().certificate.serial_number, flush=True)
"""
ROUNDS = 8


@pytest.mark.check
def test_two_processes_that_make_it_at_the_same_time_end_with_one(tmp_path: Path) -> None:
    command = [sys.executable, "-c", RACING]
    with (
        started(command, stdin=subprocess.PIPE) as one,
        started(command, stdin=subprocess.PIPE) as other,
    ):
        both = (one, other)

        def told(line: str) -> list[str]:
            for process in both:
                assert process.stdin is not None
                process.stdin.write(line + "\n")
                process.stdin.flush()
            return [process.stdout.readline().strip() for process in both]

        assert [process.stdout.readline().strip() for process in both] == ["ready", "ready"]
        for number in range(ROUNDS):
            folder = tmp_path / str(number)
            assert told(str(folder)) == ["made", "made"]
            left = AuthorityStore(folder).get()
            assert told("") == [str(left.certificate.serial_number)] * 2
            assert left.pem in (folder / BUNDLE).read_bytes()
            assert {path.name for path in folder.iterdir()} == {Path(name).parts[0] for name in FILES}


def test_another_is_made_when_its_life_ends(folder: Path) -> None:
    now = [dt.datetime.now(dt.timezone.utc)]
    store = AuthorityStore(folder, clock=lambda: now[0])
    first = store.get()
    now[0] += dt.timedelta(days=364)
    assert not store.is_current(first)
    assert store.ends() is None
    second = store.get()
    assert second.certificate != first.certificate
    assert second.ends > first.ends
    assert store.is_current(second)


def test_another_is_made_when_it_was_removed(folder: Path) -> None:
    store = AuthorityStore(folder)
    write_trust(store)
    first = store.get()
    (folder / "mine.txt").touch()
    removed = AuthorityStore(folder).remove()
    assert [path.relative_to(folder).as_posix() for path in removed] == list(FILES)
    assert [path.name for path in folder.iterdir()] == ["mine.txt"]
    assert not store.is_current(first)
    assert store.get().certificate != first.certificate


def test_an_empty_folder_goes_with_it(folder: Path) -> None:
    store = AuthorityStore(folder)
    write_trust(store)
    store.remove()
    assert not folder.exists()
    assert store.remove() == []


def test_a_broken_file_is_told_with_the_command_that_mends_it(folder: Path) -> None:
    folder.mkdir(parents=True)
    (folder / AUTHORITY).write_bytes(b"nothing")
    with pytest.raises(TlsError, match=r"holds no authority any more.*cloudbase-ocr tls remove"):
        AuthorityStore(folder).get()


def test_a_folder_that_cannot_be_made_is_told(tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    with pytest.raises(TlsError, match=r"cannot be kept in .*; name another folder: --tls-folder DIR"):
        AuthorityStore(tmp_path / "file" / "tls").get()


WITHOUT = """
import sys
sys.modules["cryptography"] = None
from cloudbase_ocr.tls import AuthorityStore, TlsError
try:
    AuthorityStore().get()
except TlsError as error:
    print(error)
"""


def test_a_missing_extra_is_one_sentence(tmp_path: Path) -> None:
    environment = {**os.environ, "XDG_DATA_HOME": str(tmp_path), "HOME": str(tmp_path)}
    done = subprocess.run(
        [sys.executable, "-c", WITHOUT], env=environment, capture_output=True, encoding="utf-8", timeout=60
    )
    assert done.stdout.startswith(
        "https needs the package cryptography, which is not installed; run: pip install"
    )
    assert list(tmp_path.rglob("*")) == []


@pytest.mark.parametrize(
    ("platform", "variable", "expected"),
    [
        ("linux", "XDG_DATA_HOME", "given/cloudbase-ocr/tls"),
        ("linux", "", "home/.local/share/cloudbase-ocr/tls"),
        ("darwin", "", "home/Library/Application Support/cloudbase-ocr/tls"),
        ("win32", "LOCALAPPDATA", "given/cloudbase-ocr/tls"),
    ],
)
def test_it_is_where_the_system_keeps_a_users_data(
    platform: str, variable: str, expected: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("cloudbase_ocr.tls.store.sys.platform", platform)
    for name in ("XDG_DATA_HOME", "LOCALAPPDATA"):
        monkeypatch.delenv(name, raising=False)
    if variable:
        monkeypatch.setenv(variable, str(tmp_path / "given"))
    monkeypatch.setattr(Path, "home", lambda: tmp_path / "home")
    assert default_folder().relative_to(tmp_path).as_posix() == expected
