"""Which files a new project and a new function have, and where they are refused."""

from __future__ import annotations

import json
import shutil
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
import yaml

from cloudbase_ocr.build import Options
from cloudbase_ocr.build.build import python_of
from cloudbase_ocr.build.targets import DEFAULT_VERSION
from cloudbase_ocr.commands.serve import serve
from cloudbase_ocr.core.paths import included_functions
from cloudbase_ocr.project import find_project
from cloudbase_ocr.runtime.function_folders import list_functions
from cloudbase_ocr.scaffold import Origin, ScaffoldError, add_function, begin_project
from tests import needs
from tests.emulator.project.conftest import write_files
from tests.emulator.scaffold.test_new_files import names_in
from wxcloud.contract import METHODS

ORIGIN = Origin("cloudbase-ocr @ git+https://example.com/cloudbase-ocr.git")
CALL_NAMES = [name for method in METHODS for name in method.cloud_names]


PAGE = """
import { readFile } from 'node:fs/promises'
const [script, photo, result] = process.argv.slice(2)
const files = {}
globalThis.wx = {
  chooseMedia: async () => ({ tempFiles: [{ tempFilePath: photo }] }),
  cloud: {
    uploadFile: async ({ cloudPath, filePath }) => {
      files['cloud://env/' + cloudPath] = String(await readFile(filePath))
      return { fileID: 'cloud://env/' + cloudPath }
    },
    callFunction: async ({ name, data }) => {
      if (name !== 'idcard' || files[data.fileID] !== 'photo') throw new Error('not as agreed')
      return { result: JSON.parse(result) }
    },
  },
}
const { readPhoto } = (await import('./' + script)).default
console.log(await readPhoto('idcard').then(JSON.stringify, String))
"""
"""A page of a mini-program: it has the user's photo read by the snippet, with a cloud that answers what it is told."""


@pytest.fixture
def project(tmp_path: Path) -> Path:
    folder = tmp_path / "shop"
    begin_project(folder, "idcard", ORIGIN)
    return folder


def run_tests(folder: Path, *options: str) -> str:
    """Run a project's own tests as its user does; return what pytest says."""
    words = [sys.executable, "-m", "pytest", "-q", "-W", "error", "-p", "no:cacheprovider", *options]
    return subprocess.run(words, cwd=folder, capture_output=True, encoding="utf-8", timeout=110).stdout


@pytest.mark.check
def test_a_project_passes_its_own_tests(project: Path) -> None:
    assert "3 passed" in run_tests(project)


@pytest.mark.check
def test_its_tests_fail_without_the_function(project: Path) -> None:
    index = project / "cloudfunctions/idcard/index.py"
    index.write_text("def main(event, context): return {'errCode': 0, 'name': ''}\n", encoding="utf-8")
    assert "3 failed" in run_tests(project)


@pytest.mark.check
def test_tests_find_the_functions_from_another_folder(project: Path) -> None:
    assert "3 passed" in run_tests(project.parent, "shop")


@pytest.mark.check
def test_functions_of_all_methods_pass_their_tests(project: Path) -> None:
    for name in CALL_NAMES[1:]:
        add_function(find_project(None, project), name, None)
    add_function(find_project(None, project), "check-in", "ocr.idcard")
    assert f"{3 * len(CALL_NAMES) + 3} passed" in run_tests(project)


@pytest.mark.parametrize("name", CALL_NAMES)
def test_a_project_of_any_method(name: str, tmp_path: Path) -> None:
    written = begin_project(tmp_path / "p", name, ORIGIN)
    assert [path.relative_to(tmp_path / "p").as_posix() for path in written] == [
        ".github/workflows/test.yml",
        ".gitignore",
        ".vscode/launch.json",
        "README.md",
        "cloudbaserc.json",
        f"cloudfunctions/{name}/config.json",
        f"cloudfunctions/{name}/index.py",
        "miniprogram/ocr.js",
        "pytest.ini",
        "requirements-dev.txt",
        "tests/conftest.py",
        f"tests/test_{name}.py",
    ]
    (info,) = list_functions(find_project(None, tmp_path / "p"))
    assert (info.name, info.runnable, info.note) == (name, True, "")
    assert info.permissions == (f"ocr.{name}",)
    assert info.timeout == 20
    assert python_of(info, Options()) == DEFAULT_VERSION


