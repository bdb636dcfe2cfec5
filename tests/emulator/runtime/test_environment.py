"""The environment of a function beside the documented table, row by row."""

from __future__ import annotations

import os
import sys
from pathlib import Path

import pytest

from cloudbase_ocr.runtime import Runtime
from cloudbase_ocr.runtime.environment import ROWS, SAME, Row
from tests.emulator.runtime.calls import USER, Write, result_of

pytestmark = pytest.mark.skipif(sys.platform == "win32", reason="Windows needs other variables")

ECHO = "import os\nSTART = dict(os.environ)\ndef main(event, context): return START\n"
FOLDER = "{folder}"
WAYS: dict[str, str] = {
    "TENCENTCLOUD_SESSIONTOKEN": "emulator-session-token",
    "TENCENTCLOUD_SECRETID": "emulator-secret-id",
    "TENCENTCLOUD_SECRETKEY": "emulator-secret-key",
    "USER_CODE_ROOT": f"{FOLDER}/",
    "PYTHONDONTWRITEBYTECODE": "x",
    "PYTHONPATH": f"{FOLDER}:{{root}}:/opt",
    "_": sys.executable,
    "PWD": FOLDER,
    "LD_LIBRARY_PATH": f"{FOLDER}:/opt",
    "HOSTNAME": "scf-emulator",
    "SCF_RUNTIME": f"Python{sys.version_info.major}.{sys.version_info.minor}",
    "SCF_FUNCTIONNAME": "echo",
    "SCF_FUNCTIONVERSION": "$LATEST",
    "TENCENTCLOUD_REGION": "ap-shanghai",
    "TENCENTCLOUD_APPID": "1250000000",
    "TENCENTCLOUD_UIN": "100000000000",
    "TENCENTCLOUD_TZ": "UTC",
}
"""What a Python function sees where that is not the documented value."""


@pytest.fixture(scope="module")
def seen(tmp_path_factory: pytest.TempPathFactory) -> dict[str, str]:
    """The variables of a function while it is loaded, before any call's identity is added."""
    folder = tmp_path_factory.mktemp("functions") / "echo"
    folder.mkdir()
    (folder / "index.py").write_text(ECHO, encoding="utf-8")
    with Runtime(folder.parent) as runtime:
        variables: dict[str, str] = result_of(runtime.invoke("echo", {}))
    return variables | {"{folder}": str(folder)}


@pytest.mark.parametrize("row", ROWS, ids=lambda row: row.name)
def test_row(row: Row, seen: dict[str, str]) -> None:
    value, folder = seen.get(row.name), seen["{folder}"]
    if row.here.startswith("not set") or row.name in ("TRIGGER_SRC", "NODE_PATH"):
        assert value is None
    elif row.name in ("LANG", "LC_ALL"):
        assert value in ("en_US.UTF8", "C.UTF-8")
    elif row.here == SAME:
        assert value == row.documented
    else:
        expected = WAYS[row.name].replace(FOLDER, folder).replace("{root}", str(Path(folder).parent))
        assert value == expected


def test_nothing_else_is_there(seen: dict[str, str]) -> None:
    known = {row.name for row in ROWS} | {"TMPDIR", "TZ", "SCF_NAMESPACE", "{folder}"}
    # macOS and CPython add these themselves.
    assert set(seen) - known - {"__CF_USER_TEXT_ENCODING", "LC_CTYPE"} == set()


def test_variables_of_node(write_node: Write, runtime: Runtime) -> None:
    folder = write_node("f", "const start = {...process.env};\nexports.main = async () => start;\n")
    seen = result_of(runtime.invoke("f", {}))
    assert seen["NODE_PATH"] == f"{folder}:{folder}/node_modules:/opt:/opt/node_modules"
    assert not {"PYTHONPATH", "PYTHONDONTWRITEBYTECODE"} & set(seen)
    assert seen["HOME"] == "/home/qcloud"


def test_the_home_folder_cannot_be_written(write: Write, runtime: Runtime) -> None:
    write(
        "f",
        """
        import os
        def main(event, context):
            home = os.path.expanduser("~")
            try:
                os.makedirs(home + "/.cache/x")
            except OSError as error:
                return [home, error.strerror]
        """,
    )
    assert result_of(runtime.invoke("f", {})) == ["/home/qcloud", os.strerror(30)]


def test_programs_that_a_function_starts_are_found_where_the_cloud_has_them(
    write: Write, runtime: Runtime, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    tool = tmp_path / "bin" / "own-tool"
    tool.parent.mkdir()
    tool.write_text("#!/bin/sh\n")
    tool.chmod(0o755)
    monkeypatch.setenv("PATH", f"{tool.parent}:{os.environ['PATH']}")
    code = (
        "import shutil\ndef main(e, c): return [shutil.which('own-tool'), shutil.which('sh') is not None]\n"
    )
    write("f", code)
    assert result_of(runtime.invoke("f", {}, USER)) == [None, True]
