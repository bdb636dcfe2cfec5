"""The built wheel: what is in it, and that it works where nothing else of this repository is."""

from __future__ import annotations

import gzip
import json
import os
import shutil
import subprocess
import sys
import zipfile
from pathlib import Path

import pytest

from tests.emulator.testing.environments import ROOT, Program, borrowing_environment
from wxcloud.contract import METHODS

pytestmark = pytest.mark.check

PROJECT = ROOT / "tests/example_project"
CLEAN = (pytest.mark.check, pytest.mark.timeout(1200))


@pytest.fixture(scope="module")
def names(wheel: Path) -> set[str]:
    with zipfile.ZipFile(wheel) as archive:
        return set(archive.namelist())


def test_wheel_holds_a_function_for_each_method_and_one_for_the_service_market(names: set[str]) -> None:
    found = {name.split("/")[2] for name in names if name.startswith("cloudbase_ocr/functions/")}
    assert found == {*(method.cloud_names[0] for method in METHODS), "ocrAllInOne"}
    for function in found:
        folder = f"cloudbase_ocr/functions/{function}/"
        assert {name for name in names if name.startswith(folder)} == {
            folder + "index.py",
            folder + "config.json",
        }


def test_wheel_holds_every_file_of_the_packages(names: set[str]) -> None:
    command = ["git", "ls-files", "emulator/cloudbase_ocr", "functions/wxcloud"]
    listed = subprocess.run(command, cwd=ROOT, capture_output=True, encoding="utf-8")
    if listed.returncode:
        pytest.skip("this is no git checkout, which would tell what belongs to the packages")
    expected = {line.partition("/")[2] for line in listed.stdout.splitlines() if (ROOT / line).is_file()}
    expected = expected - {"cloudbase_ocr/zh.po"} | {"cloudbase_ocr/zh.po.gz"}
    assert {
        "cloudbase_ocr/javascript/index.js",
        "cloudbase_ocr/fixtures/idcard.yaml",
        "wxcloud/py.typed",
    } <= expected
    assert expected <= names


def test_wheel_holds_nothing_else(names: set[str]) -> None:
    assert {name.split("/")[0].partition("-")[0] for name in names} == {
        "wxcloud",
        "cloudbase_ocr",
    }
    assert not [name for name in names if name.endswith((".pyc", ".pth", ".po")) or "node_modules" in name]


def test_wheel_speaks_chinese_from_its_packed_catalogue(wheel: Path, tmp_path: Path) -> None:
    with zipfile.ZipFile(wheel) as archive:
        archive.extractall(tmp_path)
        packed = archive.read("cloudbase_ocr/zh.po.gz")
    assert gzip.decompress(packed) == (ROOT / "emulator/cloudbase_ocr/zh.po").read_bytes()
    command = [sys.executable, "-m", "cloudbase_ocr", "serve", "--lang", "zh", "--help"]
    environment = {**os.environ, "PYTHONPATH": str(tmp_path)}
    done = subprocess.run(
        command, cwd=tmp_path, env=environment, capture_output=True, encoding="utf-8", timeout=60
    )
    assert done.stdout.startswith("用法：")


def test_a_new_function_needs_no_new_line(tmp_path: Path) -> None:
    (tmp_path / ".ci").mkdir()
    for name in ("pyproject.toml", "README.md", "LICENSE", ".ci/hatch_build.py"):
        shutil.copy(ROOT / name, tmp_path / name)
    for file in map(Path, ("emulator/cloudbase_ocr/core/version.py", "emulator/cloudbase_ocr/zh.po")):
        (tmp_path / file).parent.mkdir(parents=True, exist_ok=True)
        shutil.copy(ROOT / file, tmp_path / file)
    shutil.copytree(ROOT / "functions", tmp_path / "functions", ignore=shutil.ignore_patterns("__pycache__"))
    (tmp_path / "functions/passport").mkdir()
    (tmp_path / "functions/passport/index.py").write_text("def main(event, context): ...\n", encoding="utf-8")
    words = [sys.executable, "-m", "hatchling", "build", "-t", "wheel", "-d", "out"]
    subprocess.run(words, cwd=tmp_path, check=True, capture_output=True, timeout=60)
    (built,) = (tmp_path / "out").glob("*.whl")
    with zipfile.ZipFile(built) as archive:
        found = [name for name in archive.namelist() if name.endswith(("passport/index.py", "contract.py"))]
    assert sorted(found) == ["cloudbase_ocr/functions/passport/index.py", "wxcloud/contract.py"]


