"""Files with personal data are for their owner only, whatever the umask and whatever was there before."""

from __future__ import annotations

import ast
import io
import os
import stat
from collections.abc import Iterator
from pathlib import Path

import pytest
import requests
from PIL import Image

import cloudbase_ocr
from cloudbase_ocr.batch.drawing import Drawings
from cloudbase_ocr.batch.pictures import select
from cloudbase_ocr.build import Options, build
from cloudbase_ocr.core.atomic import write_atomically
from cloudbase_ocr.core.private_files import make_private, open_private
from cloudbase_ocr.record.keys import KeyRing
from cloudbase_ocr.server import running
from cloudbase_ocr.settings import Settings

pytestmark = pytest.mark.skipif(os.name != "posix", reason="modes are a matter of POSIX")

PACKAGE = Path(cloudbase_ocr.__file__).parent
NOTHING_PERSONAL = {
    "build/archive.py": "a package: code of the project",
    "build/build.py": "a package",
    "build/bytecode.py": "a package",
    "build/cloudbaserc.py": "a package",
    "build/overlay.py": "a package",
    "build/wheels.py": "wheels, and what pip is asked for",
    "dependencies/installed.py": "what pip is asked for",
    "commands/deploy.py": "wxcloud.d.ts: types of TypeScript",
    "batch/cluster.py": "the null device, in the place of what Ray writes onto stderr",
    "commands/common.py": "the null device, in the place of an output that failed",
    "core/locking.py": "a number of a process",
    "runtime/http_bootstrap.py": "names of interpreters",
    "scaffold/new_files.py": "a new project",
    "runtime/guarded.py": "the pipe of a function's output",
}
PRIVATE = {
    "batch/drawing.py",
    "batch/output.py",
    "batch/parts.py",
    "batch/tables.py",
    "core/private_files.py",
    "journal/files.py",
    "core/atomic.py",
    "server/tls.py",
    "tls/store.py",
    "record/keys.py",
    "record/recording.py",
    "state/stores/database.py",
}
WRITERS = {
    "write_text",
    "write_bytes",
    "chmod",
    "fchmod",
    "copyfile",
    "mkstemp",
    "NamedTemporaryFile",
    "open_private",
    "private_opener",
    "write_atomically",
}


@pytest.fixture(params=[0o000, 0o022, 0o077], ids=oct)
def umask(request: pytest.FixtureRequest) -> Iterator[int]:
    mask: int = request.param
    former = os.umask(mask)
    yield mask
    os.umask(former)


def mode(path: Path) -> int:
    return stat.S_IMODE(path.stat().st_mode)


def test_a_private_file_is_for_its_owner_also_if_it_was_not(tmp_path: Path, umask: int) -> None:
    for name, before in (("new", None), ("open", 0o666), ("closed", 0o400)):
        path = tmp_path / name
        if before is not None:
            path.write_bytes(b"older")
            path.chmod(before)
        if name == "closed" and os.geteuid():
            continue
        with open_private(path) as file:
            file.write(b"x")
        assert (mode(path), path.read_bytes()) == (0o400 if name == "closed" else 0o600, b"x")


def test_a_device_and_a_pipe_stay_as_they_are(tmp_path: Path) -> None:
    before = mode(Path(os.devnull))
    with open_private(Path(os.devnull)):
        pass
    assert mode(Path(os.devnull)) == before
    read, write = os.pipe()
    make_private(write)
    os.close(read)
    os.close(write)


def test_what_is_written_atomically_is_never_wider_than_the_umask_and_the_file_before(
    tmp_path: Path, umask: int
) -> None:
    path = tmp_path / "a.yaml"
    write_atomically(path, b"1")
    assert mode(path) == 0o666 & ~umask
    path.chmod(0o640)
    write_atomically(path, b"2")
    assert mode(path) == 0o640 & ~umask
    path.chmod(0o666)
    write_atomically(path, b"3", private=True)
    assert mode(path) == 0o600
    write_atomically(path, b"4")
    assert (mode(path), path.read_bytes()) == (0o600, b"4"), "what was private stays so"
    assert [each.name for each in tmp_path.iterdir()] == ["a.yaml"]


def test_keys_journal_state_and_drawings_are_private(tmp_path: Path, umask: int) -> None:
    KeyRing(tmp_path / "keys").create()
    journal = tmp_path / "calls.jsonl"
    journal.write_text("")
    journal.chmod(0o644)
    chosen = Settings(
        port=0, recognizer=False, state=tmp_path / "state", journal=journal, journal_personal_data=True
    )
    with running(chosen) as server:
        requests.post(server.url + "/cv/ocr/idcard?access_token=mock://wx&img_url=mock://idcard", timeout=10)
        files = [*(tmp_path / "keys").iterdir(), *(tmp_path / "state").iterdir(), journal]
        assert {(path.name, mode(path)) for path in files} == {(path.name, 0o600) for path in files}
    stream = io.BytesIO()
    Image.new("RGB", (64, 48), "white").save(stream, "JPEG")
    for name in ("out.png", "out.jpg", "out.webp"):
        drawing = tmp_path / name
        Drawings(drawing, select(["card.jpg"])).save(stream.getvalue(), [], drawing)
        assert mode(drawing) == 0o600
        with Image.open(drawing) as drawn:
            assert drawn.size == (64, 48)


@pytest.mark.check
def test_a_package_is_as_open_as_the_umask_says(tmp_path: Path, umask: int) -> None:
    folder = tmp_path / "functions" / "mine"
    folder.mkdir(parents=True)
    (folder / "index.py").write_text("def main(e, c): return 1\n")
    wheels = Path(__file__).parents[3] / ".venv" / "wheels"
    build(tmp_path / "functions", (), tmp_path / "dist", Options("3.10", "http", wheels))
    for path in (tmp_path / "dist").rglob("*"):
        assert mode(path) & umask == 0, path
    bootstrap = tmp_path / "dist" / "mine" / "scf_bootstrap"
    assert mode(bootstrap) == 0o777 & ~umask


def writers() -> Iterator[str]:
    """Every module of the package that opens a file to write, or says who may read one."""
    for path in sorted(PACKAGE.rglob("*.py")):
        calls = (node for node in ast.walk(ast.parse(path.read_text("utf-8"))) if isinstance(node, ast.Call))
        if any(_writes(call) for call in calls):
            yield path.relative_to(PACKAGE).as_posix()


def _writes(call: ast.Call) -> bool:
    module = ast.unparse(call.func).rpartition(".")[0]
    name = ast.unparse(call.func).rpartition(".")[2]
    given = [
        each.value for each in call.args if isinstance(each, ast.Constant) and isinstance(each.value, str)
    ]
    if name == "open" and module == "os":
        return "O_RDONLY" not in ast.unparse(call)
    if name in ("open", "ZipFile"):
        return any(mode[:1] in ("w", "a", "x") and len(mode) <= 3 for mode in given)
    return name in WRITERS


def test_every_module_that_writes_files_is_known() -> None:
    found, known = {*writers()}, {*NOTHING_PERSONAL, *PRIVATE}
    assert sorted(found - known) == [], (
        "writes a file: with open_private or write_atomically(private=True) if it has personal data or secrets"
    )
    assert sorted(known - found) == [], "writes no file (any more)"
