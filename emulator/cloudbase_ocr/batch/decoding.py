"""Decodes HEIC, TIFF and PDF in processes of their own: a crash in such a library costs one picture."""

from __future__ import annotations

import signal
import subprocess
import threading
from contextlib import suppress
from typing import TYPE_CHECKING, Any

from cloudbase_ocr.core import formats
from cloudbase_ocr.language import _
from cloudbase_ocr.recognizer.errors import TookTooLong, WorkerLost
from cloudbase_ocr.recognizer.serving.process import command_of, how_ended
from cloudbase_ocr.recognizer.serving.protocol import own_pipes, packed_error, receive, send, unpacked_error

if TYPE_CHECKING:
    from types import TracebackType

_END_SECONDS = 5.0


class Decoders:
    """Does what `core.formats` does in child processes, which start when such a file comes; many threads may call.

    As many run as are asked at a time. One that takes longer than `limit` seconds is killed.
    """

    def __init__(self, limit: float | None) -> None:
        """Start nothing yet."""
        self._limit = limit
        self._idle: list[_Decoder] = []
        self._closed = False
        self._lock = threading.Lock()

    def __enter__(self) -> Decoders:
        """Return itself."""
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        """End the processes; those that decode, as soon as they have."""
        with self._lock:
            self._closed = True
            idle, self._idle = self._idle, []
        for decoder in idle:
            decoder.kill()

    def count_pages(self, data: bytes) -> int:
        """Return how many pages a TIFF or PDF has; raises what `formats.count_pages` does, and `WorkerLost`."""
        return int(self._ask({"count": True}, data)[0]["count"])

    def readable(self, data: bytes, page: int | None, max_pixels: int) -> bytes:
        """Return a picture that the recognizer decodes; raises what `formats.readable` does, and `WorkerLost`."""
        if formats.format_of(data[: formats.HEAD]) is None:
            return data
        return self._ask({"page": page, "max_pixels": max_pixels}, data)[1]

    def _ask(self, message: dict[str, Any], data: bytes) -> tuple[dict[str, Any], bytes]:
        decoder = self._taken()
        try:
            reply = decoder.ask(message, data, self._limit)
        except BaseException:
            decoder.kill()
            raise
        self._put_back(decoder)
        if "failed" in reply[0]:
            raise unpacked_error(reply[0]["failed"])
        return reply

    def _taken(self) -> _Decoder:
        """Take an idle process that lives, or start one."""
        with self._lock:
            while self._idle:
                decoder = self._idle.pop()
                if not decoder.ended:
                    return decoder
                decoder.kill()
        return _Decoder()

    def _put_back(self, decoder: _Decoder) -> None:
        with self._lock:
            if not self._closed:
                self._idle.append(decoder)
                return
        decoder.kill()


class _Decoder:
    """A child process, which ends with its input."""

    def __init__(self) -> None:
        self._process = subprocess.Popen(  # noqa: S603 - the command is this interpreter
            command_of(__name__),
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            creationflags=getattr(subprocess, "CREATE_NO_WINDOW", 0),
        )

    @property
    def ended(self) -> bool:
        """Whether the process is gone."""
        return self._process.poll() is not None

    def ask(self, message: dict[str, Any], data: bytes, limit: float | None) -> tuple[dict[str, Any], bytes]:
        """Give a picture and return the answer. Raises `WorkerLost` and `TookTooLong`; it is gone then."""
        late = threading.Event()

        def end() -> None:
            late.set()
            self._process.kill()

        timer = threading.Timer(limit or threading.TIMEOUT_MAX, end)
        timer.daemon = True
        timer.start()
        pipe_in, pipe_out = self._process.stdin, self._process.stdout
        reply = None
        try:
            with suppress(OSError):  # it is gone
                if pipe_in is not None and pipe_out is not None:
                    send(pipe_in, message, data)
                    reply = receive(pipe_out)
        finally:
            timer.cancel()
        if reply is not None:
            return reply
        if late.is_set():
            raise TookTooLong(
                _("decoding the picture took longer than the limit of {limit:g} s").format(limit=limit)
            )
        raise WorkerLost(_("the process that decoded the picture ended: {end}").format(end=self._end()))

    def kill(self) -> None:
        """End it, now."""
        self._process.kill()
        with suppress(subprocess.TimeoutExpired, OSError):
            self._process.communicate(timeout=_END_SECONDS)

    def _end(self) -> str:
        with suppress(subprocess.TimeoutExpired):  # its pipes end a moment before it does
            self._process.wait(_END_SECONDS)
        self.kill()
        return how_ended(self._process.returncode)


def main() -> None:
    """Decode what comes on the standard input until it ends."""
    # Ctrl-C is for the caller, which ends its processes in order.
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    pipe_in, pipe_out = own_pipes()
    with suppress(OSError):  # nobody listens any more
        while (asked := receive(pipe_in)) is not None:
            send(pipe_out, *_answer(*asked))


def _answer(message: dict[str, Any], data: bytes) -> tuple[dict[str, Any], bytes]:
    try:
        if "count" in message:
            return {"count": formats.count_pages(data)}, b""
        return {}, formats.readable(data, message["page"], message["max_pixels"])
    except Exception as error:  # one picture's failure is no reason to end
        return {"failed": packed_error(error)}, b""
