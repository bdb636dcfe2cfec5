"""HTTP functions: started by a request, one server for all, anew after an edit, ended hard, faults in one sentence."""

from __future__ import annotations

import json
import os
import socket
import sys
import threading
from contextlib import ExitStack
from pathlib import Path
from typing import Any

import pytest

from cloudbase_ocr.runtime import (
    FunctionNotRunnable,
    FunctionTimedOut,
    HttpRequest,
    InstanceExited,
    Invocation,
    MemoryExceeded,
    ResultTooLarge,
    Runtime,
    RuntimeHooks,
    ServerNotStarted,
)
from cloudbase_ocr.runtime.injected import Injected
from tests.emulator.runtime.calls import Make, Write
from tests.emulator.runtime.http_servers import write_server
from tests.quick import first, quick

pytestmark = pytest.mark.skipif(sys.platform == "win32", reason="scf_bootstrap is a shell script")


def ask(runtime: Runtime, path: str = "/", method: str = "GET", body: bytes = b"", **headers: str) -> Any:
    """Return what the server tells of a request that it answers."""
    invocation, answer = runtime.answer("web", HttpRequest(method, path, tuple(headers.items()), body))
    assert answer is not None, invocation.log + str(invocation.error and invocation.error.hint)
    return json.loads(b"".join(answer.chunks))


def fail(runtime: Runtime, path: str = "/") -> Invocation:
    """Ask for what gives no answer; return how."""
    invocation, answer = runtime.answer("web", HttpRequest("GET", path, ()))
    assert answer is None
    return invocation


def is_alive(pid: int) -> bool:
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    return True


def test_the_server_gets_the_request_and_the_environment_of_the_cloud(runtime: Runtime, root: Path) -> None:
    folder = write_server(root)
    (info,) = runtime.functions()
    assert (info.runnable, info.is_http) == (True, True)
    told = ask(runtime, "/a%20b?x=1&x=2", "POST", b"\x00\xff", Host="h", X_Mine="1", Connection="X_Mine")
    assert (told["method"], told["path"], told["body"]) == ("POST", "/a%20b?x=1&x=2", "\x00\xff")
    headers = {name.lower(): value for name, value in told["headers"].items()}
    assert headers["host"] == "h"
    assert headers["content-length"] == "2"
    assert "x_mine" not in headers, "it was about the connection alone"
    assert headers["x-scf-name"] == "web"
    assert (headers["x-scf-memory"], headers["x-scf-timeout"]) == ("256", "10000")
    env = told["env"]
    assert (env["SCF_FUNCTIONNAME"], env["SCF_NAMESPACE"]) == ("web", "env-1")
    assert env["USER_CODE_ROOT"] == f"{folder}/"
    assert env["HOME"] == "/home/qcloud"
    assert told["executable"] == sys.executable


def test_one_server_answers_all_also_at_a_time(runtime: Runtime, root: Path) -> None:
    write_server(root)
    pid = ask(runtime)["pid"]
    slow = threading.Thread(target=lambda: runtime.answer("web", HttpRequest("GET", "/slow", ())))
    slow.start()
    assert {ask(runtime)["pid"] for _ in range(3)} == {pid}
    assert runtime.instances("web").warm == 1
    runtime.close()
    slow.join(20)
    assert not slow.is_alive()
    assert not is_alive(pid)


def test_an_edit_starts_it_anew(runtime: Runtime, root: Path) -> None:
    folder = write_server(root)
    before = ask(runtime)
    code = (folder / "app.py").read_text(encoding="utf-8")
    (folder / "app.py").write_text(code.replace('"hello"', '"good bye"'), encoding="utf-8")
    after = ask(runtime)
    assert (before["says"], after["says"]) == ("hello", "good bye")
    assert not is_alive(before["pid"])