def test_javascript_twin_has_the_version_of_the_package(wheel: Path) -> None:
    package = json.loads(
        (ROOT / "emulator/cloudbase_ocr/javascript/package.json").read_text(encoding="utf-8")
    )
    assert wheel.name.split("-")[1] == package["version"]


@pytest.fixture(scope="module")
def borrowing(wheel: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    return borrowing_environment(tmp_path_factory.mktemp("borrowing") / "env", wheel)


@pytest.mark.parametrize(
    ("which", "outcome"),
    [
        ("borrowing", "14 passed"),
        pytest.param("with_engine", "14 passed", marks=CLEAN),
        pytest.param("core", "13 passed, 1 deselected", marks=CLEAN),
    ],
)
def test_example_project_passes_with_the_wheel(
    which: str, outcome: str, request: pytest.FixtureRequest, tmp_path: Path
) -> None:
    python = Program(request.getfixturevalue(which))
    project = tmp_path / "project"
    shutil.copytree(PROJECT, project, ignore=shutil.ignore_patterns("__pycache__"))
    query = "import cloudbase_ocr, wxcloud; print(cloudbase_ocr.__file__, wxcloud.__file__)"
    where = python.run(project, "-c", query).stdout
    assert str(ROOT) not in where
    assert where.count("site-packages") == 2
    choice = ("-k", "not reads_a_real_photo") if which == "core" else ()
    assert outcome in python.run(project, "-m", "pytest", "-q", "-p", "no:cacheprovider", *choice).stdout


OWN_NAMES = {
    "emulator.py": "SPEED = 3\n",
    "functions/__init__.py": "",
    "functions/sums.py": "def add(a, b):\n    return a + b\n",
    "tests/__init__.py": "START = 1\n",
    "tests/test_own.py": (
        "import emulator\nfrom functions.sums import add\nfrom tests import START\n\n"
        "def test_own():\n    assert add(emulator.SPEED, START) == 4\n"
    ),
    "tests/test_ocr.py": (
        "import emulator\nimport requests\n\n"
        "def test_ocr(ocr_emulator):\n"
        "    query = {'access_token': ocr_emulator.token, 'img_url': 'mock://idcard'}\n"
        "    answer = requests.post(ocr_emulator.url + '/cv/ocr/idcard', params=query, timeout=10)\n"
        "    assert (answer.json()['errcode'], emulator.SPEED) == (0, 3)\n"
    ),
}
"""A project whose modules have names that this repository has, too."""


@pytest.mark.parametrize("which", ["borrowing", pytest.param("core", marks=CLEAN)])
def test_a_project_keeps_its_emulator_functions_and_tests(
    which: str, request: pytest.FixtureRequest, tmp_path: Path
) -> None:
    python = Program(request.getfixturevalue(which))
    for name, text in OWN_NAMES.items():
        path = tmp_path / "project" / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, encoding="utf-8")
    options = ("-m", "pytest", "-q", "-W", "error", "-p", "no:cacheprovider")
    for chosen, outcome in (
        ("tests/test_own.py", "1 passed"),
        ("tests/test_ocr.py", "1 passed"),
        ("", "2 passed"),
    ):
        done = python.run(tmp_path / "project", *options, *([chosen] if chosen else []))
        assert outcome in done.stdout
    code = "from importlib.util import find_spec; print([find_spec(n) for n in ('emulator', 'functions', 'tests')])"
    assert python.run(tmp_path, "-c", code).stdout == "[None, None, None]\n"


@pytest.mark.parametrize("which", ["borrowing", pytest.param("with_engine", marks=CLEAN)])
def test_demo_works_from_the_wheel(which: str, request: pytest.FixtureRequest, tmp_path: Path) -> None:
    printed = Program(request.getfixturevalue(which)).run(tmp_path, "-m", "cloudbase_ocr", "demo").stdout
    assert '"errMsg": "openapi.ocr.idcard:ok"' in printed
    assert '"name": "林知夏"' in printed
