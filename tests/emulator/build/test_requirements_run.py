"""Functions with packages of others, from their source and from what is built, under each of the cloud's Pythons."""

from __future__ import annotations

import json
import sys
from pathlib import Path
from typing import Any

import pytest

from cloudbase_ocr.build import Options, build
from cloudbase_ocr.build.targets import VERSIONS
from cloudbase_ocr.dependencies.interpreters import find_interpreter
from cloudbase_ocr.runtime import Runtime, RuntimeOptions
from tests import needs
from tests.emulator.build.cloud import call, environment, unpack
from tests.emulator.build.conftest import ROOT, WriteFunction

pytestmark = [
    pytest.mark.check,
    pytest.mark.skipif(sys.platform == "win32", reason="packages are for Linux"),
]

CODE = {
    "pydantic": """
        import sys
        import pydantic

        class Card(pydantic.BaseModel):
            name: str
            number: int

        def main(event, context):
            return {**Card(**event).model_dump(), "python": "%d.%d" % sys.version_info[:2]}
        """,
    "jieba": """
        import logging, sys
        import jieba

        jieba.setLogLevel(logging.WARNING)

        def main(event, context):
            return {"words": jieba.lcut(event["text"]), "python": "%d.%d" % sys.version_info[:2]}
        """,
}
EVENTS = {"pydantic": {"name": "a", "number": "7"}, "jieba": {"text": "身份证识别"}}
RESULTS: dict[str, dict[str, Any]] = {
    "pydantic": {"name": "a", "number": 7},
    "jieba": {"words": ["身份证", "识别"]},
}


@pytest.mark.timeout(900)
@pytest.mark.parametrize("version", VERSIONS)
@pytest.mark.parametrize("name", CODE)
def test_source_and_package_give_the_same(
    name: str, version: str, root: Path, write: WriteFunction, wheels: Path, tmp_path: Path
) -> None:
    """pydantic has a compiled part, a wheel for each Python; jieba has its source only."""
    interpreter = find_interpreter(version)
    if interpreter is None:
        pytest.skip(needs.python(version))
    write(name, CODE[name], {"timeout": 60, "memorySize": 512}, requirements_dot_txt=f"{name}\n")
    expected = {**RESULTS[name], "python": version}
    options = RuntimeOptions(python_version=version, cache=ROOT / ".venv" / "cache")
    with Runtime(root, options) as runtime:
        if problems := runtime.prepare():
            pytest.skip(f"no package registry: {problems[0]}")
        invocation = runtime.invoke(name, EVENTS[name])
    assert invocation.error is None, invocation.log
    assert json.loads(invocation.result or "") == expected
    (package,) = build(root, (), tmp_path / "dist", Options(version, cache=wheels))
    assert package.compiled
    folder = unpack(package.zip, tmp_path / "user")
    temporary = tmp_path / "tmp"
    temporary.mkdir()
    ran = call(interpreter, folder, EVENTS[name], environment(folder, name, "http://127.0.0.1:1", temporary))
    assert ran.result == expected
    with Runtime(tmp_path / "dist", options) as runtime:
        served = runtime.invoke(name, EVENTS[name])
    assert json.loads(served.result or "") == expected, served.log
