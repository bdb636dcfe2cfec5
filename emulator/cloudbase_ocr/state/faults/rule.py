"""One fault: what it is (Fault), checked when it is made, and how often it has been met (Rule)."""

from __future__ import annotations

import threading
from dataclasses import dataclass, fields, replace
from fnmatch import fnmatchcase
from random import Random
from typing import Any

from cloudbase_ocr.state.faults.kinds import (
    FUNCTION,
    FUNCTION_CODES,
    KINDS,
    REQUIRED,
    STORAGE,
    SURFACES,
    WECHAT,
)
from wxcloud.contract import ERRORS, METHODS, by_cloud_name, by_key

MAX_MS = 24 * 3600 * 1000

_OBJECTS = "/_cos/"
_STORAGE_PATHS = (_OBJECTS + "*", "/tcb/uploadfile", "/tcb/batch*file")
# The object store answers errors in XML, and the interfaces in front of it in JSON.
_FOR_OBJECTS = {"cos_error": True, "errcode": False, "errcode_as_string": False}
_IMAGES = {"img.aiCrop": "/cv/img/aicrop", "img.scanQRCode": "/cv/img/qrcode"}
_OPTIONS = frozenset(name for kind in KINDS.values() for name in kind.options)


class FaultError(ValueError):
    """A fault makes no sense; the message names the parameter and what it may be."""


@dataclass(frozen=True)
class Fault:
    """What goes wrong (`type` and its options), where (`surface`, `method`, `function`, `appid`) and when.

    `method` is a cloud call (``ocr.idcard``) or a path that may hold ``*``; `function` a function's name that may
    hold ``*``. Counting only calls that match: `nth` lists the ones that are hit, beginning with 1; each is hit with
    `probability`, by dice that `seed` starts; after `times` hits the fault is spent.
    """

    type: str = ""
    surface: str = ""
    method: str | None = None
    function: str | None = None
    appid: str | None = None
    nth: tuple[int, ...] = ()
    times: int | None = None
    probability: float = 1.0
    seed: int | None = None
    errcode: int | None = None
    errmsg: str | None = None
    ms: float | None = None
    jitter_ms: float | None = None
    bytes: int | None = None
    status: int | None = None
    content_type: str | None = None
    code: str | None = None

    def checked(self) -> Fault:
        """Return the fault with what was left open filled in.

        Raises:
            FaultError: it makes no sense.
        """
        kind_name = self.type or ("errcode" if self.errcode is not None else "")
        kind = KINDS.get(kind_name)
        if kind is None:
            raise FaultError(f"type: {kind_name[:40]!r} is none of {', '.join(KINDS)}")
        surface = self.surface or self._likely_surface(kind.surfaces)
        if surface not in SURFACES:
            raise FaultError(f"surface: {surface[:40]!r} is none of {', '.join(SURFACES)}")
        if surface not in kind.surfaces:
            raise FaultError(
                f"surface: {kind.name} happens to {' or '.join(kind.surfaces)}, not to {surface}"
            )
        if (self.function is not None) > (surface == FUNCTION) or (self.method is not None) > (
            surface != FUNCTION
        ):
            raise FaultError(
                "method is for the surfaces wechat and storage, function for the surface function"
            )
        filled: dict[str, Any] = {"type": kind.name, "surface": surface}
        for name in _OPTIONS:
            if name not in kind.options and getattr(self, name) is not None:
                takes = ", ".join(kind.options) or "none"
                raise FaultError(f"{name}: {kind.name} does not take it; it takes {takes}")
        for name, default in kind.options.items():
            if getattr(self, name) is None and default is REQUIRED:
                raise FaultError(f"{name}: {kind.name} needs it")
            if getattr(self, name) is None:
                filled[name] = default
        fault = replace(self, **filled)
        fault._check_numbers()
        fault.pattern()
        return fault

    def pattern(self) -> str:
        """Return what the path or the function's name has to look like.

        Raises:
            FaultError: there is no such method.
        """
        if self.surface == FUNCTION:
            return self.function or "*"
        name = self.method
        if name is None or name.startswith("/"):
            return name or "*"
        method = by_cloud_name(name.removeprefix("ocr.")) or by_key(name)
        if method is not None:
            return method.path
        if name in _IMAGES:
            return _IMAGES[name]
        known = ", ".join((*(known for method in METHODS for known in method.permissions), *_IMAGES))
        raise FaultError(f"method: {name[:80]!r} is none of {known}, and no path (/cgi-bin/token, /tcb/*)")

    def to_dict(self) -> dict[str, Any]:
        """Return what is set, for JSON."""
        found = {field.name: getattr(self, field.name) for field in fields(self)}
        return {name: value for name, value in found.items() if value is not None and value != ()}

    def _likely_surface(self, surfaces: tuple[str, ...]) -> str:
        if self.function is not None or surfaces == (FUNCTION,):
            return FUNCTION
        if surfaces == (STORAGE,) or (self.method is not None and is_storage(self.method)):
            return STORAGE
        return WECHAT

    def _check_numbers(self) -> None:
        if any(number < 1 for number in self.nth):
            raise FaultError("nth: calls are counted from 1")
        if self.times is not None and self.times < 1:
            raise FaultError(f"times: must be at least 1, and is {self.times}")
        if not 0 < self.probability <= 1:
            raise FaultError(f"probability: must be above 0 and at most 1, and is {self.probability}")
        for name in ("ms", "jitter_ms"):
            value = getattr(self, name)
            if value is not None and not 0 <= value <= MAX_MS:
                raise FaultError(f"{name}: must be from 0 to {MAX_MS}, and is {value}")
        if self.bytes is not None and self.bytes < 0:
            raise FaultError(f"bytes: must not be negative, and is {self.bytes}")
        if self.status is not None and not 400 <= self.status <= 599:
            raise FaultError(f"status: must be an HTTP status from 400 to 599, and is {self.status}")
        for name in ("content_type", "code", "errmsg"):
            value = getattr(self, name)
            if value is not None and (not value.isprintable() or (name != "errmsg" and not value.isascii())):
                raise FaultError(f"{name}: must be printable text")
        if self.errcode is not None:
            self._check_errcode(self.errcode)

    def _check_errcode(self, errcode: int) -> None:
        if self.surface == FUNCTION:
            if errcode not in FUNCTION_CODES:
                known = ", ".join(str(code) for code in FUNCTION_CODES)
                raise FaultError(f"errcode: for a function it is one of {known}, and not {errcode}")
        elif (self.method or "").startswith(_OBJECTS):
            raise FaultError(f"errcode: the object store ({_OBJECTS}) answers in XML; the type is cos_error")
        elif errcode == 0:
            raise FaultError("errcode: 0 is no fault")
        elif errcode not in ERRORS and self.errmsg is None:
            raise FaultError(f"errcode: the contract has no text for {errcode}; give errmsg as well")


