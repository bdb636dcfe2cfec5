"""Files that hold personal data or secrets: for their owner only, whatever the umask allows."""

from __future__ import annotations

import os
import stat
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from pathlib import Path
    from typing import BinaryIO

PRIVATE = 0o600
"""Read and write for the owner; the umask may take more away."""


def private_opener(path: str, flags: int) -> int:
    """Open a file as an `opener` of `open`: a new one, or an older one that others could read, is private then."""
    file = os.open(path, flags, PRIVATE)
    try:
        make_private(file)
    except BaseException:
        os.close(file)
        raise
    return file


def open_private(path: Path) -> BinaryIO:
    """Open a private file to be written from its beginning.

    Raises:
        OSError: it cannot be written.
    """
    return open(path, "wb", opener=private_opener)


def make_private(file: int) -> None:
    """Take the rights of others from an open file; from no device or pipe, and from no file of another owner."""
    status = os.fstat(file)
    if hasattr(os, "fchmod") and stat.S_ISREG(status.st_mode) and status.st_uid == os.geteuid():
        mode = stat.S_IMODE(status.st_mode)
        if mode & ~PRIVATE:
            os.fchmod(file, mode & PRIVATE)
