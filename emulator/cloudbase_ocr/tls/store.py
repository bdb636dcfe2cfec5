"""Where the authority is kept: a folder that only its owner can read, made when it is first needed."""

from __future__ import annotations

import datetime as dt
import os
import sys
import threading
from pathlib import Path
from typing import TYPE_CHECKING, Any

from cloudbase_ocr.core.atomic import write_atomically
from cloudbase_ocr.language import _
from cloudbase_ocr.tls.errors import MISSING, TlsError
from cloudbase_ocr.tls.names import AUTHORITY, FILES, PHP

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from cloudbase_ocr.tls.authority import Authority

PRIVATE_FOLDER = 0o700


def default_folder() -> Path:
    """Return the folder for this user's data, where the system keeps such."""
    if sys.platform == "win32":
        base = Path(os.environ.get("LOCALAPPDATA") or Path.home() / "AppData/Local")
    elif sys.platform == "darwin":
        base = Path.home() / "Library/Application Support"
    else:
        base = Path(os.environ.get("XDG_DATA_HOME") or Path.home() / ".local/share")
    return base / "cloudbase-ocr" / "tls"


def _now() -> dt.datetime:
    return dt.datetime.now(dt.timezone.utc)


class AuthorityStore:
    """Gives the authority of one folder, and makes it where there is none or its life has ended.

    Thread-safe; several processes may share a folder.
    """

    def __init__(self, folder: Path | None = None, *, clock: Callable[[], dt.datetime] = _now) -> None:
        """Keep it in `folder`, by default in the user's own; nothing is read or written yet.

        Raises:
            TlsError: the user has no folder.
        """
        try:
            self.folder = default_folder() if folder is None else folder
        except RuntimeError as error:  # no HOME, and a user whom the system does not know
            raise TlsError(
                _("{error}; name a folder for the authority: --tls-folder DIR").format(error=error)
            ) from error
        self._clock = clock
        self._lock = threading.Lock()
        self._known: tuple[tuple[int, int], Authority] | None = None

    def get(self) -> Authority:
        """Return the authority; takes a moment when it has to be made.

        Raises:
            TlsError: the extra is not installed, or the folder cannot be used.
        """
        with self._lock:
            if self._known is None or not self._holds(*self._known):
                self._known = self._loaded() or self._made()
            return self._known[1]

    def is_current(self, authority: Authority) -> bool:
        """Tell whether an authority that `get` gave is still the one: neither ended nor removed. Quick."""
        known = self._known
        return known is not None and known[1] is authority and self._holds(*known)

    def write(self, name: str, data: bytes) -> Path:
        """Put a file beside the authority, for its owner only, and return its path.

        Raises:
            TlsError: the folder cannot be used.
        """
        path = self.folder / name
        try:
            self.folder.mkdir(mode=PRIVATE_FOLDER, parents=True, exist_ok=True)
            path.parent.mkdir(mode=PRIVATE_FOLDER, exist_ok=True)
            write_atomically(path, data, private=True)
        except OSError as error:
            raise self._unusable(error) from error
        return path

    def ends(self) -> dt.datetime | None:
        """Return when the life of the authority ends (UTC); None where there is none that lives.

        Raises:
            TlsError: the extra is not installed, or the folder cannot be read.
        """
        loaded = self._loaded()
        return loaded[1].ends if loaded else None

    def files(self) -> Iterator[Path]:
        """Give the files that exist."""
        return (path for name in FILES if (path := self.folder / name).exists())

    def remove(self) -> list[Path]:
        """Remove the authority and all that trusts it; return what was there. Other files of the folder stay.

        Raises:
            TlsError: a file cannot be removed.
        """
        found = list(self.files())
        try:
            for path in found:
                path.unlink(missing_ok=True)
        except OSError as error:
            raise self._unusable(error) from error
        for folder in ((self.folder / PHP).parent, self.folder):
            if folder.is_dir() and not any(folder.iterdir()):
                folder.rmdir()
        return found

    def _holds(self, stamp: tuple[int, int], authority: Authority) -> bool:
        return authority.lives(self._clock()) and self._stamp() == stamp

    def _stamp(self) -> tuple[int, int] | None:
        """Return what changes with every writing of the file; None when there is none."""
        try:
            status = (self.folder / AUTHORITY).stat()
        except OSError:
            return None
        return status.st_mtime_ns, status.st_ino

    def _loaded(self) -> tuple[tuple[int, int], Authority] | None:
        stamp = self._stamp()
        if stamp is None:
            return None
        path = self.folder / AUTHORITY
        load = _library().load
        try:
            authority = load(path.read_bytes())
        except OSError as error:
            raise self._unusable(error) from error
        except ValueError as error:
            raise TlsError(
                _(
                    "{path} holds no authority any more; remove it, and another is made: cloudbase-ocr tls "
                    "remove"
                ).format(path=path)
            ) from error
        return (stamp, authority) if authority.lives(self._clock()) else None

    def _made(self) -> tuple[tuple[int, int], Authority]:
        """Make and write one. Of two processes at a time the last one's counts, for both."""
        self.write(AUTHORITY, _library().make(self._clock()).file)
        loaded = self._loaded()
        if loaded is None:
            raise TlsError(
                _("{folder} was removed while it was made; try again").format(folder=self.folder / AUTHORITY)
            )
        return loaded

    def _unusable(self, error: OSError) -> TlsError:
        return TlsError(
            _(
                "the authority for https cannot be kept in {folder}: {strerror}; name another folder: "
                "--tls-folder DIR"
            ).format(folder=self.folder, strerror=error.strerror or error)
        )


def _library() -> Any:
    """Return the module that makes and reads authorities; it needs the extra.

    Raises:
        TlsError: the extra is not installed.
    """
    try:
        from cloudbase_ocr.tls import authority
    except ModuleNotFoundError as error:
        raise TlsError(MISSING) from error
    return authority
