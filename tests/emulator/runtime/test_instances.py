"""Instances: reused, multiplied under load, replaced after an edit, and gone at the end."""

from __future__ import annotations

import ast
import json
import os
import sys
import threading
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import pytest

import cloudbase_ocr.runtime
from cloudbase_ocr.runtime import (
    Caller,
    FunctionNotRunnable,
    InstanceExited,
    Invocation,
    Runtime,
    TooManyInstances,
)
from tests.emulator.runtime.calls import Make, Write

# Waits until as many calls run at the same time as the event says.
MEET = """
    import os, pathlib, time

    def main(event, context):
        place = pathlib.Path(event["place"])
        (place / str(os.getpid())).touch()
        while len(list(place.iterdir())) < event["wait_for"]:
            time.sleep(0.005)
        return {"pid": os.getpid(), "user": os.environ.get("WX_OPENID")}
"""


def pid_of(invocation: Invocation) -> Any:
    assert invocation.result is not None, invocation.log
    return json.loads(invocation.result)["pid"]


def run_all(calls: list[Callable[[], Invocation]]) -> list[Invocation]:
    with ThreadPoolExecutor(len(calls)) as threads:
        return [future.result() for future in [threads.submit(call) for call in calls]]


def test_parallel_calls_get_instances_of_their_own(write: Write, runtime: Runtime, place: Path) -> None:
    write("meet", MEET)
    event = {"place": str(place), "wait_for": 3}
    users = [Caller("miniprogram", openid=f"o-{n}", appid="wx") for n in range(3)]
    done = run_all([lambda user=user: runtime.invoke("meet", event, user) for user in users])  # type: ignore[misc]  # a default of a lambda has no type
    assert len({pid_of(invocation) for invocation in done}) == 3
    assert [json.loads(invocation.result or "")["user"] for invocation in done] == ["o-0", "o-1", "o-2"]


def test_calls_wait_for_a_free_instance(write: Write, make_runtime: Make) -> None:
    write("f", "import os\n\ndef main(event, context): return {'pid': os.getpid()}\n")
    runtime = make_runtime(max_instances=1)
    done = run_all([lambda: runtime.invoke("f", {})] * 6)
    assert len({pid_of(invocation) for invocation in done}) == 1
    assert sum(invocation.cold for invocation in done) == 1


def test_call_that_waits_too_long(write: Write, make_runtime: Make, place: Path) -> None:
    write("meet", MEET)
    runtime = make_runtime(max_instances=1, time_limit=0.5)
    with ThreadPoolExecutor(1) as threads:
        blocked = threads.submit(runtime.invoke, "meet", {"place": str(place), "wait_for": 2})
        while not list(place.iterdir()):
            os.sched_yield()
        # It arrives in mid-call: the one before it times out first, unless the wait is bounded too.
        errors = run_all([lambda: runtime.invoke("meet", {"place": str(place), "wait_for": 2})] * 2)
        assert blocked.result().error is not None
    refused = [invocation.error for invocation in errors if isinstance(invocation.error, TooManyInstances)]
    assert refused
    assert refused[0].to_dict("r") == {
        "errorCode": 1,
        "errorMessage": "Resource limit exceed for function [meet]",
        "requestId": "r",
        "statusCode": 432,
    }


def test_functions_do_not_compete(write: Write, make_runtime: Make, place: Path) -> None:
    write("one", MEET)
    write("two", MEET)
    runtime = make_runtime(max_instances=1)
    event = {"place": str(place), "wait_for": 2}
    done = run_all([lambda: runtime.invoke("one", event), lambda: runtime.invoke("two", event)])
    assert [invocation.error for invocation in done] == [None, None]


@pytest.mark.parametrize("where", ["function", "new file", "shared package", "config"])
def test_an_edit_replaces_the_instance(write: Write, runtime: Runtime, root: Path, where: str) -> None:
    (root / "shared").mkdir()
    shared = root / "shared" / "__init__.py"
    shared.write_text("VALUE = 1\n")
    code = "import shared\n\ndef main(event, context): return {}\n"
    folder = write("f", code.format("[shared.VALUE, context['time_limit_in_ms']]"), config={})
    assert runtime.invoke("f", {}).result == "[1, 3000]"
    assert not runtime.invoke("f", {}).cold
    if where == "function":
        write("f", code.format("'edited'"))
    elif where == "new file":
        (folder / "data.txt").write_text("new")
    elif where == "shared package":
        shared.write_text("VALUE = 22\n")
    else:
        (folder / "config.json").write_text('{"timeout": 5}')
    again = runtime.invoke("f", {})
    assert again.cold
    expected = {"function": '"edited"', "shared package": "[22, 3000]", "config": "[1, 5000]"}
    assert again.result == expected.get(where, "[1, 3000]")


