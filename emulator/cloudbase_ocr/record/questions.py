"""What a request asks, in the terms of a recording: a method and a picture, never the text of a multipart body."""

from __future__ import annotations

import hashlib
import re
from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

from cloudbase_ocr.answers import Fixture
from cloudbase_ocr.answers.market import method_fields
from cloudbase_ocr.core.errors import WeChatError

if TYPE_CHECKING:
    from collections.abc import Callable

    from cloudbase_ocr.record.upstream import Reply
    from wxcloud.contract import Method
    from wxcloud.service_market import Document


_NAME_CHARACTERS = 16
_NOT_FOUND = 101001

# Names and ID numbers in the names of files.
_PERSONAL = re.compile(r"[0-9]{6}|%|[^\x00-\x7f]")


@dataclass(frozen=True)
class Question:
    """One OCR request: its method, and the picture's bytes or its URL and how to fetch it.

    `document` is set for a call of the service market: what comes is recorded as the method's own answer, so that the
    recording answers both.
    """

    method: Method
    image: bytes | None = None
    url: str | None = None
    fetch: Callable[[str], bytes] | None = None
    document: Document | None = None

    def outcome_of(self, reply: Reply) -> dict[str, Any] | int | None:
        """Return the fields of a success, the errcode of an error, or None: `reply` is no answer of WeChat's API."""
        outcome = reply.outcome()
        if self.document is None or not isinstance(outcome, dict):
            return outcome
        try:
            fields = method_fields(self.document, outcome.get("data"))
        except ValueError:
            return None
        return _NOT_FOUND if fields is None else fields

    @cached_property
    def picture(self) -> bytes | None:
        """The picture; one that is sent as a URL is fetched, once. None when it cannot be had."""
        if self.image is not None or self.url is None or self.fetch is None:
            return self.image
        try:
            return self.fetch(self.url)
        except WeChatError:
            return None

    @cached_property
    def sha256(self) -> str | None:
        """The SHA-256 of the picture, in hex."""
        return None if self.picture is None else hashlib.sha256(self.picture).hexdigest()

    @property
    def described(self) -> str:
        """The picture in words, without anything that must not be shown: a URL can hold a signature."""
        if self.picture is not None:
            return f"picture {(self.sha256 or '')[:16]} ({len(self.picture)} bytes)"
        return "picture behind a URL that cannot be fetched" if self.url else "no picture"

    @property
    def match(self) -> dict[str, str]:
        """What a recording may keep to find this question again: the hash, and a URL that carries only a place."""
        found = {} if self.sha256 is None else {"sha256": self.sha256}
        if self.url is not None and is_plain_url(self.url):
            found["url"] = self.url
        return found

    def fixture(self, answer: dict[str, Any] | int, reference: str) -> Fixture:
        """Return the fixture that gives `answer` (fields of a reply, or an error code) to this question.

        `match` must not be empty.
        """
        identity = self.sha256 or hashlib.sha256((self.url or "").encode()).hexdigest()
        name = f"{self.method.key}/{identity[:_NAME_CHARACTERS]}"
        reply, error = (None, answer) if isinstance(answer, int) else (answer, None)
        return Fixture(name, self.method, "recorded", reference, reply, error, self.match)


def is_plain_url(url: str) -> bool:
    """Tell whether a URL is nothing but a place: no query (signatures), no fragment, no user name, no long number."""
    try:
        parts = urlsplit(url)
    except ValueError:
        return False
    if parts.query or parts.fragment or parts.username or parts.password:
        return False
    return not _PERSONAL.search(parts.path)
