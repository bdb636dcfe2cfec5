"""What is in a package, that it can be reproduced, and what a project of one's own may bring."""

from __future__ import annotations

import importlib.util
import json
import re
import struct
import subprocess
import sys
import zipfile
from pathlib import Path

import pytest
from click.testing import CliRunner

from cloudbase_ocr.build import BuildError, Options, build
from cloudbase_ocr.build import bytecode as bytecode_module
from cloudbase_ocr.build.overlay import own_files
from cloudbase_ocr.build.targets import VERSIONS
from cloudbase_ocr.build.wheels import Wheels
from cloudbase_ocr.cli import main
from cloudbase_ocr.dependencies.pins import PINS, read_pins
from cloudbase_ocr.dependencies.requirements import read_requirements
from tests import needs
from tests.emulator.build.conftest import FUNCTIONS, Build, WriteFunction
from tests.emulator.dependencies.conftest import index, make_wheel

__all__ = ["index"]

AIM = int(1.1 * 1024 * 1024)
OCR = "import wxcloud as cloud\n\nmain = cloud.function('ocr.idcard')\n"


@pytest.mark.check
def test_two_builds_are_the_same_bytes(built: Build, wheels: Path, tmp_path: Path) -> None:
    again = build(FUNCTIONS, ("menu", "idcard"), tmp_path / "dist", Options("3.10", cache=wheels))
    first = built("3.10")
    assert {package.name: package.sha256 for package in again} == {
        name: first[name].sha256 for name in ("menu", "idcard")
    }
    for package in again:
        assert package.zip.read_bytes() == first[package.name].zip.read_bytes()


@pytest.mark.check
@pytest.mark.parametrize("python", VERSIONS)
def test_packages_are_small_and_hold_nothing_needless(python: str, built: Build) -> None:
    for package in built(python).values():
        assert package.size <= AIM
        for name in package.files:
            parts = name.split("/")
            assert not {"bin", "tests"} & set(parts), name
            assert not name.endswith((".dist-info", ".pyi", ".so", "py.typed", "requirements.txt")), name
            assert ".dist-info/" not in name
        assert "charset_normalizer" not in {name.split("/")[0] for name in package.files}
        assert {"index.py", "config.json", "wxcloud/__init__.py", "requests/__init__.py"} <= set(
            package.files
        )


@pytest.mark.check
def test_licences_of_what_is_passed_on_come_with_it(built: Build) -> None:
    text = (built("3.10")["idcard"].folder / "THIRD_PARTY_LICENSES.txt").read_text(encoding="utf-8")
    for pin in read_pins("3.10"):
        assert f"{pin.name} {pin.version}" in text
    assert "Apache License" in text
    assert "Mozilla Public License" in text


@pytest.mark.check
@pytest.mark.parametrize(("python", "tag", "magic"), [("3.9", "39", 3425), ("3.10", "310", 3439)])
def test_bytecode_is_of_the_target_version_and_never_checked(
    python: str, tag: str, magic: int, built: Build
) -> None:
    package = built(python)["idcard"]
    if not package.compiled:
        pytest.skip(needs.python(python))
    sources = {name for name in package.files if name.endswith(".py")}
    compiled = {name for name in package.files if name.endswith(".pyc")}
    assert {
        name.replace("__pycache__/", "").replace(f".cpython-{tag}.pyc", ".py") for name in compiled
    } == sources
    for name in compiled:
        found, flags = struct.unpack("<H2xI", (package.folder / name).read_bytes()[:8])
        assert (found, flags) == (magic, 0b01), name


def test_zip_has_fixed_times_sorted_names_and_modes(built: Build) -> None:
    with zipfile.ZipFile(built("3.10", "http")["idcard"].zip) as archive:
        entries = archive.infolist()
    assert [entry.filename for entry in entries] == sorted(entry.filename for entry in entries)
    assert {entry.date_time for entry in entries} == {(1980, 1, 1, 0, 0, 0)}
    modes = {entry.filename: entry.external_attr >> 16 for entry in entries}
    assert modes.pop("scf_bootstrap") == 0o100755
    assert set(modes.values()) == {0o100644}


