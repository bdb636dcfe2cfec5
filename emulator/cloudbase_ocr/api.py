"""Reading a photo from a program: :func:`recognize`, and :class:`Recognizer` to hold an engine of one's own.

Both give WeChat's words: the fields that its reply would carry, and beside them what each rests on.
"""

from __future__ import annotations

import os
import threading
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any, ClassVar

from cloudbase_ocr.answers import Shape
from cloudbase_ocr.answers.explained import field_rows
from cloudbase_ocr.core.methods import find_method
from cloudbase_ocr.recognizer import EngineUnavailable
from cloudbase_ocr.recognizer import Recognizer as Engine
from cloudbase_ocr.recognizer.bounds import MAX_PIXELS
from cloudbase_ocr.recognizer.serving.service import LIMIT
from wxcloud.contract import by_key

if TYPE_CHECKING:
    from types import TracebackType
    from typing import BinaryIO

    from cloudbase_ocr.answers.explained import FieldRow

    Picture = str | os.PathLike[str] | bytes | bytearray | memoryview | BinaryIO

Quad = tuple[tuple[int, int], tuple[int, int], tuple[int, int], tuple[int, int]]
"""Four corners (x, y), clockwise from the left top of the text, in pixels from the left top of the upright picture."""

AUTO = "auto"

_MOST_WAITING = 10_000
_LONGEST_WAIT = 3600.0
"""A program's own threads wait for each other, as for a lock; the bounds of a server would fail them."""


@dataclass(frozen=True)
class FieldEvidence:
    """What one value of a reply rests on.

    `value` is the value itself. `confidence` is from 0 to 1, and None for what was not read as text: a position, a
    size, a constant. `quads` are the places of the pieces of text that it was read from, one for each line; empty when
    it has none. Their unit is the pixel of the picture as sent, upright: its EXIF orientation was applied.
    """

    value: Any
    confidence: float | None
    quads: tuple[Quad, ...]


@dataclass(frozen=True)
class RecognitionResult:
    """What was read from one picture.

    `method` is the cloud call, such as ``ocr.idcard``. `fields` are WeChat's business fields by their names in its
    JSON, in its order, without errcode and errmsg; what could not be read is an empty text. `evidence` has an entry
    for each single value, by its path: ``name``, ``items[0].text``, ``cert_position.pos``.
    """

    method: str
    fields: dict[str, Any]
    evidence: dict[str, FieldEvidence]

    @property
    def reply(self) -> dict[str, Any]:
        """The JSON that WeChat would send: errcode 0, errmsg ok, then the fields."""
        return {"errcode": 0, "errmsg": "ok", **self.fields}


