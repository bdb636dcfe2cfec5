"""Self-contained packages for CloudBase: build them, and check a project before it is deployed."""

from __future__ import annotations

from cloudbase_ocr.build.build import CONTAINER, KINDS, Options, Package, Tools, build, select_functions
from cloudbase_ocr.build.errors import BuildError, DownloadError

__all__ = [
    "CONTAINER",
    "KINDS",
    "BuildError",
    "DownloadError",
    "Options",
    "Package",
    "Tools",
    "build",
    "select_functions",
]
