"""One fault: what it is (Fault), checked when it is made, and how often it has been met (Rule)."""

from __future__ import annotations

import threading
from collections.abc import Sequence  # noqa: TC003 - operations read the annotations at run time
from dataclasses import dataclass, field, replace
from fnmatch import fnmatchcase
from random import Random
from typing import Any

from cloudbase_ocr.core.jsonable import ABSENT
from cloudbase_ocr.core.methods import UnknownMethodError, find_call
from cloudbase_ocr.core.nearest import is_meant
from cloudbase_ocr.state.faults.kinds import (
    FUNCTION,
    FUNCTION_CODES,
    KINDS,
    REQUIRED,
    STORAGE,
    SURFACES,
    WECHAT,
)
from wxcloud.contract import ERRORS
from wxcloud.errorcodes import MARKET_ERRORS

MAX_MS = 24 * 3600 * 1000

_OBJECTS = "/_cos/"
_STORAGE_PATHS = (_OBJECTS + "*", "/tcb/uploadfile", "/tcb/batch*file")
# The object store answers errors in XML, and the interfaces in front of it in JSON.
_FOR_OBJECTS = {"cos_error": True, "errcode": False, "errcode_as_string": False}
_IMAGES = {
    "img.aiCrop": "/cv/img/aicrop",
    "img.scanQRCode": "/cv/img/qrcode",
    "img.superresolution": "/cv/img/superresolution",
}
OPTIONS = frozenset(name for kind in KINDS.values() for name in kind.options)
"""The parameters that single kinds of faults take; all kinds take the others."""


class FaultError(ValueError):
    """A fault makes no sense; the message names the parameter and what it may be."""


def _parameter(text: str, default: Any = None) -> Any:
    """Declare a parameter with what it means; one that is not given does not appear in JSON."""
    absent = ABSENT if default is None else {}
    return field(default=default, metadata={"help": text, **absent})


@dataclass(frozen=True, kw_only=True)
class Fault:
    """What goes wrong (`type` and its options), where (`surface`, `method`, `function`, `appid`) and when.

    `method` is a cloud call (``ocr.idcard``) or a path that may hold ``*``; `function` a function's name that may
    hold ``*``. Counting only calls that match: `nth` lists the ones that are hit, beginning with 1; each is hit with
    `probability`, by dice that `seed` starts; after `times` hits the fault is spent.

    This is the one place that names the parameters: ``fault.add``, its route, its command, the form of the console
    and the reference have them from here.
    """

    type: str = field(
        default="",
        kw_only=False,
        metadata={"help": f"one of {', '.join(KINDS)}; by default errcode when an errcode is given"},
    )
    surface: str = _parameter(
        f"where: {', '.join(SURFACES)}; by default the one that the other parameters suggest", ""
    )
    method: str | None = _parameter(
        "a cloud call (ocr.idcard) or a path that may hold * (/cgi-bin/*); by default all of the surface"
    )
    function: str | None = _parameter("a function's name, which may hold *")
    appid: str | None = _parameter("only calls of this account")
    nth: Sequence[int] | None = _parameter("only these of the calls that match, counted from 1")
    times: int | None = _parameter("how many hits until the fault ends; by default until it is removed")
    probability: float = _parameter("how likely a hit is, above 0 and at most 1", 1.0)
    seed: int | None = _parameter(
        "seed of the random choices, so that runs repeat; by default one is drawn and shown"
    )
    errcode: int | None = _parameter("type errcode: the error code")
    errmsg: str | None = _parameter("type errcode: a text in place of the contract's")
    ms: float | None = _parameter("milliseconds: of latency, timeout, drip and cold_start")
    jitter_ms: float | None = _parameter(
        "types latency and cold_start: give or take up to so many milliseconds"
    )
    bytes: int | None = _parameter("type truncated: bytes that arrive, by default half of them")
    status: int | None = _parameter("types html and cos_error: the HTTP status")
    content_type: str | None = _parameter(
        "type content_type: what the answer claims to be, by default text/html"
    )
    code: str | None = _parameter("type cos_error: the object store's code, by default SlowDown")

    def checked(self) -> Fault:
        """Return the fault with what was left open filled in.

        Raises:
            FaultError: it makes no sense.
        """
        kind_name = self.type or ("errcode" if self.errcode is not None else "")
        kind = KINDS.get(kind_name)
        if kind is None:
            raise FaultError(
                f"type: {kind_name[:40]!r} is none of {', '.join(KINDS)}{is_meant(kind_name, KINDS)}"
            )
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
        filled: dict[str, Any] = {"type": kind.name, "surface": surface, "nth": tuple(self.nth or ())}
        for name in OPTIONS:
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
        if name in _IMAGES:
            return _IMAGES[name]
        try:
            return find_call(name).path
        except UnknownMethodError as error:
            images = ", ".join(_IMAGES)
            raise FaultError(f"{error}, {images}, and no path (/cgi-bin/token, /tcb/*)") from error

    def _likely_surface(self, surfaces: tuple[str, ...]) -> str:
        if self.function is not None or surfaces == (FUNCTION,):
            return FUNCTION
        if surfaces == (STORAGE,) or (self.method is not None and is_storage(self.method)):
            return STORAGE
        return WECHAT

    def _check_numbers(self) -> None:
        if any(number < 1 for number in self.nth or ()):
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
        elif errcode not in {**ERRORS, **MARKET_ERRORS} and self.errmsg is None:
            raise FaultError(f"errcode: the contract has no text for {errcode}; give errmsg as well")


@dataclass(frozen=True)
class _Named:
    id: str


@dataclass(frozen=True, kw_only=True)
class FaultState(Fault, _Named):
    """A fault in force: its `id`, what it is and whom it meets, and how many calls matched and were hit."""

    matched: int = 0
    hits: int = 0
    spent: bool = False


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
        if fault.nth and self.matched >= max(fault.nth):
            return True
        return fault.times is not None and self.hits >= fault.times

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

    @property
    def state(self) -> FaultState:
        """The fault with its id and its counts at this moment."""
        return FaultState(self.id, matched=self.matched, hits=self.hits, spent=self.spent, **vars(self.fault))


def is_storage(path: str) -> bool:
    """Tell whether a path of WeChat's surface belongs to the file store."""
    return any(fnmatchcase(path, pattern) for pattern in _STORAGE_PATHS)
