"""Lists in YAML that people write: read within bounds, and every mistake told with the file's name."""

from __future__ import annotations

from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

import yaml

from cloudbase_ocr.answers.checks import FixtureError

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

MAX_FILE_BYTES = 8 * 1024 * 1024

# The C loader is several times faster; both build plain values only and never run what a file says.
Loader: Any = getattr(yaml, "CSafeLoader", yaml.SafeLoader)


@contextmanager
def told_of(where: str) -> Iterator[None]:
    """Name the entry at `where` in what reading it raises, such as of a number of a million digits that is shown.

    Raises:
        FixtureError: the entry cannot be read.
    """
    try:
        yield
    except FixtureError:
        raise
    except (ValueError, RecursionError) as error:
        raise FixtureError(f"{where}: {error}") from error


def read_list(path: Path, what: str, begin: str) -> list[Any]:
    """Return the entries of a file of `what` (fixtures, scenarios), unchecked; `begin` tells how one is begun.

    Aliases (``*name``) are refused: 400 bytes of them are gigabytes when they are written out, which an answer is.

    Raises:
        FixtureError: the file cannot be read, is too large, no YAML, or no list.
    """
    try:
        if path.stat().st_size > MAX_FILE_BYTES:
            raise FixtureError(f"{path}: a file of {what} has at most {MAX_FILE_BYTES} bytes; split it")
        text = path.read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError) as error:
        raise FixtureError(f"{path}: cannot be read: {error}") from error
    try:
        if "*" in text:  # as it is in no file that has none
            _refuse_aliases(path, text)
        # Safe: Loader is one of PyYAML's two safe loaders.
        entries = yaml.load(text, Loader=Loader)  # noqa: S506 - as above
    except FixtureError:
        raise
    except (yaml.YAMLError, ValueError, TypeError, OverflowError, RecursionError) as error:
        raise FixtureError(f"{path}: is not YAML: {' '.join(str(error).split())}") from error
    if entries is None:
        return []
    if not isinstance(entries, list):
        raise FixtureError(f"{path}: a file of {what} is a list; begin each {begin}")
    return entries


def _refuse_aliases(path: Path, text: str) -> None:
    for event in yaml.parse(text, Loader=Loader):
        if isinstance(event, yaml.AliasEvent):
            place = f"line {event.start_mark.line + 1}: " if event.start_mark else ""
            raise FixtureError(
                f"{path}: {place}the alias *{event.anchor} is refused, as a few of them can "
                "stand for gigabytes. Write the value out; of PyYAML's dumpers, override ignore_aliases"
            )
