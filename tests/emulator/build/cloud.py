"""Runs a package as the cloud does: unpacked, in an emptied environment, in a folder that cannot be written."""

from __future__ import annotations

import hashlib
import json
import os
import shutil
import subprocess
import sys
import zipfile
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

# What SCF's own bootstrap does: import the handler's file, call it, make JSON of what it returns.
_CALL = """
import importlib, json, sys
given = json.loads(sys.stdin.buffer.read())
result = importlib.import_module("index").main(given["event"], given["context"])
specs = [getattr(module, "__spec__", None) for module in list(sys.modules.values())]
loaded = sorted({spec.origin for spec in specs if spec and spec.has_location})
sys.stdout.buffer.write(json.dumps({"result": result, "files": loaded}, ensure_ascii=False).encode("utf-8"))
"""
_READ_ONLY_MOUNT = 'mount --bind "$0" "$0" && mount -o remount,ro,bind "$0" && exec "$@"'


@dataclass(frozen=True)
class Ran:
    """What a function gave and printed, and the files of the modules that it loaded."""

    result: Any
    files: tuple[Path, ...]
    errors: str


def unpack(archive: Path, folder: Path) -> Path:
    """Unpack a zip with the modes that it holds."""
    with zipfile.ZipFile(archive) as opened:
        for entry in opened.infolist():
            target = Path(opened.extract(entry, folder))
            target.chmod(entry.external_attr >> 16 & 0o777)
    return folder


def environment(folder: Path, name: str, api_base: str, temporary: Path) -> dict[str, str]:
    """Return all the variables of the process: the platform's, and the function's own three."""
    return {
        "TENCENTCLOUD_RUNENV": "SCF",
        "USER_CODE_ROOT": f"{folder}/",
        "PYTHONPATH": f"{folder}:/opt",
        "PYTHONDONTWRITEBYTECODE": "1",
        "SCF_FUNCTIONNAME": name,
        "SCF_NAMESPACE": "env-1",
        "TENCENTCLOUD_REGION": "ap-shanghai",
        "TMPDIR": str(temporary),
        "LANG": "C.UTF-8",
        "WXCLOUD_API_BASE": api_base,
        "WECHAT_APPID": "wx0000000000000001",
        "WECHAT_APPSECRET": "secret-of-the-test",
    }


def call(interpreter: str, folder: Path, event: Any, env: dict[str, str]) -> Ran:
    """Call the package in `folder`, and make sure that the folder is afterwards what it was.

    ``-S`` leaves out the interpreter's own site-packages: SCF's runtimes have no packages.
    """
    before = fingerprint(folder)
    given = json.dumps({"event": event, "context": {"time_limit_in_ms": 20000}})
    with read_only(folder) as prefix:
        done = subprocess.run(
            [*prefix, interpreter, "-S", "-c", _CALL],
            input=given.encode(),
            capture_output=True,
            env=env,
            cwd="/",
            timeout=60,
            check=False,
        )
    errors = done.stderr.decode()
    assert done.returncode == 0, errors
    assert fingerprint(folder) == before, "the package wrote into its own folder"
    answer = json.loads(done.stdout)
    return Ran(answer["result"], tuple(Path(file) for file in answer["files"]), errors)


class read_only:  # noqa: N801 - a context manager, used like a function
    """Make a folder read-only for a process, and give the command that has to start it.

    As root on Linux: a read-only mount that only the process sees, for root may write whatever the modes say. As
    another user: the modes. Where neither binds, only the comparison in :func:`call` is left.
    """

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._mounted = can_mount()

    def __enter__(self) -> list[str]:
        if self._mounted:
            return ["unshare", "--mount", "sh", "-c", _READ_ONLY_MOUNT, str(self._folder)]
        self._chmod(0o555, 0o444)
        return []

    def __exit__(self, *_: object) -> None:
        if not self._mounted:
            self._chmod(0o755, 0o644)

    def _chmod(self, folder_mode: int, file_mode: int) -> None:
        for path in (self._folder, *self._folder.rglob("*")):
            if path.is_dir():
                path.chmod(folder_mode)
            elif path.name != "scf_bootstrap":
                path.chmod(file_mode)


@cache
def can_mount() -> bool:
    """Whether this process may give a child a read-only view of a folder."""
    if sys.platform != "linux" or os.geteuid() != 0 or shutil.which("unshare") is None:
        return False
    command = ["unshare", "--mount", "sh", "-c", _READ_ONLY_MOUNT, str(Path(__file__).parent), "true"]
    return subprocess.run(command, capture_output=True, check=False).returncode == 0


def fingerprint(folder: Path) -> dict[str, str]:
    """Return the hash of every file below a folder."""
    return {
        path.relative_to(folder).as_posix(): hashlib.sha256(path.read_bytes()).hexdigest()
        for path in sorted(folder.rglob("*"))
        if path.is_file()
    }
