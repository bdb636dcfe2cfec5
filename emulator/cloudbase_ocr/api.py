"""Reading a photo from a program: :func:`recognize`, and :class:`Recognizer` to hold an engine of one's own.

Both give WeChat's words: the fields that its reply would carry, and beside them what each rests on.
"""

from __future__ import annotations

import os
import threading
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any, ClassVar

from cloudbase_ocr.answers.results import RecognitionResult, result_of
from cloudbase_ocr.batch.batch import worker_count
from cloudbase_ocr.batch.pictures import Picture as File
from cloudbase_ocr.batch.side_by_side import side_by_side
from cloudbase_ocr.core.formats import readable
from cloudbase_ocr.core.methods import find_method
from cloudbase_ocr.recognizer import EngineUnavailable, Explanation, RecognitionError
from cloudbase_ocr.recognizer import Recognizer as Engine
from cloudbase_ocr.recognizer.bounds import MAX_PIXELS
from cloudbase_ocr.recognizer.serving.service import LIMIT

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator
    from types import TracebackType
    from typing import BinaryIO

    from cloudbase_ocr.batch.items import Item
    from cloudbase_ocr.batch.side_by_side import Answer
    from wxcloud.contract import Method

    Picture = str | os.PathLike[str] | bytes | bytearray | memoryview | BinaryIO

AUTO = "auto"

_MOST_WAITING = 10_000
_LONGEST_WAIT = 3600.0
"""A program's own threads wait for each other, as for a lock; the bounds of a server would fail them."""


@dataclass(frozen=True)
class PictureOutcome:
    """What came of one of many pictures: `result`, or the `error` that `Recognizer.recognize` would have raised.

    `image` is the picture as it was given. For a page of a TIFF or PDF, `page` counts from 1 and `pages` is how many
    the file has; else both are None.
    """

    image: Picture
    result: RecognitionResult | None
    error: OSError | RecognitionError | None = None
    page: int | None = None
    pages: int | None = None


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
        self._max_pixels, self._limit = max_pixels, limit
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

    def recognize(
        self, image: Picture, method: str | None = None, *, page: int | None = None
    ) -> RecognitionResult:
        """Read one picture: a path, the bytes of a file, or a file open for reading bytes, which is read to its end.

        JPEG, PNG, WebP, BMP, GIF (its first frame) and TIFF are read, and with the extra ``formats`` HEIC and PDF.
        `page` of a TIFF or PDF counts from 1; None is the first. `method` is the cloud call, with or without ``ocr.``:
        ``idcard``, ``printedText``, ...; None or ``auto`` finds out what the picture shows.

        Raises:
            FileNotFoundError, or another OSError: the file cannot be read.
            ValueError: there is no such method; the message names them all. Or an address was given for a path.
            TypeError: `image` is nothing of the above.
            NotAnImage: the bytes are no picture, or damaged.
            ImageTooLarge: the picture has more than `max_pixels` pixels, or sides in a ratio over 50.
            DocumentNotFound: the picture does not show the document that was asked for, or nothing at all.
            FormatNotInstalled: the picture needs the extra ``formats``; the message has the command that adds it.
            TookTooLong: reading took longer than `limit` seconds.
            RecognizerBusy: the recognizer was closed.
            RecognizerNotInstalled: the extra ``ocr`` is not installed; the message has the command that adds it.
            EngineUnavailable: the engine or its weights cannot be loaded, or were before this process was forked.

        All but the first three are a `RecognitionError`.
        """
        known = _method(method)
        data = readable(_bytes_of(image), page, self._max_pixels)
        self._enter()
        return result_of(known, self._engine.explain(known.key if known else None, data))

    def recognize_many(
        self,
        images: Iterable[Picture],
        method: str | None = None,
        *,
        processes: int | None = None,
        ordered: bool = True,
    ) -> Iterator[PictureOutcome]:
        """Read many pictures side by side, each as `recognize` does; give an outcome for each, and each page.

        `images` is asked for more while pictures are read, 16 ahead for each process, so that it may be endless.
        `processes` read with one thread each, by default one a core and at most eight; they are started here and end
        with the iterator. Outcomes come in order, or, not `ordered`, as soon as they are there.

        Raises:
            ValueError: there is no such method, `processes` is not positive, or an address was given for a path.
            TypeError: a picture is nothing that `recognize` takes.
            RecognizerNotInstalled: the extra ``ocr`` is not installed; the message has the command that adds it.
            EngineUnavailable: the engine or its weights cannot be loaded.

        What goes wrong with one picture is its outcome's `error`.
        """
        if processes is not None and processes <= 0:
            raise ValueError(f"processes is {processes}; it must be more than 0")
        known = _method(method)
        answers = side_by_side(
            ((image, _file(image)) for image in images),
            known.key if known else None,
            workers=processes or worker_count(None),
            max_pixels=self._max_pixels,
            limit=self._limit,
            ordered=ordered,
        )
        return (_outcome(known, image, item, answer) for image, item, answer in answers)

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


def recognize(image: Picture, method: str | None = None, *, page: int | None = None) -> RecognitionResult:
    """Read one picture with the engine that this process shares: see :meth:`Recognizer.recognize`.

    The first call loads the engine, which stays until the process ends. Thread-safe.
    """
    return _shared.get().recognize(image, method, page=page)


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


def _method(name: str | None) -> Method | None:
    return None if name in (None, AUTO) else find_method(str(name))


def _outcome(known: Method | None, image: Picture, item: Item, answer: Answer) -> PictureOutcome:
    if isinstance(answer, Explanation):
        return PictureOutcome(image, result_of(known, answer), None, item.page, item.pages)
    return PictureOutcome(image, None, answer, item.page, item.pages)


def _file(image: Any) -> File:
    """Return a picture as it is read later on, if it is a path, else with its bytes."""
    if isinstance(image, (str, os.PathLike)):
        path = _path(image)
        return File(str(path), path)
    return File("bytes", Path("bytes"), content=_bytes_of(image))


def _path(image: Any) -> Path:
    if isinstance(image, str) and "://" in image:
        raise ValueError(
            f"{image[:60]!r} is an address, and nothing is fetched; download the picture and pass its bytes"
        )
    return Path(image)


def _bytes_of(image: Any) -> bytes:
    if isinstance(image, (bytes, bytearray, memoryview)):
        return bytes(image)
    if isinstance(image, (str, os.PathLike)):
        return _path(image).read_bytes()
    if not hasattr(image, "read"):
        raise TypeError(
            f"a picture is a path, bytes or a file open for reading bytes, not {type(image).__name__}"
        )
    data = image.read()
    if not isinstance(data, bytes):
        raise TypeError('the file gives no bytes; open it in binary mode: open(path, "rb")')
    return data
