"""Projects with one deliberate fault each: the check finds it, and nothing else; on the good one it finds nothing."""

from __future__ import annotations

import json
import sys
from collections.abc import Callable
from pathlib import Path

import pytest
from click.testing import CliRunner

from cloudbase_ocr.build import Tools
from cloudbase_ocr.build.checks import check, limits
from cloudbase_ocr.build.checks import package as package_checks
from cloudbase_ocr.cli import main
from cloudbase_ocr.dependencies.interpreters import find_interpreter
from tests import needs
from tests.emulator.build.conftest import FUNCTIONS, Build, WriteFunction
from tests.quick import first, quick

OCR = "import wxcloud as cloud\n\nmain = cloud.function('ocr.idcard')\n"
GOOD = {"permissions": {"openapi": ["ocr.idcard"]}, "timeout": 20}
ELF_ARM64 = b"\x7fELF\x02\x01\x01" + bytes(9) + (3).to_bytes(2, "little") + (183).to_bytes(2, "little")
ELF_X86_64 = b"\x7fELF\x02\x01\x01" + bytes(9) + (3).to_bytes(2, "little") + (62).to_bytes(2, "little")
SECRET = "0123456789abcdef" * 2

Found = list[tuple[str, str]]
Kinds = Callable[..., Found]


@pytest.fixture(scope="module")
def tools(wheels: Path) -> Tools:
    """What all tests share, so that requests is not compiled for each."""
    return Tools(wheels)


@pytest.fixture
def found(root: Path, tools: Tools) -> Kinds:
    """Check the project; give the kind and place of each finding."""

    def run(python: str | None = "3.10") -> Found:
        report = check(root, (), python, tools)
        return [(item.kind, item.where) for item in report.findings]

    return run


@pytest.mark.check
def test_our_own_functions_are_good(wheels: Path) -> None:
    arguments = ["check", "--functions", str(FUNCTIONS), "--wheels", str(wheels)]
    result = CliRunner().invoke(main, arguments)
    assert result.exit_code == 0, result.output
    assert result.output.count("handler loaded in") == 9
    assert result.output.endswith("9 functions, 0 errors, 0 warnings\n")


@pytest.mark.check
@pytest.mark.skipif(sys.platform == "win32", reason="scf_bootstrap is a shell script")
def test_an_http_function_that_could_not_be_started(write: WriteFunction, found: Kinds, root: Path) -> None:
    write("web", "raise SystemExit('a server, which nobody loads here')", {"type": "HTTP"})
    assert found() == [("bootstrap", "web")], "it has no scf_bootstrap"
    bootstrap = root / "web" / "scf_bootstrap"
    bootstrap.write_text("#!/bin/bash\npython3 index.py\n", encoding="utf-8")
    bootstrap.chmod(0o644)
    assert found() == [("bootstrap", "web")], "it may not be executed"
    bootstrap.chmod(0o755)
    assert found() == []


def test_good_project(write: WriteFunction, found: Kinds, root: Path) -> None:
    write("idcard", OCR, GOOD)
    rc = {
        "envId": "{{env.ENV_ID}}",
        "functions": [
            {
                "name": "idcard",
                "runtime": "Python3.10",
                "handler": "index.main",
                "envVariables": {"WECHAT_APPSECRET": "{{env.WECHAT_APPSECRET}}"},
            }
        ],
    }
    (root.parent / "cloudbaserc.json").write_text(json.dumps(rc), encoding="utf-8")
    assert found() == []


def test_missing_permission(write: WriteFunction, found: Kinds) -> None:
    write("idcard", OCR, {"timeout": 20})
    assert found() == [("permission-missing", "idcard/index.py:3")]


@pytest.mark.check
def test_the_other_name_of_a_method_is_another_permission(write: WriteFunction, found: Kinds) -> None:
    config = {"permissions": {"openapi": ["ocr.drivingLicense"]}, "timeout": 20}
    write("car", "import wxcloud as c\nmain = c.function('ocr.vehicleLicense')\n", config)
    assert found() == [
        ("permission-missing", "car/index.py:2"),
        ("permission-superfluous", "car/config.json"),
    ]


@pytest.mark.check
def test_superfluous_permission(write: WriteFunction, found: Kinds) -> None:
    write("idcard", OCR, {"permissions": {"openapi": ["ocr.idcard", "ocr.menu"]}, "timeout": 20})
    assert found() == [("permission-superfluous", "idcard/config.json")]


