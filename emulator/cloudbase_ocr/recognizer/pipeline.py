"""One picture on its way through the recognizer: decoded, perhaps identified, read, explained."""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING, Any

from cloudbase_ocr.recognizer.documents.classify import LONG_SIDE, candidates
from cloudbase_ocr.recognizer.documents.registry import READERS
from cloudbase_ocr.recognizer.errors import RecognitionError
from cloudbase_ocr.recognizer.evidence import Explanation, Shown
from cloudbase_ocr.recognizer.image.decode import decode
from cloudbase_ocr.recognizer.layout.sublabels import nothing
from cloudbase_ocr.recognizer.page.page import Page
from cloudbase_ocr.recognizer.page.timing import Report

if TYPE_CHECKING:
    from collections.abc import Callable

    from cloudbase_ocr.recognizer.evidence import Candidate
    from cloudbase_ocr.recognizer.image.decode import Decoded
    from cloudbase_ocr.recognizer.ocr.engine import Engine


class Reading:
    """Reads one picture.

    `engine` gives the engine, loading it if need be; `make_room` lets go of memory that it does not need at the
    moment; `tell` gets each stage's name.
    """

    def __init__(
        self,
        engine: Callable[[], Engine],
        make_room: Callable[[], None],
        max_pixels: int,
        limit: float | None,
        tell: Callable[[str], None],
    ) -> None:
        """Keep the settings; nothing is read yet."""
        self._engine = engine
        self._make_room = make_room
        self._max_pixels = max_pixels
        self._limit = limit
        self._tell = tell
        self._report = Report(tell=tell)
        self._decoded: Decoded | None = None
        self._page: Page | None = None
        self._candidates: tuple[Candidate, ...] = ()

    def explain(self, key: str | None, image: bytes, *, identify: bool) -> Explanation:
        """Read it as the document of `key`, or as what it most likely shows. Raises `RecognitionError`."""
        try:
            key, fields = self._read(key, image)
        except RecognitionError as error:
            error.explanation = self._told(key or "", {}, identify=identify)
            raise
        return self._told(key, fields, identify=identify)

    def _read(self, key: str | None, image: bytes) -> tuple[str, dict[str, Any]]:
        with self._report.stage("decode"):
            self._decoded = decode(image, self._max_pixels, self._make_room)
        engine = self._engine()
        # The time begins when the engine is there: the first picture is not to blame for its loading.
        self._report = Report(self._limit, stages=self._report.stages, tell=self._tell)
        if key is None:
            self._page = Page(self._decoded, engine, LONG_SIDE, self._report)
            self._page.lines()
            self._identify()
            key = self._candidates[0].key
        reader = import_module(f"cloudbase_ocr.recognizer.documents.{READERS[key]}")
        leave_out = getattr(reader, "LEAVE_OUT", nothing)
        if self._page is None or reader.LONG_SIDE != LONG_SIDE or leave_out is not nothing:
            # Read exactly as when the document is named, so that the answer is the same.
            self._page = Page(self._decoded, engine, reader.LONG_SIDE, self._report, leave_out)
        fields: dict[str, Any] = reader.read(self._page)
        return key, fields

    def _identify(self) -> None:
        if self._page is not None and self._page.turned is not None and not self._candidates:
            with self._report.stage("identify"):
                self._candidates = candidates(self._page)

    def _told(self, key: str, fields: dict[str, Any], *, identify: bool) -> Explanation:
        report, decoded, page = self._report, self._decoded, self._page
        report.limit = None
        if identify:
            self._identify()
        shown = None
        if decoded is not None:
            turned = None if page is None else page.turned
            shown = Shown(decoded.width, decoded.height, decoded.orientation, turned)
        return Explanation(
            fields,
            report.fields,
            report.stages,
            sum(report.stages.values()),
            key,
            self._candidates,
            shown,
        )