class Recognizer:
    """An engine that reads photos, offline, in this process.

    The constructor loads nothing; `warm` does, or the first picture. Thread-safe: callers wait for each other, as one
    picture at a time is read. Use it in a ``with`` block, or `close` it.
    """

    _loaded_in: ClassVar[int | None] = None

    def __init__(
        self, *, threads: int | None = None, max_pixels: int = MAX_PIXELS, limit: float | None = LIMIT
    ) -> None:
        """Keep the options: CPU threads (None: one a core), the most pixels of a picture, seconds that one may take.

        Raises:
            ValueError: an option is not positive.
        """
        for name, value in (("threads", threads), ("max_pixels", max_pixels), ("limit", limit)):
            if value is not None and value <= 0:
                raise ValueError(f"{name} is {value}; it must be more than 0")
        self._engine = Engine(threads, max_pixels, queue=_MOST_WAITING, timeout=_LONGEST_WAIT, limit=limit)

    def __enter__(self) -> Recognizer:
        """Return itself."""
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        """Close it."""
        self.close()

    def warm(self) -> None:
        """Load the engine now, which takes about a second, so that the first picture does not wait for it.

        Raises:
            RecognizerNotInstalled: the extra ``ocr`` is not installed; the message has the command that adds it.
            EngineUnavailable: the engine or its weights cannot be loaded.
        """
        self._enter()
        self._engine.warm()

    def recognize(self, image: Picture, method: str | None = None) -> RecognitionResult:
        """Read one picture: a path, the bytes of a file, or a file open for reading bytes, which is read to its end.

        JPEG, PNG, WebP, BMP and GIF (its first frame) are read. `method` is the cloud call, with or without ``ocr.``:
        ``idcard``, ``printedText``, ...; None or ``auto`` finds out what the picture shows.

        Raises:
            FileNotFoundError, or another OSError: the file cannot be read.
            ValueError: there is no such method; the message names them all. Or an address was given for a path.
            TypeError: `image` is nothing of the above.
            NotAnImage: the bytes are no picture, or damaged.
            ImageTooLarge: the picture has more than `max_pixels` pixels, or sides in a ratio over 50.
            DocumentNotFound: the picture does not show the document that was asked for.
            TookTooLong: reading took longer than `limit` seconds.
            RecognizerBusy: the recognizer was closed.
            RecognizerNotInstalled: the extra ``ocr`` is not installed; the message has the command that adds it.
            EngineUnavailable: the engine or its weights cannot be loaded, or were before this process was forked.

        All but the first three are a `RecognitionError`.
        """
        known = None if method in (None, AUTO) else find_method(str(method))
        data = _bytes_of(image)
        self._enter()
        told = self._engine.explain(known.key if known else None, data)
        read_as = known or by_key(told.key)
        if read_as is None:
            raise LookupError(f"the recognizer names {told.key!r}, which is no document of the contract")
        fields = Shape().apply(read_as, told.fields)
        rows = field_rows(read_as, fields, told)
        return RecognitionResult(read_as.permission, fields, {row.path: _evidence(row) for row in rows})

    def close(self) -> None:
        """Wait at most 5 seconds for the picture that is being read, and read no more; may be called again.

        A process that ends waits for it in any case.
        """
        self._engine.close()

    @staticmethod
    def _enter() -> None:
        """Refuse to read in a fork of a process that has read: the engine's threads are not there, and it crashes."""
        here = os.getpid()
        if Recognizer._loaded_in not in (None, here):
            raise EngineUnavailable(
                "this process is the fork of one that has loaded the engine, which does not survive that; start "
                'processes with multiprocessing.get_context("spawn"), or read nothing before the fork'
            )
        Recognizer._loaded_in = here


def recognize(image: Picture, method: str | None = None) -> RecognitionResult:
    """Read one picture with the engine that this process shares: see :meth:`Recognizer.recognize`.

    The first call loads the engine, which stays until the process ends. Thread-safe.
    """
    return _shared.get().recognize(image, method)


class _Shared:
    """The recognizer of this process, made when it is first asked for."""

    def __init__(self) -> None:
        self._recognizer: Recognizer | None = None
        self._lock = threading.Lock()

    def get(self) -> Recognizer:
        with self._lock:
            if self._recognizer is None:
                self._recognizer = Recognizer()
            return self._recognizer


_shared = _Shared()


def _bytes_of(image: Any) -> bytes:
    if isinstance(image, (bytes, bytearray, memoryview)):
        return bytes(image)
    if isinstance(image, str) and "://" in image:
        raise ValueError(
            f"{image[:60]!r} is an address, and nothing is fetched; download the picture and pass its bytes"
        )
    if isinstance(image, (str, os.PathLike)):
        return Path(image).read_bytes()
    if not hasattr(image, "read"):
        raise TypeError(
            f"a picture is a path, bytes or a file open for reading bytes, not {type(image).__name__}"
        )
    data = image.read()
    if not isinstance(data, bytes):
        raise TypeError('the file gives no bytes; open it in binary mode: open(path, "rb")')
    return data


def _evidence(row: FieldRow) -> FieldEvidence:
    quads = tuple(_quad([(corner["x"], corner["y"]) for corner in quad]) for quad in row.quads)
    return FieldEvidence(row.value, row.confidence, quads)


def _quad(corners: list[tuple[int, int]]) -> Quad:
    first, second, third, fourth = corners
    return first, second, third, fourth
