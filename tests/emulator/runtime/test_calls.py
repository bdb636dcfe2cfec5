"""A function gets SCF's event, context and process; its result and its prints come back."""

from __future__ import annotations

import json
import os
import re
import sys
import time
from collections.abc import Callable
from pathlib import Path

import pytest

from cloudbase_ocr.runtime import Caller, Invocation, Runtime, RuntimeHooks
from tests.emulator.runtime.calls import USER, Write, result_of

ECHO = """
    import os, sys

    def main(event, context):
        return {"event": event, "context": context, "environ": dict(os.environ), "cwd": os.getcwd(), "path": sys.path}
"""


def test_mini_program_call_carries_the_user(write: Write, runtime: Runtime) -> None:
    write("echo", ECHO)
    got = result_of(runtime.invoke("echo", {"x": 1, "userInfo": "forged", "tcbContext": 1}, USER))
    assert got["event"] == {
        "x": 1,
        "tcbContext": {},
        "userInfo": {"appId": "wx-app-1", "openId": "o-user-1"},
    }
    environment = json.loads(got["context"]["environment"])
    assert list(environment) == [
        "WX_CLIENTIP",
        "WX_CLIENTIPV6",
        "WX_APPID",
        "WX_OPENID",
        "WX_API_TOKEN",
        "WX_CONTEXT_KEYS",
        "TCB_ENV",
        "TCB_SEQID",
        "TRIGGER_SRC",
        "TCB_SESSIONTOKEN",
        "TCB_SOURCE",
        "TCB_CONTEXT_KEYS",
        "TENCENTCLOUD_SECRETID",
        "TENCENTCLOUD_SECRETKEY",
        "TENCENTCLOUD_SESSIONTOKEN",
        "SCF_NAMESPACE",
    ]
    assert environment["WX_OPENID"] == "o-user-1"
    assert environment["WX_CONTEXT_KEYS"] == "WX_CLIENTIP,WX_CLIENTIPV6,WX_APPID,WX_OPENID,WX_API_TOKEN"
    assert environment["TCB_CONTEXT_KEYS"] == "TCB_ENV,TCB_SEQID,TRIGGER_SRC,TCB_SESSIONTOKEN,TCB_SOURCE"
    assert environment["TCB_SOURCE"] == "wx_client"
    assert got["context"]["environ"] == ";".join(f"{key}={value}" for key, value in environment.items())
    assert {key: got["environ"][key] for key in environment} == environment


def test_wechat_http_api_carries_the_app_but_no_user(write: Write, runtime: Runtime) -> None:
    write("echo", ECHO)
    got = result_of(runtime.invoke("echo", {"x": 1}, Caller("http", appid="wx-app-1")))
    assert got["event"] == {"x": 1, "userInfo": {"appId": "wx-app-1"}}
    assert "WX_OPENID" not in got["environ"]
    assert got["environ"]["TCB_SOURCE"] == "wx_http"


def test_api_call_passes_the_event_as_it_is(write: Write, runtime: Runtime) -> None:
    write("echo", ECHO)
    got = result_of(runtime.invoke("echo", [1, "two", None]))
    assert got["event"] == [1, "two", None]
    assert not [key for key in got["environ"] if key.startswith("WX_")]


