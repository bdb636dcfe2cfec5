"""The languages of functions that run here."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class Language:
    """A language; `suffixes` are those of its files, the usual one first."""

    name: str
    suffixes: tuple[str, ...]


PYTHON = Language("Python", (".py",))
NODE = Language("Node.js", (".js", ".mjs", ".cjs"))
LANGUAGES = (PYTHON, NODE)
"""In the order in which they are looked for: a folder that has both runs as Python."""


def language_of(runtime: str) -> Language | None:
    """Return the language of a CloudBase runtime such as ``Python3.9`` or ``Nodejs18.15``; None for others."""
    name = runtime.lower().replace(".", "")
    return next((each for each in LANGUAGES if name.startswith(each.name.lower().replace(".", ""))), None)