@pytest.mark.check
def test_without_the_target_version_sources_are_shipped_and_that_is_said(
    wheels: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(bytecode_module, "find_interpreter", lambda version: None)
    arguments = ["build", "idcard", "--functions", str(FUNCTIONS), "--wheels", str(wheels)]
    result = CliRunner().invoke(main, [*arguments, "--out", str(tmp_path / "dist")])
    assert result.exit_code == 0, result.output
    assert "this machine has no Python 3.10" in result.output
    assert not list((tmp_path / "dist").rglob("*.pyc"))
    assert (tmp_path / "dist" / "idcard" / "requests" / "api.py").is_file()


def test_pins_name_no_host_and_have_one_hash_each() -> None:
    text = PINS.read_text(encoding="utf-8")
    assert not re.search(r"https?://|--index|--find-links|\.(com|org|net)\b", text)
    for version in VERSIONS:
        pins = read_pins(version)
        assert [pin.name for pin in pins] == ["certifi", "idna", "requests", "urllib3"]
    assert {pin.version[0] for pin in read_pins("3.9") if pin.name == "urllib3"} == {"1"}
    assert {pin.version[0] for pin in read_pins("3.10") if pin.name == "urllib3"} == {"2"}


def test_a_line_of_another_form_in_the_pins_is_refused(tmp_path: Path) -> None:
    pins = tmp_path / "pins.txt"
    pins.write_text("# a comment\nrequests>=2\n", encoding="utf-8")
    with pytest.raises(ValueError, match=r"pins\.txt:2 is not"):
        read_pins("3.10", pins)


@pytest.mark.check
def test_cloudbaserc_keeps_what_was_built_earlier(wheels: Path, tmp_path: Path) -> None:
    out = tmp_path / "dist"
    build(FUNCTIONS, ("idcard",), out, Options(cache=wheels, env_id="env-of-mine"))
    build(
        FUNCTIONS,
        ("menu",),
        out,
        Options("3.9", cache=wheels, variables=("WECHAT_APPID", "WECHAT_APPSECRET")),
    )
    content = json.loads((out / "cloudbaserc.json").read_text(encoding="utf-8"))
    assert content["envId"] == "env-of-mine"
    idcard, menu = content["functions"]
    assert idcard == {
        "name": "idcard",
        "runtime": "Python3.10",
        "handler": "index.main",
        "timeout": 20,
        "memorySize": 256,
        "installDependency": False,
        "ignore": idcard["ignore"],
    }
    assert menu["runtime"] == "Python3.9"
    assert menu["envVariables"] == {
        "WECHAT_APPID": "{{env.WECHAT_APPID}}",
        "WECHAT_APPSECRET": "{{env.WECHAT_APPSECRET}}",
    }


@pytest.mark.check
def test_own_function_with_its_own_requirements_and_neighbours(
    root: Path, write: WriteFunction, wheels: Path, tmp_path: Path
) -> None:
    write(
        "mine",
        """
        import idna
        from common import helper
        from shared import value

        def main_handler(event, context):
            return {"is": helper(), "and": value}
        """,
        requirements_dot_txt="idna==3.10  # another version than the pinned one\n",
        tests__test_mine_dot_py="assert False\n",
        _dot_env="WECHAT_APPSECRET=x\n",
        data__words_dot_txt="a\n",
    )
    (root / "common.py").write_text(
        "from shared import value\n\ndef helper():\n    return value\n", encoding="utf-8"
    )
    (root / "shared").mkdir()
    (root / "shared" / "__init__.py").write_text("value = 1\n", encoding="utf-8")
    (root / "unused").mkdir()
    (root / "unused" / "__init__.py").write_text("", encoding="utf-8")
    (package,) = build(root, (), tmp_path / "dist", Options(cache=wheels))
    tops = {name.split("/")[0] for name in package.files}
    assert tops == {
        "index.py", "config.json", "data", "common.py", "shared", "idna", "THIRD_PARTY_LICENSES.txt", "__pycache__",
    }  # fmt: skip
    assert package.wheels == ("idna 3.10",), "wxcloud is not used, so requests is not needed"
    content = json.loads((tmp_path / "dist" / "cloudbaserc.json").read_text(encoding="utf-8"))
    assert content["functions"][0]["handler"] == "index.main_handler"


def test_wxcloud_comes_from_the_installation_when_the_project_has_none(
    root: Path, write: WriteFunction, wheels: Path, tmp_path: Path
) -> None:
    write("mine", OCR, {"permissions": {"openapi": ["ocr.idcard"]}})
    (package,) = build(root, ("mine",), tmp_path / "dist", Options(cache=wheels))
    assert "wxcloud/client.py" in package.files
    assert "requests/api.py" in package.files


@pytest.mark.check
def test_requests_comes_along_where_only_the_function_imports_it(
    root: Path, write: WriteFunction, wheels: Path, tmp_path: Path
) -> None:
    write("mine", "import requests\n\ndef main(e, c):\n    return requests.__version__\n")
    (package,) = build(root, ("mine",), tmp_path / "dist", Options(cache=wheels))
    assert "requests/api.py" in package.files
    assert "wxcloud/client.py" not in package.files


@pytest.mark.check
def test_a_package_that_does_not_exist_is_told_from_one_without_a_wheel(
    index: Path, root: Path, write: WriteFunction, tmp_path: Path
) -> None:
    make_wheel(index, "elsewhere", tag="cp310-cp310-win_amd64")
    write("mine", "def main(e, c): ...\n", requirements_dot_txt="\nno-such-name\n")
    with pytest.raises(
        BuildError, match=r"mine/requirements\.txt:2: the package index has no no-such-name\. Corr"
    ):
        build(root, (), tmp_path / "dist", Options(cache=tmp_path / "cache"))
    (root / "mine" / "requirements.txt").write_text("elsewhere\n", encoding="utf-8")
    with pytest.raises(
        BuildError, match=r"mine/requirements\.txt:1: pip found no wheel that runs on CloudBase "
    ):
        build(root, (), tmp_path / "dist", Options(cache=tmp_path / "cache"))


@pytest.mark.check
def test_metadata_stays_where_code_reads_it(
    root: Path, write: WriteFunction, wheels: Path, tmp_path: Path
) -> None:
    code = "from importlib.metadata import version\n\ndef main(e, c):\n    return version('idna')\n"
    write("mine", code, requirements_dot_txt="idna==3.10\n")
    (package,) = build(root, (), tmp_path / "dist", Options(cache=wheels))
    assert "idna-3.10.dist-info/METADATA" in package.files
    script = "import index; print(index.main({}, {}))"
    done = subprocess.run(
        [sys.executable, "-S", "-c", script], cwd=package.folder, capture_output=True, text=True, check=True
    )
    assert done.stdout.strip() == "3.10"


@pytest.mark.check
def test_pinned_requirements_need_no_network_the_second_time(
    wheels: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "requirements.txt").write_text("idna==3.10\n", encoding="utf-8")
    requirements = read_requirements(tmp_path)
    first = Wheels(wheels).required(requirements, "3.10")
    monkeypatch.setenv("PIP_NO_INDEX", "1")
    assert Wheels(wheels).required(requirements, "3.10") == first


@pytest.mark.check
def test_offline_is_said_clearly(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PIP_NO_INDEX", "1")
    monkeypatch.setenv("PIP_FIND_LINKS", str(tmp_path))
    arguments = ["build", "idcard", "--functions", str(FUNCTIONS), "--wheels", str(tmp_path / "empty")]
    result = CliRunner().invoke(main, [*arguments, "--out", str(tmp_path / "dist")])
    assert result.exit_code == 2
    assert "the wheels cannot be downloaded" in result.output
    assert "copy its wheel cache here (--wheels)" in result.output
    assert not (tmp_path / "dist" / "idcard").exists()


@pytest.mark.check
def test_a_wheel_with_another_hash_is_never_used(wheels: Path, tmp_path: Path) -> None:
    pin = read_pins("3.10")[0]
    forged = tmp_path / f"{pin.name}-{pin.version}-py3-none-any.whl"
    forged.write_bytes(b"not it")
    (wheel,) = Wheels(wheels).pinned([pin], "3.10")
    assert wheel.read_bytes() != b"not it"
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("PIP_NO_INDEX", "1")
        patch.setenv("PIP_FIND_LINKS", str(tmp_path))
        with pytest.raises(BuildError, match="gave another file than the pinned one"):
            Wheels(tmp_path).pinned([pin], "3.10")


@pytest.mark.check
def test_a_package_without_a_wheel_for_the_cloud_is_named(
    root: Path, write: WriteFunction, wheels: Path, tmp_path: Path
) -> None:
    write("mine", "def main(e, c):\n    pass\n", requirements_dot_txt="idna==0.0.0\n")
    with pytest.raises(BuildError, match=r"no wheel that runs on CloudBase \(Python 3\.10.*idna==0\.0\.0"):
        build(root, (), tmp_path / "dist", Options(cache=wheels))


def test_hidden_files_and_environments_stay_behind(root: Path, write: WriteFunction) -> None:
    folder = write(
        "mine",
        "",
        _dot_env="x",
        _dot_git__config="x",
        venv__pyvenv_dot_cfg="x",
        env3__pyvenv_dot_cfg="x",
        bin__tool="x",
        conftest_dot_py="x",
        test_it_dot_py="x",
        lib__bin__needed_dot_py="x",
    )
    assert own_files(folder) == ["config.json", "index.py", "lib/bin/needed.py"]


@pytest.mark.skipif(sys.platform == "win32", reason="links need a privilege there")
def test_links_are_refused(root: Path, write: WriteFunction, tmp_path: Path) -> None:
    folder = write("mine", "")
    (folder / "common").symlink_to(tmp_path)
    with pytest.raises(BuildError, match="which the cloud cannot follow"):
        own_files(folder)


def test_nothing_that_was_not_built_is_overwritten(
    root: Path, write: WriteFunction, wheels: Path, tmp_path: Path
) -> None:
    folder = write("mine", "def main(e, c):\n    pass\n")
    for out in (root, folder / "dist"):
        with pytest.raises(BuildError, match="Choose another folder"):
            build(root, ("mine",), out, Options(cache=wheels))
    (tmp_path / "out" / "mine").mkdir(parents=True)
    with pytest.raises(BuildError, match="was not built by this command"):
        build(root, ("mine",), tmp_path / "out", Options(cache=wheels))
    assert (folder / "index.py").is_file()


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["build", "nothing"], "there is no function nothing in"),
        (["build", "--python", "3.7"], "--python takes one of 3.9, 3.10, 3.11, and not '3.7'."),
        (["build", "--functions", "no-such-folder"], "there is no folder no-such-folder"),
        (["check", "nothing"], "there is no function nothing in"),
    ],
)
def test_wrong_calls_end_with_one_line(arguments: list[str], message: str, wheels: Path) -> None:
    result = CliRunner().invoke(main, arguments)
    assert result.exit_code == 2
    assert message in result.output


@pytest.mark.check
def test_code_that_the_target_version_cannot_compile_is_named(
    root: Path, write: WriteFunction, wheels: Path, tmp_path: Path
) -> None:
    write("mine", "def main(e, c):\n    match e:\n        case _: pass\n")
    arguments = ["build", "--functions", str(root), "--out", str(tmp_path / "dist"), "--wheels", str(wheels)]
    result = CliRunner().invoke(main, [*arguments, "--python", "3.9", "--no-check"])
    if "this machine has no Python 3.9" in result.output:
        pytest.skip(needs.python("3.9"))
    assert result.exit_code == 1
    assert "error: index.py:2: not valid in this Python" in result.output


@pytest.mark.check
def test_loader_agrees_that_bytecode_stands_where_it_is_looked_for(built: Build) -> None:
    package = built("3.10")["idcard"]
    expected = importlib.util.cache_from_source("index.py").replace(
        sys.implementation.cache_tag or "", "cpython-310"
    )
    assert expected.replace("\\", "/") in package.files or not package.compiled
