"""Finds a Python of a given version: bytecode and markers belong to the version that will run the function."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path

_SECONDS = 30


@dataclass(frozen=True)
class Python:
    """An interpreter: its `version` ("3.10") and its `path`."""

    version: str
    path: str

    @property
    def running(self) -> bool:
        """Whether it is the one that runs this."""
        return is_running(self.path)


def find_interpreter(version: str) -> str | None:
    """Return a working interpreter of `version` ("3.10"), or None.

    Looked for: the running one, PATH, the folders of pyenv and uv, and the launcher of Windows.
    """
    if version == running_version():
        return sys.executable
    return next((path for path in _candidates(version) if _has_version(path, version)), None)


def running_version() -> str:
    """Return the version of the running interpreter: "3.11"."""
    return f"{sys.version_info.major}.{sys.version_info.minor}"


def is_running(interpreter: str) -> bool:
    """Tell whether it is the interpreter that runs this."""
    return interpreter == sys.executable


def _candidates(version: str) -> list[str]:
    found = [shutil.which(f"python{version}")]
    pyenv = Path(os.environ.get("PYENV_ROOT", Path.home() / ".pyenv")) / "versions"
    uv = Path(os.environ.get("UV_PYTHON_INSTALL_DIR", Path.home() / ".local" / "share" / "uv" / "python"))
    for folder, pattern in ((pyenv, f"{version}.*"), (uv, f"cpython-{version}.*")):
        found += [str(path / "bin" / "python") for path in sorted(folder.glob(pattern), reverse=True)]
    if sys.platform == "win32":
        found.append(_from_launcher(version))
    return [path for path in found if path]


def _from_launcher(version: str) -> str | None:
    launcher = shutil.which("py")
    return _output(launcher, f"-{version}", "-c", "import sys; print(sys.executable)") if launcher else None


def _has_version(path: str, version: str) -> bool:
    return _output(path, "-c", "import sys; print('%d.%d' % sys.version_info[:2])") == version


def _output(*command: str) -> str | None:
    try:
        found = subprocess.run(  # noqa: S603 - a Python that was found here
            command, capture_output=True, text=True, timeout=_SECONDS, check=False
        )
    except (OSError, subprocess.TimeoutExpired):
        return None
    return found.stdout.strip() if found.returncode == 0 else None
