"""What a built package says: size, foreign binaries, missing modules, and how long it takes to start."""

from __future__ import annotations

import os
import re
import subprocess
import sys
import tempfile
import time
from dataclasses import dataclass
from typing import TYPE_CHECKING

from cloudbase_ocr.build.checks.findings import Finding
from cloudbase_ocr.build.checks.limits import MAX_UNPACKED_BYTES, MAX_ZIP_BYTES
from cloudbase_ocr.build.modules import STANDARD, imports
from cloudbase_ocr.build.targets import abi_tag
from cloudbase_ocr.dependencies.interpreters import running_version
from cloudbase_ocr.dependencies.names import package_of
from cloudbase_ocr.language import _

if TYPE_CHECKING:
    import ast
    from collections.abc import Iterator, Mapping
    from pathlib import Path

    from cloudbase_ocr.build.build import Package
    from cloudbase_ocr.runtime.layers import Layers

_MEBIBYTE = 1024 * 1024
_SECONDS = 30
_CPYTHON = re.compile(r"\.cpython-(\d+)")
_ELF_X86_64 = 62
# Loads the handler as the platform does: its folder and /opt on the path, no other packages.
_LOAD = "import importlib, sys; f, _, n = sys.argv[1].rpartition('.'); getattr(importlib.import_module(f), n)"


@dataclass(frozen=True)
class Start:
    """One start of a function's process, up to its loaded handler; `error` is empty when it went well."""

    seconds: float
    python: str
    error: str = ""


def check_size(package: Package) -> Iterator[Finding]:
    """Give what is too large."""
    for size, limit, what, who in (
        (package.size, MAX_ZIP_BYTES, "zip", "@cloudbase/cli refuses"),
        (package.unpacked_size, MAX_UNPACKED_BYTES, "unpacked package", "SCF refuses"),
    ):
        if size > limit:
            yield Finding(
                package.name,
                "size",
                _("the {what} has {size:.1f} MiB").format(what=what, size=size / _MEBIBYTE),
                _("{who} more than {limit:.0f} MiB").format(who=who, limit=limit / _MEBIBYTE),
                _(
                    "Take out data and packages that it does not need, or put them into a layer or cloud "
                    "storage"
                ),
            )


def check_binaries(package: Package, python: str) -> Iterator[Finding]:
    """Give each compiled module that cannot be loaded on Linux x86_64 by Python `python`."""
    for name in package.files:
        reason = _foreign(package.folder / name, python)
        if reason:
            yield Finding(
                f"{package.name}/{name}",
                "platform",
                _("this compiled module cannot be loaded"),
                _("it is for {reason}, and the function runs on Linux x86_64 with Python {python}").format(
                    reason=reason, python=python
                ),
                _(
                    "Remove the folder it came in, and name the package in requirements.txt: build gets the "
                    "right wheel"
                ),
            )


def check_modules(package: Package, trees: Mapping[str, ast.Module], layers: Layers) -> Iterator[Finding]:
    """Give each module that the function's code imports and that nobody will have put there.

    What is in a layer is there; a layer that is not here is believed, and told.
    """
    there = _in_layers(layers) | {name.partition("/")[0].partition(".")[0] for name in package.files}
    missing: dict[str, str] = {}
    for shown, tree in sorted(trees.items()):
        for found in imports(tree):
            if not found.optional and found.module not in STANDARD and found.module not in there:
                missing.setdefault(found.module, f"{shown}:{found.line}")
    for module, place in sorted(missing.items()):
        if layers.missing:
            yield Finding(
                place,
                "dependency",
                f"{module} is imported",
                _("it is not in the package, and may be in a layer that is not here: {missing}").format(
                    missing=", ".join(layers.missing)
                ),
                _("Put the layer's content into layers/<name>/ beside cloudbaserc.json to have it checked"),
                breaks=False,
            )
            continue
        yield Finding(
            place,
            "dependency",
            f"{module} is imported",
            _("it is not in the package, and CloudBase installs nothing for Python"),
            _("Add {module} to the function's requirements.txt, or what else brings {imported}").format(
                module=package_of(module), imported=module
            ),
        )


