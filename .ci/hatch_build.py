"""Puts into the wheel what a checkout has in another form.

The cloud functions, every folder with an ``index.py``, travel as ``cloudbase_ocr/functions``; the catalogue of Chinese
sentences is packed, a third of its size.
"""

from __future__ import annotations

import gzip
import tempfile
from pathlib import Path
from typing import Any

from hatchling.builders.hooks.plugin.interface import BuildHookInterface

CATALOGUE = "cloudbase_ocr/zh.po"


class FunctionsHook(BuildHookInterface[Any]):
    """What an editable installation needs nothing of: a checkout has its functions beside the package."""

    def initialize(self, version: str, build_data: dict[str, Any]) -> None:
        """Add the functions and the packed catalogue to a wheel of kind `version`."""
        if version == "editable":
            return
        for index in Path(self.root, "functions").glob("*/index.py"):
            folder = index.parent
            build_data["force_include"][str(folder)] = f"cloudbase_ocr/functions/{folder.name}"
        self._made = tempfile.TemporaryDirectory()
        packed = Path(self._made.name, "zh.po.gz")
        # Without a time: two builds of the same files are equal.
        packed.write_bytes(gzip.compress(Path(self.root, "emulator", CATALOGUE).read_bytes(), mtime=0))
        build_data["force_include"][str(packed)] = f"{CATALOGUE}.gz"

    def finalize(self, version: str, *_: Any) -> None:
        """Remove what was made for the wheel."""
        if version != "editable":
            self._made.cleanup()
