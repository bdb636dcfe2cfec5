"""Reads the Dockerfile: its stages and their instructions."""

from __future__ import annotations

import json
import re
from pathlib import Path

ROOT = Path(__file__).parents[2]

Instruction = tuple[str, str]


def stages() -> dict[str, list[Instruction]]:
    """Return the instructions of each stage by its name; what stands before the first is under an empty name."""
    text = (ROOT / "Dockerfile").read_text(encoding="utf-8")
    text = re.sub(r"^#.*\n", "", text, flags=re.MULTILINE).replace("\\\n", "")
    found: dict[str, list[Instruction]] = {"": []}
    name = ""
    for line in filter(None, text.splitlines()):
        word, _, rest = line.partition(" ")
        if word == "FROM":
            name = rest.rpartition(" AS ")[2]
            found[name] = []
        found[name].append((word, rest.strip()))
    return found


def instructions(stage: str, word: str) -> list[str]:
    """Return what the instructions `word` of a stage say, those of the stages under it first."""
    own = stages()[stage]
    below = own[0][1].partition(" AS ")[0]
    inherited = instructions(below, word) if below in stages() else []
    return inherited + [rest for name, rest in own if name == word]


def words_of(stage: str, word: str) -> list[str]:
    """Return the words of the last instruction `word` of a stage, which is written as JSON."""
    words: list[str] = json.loads(re.sub(r"^(?:--\S+\s+)*(?:CMD )?", "", instructions(stage, word)[-1]))
    return words