def test_a_log_of_each_call(make_runtime: Make, root: Path) -> None:
    seen: list[tuple[str, Any]] = []
    ended: list[Invocation] = []
    hooks = RuntimeHooks(lambda _id, name, event, _caller: seen.append((name, event)), ended.append)
    runtime = make_runtime(hooks)
    write_server(root)
    ask(runtime, "/first?x=1")
    ask(runtime, "/second")
    assert seen[0] == ("web", {"httpMethod": "GET", "path": "/first"})
    assert [call.cold for call in ended[:2]] == [True, False]
    names = ("first", "second")
    while not all(f"asked for /{name}" in "".join(call.log for call in ended) for name in names):
        assert len(ended) < 50, "what comes after an answer is in the log of a later call"
        ask(runtime, "/more")
    assert json.loads(ended[1].result or "") == {"statusCode": 200}
    assert ended[1].memory_mb > 0 or sys.platform != "linux"


def test_a_stream_comes_while_it_is_made_and_its_server_stays(runtime: Runtime, root: Path) -> None:
    write_server(root)
    _, answer = runtime.answer("web", HttpRequest("GET", "/stream", ()))
    assert answer is not None
    assert b"".join(answer.chunks) == b"data: 0\n\ndata: 1\n\ndata: 2\n\n"
    assert dict(answer.headers)["Content-Type"] == "text/event-stream"
    answer.close()
    assert ask(runtime)["says"] == "hello"


def test_cookies_and_no_body_for_head(runtime: Runtime, root: Path) -> None:
    write_server(root)
    _, answer = runtime.answer("web", HttpRequest("HEAD", "/", ()))
    assert answer is not None
    assert [value for name, value in answer.headers if name == "Set-Cookie"] == ["a=1", "b=2"]
    assert b"".join(answer.chunks) == b""


def test_faults_of_a_request(make_runtime: Make, root: Path) -> None:
    write_server(root, config='{"timeout": 1, "memorySize": 128}')
    runtime = make_runtime()
    pid = ask(runtime)["pid"]
    late = fail(runtime, "/slow").error
    assert isinstance(late, FunctionTimedOut)
    assert late.message == "Invoking task timed out after 1 seconds"
    assert '"timeout" in config.json' in late.hint
    assert not is_alive(pid)
    for path, kind in (("/exit", InstanceExited), ("/nonsense", InstanceExited), ("/large", ResultTooLarge)):
        error = fail(runtime, path).error
        assert isinstance(error, kind), path
        assert error.hint
        assert ask(runtime)["says"] == "hello"


@pytest.mark.skipif(sys.platform != "linux", reason="only Linux tells how much memory a process has")
def test_memory_is_watched(runtime: Runtime, root: Path) -> None:
    write_server(root, config='{"timeout": 30, "memorySize": 64}')
    error = fail(runtime, "/memory").error
    assert isinstance(error, MemoryExceeded)
    assert error.message == "Task memory exceeded 64 MB"


@pytest.mark.parametrize(
    ("code", "says"),
    first(
        1,
        [
            ("import not_there", "it ended before anything listened"),
            ("import time\ntime.sleep(60)", "after its start nothing listens on port"),
        ],
    ),
)
def test_a_server_that_does_not_come_up(make_runtime: Make, root: Path, code: str, says: str) -> None:
    write_server(root, code=code)
    runtime = make_runtime(start_limit=1.0)
    invocation = fail(runtime)
    error = invocation.error
    assert isinstance(error, ServerNotStarted)
    assert error.to_dict("r")["statusCode"] == 405
    assert says in error.hint
    assert "listen on 0.0.0.0 and the port that PORT names" in error.hint
    assert runtime.instances("web").warm == 0
    if "not_there" in code:
        assert "it printed at last: ModuleNotFoundError" in error.hint
        assert "ModuleNotFoundError" in invocation.log
    write_server(root)
    assert ask(runtime)["says"] == "hello", "and the next request starts it again"