def test_process_sees_scf_and_nothing_of_the_parent(
    write: Write, make_runtime: Callable[..., Runtime], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("PARENT_SECRET", "must not leak")
    monkeypatch.setenv("PYTHONPATH", "must-not-leak")
    folder = write("echo", ECHO, config={"envVariables": {"MODE": "test", "TZ": "Asia/Shanghai"}})
    runtime = make_runtime(env={"WXCLOUD_API_BASE": "http://127.0.0.1:1"})
    got = result_of(runtime.invoke("echo", {}))
    environ = got["environ"]
    assert "PARENT_SECRET" not in environ
    assert environ["WXCLOUD_API_BASE"] == "http://127.0.0.1:1"
    assert environ["MODE"] == "test"
    assert environ["TZ"] == "Asia/Shanghai"
    assert environ["TENCENTCLOUD_RUNENV"] == "SCF"
    assert environ["SCF_NAMESPACE"] == "env-1"
    assert environ["SCF_FUNCTIONNAME"] == "echo"
    assert environ["USER_CODE_ROOT"] == str(folder) + os.sep
    assert got["cwd"] == str(folder)
    assert got["path"][:2] == [str(folder), str(folder.parent)]
    assert not [entry for entry in got["path"] if entry.endswith("runtime")]


def test_modules_of_the_emulator_do_not_shadow_the_functions_own(write: Write, runtime: Runtime) -> None:
    folder = write(
        "mine", "import errors, context\n\ndef main(event, _):\n    return errors.NAME + context.NAME\n"
    )
    (folder / "errors.py").write_text("NAME = 'my errors'")
    (folder / "context.py").write_text("NAME = ' and context'")
    assert result_of(runtime.invoke("mine", {})) == "my errors and context"


def test_functions_share_packages_of_the_root(write: Write, runtime: Runtime, root: Path) -> None:
    (root / "shared").mkdir()
    (root / "shared" / "__init__.py").write_text("VALUE = 42\n")
    write("user", "import shared\n\ndef main(event, context):\n    return shared.VALUE\n")
    assert result_of(runtime.invoke("user", {})) == 42


def test_changed_settings_reach_the_next_call(write: Write, runtime: Runtime) -> None:
    write("echo", ECHO)
    assert "WXCLOUD_API_BASE" not in result_of(runtime.invoke("echo", {}))["environ"]
    runtime.set_env(WXCLOUD_API_BASE="http://127.0.0.1:2")
    assert result_of(runtime.invoke("echo", {}))["environ"]["WXCLOUD_API_BASE"] == "http://127.0.0.1:2"


@pytest.mark.parametrize(
    ("code", "config"),
    [
        ("def main(event, context): return 'main'\ndef main_handler(event, context): return 'other'", None),
        ("def main_handler(event, context): return 'main'", None),
        ("async def main(event, context): return 'main'", None),
        ("def start(event, context): return 'main'", {"handler": "index.start"}),
    ],
)
def test_finds_the_handler(write: Write, runtime: Runtime, code: str, config: dict[str, str] | None) -> None:
    write("f", code, config=config)
    assert result_of(runtime.invoke("f", {})) == "main"


def test_handler_may_be_in_another_file(write: Write, runtime: Runtime) -> None:
    folder = write("f", "", config={"handler": "src/app.run"})
    (folder / "src").mkdir()
    (folder / "src" / "app.py").write_text("def run(event, context):\n    return __name__\n")
    assert result_of(runtime.invoke("f", {})) == "src.app"


def test_async_handlers_keep_one_loop(write: Write, runtime: Runtime) -> None:
    write(
        "f",
        """
        import asyncio

        loops = set()

        async def main(event, context):
            await asyncio.sleep(0)
            loops.add(id(asyncio.get_running_loop()))
            return len(loops)
        """,
    )
    assert [result_of(runtime.invoke("f", {})) for _ in range(3)] == [1, 1, 1]


def test_log_has_the_lines_of_scf(write: Write, runtime: Runtime) -> None:
    write("quiet", "def main(event, context): return 1", config={"memorySize": 128})
    invocation = runtime.invoke("quiet", {})
    start, event, end, report = invocation.log.splitlines()
    assert start == f"START RequestId: {invocation.request_id}"
    assert event == f"Event RequestId: {invocation.request_id}"
    assert end == f"END RequestId: {invocation.request_id}"
    pattern = (
        rf"Report RequestId: {invocation.request_id} Duration:\d+ms Memory:128MB MemUsage:\d+\.\d{{6}}MB"
    )
    assert re.fullmatch(pattern, report)


def test_decimal_becomes_text_and_surrogates_in_the_event_arrive(write: Write, runtime: Runtime) -> None:
    write(
        "f",
        """
        from decimal import Decimal

        def main(event, context):
            return [Decimal("1.50"), event["odd"] == "\\ud800"]
        """,
    )
    assert runtime.invoke("f", {"odd": "\ud800"}).result == '["1.50", true]'


def test_only_the_temporary_folder_can_be_written(write: Write, runtime: Runtime) -> None:
    folder = write(
        "f",
        """
        import errno, os, shutil, tempfile

        def refused(action, *arguments):
            try:
                action(*arguments)
            except OSError as error:
                return error.errno == errno.EROFS
            return False

        def main(event, context):
            with tempfile.NamedTemporaryFile("w") as file:
                file.write("fine")
            with open(os.devnull, "w") as file:
                file.write("fine")
            here = os.environ["USER_CODE_ROOT"]
            return [
                refused(open, "new.txt", "w"),
                refused(open, here + "index.py", "a"),
                refused(os.mkdir, here + "new"),
                refused(os.remove, here + "index.py"),
                refused(os.rename, here + "index.py", tempfile.gettempdir() + "/index.py"),
                refused(shutil.rmtree, here + "data"),
                refused(os.symlink, "/etc", here + "link"),
                open(here + "index.py").read() != "",
            ]
        """,
    )
    (folder / "data").mkdir()
    assert result_of(runtime.invoke("f", {})) == [True] * 8
    assert (folder / "data").is_dir()


def test_clock_ids_and_observer_are_injected(write: Write, make_runtime: Callable[..., Runtime]) -> None:
    write("echo", ECHO)
    seen: list[Invocation] = []
    runtime = make_runtime(RuntimeHooks(on_end=seen.append), clock=lambda: 1234.5, new_id=lambda: "id-1")
    invocation = runtime.invoke("echo", {}, USER)
    assert (invocation.request_id, invocation.started_at) == ("id-1", 1234.5)
    assert result_of(invocation)["environ"]["TCB_SEQID"] == "1234500-1"
    assert seen == [invocation]


def test_measures_time_and_memory(write: Write, runtime: Runtime) -> None:
    write("f", "import time\n\ndef main(event, context):\n    time.sleep(0.05)\n")
    started = time.monotonic()
    invocation = runtime.invoke("f", {})
    elapsed = (time.monotonic() - started) * 1000
    assert 50 <= invocation.duration_ms < elapsed
    assert 0 < invocation.init_ms < elapsed
    if sys.platform == "linux":
        assert 1 < invocation.memory_mb < 256


@pytest.mark.parametrize("key", ["openid", "appid", "source", "client_ip"])
def test_caller_cannot_break_out_of_the_context(key: str) -> None:
    with pytest.raises(ValueError, match=key):
        Caller("miniprogram", **{key: "x;PATH=/evil"})


LOGGING = """
import logging
LOADED = len(logging.getLogger().handlers)
logging.getLogger().info("at import")
log = logging.getLogger("mine")
def main(event, context):
    log.debug("a %s line", "debug")
    logging.info("said to the root")
    return [LOADED, logging.getLogger().level]
"""


@pytest.mark.parametrize("first", ["", "import wxcloud, json\n"])
def test_lines_of_the_logging_module_are_in_the_log(write: Write, runtime: Runtime, first: str) -> None:
    write("f", first + LOGGING.lstrip())
    invocation = runtime.invoke("f", {})
    assert result_of(invocation) == [1, 10]
    assert [line for line in invocation.log.splitlines() if "RequestId" not in line] == [
        "at import",
        "a debug line",
        "said to the root",
    ]


def test_a_function_that_sets_logging_up_itself_is_not_hindered(write: Write, runtime: Runtime) -> None:
    code = """
    import logging
    logging.basicConfig(format="own %(message)s", level=logging.WARNING, force=True)
    def main(event, context):
        logging.info("not shown")
        logging.warning("shown")
    """
    write("f", code)
    lines = runtime.invoke("f", {}).log.splitlines()
    assert [line for line in lines if "RequestId" not in line] == ["own shown"]


def test_logging_costs_nothing_where_nobody_uses_it(write: Write, runtime: Runtime) -> None:
    write("f", "import sys\ndef main(e, c): return 'logging' in sys.modules\n")
    assert result_of(runtime.invoke("f", {})) is False
