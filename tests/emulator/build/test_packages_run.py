"""Every package runs where nothing else is: SCF's variables, no site-packages, a folder that cannot be written."""

from __future__ import annotations

import sys
from pathlib import Path

import pytest

from cloudbase_ocr.commands.client import EmulatorClient
from cloudbase_ocr.dependencies.interpreters import find_interpreter, running_version
from tests import needs
from tests.emulator.build.cloud import call, can_mount, environment, unpack
from tests.emulator.build.conftest import Build
from wxcloud.contract import METHODS

pytestmark = pytest.mark.check

NAMES = [method.cloud_names[0] for method in METHODS]


@pytest.fixture
def interpreter(request: pytest.FixtureRequest) -> str:
    version: str = request.param
    found = find_interpreter(version)
    if found is None:
        pytest.skip(needs.python(version))
    return found


@pytest.mark.skipif(sys.platform == "win32", reason="packages are for Linux")
@pytest.mark.parametrize("name", NAMES)
@pytest.mark.parametrize(
    ("version", "interpreter"), [(v, v) for v in ("3.9", "3.10", "3.11")], indirect=["interpreter"]
)
def test_package_gives_in_the_cloud_what_the_source_gives_here(
    version: str, interpreter: str, name: str, built: Build, emulator_url: str, tmp_path: Path
) -> None:
    folder = unpack(built(version)[name].zip, tmp_path / "user")
    temporary = tmp_path / "tmp"
    temporary.mkdir()
    event = {"imgUrl": f"mock://{name}"}
    ran = call(interpreter, folder, event, environment(folder, name, emulator_url, temporary))
    assert ran.result["errCode"] == 0
    assert ran.result == EmulatorClient(emulator_url).call_function(name, event)["result"]
    assert ran.errors == "", "nothing is said about what was left out of the package"
    assert_from_package_or_standard_library(ran.files, folder)
    assert any(path.name == "models.py" and path.parent.name == "requests" for path in ran.files)


def assert_from_package_or_standard_library(files: tuple[Path, ...], folder: Path) -> None:
    outside = [path for path in files if not path.is_relative_to(folder)]
    assert outside
    assert not [path for path in outside if "site-packages" in path.parts or "functions" in path.parts]


@pytest.mark.skipif(not can_mount(), reason="only root on Linux can be shown a read-only mount")
def test_the_folder_really_cannot_be_written(tmp_path: Path, emulator_url: str) -> None:
    (tmp_path / "index.py").write_text(
        "def main(e, c):\n    open(__file__ + '.new', 'w')\n", encoding="utf-8"
    )
    with pytest.raises(AssertionError, match="Read-only file system"):
        call(sys.executable, tmp_path, {}, environment(tmp_path, "x", emulator_url, tmp_path))


def test_bytecode_is_what_runs(built: Build, emulator_url: str, tmp_path: Path) -> None:
    version = running_version()
    if version not in ("3.10", "3.11"):
        pytest.skip("the cloud has no runtime of this version")
    folder = unpack(built(version)["idcard"].zip, tmp_path / "user")
    for source in folder.rglob("*.py"):
        source.write_text("raise RuntimeError('compiled again')\n", encoding="utf-8")
    env = environment(folder, "idcard", emulator_url, tmp_path)
    ran = call(sys.executable, folder, {"imgUrl": "mock://idcard"}, env)
    assert ran.result["errCode"] == 0


def test_another_python_runs_the_same_package_from_its_sources(
    built: Build, emulator_url: str, tmp_path: Path
) -> None:
    version = "3.9" if running_version() != "3.9" else "3.10"
    folder = unpack(built(version)["idcard"].zip, tmp_path / "user")
    env = environment(folder, "idcard", emulator_url, tmp_path)
    ran = call(sys.executable, folder, {"imgUrl": "mock://idcard/back"}, env)
    assert ran.result["type"] == "Back"


def test_nothing_of_the_developers_own_packages_is_needed(built: Build, tmp_path: Path) -> None:
    """Without a picture no request is made, so requests is not even imported before the first call."""
    folder = unpack(built(running_version_or_default())["idcard"].zip, tmp_path / "user")
    env = environment(folder, "idcard", "http://127.0.0.1:1", tmp_path)
    ran = call(sys.executable, folder, {}, env)
    assert ran.result["errCode"] == 41005
    assert not [path for path in ran.files if "requests" in path.parts]


def running_version_or_default() -> str:
    return running_version() if running_version() in ("3.10", "3.11") else "3.10"
