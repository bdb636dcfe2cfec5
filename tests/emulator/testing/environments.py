"""Environments of Python in which the package is tried, and programs in them."""

from __future__ import annotations

import os
import subprocess
import sys
import sysconfig
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path

ROOT = Path(__file__).parents[3]


@dataclass(frozen=True)
class Program:
    """A Python, and the variables that its programs see besides those of this process."""

    python: Path
    variables: Mapping[str, str] = field(default_factory=dict)

    @property
    def environment(self) -> dict[str, str]:
        inherited = {name: value for name, value in os.environ.items() if name != "PYTHONPATH"}
        return {**inherited, "PYTHONUTF8": "1", **self.variables}

    def run(self, folder: Path, *words: str, code: int = 0) -> subprocess.CompletedProcess[str]:
        """Run it to its end, which is to come with this exit code; give what it printed."""
        done = subprocess.run(
            [self.python, *words],
            cwd=folder,
            capture_output=True,
            encoding="utf-8",
            timeout=120,
            env=self.environment,
        )
        assert done.returncode == code, done.stdout + done.stderr
        return done

    @contextmanager
    def serving(self, folder: Path, command: str, *options: str) -> Iterator[Served]:
        """Run ``cloudbase-ocr serve`` or ``record`` on a free port; it is ended in order."""
        said = folder / f"{command}.txt"
        words = [str(self.python), "-u", "-m", "cloudbase_ocr", command, "--port", "0", *options]
        with said.open("w", encoding="utf-8") as log:
            process = subprocess.Popen(
                words, cwd=folder, stdout=subprocess.PIPE, stderr=log, encoding="utf-8", env=self.environment
            )
        assert process.stdout is not None
        try:
            first = next(line for line in process.stdout if " at http" in line)
            yield Served(process, first.split(" at ")[1].split()[0], said)
        finally:
            process.terminate()
            process.communicate(timeout=20)


@dataclass(frozen=True)
class Served:
    """A running emulator: where it listens, and the file of what it says on stderr."""

    process: subprocess.Popen[str]
    url: str
    log: Path

    def line(self, start: str) -> str:
        """Return the next line on its standard output that begins so."""
        assert self.process.stdout is not None
        return next(line for line in self.process.stdout if line.startswith(start)).rstrip()


def new_environment(folder: Path) -> Path:
    """Make an environment without pip, and return its interpreter."""
    subprocess.run([sys.executable, "-m", "venv", "--without-pip", str(folder)], check=True, timeout=60)
    return folder / ("Scripts/python.exe" if os.name == "nt" else "bin/python")


def install(python: Path, *arguments: str) -> None:
    words = [sys.executable, "-m", "pip", "--python", str(python), "install", "--quiet", *arguments]
    subprocess.run(words, check=True, timeout=600)


def build_wheel(folder: Path) -> Path:
    """Build the wheel of this checkout into a folder, and return it."""
    options = ["--no-deps", "--no-build-isolation", "--no-index", "--quiet", "--wheel-dir", str(folder)]
    words = [sys.executable, "-m", "pip", "wheel", *options, str(ROOT)]
    subprocess.run(words, check=True, cwd=folder, timeout=120)
    (path,) = folder.glob("*.whl")
    return path


def borrowing_environment(folder: Path, wheel: Path) -> Path:
    """Make an environment with the wheel; the dependencies are this environment's, to save a minute."""
    python = new_environment(folder)
    query = "import sysconfig; print(sysconfig.get_path('purelib'))"
    packages = Path(Program(python).run(Path.cwd(), "-c", query).stdout.strip())
    install(python, "--no-deps", "--no-index", str(wheel))
    # A path in a .pth file: the .pth files in there, one of which is the checkout's, do not count.
    (packages / "borrowed.pth").write_text(sysconfig.get_path("purelib") + "\n", encoding="utf-8")
    return python


def disk_use(folder: Path) -> int:
    """Return the bytes that a folder takes on the disk, as ``du`` counts them where the system tells."""
    sizes: list[int] = []
    for path in folder.rglob("*"):
        status = path.lstat()
        sizes.append(status.st_size if sys.platform == "win32" else status.st_blocks * 512)
    return sum(sizes)
