"""Clients whose address is written in them, run unmodified: `env --https` leads their https://api.weixin.qq.com here.

Maven's libraries are not needed for Java: its own two clients stand for it.
"""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import sys
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache
from importlib.metadata import version
from pathlib import Path

from cloudbase_ocr.server import Server
from tests import needs
from tests.clients.sdks import FOLDER, MODULES, SECONDS, missing, version_of

WEROBOT = "1.13.1"
EASYWECHAT = "node-easywechat"

_DRIVERS = FOLDER / "literal_hosts"


@dataclass(frozen=True)
class Literal:
    """One client: its name, what it runs in, and the program that drives it, with arguments."""

    name: str
    runs_in: str
    program: tuple[str, ...]


CLIENTS = (
    Literal("wechatpy", "Python", ("with_wechatpy.py",)),
    Literal("WeRoBot", "Python", ("with_werobot.py",)),
    Literal(EASYWECHAT, "Node", ("with_easywechat.js",)),
    Literal("HttpClient", "Java", ("Literal.java", "HttpClient")),
    Literal("HttpURLConnection", "Java", ("Literal.java", "HttpURLConnection")),
)


def absent(libraries: Path) -> str:
    """Return why these clients cannot be run, or ""; WeRoBot is put into the folder `libraries`."""
    if reason := missing(EASYWECHAT, "node-socialite"):
        return reason
    if shutil.which("java") is None:
        return needs.JAVA
    return install(f"werobot=={WEROBOT}", libraries)


def install(package: str, libraries: Path) -> str:
    """Install a package of Python into a folder of its own; return why that failed, or ""."""
    pip = [sys.executable, "-m", "pip", "install", "--quiet", "--target", str(libraries), package]
    if subprocess.run(pip, check=False, timeout=300).returncode:
        return f"pip cannot install {package} here; bring a package index within reach"
    return ""


def version_of_client(client: Literal) -> str:
    """Return the version that is run; of Java's own clients, that of Java."""
    if client.name == "WeRoBot":
        return WEROBOT
    if client.runs_in == "Java":
        return _java_version()
    return version_of(client.name) if client.runs_in == "Node" else version(client.name)


@cache
def _java_version() -> str:
    shown = subprocess.run(
        ["java", "-version"], capture_output=True, encoding="utf-8", timeout=SECONDS
    ).stderr
    found = re.search(r'"([\w.]+)', shown)
    return found[1] if found else "unknown"


def ask(client: Literal, server: Server, questions: Sequence[tuple[str, str]], libraries: Path) -> list[str]:
    """Let a client ask for each path and `img_url`; return the replies as it read them, as JSON."""
    program, *arguments = client.program
    interpreter = {".py": sys.executable, ".js": "node", ".java": "java"}[Path(program).suffix]
    done = subprocess.run(
        [
            *(sys.executable, "-m", "cloudbase_ocr", "env", "--https", "--"),
            *(interpreter, str(_DRIVERS / program), *arguments),
        ],
        input="".join(f"{path} {url}\n" for path, url in questions),
        env={
            **os.environ,
            "CLOUDBASE_OCR_EMULATOR": server.url,
            "NODE_PATH": str(MODULES),
            "PYTHONPATH": os.pathsep.join(filter(None, (os.environ.get("PYTHONPATH"), str(libraries)))),
            "PYTHONUTF8": "1",
        },
        # Where node-easywechat keeps tokens, also those of an emulator that has ended.
        cwd=libraries,
        capture_output=True,
        encoding="utf-8",
        timeout=SECONDS,
    )
    replies = done.stdout.splitlines()
    assert len(replies) == len(questions), done.stdout[-2000:] + done.stderr[-2000:]
    return replies
