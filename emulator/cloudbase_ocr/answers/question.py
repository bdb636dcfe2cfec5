"""What an OCR surface asks, and what it gets."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from cloudbase_ocr.core.calls import Trace
    from cloudbase_ocr.core.errors import WeChatError
    from wxcloud.contract import Method


@dataclass(frozen=True)
class OcrRequest:
    """One question: which method, for whom, and either the picture's bytes or a URL and how to fetch it.

    `filename` is what the upload was called; `query` and `form` are the texts that came beside the picture, the second
    parsed when somebody asks. `note` takes sentences for the developer. With `market` the call came to
    the service market: its scenarios are asked and not those of the method, and its error codes are known.
    """

    method: Method
    appid: str
    image: bytes | None = None
    url: str | None = None
    fetch: Callable[[str], bytes] | None = None
    filename: str = ""
    note: Callable[[str], None] = field(default=lambda _sentence: None)
    market: bool = False
    query: Mapping[str, str] = field(default_factory=dict)
    form: Callable[[], Mapping[str, str]] = field(default=dict)


@dataclass(frozen=True)
class Reply:
    """The business fields of a success (snake_case, in the contract's order), and where they come from.

    `as_data`: they are what stands in the `data` of the service market, as a scenario wrote them.
    """

    fields: dict[str, Any]
    source: str
    as_data: bool = False


@dataclass(frozen=True)
class Answer:
    """What came of a question: a reply, or the error that WeChat would send, and how it was found.

    `picture` is what was looked at, fetched or not; b"" when that was not asked for.
    """

    outcome: Reply | WeChatError
    trace: Trace
    picture: bytes

    def or_raise(self) -> Reply:
        """Return the reply.

        Raises:
            WeChatError: there is an error instead.
        """
        if isinstance(self.outcome, Reply):
            return self.outcome
        raise self.outcome
