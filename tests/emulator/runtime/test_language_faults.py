"""What can go wrong in every language, each with the same function in Python and in JavaScript."""

from __future__ import annotations

import sys
import time

import pytest

from cloudbase_ocr.runtime import (
    FunctionFailed,
    FunctionTimedOut,
    InstanceExited,
    LoadFailed,
    LoadTimedOut,
    MemoryExceeded,
    ResultTooLarge,
    Runtime,
)
from tests import leftovers
from tests.emulator.runtime.calls import Make, Write
from tests.quick import quick


def test_result_above_6_mb(write_both: Write, runtime: Runtime) -> None:
    write_both(
        "f",
        "def main(event, context): return '图' * event + 'x'",
        "exports.main = async event => '图'.repeat(event) + 'x'",
        config={"timeout": 20},
    )
    invocation = runtime.invoke("f", 2 * 1024 * 1024)
    assert isinstance(invocation.error, ResultTooLarge)
    assert invocation.error.to_dict("r") == {
        "errorCode": -1,
        "errorMessage": "The size of response exceeds the upper limit (6MB)",
        "requestId": "r",
        "statusCode": 407,
    }
    assert runtime.invoke("f", 2 * 1024 * 1024 - 1).error is None


def test_exception(write_both: Write, runtime: Runtime) -> None:
    folder = write_both(
        "f",
        "def main(event, context):\n    if event == 1: return 1\n    raise ValueError('no picture')\n",
        "exports.main = event => {\n  if (event === 1) return 1\n  throw new Error('no picture')\n}\n",
    )
    invocation = runtime.invoke("f", {})
    assert isinstance(invocation.error, FunctionFailed)
    body = invocation.error.to_dict(invocation.request_id)
    assert list(body) == ["errorCode", "errorMessage", "requestId", "stackTrace", "statusCode"]
    assert (body["errorCode"], body["statusCode"]) == (1, 430)
    assert body["errorMessage"] == "user code exception caught"
    assert "Error: no picture" in body["stackTrace"]
    assert str(folder / "index.") in body["stackTrace"]
    assert "bootstrap" not in body["stackTrace"]
    assert invocation.error.hint.endswith("Error: no picture")
    assert f'ERROR RequestId: {invocation.request_id} Result:{{"errorCode":1,' in invocation.log
    assert not runtime.invoke("f", 1).cold, "an exception does not cost the instance"


@pytest.mark.parametrize(
    ("python", "node"),
    [
        ("import sys; sys.exit(0)", "process.exit(0)"),
        ("import os; os._exit(3)", "process.exitCode = 3; process.exit()"),
        ("import os, signal; os.kill(os.getpid(), signal.SIGKILL)", "process.kill(process.pid, 'SIGKILL')"),
        ("import os; os.closerange(0, 100); return 1", "process.abort()"),
    ],
)
def test_process_that_ends(write_both: Write, runtime: Runtime, python: str, node: str) -> None:
    write_both(
        "f",
        f"def main(event, context):\n    print('last words', flush=True)\n    {python}\n",
        f"exports.main = () => {{ console.log('last words'); {node} }}\n",
    )
    invocation = runtime.invoke("f", {})
    assert isinstance(invocation.error, InstanceExited)
    assert invocation.error.to_dict("r") == {
        "errorCode": -1,
        "errorMessage": "User process exit when running",
        "requestId": "r",
        "statusCode": 439,
    }
    assert "last words" in invocation.log
    assert runtime.invoke("f", {}).cold


@pytest.mark.parametrize(
    ("python", "node"),
    [
        ("while True: pass", "for (;;) {}"),
        ("import time; time.sleep(60)", "return new Promise(() => setTimeout(() => {}, 60_000))"),
        ("while True: print('x' * 1000, end='')", "for (;;) process.stdout.write('x'.repeat(1000))"),
    ],
)
def test_time_limit(write_both: Write, make_runtime: Make, python: str, node: str) -> None:
    write_both(
        "f",
        f"def main(event, context):\n    if event == 'fast': return 1\n    {python}\n",
        f"exports.main = event => {{ if (event === 'fast') return 1; {node} }}\n",
    )
    runtime = make_runtime(time_limit=0.4)
    started = time.monotonic()
    invocation = runtime.invoke("f", {})
    assert time.monotonic() - started < 2
    assert isinstance(invocation.error, FunctionTimedOut)
    assert invocation.error.to_dict("r") == {
        "errorCode": -1,
        "errorMessage": "Invoking task timed out after 0.4 seconds",
        "requestId": "r",
        "statusCode": 433,
    }
    assert len(invocation.log) < 1.2 * 1024 * 1024
    assert runtime.invoke("f", "fast").result == "1"