def test_unclear_call(write: WriteFunction, found: Kinds) -> None:
    code = "import wxcloud as c\n\ndef main(e, x):\n    return getattr(c.openapi.ocr, e['kind'])(e)\n"
    write("any", code, GOOD)
    assert found() == [("permission-unclear", "any/index.py:4")]


def test_an_api_that_does_not_exist(write: WriteFunction, found: Kinds) -> None:
    write("idcard", "import wxcloud as c\nmain = c.function('ocr.idCard')\n", {"timeout": 20})
    assert found() == [("api", "idcard/index.py:2")]


@pytest.mark.check
def test_calls_in_shared_code_count(root: Path, write: WriteFunction, found: Kinds) -> None:
    write("idcard", "from common import main\n", {"timeout": 20})
    (root / "common.py").write_text(OCR, encoding="utf-8")
    assert found() == [("permission-missing", "common.py:3")]


@pytest.mark.parametrize(
    ("code", "config", "kind", "where"),
    [
        ("def handle(e, c): ...\n", {}, "handler", "x/index.py"),
        ("def main(e, c): ...\n", {"handler": "app.main"}, "handler", "x"),
        ("def main(e, c): ...\n", {"handler": "index.start"}, "handler", "x/index.py"),
        ("def main(e, c): ...\n", {"timeout": "20"}, "config", "x/config.json"),
        ("def main(e, c): ...\n", {"timeout": 120}, "timeout", "x/config.json"),
        ("def main(e, c): ...\n", {"memorySize": 64}, "memory", "x/config.json"),
        ("def main(e, c): ...\n", {"envVariables": {"WX_APPID": "wx1"}}, "variable", "x/config.json"),
        ("def main(e, c)\n", {}, "syntax", "x/index.py:1"),
        ("import numpy\ndef main(e, c): ...\n", {}, "dependency", "x/index.py:1"),
        ("def main(e, c): ...\n1 / 0\n", {}, "start", "x"),
    ],
)
def test_one_fault(
    code: str, config: dict[str, object], kind: str, where: str, write: WriteFunction, found: Kinds
) -> None:
    write("x", code, config)
    assert found() == [(kind, where)]


@pytest.mark.parametrize(
    "code",
    [
        "try:\n    import numpy\nexcept ImportError:\n    numpy = None\ndef main(e, c): ...\n",
        "from typing import TYPE_CHECKING\nif TYPE_CHECKING:\n    import numpy\ndef main(e, c): ...\n",
        "def main_handler(e, c): ...\n",
        "from helpers import main\n",
        "def main(e, c): ...\nimport distutils\n",
    ],
)
def test_no_fault(code: str, write: WriteFunction, found: Kinds) -> None:
    write("x", code, helpers_dot_py="def main(e, c): ...\n")
    assert found("3.10") == []


def test_names_that_cloudbase_refuses(write: WriteFunction, found: Kinds) -> None:
    write("2cards", OCR, GOOD)
    write("证件", OCR, GOOD)
    assert found() == [("name", "2cards"), ("name", "证件")]


@pytest.mark.check
def test_time_limit_of_three_seconds(write: WriteFunction, found: Kinds) -> None:
    write("idcard", OCR, {**GOOD, "timeout": 3})
    assert found() == [("timeout", "idcard/config.json")]
    assert not check(write("x", "def main(e, c): ...\n").parent, ("x",), "3.10", Tools(Path("none"))).findings


@pytest.mark.parametrize(
    ("name", "content", "kind"),
    first(
        1,
        [
            ("fast.cpython-311-x86_64-linux-gnu.so", ELF_X86_64, "Python 3.11"),
            ("fast.cpython-310-aarch64-linux-gnu.so", ELF_ARM64, "another processor"),
            ("fast.cpython-310-darwin.so", b"\xcf\xfa\xed\xfe" + bytes(20), "macOS"),
            ("fast.cp310-win_amd64.pyd", b"MZ", "Windows"),
            ("libfast.dylib", b"\xcf\xfa\xed\xfe", "macOS"),
        ],
    ),
)
def test_modules_for_another_platform(
    name: str, content: bytes, kind: str, write: WriteFunction, root: Path, wheels: Path
) -> None:
    folder = write("x", "def main(e, c): ...\n")
    (folder / "pkg").mkdir()
    (folder / "pkg" / name).write_bytes(content)
    (finding,) = check(root, (), "3.10", Tools(wheels)).findings
    assert (finding.kind, finding.where) == ("platform", f"x/pkg/{name}")
    assert f"it is for {kind}" in finding.why


