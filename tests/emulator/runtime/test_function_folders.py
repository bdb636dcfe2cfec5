"""Which folders are functions, what config.json may say, and which names are refused."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from cloudbase_ocr.project import FunctionConfig
from cloudbase_ocr.runtime import FunctionInfo, FunctionNotFound, FunctionNotRunnable, Runtime
from tests.emulator.runtime.calls import Write

CODE = "def main(event, context): return 1\n"


def only(runtime: Runtime) -> FunctionInfo:
    (info,) = runtime.functions()
    return info


def test_lists_functions_with_what_config_says(write: Write, runtime: Runtime) -> None:
    folder = write(
        "idcard",
        CODE,
        config={
            "permissions": {"openapi": ["ocr.idcard"]},
            "timeout": 10,
            "memorySize": 512,
            "handler": "index.main",
            "envVariables": {"A": "1"},
            "triggers": [],
        },
    )
    config = FunctionConfig(
        handler="index.main",
        timeout=10,
        memory=512,
        permissions=("ocr.idcard",),
        environment={"A": "1"},
    )
    assert only(runtime) == FunctionInfo("idcard", folder, config)
    assert only(runtime).runnable


def test_defaults_without_config(write: Write, runtime: Runtime) -> None:
    write("plain", CODE)
    info = only(runtime)
    assert (info.handler, info.timeout, info.memory, info.permissions, info.runnable) == (
        None,
        3,
        256,
        (),
        True,
    )
    assert "no config.json" in info.note


def test_config_may_begin_with_a_byte_order_mark(write: Write, runtime: Runtime) -> None:
    write("f", CODE, config='\ufeff{"timeout": 9}')
    assert only(runtime).timeout == 9


def test_what_is_no_function_is_not_listed(write: Write, runtime: Runtime, root: Path) -> None:
    for name in ("shared", "__pycache__", ".hidden", "empty"):
        (root / name).mkdir()
    (root / "shared" / "__init__.py").touch()
    (root / ".hidden" / "index.py").write_text(CODE)
    (root / "index.py").write_text(CODE)
    write("real", CODE)
    assert only(runtime).name == "real"
    assert isinstance(runtime.invoke("shared", {}).error, FunctionNotFound)
    assert isinstance(runtime.invoke("empty", {}).error, FunctionNotFound)


@pytest.mark.parametrize(
    ("file", "says"),
    [
        ("index.php", "written in PHP"),
        ("main.go", "written in Go"),
        ("pom.xml", "written in Java"),
        ("index.ts", "written in TypeScript"),
        ("package.json", "it has no index.py or index.js"),
        ("config.json", "it has no index.py or index.js"),
        ("scf_bootstrap", "scf_bootstrap has no #!/bin/bash"),
    ],
)
def test_other_languages_are_listed_and_do_not_stop_the_rest(
    write: Write, runtime: Runtime, root: Path, file: str, says: str
) -> None:
    (root / "other").mkdir()
    (root / "other" / file).write_text("{}")
    write("python", CODE)
    other, python = runtime.functions()
    assert python.runnable
    assert not other.runnable
    assert says in other.reason
    error = runtime.invoke("other", {}).error
    assert isinstance(error, FunctionNotRunnable)
    assert says in error.message
    assert runtime.invoke("python", {}).result == "1"


@pytest.mark.parametrize(
    ("config", "language"),
    [
        (None, "Python"),
        ({"runtime": "Nodejs18.15"}, "Node.js"),
        ({"runtime": "nodejs"}, "Node.js"),
        ({"runtime": "Python3.9"}, "Python"),
        ({"runtime": "Php8.0"}, "its runtime is Php8.0, and only Python and Node.js functions run here"),
        ({"handler": "app.main", "runtime": "Python3.9"}, "it has no app.py"),
        ({"handler": "app.main"}, "Node.js"),
    ],
)
def test_folder_with_both_languages(
    write: Write, write_node: Write, runtime: Runtime, config: dict[str, str] | None, language: str
) -> None:
    write("f", "def main(event, context): return 'Python'\n")
    write_node("f", "exports.main = () => 'Node.js'\n")
    write_node("f", "exports.main = () => 'Node.js'\n", file="app.js", config=config)
    invocation, info = runtime.invoke("f", {}), only(runtime)
    if info.runnable:
        assert invocation.result == f'"{language}"'
        assert info.language.name == language
    else:
        assert info.reason == language
    assert ("runs as Python" in info.note) == (config is None)


def test_a_folder_of_packages_is_no_function(write: Write, runtime: Runtime, root: Path) -> None:
    (root / "node_modules").mkdir()
    (root / "node_modules" / "index.js").write_text("exports.main = () => 1\n")
    write("real", CODE)
    assert only(runtime).name == "real"
    assert isinstance(runtime.invoke("node_modules", {}).error, FunctionNotFound)


@pytest.mark.parametrize(
    ("config", "says"),
    [
        ("{", "config.json: is not JSON"),
        ("", "config.json: is not JSON"),
        ("[]", "must be an object"),
        ("[" * 100_000, "is not JSON"),
        ({"timeout": 0}, "timeout must be a whole number from 1 to 900, not 0"),
        ({"timeout": 901}, "timeout must be"),
        ({"timeout": 2.5}, "timeout must be"),
        ({"timeout": True}, "timeout must be"),
        ({"timeout": "3"}, "timeout must be"),
        ({"memorySize": 1}, "memorySize must be a whole number from 64 to 3072, not 1"),
        ({"handler": "main"}, "handler must be <file>.<function>"),
        ({"handler": "../x.main"}, "handler must be"),
        ({"handler": "/etc/x.main"}, "handler must be"),
        ({"handler": 5}, "handler must be"),
        ({"handler": "absent.main"}, "it has no absent.py"),
        ({"handler": "-x.main"}, "handler must be"),
        ({"runtime": 18}, "runtime must be a name such as Nodejs18.15 or Python3.9, not 18"),
        ({"runtime": ""}, "runtime must be"),
        ({"runtime": "Python3.9", "handler": "absent.main"}, "it has no absent.py"),
        ({"runtime": "Nodejs18.15"}, "it has no index.js"),
        ({"permissions": []}, "permissions must be"),
        ({"permissions": {"openapi": "ocr.idcard"}}, "permissions must be"),
        ({"permissions": {"openapi": [1]}}, "permissions must be"),
        ({"envVariables": []}, "envVariables must be an object"),
        ({"envVariables": {"A": 1}}, "the value of A must be text"),
        ({"envVariables": {"A": "\0"}}, "the value of A must be text"),
        ({"envVariables": {"A": "\ud800"}}, "the value of A must be text"),
        ({"envVariables": {"A=B": "1"}}, "'A=B' is not allowed"),
        ({"envVariables": {"SCF_X": "1"}}, "'SCF_X' is not allowed"),
        ({"envVariables": {"A": "x" * 5000}}, "more than 4096 bytes"),
    ],
)
def test_broken_config_is_explained(write: Write, runtime: Runtime, config: Any, says: str) -> None:
    write("f", CODE, config=config)
    info = only(runtime)
    assert not info.runnable
    assert says in info.reason
    error = runtime.invoke("f", {}).error
    assert isinstance(error, FunctionNotRunnable)
    assert says in error.message


def test_config_that_is_not_utf8(write: Write, runtime: Runtime) -> None:
    (write("f", CODE) / "config.json").write_bytes(b'{"handler": "\xff"}')
    assert "cannot be read" in only(runtime).reason


@pytest.mark.parametrize(
    "name",
    [
        "",
        ".",
        "..",
        "../outside",
        "good/../good",
        "good/",
        "/etc",
        "C:\\x",
        "good\0",
        "good\n",
        "Good",
        "函数",
        "ｇood",
        "1good",
        "_good",
        "-good",
        "a" * 61,
        "a.b",
        "good ",
        "$LATEST",
        "good:1",
    ],
)
def test_names_that_are_refused(write: Write, runtime: Runtime, tmp_path: Path, name: str) -> None:
    write("good", CODE)
    (tmp_path / "outside").mkdir()
    (tmp_path / "outside" / "index.py").write_text(CODE)
    error = runtime.invoke(name, {}).error
    assert isinstance(error, FunctionNotFound)
    assert error.message == "FunctionName parameter could not be found."
    assert "Functions there: good." in error.hint


def test_longest_name_and_every_kind_of_character(write: Write, runtime: Runtime) -> None:
    name = "aZ09_-" + "x" * 54
    write(name, CODE)
    assert runtime.invoke(name, {}).result == "1"


def test_folder_whose_name_cloudbase_refuses(write: Write, runtime: Runtime) -> None:
    write("my.function", CODE)
    assert "CloudBase accepts letters" in only(runtime).reason


def test_a_missing_root_has_no_functions(tmp_path: Path) -> None:
    with Runtime(tmp_path / "absent") as runtime:
        assert runtime.functions() == []
        assert isinstance(runtime.invoke("f", {}).error, FunctionNotFound)