@pytest.mark.skipif(sys.platform == "win32", reason="uses process groups")
@pytest.mark.parametrize("own_session", quick([False, True], {True}))
def test_time_limit_kills_the_whole_tree(write_both: Write, make_runtime: Make, own_session: bool) -> None:
    write_both(
        "f",
        f"""
        import subprocess, time

        def main(event, context):
            print("child", subprocess.Popen(["sleep", "60"], start_new_session={own_session}).pid)
            time.sleep(60)
        """,
        f"""
        exports.main = async () => {{
          const detached = {str(own_session).lower()}
          console.log('child', require('child_process').spawn('sleep', ['60'], {{ detached }}).pid)
          await new Promise(resolve => setTimeout(resolve, 60_000))
        }}
        """,
    )
    invocation = make_runtime(time_limit=0.5).invoke("f", {})
    wait_for_end(int(invocation.log.partition("child ")[2].split()[0]))


GROWING = ("hold.push(Buffer.alloc(1_000_000, 'x'))", "hold.push('x'.repeat(9) + hold.length)")


@pytest.mark.skipif(sys.platform != "linux", reason="memory is only watched on Linux")
@pytest.mark.parametrize("grow", quick(GROWING, GROWING[:1]))
def test_memory_limit(write_both: Write, runtime: Runtime, grow: str) -> None:
    write_both(
        "hog",
        "def main(event, context):\n    hold = []\n    while True:\n        hold.append(b'x' * 1_000_000)\n",
        f"const hold = []\nexports.main = () => {{ for (;;) {grow} }}\n",
        config={"memorySize": 64, "timeout": 20},
    )
    invocation = runtime.invoke("hog", {})
    assert isinstance(invocation.error, MemoryExceeded)
    assert invocation.error.to_dict("r") == {
        "errorCode": -1,
        "errorMessage": "Task memory exceeded 64 MB",
        "requestId": "r",
        "statusCode": 434,
    }
    assert invocation.memory_mb > 64


@pytest.mark.skipif(sys.platform != "linux", reason="memory is only watched on Linux")
def test_memory_of_a_function_that_does_nothing(write_both: Write, runtime: Runtime) -> None:
    write_both(
        "f", "def main(event, context): pass", "exports.main = async () => {}", config={"memorySize": 64}
    )
    assert 1 < runtime.invoke("f", {}).memory_mb < 32


@pytest.mark.parametrize(
    ("python", "node", "says"),
    [
        ("def main(:", "exports.main = (", "SyntaxError: "),
        ("raise RuntimeError('at load')", "throw new RangeError('at load')", "Error: at load"),
        ("main = 1", "exports.main = 1", "is not a function but"),
        ("x = 1", "exports.x = 1", "main"),
    ],
)
def test_function_that_cannot_be_loaded(
    write_both: Write, runtime: Runtime, python: str, node: str, says: str
) -> None:
    write_both("f", f"print('loading')\n{python}\n", f"console.log('loading')\n{node}\n")
    invocation = runtime.invoke("f", {})
    assert isinstance(invocation.error, LoadFailed)
    body = invocation.error.to_dict("r")
    assert (body["errorCode"], body["statusCode"]) == (1, 443)
    assert says in body["errorMessage"]
    assert "bootstrap.js" not in body["errorMessage"]
    assert "loading" in invocation.log or says.startswith("SyntaxError")
    write_both("f", "def main(event, context): return 'repaired'", "exports.main = () => 'repaired'")
    assert runtime.invoke("f", {}).result == '"repaired"'


def test_function_that_exits_while_loading(write_both: Write, runtime: Runtime) -> None:
    write_both("f", "print('bye')\nraise SystemExit\n", "console.log('bye')\nprocess.exit()\n")
    invocation = runtime.invoke("f", {})
    assert isinstance(invocation.error, InstanceExited)
    assert "bye" in invocation.log


def test_function_that_loads_forever(write_both: Write, make_runtime: Make) -> None:
    write_both("f", "while True: pass\n", "for (;;) {}\n")
    error = make_runtime(init_limit=0.4).invoke("f", {}).error
    assert isinstance(error, LoadTimedOut)
    assert error.status_code == 450


@pytest.mark.parametrize("fault", quick(["close", "replace"], {"close"}))
def test_closed_output(write_both: Write, runtime: Runtime, fault: str) -> None:
    python = {"close": "os.close(1)", "replace": "sys.stdout = None"}[fault]
    node = {"close": "fs.closeSync(1)", "replace": "process.stdout.end()"}[fault]
    write_both(
        "f",
        f"import os, sys\n\ndef main(event, context):\n    print('before')\n    {python}\n    return 1\n",
        f"const fs = require('fs')\nexports.main = () => {{ console.log('before'); {node}; return 1 }}\n",
    )
    first, second = runtime.invoke("f", {}), runtime.invoke("f", {})
    assert [first.result, second.result] == ["1", "1"]
    assert "before" in first.log
    assert "before" in second.log, "an instance whose output is broken is not used again"


def wait_for_end(pid: int) -> None:
    assert leftovers.wait_until(lambda: leftovers.has_ended(pid), 5), f"process {pid} still runs"
