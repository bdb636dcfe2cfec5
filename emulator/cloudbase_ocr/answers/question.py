"""What an OCR surface asks, and what it gets."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Callable

    from cloudbase_ocr.core.calls import Trace
    from cloudbase_ocr.core.errors import WeChatError
    from wxcloud.contract import Method


@dataclass(frozen=True)
class OcrRequest:
    """One question: which method, for whom, and either the picture's bytes or a URL and how to fetch it.

    `filename` is what the upload was called. `note` takes sentences for the developer.
    """

    method: Method
    appid: str
    image: bytes | None = None
    url: str | None = None
    fetch: Callable[[str], bytes] | None = None
    filename: str = ""
    note: Callable[[str], None] = field(default=lambda _sentence: None)


@dataclass(frozen=True)
class Reply:
    """The business fields of a success (snake_case, in the contract's order), and where they come from."""

    fields: dict[str, Any]
    source: str


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
