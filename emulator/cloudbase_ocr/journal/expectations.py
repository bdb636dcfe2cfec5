"""What a test says was to be called, held against the calls that came; a miss shows the nearest and how it differs."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from cloudbase_ocr.core.methods import find_call
from cloudbase_ocr.core.redact import HIDDEN, hiding_secrets

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from cloudbase_ocr.journal.received import ReceivedRequest

IMAGE_PARTS = ("sha256", "size", "filename", "content_type")
_SHOWN = 12
_LISTED = 5
_GROUPS = ("query", "form", "headers", "image")


@dataclass(frozen=True)
class Expectation:
    """One call that is wanted: by method, or by a path that begins with a slash.

    Of `query`, `form`, `headers` and `image` only what is named is compared; None means that it is not there. `times`
    is how often, None: at least once.
    """

    method: str
    times: int | None = None
    query: Mapping[str, Any] = field(default_factory=dict)
    form: Mapping[str, Any] = field(default_factory=dict)
    headers: Mapping[str, Any] = field(default_factory=dict)
    image: Mapping[str, Any] = field(default_factory=dict)
    code: int | str | None = None


@dataclass(frozen=True)
class Verdict:
    """Which calls are as wanted, and, where they are not as many as wanted, a message that says what differs."""

    calls: list[ReceivedRequest]
    message: str


def verify(expectation: Expectation, requests: Sequence[ReceivedRequest]) -> Verdict:
    """Hold the calls that came against the one that was to come.

    Raises:
        ValueError: there is no such method, or what is wanted can never be; the message says why.
    """
    _check(expectation)
    of_method = [
        (number, each) for number, each in enumerate(requests, 1) if _is_of(expectation.method, each)
    ]
    told = [(differences(expectation, each), number, each) for number, each in of_method]
    found = [each for wrong, _, each in told if not wrong]
    times = expectation.times
    if found if times is None else len(found) == times:
        return Verdict(found, "")
    wanted = "at least once" if times is None else _times(times)
    lines = [f"{_described(expectation)} was to be called {wanted}, and was called {_times(len(found))}"]
    missed = [each for each in told if each[0]]
    if found:
        lines[0] += f" (calls {', '.join(str(number) for wrong, number, _ in told if not wrong)})"
    if missed and len(found) < (1 if times is None else times):
        wrong, number, nearest = min(missed, key=lambda each: len(each[0]))
        lines.append(f"nearest: call {number} of {len(requests)}, {_told(nearest)}:")
        lines += [f"  {line}" for line in wrong]
    elif not of_method:
        lines.append(_others(requests))
    return Verdict(found, "\n".join(lines))


def differences(expectation: Expectation, request: ReceivedRequest) -> list[str]:
    """Return a line for each thing in which a call is not as wanted."""
    lines = []
    for group in _GROUPS:
        sent = getattr(request, group)
        for name, wanted in getattr(expectation, group).items():
            value = getattr(sent, name, None) if group == "image" else sent.get(name)
            if value != wanted and value != _as_kept(name, wanted):
                why = (
                    "none: nobody looked at a picture"
                    if group == "image" and sent is None
                    else _quoted(value)
                )
                lines.append(f"{group}.{name}: expected {_quoted(wanted)}, was {why}")
    if expectation.code is not None and request.code != expectation.code:
        lines.append(f"code: expected {expectation.code}, was {request.code}")
    return lines


def _check(expectation: Expectation) -> None:
    if not expectation.method.startswith("/"):
        find_call(expectation.method)
    if expectation.times is not None and expectation.times < 0:
        raise ValueError(f"times: must be 0 or more, and is {expectation.times}")
    for name in expectation.image:
        if name not in IMAGE_PARTS:
            raise ValueError(f"image.{name}: unknown; known are {', '.join(IMAGE_PARTS)}")
    for group in ("query", "form", "headers"):
        for name, wanted in getattr(expectation, group).items():
            if wanted not in (None, HIDDEN) and hiding_secrets("x", name) == HIDDEN:
                raise ValueError(
                    f"{group}.{name}: tokens and secrets are not kept; compare it with {HIDDEN!r} to see that it was "
                    "sent, and appid and code of the call to see whose it was"
                )


def _as_kept(name: str, wanted: Any) -> Any:
    """Return a wanted text as it is kept: a signature inside an address is not."""
    return hiding_secrets(wanted, name) if isinstance(wanted, str) else wanted


def _is_of(name: str, request: ReceivedRequest) -> bool:
    if name.startswith("/") and request.path == name:
        return True
    try:
        method = find_call(name)
    except ValueError:
        return False
    return request.path == method.path or request.cloud_call == method.permission


def _described(expectation: Expectation) -> str:
    parts = [
        f"{group}.{name}={_quoted(value)}"
        for group in _GROUPS
        for name, value in getattr(expectation, group).items()
    ]
    if expectation.code is not None:
        parts.append(f"code={expectation.code}")
    return expectation.method + (f" with {', '.join(parts)}" if parts else "")


def _told(request: ReceivedRequest) -> str:
    by = f", answered by {request.answered_by}" if request.answered_by else ""
    outcome = f"HTTP {request.status}" if request.code is None else f"errcode {request.code}"
    return f"{request.method} {request.path} ({outcome}{by})"


def _others(requests: Sequence[ReceivedRequest]) -> str:
    if not requests:
        return "nothing was called"
    lines = [_told(each) for each in requests[-_LISTED:]]
    more = f" and {len(requests) - _LISTED} before" if len(requests) > _LISTED else ""
    return f"called were: {'; '.join(lines)}{more}"


def _times(count: int) -> str:
    return f"{count} time{'' if count == 1 else 's'}"


def _quoted(value: Any) -> str:
    text = repr(value)
    if isinstance(value, str) and len(value) == 64 and set(value) <= set("0123456789abcdef"):
        return f"{value[:_SHOWN]}…"
    return text if len(text) <= 200 else text[:200] + "…"
