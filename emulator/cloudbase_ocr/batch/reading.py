"""Reads one picture without a server, in WeChat's words, and tells what the answer rests on."""

from __future__ import annotations

from dataclasses import asdict, dataclass
from functools import cached_property
from typing import TYPE_CHECKING, Any

from cloudbase_ocr.answers import Envelope
from cloudbase_ocr.answers.explained import Explained, explain, field_rows
from cloudbase_ocr.answers.market import reply_in_market
from cloudbase_ocr.answers.refusals import as_wechat
from cloudbase_ocr.core.errors import WeChatError
from cloudbase_ocr.core.jsonable import as_json
from cloudbase_ocr.recognizer import EngineUnavailable
from wxcloud.contract import DOCUMENTED, by_key

if TYPE_CHECKING:
    from cloudbase_ocr.answers import Shape
    from cloudbase_ocr.answers.explained import FieldRow
    from cloudbase_ocr.answers.market import Market
    from cloudbase_ocr.recognizer import Explanation, RecognitionError, Service
    from wxcloud.contract import Method

_ENVELOPE = Envelope(profile=DOCUMENTED)


@dataclass(frozen=True)
class Lowest:
    """The field that is least certain: its path in WeChat's JSON, and its confidence from 0 to 1."""

    field: str
    confidence: float


@dataclass(frozen=True)
class Reading:
    """What came of one picture.

    `method` is None when it was to be found out and could not be. `wechat` is the JSON that WeChat would send.
    `reason` says in words why nothing was read; empty when something was. `explanation` is None when reading did
    not begin.
    """

    method: Method | None
    guessed: bool
    wechat: dict[str, Any]
    reason: str
    explanation: Explanation | None

    @property
    def succeeded(self) -> bool:
        """Tell whether the document was read."""
        return bool(self.wechat["errcode"] == 0)

    @cached_property
    def lowest(self) -> Lowest | None:
        """The field that is least certain; None when none was read as text."""
        known = [(row.confidence, row.path) for row in self.fields if row.confidence is not None]
        if not known:
            return None
        confidence, path = min(known)
        return Lowest(path, round(confidence, 3))

    @cached_property
    def fields(self) -> list[FieldRow]:
        """Each value with what it rests on, as the control side explains it."""
        if self.method is None or self.explanation is None or not self.succeeded:
            return []
        shown = {name: value for name, value in self.wechat.items() if name not in ("errcode", "errmsg")}
        return field_rows(self.method, shown, self.explanation)

    def reply(self, market: Market | None = None) -> dict[str, Any]:
        """Return the JSON that WeChat would send; with `market`, what its service market would."""
        if market is None or self.method is None:
            return self.wechat
        fields = {name: value for name, value in self.wechat.items() if name not in ("errcode", "errmsg")}
        error = None if self.succeeded else WeChatError(self.wechat["errcode"])
        read = Explained(self.method, fields, error, self.explanation)
        # A menu has no ocr_type.
        none = _ENVELOPE.failure(9301001, _ENVELOPE.text(WeChatError(9301001)))
        return reply_in_market(_ENVELOPE, market, read) or none

    def entry(self, *, explain: bool, market: Market | None = None) -> dict[str, Any]:
        """Return what is printed of it: method, WeChat's JSON, and what it rests on if `explain`."""
        entry: dict[str, Any] = {"method": self.method.permission if self.method else None}
        if self.guessed:
            entry["guessed"] = True
        entry["wechat"] = self.reply(market)
        if self.reason:
            entry["reason"] = self.reason
        if self.lowest is not None:
            entry["lowest"] = asdict(self.lowest)
        if explain and self.explanation is not None:
            entry |= {**_found(self.explanation), "fields": as_json(self.fields), **_times(self.explanation)}
        return entry


def read(recognizer: Service, method: Method | None, shape: Shape, image: bytes) -> Reading:
    """Read a picture as the document of `method`, or as the one that it shows.

    Raises:
        EngineUnavailable: the engine is not installed, so that no picture can be read.
    """
    guessed = method is None
    told = explain(recognizer, shape, method, image, identify=guessed)
    if isinstance(told.failure, EngineUnavailable):
        raise told.failure
    if told.error is not None:
        wechat = _ENVELOPE.failure(told.error.code, _ENVELOPE.text(told.error))
        known = method or (by_key(told.explanation.key) if told.explanation else None)
        return Reading(known, guessed, wechat, told.error.reason, told.explanation)
    return Reading(told.method, guessed, _ENVELOPE.success(told.fields or {}), "", told.explanation)


def refused(method: Method | None, error: RecognitionError) -> Reading:
    """Return what came of a picture that was refused before anything read it."""
    wechat = as_wechat(error)
    reply = _ENVELOPE.failure(wechat.code, _ENVELOPE.text(wechat))
    return Reading(method, method is None, reply, str(error), error.explanation)


def _found(told: Explanation) -> dict[str, Any]:
    """Return what the picture shows, as far as that was looked for."""
    found: dict[str, Any] = {}
    if told.candidates:
        found["candidates"] = [
            {"method": _permission(candidate.key), "score": round(candidate.score, 3)}
            for candidate in told.candidates
        ]
    if told.picture is not None:
        found["picture"] = asdict(told.picture)
    return found


def _times(told: Explanation) -> dict[str, Any]:
    stages = [{"name": name, "seconds": round(seconds, 3)} for name, seconds in told.stages.items()]
    return {"stages": stages, "seconds": round(told.seconds, 3)}


def _permission(key: str) -> str:
    """Return the name that cloud calls have for a document: ``ocr.idcard``."""
    method = by_key(key)
    if method is None:
        raise LookupError(f"the recognizer names {key!r}, which is no document of the contract")
    return method.permission
