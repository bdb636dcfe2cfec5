"""The C library's allocator, told to give large blocks back to the system as soon as they are freed."""

from __future__ import annotations

import ctypes
import os
from contextlib import suppress

# M_MMAP_THRESHOLD of GNU's malloc.h: blocks from this size on are mapped one by one.
_OPTION, _BYTES = -3, 1 << 20


def give_back_large_blocks() -> None:
    """Keep freed pictures from staying in the heap. Does nothing with other C libraries than GNU's.

    GNU's raises this size by itself to that of the largest block that was freed, up to 32 MB: pictures and tensors
    then lie between small blocks, and the holes they leave are not given back: after nine pictures of five sizes 544 MB
    stayed instead of 500, and 652 were taken at most instead of 640.
    """
    with suppress(AttributeError, OSError, TypeError, ValueError):
        if os.confstr("CS_GNU_LIBC_VERSION"):
            ctypes.CDLL(None).mallopt(_OPTION, _BYTES)
