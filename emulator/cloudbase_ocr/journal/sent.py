"""What an entry says of the call that it can send again; the bytes themselves are kept beside the journal."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from cloudbase_ocr.runtime import Caller


@dataclass(frozen=True, slots=True)
class SentRequest:
    """That a request can be sent again: what it sent is kept as `key`, but for the picture in it, if one is named."""

    key: str
    picture: str = ""


@dataclass(frozen=True, slots=True)
class SentEvent:
    """A function's event, kept as `key` in JSON, and who called."""

    name: str
    key: str
    caller: Caller
