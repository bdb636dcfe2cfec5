"""The page for a bug report: what is there, what is missing, what is broken; nothing personal."""

from __future__ import annotations

import json
import socket
import sys
from pathlib import Path

import pytest

from cloudbase_ocr.core.version import __version__
from cloudbase_ocr.server import running
from cloudbase_ocr.settings import Settings
from tests import needs
from tests.emulator.commands.in_process import run_here
from tests.emulator.project.conftest import write_files


@pytest.fixture(autouse=True)
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A home folder with a project in it, on a machine without the engine."""
    folder = tmp_path / "somebody"
    write_files(folder, {"project/functions/f/index.py": "def main(event, context): return 1\n"})
    monkeypatch.setenv("HOME", str(folder))
    monkeypatch.setenv("USERPROFILE", str(folder))
    for name in ("XDG_CACHE_HOME", "XDG_DATA_HOME"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.chdir(folder / "project")
    return folder


@pytest.fixture
def without_engine(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "rapidocr", None)


def findings(capsys: pytest.CaptureFixture[str], code: int = 0) -> dict[str, tuple[str, str]]:
    done = run_here(capsys, "doctor", "--json")
    assert done.returncode == code, done.stderr
    content = json.loads(done.stdout)
    assert content["version"] == __version__
    return {each["name"]: (each["state"], each["text"]) for each in content["findings"]}


@pytest.mark.usefixtures("without_engine")
def test_one_page_says_what_there_is_and_nothing_personal(
    home: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("CLOUDBASE_OCR_CONTROL_TOKEN", "a-secret")
    (home / ".cache/cloudbase-ocr/wheels").mkdir(parents=True)
    (home / ".cache/cloudbase-ocr/wheels/a.whl").write_bytes(bytes(1_500_000))
    done = run_here(capsys, "doctor")
    assert done.returncode == 0, done.stderr
    lines = done.stdout.splitlines()
    assert lines[0] == f"cloudbase-ocr {__version__}"
    assert lines[-1] == "nothing that is needed is broken"
    assert any(line.startswith("ok     Python      3.") for line in lines)
    assert any(
        line.startswith("-      engine      the engine that reads photos is not installed") for line in lines
    )
    assert "ok     functions   1 in ~/project/functions" in lines
    assert "ok     variables   CLOUDBASE_OCR_CONTROL_TOKEN" in lines
    if sys.platform == "linux":
        assert "ok     cache       ~/.cache/cloudbase-ocr: 1.5 MB" in lines
    assert "a-secret" not in done.stdout
    assert str(home) not in done.stdout
    assert max(map(len, lines)) <= 120
    assert len(lines) < 40


@pytest.mark.usefixtures("without_engine")
def test_who_has_the_port_is_told(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], home: Path
) -> None:
    with running(Settings(port=0, recognizer=False)) as server:
        monkeypatch.setenv("CLOUDBASE_OCR_PORT", str(server.port))
        state, text = findings(capsys)["port"]
        expected = (
            f"{server.port}: an emulator runs there, version {__version__}, functions in ~/project/functions"
        )
        assert (state, text) == ("note", expected)
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        port = taken.getsockname()[1]
        (home / "project/cloudbase-ocr.toml").write_text(f"[serve]\nport = {port}\n", encoding="utf-8")
        monkeypatch.delenv("CLOUDBASE_OCR_PORT")
        found = findings(capsys)
    assert found["port"] == ("note", f"{port}: used by another program")
    assert found["settings"] == ("ok", "~/project/cloudbase-ocr.toml")


@pytest.mark.usefixtures("without_engine")
@pytest.mark.parametrize(
    ("files", "name", "says"),
    [
        ({"cloudbase-ocr.toml": "prot = 1"}, "settings", "there is no setting 'prot'; is port meant?"),
        ({"cloudbase-ocr.toml": "port ="}, "settings", "cannot be read"),
        ({"cloudbaserc.json": "{"}, "functions", "cloudbaserc.json: is not JSON"),
    ],
)
def test_a_broken_file_is_told_and_gives_exit_code_1(
    files: dict[str, str], name: str, says: str, capsys: pytest.CaptureFixture[str]
) -> None:
    write_files(Path.cwd(), files)
    state, text = findings(capsys, code=1)[name]
    assert state == "broken"
    assert says in text
    assert run_here(capsys, "doctor").stdout.splitlines()[-1].startswith("broken: ")


@pytest.mark.check
@needs.engine
def test_the_engine_is_loaded(capsys: pytest.CaptureFixture[str]) -> None:
    state, text = findings(capsys)["engine"]
    assert state == "ok"
    assert text.startswith("loaded in ")


@needs.engine
def test_an_engine_that_cannot_be_loaded_is_broken(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setitem(sys.modules, "cloudbase_ocr.recognizer.ocr.engine", None)
    assert findings(capsys, code=1)["engine"][0] == "broken"
