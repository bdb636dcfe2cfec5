"""Compiles a package for the Python version that will run it.

The cloud's code folder is read-only and PYTHONDONTWRITEBYTECODE is set, so what is not compiled here is compiled again
at every cold start. Bytecode is marked unchecked: Python trusts it without comparing times, which unpacking changes.
The sources stay beside it in ``__pycache__``: another Python than the chosen one then runs the same package, slower,
where bytecode alone would be an ImportError, and tracebacks show lines.
"""

from __future__ import annotations

import json
import os
import subprocess
from dataclasses import dataclass
from typing import TYPE_CHECKING

from emulator.build.errors import BuildError
from emulator.build.interpreters import find_interpreter
from emulator.build.targets import CODE_ROOT

if TYPE_CHECKING:
    from pathlib import Path

_SECONDS = 300
# Runs in the target version. One process for each package, and a fixed hash seed: the same input, the same bytes.
_COMPILE = """
import importlib.util, json, os, py_compile, sys
root, code_root = sys.argv[1:]
for line in sys.stdin:
    path = json.loads(line)
    source = os.path.join(root, *path.split("/"))
    try:
        py_compile.compile(source, importlib.util.cache_from_source(source), code_root + "/" + path,
            doraise=True, invalidation_mode=py_compile.PycInvalidationMode.UNCHECKED_HASH)
    except py_compile.PyCompileError as error:
        value = error.exc_value
        print(json.dumps([path, getattr(value, "lineno", None), str(getattr(value, "msg", value))]))
"""


@dataclass(frozen=True)
class Refusal:
    """A file that the target version cannot compile, and why."""

    path: str
    line: int | None
    reason: str


def compile_package(folder: Path, python: str) -> list[Refusal] | None:
    """Compile every ``.py`` below `folder`; return those that cannot be, or None without such an interpreter."""
    interpreter = find_interpreter(python)
    if interpreter is None:
        return None
    sources = sorted(path.relative_to(folder).as_posix() for path in folder.rglob("*.py"))
    done = subprocess.run(  # noqa: S603 - a Python that was found here
        [interpreter, "-S", "-s", "-B", "-W", "ignore", "-X", "utf8", "-c", _COMPILE, str(folder), CODE_ROOT],
        input="".join(json.dumps(path) + "\n" for path in sources),
        env={**_needed_to_start(), "PYTHONHASHSEED": "0"},
        capture_output=True,
        encoding="utf-8",
        timeout=_SECONDS,
        check=False,
    )
    if done.returncode:
        raise BuildError(f"{interpreter} could not compile the package: {done.stderr.strip()[-300:]}")
    return [Refusal(*json.loads(line)) for line in done.stdout.splitlines()]


def _needed_to_start() -> dict[str, str]:
    return {name: os.environ[name] for name in ("PATH", "SYSTEMROOT") if name in os.environ}
