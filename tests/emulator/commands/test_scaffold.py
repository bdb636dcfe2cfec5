"""``init`` and ``new`` as a user types them: what they print, their mistakes, and what CI makes of what they write."""

from __future__ import annotations

import os
import shlex
import shutil
import subprocess
import sys
from pathlib import Path

import pytest
import yaml

from tests.emulator.build.conftest import wheels
from tests.emulator.commands.in_process import run_here
from tests.emulator.scaffold.people import somebody_else
from tests.emulator.scaffold.test_new_files import names_in
from tests.emulator.testing.conftest import wheel

__all__ = ["wheel", "wheels"]

SOURCE = ("--source", "git+https://example.com/cloudbase-ocr.git")


@pytest.fixture(autouse=True)
def here(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("LC_ALL", "C.UTF-8")
    return tmp_path


def test_init_tells_files_and_commands(here: Path, capsys: pytest.CaptureFixture[str]) -> None:
    done = run_here(capsys, "init", "my shop", *SOURCE)
    assert (done.returncode, done.stderr) == (0, "")
    written, _, commands = done.stdout.partition("next:\n")
    listed = [line.removeprefix(f"wrote my shop{os.sep}") for line in written.splitlines()]
    assert sorted(name.replace(os.sep, "/") for name in listed) == [
        name for name in names_in(here / "my shop") if (here / "my shop" / name).is_file()
    ]
    assert [line.strip() for line in commands.splitlines()] == [
        "cd 'my shop'",
        "python -m pip install -r requirements-dev.txt",
        "python -m pytest",
        """cloudbase-ocr invoke idcard '{"imgUrl": "mock://idcard"}'""",
        "cloudbase-ocr check",
        "cloudbase-ocr build",
    ]


def test_init_here_with_another_method_then_new(here: Path, capsys: pytest.CaptureFixture[str]) -> None:
    done = run_here(capsys, "init", "--method", "ocr.menu", *SOURCE)
    assert "cd " not in done.stdout
    assert """cloudbase-ocr invoke menu '{"imgUrl": "mock://menu"}'""" in done.stdout
    done = run_here(capsys, "new", "bankcard")
    paths = [
        "cloudfunctions/bankcard/config.json",
        "cloudfunctions/bankcard/index.py",
        "tests/test_bankcard.py",
    ]
    assert done.stdout.replace(os.sep, "/") == "".join(f"wrote {path}\n" for path in paths) + (
        "next:\n  python -m pytest tests/test_bankcard.py\n"
        "  cloudbase-ocr check bankcard\n  cloudbase-ocr build bankcard\n"
    )


def test_the_settings_of_the_project_count(here: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (here / "code").mkdir()
    (here / "cloudbase-ocr.toml").write_text('functions = "code"\n', encoding="utf-8")
    assert run_here(capsys, "new", "idcard").returncode == 0
    assert (here / "code/idcard/index.py").is_file()
    (here / "other").mkdir()
    assert run_here(capsys, "new", "menu", "--functions", "other").returncode == 0
    assert (here / "other/menu/index.py").is_file()


@pytest.mark.parametrize(
    ("variables", "title"),
    [
        ({"LC_ALL": "", "LANG": "zh_CN.UTF-8"}, "微信小程序"),
        ({"LC_ALL": "zh_TW.UTF-8", "LANG": "en_US.UTF-8"}, "微信小程序"),
        ({"LC_ALL": "", "LC_MESSAGES": "de_DE.UTF-8", "LANG": "zh_CN.UTF-8"}, "Cloud functions"),
    ],
)
def test_the_readme_is_in_the_users_language(
    variables: dict[str, str],
    title: str,
    here: Path,
    capsys: pytest.CaptureFixture[str],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    for name, value in variables.items():
        monkeypatch.setenv(name, value)
    run_here(capsys, "init", *SOURCE)
    assert title in (here / "README.md").read_text(encoding="utf-8")


def test_a_place_of_this_machine_is_told(here: Path, capsys: pytest.CaptureFixture[str]) -> None:
    package = here / "cloudbase_ocr-1.0-py3-none-any.whl"
    package.touch()
    done = run_here(capsys, "init", "p", "--source", package.name)
    assert done.returncode == 0
    assert done.stderr.startswith(
        f"cloudbase-ocr: requirements-dev.txt names {package.resolve()}, which only this machine"
    )
    assert done.stderr.count("\n") == 1


@pytest.mark.parametrize(
    ("command", "says"),
    [
        ("init --source nowhere", "--source: there is no file or folder 'nowhere'"),
        ("init --method idcrad", "there is no method 'idcrad'. Is idcard meant?"),
        ("init file", "file is a file, and a project is a folder"),
        ("init file/below", "file/below/.github/workflows/test.yml cannot be written: "),
        (
            "new idcard",
            "is no project: it has neither cloudbaserc.json nor a folder functions or cloudfunctions",
        ),
        ("new -- -x", "'-x' cannot be a function's name"),
        ("new idcard --functions file", "file is a file, and the place of functions is a folder"),
    ],
)
def test_mistakes_are_one_sentence(
    command: str, says: str, here: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (here / "file").touch()
    source = SOURCE if command.startswith("init") and "--source" not in command else ()
    done = run_here(capsys, *command.split(), *source)
    assert done.returncode == 2
    assert (done.stdout, done.stderr.count("\n")) == ("", 1)
    assert says in done.stderr.replace(os.sep, "/")
    assert names_in(here) == ["file"]


@pytest.mark.skipif(sys.platform == "win32", reason="Windows has other rights")
def test_a_folder_without_rights(here: Path, capsys: pytest.CaptureFixture[str]) -> None:
    here.chmod(0o555)
    with somebody_else():
        done = run_here(capsys, "init", "p", *SOURCE)
    here.chmod(0o755)
    assert (done.returncode, done.stderr.count("\n"), names_in(here)) == (2, 1, [])
    assert f"cannot be written: {os.strerror(13)}" in done.stderr


@pytest.mark.check
def test_check_and_build_have_nothing_to_say(
    wheels: Path, here: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    run_here(capsys, "init", *SOURCE)
    for name in (
        "bankcard",
        "vehicleLicense",
        "drivingLicense",
        "driverLicense",
        "businessLicense",
        "printedText",
    ):
        run_here(capsys, "new", name)
    run_here(capsys, "new", "car-park", "--method", "platenum")
    run_here(capsys, "new", "lunch", "--method", "menu")
    checked = run_here(capsys, "check", "--wheels", str(wheels))
    assert checked.stdout.endswith("9 functions, 0 errors, 0 warnings\n"), checked.stdout
    built = run_here(capsys, "build", "--wheels", str(wheels))
    assert (built.returncode, len(list((here / "dist").glob("*.zip")))) == (0, 9)


@pytest.mark.check
def test_a_new_project_passes_its_workflow(wheel: Path, wheels: Path, here: Path) -> None:
    """From an empty folder: what the workflow of a project runs, in an environment that has nothing yet."""
    environment = here / "env"
    subprocess.run([sys.executable, "-m", "venv", str(environment)], check=True, timeout=120)
    (here / "shop/vendor").mkdir(parents=True)
    shutil.copy(wheel, here / "shop/vendor")
    words = [sys.executable, "-m", "cloudbase_ocr", "init", "shop", "--source", f"shop/vendor/{wheel.name}"]
    done = subprocess.run(words, check=True, capture_output=True, encoding="utf-8", timeout=60)
    assert done.stderr == "", "a wheel in the project is everybody's"
    (here / "cache/cloudbase-ocr").mkdir(parents=True)
    (here / "cache/cloudbase-ocr/wheels").symlink_to(wheels, target_is_directory=True)
    variables = {name: value for name, value in os.environ.items() if name != "PYTHONPATH"}
    scripts = environment / ("Scripts" if os.name == "nt" else "bin")
    variables |= {"PATH": f"{scripts}{os.pathsep}{variables['PATH']}", "XDG_CACHE_HOME": str(here / "cache")}
    workflow = yaml.safe_load((here / "shop/.github/workflows/test.yml").read_text(encoding="utf-8"))
    said = []
    for step in workflow["jobs"]["test"]["steps"]:
        if "run" in step:
            program, *arguments = shlex.split(step["run"])
            command = [shutil.which(program, path=variables["PATH"]) or program, *arguments]
            ran = subprocess.run(
                command, cwd=here / "shop", env=variables, capture_output=True, encoding="utf-8", timeout=400
            )
            assert ran.returncode == 0, ran.stdout + ran.stderr
            said.append(ran.stdout)
    assert "3 passed" in said[1]
    assert "1 function, 0 errors, 0 warnings" in said[2]
    assert "idcard.zip" in said[3]
