"""What a function prints, and SCF's lines around it.

The form of the lines is that of public SCF and CloudBase logs of 2021 to 2025::

    START RequestId: 7a2ae0d9-63f6-46ea-8ca4-34cb7fe081fe
    Event RequestId: 7a2ae0d9-63f6-46ea-8ca4-34cb7fe081fe
    ...
    ERROR RequestId: 7a2ae0d9-63f6-46ea-8ca4-34cb7fe081fe Result:{"errorCode":1,...}
    END RequestId: 7a2ae0d9-63f6-46ea-8ca4-34cb7fe081fe
    Report RequestId: 7a2ae0d9-63f6-46ea-8ca4-34cb7fe081fe Duration:480ms Memory:128MB MemUsage:22.363708MB

SCF also writes a ``Response ... RetMsg:`` line with the whole result. It is left out here: results hold names
and ID numbers, which belong in no log.
"""

from __future__ import annotations

import json
import threading
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable

    from cloudbase_ocr.runtime.errors import InvocationError

MAX_LOG_BYTES = 1024 * 1024
"""Of what one call prints, this much is kept: the end of it."""


class LogPipe:
    """Reads what a process prints, all the time, so that a full pipe never blocks it."""

    def __init__(self, read: Callable[[], bytes], at_end: Callable[[], object]) -> None:
        """Call `read` in a thread until it returns nothing, then `at_end`."""
        self._read = read
        self._at_end = at_end
        self._buffer = bytearray()
        self._ended = False
        self._changed = threading.Condition()
        self._thread = threading.Thread(target=self._pump, name="function-log", daemon=True)
        self._thread.start()

    def take(self, mark: bytes, timeout: float) -> bytes:
        """Return and forget what came before `mark`; all there is when none comes in `timeout` seconds."""
        with self._changed:
            self._changed.wait_for(lambda: self._ended or mark in self._buffer, timeout)
            before, _, after = bytes(self._buffer).partition(mark)
            self._buffer[:] = after
        return before[-MAX_LOG_BYTES:]

    def so_far(self) -> bytes:
        """Return what was printed since the last :meth:`take`, and leave it there."""
        with self._changed:
            return bytes(self._buffer[-MAX_LOG_BYTES:])

    def take_all(self) -> bytes:
        """Return and forget what was printed up to now."""
        with self._changed:
            printed = bytes(self._buffer[-MAX_LOG_BYTES:])
            self._buffer.clear()
        return printed

    def settle(self, seconds: float) -> None:
        """Wait until nothing was printed for so long, ten times that at most."""
        with self._changed:
            for _ in range(10):
                if self._ended or not self._changed.wait(seconds):
                    return

    def wait(self, timeout: float) -> None:
        """Wait until a process that was killed has nothing more to say."""
        self._thread.join(timeout)

    def take_rest(self, timeout: float) -> bytes:
        """Return what is left of a process that was killed."""
        self.wait(timeout)
        return self.take_all()

    def _pump(self) -> None:
        while chunk := self._read():
            with self._changed:
                self._buffer += chunk
                if len(self._buffer) > 2 * MAX_LOG_BYTES:
                    del self._buffer[:-MAX_LOG_BYTES]
                self._changed.notify_all()
        with self._changed:
            self._ended = True
            self._changed.notify_all()
        self._at_end()


def format_log(
    printed: bytes,
    *,
    request_id: str,
    error: InvocationError | None,
    duration_ms: float,
    memory_limit_mb: int,
    memory_mb: float,
) -> str:
    """Return the log of one call: SCF's lines, and between them what the function printed."""
    lines = [f"START RequestId: {request_id}", f"Event RequestId: {request_id}"]
    text = printed.decode("utf-8", "replace").rstrip("\n")
    if text:
        lines.append(text)
    if error is not None:
        result = json.dumps(error.to_dict(request_id), ensure_ascii=False, separators=(",", ":"))
        lines.append(f"ERROR RequestId: {request_id} Result:{result}")
    memory = f"Memory:{memory_limit_mb}MB MemUsage:{memory_mb:.6f}MB"
    lines.append(f"END RequestId: {request_id}")
    lines.append(f"Report RequestId: {request_id} Duration:{duration_ms:.0f}ms {memory}")
    return "\n".join(lines) + "\n"
