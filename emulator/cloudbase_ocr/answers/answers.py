"""The one call behind every OCR surface: a picture or a URL in, WeChat's business fields out."""

from __future__ import annotations

import hashlib
import threading
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from cloudbase_ocr.answers import magic, nearmiss
from cloudbase_ocr.answers.fixtures import INCLUDED, Fixture, load_fixtures
from cloudbase_ocr.answers.reading import Explained, as_wechat, check_size
from cloudbase_ocr.answers.scenario_files import load_scenarios
from cloudbase_ocr.answers.scenarios import Scenarios
from cloudbase_ocr.answers.shape import Shape
from cloudbase_ocr.answers.table import FixtureTable
from cloudbase_ocr.core.calls import Trace
from cloudbase_ocr.core.errors import WeChatError
from cloudbase_ocr.core.imagefile import HEAD, check_picture
from cloudbase_ocr.recognizer.bounds import MAX_PIXELS
from cloudbase_ocr.recognizer.errors import ImageTooLarge, NotAnImage, RecognitionError
from wxcloud.contract import METHODS, OBSERVED, Method, by_key

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable
    from pathlib import Path

    from cloudbase_ocr.answers.scenarios import Step
    from cloudbase_ocr.core.clock import Clock
    from cloudbase_ocr.recognizer import Service

TEXT_METHOD = "comm"


@dataclass(frozen=True)
class OcrRequest:
    """One question: which method, for whom, and either the picture's bytes or a URL and how to fetch it.

    `filename` is what the upload was called. `note` takes sentences for the developer; what is found out on the way
    to the answer goes into `trace`.
    """

    method: Method
    appid: str
    image: bytes | None = None
    url: str | None = None
    fetch: Callable[[str], bytes] | None = None
    filename: str = ""
    note: Callable[[str], None] = field(default=lambda _sentence: None)
    trace: Trace = field(default_factory=Trace)


@dataclass(frozen=True)
class Answer:
    """The business fields of a reply (snake_case, in the contract's order), and where they come from."""

    fields: dict[str, Any]
    source: str