def test_modules_for_the_right_platform(write: WriteFunction, found: Kinds) -> None:
    folder = write("x", "def main(e, c): ...\n")
    for name in ("a.cpython-310-x86_64-linux-gnu.so", "b.abi3.so", "libc.so.6"):
        (folder / name).write_bytes(ELF_X86_64)
    assert found() == []


def test_size(write: WriteFunction, found: Kinds, monkeypatch: pytest.MonkeyPatch) -> None:
    write("x", "def main(e, c): ...\n", model_dot_bin=bytes(range(256)) * 400)
    assert found() == []
    monkeypatch.setattr(package_checks, "MAX_ZIP_BYTES", 1000)
    monkeypatch.setattr(package_checks, "MAX_UNPACKED_BYTES", 100_000)
    assert found() == [("size", "x"), ("size", "x")]
    assert (limits.MAX_ZIP_BYTES, limits.MAX_UNPACKED_BYTES) == (50 * 2**20, 500 * 2**20)


@pytest.mark.parametrize(
    ("path", "content"),
    first(
        2,
        [
            ("index_dot_py", f"def main(e, c): ...\nWECHAT_APPSECRET = '{SECRET}'\n"),
            ("settings_dot_json", f'{{\n "appSecret": "{SECRET}"}}'),
            ("_dot_env", f"\nWECHAT_APPSECRET={SECRET}\n"),
            ("keys_dot_py", "\nID = 'AKID" + "a1" * 16 + "'\n"),
            ("keys_dot_py", "\nsecret_key = '" + "a1Bc" * 8 + "'\n"),
            ("key_dot_pem", "\n-----BEGIN RSA PRIVATE KEY-----\n"),
        ],
    ),
)
def test_secrets_in_files_are_found_and_never_shown(
    path: str, content: str, write: WriteFunction, root: Path, wheels: Path
) -> None:
    write("x", "def main(e, c): ...\n", **{path: content})
    (finding,) = check(root, (), "3.10", Tools(wheels)).findings
    assert finding.kind == "secret"
    assert finding.where == f"x/{path.replace('_dot_', '.')}:2"
    assert SECRET not in finding.text(finding.where)
    assert "a1" * 8 not in finding.text(finding.where)


def test_no_secrets(write: WriteFunction, found: Kinds) -> None:
    write(
        "x",
        f"import os\n\nSECRET = os.environ.get('WECHAT_APPSECRET')\nMD5 = '{SECRET}'\ndef main(e, c): ...\n",
    )
    assert found() == []


@pytest.mark.parametrize(
    ("content", "kind", "where"),
    [
        ('{"functions": [}', "cloudbaserc", "cloudbaserc.json"),
        ("[]", "cloudbaserc", "cloudbaserc.json"),
        (
            {"functions": [{"name": "x", "runtime": "Python3.10", "envVariables": {"APPSECRET": "abc"}}]},
            "secret",
            "cloudbaserc.json: functions[0].envVariables.APPSECRET",
        ),
        ({"functions": [{"name": "x"}]}, "runtime", "cloudbaserc.json: x"),
        (
            {"functions": [{"name": "x", "runtime": "Python3.9", "handler": "app.run"}]},
            "handler",
            "x",
        ),
        (
            {"functions": [{"name": "x", "runtime": "Python3.7"}]},
            "runtime",
            "cloudbaserc.json: x",
        ),
        (
            {"functions": [{"name": "x", "runtime": "Python3.9", "timeout": "long"}]},
            "config",
            "cloudbaserc.json",
        ),
        ({"functions": [{"name": "other"}]}, None, None),
    ],
)
def test_cloudbaserc(
    content: object, kind: str | None, where: str | None, root: Path, write: WriteFunction, found: Kinds
) -> None:
    write("x", "def main(e, c): ...\n")
    text = content if isinstance(content, str) else json.dumps(content)
    (root.parent / "cloudbaserc.json").write_text(text, encoding="utf-8")
    assert found(python=None) == ([(kind, where)] if kind else [])


