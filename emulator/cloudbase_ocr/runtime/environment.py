"""The environment variables of a function's process: SCF's table, row by row, and the function's own.

Documented: docs.cloudbase.net cloud-function/function-configuration/env, and SCF's copy of that table (583/30228).
"""

from __future__ import annotations

import functools
import os
import subprocess
import sys
import tempfile
from dataclasses import dataclass
from typing import TYPE_CHECKING

from cloudbase_ocr.runtime.context import CREDENTIALS, REGION, TENCENTCLOUD_APPID, TENCENTCLOUD_UIN
from cloudbase_ocr.runtime.languages import NODE
from cloudbase_ocr.runtime.processes import inherited_environment

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from pathlib import Path

    from cloudbase_ocr.runtime.function_folders import FunctionInfo

OPT = "/opt"
"""Where the cloud lays a function's layers."""

SAME = ""
"""The value is the documented one."""


@dataclass(frozen=True)
class Row:
    """A row of the documented table; `here` says what a function sees here, :data:`SAME` that it is the same."""

    name: str
    documented: str
    here: str = SAME


ROWS = (
    Row("TENCENTCLOUD_SESSIONTOKEN", "{temporary session token}", "an invented one"),
    Row("TENCENTCLOUD_SECRETID", "{temporary secret ID}", "an invented one"),
    Row("TENCENTCLOUD_SECRETKEY", "{temporary secret key}", "an invented one"),
    Row("_SCF_SERVER_PORT", "28902"),
    Row("TENCENTCLOUD_RUNENV", "SCF"),
    Row("USER_CODE_ROOT", "/var/user/", "the function's folder"),
    Row("TRIGGER_SRC", "timer (with a timer trigger)", "timer with invoke --trigger"),
    Row("PYTHONDONTWRITEBYTECODE", "x", "the same, for Python functions"),
    Row(
        "PYTHONPATH",
        "/var/user:/opt",
        "the function's folder, the folder of functions, its installed packages, /opt; for Python functions",
    ),
    Row("CLASSPATH", "/var/runtime/javax:/var/runtime/javax/lib/*:/opt", "not set: no Java runs here"),
    Row(
        "NODE_PATH",
        "/var/user:/var/user/node_modules:/var/lang/nodex/lib/node_modules:/opt:/opt/node_modules",
        "the function's folder, its node_modules, /opt, /opt/node_modules; for Node.js functions",
    ),
    Row("PHP_INI_SCAN_DIR", "/var/user/php_extension:/opt/php_extension", "not set: no PHP runs here"),
    Row("_", "/var/lang/python3/bin/pythonx", "the interpreter that runs the function"),
    Row("PWD", "/var/user", "the function's folder"),
    Row("LOGNAME", "qcloud"),
    Row("LANG", "en_US.UTF8", "the same, or C.UTF-8 where the machine does not have it"),
    Row("LC_ALL", "en_US.UTF8", "the same, or C.UTF-8 where the machine does not have it"),
    Row("USER", "qcloud"),
    Row("HOME", "/home/qcloud"),
    Row("PATH", "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin"),
    Row("SHELL", "/bin/bash"),
    Row("SHLVL", "3"),
    Row("LD_LIBRARY_PATH", "/var/runtime/javax:/var/user:/opt", "the function's folder, /opt"),
    Row("HOSTNAME", "{host id}", "an invented one"),
    Row("SCF_RUNTIME", "the function's runtime", "that of the interpreter here"),
    Row("SCF_FUNCTIONNAME", "the function's name", "the function's name"),
    Row("SCF_FUNCTIONVERSION", "the function's version", "$LATEST"),
    Row("TENCENTCLOUD_REGION", "the region", "ap-shanghai"),
    Row("TENCENTCLOUD_APPID", "the account's APPID", "an invented one"),
    Row("TENCENTCLOUD_UIN", "the account's UIN", "an invented one"),
    Row("TENCENTCLOUD_TZ", "the time zone, which is UTC", "UTC"),
)
"""The documented table of a function's variables, in its order, as it holds on Linux and macOS."""