class Answers:
    """Answers OCR requests: scenario, else magic URL, else fixture, else recognizer. Thread-safe."""

    def __init__(
        self,
        clock: Clock,
        recognizer: Service | None = None,
        fixtures: Iterable[Path] = (),
        shape: Shape | None = None,
        max_pixels: int = MAX_PIXELS,
        scenarios: Iterable[Path] = (),
        not_installed: str = "",
    ) -> None:
        """Load the included fixtures, then those of `fixtures`, of which later ones win; and `scenarios`.

        `not_installed` says why there is no recognizer, where the settings want one.

        Raises:
            FixtureError: a fixture or a scenario does not follow the contract.
        """
        self._clock = clock
        self._recognizer = recognizer
        self._not_installed = not_installed
        self._shape = shape or Shape()
        self._max_pixels = max_pixels
        self._lock = threading.Lock()
        self._started_with = FixtureTable(load_fixtures([INCLUDED, *fixtures]))
        self._common = self._started_with
        self._own: dict[str, FixtureTable] = {}
        names = {fixture.name for fixture in self._started_with.fixtures}
        self.scenarios = Scenarios(load_scenarios(scenarios, names))

    @property
    def fixtures(self) -> tuple[Fixture, ...]:
        """The fixtures for everybody, those that win last."""
        return self._common.fixtures

    def fixtures_of(self, appid: str) -> tuple[Fixture, ...]:
        """Return the fixtures that only this account has, those that win last."""
        own = self._own.get(appid)
        return () if own is None else own.fixtures

    def add(self, fixture: Fixture, appid: str | None = None) -> None:
        """Take one more fixture, for everybody or for one account; it wins over earlier ones of its name or match.

        An account's own fixtures win over those for everybody.
        """
        with self._lock:
            if appid is None:
                self._common = self._common.with_fixture(fixture)
            else:
                self._own = {**self._own, appid: self._own.get(appid, FixtureTable()).with_fixture(fixture)}

    def remove(self, name: str, appid: str | None = None) -> bool:
        """Forget the fixture of this name, of everybody or of one account; False when there is none."""
        with self._lock:
            table = self._common if appid is None else self._own.get(appid, FixtureTable())
            if table.named(name) is None:
                return False
            if appid is None:
                self._common = table.without(name)
            else:
                self._own = {**self._own, appid: table.without(name)}
            return True

    def reset(self, appid: str | None = None) -> None:
        """Go back to the fixtures and scenarios of a fresh start, for one account or for all."""
        with self._lock:
            if appid is None:
                self._common, self._own = self._started_with, {}
            else:
                self._own = {owner: table for owner, table in self._own.items() if owner != appid}
        self.scenarios.reset(appid)

    @property
    def removed(self) -> tuple[str, ...]:
        """Names of the fixtures of a fresh start that were removed since."""
        return tuple(
            fixture.name
            for fixture in self._started_with.fixtures
            if self._common.named(fixture.name) is None
        )

    @property
    def added(self) -> list[tuple[str | None, Fixture]]:
        """The fixtures that were added since a fresh start, each with its account (None: everybody), oldest first."""
        common = [
            (None, fixture)
            for fixture in self._common.fixtures
            if self._started_with.named(fixture.name) is not fixture
        ]
        return [*common, *((appid, fixture) for appid, own in self._own.items() for fixture in own.fixtures)]

    def answer(self, request: OcrRequest) -> Answer:
        """Answer one request.

        Raises:
            WeChatError: what WeChat would refuse, or what a scenario, a magic URL or a fixture asks for.
        """
        request.trace.method, request.trace.url = request.method.key, request.url or ""
        if request.image is not None:
            _note_picture(request.trace, request.image)
        found = self._answer(request)
        request.trace.fields = found.fields
        return found

    def _answer(self, request: OcrRequest) -> Answer:
        step = self.scenarios.next_step(request.method.key, request.appid)
        if step is not None and not step.normal:
            return self._from_step(request, step)
        if request.url is not None:
            if request.url.startswith(magic.SCHEME):
                return self._magic(request, request.url[len(magic.SCHEME) :])
            fixture = self._matching(request, "url", request.url)
            if fixture is not None:
                return self._from_fixture(request, fixture)
            request.trace.missed += nearmiss.url_misses(self._known(request), request.method, request.url)
        image = request.image
        if image is None and request.url is not None and request.fetch is not None:
            image = request.fetch(request.url)
        if image is None:
            raise WeChatError(41005)
        return self._read(request, image)

    def _read(self, request: OcrRequest, image: bytes) -> Answer:
        trace = request.trace
        if not trace.sha256:
            _note_picture(trace, image)
        fixture = self._matching(request, "sha256", trace.sha256)
        if fixture is None and request.filename:
            fixture = self._matching(request, "name", request.filename)
        if fixture is not None:
            return self._from_fixture(request, fixture)
        trace.missed += nearmiss.image_misses(
            self._known(request), request.method, trace.sha256, request.filename
        )
        return self._from_pixels(request, image)

    def explain(self, method: Method | None, image: bytes, limit: int) -> Explained:
        """Tell what is answered for a picture of at most `limit` bytes that no scenario and no fixture knows, and why.

        Without a method, it is read as what it most likely shows; as printed text where that cannot be told.

        Raises:
            LookupError: no method is given, and there is no recognizer to find out.
        """
        assumed = method or _PRINTED_TEXT
        request = OcrRequest(assumed, "")
        try:
            check_size(len(image), limit)
            if method is None:
                return self._guessed(image)
            answer = self._from_pixels(request, image, identify=True)
        except WeChatError as error:
            return Explained(assumed, None, error, request.trace.explanation)
        return Explained(assumed, answer.fields, None, request.trace.explanation)

    def _guessed(self, image: bytes) -> Explained:
        if self._recognizer is None:
            why = self._not_installed or "the recognizer is off"
            raise LookupError(f"which document it is cannot be found out ({why}); name the method")
        try:
            told = self._recognizer.explain(None, image)
        except RecognitionError as error:
            known = by_key(error.explanation.key) if error.explanation else None
            return Explained(known or _PRINTED_TEXT, None, as_wechat(error), error.explanation)
        method = by_key(told.key) or _PRINTED_TEXT
        return Explained(method, self._shape.apply(method, told.fields), None, told)

    def _from_pixels(self, request: OcrRequest, image: bytes, *, identify: bool = False) -> Answer:
        method, trace = request.method, request.trace
        if self._recognizer is None or method.key not in self._recognizer.methods:
            return self._unread(request, image)
        trace.source = "recognizer"
        try:
            told = self._recognizer.explain(method.key, image, identify=identify)
        except RecognitionError as error:
            trace.explanation = error.explanation
            raise as_wechat(error) from error
        trace.explanation = told
        return Answer(self._shape.apply(method, told.fields), "recognizer")

    def _unread(self, request: OcrRequest, image: bytes) -> Answer:
        """Answer for a picture that nothing here can read; what is no picture is still 101002."""
        try:
            picture = check_picture(image, self._max_pixels)
        except (NotAnImage, ImageTooLarge) as error:
            raise WeChatError(101002, reason=str(error)) from error
        lesson = self._lesson(request.method)
        request.note(lesson)
        if request.method.key == TEXT_METHOD:  # never 101001 (ruling R18)
            size = {"w": picture.width, "h": picture.height}
            return Answer({"items": [], "img_size": size}, "no recognizer")
        raise WeChatError(101001, reason=lesson)

    def _lesson(self, method: Method) -> str:
        """Return why a picture is not read, and what to do."""
        if self._not_installed:
            return f"no fixture has this picture, and {self._not_installed}"
        return _FIXTURES_ONLY.format(key=method.key, name=method.cloud_names[0])

    def _magic(self, request: OcrRequest, name: str) -> Answer:
        request.trace.source = f"magic {name[:_MAX_SHOWN]}"
        code = magic.error_code(magic.SCHEME + name)
        if code is not None:
            raise WeChatError(code, reason=f"mock://{code} asked for it")
        seconds = magic.delay(name)
        if seconds is not None:
            self._clock.sleep(seconds)
            return self._example(request, request.method.key, "")
        asked, _, variant = name.partition("/")
        for method in METHODS:
            if asked in magic.names_of(method):
                return self._example(request, method.key, variant)
        names = ", ".join(name for method in METHODS for name in method.cloud_names)
        raise WeChatError(
            101000,
            reason=f"no such magic URL; there are mock://<{names}>, mock://<error code> and mock://slow/3s",
        )

    def _example(self, request: OcrRequest, key: str, variant: str) -> Answer:
        name = f"{key}/{variant or _default_variant(key)}"
        own = self._own.get(request.appid)
        fixture = (own and own.named(name)) or self._common.named(name)
        if fixture is None:
            known = (fixture.name for fixture in self._known(request))
            names = ", ".join("mock://" + name for name in known if name.startswith(key + "/"))
            raise WeChatError(101000, reason=f"no such fixture; there are {names}")
        if key != request.method.key:
            request.note(f"{fixture.name} is no {request.method.title.lower()}: the method called is another")
            if request.method.key == TEXT_METHOD:
                # A picture without text is a success without items (rulings R18 and R19).
                return Answer({**request.method.example_reply(), "items": []}, "magic")
            raise WeChatError(101001)
        return self._from_fixture(request, fixture)

    def _from_fixture(self, request: OcrRequest, fixture: Fixture) -> Answer:
        request.trace.source = request.trace.source or "fixture " + fixture.name
        if fixture.reply is None:
            raise WeChatError(fixture.error or -1, reason=f"fixture {fixture.name} asks for it")
        reply = dict(fixture.reply)
        if fixture.provenance == "documented" and self._shape.profile == OBSERVED:
            reply = _with_observed(fixture.method, reply)
        return Answer(self._shape.apply(fixture.method, reply), "fixture " + fixture.name)

    def _from_step(self, request: OcrRequest, step: Step) -> Answer:
        request.trace.source = "scenario"
        if step.error is not None:
            raise WeChatError(step.error, reason="a scenario asks for it")
        if step.reply is not None:
            return Answer(self._shape.apply(request.method, dict(step.reply)), "scenario")
        variant = (step.fixture or "").partition("/")[2]
        return Answer(self._example(request, request.method.key, variant).fields, "scenario")

    def _known(self, request: OcrRequest) -> tuple[Fixture, ...]:
        return (*self.fixtures, *self.fixtures_of(request.appid))

    def _matching(self, request: OcrRequest, kind: str, value: str) -> Fixture | None:
        own = self._own.get(request.appid) if self._own else None
        found = None if own is None else own.matching(request.method.key, kind, value)
        return found or self._common.matching(request.method.key, kind, value)


_MAX_SHOWN = 60
_PRINTED_TEXT = next(method for method in METHODS if method.key == TEXT_METHOD)
_FIXTURES_ONLY = (
    "{key} is answered from fixtures only, and none has this picture. Add one with its sha256 under match, "
    "or ask for the example with img_url=mock://{name}"
)


def _note_picture(trace: Trace, image: bytes) -> None:
    trace.sha256, trace.size, trace.head = hashlib.sha256(image).hexdigest(), len(image), image[:HEAD]
    trace.picture = image


def _default_variant(key: str) -> str:
    """Return the variant that the bare mock://<cloud name> gives: the first side, or the example."""
    method = by_key(key)
    return method.sides[0].lower() if method is not None and method.sides else "example"


def _with_observed(method: Method, reply: dict[str, Any]) -> dict[str, Any]:
    """Add what live replies carry and pages leave out, where the reply has the fields of that side (R4)."""
    for field_ in method.reply_fields(reply.get("type")):
        if field_.status == OBSERVED and field_.name not in reply:
            reply[field_.name] = field_.example_value()
    return reply
