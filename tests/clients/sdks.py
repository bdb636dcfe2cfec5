"""The SDKs of package.json, run in Node or in Chromium: what is there, and how to make one do a list of calls."""

from __future__ import annotations

import base64
import json
import os
import shutil
import signal
import socket
import subprocess
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from tests import needs
from tests.processes import started

FOLDER = Path(__file__).parent
MODULES = FOLDER / "node_modules"
TCB = MODULES / "@cloudbase" / "cli" / "bin" / "tcb"
MARK = "\n@@"
SECONDS = 120


@dataclass(frozen=True)
class Call:
    """One call of an SDK: a name for its outcome, the method's path from the SDK's root, and the arguments."""

    id: str
    path: str
    args: tuple[Any, ...] = ()


@dataclass(frozen=True)
class Outcome:
    """What a call gave, as JSON text whose key order counts: `value`, or `error` of class `name`."""

    value: str | None = None
    error: str | None = None
    name: str = ""
    message: str = ""
    code: Any = None

    @property
    def result(self) -> Any:
        """The value as an object; the test fails when there is an error instead."""
        assert self.value is not None, self.error
        return json.loads(self.value)

    @property
    def failure(self) -> Any:
        """The error as an object; the test fails when there is a value instead."""
        assert self.error is not None, self.value
        return json.loads(self.error)


def missing(*packages: str) -> str:
    """Return why packages of package.json cannot run here, or ""."""
    if shutil.which("node") is None:
        return needs.NODE
    return "" if all((MODULES / name / "package.json").is_file() for name in packages) else needs.SDKS


def version_of(package: str) -> str:
    """Return the version of an installed package."""
    return str(json.loads((MODULES / package / "package.json").read_text(encoding="utf-8"))["version"])


def chromium() -> str | None:
    """Return the path of a Chromium, or None; CHROMIUM names one that is elsewhere."""
    names = (os.environ.get("CHROMIUM", ""), "chromium", "chromium-browser", "google-chrome")
    return next((path for name in names if name and (path := shutil.which(name))), None)


def buffer(data: bytes) -> dict[str, str]:
    """Return what the drivers turn into a Buffer."""
    return {"$buffer": base64.b64encode(data).decode()}


def run_server_sdk(
    package: str, init: Mapping[str, Any], calls: Sequence[Call], env: Mapping[str, str]
) -> dict[str, Outcome]:
    """Make an SDK for servers do `calls`; `env` is all that its process sees besides PATH."""
    return run_node("server_sdk.js", {"package": package, "init": dict(init), "calls": _plain(calls)}, env)


def run_js_sdk(package: str, host: str, calls: Sequence[Call], **settings: Any) -> dict[str, Outcome]:
    """Make @cloudbase/js-sdk 3.x do `calls` in Node, at an emulator on `host`."""
    return run_node("js_sdk.js", js_sdk_input(package, 3, host, calls, **settings), {})


def js_sdk_input(
    package: str, major: int, host: str, calls: Sequence[Call], **settings: Any
) -> dict[str, Any]:
    """Return what js_sdk.js wants to know."""
    wanted = {"package": package, "major": major, "env": "env-1", "host": host, "calls": _plain(calls)}
    return {**wanted, "login": "anonymous", "options": {}, **settings}


def run_node(script: str, data: Any, env: Mapping[str, str]) -> dict[str, Outcome]:
    """Run a driver of this folder and return its outcomes by ID."""
    process = subprocess.run(
        ["node", str(FOLDER / script)],
        input=json.dumps(data),
        capture_output=True,
        encoding="utf-8",
        timeout=SECONDS,
        cwd=FOLDER,
        env={"PATH": os.environ["PATH"], **env},
    )
    assert MARK in process.stdout, process.stdout[-2000:] + process.stderr[-2000:]
    return read_outcomes(json.loads(process.stdout.rpartition(MARK)[2]))


def run_tcb(arguments: Sequence[str], env: Mapping[str, str], home: Path) -> subprocess.CompletedProcess[str]:
    """Run ``tcb`` of @cloudbase/cli, whose login is kept in `home`; `env` is all that it sees besides PATH."""
    return subprocess.run(
        ["node", str(TCB), *arguments],
        env={"PATH": os.environ["PATH"], "HOME": str(home), "LANG": "en_US.UTF-8", "NO_COLOR": "1", **env},
        cwd=home,
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        encoding="utf-8",
        timeout=SECONDS,
        check=False,
    )


@contextmanager
def functions_framework(source: Path, env: Mapping[str, str], folder: Path) -> Iterator[str]:
    """Serve a Node function with @cloudbase/functions-framework, which writes logs to `folder`; give its URL."""
    with socket.create_server(("127.0.0.1", 0)) as free:
        port = free.getsockname()[1]
    with started(
        ["node", str(MODULES / ".bin" / "tcb-ff"), f"--port={port}", f"--source={source}"],
        env={"PATH": os.environ["PATH"], **env},
        cwd=folder,
        stderr=subprocess.STDOUT,
        start_new_session=True,
    ) as process:
        try:
            assert any("listening" in line for line in process.stdout)
            yield f"http://127.0.0.1:{port}/"
        finally:
            os.killpg(process.pid, signal.SIGKILL)


def read_outcomes(outcomes: Sequence[dict[str, Any]]) -> dict[str, Outcome]:
    """Turn what a driver prints into outcomes by ID."""
    return {str(entry.pop("id")): Outcome(**entry) for entry in outcomes}


def _plain(calls: Sequence[Call]) -> list[dict[str, Any]]:
    return [{"id": call.id, "path": call.path, "args": list(call.args)} for call in calls]
