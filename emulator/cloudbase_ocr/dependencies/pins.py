"""The pinned packages that wxcloud needs beside it, read from pins.txt: the only place that names versions."""

from __future__ import annotations

import re
from dataclasses import dataclass
from pathlib import Path

PINS = Path(__file__).with_name("pins.txt")
_LINE = re.compile(
    r"(?P<name>[a-z0-9-]+)==(?P<version>[0-9.]+)"
    r'(?: ; python_version (?P<operator><|>=) "(?P<python>3\.\d+)")?'
    r" --hash=sha256:(?P<sha256>[0-9a-f]{64})"
)


@dataclass(frozen=True)
class Pin:
    """One package: name as on the index, version, and the SHA-256 of its only wheel."""

    name: str
    version: str
    sha256: str

    @property
    def module(self) -> str:
        """The module that it brings."""
        return self.name.replace("-", "_")

    @property
    def line(self) -> str:
        """The requirement as pip reads it."""
        return f"{self.name}=={self.version} --hash=sha256:{self.sha256}"


def read_pins(python: str, path: Path = PINS) -> tuple[Pin, ...]:
    """Return the pins for Python `python` ("3.10").

    The markers are read here and not by pip, which would judge them by the Python that it runs in.

    Raises:
        ValueError: a line has another form.
    """
    pins = []
    for number, line in enumerate(path.read_text(encoding="utf-8").splitlines(), 1):
        if not line or line.startswith("#"):
            continue
        found = _LINE.fullmatch(line)
        if found is None:
            raise ValueError(f"{path.name}:{number} is not name==version [marker] --hash=sha256:...")
        if _applies(found["operator"], found["python"], python):
            pins.append(Pin(found["name"], found["version"], found["sha256"]))
    return tuple(pins)


def _applies(operator: str | None, bound: str | None, python: str) -> bool:
    if operator is None or bound is None:
        return True
    below = _numbers(python) < _numbers(bound)
    return below if operator == "<" else not below


def _numbers(version: str) -> tuple[int, ...]:
    return tuple(map(int, version.split(".")))
