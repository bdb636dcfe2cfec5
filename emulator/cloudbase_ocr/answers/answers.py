"""The one call behind every OCR surface: a picture or a URL in, WeChat's business fields out."""

from __future__ import annotations

import hashlib
from typing import TYPE_CHECKING

from cloudbase_ocr.answers import magic, nearmiss
from cloudbase_ocr.answers.book import FixtureBook
from cloudbase_ocr.answers.conditions import filled, misses
from cloudbase_ocr.answers.examples import Examples
from cloudbase_ocr.answers.fixtures import INCLUDED, load_fixtures
from cloudbase_ocr.answers.photos import Photos
from cloudbase_ocr.answers.question import Answer, Reply
from cloudbase_ocr.answers.scenario_files import load_scenarios
from cloudbase_ocr.answers.scenarios import Scenarios
from cloudbase_ocr.answers.shape import Shape
from cloudbase_ocr.core.calls import Trace
from cloudbase_ocr.core.errors import WeChatError
from cloudbase_ocr.core.imagefile import HEAD
from cloudbase_ocr.recognizer.bounds import MAX_PIXELS
from wxcloud.service_market import INVOKE_SERVICE

if TYPE_CHECKING:
    from collections.abc import Iterable
    from pathlib import Path

    from cloudbase_ocr.answers.explained import Explained
    from cloudbase_ocr.answers.fixtures import Fixture
    from cloudbase_ocr.answers.question import OcrRequest
    from cloudbase_ocr.answers.scenarios import Step
    from cloudbase_ocr.core.clock import Clock
    from cloudbase_ocr.recognizer import Service
    from wxcloud.contract import Method


class Answers:
    """Answers OCR requests: scenario, else magic URL, else fixture, else recognizer. Thread-safe.

    `book` has the fixtures, `scenarios` the ordered answers; both can be changed at any time.
    """

    def __init__(
        self,
        clock: Clock,
        recognizer: Service | None = None,
        fixtures: Iterable[Path] = (),
        shape: Shape | None = None,
        max_pixels: int = MAX_PIXELS,
        scenarios: Iterable[Path] = (),
        not_installed: str = "",
        fixtures_only: bool = False,
    ) -> None:
        """Load the included fixtures, then those of `fixtures`, of which later ones win; and `scenarios`.

        `not_installed` says why there is no recognizer, where the settings want one. With `fixtures_only` no picture is
        read: what nothing else answers is an error.

        Raises:
            FixtureError: a fixture or a scenario does not follow the contract.
        """
        self._shape = shape or Shape()
        self.book = FixtureBook(load_fixtures([INCLUDED, *fixtures]))
        names = {fixture.name for fixture in self.book.fixtures}
        self.scenarios = Scenarios(load_scenarios(scenarios, names))
        self._examples = Examples(self.book, self._shape, clock)
        self._fixtures_only = fixtures_only
        self._photos = Photos(recognizer, self._shape, max_pixels, not_installed)

    def reset(self, appid: str | None = None) -> None:
        """Go back to the fixtures and scenarios of a fresh start, for one account or for all."""
        self.book.reset(appid)
        self.scenarios.reset(appid)

    def answer(self, request: OcrRequest) -> Answer:
        """Answer one request, with an error if WeChat would refuse it or something asks for one."""
        search = _Search(request, self.book)
        try:
            reply = self._reply(search)
        except WeChatError as error:
            return Answer(error, search.trace, search.picture)
        search.trace.fields = reply.fields
        return Answer(reply, search.trace, search.picture)

    def explain(self, method: Method | None, image: bytes, limit: int) -> Explained:
        """Tell what is answered for a picture of at most `limit` bytes that no scenario and no fixture knows, and why.

        Without a method, it is read as what it most likely shows; as printed text where that cannot be told.

        Raises:
            LookupError: no method is given, and there is no recognizer to find out.
        """
        return self._photos.explain(method, image, limit)

    def _reply(self, search: _Search) -> Reply:
        request, trace = search.request, search.trace
        called = INVOKE_SERVICE if request.market else request.method
        step = self.scenarios.next_step(called.key, request.appid)
        if step is not None and not step.normal:
            return self._of_step(search, step)
        fixture = search.by_url()
        if fixture is None and search.is_magic:
            return self._examples.magic(request, trace, (request.url or "")[len(magic.SCHEME) :])
        if fixture is None:
            image = self._look(search)
            fixture = search.by_picture()
        if fixture is not None:
            return self._examples.of_fixture(fixture, request, trace)
        if self._fixtures_only:
            raise search.unmatched()
        return self._photos.read(request, image, trace)

    def _look(self, search: _Search) -> bytes:
        try:
            return search.look()
        except WeChatError:
            if self._fixtures_only and search.request.url:
                search.unmatched()
            raise

    def _of_step(self, search: _Search, step: Step) -> Reply:
        request, trace = search.request, search.trace
        trace.source = "scenario"
        if step.error is not None:
            raise WeChatError(step.error, reason="a scenario asks for it")
        if step.reply is not None and request.market:
            return Reply(filled(step.reply, request, trace), "scenario", as_data=True)
        if step.reply is not None:
            return Reply(self._shape.apply(request.method, filled(step.reply, request, trace)), "scenario")
        key, _, variant = (step.fixture or "").partition("/")
        key = key or request.method.key
        return Reply(self._examples.named(request, trace, key, variant).fields, "scenario")


