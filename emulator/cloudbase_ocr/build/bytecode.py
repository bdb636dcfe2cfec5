"""Compiles a package for the Python version that will run it.

The cloud's code folder is read-only and PYTHONDONTWRITEBYTECODE is set, so what is not compiled here is compiled again
at every cold start. Bytecode is marked unchecked: Python trusts it without comparing times, which unpacking changes.
The sources stay beside it in ``__pycache__``: another Python than the chosen one then runs the same package, slower,
where bytecode alone would be an ImportError, and tracebacks show lines.
"""

from __future__ import annotations

import hashlib
import json
import os
import subprocess
from dataclasses import dataclass
from pathlib import Path

from cloudbase_ocr.build.errors import BuildError
from cloudbase_ocr.build.targets import CODE_ROOT
from cloudbase_ocr.dependencies.interpreters import find_interpreter
from cloudbase_ocr.language import _

_SECONDS = 300
# Runs in the target version, with a fixed hash seed: the same input, the same bytes.
_COMPILE = """
import importlib.util, json, os, py_compile, sys
root, code_root = sys.argv[1:]
for line in sys.stdin:
    path = json.loads(line)
    source = os.path.join(root, *path.split("/"))
    found = [path, importlib.util.cache_from_source(source), None, None]
    try:
        py_compile.compile(source, found[1], code_root + "/" + path,
            doraise=True, invalidation_mode=py_compile.PycInvalidationMode.UNCHECKED_HASH)
    except py_compile.PyCompileError as error:
        value = error.exc_value
        found = [path, None, getattr(value, "lineno", None), str(getattr(value, "msg", value))]
    print(json.dumps(found))
"""


@dataclass(frozen=True)
class Refusal:
    """A file that the target version cannot compile, and why."""

    path: str
    line: int | None
    reason: str


class Compiler:
    """Compiles packages for one Python version; what several packages share is compiled once.

    Each top-level package is compiled in a process of its own: the bytes then depend on nothing but its sources.
    """

    def __init__(self, python: str) -> None:
        """Look for the interpreter of version `python` ("3.10")."""
        self.version = python
        self.interpreter = find_interpreter(python)
        self._done: dict[str, tuple[dict[str, bytes], list[Refusal]]] = {}

    def compile(self, folder: Path) -> list[Refusal] | None:
        """Compile every ``.py`` below `folder`; return those that cannot be, or None without the interpreter."""
        if self.interpreter is None:
            return None
        groups: dict[str, list[str]] = {}
        for path in sorted(folder.rglob("*.py")):
            relative = path.relative_to(folder).as_posix()
            groups.setdefault(relative.partition("/")[0], []).append(relative)
        return [refusal for group in groups.values() for refusal in self._group(folder, group)]

    def _group(self, folder: Path, sources: list[str]) -> list[Refusal]:
        digest = hashlib.sha256()
        for source in sources:
            digest.update(f"{source}\n".encode() + hashlib.sha256((folder / source).read_bytes()).digest())
        key = digest.hexdigest()
        if key not in self._done:
            self._done[key] = _compile(str(self.interpreter), folder, sources)
        compiled, refusals = self._done[key]
        for name, content in compiled.items():
            (folder / name).parent.mkdir(exist_ok=True)
            (folder / name).write_bytes(content)
        return refusals


def _compile(interpreter: str, folder: Path, sources: list[str]) -> tuple[dict[str, bytes], list[Refusal]]:
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
        raise BuildError(
            _("{interpreter} could not compile the package: {said}").format(
                interpreter=interpreter, said=done.stderr.strip()[-300:]
            )
        )
    compiled, refusals = {}, []
    for line in done.stdout.splitlines():
        path, target, number, reason = json.loads(line)
        if target is None:
            refusals.append(Refusal(path, number, reason))
        else:
            compiled[Path(target).relative_to(folder).as_posix()] = Path(target).read_bytes()
    return compiled, refusals


def _needed_to_start() -> dict[str, str]:
    return {name: os.environ[name] for name in ("PATH", "SYSTEMROOT") if name in os.environ}
