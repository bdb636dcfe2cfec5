"""Reads one picture without a server, in WeChat's words, and tells what the answer rests on."""

from __future__ import annotations

from dataclasses import asdict, dataclass
from typing import TYPE_CHECKING, Any

from emulator.batch.fields import fields_of
from emulator.recognizer import (
    DocumentNotFound,
    EngineUnavailable,
    ImageTooLarge,
    NotAnImage,
    RecognitionError,
)
from wxcloud.contract import ERRORS, by_key

if TYPE_CHECKING:
    from emulator.answers import Shape
    from emulator.recognizer import Explanation, Service
    from wxcloud.contract import Method


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
        """Whether the document was read."""
        return bool(self.wechat["errcode"] == 0)

    def entry(self, *, explain: bool) -> dict[str, Any]:
        """Return what is printed of it: method, WeChat's JSON, and what it rests on if `explain`."""
        entry: dict[str, Any] = {"method": self.method.permission if self.method else None}
        if self.guessed:
            entry["guessed"] = True
        entry["wechat"] = self.wechat
        if self.reason:
            entry["reason"] = self.reason
        if explain and self.explanation is not None:
            entry |= _explained(self.explanation)
        return entry


def read(recognizer: Service, method: Method | None, shape: Shape, image: bytes) -> Reading:
    """Read a picture as the document of `method`, or as the one that it shows.

    Raises:
        EngineUnavailable: the engine is not installed, so that no picture can be read.
    """
    guessed = method is None
    try:
        told = recognizer.explain(method.key if method else None, image, identify=guessed)
    except EngineUnavailable:
        raise
    except RecognitionError as error:
        code = _code(error)
        wechat = {"errcode": code, "errmsg": ERRORS[code].text}
        told_so_far = error.explanation
        if method is None and told_so_far is not None:
            method = by_key(told_so_far.key)
        return Reading(method, guessed, wechat, str(error), told_so_far)
    method = by_key(told.key) if method is None else method
    if method is None:
        raise LookupError(f"the recognizer names {told.key!r}, which is no document of the contract")
    wechat = {"errcode": 0, "errmsg": "ok", **shape.apply(method, told.fields)}
    return Reading(method, guessed, wechat, "", told)


def _code(error: RecognitionError) -> int:
    if isinstance(error, (NotAnImage, ImageTooLarge)):
        return 101002
    return 101001 if isinstance(error, DocumentNotFound) else -1


def _explained(told: Explanation) -> dict[str, Any]:
    return {
        **({"candidates": [asdict(one) for one in told.candidates]} if told.candidates else {}),
        "picture": None if told.picture is None else asdict(told.picture),
        "fields": fields_of(told.fields, told.evidence),
        "stages": [{"name": name, "seconds": round(seconds, 3)} for name, seconds in told.stages.items()],
        "seconds": round(told.seconds, 3),
    }