def test_a_readme_names_the_files_and_another_function(tmp_path: Path) -> None:
    begin_project(tmp_path / "card shop", "bankcard", ORIGIN)
    begin_project(tmp_path / "铺子", "idcard", ORIGIN, chinese=True)
    english = (tmp_path / "card shop/README.md").read_text(encoding="utf-8")
    chinese = (tmp_path / "铺子/README.md").read_text(encoding="utf-8")
    assert english.startswith("# card shop\n\nCloud functions in Python")
    assert chinese.startswith("# 铺子\n\n微信小程序的 Python 云函数")
    assert "cloudbase-ocr new idcard\n" in english
    assert "cloudbase-ocr new bankcard\n" in chinese
    for text, folder in ((english, "card shop"), (chinese, "铺子")):
        listed = [line.split("`")[1] for line in text.splitlines() if line.startswith("| `")]
        assert len(listed) == 7
        assert [name for name in listed if not (tmp_path / folder / name).is_file()] == []


def test_the_requirements_name_the_place(project: Path) -> None:
    text = (project / "requirements-dev.txt").read_text(encoding="utf-8")
    assert [line for line in text.splitlines() if not line.startswith("#")] == [ORIGIN.requirement, "pytest"]


def test_what_other_programs_read(project: Path) -> None:
    launch = json.loads((project / ".vscode/launch.json").read_text(encoding="utf-8"))
    attach, tests = launch["configurations"]
    assert (attach["request"], attach["connect"]) == ("attach", {"host": "127.0.0.1", "port": 5678})
    (option,) = {name for each in serve.params for name in each.opts} & set(attach["name"].split())
    assert option == "--debug-port"
    assert tests["module"] == "pytest"
    workflow = yaml.safe_load((project / ".github/workflows/test.yml").read_text(encoding="utf-8"))
    steps = workflow["jobs"]["test"]["steps"]
    assert steps[1]["with"]["python-version"] == DEFAULT_VERSION
    assert [step["run"] for step in steps if "run" in step] == [
        "python -m pip install -r requirements-dev.txt",
        "python -m pytest",
        "cloudbase-ocr check --format github",
        "cloudbase-ocr build",
    ]
    config = json.loads((project / "cloudfunctions/idcard/config.json").read_text(encoding="utf-8"))
    ours = included_functions() / "idcard/config.json"
    assert config == json.loads(ours.read_text(encoding="utf-8"))


def test_python_is_written_as_formatters_and_linters_want_it(project: Path) -> None:
    for name in ("menu", "printedText", "businessLicense"):
        add_function(find_project(None, project), name, None)
    for words in (["check", "--select", "E,F,W,I,B,UP,PT"], ["format", "--check"]):
        command = [sys.executable, "-m", "ruff", *words, "--isolated", "--no-cache", str(project)]
        done = subprocess.run(command, capture_output=True, encoding="utf-8", timeout=60)
        assert done.returncode == 0, done.stdout + done.stderr


@pytest.mark.check
@pytest.mark.parametrize(("code", "says"), [(0, '{"errCode":0,"name":"x"}'), (101001, "Error: 101001 why")])
def test_the_snippet_calls_the_function(project: Path, tmp_path: Path, code: int, says: str) -> None:
    node = shutil.which("node")
    if node is None:
        pytest.skip(needs.NODE)
    (tmp_path / "photo.jpg").write_bytes(b"photo")
    result = {"errCode": code, **({"errMsg": "why"} if code else {"name": "x"})}
    page = tmp_path / "page.mjs"
    page.write_text(PAGE, encoding="utf-8")
    words = [node, "page.mjs", "shop/miniprogram/ocr.js", "photo.jpg", json.dumps(result)]
    done = subprocess.run(words, cwd=tmp_path, capture_output=True, encoding="utf-8", timeout=60)
    assert (done.stdout, done.stderr) == (says + "\n", "")


def test_a_function_with_a_name_of_its_own(project: Path) -> None:
    written = add_function(find_project(None, project), "check-in", "ocr.idcard")
    assert [path.relative_to(project).as_posix() for path in written] == [
        "cloudfunctions/check-in/config.json",
        "cloudfunctions/check-in/index.py",
        "tests/test_check_in.py",
    ]


OF_OTHERS = pytest.mark.parametrize(
    ("files", "named", "expected"),
    [
        ({"functions/a/index.py": "main = print\n"}, None, "functions/idcard"),
        ({"cloudfunctions/a/index.js": ""}, None, "cloudfunctions/idcard"),
        ({"cloudbaserc.json": {"functionRoot": "cloud"}, "cloud/a/index.py": ""}, None, "cloud/idcard"),
        ({"cloudbaserc.json": {"functions": [{"name": "idcard"}]}}, None, "functions/idcard"),
        ({"code/a/index.py": ""}, "code", "code/idcard"),
    ],
    ids=["functions", "cloudfunctions", "functionRoot", "only named", "option"],
)


