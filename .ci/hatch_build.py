"""Puts the cloud functions into the wheel, as ``cloudbase_ocr/functions``: every folder with an ``index.py``."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from hatchling.builders.hooks.plugin.interface import BuildHookInterface


class FunctionsHook(BuildHookInterface[Any]):
    """What an editable installation needs no copy of: a checkout has its functions beside the package."""

    def initialize(self, version: str, build_data: dict[str, Any]) -> None:
        """Add the functions to a wheel of kind `version`."""
        if version == "editable":
            return
        for index in Path(self.root, "functions").glob("*/index.py"):
            folder = index.parent
            build_data["force_include"][str(folder)] = f"cloudbase_ocr/functions/{folder.name}"
