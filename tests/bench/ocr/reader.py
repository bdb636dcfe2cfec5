"""A reader in a process of its own, and the Python that peers run in."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from types import TracebackType

ROOT = Path(__file__).parents[3]
PEERS_PYTHON = ROOT / ".bench" / "peers" / "bin" / "python"


class Reader:
    """A worker process, started by the first picture."""

    def __init__(self, name: str) -> None:
        self.name = name
        python = sys.executable if name == "ours" else str(PEERS_PYTHON)
        command = [python, "-m", "tests.bench.ocr.worker", name]
        self._process = subprocess.Popen(
            command, cwd=ROOT, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True, encoding="utf-8"
        )
        self.loaded: float = self._answer()["loaded"]

    def read(self, key: str, path: Path) -> dict[str, Any]:
        """One picture; see `worker` for the answer."""
        assert self._process.stdin is not None
        self._process.stdin.write(json.dumps({"key": key, "path": str(path)}) + "\n")
        self._process.stdin.flush()
        return self._answer()

    def _answer(self) -> dict[str, Any]:
        assert self._process.stdout is not None
        line = self._process.stdout.readline()
        if not line:
            raise RuntimeError(f"the reader {self.name} ended with code {self._process.wait()}")
        message: dict[str, Any] = json.loads(line)
        return message

    def close(self) -> None:
        """End the process."""
        assert self._process.stdin is not None
        self._process.stdin.close()
        self._process.wait()

    def __enter__(self) -> Reader:
        """Return itself."""
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        """End the process."""
        self.close()
