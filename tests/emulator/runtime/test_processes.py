"""Function processes where there is no guardian; these tests run on Linux, too."""

from __future__ import annotations

import json
import sys
import threading
from pathlib import Path

import pytest

from cloudbase_ocr.runtime import InstanceExited, Runtime, runtime
from cloudbase_ocr.runtime.processes import PlainStarter
from tests import leftovers
from tests.emulator.runtime.calls import Make, Write


@pytest.fixture
def plain(make_runtime: Make, monkeypatch: pytest.MonkeyPatch) -> Runtime:
    """Give a runtime as macOS and Windows have it."""
    monkeypatch.setattr(runtime, "make_starter", PlainStarter)
    return make_runtime()


def test_calls_prints_and_ends(write: Write, plain: Runtime) -> None:
    write(
        "f", "import os\n\ndef main(event, context):\n    print('in it')\n    return event or os._exit(1)\n"
    )
    before = set(threading.enumerate())
    first, second = plain.invoke("f", {"a": 1}), plain.invoke("f", {})
    assert (json.loads(first.result or ""), first.cold, second.cold) == ({"a": 1}, True, False)
    assert "in it" in first.log
    assert isinstance(second.error, InstanceExited)
    assert plain.invoke("f", {"a": 2}).cold
    plain.close()
    assert set(threading.enumerate()) <= before, "and others may have ended in the meantime"


@pytest.mark.skipif(sys.platform == "win32", reason="uses process groups")
def test_children_in_the_group_end_with_the_function(write: Write, plain: Runtime, place: Path) -> None:
    if sys.platform != "linux":
        pytest.skip("looks into /proc")
    write("f", leftovers.code(place, "def main(event, context):\n    fork()\n"))
    assert plain.invoke("f", {}).error is None
    plain.close()
    assert leftovers.recorded(place) == 2
    assert leftovers.wait_until(lambda: not leftovers.left(place))


def test_what_cannot_be_started_is_named(
    write: Write, make_runtime: Make, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(runtime, "make_starter", PlainStarter)
    write("f", "def main(event, context): return 1\n")
    error = make_runtime(python="/nowhere/python").invoke("f", {}).error
    assert error is not None
    assert "/nowhere/python" in error.message
