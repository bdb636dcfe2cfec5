"""Cold starts: a built package against the same function written with plain requests, and a bare interpreter.

Each start is a process of its own in an emptied environment without site-packages, as in the cloud. The emulator that
answers is another process on the same machine, over plain HTTP: network and TLS come on top, for both.
"""

from __future__ import annotations

import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from cloudbase_ocr.build import Options, build
from cloudbase_ocr.build.targets import DEFAULT_VERSION
from cloudbase_ocr.build.unpack import unpack
from cloudbase_ocr.build.wheels import Wheels, cache_folder
from cloudbase_ocr.core.paths import included_functions
from cloudbase_ocr.dependencies.interpreters import find_interpreter
from cloudbase_ocr.dependencies.requirements import read_requirements
from tests.bench.rates import server
from tests.bench.timing import Pair, in_turn, seconds_of

ROUNDS = 15
EVENT = {"imgUrl": "mock://idcard"}

_PLAIN = """
import os
import requests

def main(event, context):
    base = os.environ["WXCLOUD_API_BASE"]
    account = {"grant_type": "client_credential", "appid": os.environ["WECHAT_APPID"], "secret": "s"}
    token = requests.post(base + "/cgi-bin/stable_token", json=account, timeout=10).json()["access_token"]
    query = {"access_token": token, "img_url": event["imgUrl"]}
    return requests.post(base + "/cv/ocr/idcard", params=query, timeout=10).json()
"""
_CALL = f"""
import os, index
os.write(1, b"loaded\\n")
result = index.main({EVENT!r}, {{"time_limit_in_ms": 20000}})
os.write(1, (result["name"] + "\\n").encode())
"""


@dataclass(frozen=True)
class Starts:
    """`loaded`: to the loaded handler, against a bare interpreter. `reply`: to the first reply, against plain."""

    python: str
    loaded: Pair
    reply: Pair


def measure() -> Starts:
    """Measure with the cloud's Python where the machine has it, else with the running one."""
    python = find_interpreter(DEFAULT_VERSION) or sys.executable
    serve = ("-m", "cloudbase_ocr", "serve", "--port", "0", "--no-recognizer", "--quota-per-day", "0")
    with _folders() as (package, plain), server(*serve) as port:
        loaded = in_turn(
            lambda: _start(python, package, port)[0],
            lambda: seconds_of(lambda: subprocess.run([python, "-S", "-c", "pass"], env={}, check=True)),
            ROUNDS,
        )
        reply = in_turn(
            lambda: _start(python, package, port)[1], lambda: _start(python, plain, port)[1], ROUNDS
        )
    return Starts(DEFAULT_VERSION, loaded, reply)


@contextmanager
def _folders() -> Iterator[tuple[Path, Path]]:
    """Give a built package, and a folder with the plain function and all that pip installs for requests."""
    with tempfile.TemporaryDirectory() as temporary:
        out = Path(temporary)
        (package,) = build(included_functions(), ("idcard",), out, Options())
        plain = out / "plain"
        plain.mkdir()
        (plain / "index.py").write_text(_PLAIN, encoding="utf-8")
        (plain / "requirements.txt").write_text("requests\n", encoding="utf-8")
        for wheel in Wheels(cache_folder()).required(read_requirements(plain), DEFAULT_VERSION):
            for name, content in unpack(wheel).files.items():
                (plain / name).parent.mkdir(parents=True, exist_ok=True)
                (plain / name).write_bytes(content)
        yield package.folder, plain


def _start(python: str, folder: Path, port: int) -> tuple[float, float]:
    """Return the seconds from the process's start to the loaded handler, and to its first reply."""
    env = {
        "TENCENTCLOUD_RUNENV": "SCF",
        "USER_CODE_ROOT": f"{folder}/",
        "PYTHONPATH": f"{folder}:/opt",
        "PYTHONDONTWRITEBYTECODE": "1",
        "WXCLOUD_API_BASE": f"http://127.0.0.1:{port}",
        "WECHAT_APPID": "wx1",
        "WECHAT_APPSECRET": "s",
    }
    began = time.perf_counter()
    command = [python, "-S", "-u", "-c", _CALL]
    with subprocess.Popen(command, env=env, stdout=subprocess.PIPE, cwd="/") as process:
        assert process.stdout is not None
        first = process.stdout.readline()
        loaded = time.perf_counter() - began
        second = process.stdout.readline().decode()
        reply = time.perf_counter() - began
    if (first, second) != (b"loaded\n", "张三\n"):
        raise RuntimeError(f"the function in {folder} did not answer")
    return loaded, reply
