"""The rules that hold for functions in every language, each with the same function in Python and in JavaScript."""

from __future__ import annotations

import json
import os
import sys
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from cloudbase_ocr.runtime import (
    Caller,
    Invocation,
    Runtime,
)
from tests import leftovers
from tests.emulator.runtime.calls import USER, Make, Write, result_of
from tests.processes import started
from tests.quick import quick

PYTHON_ECHO = """
    import os, sys

    def main(event, context):
        return {"event": event, "context": context, "environ": dict(os.environ), "cwd": os.getcwd()}
"""
NODE_ECHO = """
    exports.main = async (event, context) => ({ event, context, environ: process.env, cwd: process.cwd() })
"""
PYTHON_PID = "import os\n\ndef main(event, context): return {'pid': os.getpid()}\n"
NODE_PID = "exports.main = () => ({ pid: process.pid })\n"


def test_result_and_warm_reuse(write_both: Write, runtime: Runtime) -> None:
    write_both(
        "add",
        "def main(event, context):\n    return {'和': event['a'] + event['b']}\n",
        "exports.main = async event => ({ 和: event.a + event.b })\n",
    )
    first, second = runtime.invoke("add", {"a": 1, "b": 2}), runtime.invoke("add", {"a": 3, "b": 4})
    assert [result_of(first), result_of(second)] == [{"和": 3}, {"和": 7}]
    assert [first.cold, second.cold] == [True, False]


def test_event_and_context(write_both: Write, runtime: Runtime) -> None:
    write_both("echo", PYTHON_ECHO, NODE_ECHO, config={"timeout": 7, "memorySize": 128})
    invocation = runtime.invoke("echo", {"x": 1, "userInfo": "forged"}, USER)
    got = result_of(invocation)
    user = {"appId": "wx-app-1", "openId": "o-user-1"}
    assert got["event"] == {"x": 1, "tcbContext": {}, "userInfo": user}
    context, environment = got["context"], json.loads(got["context"]["environment"])
    assert environment["WX_OPENID"] == "o-user-1"
    assert context.pop("environ") == ";".join(f"{key}={value}" for key, value in environment.items())
    assert {key: got["environ"][key] for key in environment} == environment
    context.pop("callbackWaitsForEmptyEventLoop", None)
    del context["environment"]
    assert context == {
        "memory_limit_in_mb": 128,
        "time_limit_in_ms": 7000,
        "request_id": invocation.request_id,
        "function_version": "$LATEST",
        "function_name": "echo",
        "namespace": "env-1",
        "tencentcloud_region": "ap-shanghai",
        "tencentcloud_appid": "1250000000",
        "tencentcloud_uin": "100000000000",
    }


def test_identity_of_one_call_is_gone_in_the_next(write_both: Write, runtime: Runtime) -> None:
    write_both("echo", PYTHON_ECHO, NODE_ECHO, config={"envVariables": {"WX_APPID": "the function's own"}})
    assert result_of(runtime.invoke("echo", {}, USER))["environ"]["WX_APPID"] == "wx-app-1"
    second = runtime.invoke("echo", {})
    assert not second.cold
    environ = result_of(second)["environ"]
    assert "WX_OPENID" not in environ
    assert environ["WX_APPID"] == "the function's own"


