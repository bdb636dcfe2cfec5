"""Tests as somebody who may not do everything."""

from __future__ import annotations

import ctypes
import os
import sys
from collections.abc import Iterator
from contextlib import contextmanager

_VERSION_3 = 0x20080522
# To write, and to read and search, where the mode forbids it.
_OVERRIDES = 1 << 1 | 1 << 2


@contextmanager
def somebody_else() -> Iterator[None]:
    """Be bound by modes inside the block, as ordinary users are; root is not.

    It stays root, who may read a checkout that lies below a private folder.
    """
    if os.geteuid() != 0 or sys.platform != "linux":
        yield
        return
    libc = ctypes.CDLL(None, use_errno=True)
    header = (ctypes.c_uint32 * 2)(_VERSION_3, 0)
    given, taken = (ctypes.c_uint32 * 6)(), (ctypes.c_uint32 * 6)()
    for words in (given, taken):
        if libc.capget(header, words):
            raise OSError(ctypes.get_errno(), "capget")
    taken[0] &= ~_OVERRIDES  # the effective ones; permitted ones stay
    if libc.capset(header, taken):
        raise OSError(ctypes.get_errno(), "capset")
    try:
        yield
    finally:
        if libc.capset(header, given):
            raise OSError(ctypes.get_errno(), "capset")
