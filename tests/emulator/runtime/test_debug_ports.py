"""Editors attach to the functions of a runtime, by the protocols that they speak."""

from __future__ import annotations

import logging
import random
import socket
import sys
from collections.abc import Callable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import ExitStack
from importlib.util import find_spec
from logging.handlers import QueueHandler
from pathlib import Path
from queue import Queue
from typing import Any

import pytest

from cloudbase_ocr.runtime import DebugPorts, FunctionTimedOut, Invocation, MemoryExceeded, Runtime
from cloudbase_ocr.runtime.debug_ports import LOGGER_NAME
from tests import needs
from tests.dap import SECONDS, Editor, Hung
from tests.emulator.runtime.calls import Make, Write, error_of, result_of
from tests.inspector import Inspector

ADDING = """
    def main(event, context):
        total = event["n"] + 1
        return total
"""
STRICT = {"timeout": 1, "memorySize": 128}
pytestmark = needs.debugpy
Call = Callable[..., "Future[Invocation]"]


@pytest.fixture
def call() -> Iterator[Call]:
    """Call a function in another thread: a debugger stops it in this one."""
    with ThreadPoolExecutor() as threads:

        def call(runtime: Runtime, name: str, event: object = None) -> Future[Invocation]:
            return threads.submit(runtime.invoke, name, event)

        yield call


@pytest.fixture
def told() -> Iterator[Queue[logging.LogRecord]]:
    """What is said of debugging, as soon as it is said."""
    records: Queue[logging.LogRecord] = Queue()
    handler = QueueHandler(records)
    logger = logging.getLogger(LOGGER_NAME)
    logger.addHandler(handler)
    yield records
    logger.removeHandler(handler)


@pytest.fixture
def debugged(make_runtime: Make, call: Call) -> Iterator[Callable[..., Runtime]]:
    """Make a runtime with ports for debuggers; it is closed before threads of calls are waited for."""
    with ExitStack() as stack:

        def make(*, first: int = 0, **options: Any) -> Runtime:
            runtime = make_runtime(debugging=DebugPorts(first, **options))
            stack.callback(runtime.close)
            return runtime

        yield make


def ports(runtime: Runtime) -> dict[str, int]:
    """Return the ports by function, from the lines that users are told."""
    words = [line.split() for line in runtime.debugging.lines()]
    return {word[1].rstrip(":"): int(word[2].rpartition(":")[2]) for word in words}


def free_ports(count: int) -> int:
    """Return the first of some ports in a row that were free a moment ago.

    Systems give ports above 32767 to whoever asks for any: another test's connection would soon have one of those.
    """
    while True:
        first = random.randrange(20_000, 32_000)
        with ExitStack() as stack:
            try:
                for number in range(first, first + count):
                    stack.enter_context(socket.create_server(("127.0.0.1", number)))
            except OSError:
                continue
            return first


def test_an_editor_stops_a_function_reads_a_variable_and_lets_it_go_on(
    write: Write, debugged: Callable[..., Runtime], call: Call
) -> None:
    """Without limits of time and memory, which hold again without it; and from before there is a process."""
    file = write("f", ADDING, config=STRICT) / "index.py"
    runtime = debugged()
    with Editor(ports(runtime)["f"], {file: [4]}) as editor:
        answer = call(runtime, "f", {"n": 41})
        stop = editor.attach().stopped()
        assert (stop["path"], stop["line"], stop["values"]["total"]) == (str(file), 4, "42")
        for code in ("__import__('time').sleep(1.2)", "len(bytearray(200 * 2**20))"):
            editor.ask("evaluate", {"expression": code, "frameId": stop["frame"], "context": "repl"})
        editor.go_on(stop["thread"])
        assert result_of(answer.result(SECONDS)) == 42
        assert "Debugger" not in answer.result().log
        editor.leave()
    assert result_of(runtime.invoke("f", {"n": 1})) == 2


@pytest.mark.check
def test_breakpoints_are_hit_after_an_edit(
    write: Write, debugged: Callable[..., Runtime], call: Call
) -> None:
    file = write("f", ADDING) / "index.py"
    runtime = debugged()
    with Editor(ports(runtime)["f"], {file: [4]}) as editor:
        for added in (1, 2, 3):
            write("f", ADDING.replace("+ 1", f"+ {added}"))
            answer = call(runtime, "f", {"n": 10 * added})
            if added > 1:
                assert editor.start_over()
            stop = editor.attach().stopped()
            assert stop["values"]["total"] == str(11 * added)
            editor.go_on(stop["thread"])
            assert result_of(answer.result(SECONDS)) == 11 * added


@pytest.mark.check
def test_an_editor_starts_over_after_a_crash(
    write: Write, debugged: Callable[..., Runtime], call: Call
) -> None:
    file = write("f", "import os\ndef main(event, context):\n    os._exit(1)\n") / "index.py"
    runtime = debugged()
    with Editor(ports(runtime)["f"], {file: [3]}) as editor:
        for _ in range(2):
            answer = call(runtime, "f")
            stop = editor.attach().stopped()
            editor.send("continue", {"threadId": stop["thread"]})
            assert editor.start_over()
            assert answer.result(SECONDS).error is not None


