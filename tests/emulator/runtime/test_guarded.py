"""Nothing that a function starts outlives it, whatever ends it, or the emulator, or the guardian (Linux)."""

from __future__ import annotations

import ctypes
import os
import re
import signal
import socket
import subprocess
import sys
import threading
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from pathlib import Path

import pytest

from cloudbase_ocr.runtime import FunctionNotRunnable, InstanceExited, Runtime
from cloudbase_ocr.runtime.guardian import children, read_file
from tests import leftovers
from tests.emulator.runtime.calls import Make, Write, result_of
from tests.emulator.served import served
from tests.leftovers import left, recorded, wait_until
from tests.processes import Process, started

pytestmark = pytest.mark.skipif(sys.platform != "linux", reason="other systems have no guardian")

DAEMON = """
    def main(event, context):
        daemon()
        if event == "crash":
            os._exit(1)
        return os.getpid()
"""
BUSY = """
    def main(event, context):
        fork()
        fork(session=True)
        daemon()
        spin()
"""


def test_a_daemon_ends_with_its_instance(write: Write, runtime: Runtime, place: Path) -> None:
    write("f", leftovers.code(place, DAEMON))
    files, threads = open_files(), set(threading.enumerate())
    with runtime:
        assert runtime.invoke("f", {}).error is None
        assert len(left(place)) == 2, "a function that goes on keeps what it has started"
        runtime.empty()
        assert left(place) == []
    # Those of tests before may have ended in the meantime.
    assert open_files() <= files
    assert set(threading.enumerate()) <= threads


def test_a_daemon_ends_with_a_function_that_crashes(write: Write, runtime: Runtime, place: Path) -> None:
    write("f", leftovers.code(place, DAEMON))
    assert isinstance(runtime.invoke("f", "crash").error, InstanceExited)
    assert recorded(place) == 2
    assert left(place) == []


def test_a_daemon_ends_when_its_idle_function_is_killed(write: Write, runtime: Runtime, place: Path) -> None:
    write("f", leftovers.code(place, DAEMON))
    os.kill(result_of(runtime.invoke("f", {})), signal.SIGKILL)
    assert wait_until(lambda: not left(place))


def test_others_keep_what_they_have_started(write: Write, runtime: Runtime, place: Path) -> None:
    for name in ("one", "two"):
        (place / name).mkdir()
        write(name, leftovers.code(place / name, DAEMON))
        assert runtime.invoke(name, {}).error is None
    assert isinstance(runtime.invoke("two", "crash").error, InstanceExited)
    assert (len(left(place / "one")), left(place / "two")) == (2, [])


def test_children_of_a_crashed_function_do_not_hold_up_the_call(
    write: Write, runtime: Runtime, place: Path
) -> None:
    """A fork holds the function's connection, so that alone does not tell of the end."""
    text = "def main(event, context):\n    fork()\n    os._exit(1)\n"
    write("f", leftovers.code(place, text), config={"timeout": 30})
    invocation = runtime.invoke("f", {})
    assert isinstance(invocation.error, InstanceExited)
    assert invocation.duration_ms < 5000


@contextmanager
def killed_while_busy(write: Write, root: Path, place: Path, before: str = "") -> Iterator[Process]:
    """Start an emulator whose function has descendants and spins; kill the emulator."""
    write("f", leftovers.code(place, BUSY), config={"timeout": 60})
    script = f"""
{before}
from pathlib import Path
from cloudbase_ocr.runtime import Runtime
Runtime(Path({str(root)!r})).invoke("f", {{}})
"""
    with started([sys.executable, "-c", script]) as process:
        assert wait_until(lambda: recorded(place) == 4, 20)
        assert len(left(place)) == 4
        (guardian,) = (
            pid for pid in children(process.pid) if b"guardian.main()" in read_file(f"/proc/{pid}/cmdline")
        )
        process.kill()
        yield process
    assert wait_until(lambda: leftovers.has_ended(guardian))