class Rule:
    """A fault in force: matches calls and counts them. Thread-safe."""

    def __init__(self, identifier: str, fault: Fault) -> None:
        """Put a checked `fault` with a seed in force."""
        self.id = identifier
        self.fault = fault
        self.random = Random(fault.seed)  # noqa: S311 - must repeat
        self.matched = 0
        self.hits = 0
        self.ended = threading.Event()
        self._pattern = fault.pattern()
        self._lock = threading.Lock()

    @property
    def spent(self) -> bool:
        """Tell whether it can hit no call any more."""
        fault = self.fault
        return (fault.times is not None and self.hits >= fault.times) or (
            bool(fault.nth) and self.matched >= max(fault.nth)
        )

    def matches(self, surface: str, target: str, appid: str) -> bool:
        """Tell whether a call is one that this fault counts."""
        fault = self.fault
        is_object = target.startswith(_OBJECTS)
        if _FOR_OBJECTS.get(fault.type, is_object) != is_object:
            return False
        return (
            surface == fault.surface
            and fault.appid in (None, appid)
            and (self._pattern == "*" or fnmatchcase(target, self._pattern))
        )

    def hit(self, *, only_count: bool = False) -> bool:
        """Count one call that matches, and tell whether the fault happens to it; not so if `only_count`."""
        with self._lock:
            if self.spent:
                return False
            self.matched += 1
            fault = self.fault
            if only_count or (fault.nth and self.matched not in fault.nth):
                return False
            if fault.probability < 1 and self.random.random() >= fault.probability:
                return False
            self.hits += 1
            return True

    def delay(self) -> float:
        """Return the seconds that this hit delays a call: `ms`, give or take up to `jitter_ms`."""
        with self._lock:
            jitter = self.random.uniform(-1, 1) * (self.fault.jitter_ms or 0)
        return max(0.0, (self.fault.ms or 0) + jitter) / 1000

    def to_dict(self) -> dict[str, Any]:
        """Return the rule for JSON: its id, its fault, how many calls matched, and how many were hit."""
        return {
            "id": self.id,
            **self.fault.to_dict(),
            "matched": self.matched,
            "hits": self.hits,
            "spent": self.spent,
        }


def is_storage(path: str) -> bool:
    """Tell whether a path of WeChat's surface belongs to the file store."""
    return any(fnmatchcase(path, pattern) for pattern in _STORAGE_PATHS)