_DOCUMENTED = {row.name: row.documented for row in ROWS if row.here == SAME and sys.platform != "win32"}
_LOCALE = "en_US.UTF8"
_PLAIN_LOCALE = "C.UTF-8"
_LOCALE_SECONDS = 10


def build_environment(
    root: Path,
    info: FunctionInfo,
    *,
    env_id: str,
    runtime: str,
    interpreter: str,
    extra: Mapping[str, str],
    layers: Sequence[str] = (),
    packages: Sequence[str] = (),
) -> dict[str, str]:
    """Return the environment of the process: SCF's variables, `extra`, the function's own.

    Nothing of the parent's environment is passed on, but on Windows what an interpreter needs to start. The home folder
    is the cloud's, and no developer's, so that no file of theirs (``~/.netrc``, ``~/.config``) changes what a function
    does. SCF's clock is UTC. `layers` are the folders that stand for /opt, `packages` those with installed packages.
    """
    places = [*(layers or (OPT,))]
    return {
        **_system(),
        **_DOCUMENTED,
        "_SCF_SERVER_PORT": "28902",
        "TENCENTCLOUD_RUNENV": "SCF",
        "USER_CODE_ROOT": f"{info.path}{os.sep}",
        "PWD": str(info.path),
        "_": interpreter,
        "HOSTNAME": "scf-emulator",
        "LD_LIBRARY_PATH": os.pathsep.join([str(info.path), *places]),
        **_search_paths(root, info, [*packages, *places]),
        "TENCENTCLOUD_REGION": REGION,
        "TENCENTCLOUD_APPID": TENCENTCLOUD_APPID,
        "TENCENTCLOUD_UIN": TENCENTCLOUD_UIN,
        "TENCENTCLOUD_TZ": "UTC",
        "SCF_NAMESPACE": env_id,
        "SCF_FUNCTIONNAME": info.name,
        "SCF_FUNCTIONVERSION": "$LATEST",
        "SCF_RUNTIME": runtime,
        **CREDENTIALS,
        **extra,
        **info.environment,
    }


def _system() -> dict[str, str]:
    """Return what depends on the system."""
    if sys.platform == "win32":
        temporary = tempfile.gettempdir()
        home = {"HOME": temporary, "USERPROFILE": temporary}
        return {**inherited_environment(), **home, "TMPDIR": temporary, "TEMP": temporary, "TMP": temporary}
    temporary = "/tmp"  # noqa: S108 - as in SCF
    return {"TMPDIR": temporary, "TZ": "UTC", "LANG": _locale(), "LC_ALL": _locale()}


@functools.cache
def _locale() -> str:
    """Return the documented locale; a machine that lacks it would break what reads it, which the cloud does not."""
    try:
        listed = subprocess.run(
            ["locale", "-a"],  # noqa: S607 - where it is differs
            capture_output=True,
            text=True,
            timeout=_LOCALE_SECONDS,
            check=False,
        ).stdout
    except (OSError, UnicodeDecodeError, subprocess.TimeoutExpired):
        listed = ""
    known = {name.lower().replace("-", "") for name in listed.split()}
    return _LOCALE if _LOCALE.lower() in known else _PLAIN_LOCALE


def _search_paths(root: Path, info: FunctionInfo, places: Sequence[str]) -> dict[str, str]:
    """Return where modules are looked for: SCF's folders, and for Python the packages that functions share."""
    if info.language is NODE:
        own = [str(info.path), str(info.path / "node_modules")]
        others = [path for place in places for path in (place, os.path.join(place, "node_modules"))]  # noqa: PTH118 - text in, text out
        return {"NODE_PATH": os.pathsep.join([*own, *others])}
    return {
        "PYTHONPATH": os.pathsep.join([str(info.path), str(root), *places]),
        "PYTHONDONTWRITEBYTECODE": "x",
    }
