"""Answers that were written down: fixtures, documented examples among them, and the magic URLs that ask for these."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from cloudbase_ocr.answers import magic
from cloudbase_ocr.answers.conditions import filled
from cloudbase_ocr.answers.explained import TEXT_METHOD
from cloudbase_ocr.answers.question import Reply
from cloudbase_ocr.core.errors import WeChatError
from wxcloud.contract import METHODS, OBSERVED, Method, by_key

if TYPE_CHECKING:
    from cloudbase_ocr.answers.book import FixtureBook
    from cloudbase_ocr.answers.fixtures import Fixture
    from cloudbase_ocr.answers.question import OcrRequest
    from cloudbase_ocr.answers.shape import Shape
    from cloudbase_ocr.core.calls import Trace
    from cloudbase_ocr.core.clock import Clock

_MAX_SHOWN = 60


class Examples:
    """Answers from the fixtures of `book`."""

    def __init__(self, book: FixtureBook, shape: Shape, clock: Clock) -> None:
        """Shape replies as `shape` says, and wait on `clock`."""
        self._book = book
        self._shape = shape
        self._clock = clock

    def of_fixture(self, fixture: Fixture, request: OcrRequest, trace: Trace) -> Reply:
        """Return a fixture's reply, with values of the request where it has room for them.

        Raises:
            WeChatError: the fixture asks for an error.
        """
        trace.source = trace.source or "fixture " + fixture.name
        if fixture.reply is None:
            raise WeChatError(fixture.error or -1, reason=f"fixture {fixture.name} asks for it")
        reply = filled(fixture.reply, request, trace) if fixture.is_template else dict(fixture.reply)
        if fixture.provenance == "documented" and self._shape.profile == OBSERVED:
            reply = _with_observed(fixture.method, reply)
        return Reply(self._shape.apply(fixture.method, reply), "fixture " + fixture.name)

    def named(self, request: OcrRequest, trace: Trace, key: str, variant: str) -> Reply:
        """Return the example of the method `key`: of a side or another `variant`, "" for the first.

        Raises:
            WeChatError: 101000 when there is none of this name, 101001 when another method is called.
        """
        name = f"{key}/{variant or _default_variant(key)}"
        fixture = self._book.named(name, request.appid)
        if fixture is None:
            known = (fixture.name for fixture in self._book.known_to(request.appid))
            names = ", ".join("mock://" + name for name in known if name.startswith(key + "/"))
            raise WeChatError(101000, reason=f"no such fixture; there are {names}")
        if key == request.method.key:
            return self.of_fixture(fixture, request, trace)
        request.note(f"{fixture.name} is no {request.method.title.lower()}: the method called is another")
        if request.method.key == TEXT_METHOD:
            # A picture without text is a success without items (rulings R18 and R19).
            return Reply({**request.method.example_reply(), "items": []}, "magic")
        raise WeChatError(101001)

    def magic(self, request: OcrRequest, trace: Trace, name: str) -> Reply:
        """Return what ``mock://<name>`` asks for.

        Raises:
            WeChatError: it asks for an error, or for nothing that there is (101000).
        """
        trace.source = f"magic {name[:_MAX_SHOWN]}"
        code = magic.error_code(magic.SCHEME + name, market=request.market)
        if code is not None:
            raise WeChatError(code, reason=f"mock://{code} asked for it")
        seconds = magic.delay(name)
        if seconds is not None:
            self._clock.sleep(seconds)
            return self.named(request, trace, request.method.key, "")
        asked, _, variant = name.partition("/")
        for method in METHODS:
            if asked in magic.names_of(method):
                return self.named(request, trace, method.key, variant)
        names = ", ".join(name for method in METHODS for name in method.cloud_names)
        raise WeChatError(
            101000,
            reason=f"no such magic URL; there are mock://<{names}>, mock://<error code> and mock://slow/3s",
        )


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
