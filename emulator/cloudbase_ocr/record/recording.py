"""A recording: a folder with one YAML file of fixtures for each method, which ``serve --fixture`` reads as it is."""

from __future__ import annotations

import re
import threading
from typing import TYPE_CHECKING

from cloudbase_ocr.answers.checks import FixtureError
from cloudbase_ocr.answers.entries import dump, entry_of
from cloudbase_ocr.answers.fixtures import Fixture, load_file
from cloudbase_ocr.answers.yaml_files import MAX_FILE_BYTES
from cloudbase_ocr.core.atomic import remove_leftovers, write_atomically
from cloudbase_ocr.core.imagefile import kind_of
from cloudbase_ocr.core.locking import FolderLock
from cloudbase_ocr.language import _
from wxcloud.contract import METHODS

if TYPE_CHECKING:
    from pathlib import Path

    from cloudbase_ocr.record.questions import Question
    from wxcloud.contract import Method

IMAGES = "images"

_NEAR = 3
_KEPT = "personal data kept"
_KEY_ID = re.compile(r"personal data replaced \(key ([0-9a-f]+)\)")
_HEADER = (
    "# Recorded by cloudbase-ocr; replay it with: cloudbase-ocr serve --fixture <this folder>\n"
    "# A reply belongs to the picture whose SHA-256 stands under match.\n"
)

Stamp = tuple[int, int, int] | None


class Recording:
    """The fixtures of a folder, on disk and in memory. Thread-safe.

    A file that a person changes in between is read again before it is used or written.
    """

    def __init__(self, folder: Path) -> None:
        """Read what `folder` has; it need not exist.

        Raises:
            FixtureError: a file does not follow the contract, or cannot be read.
        """
        self.folder = folder
        self._lock = threading.Lock()
        self._fixtures: dict[str, dict[str, Fixture]] = {}
        self._stamps: dict[str, Stamp] = {}
        self._blocks: dict[str, tuple[Fixture, str]] = {}  # what was dumped before: dumping is slow
        self._held: FolderLock | None = None
        if folder.exists() and not folder.is_dir():
            raise FixtureError(
                _("{folder}: is no folder; a recording is a folder with one YAML file per method").format(
                    folder=folder
                )
            )
        for method in METHODS:
            self._refresh(method)
        self.found_empty = not self.fixtures

    def hold(self) -> None:
        """Keep other recorders from writing into the folder until `close`, and remove what a killed one left behind.

        Raises:
            FolderInUseError: another recorder writes into it.
            OSError: the folder cannot be made or written.
        """
        self._held = FolderLock(self.folder)
        remove_leftovers(self.folder)

    def close(self) -> None:
        """Let other recorders write."""
        if self._held is not None:
            self._held.close()

    @property
    def fixtures(self) -> list[Fixture]:
        """All fixtures, by method and name."""
        return [fixture for found in self._fixtures.values() for fixture in found.values()]

    @property
    def key_ids(self) -> set[str]:
        """The IDs of the keys that replaced personal data in this recording."""
        return {key for fixture in self.fixtures if (key := key_of(fixture)) is not None}

    def find(self, question: Question) -> Fixture | None:
        """Return the fixture for a method and a picture, or for a method and the URL that was sent.

        Raises:
            FixtureError: somebody changed the file, and it does not follow the contract now.
        """
        with self._lock:
            found = self._refresh(question.method)
        if question.url is not None:
            for fixture in found.values():
                if fixture.match.get("url") == question.url:
                    return fixture
        sha256 = question.sha256
        if sha256 is None:
            return None
        return next((fixture for fixture in found.values() if fixture.match.get("sha256") == sha256), None)

    def add(self, fixture: Fixture, *, private: bool = False) -> None:
        """Write one more fixture; it replaces the one that has the same name.

        The file is for its owner only with `private`, and when any of its replies has personal data as it came.

        Raises:
            OSError: it cannot be written; the file on disk is what it was.
            FixtureError: the file on disk was changed and does not follow the contract, or it would be too large.
        """
        with self._lock:
            found = dict(self._refresh(fixture.method))
            found[fixture.name] = fixture
            text = self._text(found).encode("utf-8", "replace")
            if len(text) > MAX_FILE_BYTES:
                path = self._path(fixture.method)
                raise FixtureError(
                    _(
                        "{path} would have more than {max_file_bytes} bytes; record into another folder"
                    ).format(path=path, max_file_bytes=MAX_FILE_BYTES)
                )
            private = private or any(_KEPT in known.reference for known in found.values())
            write_atomically(self._path(fixture.method), text, private=private)
            self._fixtures[fixture.method.key] = found
            self._stamps[fixture.method.key] = self._stamp(fixture.method)

    def keep_image(self, question: Question) -> None:
        """Write the picture beside the recording, named by its hash, for its owner only.

        Raises:
            OSError: it cannot be written.
        """
        picture = question.picture
        if picture is None or question.sha256 is None:
            return
        kind = kind_of(picture)
        path = self.folder / IMAGES / (question.sha256 + (".bin" if kind is None else kind.suffix))
        if not path.exists():
            write_atomically(path, picture, private=True)

    def near_misses(self, question: Question) -> str:
        """Say in one line what is recorded that comes closest to a question without an answer."""
        others = [fixture for fixture in self.fixtures if fixture.match.get("sha256") == question.sha256]
        if question.sha256 is not None and others:
            names = ", ".join(fixture.method.key for fixture in others)
            return _("The same picture is recorded for another method: {names}.").format(names=names)
        same = list(self._fixtures[question.method.key])
        if same:
            more = f" and {len(same) - _NEAR} more" if len(same) > _NEAR else ""
            return _("Same method, other pictures: {same}{more}.").format(
                same=", ".join(same[:_NEAR]), more=more
            )
        methods = ", ".join(key for key, found in self._fixtures.items() if found)
        return _("Nothing is recorded for this method; recorded are {methods}.").format(
            methods=methods or "none"
        )

    def _text(self, fixtures: dict[str, Fixture]) -> str:
        """Return a file's text: sorted by name, so that the order does not depend on who asked first."""
        blocks = []
        for name, fixture in sorted(fixtures.items()):
            known = self._blocks.get(name)
            if known is None or known[0] is not fixture:
                known = self._blocks[name] = (fixture, dump(entry_of(fixture)))
            blocks.append(known[1])
        return "\n".join((_HEADER, *blocks))

    def _refresh(self, method: Method) -> dict[str, Fixture]:
        stamp = self._stamp(method)
        if method.key not in self._fixtures or stamp != self._stamps[method.key]:
            found = load_file(self._path(method)) if stamp is not None else []
            self._fixtures[method.key] = {fixture.name: fixture for fixture in found}
            self._stamps[method.key] = stamp
        return self._fixtures[method.key]

    def _stamp(self, method: Method) -> Stamp:
        try:
            status = self._path(method).stat()
        except FileNotFoundError:
            return None
        return status.st_mtime_ns, status.st_size, status.st_ino

    def _path(self, method: Method) -> Path:
        return self.folder / f"{method.key}.yaml"


def reference(day: str, host: str, key_id: str | None) -> str:
    """Return where a recorded reply comes from, and what was done to it."""
    treatment = _KEPT if key_id is None else f"personal data replaced (key {key_id})"
    return f"recorded {day} from {host}; {treatment}"


def key_of(fixture: Fixture) -> str | None:
    """Return the ID of the key that replaced a fixture's personal data; None when it was kept."""
    match = _KEY_ID.search(fixture.reference)
    return None if match is None else match[1]
