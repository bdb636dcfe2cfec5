"""Every word of the pages in English and Chinese, from ``texts/<page>.yaml``.

A file has two parts: ``page`` for templates, ``script`` for what a script says later. A text's key is the file's name,
a dot, and its name there: ``try.drop``. ``{name}`` in a text stands for a value.
"""

from __future__ import annotations

from functools import cached_property
from pathlib import Path
from typing import Any

import yaml

FOLDER = Path(__file__).parent / "texts"
LANGUAGES = ("en", "zh")
COMMON = "common"
PARTS = ("page", "script")

Part = dict[str, dict[str, str]]


class Texts:
    """The texts of all pages, read when the first is asked for."""

    def get(self, language: str, key: str, **values: object) -> str:
        """Return a text in a language, with values in place of ``{name}``; it is not HTML.

        Raises:
            KeyError: there is no such text.
        """
        text = self._all[key][language]
        for name, value in values.items():
            text = text.replace(f"{{{name}}}", str(value))
        return text

    def for_scripts(self, language: str, page: str) -> dict[str, str]:
        """Return what the scripts of a page may say."""
        return {
            f"{name}.{key}": text[language]
            for name in (COMMON, page)
            for key, text in self._files[name].get("script", {}).items()
        }

    @cached_property
    def _files(self) -> dict[str, dict[str, Part]]:
        return {path.stem: read(path) for path in FOLDER.glob("*.yaml")}

    @cached_property
    def _all(self) -> Part:
        return {
            f"{name}.{key}": text
            for name, parts in self._files.items()
            for part in parts.values()
            for key, text in part.items()
        }


def read(path: Path) -> dict[str, Part]:
    """Return a file of texts: part, key, language."""
    loader: Any = getattr(yaml, "CSafeLoader", yaml.SafeLoader)
    found: dict[str, Part] = yaml.load(path.read_text(encoding="utf-8"), loader)  # noqa: S506 - both are safe
    return found