@pytest.mark.check
def test_an_editor_that_does_not_come_back_is_not_waited_for_long(
    write: Write, debugged: Callable[..., Runtime], call: Call, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("cloudbase_ocr.runtime.debug_ports.RETURN_SECONDS", 0.5)
    file = write("f", ADDING) / "index.py"
    runtime = debugged()
    with Editor(ports(runtime)["f"], {}) as editor:
        answer = call(runtime, "f", {"n": 1})
        editor.attach()
        assert result_of(answer.result(SECONDS)) == 2
        file.write_text(file.read_text().replace("+ 1", "+ 2"))
        assert result_of(runtime.invoke("f", {"n": 1})) == 3
        assert editor.event("terminated")["body"] == {"restart": True}


@pytest.mark.check
@pytest.mark.parametrize(
    ("code", "fault"),
    [
        ("import time\ndef main(*_):\n    time.sleep(60)\n", FunctionTimedOut),
        ("def main(*_):\n    kept = b'x' * 300 * 2**20\n    while True: pass\n", MemoryExceeded),
    ],
    ids=["time", "memory"],
)
def test_limits_hold_without_an_editor(
    write: Write, debugged: Callable[..., Runtime], code: str, fault: type[Exception]
) -> None:
    write("f", code, config=STRICT | ({"timeout": 60} if fault is MemoryExceeded else {}))
    assert type(error_of(debugged(), "f")) is fault


@pytest.mark.check
def test_limits_hold_again_when_an_editor_leaves_in_mid_call(
    write: Write, debugged: Callable[..., Runtime], call: Call
) -> None:
    file = write("f", "import time\ndef main(*_):\n    time.sleep(60)\n", config=STRICT) / "index.py"
    runtime = debugged()
    with Editor(ports(runtime)["f"], {file: [3]}) as editor:
        answer = call(runtime, "f")
        editor.attach().stopped()
        editor.leave()
        assert isinstance(answer.result(SECONDS).error, FunctionTimedOut)


@pytest.mark.check
def test_a_waiting_function_stops_where_it_is_loaded(
    write: Write, debugged: Callable[..., Runtime], call: Call, told: Queue[logging.LogRecord]
) -> None:
    file = write("f", "loaded = 1\ndef main(*_):\n    return loaded\n", config=STRICT) / "index.py"
    runtime = debugged(wait=True)
    port = ports(runtime)["f"]
    answer = call(runtime, "f")
    line = told.get(timeout=SECONDS).getMessage()
    assert line == f"f waits for a debugger at 127.0.0.1:{port} (debugpy)"
    with Editor(port, {file: [2]}) as editor:
        stop = editor.attach().stopped()
        assert (stop["line"], stop["values"]["loaded"]) == (2, "1")
        editor.go_on(stop["thread"])
        assert result_of(answer.result(SECONDS)) == 1


@pytest.mark.check
def test_the_end_of_the_emulator_ends_waiting_and_sessions(
    write: Write, debugged: Callable[..., Runtime], call: Call
) -> None:
    for name in ("f", "g"):
        write(name, ADDING)
    runtime = debugged(wait=True)
    with Editor(ports(runtime)["f"], {}) as attached, Editor(ports(runtime)["g"], {}) as early:
        calls = [call(runtime, "f", {"n": 1})]
        attached.attach()
        result_of(calls[0].result(SECONDS))
        runtime.close()
        assert not attached.start_over()
        with pytest.raises((Hung, OSError)):
            early.attach()
    with pytest.raises(OSError, match="refused"):
        Editor(ports(runtime)["f"], {})


def test_only_this_machine_reaches_a_port(write: Write, debugged: Callable[..., Runtime]) -> None:
    write("f", ADDING)
    port = ports(debugged())["f"]
    with socket.create_server(("127.0.0.2", 0)):
        pass  # the address is there
    with pytest.raises(OSError, match="refused"):
        socket.create_connection(("127.0.0.2", port), timeout=SECONDS)


@pytest.mark.check
def test_debugpy_is_there_and_what_lies_beside_it_is_not(
    write: Write, debugged: Callable[..., Runtime], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    packages = tmp_path / "packages"
    packages.mkdir()
    spec = find_spec("debugpy")
    assert spec is not None
    assert spec.origin is not None
    (packages / "debugpy").symlink_to(Path(spec.origin).parent, target_is_directory=True)
    (packages / "neighbour.py").write_text("", encoding="utf-8")
    monkeypatch.syspath_prepend(packages)
    monkeypatch.delitem(sys.modules, "debugpy", raising=False)
    write(
        "f",
        """
        import sys
        from importlib.util import find_spec

        def main(event, context):
            return [sys.modules["debugpy"].__file__, find_spec("neighbour")]
        """,
    )
    assert result_of(debugged().invoke("f", {})) == [str(packages / "debugpy/__init__.py"), None]


@pytest.mark.check
def test_a_module_of_the_function_may_have_a_name_that_debugpy_uses(
    write: Write, debugged: Callable[..., Runtime]
) -> None:
    write("f", ADDING)
    for name in ("queue.py", "logging.py"):
        write("f", "raise SystemExit", file=name)
    assert result_of(debugged().invoke("f", {"n": 1})) == 2


def test_ports_follow_each_other(write: Write, debugged: Callable[..., Runtime]) -> None:
    for name in ("b", "a"):
        write(name, ADDING)
    write("php", "", file="index.php")
    first = free_ports(3)
    runtime = debugged(first=first)
    assert runtime.debugging.lines() == [
        f"debug a: 127.0.0.1:{first} (debugpy)",
        f"debug b: 127.0.0.1:{first + 1} (debugpy)",
    ]
    write("aa", ADDING)
    assert result_of(runtime.invoke("aa", {"n": 1})) == 2
    assert ports(runtime) == {"a": first, "b": first + 1, "aa": first + 2}


def test_one_function_alone_has_the_first_port(write: Write, debugged: Callable[..., Runtime]) -> None:
    for name in ("a", "b"):
        write(name, ADDING)
    first = free_ports(1)
    runtime = debugged(first=first, only="b")
    assert result_of(runtime.invoke("a", {"n": 1})) == 2
    assert ports(runtime) == {"b": first}


def test_a_port_that_is_taken_is_told_and_the_others_are_let_go(
    write: Write, debugged: Callable[..., Runtime]
) -> None:
    for name in ("a", "b"):
        write(name, ADDING)
    first = free_ports(2)
    with (
        socket.create_server(("127.0.0.1", first + 1)),
        pytest.raises(ValueError, match=rf"port {first + 1} of 127.0.0.1, for b, cannot be .*choose another"),
    ):
        debugged(first=first)
    assert ports(debugged(first=first)) == {"a": first, "b": first + 1}


def test_ports_do_not_go_beyond_the_last(write: Write, debugged: Callable[..., Runtime]) -> None:
    for name in ("a", "b"):
        write(name, ADDING)
    with pytest.raises(ValueError, match=r"the ports end at 65535, before that of b; begin lower"):
        debugged(first=65535)


def test_a_later_function_runs_although_its_port_is_taken(
    write: Write, debugged: Callable[..., Runtime], told: Queue[logging.LogRecord]
) -> None:
    write("a", ADDING)
    first = free_ports(2)
    runtime = debugged(first=first)
    write("b", ADDING)
    with socket.create_server(("127.0.0.1", first + 1)):
        for _ in range(2):
            assert result_of(runtime.invoke("b", {"n": 1})) == 2
    line = told.get_nowait().getMessage()
    assert line.startswith(f"b is not debugged: --debug-port: port {first + 1} of 127.0.0.1")
    assert told.empty()


def test_without_debugpy_the_command_that_installs_it_is_told(
    write: Write, debugged: Callable[..., Runtime], monkeypatch: pytest.MonkeyPatch
) -> None:
    write("f", ADDING)
    monkeypatch.setitem(sys.modules, "debugpy", None)
    with pytest.raises(ValueError, match=r"debugpy, which is not installed; run: pip install .*\[debug\]"):
        debugged()


@pytest.mark.check
def test_what_is_no_message_is_hung_up_on(write: Write, debugged: Callable[..., Runtime]) -> None:
    write("f", ADDING)
    runtime = debugged()
    for content in (b"GET / HTTP/1.1\r\n\r\n", b"Content-Length: x\r\n\r\n", b"Content-Length: 2\r\n\r\n{]"):
        with socket.create_connection(("127.0.0.1", ports(runtime)["f"]), timeout=SECONDS) as connection:
            connection.sendall(content)
            assert connection.recv(1) == b""
    assert result_of(runtime.invoke("f", {"n": 1})) == 2


@pytest.mark.check
def test_a_debugger_stops_a_node_function_also_after_an_edit(
    write_node: Write, debugged: Callable[..., Runtime], call: Call
) -> None:
    code = "exports.main = async (event) => {\n  const total = event.n + 1\n  return total\n}\n"
    folder = write_node("f", code, config=STRICT)
    runtime = debugged(wait=True)
    port = ports(runtime)["f"]
    for added in (1, 2):
        write_node("f", code.replace("+ 1", f"+ {added}"), config=STRICT)
        answer = call(runtime, "f", {"n": 10 * added})
        with Inspector(port, folder / "index.js", 3) as inspector:
            frame = inspector.stopped()
            assert (inspector.line(frame), inspector.value(frame, "total")) == (3, 11 * added)
            inspector.value(frame, "(() => { const t = Date.now(); while (Date.now() < t + 1200); })()")
            inspector.go_on()
            assert result_of(answer.result(SECONDS)) == 11 * added
            assert "Debugger listening" not in answer.result().log
    assert result_of(runtime.invoke("f", {"n": 1})) == 3