@OF_OTHERS
def test_projects_of_others(files: dict[str, Any], named: str | None, expected: str, tmp_path: Path) -> None:
    write_files(tmp_path, files)
    found = find_project(tmp_path / named if named else None, tmp_path)
    written = add_function(found, "idcard", None)
    assert [path.relative_to(tmp_path).as_posix() for path in written] == [
        f"{expected}/config.json",
        f"{expected}/index.py",
        "tests/conftest.py",
        "tests/test_idcard.py",
    ]
    assert f'parents[1] / "{Path(expected).parent.as_posix()}"' in written[2].read_text(encoding="utf-8")


@pytest.mark.check
@OF_OTHERS
def test_the_test_passes_in_projects_of_others(
    files: dict[str, Any], named: str | None, expected: str, tmp_path: Path
) -> None:
    write_files(tmp_path, files)
    add_function(find_project(tmp_path / named if named else None, tmp_path), "idcard", None)
    assert "3 passed" in run_tests(tmp_path, "tests/test_idcard.py")
    assert (tmp_path / expected).is_dir()


@pytest.mark.parametrize("place", ["conftest.py", "tests/conftest.py"])
def test_a_conftest_of_ones_own_stays(place: str, tmp_path: Path) -> None:
    write_files(tmp_path, {"functions/a/index.py": "", place: "# mine\n"})
    written = add_function(find_project(None, tmp_path), "idcard", None)
    assert "conftest.py" not in [path.name for path in written]
    assert (tmp_path / place).read_text(encoding="utf-8") == "# mine\n"


@pytest.mark.parametrize(
    ("name", "method", "says"),
    [
        ("1st", "idcard", "'1st' cannot be a function's name: CloudBase accepts letters"),
        ("../x", "idcard", "cannot be a function's name"),
        ("", "idcard", "'' cannot be a function's name"),
        ("n" * 61, "idcard", "cannot be a function's name"),
        ("身份证", "idcard", "cannot be a function's name"),
        ("wxcloud", "idcard", "wxcloud is the package that functions import"),
        ("checkin", None, "nothing says what checkin reads. Say it, for example --method idcard"),
        ("checkin", "idcrad", "there is no method 'idcrad'. Is idcard meant?"),
        ("idcard", None, "cloudfunctions/idcard is there, and no file is ever overwritten"),
        ("taken", "idcard", "tests/test_taken.py is there"),
    ],
)
def test_functions_that_cannot_be_added(project: Path, name: str, method: str | None, says: str) -> None:
    (project / "tests/test_taken.py").touch()
    before = names_in(project)
    with pytest.raises(ScaffoldError) as refused:
        add_function(find_project(None, project), name, method)
    assert says in str(refused.value).replace("\\", "/")
    assert names_in(project) == before


@pytest.mark.parametrize(
    ("entry", "key"),
    [
        ({"dir": "elsewhere"}, "dir"),
        ({"handler": "app.run"}, "handler"),
        ({"runtime": "Nodejs18.15"}, "runtime"),
        ({"type": "HTTP"}, "type"),
    ],
    ids=lambda value: value if isinstance(value, str) else "",
)
def test_an_entry_that_is_of_another_function(project: Path, entry: dict[str, str], key: str) -> None:
    write_files(
        project,
        {"cloudbaserc.json": {"functionRoot": "cloudfunctions", "functions": [{"name": "pay", **entry}]}},
    )
    before = names_in(project)
    with pytest.raises(ScaffoldError, match=rf"^cloudbaserc\.json: {key} of pay is of another function"):
        add_function(find_project(None, project), "pay", "idcard")
    assert names_in(project) == before


def test_an_empty_folder_is_not_taken(project: Path) -> None:
    (project / "cloudfunctions/bankcard").mkdir()
    assert len(add_function(find_project(None, project), "bankcard", None)) == 3


def test_a_folder_that_is_no_project(tmp_path: Path) -> None:
    with pytest.raises(
        ScaffoldError, match=r"is no project: it has neither cloudbaserc\.json nor a folder functions"
    ):
        add_function(find_project(None, tmp_path), "idcard", None)
    assert names_in(tmp_path) == []


def test_a_project_where_something_is_already(project: Path, tmp_path: Path) -> None:
    before = names_in(tmp_path)
    with pytest.raises(ScaffoldError, match=r"test\.yml is there, .* cloudbase-ocr new NAME --method idcard"):
        begin_project(project, "bankcard", ORIGIN)
    (tmp_path / "file").touch()
    with pytest.raises(ScaffoldError, match="file is a file, and a project is a folder"):
        begin_project(tmp_path / "file", "bankcard", ORIGIN)
    assert names_in(tmp_path) == sorted([*before, "file"])