def test_nothing_is_left_of_an_emulator_that_is_killed(write: Write, root: Path, place: Path) -> None:
    with killed_while_busy(write, root, place):
        assert wait_until(lambda: not left(place)), left(place)


def test_nothing_is_left_although_a_fork_of_the_emulator_lives(write: Write, root: Path, place: Path) -> None:
    """It holds the other ends of the sockets, so these do not tell of the end."""
    fork = f"""
import os, threading
from pathlib import Path
def fork():
    while len(list(Path({str(place)!r}).iterdir())) < 4: pass
    if os.fork() == 0:
        os.close(1)
        os.read(0, 1)
        os._exit(0)
threading.Thread(target=fork, daemon=True).start()
"""
    hold, end = os.pipe()
    saved = os.dup(0)
    os.dup2(hold, 0)
    try:
        with killed_while_busy(write, root, place, fork):
            assert wait_until(lambda: not left(place)), left(place)
    finally:
        os.dup2(saved, 0)
        for number in (saved, hold, end):
            os.close(number)


@pytest.mark.check
@pytest.mark.parametrize(
    "signals",
    [[signal.SIGTERM], [signal.SIGINT, signal.SIGINT], [signal.SIGHUP], [signal.SIGTERM, signal.SIGKILL]],
    ids=lambda signals: "-".join(each.name for each in signals),
)
def test_nothing_is_left_of_a_server_that_ends(
    write: Write, root: Path, place: Path, signals: list[signal.Signals]
) -> None:
    write("f", leftovers.code(place, BUSY), config={"timeout": 60})
    with served("--functions", str(root), "--shutdown-seconds", "1") as (process, output):
        url = next(line for line in output if " at http" in line).split(" at ")[1].split()[0]
        host, _, port = url.removeprefix("http://").partition(":")
        with socket.create_connection((host, int(port))) as client:
            body = b'{"name": "f", "data": {}}'
            head = f"POST /_emulator/invoke HTTP/1.1\r\nHost: {host}:{port}\r\nContent-Type: application/json\r\n"
            client.sendall(f"{head}Content-Length: {len(body)}\r\n\r\n".encode() + body)
            assert wait_until(lambda: recorded(place) == 4, 20)
            for each in signals:
                process.send_signal(each)
            process.wait(40)
            assert wait_until(lambda: not left(place)), left(place)


def test_a_killed_guardian_is_replaced(write: Write, runtime: Runtime, place: Path) -> None:
    write("f", leftovers.code(place, DAEMON))
    write("g", "import os\n\ndef main(event, context): return os.getppid()\n")
    with ThreadPoolExecutor(1) as threads:
        known = set(children(os.getpid()))
        assert runtime.invoke("f", {}).error is None
        (guardian,) = set(children(os.getpid())) - known
        os.kill(guardian, signal.SIGKILL)
        assert wait_until(lambda: leftovers.has_ended(guardian))
        assert not runtime.invoke("f", {}).cold, "a function goes on without it"
        keeper = threads.submit(runtime.invoke, "g", {}).result()
        assert result_of(keeper) not in known
    runtime.close()
    assert left(place) == []
    assert set(children(os.getpid())) == known


def test_a_killed_keeper_takes_its_function_along(write: Write, runtime: Runtime, place: Path) -> None:
    write("f", leftovers.code(place, DAEMON.replace("os.getpid()", "os.getppid()")))
    os.kill(result_of(runtime.invoke("f", {})), signal.SIGKILL)
    assert wait_until(lambda: not left(place))
    assert runtime.invoke("f", {}).cold


def test_the_emulator_gets_one_child_and_nothing_else(write: Write, runtime: Runtime) -> None:
    write("f", "import os, subprocess\n\ndef main(event, context): subprocess.Popen(['sleep', '60'])\n")
    known, handler = set(children(os.getpid())), signal.getsignal(signal.SIGCHLD)
    for _ in range(3):
        assert runtime.invoke("f", {}).error is None
        runtime.empty()
    assert len(set(children(os.getpid())) - known) == 1
    assert signal.getsignal(signal.SIGCHLD) is handler
    subreaper = ctypes.c_int(-1)
    ctypes.CDLL(None).prctl(37, ctypes.byref(subreaper), 0, 0, 0)  # PR_GET_CHILD_SUBREAPER
    assert subreaper.value == 0
    runtime.close()
    assert set(children(os.getpid())) == known, "neither a process nor a zombie is left"