def test_process_sees_scf_and_nothing_of_the_parent(
    write_both: Write, make_runtime: Make, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name in ("PARENT_SECRET", "PYTHONSTARTUP", "NODE_OPTIONS", "NODE_EXTRA_CA_CERTS"):
        monkeypatch.setenv(name, "--must-not-leak")
    folder = write_both("echo", PYTHON_ECHO, NODE_ECHO, config={"envVariables": {"MODE": "test"}})
    got = result_of(make_runtime(env={"WXCLOUD_API_BASE": "http://127.0.0.1:1"}).invoke("echo", {}))
    assert not [name for name, value in got["environ"].items() if value == "--must-not-leak"]
    expected = {
        "WXCLOUD_API_BASE": "http://127.0.0.1:1",
        "MODE": "test",
        "TZ": "UTC",
        "TENCENTCLOUD_RUNENV": "SCF",
        "SCF_NAMESPACE": "env-1",
        "SCF_FUNCTIONNAME": "echo",
        "USER_CODE_ROOT": str(folder) + os.sep,
    }
    assert {name: got["environ"][name] for name in expected} == expected
    assert got["environ"]["SCF_RUNTIME"].startswith(("Python3.", "Nodejs"))
    assert got["cwd"] == str(folder)


def test_prints_belong_to_their_call(write_both: Write, runtime: Runtime) -> None:
    write_both(
        "talk",
        """
        import os, subprocess, sys

        print("while loading")

        def main(event, context):
            print("out", event["n"])
            print("err", event["n"], file=sys.stderr)
            os.write(1, b"raw \\xff\\n")
            subprocess.run(["echo", "child"])
            return None
        """,
        r"""
        console.log('while loading')

        exports.main = async event => {
          console.log('out', event.n)
          console.error('err', event.n)
          require('fs').writeSync(1, Buffer.from('raw \xff\n', 'latin1'))
          require('child_process').spawnSync('echo', ['child'], { stdio: 'inherit' })
        }
        """,
    )
    first, second = runtime.invoke("talk", {"n": 1}), runtime.invoke("talk", {"n": 2})
    assert first.result == "null"
    assert first.log.splitlines()[2:-2] == ["while loading", "out 1", "err 1", "raw \ufffd", "child"]
    assert second.log.splitlines()[2:-2] == ["out 2", "err 2", "raw \ufffd", "child"]


def test_large_event_result_and_print(write_both: Write, runtime: Runtime) -> None:
    write_both(
        "echo",
        "def main(event, context):\n    print('x' * 900_000)\n    return event['data']\n",
        "exports.main = async event => { console.log('x'.repeat(900_000)); return event.data }\n",
        config={"timeout": 30},
    )
    data = "图" * (2 * 1024 * 1024 - 100)
    invocation = runtime.invoke("echo", {"data": data})
    assert result_of(invocation) == data
    assert len(invocation.log) > 900_000


def test_surrogates_arrive(write_both: Write, runtime: Runtime) -> None:
    write_both(
        "f",
        "def main(event, context): return event['odd'] == '\\ud800'",
        "exports.main = async event => event.odd === '\\ud800'",
    )
    assert runtime.invoke("f", {"odd": "\ud800"}).result == "true"


def test_standard_input_is_at_its_end(write_both: Write, runtime: Runtime) -> None:
    write_both(
        "f",
        "import sys\n\ndef main(event, context): return sys.stdin.read()\n",
        "exports.main = () => require('fs').readFileSync(0, 'utf8')\n",
    )
    assert runtime.invoke("f", {}).result == '""'


def test_printing_never_disturbs_the_result(write_both: Write, runtime: Runtime) -> None:
    write_both(
        "f",
        "def main(event, context):\n    print('{\"type\": \"result\"}\\n\\0' * 1000)\n    return 'clean'\n",
        "exports.main = () => { console.log('{\"type\": \"result\"}\\n\\0'.repeat(1000)); return 'clean' }\n",
    )
    assert [runtime.invoke("f", {}).result for _ in range(2)] == ['"clean"', '"clean"']


@pytest.mark.parametrize("change", quick(["function", "new file", "config"], {"function"}))
def test_an_edit_replaces_the_instance(write_both: Write, runtime: Runtime, change: str) -> None:
    python, node = "def main(event, context): return {}\n", "exports.main = (event, context) => {}\n"
    limit = "context['time_limit_in_ms']", "context.time_limit_in_ms"
    folder = write_both("f", python.format(limit[0]), node.replace("{}", limit[1]), config={})
    assert runtime.invoke("f", {}).result == "3000"
    assert not runtime.invoke("f", {}).cold
    if change == "function":
        write_both("f", python.format("'edited'"), node.replace("{}", "'edited'"))
    elif change == "new file":
        (folder / "data.txt").write_text("new")
    else:
        (folder / "config.json").write_text('{"timeout": 5}')
    again = runtime.invoke("f", {})
    assert again.cold
    assert again.result == {"function": '"edited"', "config": "5000"}.get(change, "3000")


def test_instance_that_died_while_idle_is_replaced(write_both: Write, runtime: Runtime) -> None:
    write_both("f", PYTHON_PID, NODE_PID)
    pid = result_of(runtime.invoke("f", {}))["pid"]
    os.kill(pid, 9)
    assert leftovers.wait_until(lambda: not Path(f"/proc/{pid}").exists())
    assert result_of(runtime.invoke("f", {}))["pid"] != pid


@pytest.mark.check
def test_identity_never_leaks_under_load(write_both: Write, make_runtime: Make) -> None:
    write_both(
        "who",
        """
        import os

        def main(event, context):
            return [event["n"], event["userInfo"]["openId"], os.environ["WX_OPENID"]]
        """,
        """
        exports.main = async event => {
          await new Promise(setImmediate)
          return [event.n, event.userInfo.openId, process.env.WX_OPENID]
        }
        """,
    )
    runtime = make_runtime(max_instances=2)

    def call(n: int) -> Invocation:
        return runtime.invoke("who", {"n": n}, Caller("miniprogram", openid=f"o-{n}", appid="wx"))

    with ThreadPoolExecutor(8) as threads:
        done = list(threads.map(call, range(100)))
    assert [result_of(invocation) for invocation in done] == [[n, f"o-{n}", f"o-{n}"] for n in range(100)]
    assert sum(invocation.cold for invocation in done) <= 2


@pytest.mark.skipif(sys.platform != "linux", reason="looks into /proc")
@pytest.mark.parametrize("loops", quick([True, False], {True}))
def test_processes_end_when_the_emulator_is_killed(
    write_both: Write, root: Path, place: Path, loops: bool
) -> None:
    """An emulator that is killed cannot clean up: a function notices by itself, even in an endless loop."""
    write_both(
        "f",
        f"""
        import os, pathlib, time

        def main(event, context):
            pathlib.Path({str(place)!r}, str(os.getpid())).touch()
            while {loops} or time.sleep(60): pass
        """,
        f"""
        exports.main = async () => {{
          require('fs').writeFileSync(`{place}/${{process.pid}}`, '')
          while ({str(loops).lower()}) {{}}
          await new Promise(resolve => setTimeout(resolve, 60_000))
        }}
        """,
        config={"timeout": 60},
    )
    script = (
        f"from pathlib import Path; from cloudbase_ocr.runtime import Runtime; Runtime(Path({str(root)!r}))"
    )
    with started([sys.executable, "-c", f"{script}.invoke('f', {{}})"], stdout=None) as killed:
        while not list(place.iterdir()):
            assert killed.poll() is None
            os.sched_yield()
    pid = int(next(place.iterdir()).name)
    assert leftovers.wait_until(lambda: leftovers.has_ended(pid), 5)
