"""Scripts, styles and icons: read once, and served under a name that changes with their content."""

from __future__ import annotations

import hashlib
import re
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path

FOLDER = Path(__file__).parent / "static"

_TYPES = {
    ".css": "text/css; charset=utf-8",
    ".js": "text/javascript; charset=utf-8",
    ".svg": "image/svg+xml",
}
_IMPORT = re.compile(rb'^(?:import|export)\s[^"]*"\./([\w-]+\.js)";', re.MULTILINE)


@dataclass(frozen=True)
class Asset:
    """One file as it is sent."""

    data: bytes
    content_type: str


class Assets:
    """The files of a folder. One hash for all of them, so that modules import each other by relative names."""

    def __init__(self, folder: Path = FOLDER) -> None:
        """Serve the files of `folder`, which is read when the first is asked for."""
        self._folder = folder

    @cached_property
    def digest(self) -> str:
        """What changes when any file does."""
        whole = hashlib.sha256()
        for name, asset in sorted(self._files.items()):
            whole.update(f"{name} {len(asset.data)}\n".encode() + asset.data)
        return whole.hexdigest()[:16]

    def get(self, name: str) -> Asset | None:
        """Return a file by its name."""
        return self._files.get(name)

    def existing(self, *names: str) -> list[str]:
        """Return those of `names` that there are."""
        return [name for name in names if name in self._files]

    def modules(self, name: str) -> list[str]:
        """Return a script and all that it imports, so that the browser can fetch them at once."""
        found: list[str] = []
        waiting = self.existing(name)
        while waiting:
            module = waiting.pop(0)
            if module not in found:
                found.append(module)
                waiting += [item.decode() for item in _IMPORT.findall(self._files[module].data)]
        return found

    @cached_property
    def _files(self) -> dict[str, Asset]:
        return {
            path.name: Asset(path.read_bytes(), _TYPES[path.suffix])
            for path in self._folder.iterdir()
            if path.suffix in _TYPES
        }