def test_a_function_inherits_nothing_of_the_guardian(write: Write, runtime: Runtime) -> None:
    write(
        "f",
        r"""
        import os, re, subprocess

        def main(event, context):
            shell = subprocess.run(["cat", "/proc/self/status"], capture_output=True, text=True).stdout
            ignored = int(re.search(r"SigIgn:\s*(\w+)", shell)[1], 16)
            open_files = [fd for fd in range(99) if os.path.exists(f"/proc/self/fd/{fd}")]
            return [ignored, os.getsid(0) == os.getpid(), len(open_files)]
        """,
    )
    # What this process was told to ignore when it began is its own affair; Python's SIGPIPE is taken back.
    status = subprocess.run(["cat", "/proc/self/status"], capture_output=True, text=True, check=True).stdout
    found = re.search(r"SigIgn:\s*(\w+)", status)
    assert found is not None
    ignored, leads, open_files = result_of(runtime.invoke("f", {}))
    assert ignored & ~int(found[1], 16) == 0
    # Standard input, output and error, the connection, and a copy of the output.
    assert (leads, open_files) == (True, 5)


def test_somebody_else_who_holds_the_output_holds_nothing_of_the_emulator(
    write: Write, runtime: Runtime, place: Path
) -> None:
    write(
        "f",
        f"""
        import os, socket

        def main(event, context):
            line = socket.socket(socket.AF_UNIX)
            line.connect({str(place / "socket")!r})
            socket.send_fds(line, [b"."], [1])
            print("sent", flush=True)
            os._exit(0)
        """,
    )
    before = set(threading.enumerate())
    with socket.socket(socket.AF_UNIX) as listener:
        listener.bind(str(place / "socket"))
        listener.listen()
        invocation = runtime.invoke("f", {})
        line, _ = listener.accept()
        with line:
            _, (output,), *_ = socket.recv_fds(line, 1, 1)
    try:
        assert "sent" in invocation.log
        assert wait_until(
            lambda: not {each for each in threading.enumerate() if each.name == "function-log"} - before
        )
        with pytest.raises(BrokenPipeError):
            os.write(output, b"nobody reads")
    finally:
        os.close(output)


def test_a_forked_emulator_has_a_guardian_of_its_own(write: Write, root: Path) -> None:
    """A test suite may fork (multiprocessing) after it has called functions."""
    write("f", "def main(event, context): return event\n")
    script = f"""
import os
from pathlib import Path
from cloudbase_ocr.runtime import Runtime
runtime = Runtime(Path({str(root)!r}))
print(runtime.invoke("f", 1).result, flush=True)
if (pid := os.fork()) == 0:
    runtime._pools.clear()
    print(runtime.invoke("f", 2).result, flush=True)
    runtime.close()
    os._exit(0)
os.waitpid(pid, 0)
runtime.empty()
print(runtime.invoke("f", 3).result, flush=True)
runtime.close()
"""
    with started([sys.executable, "-c", script]) as process:
        assert process.communicate(timeout=20)[0].split() == ["1", "2", "3"]


def test_null_bytes_are_refused(write: Write, runtime: Runtime) -> None:
    write("f", "def main(event, context): return 1\n", config={"envVariables": {"A": "\0"}})
    assert isinstance(runtime.invoke("f", {}).error, FunctionNotRunnable)


def test_a_large_environment_arrives(write: Write, make_runtime: Make) -> None:
    write("f", "import os\n\ndef main(event, context): return len(os.environ['V7'])\n")
    runtime = make_runtime(env={f"V{number}": "图" * 30_000 for number in range(8)})
    assert result_of(runtime.invoke("f", {})) == 30_000


def open_files() -> int:
    return len(list(Path("/proc/self/fd").iterdir()))
