"""The platform that packages are built for: CloudBase's Python runtimes.

Documented: runtimes Python 3.9 and 3.10 (3.7 is past its life), glibc 2.17 on x86_64, ``/var/lang/python310/bin/
python3.10`` as interpreter path of HTTP functions. `@cloudbase/cli` 2.12.10 also offers Python 3.11.
"""

from __future__ import annotations

from cloudbase_ocr.settings import CHOICES

VERSIONS = CHOICES["python"]
DEFAULT_VERSION = "3.10"
CODE_ROOT = "/var/user"
"""Where the platform unpacks a function (documented: USER_CODE_ROOT)."""

PLATFORMS = (
    "manylinux2014_x86_64",
    "manylinux_2_17_x86_64",
    "manylinux2010_x86_64",
    "manylinux_2_12_x86_64",
    "manylinux1_x86_64",
    "manylinux_2_5_x86_64",
)
"""Wheel platforms that run there; pip takes each spelling by itself."""


def runtime_name(version: str) -> str:
    """Return CloudBase's name of the runtime: ``Python3.10``."""
    return f"Python{version}"


def abi_tag(version: str) -> str:
    """Return the ABI tag of CPython: ``cp310``."""
    return "cp" + version.replace(".", "")


def interpreter_path(version: str) -> str:
    """Return the interpreter of an HTTP function (documented for 3.9 and 3.10)."""
    return f"/var/lang/python{version.replace('.', '')}/bin/python{version}"


def version_tuple(version: str) -> tuple[int, int]:
    """Return ``(3, 10)`` for ``"3.10"``."""
    major, minor = version.split(".")
    return int(major), int(minor)
