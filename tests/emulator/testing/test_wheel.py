"""The built wheel: what is in it, and that it works where nothing else of this repository is."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
import sysconfig
import zipfile
from pathlib import Path

import pytest

from wxcloud.contract import METHODS

ROOT = Path(__file__).parents[3]
PROJECT = ROOT / "tests/example_project"
PASSED = "14 passed"


@pytest.fixture(scope="module")
def wheel(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("wheel")
    options = ["--no-deps", "--no-build-isolation", "--no-index", "--quiet", "--wheel-dir", str(folder)]
    words = [sys.executable, "-m", "pip", "wheel", *options, str(ROOT)]
    subprocess.run(words, check=True, cwd=folder, timeout=120)
    (path,) = folder.glob("*.whl")
    return path


@pytest.fixture(scope="module")
def names(wheel: Path) -> set[str]:
    with zipfile.ZipFile(wheel) as archive:
        return set(archive.namelist())


def test_wheel_holds_a_function_for_each_method(names: set[str]) -> None:
    found = {name.split("/")[2] for name in names if name.startswith("emulator/functions/")}
    assert found == {method.cloud_names[0] for method in METHODS}
    for function in found:
        folder = f"emulator/functions/{function}/"
        assert {name for name in names if name.startswith(folder)} == {
            folder + "index.py",
            folder + "config.json",
        }


def test_wheel_holds_every_file_of_the_packages(names: set[str]) -> None:
    listed = subprocess.run(
        ["git", "ls-files", "emulator", "functions/wxcloud"], cwd=ROOT, capture_output=True, encoding="utf-8"
    )
    if listed.returncode:
        pytest.skip("this is no git checkout, which would tell what belongs to the packages")
    expected = {
        line.removeprefix("functions/") for line in listed.stdout.splitlines() if (ROOT / line).is_file()
    }
    assert {"emulator/javascript/index.js", "emulator/fixtures/idcard.yaml", "wxcloud/py.typed"} <= expected
    assert expected <= names


def test_wheel_holds_nothing_else(names: set[str]) -> None:
    assert {name.split("/")[0].partition("-")[0] for name in names} == {
        "emulator",
        "wxcloud",
        "cloudbase_ocr",
    }
    assert not [name for name in names if name.endswith((".pyc", ".pth")) or "node_modules" in name]


def test_javascript_twin_has_the_version_of_the_package(wheel: Path) -> None:
    package = json.loads((ROOT / "emulator/javascript/package.json").read_text(encoding="utf-8"))
    assert wheel.name.split("-")[1] == package["version"]


@pytest.fixture(scope="module")
def borrowing(wheel: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A new environment with the wheel; the dependencies are this environment's, to save a minute."""
    folder = tmp_path_factory.mktemp("borrowing") / "env"
    subprocess.run([sys.executable, "-m", "venv", "--without-pip", str(folder)], check=True, timeout=60)
    python = python_of(folder)
    query = "import sysconfig; print(sysconfig.get_path('purelib'))"
    packages = Path(
        subprocess.run([python, "-c", query], capture_output=True, encoding="utf-8").stdout.strip()
    )
    install(python, "--no-deps", "--no-index", str(wheel))
    # A path in a .pth file: the .pth files in there, one of which is the checkout's, do not count.
    (packages / "borrowed.pth").write_text(sysconfig.get_path("purelib") + "\n", encoding="utf-8")
    return python


@pytest.fixture(scope="module")
def clean(wheel: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A new environment with the wheel, what it depends on, and pytest; nothing else."""
    folder = tmp_path_factory.mktemp("clean") / "env"
    subprocess.run([sys.executable, "-m", "venv", "--without-pip", str(folder)], check=True, timeout=60)
    python = python_of(folder)
    install(python, str(wheel), "pytest")
    return python


def install(python: Path, *arguments: str) -> None:
    words = [sys.executable, "-m", "pip", "--python", str(python), "install", "--quiet", *arguments]
    subprocess.run(words, check=True, timeout=600)


def python_of(environment: Path) -> Path:
    return environment / ("Scripts/python.exe" if os.name == "nt" else "bin/python")


def run(python: Path, folder: Path, *words: str) -> str:
    done = subprocess.run(
        [python, *words], cwd=folder, capture_output=True, encoding="utf-8", timeout=120, env=environment()
    )
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout


def environment() -> dict[str, str]:
    return {**{k: v for k, v in os.environ.items() if k != "PYTHONPATH"}, "PYTHONUTF8": "1"}


EACH = pytest.mark.parametrize(
    "which", ["borrowing", pytest.param("clean", marks=pytest.mark.clean_environment)]
)


@EACH
def test_example_project_passes_with_the_wheel(
    which: str, request: pytest.FixtureRequest, tmp_path: Path
) -> None:
    python: Path = request.getfixturevalue(which)
    project = tmp_path / "project"
    shutil.copytree(PROJECT, project, ignore=shutil.ignore_patterns("__pycache__"))
    where = run(python, project, "-c", "import emulator, wxcloud; print(emulator.__file__, wxcloud.__file__)")
    assert str(ROOT) not in where
    assert where.count("site-packages") == 2
    assert PASSED in run(python, project, "-m", "pytest", "-q", "-p", "no:cacheprovider")


@EACH
def test_demo_works_from_the_wheel(which: str, request: pytest.FixtureRequest, tmp_path: Path) -> None:
    printed = run(request.getfixturevalue(which), tmp_path, "-m", "emulator", "demo")
    assert '"errMsg": "openapi.ocr.idcard:ok"' in printed
    assert '"name": "林知夏"' in printed