def test_close_is_quick_and_leaves_nothing(write: Write, make_runtime: Make, place: Path) -> None:
    write("meet", MEET, config={"timeout": 60})
    before, earlier = _open_files(), set(threading.enumerate())
    runtime = make_runtime()
    with ThreadPoolExecutor(4) as threads:
        calls = [
            threads.submit(runtime.invoke, "meet", {"place": str(place), "wait_for": 9}) for _ in range(4)
        ]
        while len(list(place.iterdir())) < 4:
            os.sched_yield()
        pids = [int(file.name) for file in place.iterdir()]
        started = time.monotonic()
        runtime.close()
        assert time.monotonic() - started < 1
        assert all(isinstance(call.result(timeout=1).error, InstanceExited) for call in calls)
    assert not [pid for pid in pids if Path(f"/proc/{pid}").exists()], "a process or a zombie is left"
    assert not [thread for thread in set(threading.enumerate()) - earlier if thread.name == "function-log"]
    assert _open_files() == before
    assert isinstance(runtime.invoke("meet", {}).error, InstanceExited)
    runtime.close()


def test_close_while_a_function_loads(write: Write, make_runtime: Make, place: Path) -> None:
    write("f", f"import pathlib, time\npathlib.Path({str(place)!r}, 'loading').touch()\ntime.sleep(60)\n")
    before = _open_files()
    runtime = make_runtime()
    with ThreadPoolExecutor(1) as threads:
        call = threads.submit(runtime.invoke, "f", {})
        while not list(place.iterdir()):
            os.sched_yield()
        started = time.monotonic()
        runtime.close()
        assert isinstance(call.result(timeout=1).error, InstanceExited)
        assert time.monotonic() - started < 1
    assert _open_files() == before


def test_interpreter_that_does_not_exist(write: Write, make_runtime: Make, tmp_path: Path) -> None:
    write("f", "def main(event, context): return 1\n")
    before = _open_files()
    runtime = make_runtime(python=str(tmp_path / "absent"))
    invocation = runtime.invoke("f", {})
    assert isinstance(invocation.error, FunctionNotRunnable)
    assert "absent" in invocation.error.message
    runtime.close()
    assert _open_files() == before


def test_broken_link_does_not_hide_an_edit(write: Write, runtime: Runtime) -> None:
    folder = write("f", "def main(event, context): return 1\n")
    (folder / "a-link").symlink_to("nowhere")
    assert runtime.invoke("f", {}).result == "1"
    write("f", "def main(event, context): return 22\n")
    assert runtime.invoke("f", {}).result == "22"


def test_bootstrap_stands_alone() -> None:
    source = (Path(cloudbase_ocr.runtime.__file__).parent / "bootstrap.py").read_text(encoding="utf-8")
    tree = ast.parse(source, feature_version=(3, 9))
    imports = [node for node in ast.walk(tree) if isinstance(node, (ast.Import, ast.ImportFrom))]
    names = {alias.name for node in imports if isinstance(node, ast.Import) for alias in node.names}
    names |= {node.module or "" for node in imports if isinstance(node, ast.ImportFrom)}
    assert {name.partition(".")[0] for name in names} <= sys.stdlib_module_names


@pytest.mark.check
def test_many_failures_leak_nothing(write: Write, runtime: Runtime) -> None:
    write("exits", "import os\n\ndef main(event, context): os._exit(0)\n")
    write("broken", "raise RuntimeError\n")
    runtime.invoke("exits", {})
    before = _open_files()
    for _ in range(10):
        runtime.invoke("exits", {})
        runtime.invoke("broken", {})
    assert _open_files() == before


def _open_files() -> int:
    folder = Path("/proc/self/fd")
    return len(list(folder.iterdir())) if folder.exists() else 0