@pytest.mark.check
def test_slow_start(write: WriteFunction, root: Path, wheels: Path) -> None:
    write("x", "import time\ntime.sleep(0.6)\ndef main(e, c): ...\n", {"timeout": 1})
    (finding,) = check(root, (), "3.10", Tools(wheels)).findings
    assert (finding.kind, finding.breaks) == ("cold-start", False)
    write("y", "import time\ntime.sleep(1.1)\ndef main(e, c): ...\n", {"timeout": 1})
    (finding,) = check(root, ("y",), "3.10", Tools(wheels)).findings
    assert (finding.kind, finding.breaks) == ("cold-start", True)


@pytest.mark.check
def test_a_package_that_no_wheel_exists_for(write: WriteFunction, found: Kinds) -> None:
    write("x", "def main(e, c): ...\n", requirements_dot_txt="idna==0.0.0\n")
    assert found() == [("build", "x")]


@pytest.mark.check
def test_syntax_is_that_of_the_runtime(write: WriteFunction, found: Kinds) -> None:
    write("x", "def main(e, c):\n    match e:\n        case _: pass\n")
    assert found("3.10") == []
    assert [kind for kind, _ in found("3.9")] == ["syntax"]


def test_functions_in_other_languages_are_left_alone(root: Path, found: Kinds, write: WriteFunction) -> None:
    write("x", "def main(e, c): ...\n")
    (root / "node").mkdir()
    (root / "node" / "index.js").write_text("exports.main = () => 1\n", encoding="utf-8")
    assert found() == []


@pytest.mark.check
def test_built_packages_can_be_checked_as_well(built: Build, wheels: Path) -> None:
    if find_interpreter("3.10") is None:
        pytest.skip(needs.python("3.10"))
    package = built()["idcard"]
    report = check(package.folder.parent, ("idcard",), "3.10", Tools(wheels))
    assert report.findings == []


@pytest.mark.check
def test_each_line_says_what_why_and_what_to_do_and_the_exit_code_whether_it_breaks(
    root: Path, write: WriteFunction, wheels: Path
) -> None:
    write("idcard", OCR, {"timeout": 3, "permissions": {"openapi": ["ocr.menu"]}})
    arguments = ["check", "--functions", str(root), "--wheels", str(wheels)]
    result = CliRunner().invoke(main, arguments)
    assert result.exit_code == 1
    error, *warnings = result.stdout.splitlines()[:3]
    assert error == (
        f"{root}/idcard/index.py:3: error: ocr.idcard is called: idcard/config.json does not list it under "
        'permissions.openapi, so the call gives -604101. Add "ocr.idcard" there and deploy again; '
        "wxcloud reads the list at each call. [permission-missing]"
    )
    assert all(": warning: " in line for line in warnings)
    assert result.output.endswith("1 function, 1 error, 2 warnings\n")
    (root / "idcard" / "config.json").write_text(json.dumps({**GOOD, "timeout": 3}), encoding="utf-8")
    assert CliRunner().invoke(main, arguments).exit_code == 0, "a warning alone breaks nothing"


@pytest.mark.check
def test_without_network_what_can_be_read_is_still_checked(
    root: Path, write: WriteFunction, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("PIP_NO_INDEX", "1")
    monkeypatch.setenv("PIP_FIND_LINKS", str(tmp_path))
    write("idcard", OCR, {"timeout": 20})
    missing, unbuilt = check(root, (), "3.10", Tools(tmp_path / "empty")).findings
    assert (missing.kind, missing.breaks) == ("permission-missing", True)
    assert (unbuilt.kind, unbuilt.breaks) == ("build", False)
    assert "the wheels cannot be downloaded" in unbuilt.why


@pytest.mark.parametrize("here", quick([True, False], {False}))
def test_layers_are_believed(root: Path, write: WriteFunction, found: Kinds, here: bool) -> None:
    write("x", "import of_layer\ndef main(e, c): ...\n", {"layers": [{"name": "deps", "version": 1}]})
    if here:
        folder = root.parent / "layers/deps/python"
        folder.mkdir(parents=True)
        (folder / "of_layer.py").touch()
    assert found() == ([] if here else [("dependency", "x/index.py:1")])
    report = check(root, (), "3.10", Tools(root.parent / "wheels"))
    assert not [finding for finding in report.findings if finding.breaks]
