"""Packages are installed once, into folders that are whole or not there."""

from __future__ import annotations

import os
import signal
import socket
import sys
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from cloudbase_ocr.dependencies.errors import DependencyError, NoNetworkError
from cloudbase_ocr.dependencies.installed import InstalledPackages
from cloudbase_ocr.dependencies.interpreters import Python, find_interpreter, running_version
from cloudbase_ocr.dependencies.requirements import Requirements, read_requirements
from tests import needs
from tests.emulator.dependencies.conftest import make_wheel
from tests.emulator.testing.environments import install
from tests.processes import started

pytestmark = pytest.mark.check  # pip takes seconds

HERE = Python(running_version(), sys.executable)
_INSTALL = """
import sys
from pathlib import Path
from cloudbase_ocr.dependencies.installed import InstalledPackages
from cloudbase_ocr.dependencies.interpreters import Python, running_version
from cloudbase_ocr.dependencies.requirements import read_requirements

folder, cache = map(Path, sys.argv[1:])
tell = lambda line: print(line, flush=True)
print(InstalledPackages(tell, cache).required(read_requirements(folder), Python(running_version(), sys.executable)))
"""


@pytest.fixture
def told() -> list[str]:
    return []


@pytest.fixture
def installed(tmp_path: Path, told: list[str]) -> InstalledPackages:
    return InstalledPackages(told.append, tmp_path / "cache")


def required(folder: Path, text: str) -> Requirements:
    folder.mkdir(exist_ok=True)
    (folder / "requirements.txt").write_text(text, encoding="utf-8")
    return read_requirements(folder)


def names(folder: Path) -> set[str]:
    return {path.name for path in folder.iterdir()}


def test_once_with_what_it_needs_and_told(
    index: Path, installed: InstalledPackages, told: list[str], tmp_path: Path
) -> None:
    make_wheel(index, "outer", "import inner\n", needs="inner")
    make_wheel(index, "inner")
    wanted = required(tmp_path / "f", "outer\n")
    folder = installed.required(wanted, HERE)
    assert {"outer.py", "inner.py"} <= names(folder)
    assert list(folder.glob("__pycache__/outer.*.pyc")), "the second start has nothing to compile"
    assert told[0].startswith("installing what ")
    assert f"f/requirements.txt asks for, once, for Python {HERE.version}; kept in " in told[0]
    assert any(line.startswith("  Installing collected packages: ") for line in told)
    assert told[-1].startswith("installed what ")
    told.clear()
    assert installed.required(wanted, HERE) == folder
    assert told == []


def test_another_content_is_another_folder(index: Path, installed: InstalledPackages, tmp_path: Path) -> None:
    make_wheel(index, "one")
    make_wheel(index, "two")
    first = installed.required(required(tmp_path / "f", "one\n"), HERE)
    second = installed.required(required(tmp_path / "f", "two\n"), HERE)
    assert "two.py" in names(second)
    assert "one.py" not in names(second)
    assert "one.py" in names(first), "what others use stays"


