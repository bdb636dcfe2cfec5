"""Real photographs that an index names by repository and git blob, with what is true about them as cut hashes.

Neither the index nor a picture nor a value is part of this repository: only whether a value is right is kept.
An entry of the index has `kind` (a method's key), `repo`, `blob` and `truth`: hashes by field, of which an empty text
is a field that is left blank; `_lines` for a printed page, `_items` (name, prices) for a menu.
"""

from __future__ import annotations

import hashlib
import json
import subprocess
import tempfile
import unicodedata
from pathlib import Path
from typing import TYPE_CHECKING, Any

from tests.bench.ocr.reader import Reader

if TYPE_CHECKING:
    from collections.abc import Iterator

_SAME = str.maketrans({"、": ",", "。": ".", "—": "-", "–": "-", "·": None, "•": None, "“": '"', "”": '"'})
_MOST_JOINED = 3
"""A line of the truth may have been read in so many parts."""


def read(mirror: Path, index: Path) -> Iterator[tuple[str, float, bool]]:
    """Read every picture that the mirror has; give the method's key, a raw confidence, and whether it was right."""
    with Reader("ours") as reader, tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "picture.jpg"
        for entry in json.loads(index.read_text("utf-8")):
            data = _blob(mirror, entry["repo"], entry["blob"])
            if data is None:
                continue
            path.write_bytes(data)
            reply = reader.read(entry["kind"], path)
            for confidence, right in judged(entry["kind"], entry["truth"], reply):
                yield entry["kind"], confidence, right


def judged(kind: str, truth: dict[str, Any], reply: dict[str, Any]) -> list[tuple[float, bool]]:
    """Each confidence whose value the truth knows, with whether it is right; none of a page known in part only."""
    answer, given = reply["answer"] or {}, reply["confidence"]
    if kind == "comm":
        texts, lines = [item["text"] for item in answer.get("items", [])], set(truth["_lines"])
        right, found = _right_lines(texts, lines)
        # More was read besides than can be parts of lines that were misread: nobody wrote all lines down.
        if len(texts) - len(right) > _MOST_JOINED * len(lines - found):
            return []
        return [
            (given[name], place in right)
            for place in range(len(texts))
            if (name := f"items[{place}].text") in given
        ]
    if kind == "menu":
        items = json.loads(answer.get("content") or "{}").get("menu_items", [])
        known = {(name, float(price)) for name, prices in truth["_items"] for price in prices}
        good = all((hashed(item["name"]), float(item["price"])) in known for item in items)
        return [(value, good) for value in given.values()]
    return [
        (value, _is(answer[name], truth[name]))
        for name, value in given.items()
        if answer.get(name) and name in truth
    ]


def hashed(text: str) -> str:
    """A value as the index has it."""
    folded = "".join(unicodedata.normalize("NFKC", text).translate(_SAME).split())
    return hashlib.sha256(f"cloudbase-ocr-real:{folded}".encode()).hexdigest()[:6]


def _is(value: str, truth: str | list[str]) -> bool:
    return hashed(value) in ([truth] if isinstance(truth, str) else truth)


def _right_lines(texts: list[str], truth: set[str]) -> tuple[set[int], set[str]]:
    """The places of texts that are lines of the truth, or parts of one; and which of its lines those are."""
    right, found = set(), set()
    for start in range(len(texts)):
        for count in range(1, _MOST_JOINED + 1):
            line = hashed("".join(texts[start : start + count]))
            if line in truth:
                right |= set(range(start, min(len(texts), start + count)))
                found.add(line)
    return right, found


def _blob(mirror: Path, repository: str, name: str) -> bytes | None:
    folder = mirror / repository.replace("/", "+", 1) / "repo"
    if not folder.is_dir():
        return None
    git = folder / ".git" if (folder / ".git").is_dir() else folder
    command = ["git", "-C", str(git), "cat-file", "blob", name]
    done = subprocess.run(command, capture_output=True, check=False)
    return done.stdout if done.returncode == 0 else None
