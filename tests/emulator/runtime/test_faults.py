"""Everything a function can do wrong: the caller gets SCF's error, and the runtime goes on."""

from __future__ import annotations

import sys
from collections.abc import Callable

import pytest

from cloudbase_ocr.runtime import (
    Caller,
    EventTooLarge,
    FunctionFailed,
    InvalidEvent,
    LoadFailed,
    Runtime,
)
from tests import leftovers
from tests.emulator.runtime.calls import Make, Write, error_of
from tests.quick import first, quick


@pytest.fixture
def works(write: Write, runtime: Runtime) -> Callable[[], bool]:
    """Say whether a good function still runs."""
    write("good", "def main(event, context): return 'good'")
    return lambda: runtime.invoke("good", {}).result == '"good"'


def test_exception(write: Write, runtime: Runtime) -> None:
    folder = write("f", "def main(event, context):\n    return event['data']\n")
    invocation = runtime.invoke("f", {})
    assert isinstance(invocation.error, FunctionFailed)
    body = invocation.error.to_dict(invocation.request_id)
    assert list(body) == ["errorCode", "errorMessage", "requestId", "stackTrace", "statusCode"]
    assert (body["errorCode"], body["statusCode"]) == (1, 430)
    assert body["errorMessage"] == "user code exception caught"
    assert body["stackTrace"].splitlines()[0] == "Traceback (most recent call last):"
    assert body["stackTrace"].splitlines()[1] == f'  File "{folder / "index.py"}", line 2, in main'
    assert body["stackTrace"].endswith("KeyError: 'data'")
    assert "bootstrap" not in body["stackTrace"]
    assert f'ERROR RequestId: {invocation.request_id} Result:{{"errorCode":1,' in invocation.log
    assert not runtime.invoke("f", {"data": 1}).cold, "an exception does not cost the instance"


@pytest.mark.parametrize(
    ("code", "says"),
    first(
        4,
        [
            ("return b'bytes'", "TypeError: Object of type bytes is not JSON serializable"),
            ("return {1, 2}", "TypeError: Object of type set is not JSON serializable"),
            ("return float('nan')", "ValueError: Out of range float values are not JSON compliant"),
            ("return {(1, 2): 3}", "TypeError: keys must be str, int, float, bool or None, not tuple"),
            ("return '\\ud800'", "UnicodeEncodeError: 'utf-8' codec"),
            ("x = []; x.append(x); return x", "ValueError: Circular reference detected"),
            ("return main(event, context)", "RecursionError: maximum recursion depth exceeded"),
            ("raise KeyboardInterrupt", "KeyboardInterrupt"),
            (
                "raise type('Odd', (Exception,), {'__str__': lambda self: 1 / 0})",
                "Odd: <exception str() failed>",
            ),
            ("raise OSError('\\udc80')", "OSError: "),
        ],
    ),
)
def test_what_json_cannot_carry(
    write: Write, runtime: Runtime, works: Callable[[], bool], code: str, says: str
) -> None:
    write("f", f"def main(event, context):\n    {code}\n")
    error = error_of(runtime, "f")
    assert isinstance(error, FunctionFailed)
    assert error.stack is not None
    assert says in error.stack
    assert says.partition(":")[0] in error.hint
    assert works()


def test_time_limit_comes_from_config(write: Write, runtime: Runtime) -> None:
    write("f", "import time\n\ndef main(event, context): time.sleep(9)\n", config={"timeout": 1})
    assert error_of(runtime, "f").message == "Invoking task timed out after 1 seconds"


@pytest.mark.check
@pytest.mark.skipif(sys.platform == "win32", reason="uses process groups")
def test_time_limit_kills_orphans_of_the_group(write: Write, make_runtime: Make) -> None:
    write(
        "f",
        """
        import subprocess, sys, time

        SLEEP = "import time; time.sleep(60)"
        START = f"import subprocess, sys; print('child', subprocess.Popen([sys.executable, '-c', {SLEEP!r}]).pid)"

        def main(event, context):
            subprocess.run([sys.executable, "-c", START])
            time.sleep(60)
        """,
    )
    invocation = make_runtime(time_limit=1).invoke("f", {})
    pid = int(invocation.log.partition("child ")[2].split()[0])
    assert leftovers.wait_until(lambda: leftovers.has_ended(pid))


def test_event_above_6_mb(write: Write, runtime: Runtime) -> None:
    write("f", "def main(event, context): return len(event)", config={"timeout": 20})
    assert isinstance(error_of(runtime, "f", "x" * (6 * 1024 * 1024 - 1)), EventTooLarge)
    assert runtime.invoke("f", "x" * (6 * 1024 * 1024 - 2)).error is None


@pytest.mark.parametrize("event", [float("nan"), {1, 2}, b"bytes"])
def test_event_that_is_not_json(runtime: Runtime, event: object) -> None:
    assert isinstance(error_of(runtime, "f", event), InvalidEvent)


@pytest.mark.parametrize("event", [[1], "text", None, 5])
def test_wechat_events_are_objects(runtime: Runtime, event: object) -> None:
    invocation = runtime.invoke("f", event, Caller("miniprogram", openid="o", appid="wx"))
    assert isinstance(invocation.error, InvalidEvent)


@pytest.mark.parametrize(
    ("code", "says"),
    [
        ("def main(:", "SyntaxError: "),
        ("import does_not_exist", "ModuleNotFoundError: No module named 'does_not_exist'"),
        ("raise RuntimeError('at import')", "RuntimeError: at import"),
        ("x = 1", "AttributeError: module 'index' has no attribute 'main'"),
        ("main = 1", "TypeError: index.main is not a function but int"),
    ],
)
def test_function_that_cannot_be_loaded(write: Write, runtime: Runtime, code: str, says: str) -> None:
    write("f", f"print('loading')\n{code}\n" if "main(" not in code else code)
    invocation = runtime.invoke("f", {})
    assert isinstance(invocation.error, LoadFailed)
    body = invocation.error.to_dict("r")
    assert (body["errorCode"], body["statusCode"]) == (1, 443)
    assert body["errorMessage"].startswith("Traceback (most recent call last):")
    assert says in body["errorMessage"]
    assert "loading" in invocation.log or "main(" in code
    write("f", "def main(event, context): return 'repaired'")
    assert runtime.invoke("f", {}).result == '"repaired"'


@pytest.mark.parametrize(
    "close", quick(["sys.stdout.close()", "os.close(1)", "sys.stdout = None"], {"os.close(1)"})
)
def test_closed_output(write: Write, runtime: Runtime, close: str) -> None:
    write(
        "f", f"import os, sys\n\ndef main(event, context):\n    print('before')\n    {close}\n    return 1\n"
    )
    first = runtime.invoke("f", {})
    assert first.result == "1"
    assert "before" in first.log
    second = runtime.invoke("f", {})
    assert second.result == "1"
    assert "before" in second.log, "an instance whose output is broken is not used again"
