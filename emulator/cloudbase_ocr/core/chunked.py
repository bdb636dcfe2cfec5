"""Bodies with ``Transfer-Encoding: chunked`` (RFC 9112, section 7.1), read within bounds.

Werkzeug's own reader tells its caller more bytes than it has read when a chunk that is larger than the buffer ends
early. Older CPythons (3.11.2) believe it, and hand out foreign memory or end with a segmentation fault.
"""

from __future__ import annotations

import io
import re
from typing import TYPE_CHECKING

from werkzeug.exceptions import BadRequest, RequestEntityTooLarge

if TYPE_CHECKING:
    from typing import Any

MAX_CHUNK_BYTES = 64 * 1024 * 1024
"""No route reads more than this of a body, not even to throw it away, so a larger chunk is never accepted."""

_MAX_LINE = 100
_SIZE = re.compile(rb"([0-9A-Fa-f]+)[ \t]*\r?\n")


class BrokenBody(BadRequest, OSError):
    """The chunks of a body are not in order: status 400, where a route has no answer of its own for it."""


class ChunkTooLarge(RequestEntityTooLarge, OSError):
    """A chunk announces more than :data:`MAX_CHUNK_BYTES`, and nothing of it is read: status 413 in the same way."""


class ChunkedBody(io.RawIOBase):
    """The bytes of a chunked body, without its sizes."""

    def __init__(self, source: io.BufferedIOBase) -> None:
        """Read from `source`, which stands at the line of the first chunk's size."""
        self._source = source
        self._left = 0
        self._ended = False

    def readable(self) -> bool:
        """Return True: this is a stream to read."""
        return True

    def readinto(self, buffer: Any) -> int:
        """Fill `buffer`, and return how many bytes of it are filled: fewer than it has only at the end.

        Raises:
            ChunkTooLarge: the next chunk is larger than any body may be.
            BrokenBody: a size is not hexadecimal, or the body ends before its last chunk.
        """
        filled = 0
        with memoryview(buffer).cast("B") as view:
            while filled < len(view) and self._is_in_chunk():
                count = self._source.readinto(view[filled : filled + self._left])
                if not count:
                    raise BrokenBody("the body ended within a chunk")
                filled += count
                self._left -= count
                if not self._left:
                    self._end_line()
        return filled

    def _is_in_chunk(self) -> bool:
        if not self._left and not self._ended:
            self._left = self._next_size()
            if not self._left:
                self._ended = True
                self._end_line()
        return not self._ended

    def _next_size(self) -> int:
        line = self._source.readline(_MAX_LINE)
        found = _SIZE.fullmatch(line)
        if found is None:
            raise BrokenBody("the size of a chunk is not hexadecimal")
        size = int(found[1], 16)
        if size > MAX_CHUNK_BYTES:
            raise ChunkTooLarge(f"a chunk of {size} bytes; {MAX_CHUNK_BYTES} are the most")
        return size

    def _end_line(self) -> None:
        if self._source.readline(2) not in (b"\r\n", b"\n"):
            raise BrokenBody("a chunk does not end where its size says")
