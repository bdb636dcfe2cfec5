"""``cloudbase-ocr tls``: what there is of the authority, and its end."""

from __future__ import annotations

from pathlib import Path

from click.testing import CliRunner, Result

from cloudbase_ocr.cli import main
from cloudbase_ocr.tls import AuthorityStore
from cloudbase_ocr.tls.trust import write_trust


def tls(*words: str, folder: Path) -> Result:
    return CliRunner().invoke(main, ["tls", *words], env={"CLOUDBASE_OCR_TLS_FOLDER": str(folder)})


def test_show_names_the_files_and_the_end(tmp_path: Path) -> None:
    store = AuthorityStore(tmp_path / "ca")
    written = write_trust(store)
    shown = tls("show", folder=store.folder)
    assert shown.exit_code == 0
    *files, until = shown.output.splitlines()
    assert {*map(str, written.values()), str(store.folder / "authority.pem")} == {*files}
    assert until == f"until {store.get().ends:%Y-%m-%d}"


def test_show_makes_nothing(tmp_path: Path) -> None:
    shown = tls("show", folder=tmp_path / "ca")
    assert (shown.exit_code, shown.output.startswith("nothing in ")) == (0, True)
    assert not (tmp_path / "ca").exists()


def test_remove_leaves_nothing(tmp_path: Path) -> None:
    store = AuthorityStore(tmp_path / "ca")
    write_trust(store)
    removed = tls("remove", folder=store.folder)
    assert (removed.exit_code, len(removed.output.splitlines())) == (0, 5)
    assert not store.folder.exists()
    assert tls("remove", folder=store.folder).output.startswith("nothing in ")


def test_a_broken_authority_is_one_sentence(tmp_path: Path) -> None:
    (tmp_path / "authority.pem").write_bytes(b"broken")
    shown = tls("show", folder=tmp_path)
    assert shown.exit_code == 2
    assert shown.output.startswith("cloudbase-ocr: ")
    assert "cloudbase-ocr tls remove" in shown.output
    assert tls("remove", folder=tmp_path).exit_code == 0