def test_what_is_installed_needs_no_network(
    index: Path, installed: InstalledPackages, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    make_wheel(index, "one")
    wanted = required(tmp_path / "f", "one\n")
    folder = installed.required(wanted, HERE)
    monkeypatch.delenv("PIP_NO_INDEX")
    monkeypatch.setenv("PIP_FIND_LINKS", "")
    monkeypatch.setenv("PIP_INDEX_URL", "http://127.0.0.1:1/simple")
    monkeypatch.setenv("PIP_EXTRA_INDEX_URL", "")
    assert installed.required(wanted, HERE) == folder
    with pytest.raises(
        NoNetworkError, match=r"f/requirements\.txt:1: it cannot be downloaded: .*Check the network"
    ) as error:
        installed.required(required(tmp_path / "f", "other\n"), HERE)
    assert "\n" not in str(error.value)


def test_a_failure_names_the_line_and_leaves_nothing(
    index: Path, installed: InstalledPackages, tmp_path: Path
) -> None:
    make_wheel(index, "one")
    wanted = required(tmp_path / "f", "one\n\nabsent-one>=2\n")
    with pytest.raises(
        DependencyError, match=r"f/requirements\.txt:3: the package index has no absent-one>=2"
    ):
        installed.required(wanted, HERE)
    assert names(tmp_path / "cache" / "installed") == set()


def test_a_version_that_does_not_exist(index: Path, installed: InstalledPackages, tmp_path: Path) -> None:
    make_wheel(index, "one")
    with pytest.raises(DependencyError, match=r"f/requirements\.txt:1: it cannot be installed: .*one==3"):
        installed.required(required(tmp_path / "f", "one==3\n"), HERE)


def test_threads_wait_for_one_installation(
    index: Path, installed: InstalledPackages, told: list[str], tmp_path: Path
) -> None:
    make_wheel(index, "one")
    wanted = required(tmp_path / "f", "one\n")
    with ThreadPoolExecutor(4) as threads:
        folders = set(threads.map(lambda _: installed.required(wanted, HERE), range(4)))
    assert len(folders) == 1
    assert sum(line.startswith("installing ") for line in told) == 1


def test_processes_at_the_same_time_both_get_a_whole_folder(index: Path, tmp_path: Path) -> None:
    for name in ("one", "two", "three"):
        make_wheel(index, name)
    required(tmp_path / "f", "one\ntwo\nthree\n")
    command = [sys.executable, "-c", _INSTALL, str(tmp_path / "f"), str(tmp_path / "cache")]
    with started(command, seconds=300) as first, started(command, seconds=300) as second:
        outputs = [process.stdout.read().splitlines() for process in (first, second)]
    assert first.returncode == second.returncode == 0, outputs
    assert outputs[0][-1] == outputs[1][-1]
    assert {"one.py", "two.py", "three.py"} <= names(Path(outputs[0][-1]))
    assert names(tmp_path / "cache" / "installed") == {Path(outputs[0][-1]).name}, "nothing is left over"


@pytest.mark.skipif(sys.platform == "win32", reason="ends a group of processes")
def test_one_that_was_killed_is_not_used(
    installed: InstalledPackages, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    make_wheel(tmp_path, "one")
    wanted = required(tmp_path / "f", "one\n")
    command = [sys.executable, "-c", _INSTALL, str(tmp_path / "f"), str(tmp_path / "cache")]
    with socket.create_server(("127.0.0.1", 0)) as silent:
        variables = {
            **os.environ,
            "PIP_INDEX_URL": f"http://127.0.0.1:{silent.getsockname()[1]}/simple",
            "PIP_EXTRA_INDEX_URL": "",
            "PIP_FIND_LINKS": "",
        }
        with started(command, seconds=300, env=variables, start_new_session=True) as process:
            silent.settimeout(200)
            silent.accept()[0].close()  # pip has begun
            os.killpg(process.pid, signal.SIGKILL)
            process.wait()
    begun = names(tmp_path / "cache" / "installed")
    assert len(begun) == 1
    monkeypatch.setenv("PIP_NO_INDEX", "1")
    monkeypatch.setenv("PIP_FIND_LINKS", str(tmp_path))
    for path in (tmp_path / "cache" / "installed").iterdir():
        os.utime(path, (0, 0))
    folder = installed.required(wanted, HERE)
    assert "one.py" in names(folder)
    assert names(folder.parent) == {folder.name}, "what is older than a day goes"


def test_a_cache_that_cannot_be_written_is_named(index: Path, tmp_path: Path) -> None:
    make_wheel(index, "one")
    (tmp_path / "file").write_text("", encoding="utf-8")
    packages = InstalledPackages(lambda _: None, tmp_path / "file")
    with pytest.raises(DependencyError, match=r"cannot be put into .*XDG_CACHE_HOME"):
        packages.required(required(tmp_path / "f", "one\n"), HERE)


def test_another_python_gets_packages_of_its_own(
    index: Path, installed: InstalledPackages, tmp_path: Path
) -> None:
    other = next(version for version in ("3.10", "3.11") if version != running_version())
    path = find_interpreter(other)
    if path is None:
        pytest.skip(needs.python(other))
    make_wheel(index, "one", tag=f"cp{other.replace('.', '')}-none-any")
    wanted = required(tmp_path / "f", "one\n")
    folder = installed.required(wanted, Python(other, path))
    assert [file.name.split(".")[1] for file in folder.glob("__pycache__/one.*")] == [
        f"cpython-{other.replace('.', '')}"
    ]
    with pytest.raises(DependencyError):
        installed.required(wanted, HERE)


@pytest.fixture(scope="session")
def uv(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The folder of uv itself, as its package brings it."""
    folder = tmp_path_factory.mktemp("uv")
    install(Path(sys.executable), "--target", str(folder), "uv")
    return folder / "bin"


def test_uv_does_it_where_pip_is_missing(
    uv: Path,
    index: Path,
    installed: InstalledPackages,
    told: list[str],
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    make_wheel(index, "made_here")
    monkeypatch.setenv("UV_FIND_LINKS", str(index))
    monkeypatch.setenv("UV_CACHE_DIR", str(tmp_path / "uv"))
    monkeypatch.setenv("PATH", f"{uv}{os.pathsep}{os.environ['PATH']}")
    monkeypatch.setattr("cloudbase_ocr.dependencies.pip.has_pip", lambda: False)
    folder = installed.required(required(tmp_path / "f", "made_here\n"), HERE)
    assert "made_here.py" in names(folder)
    assert list(folder.glob("__pycache__/made_here.*.pyc")), "the second start has nothing to compile"
    assert any(line.startswith("  Installed 1 package") for line in told), told
    with pytest.raises(
        DependencyError, match=r"the package index has no nobody-made-this\. Correct the name, or"
    ):
        installed.required(required(tmp_path / "f", "nobody-made-this\n"), HERE)
    monkeypatch.setenv("PATH", str(tmp_path))
    with pytest.raises(
        DependencyError, match=r"neither pip nor uv is there to install it. Run: .* -m ensurepip"
    ):
        installed.required(required(tmp_path / "f", "other\n"), HERE)
