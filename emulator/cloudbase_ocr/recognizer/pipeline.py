"""One picture on its way through the recognizer: decoded, perhaps identified, read, explained."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from cloudbase_ocr.recognizer.documents.classify import LONG_SIDE, candidates
from cloudbase_ocr.recognizer.documents.registry import reader
from cloudbase_ocr.recognizer.errors import DocumentNotFound, RecognitionError
from cloudbase_ocr.recognizer.evidence import Explanation, Shown
from cloudbase_ocr.recognizer.fields.calibration import calibrated
from cloudbase_ocr.recognizer.fields.reading import Reading
from cloudbase_ocr.recognizer.image.decode import decode
from cloudbase_ocr.recognizer.layout.sublabels import nothing
from cloudbase_ocr.recognizer.page.page import Page
from cloudbase_ocr.recognizer.page.timing import Report

if TYPE_CHECKING:
    from collections.abc import Callable

    from cloudbase_ocr.recognizer.evidence import Candidate
    from cloudbase_ocr.recognizer.image.decode import Decoded
    from cloudbase_ocr.recognizer.ocr.engine import Engine


def explain(
    engine: Callable[[], Engine],
    image: bytes,
    key: str | None,
    *,
    identify: bool,
    max_pixels: int,
    limit: float | None,
    make_room: Callable[[], None],
    tell: Callable[[str], None],
) -> Explanation:
    """Read a picture as the document of the method `key`, or as what it most likely shows.

    `engine` gives the engine, loading it if need be; `make_room` lets go of memory that it does not need at the moment;
    `tell` gets each stage's name; `limit` is in seconds. With `identify`, what the picture may show is told, too.
    Raises `RecognitionError`, with what was known until then.
    """
    known = _Known(Report(tell=tell))
    try:
        with known.report.stage("decode"):
            decoded = known.decoded = decode(image, max_pixels, make_room)
        loaded = engine()
        # The time begins when the engine is there: the first picture is not to blame for its loading.
        known.report = Report(limit, stages=known.report.stages, tell=tell)
        read_as = key or _likeliest(known, Page(decoded, loaded, LONG_SIDE, known.report))
        document = reader(read_as)
        page = known.page
        # `_likeliest` has read it with the usual long side, every line, in Simplified Chinese.
        as_is = document.long_side == LONG_SIDE and document.skip_lines is None and not document.every_script
        if page is None or not as_is:
            # Read exactly as when the document is named, so that the answer is the same.
            skip = document.skip_lines or nothing
            page = known.page = Page(
                decoded,
                loaded,
                document.long_side,
                known.report,
                skip,
                every_script=document.every_script,
            )
        reading = document.read(page)
        if key is None and not reading.evidence:
            raise DocumentNotFound("nothing was found: the picture shows no text that can be read")
    except RecognitionError as error:
        error.explanation = known.explanation(key or "", Reading({}), identify=identify)
        raise
    return known.explanation(read_as, reading, identify=identify)


def _likeliest(known: _Known, page: Page) -> str:
    """The method's key of the document that a page most likely shows."""
    known.page = page
    page.lines()
    known.identify()
    return known.candidates[0].key


@dataclass
class _Known:
    """What is known of a picture so far."""

    report: Report
    decoded: Decoded | None = None
    page: Page | None = None
    candidates: tuple[Candidate, ...] = ()

    def identify(self) -> None:
        """Tell which documents a page may show whose text was looked for."""
        if self.page is not None and self.page.turned is not None and not self.candidates:
            with self.report.stage("identify"):
                self.candidates = candidates(self.page)

    def explanation(self, key: str, reading: Reading, *, identify: bool) -> Explanation:
        """Tell it, with what was read as the document of `key`."""
        report, decoded, page = self.report, self.decoded, self.page
        report.limit = None
        if identify:
            self.identify()
        shown = None
        if decoded is not None:
            turned = None if page is None else page.turned
            shown = Shown(decoded.width, decoded.height, decoded.orientation, turned, decoded.missing_rows)
        return Explanation(
            reading.fields,
            calibrated(key, reading.evidence),
            report.stages,
            sum(report.stages.values()),
            key,
            self.candidates,
            shown,
        )