def _in_layers(layers: Layers) -> set[str]:
    folders = [place for folder in layers.folders for place in (folder, folder / "python")]
    return {path.name.partition(".")[0] for folder in folders if folder.is_dir() for path in folder.iterdir()}


def start(package: Package, handler: str, interpreter: str | None, layers: Layers) -> Start:
    """Start the function in an emptied environment with the platform's variables, without making a call.

    Without an `interpreter` of the runtime's version, with the running one.
    """
    version = package.python if interpreter else running_version()
    with tempfile.TemporaryDirectory() as temporary:
        began = time.perf_counter()
        try:
            done = subprocess.run(  # noqa: S603 - the function that is being checked
                [interpreter or sys.executable, "-S", "-c", _LOAD, handler],
                cwd=package.folder,
                env=platform_environment(package, temporary, layers),
                capture_output=True,
                encoding="utf-8",
                errors="replace",
                timeout=_SECONDS,
                check=False,
            )
        except subprocess.TimeoutExpired:
            return Start(_SECONDS, version, _("it did not start within {seconds} s").format(seconds=_SECONDS))
        seconds = time.perf_counter() - began
    lines = done.stderr.strip().splitlines()
    return Start(seconds, version, (lines[-1] if lines else "it ended") if done.returncode else "")


def platform_environment(package: Package, temporary: str, layers: Layers) -> dict[str, str]:
    """Return the variables that a function's process has (documented: SCF's environment variables)."""
    needed = {name: os.environ[name] for name in ("SYSTEMROOT",) if name in os.environ}
    return {
        **needed,
        "TENCENTCLOUD_RUNENV": "SCF",
        "USER_CODE_ROOT": f"{package.folder}{os.sep}",
        "PYTHONPATH": os.pathsep.join([str(package.folder), *_search_path(layers)]),
        "PYTHONDONTWRITEBYTECODE": "1",
        "SCF_FUNCTIONNAME": package.name,
        "SCF_NAMESPACE": "check",
        "TMPDIR": temporary,
        "LANG": "C.UTF-8",
    }


def _search_path(layers: Layers) -> list[str]:
    """Return where the layers are on this disk: nothing is mounted here."""
    folders = [place for folder in reversed(layers.folders) for place in (folder, folder / "python")]
    return [*map(str, folders), "/opt"]


def check_start(package: Package, started: Start, timeout: int) -> Iterator[Finding]:
    """Give a start that failed, or that leaves too little of the time limit."""
    if started.error:
        yield Finding(
            package.name,
            "start",
            _("it does not start in the cloud's environment"),
            f"Python {started.python} says: {started.error}",
            _("Correct what it names; nothing but the package and the standard library is there"),
        )
    elif started.seconds > timeout / 3:
        yield Finding(
            package.name,
            "cold-start",
            _("it takes {seconds:.2f} s until the handler is loaded").format(seconds=started.seconds),
            _("the time limit is {timeout} s, and the first call still has everything to do").format(
                timeout=timeout
            ),
            _("Move slow imports and preparations into the functions that need them, or raise timeout"),
            breaks=started.seconds > timeout,
        )


def _foreign(path: Path, python: str) -> str:
    """Return what a compiled module is for, when that is not the target; else an empty text."""
    if path.suffix in (".pyd", ".dll"):
        return "Windows"
    if path.suffix == ".dylib":
        return "macOS"
    if not re.search(r"\.so(\.|$)", path.name):
        return ""
    with path.open("rb") as file:
        head = file.read(20)
    if not head.startswith(b"\x7fELF"):
        return "macOS"
    if int.from_bytes(head[18:20], "little") != _ELF_X86_64:
        return "another processor"
    version = _CPYTHON.search(path.name)
    if version and "cp" + version[1] != abi_tag(python):
        return f"Python {version[1][0]}.{version[1][1:]}"
    return ""
