"""The Node.js of the machine: found, named, too old, or not there."""

from __future__ import annotations

import os
import stat
from pathlib import Path

import pytest

from cloudbase_ocr.runtime import (
    FunctionNotRunnable,
)
from tests.emulator.runtime.calls import Make, Write


def test_node_that_is_not_there(
    write: Write, make_runtime: Make, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    write("python", "def main(event, context): return 1\n")
    write("script", "exports.main = () => 1\n", file="index.js")
    monkeypatch.setenv("PATH", str(tmp_path))
    runtime = make_runtime()
    python, script = runtime.functions()
    assert python.runnable
    assert script.reason == "Node.js is not on this machine; install it, or name it with --node"
    error = runtime.invoke("script", {}).error
    assert isinstance(error, FunctionNotRunnable)
    assert script.reason in error.message
    assert runtime.invoke("python", {}).result == "1"


@pytest.mark.parametrize(
    ("script", "says"),
    [
        ("echo v12.22.9", "is Node.js 12, and functions need 14 or later"),
        ("echo Welcome", "is not Node.js: it does not tell its version"),
        ("exit 1", "is not Node.js"),
        (None, "which --node names"),
    ],
)
@pytest.mark.skipif(os.name == "nt", reason="writes shell scripts")
def test_node_that_is_not_right(
    write: Write, make_runtime: Make, tmp_path: Path, script: str | None, says: str
) -> None:
    write("script", "exports.main = () => 1\n", file="index.js")
    node = tmp_path / "mine"
    if script is not None:
        node.write_text(f"#!/bin/sh\n{script}\n")
        node.chmod(node.stat().st_mode | stat.S_IXUSR)
    runtime = make_runtime(node=node)
    assert says in runtime.functions()[0].reason
    assert isinstance(runtime.invoke("script", {}).error, FunctionNotRunnable)


def test_node_that_is_named(
    write_node: Write, make_runtime: Make, node: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    write_node("f", "exports.main = () => 1\n")
    monkeypatch.setenv("PATH", "/nowhere")
    assert make_runtime(node=Path(node)).invoke("f", {}).result == "1"
