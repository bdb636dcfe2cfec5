"""The packages that every function finds without asking for them: wxcloud, and requests with what it needs.

They are what a package holds beside its code (pins.txt). A function gets the emulator's own copies, and nothing else of
the emulator's environment; a Python that those are too new for gets the pinned ones.
"""

from __future__ import annotations

import functools
import importlib.util
from pathlib import Path
from typing import TYPE_CHECKING

import wxcloud.contract
from cloudbase_ocr.dependencies.pins import read_pins

if TYPE_CHECKING:
    from collections.abc import Mapping

    from cloudbase_ocr.dependencies.interpreters import Python

WXCLOUD, REQUESTS = "wxcloud", "requests"


def wxcloud_folder() -> Path:
    """Return the folder of the wxcloud that is installed."""
    return Path(wxcloud.contract.__file__).parent


def module_names(version: str) -> tuple[str, ...]:
    """Return the modules that the pinned packages bring for Python `version`."""
    return tuple(pin.module for pin in read_pins(version))


@functools.cache
def shared_modules(python: Python) -> Mapping[str, str]:
    """Return the folder in which each shared module is, by name; wxcloud only, where `python` needs the pinned ones."""
    shared = {WXCLOUD: str(wxcloud_folder().parent)}
    if not all(_runs_on(name, python) for name in module_names(python.version)):
        return shared
    for name in module_names(python.version):
        spec = importlib.util.find_spec(name)
        if spec is not None and spec.origin is not None:
            shared[name] = str(Path(spec.origin).parents[1])
    return shared


def has_requests(python: Python) -> bool:
    """Tell whether `python` can use the emulator's own requests."""
    return REQUESTS in shared_modules(python)


def _runs_on(name: str, python: Python) -> bool:
    if python.running:
        return True
    # Only another Python than the emulator's own has to wait for these.
    from importlib.metadata import PackageNotFoundError, distribution

    from cloudbase_ocr.dependencies.standards import specifiers

    try:
        wanted = distribution(name).metadata["Requires-Python"]
    except PackageNotFoundError:  # vendored by a distributor
        return False
    return specifiers.SpecifierSet(wanted or "").contains(python.version)
