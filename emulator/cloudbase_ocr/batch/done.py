"""What stands whole in an output already, so that it is not read again."""

from __future__ import annotations

from collections import Counter
from dataclasses import replace
from hashlib import blake2b
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from cloudbase_ocr.batch.pictures import Picture


class Done:
    """Counts pictures by name. Names are kept as digests of 16 bytes: a million of them take about 0.1 GB."""

    def __init__(self) -> None:
        """Nothing is done."""
        self._whole: Counter[bytes] = Counter()
        self._pages: dict[str, tuple[int, set[int]]] = {}
        self.lines = 0

    def add(self, file: str, page: int | None = None, pages: int | None = None) -> None:
        """Take a picture, or a page of one, as done."""
        self.lines += 1
        if page is None or pages is None:
            self._whole[_digest(file)] += 1
            return
        _, known = self._pages.setdefault(file, (pages, set()))
        known.add(page)
        if len(known) == pages:
            del self._pages[file]
            self._whole[_digest(file)] += 1

    def left(self, pictures: Iterable[Picture]) -> Iterator[Picture]:
        """Give the pictures that are not done, each with the pages to be skipped.

        A picture that is named twice has two lines, so each line stands for one of them.
        """
        spent = self._whole.copy()
        for picture in pictures:
            digest = _digest(picture.name)
            if spent[digest] > 0:
                spent[digest] -= 1
            elif picture.name in self._pages:
                yield replace(picture, skip=frozenset(self._pages[picture.name][1]))
            else:
                yield picture


def add_entry(done: Done, entry: dict[str, Any]) -> None:
    """Take the picture of a line as done.

    Raises:
        KeyError, TypeError: it is no line of ours.
    """
    file = entry["file"]
    if not isinstance(file, str):
        raise TypeError(f"file is {file!r}")
    done.add(file, entry.get("page"), entry.get("pages"))


def _digest(name: str) -> bytes:
    """Return the digest of a name as it is written, where a file system's name that is no text has question marks."""
    return blake2b(name.encode("utf-8", "replace"), digest_size=16).digest()