def test_a_fixed_port_9000_is_used_if_nobody_has_it(make_runtime: Make, root: Path) -> None:
    write_server(root, port="9000")
    runtime = make_runtime(start_limit=5.0)
    with ExitStack() as stack:
        try:
            other = stack.enter_context(socket.create_server(("0.0.0.0", 9000)))
        except OSError:
            pytest.skip("port 9000 is taken on this machine")
        error = fail(runtime).error
        assert isinstance(error, ServerNotStarted)
        assert "wants port 9000 whatever PORT says, and another program has that one here" in error.hint
        other.close()
        assert ask(runtime)["says"] == "hello"


@pytest.mark.skipif(sys.platform != "linux", reason="only Linux tells where a process listens")
@pytest.mark.parametrize(("host", "told"), [("127.0.0.1", 1), ("0.0.0.0", 0)])
def test_a_server_that_only_this_machine_reaches_is_told(
    runtime: Runtime, root: Path, host: str, told: int, caplog: pytest.LogCaptureFixture
) -> None:
    write_server(root, host=host)
    ask(runtime)
    ask(runtime)
    assert [record.message for record in caplog.records] == told * [
        "web listens on 127.0.0.1, where the platform does not reach it; let it listen on 0.0.0.0"
    ]


def test_a_port_in_the_bootstrap_is_replaced(runtime: Runtime, root: Path) -> None:
    bootstrap = "#!/bin/bash\nexport PORT=9000\n/var/lang/python310/bin/python3.10 -u app.py\n"
    write_server(root, bootstrap=bootstrap)
    assert ask(runtime)["env"]["PORT"] != "9000"


def test_what_is_no_http_function_and_what_is_not_there(runtime: Runtime, root: Path, write: Write) -> None:
    write("web", "def main(event, context): return 1", config={})
    error = fail(runtime).error
    assert isinstance(error, FunctionNotRunnable)
    assert "it takes events" in error.message
    write("typed", "x = 1", config={"type": "HTTP"})
    typed = next(info for info in runtime.functions() if info.name == "typed")
    assert typed.reason == "an HTTP function (type HTTP) is started by scf_bootstrap, and it has none"


def test_an_event_for_an_http_function(runtime: Runtime, root: Path) -> None:
    write_server(root)
    error = runtime.invoke("web", {}).error
    assert isinstance(error, FunctionNotRunnable)
    assert error.message == "Function web is an HTTP function: it takes requests by its URL, and no events"


ENDINGS = ("failed", "timed_out", "not_found", "crashed", "memory")


@pytest.mark.parametrize("ending", quick(ENDINGS, {"failed", "crashed"}))
def test_injected_faults(make_runtime: Make, root: Path, ending: Any) -> None:
    write_server(root)
    faults = [Injected(ending=ending, reason="a fault of the test"), Injected(cold=True)]
    runtime = make_runtime(RuntimeHooks(inject=lambda _name, _caller: faults.pop(0)))
    error = fail(runtime).error
    assert error is not None
    assert "a fault of the test" in error.hint
    assert ask(runtime)["says"] == "hello"


def test_the_end_does_not_wait_for_a_server_that_does_not_come_up(
    make_runtime: Make, root: Path, place: Path
) -> None:
    os.mkfifo(place / "up")
    write_server(root, code=f"open({str(place / 'up')!r}, 'w').write('here')\nimport time\ntime.sleep(60)")
    runtime = make_runtime(start_limit=100.0)
    failed: list[Invocation] = []
    asking = threading.Thread(target=lambda: failed.append(fail(runtime)))
    asking.start()
    assert (place / "up").read_text() == "here"
    runtime.close()
    asking.join(20)
    assert failed
    assert failed[0].error is not None


def test_after_the_end_nothing_is_started(runtime: Runtime, root: Path) -> None:
    write_server(root)
    runtime.close()
    assert isinstance(fail(runtime).error, InstanceExited)