class _Search:
    """The search for one request's answer: which fixtures match, and in `trace` why those closest do not."""

    def __init__(self, request: OcrRequest, book: FixtureBook) -> None:
        self.request = request
        self.trace = Trace(method=request.method.key)
        self.picture = b""
        self._book = book
        if request.image is not None:
            self._note(request.image)

    @property
    def is_magic(self) -> bool:
        return (self.request.url or "").startswith(magic.SCHEME)

    def by_url(self) -> Fixture | None:
        request = self.request
        if request.url is None:
            return None
        found = self._matching("url", request.url) or self._matching("", "")
        if found is None and not self.is_magic:
            self.trace.missed += nearmiss.url_misses(self._known(), request.method, request.url)
        return found

    def look(self) -> bytes:
        """Return the picture, fetched if that has to be.

        Raises:
            WeChatError: there is none, or it cannot be fetched.
        """
        request = self.request
        if request.image is not None:
            return request.image
        if request.url is None or request.fetch is None:
            raise WeChatError(41005)
        image = request.fetch(request.url)
        self._note(image)
        return image

    def by_picture(self) -> Fixture | None:
        request, sha256 = self.request, self.trace.sha256
        # The address again, because its fixture may ask for a size, which is known only now.
        found_by = (("url", request.url or ""), ("sha256", sha256), ("name", request.filename), ("", ""))
        found = next(filter(None, (self._matching(kind, value) for kind, value in found_by)), None)
        if found is None:
            self.trace.missed += nearmiss.image_misses(
                self._known(), request.method, sha256, request.filename
            )
            self.trace.missed += nearmiss.condition_misses(self._known(), request, self.trace.size)
        return found

    def unmatched(self) -> WeChatError:
        """Leave in the trace that only fixtures may answer and none fits, and return the error for it."""
        trace = self.trace
        if not trace.missed:
            trace.missed += nearmiss.condition_misses(self._known(), self.request, trace.size)
        trace.unmatched = (
            "; ".join(trace.missed) or f"there is no fixture of {self.request.method.key} for it"
        )
        return WeChatError(101001, reason=f"only fixtures answer (--strict-fixtures): {trace.unmatched}")

    def _matching(self, kind: str, value: str) -> Fixture | None:
        request, size = self.request, self.trace.size
        return self._book.matching(
            request.method.key,
            kind,
            value,
            request.appid,
            lambda fixture: not misses(fixture.match, request, size),
        )

    def _known(self) -> tuple[Fixture, ...]:
        return self._book.known_to(self.request.appid)

    def _note(self, image: bytes) -> None:
        self.picture = image
        trace = self.trace
        trace.sha256, trace.size, trace.head = hashlib.sha256(image).hexdigest(), len(image), image[:HEAD]
