"""What happens to one HTTP call: delays and ends before it is answered, changes to its answer after."""

from __future__ import annotations

import json
from http import HTTPStatus
from typing import TYPE_CHECKING, Any

from flask import Response, request

from cloudbase_ocr.core.errors import WeChatError
from cloudbase_ocr.state.faults.connection import Dropped, drain, wait_for_hang_up

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence

    from cloudbase_ocr.core.clock import Clock
    from cloudbase_ocr.state.faults.rule import Rule

_JSON = "application/json; encoding=utf-8"
_GARBAGE_BYTES = 256
_DRIPS = 20


class Hits:
    """The faults that hit one call. Use it inside the request: first `before`, then `after` on the answer."""

    def __init__(self, rules: Sequence[Rule], clock: Clock) -> None:
        """Take the rules that hit; at most one of them ends the call."""
        self._rules = rules
        self._clock = clock

    def describe(self) -> str:
        """Return which faults these are: ``f1 latency, f2 reset``."""
        return ", ".join(f"{rule.id} {rule.fault.type}" for rule in self._rules)

    def before(self) -> Response | None:
        """Delay the call; return what it gets in place of an answer, or None when it is to be answered.

        Raises:
            WeChatError: the errcode that a fault asks for.
        """
        self._delay()
        for rule in self._rules:
            end = _ENDS.get(rule.fault.type)
            if end is not None:
                drain(request.environ)
                return end(rule)
        return None

    def fail_download(self) -> str:
        """Delay a download that is no request to this server; return which faults spoil it, or ""."""
        self._delay()
        spoilt = [rule for rule in self._rules if rule.fault.type in (*_ENDS, "truncated")]
        return ", ".join(f"{rule.id} {rule.fault.type}" for rule in spoilt)

    def spoil_cloud_call(self) -> None:
        """Delay a call that reaches WeChat through its gateway, and let it fail if a fault ends or spoils it.

        Raises:
            WeChatError: the errcode that a fault asks for; -1 for anything that breaks an answer.
        """
        self._delay()
        for rule in self._rules:
            if rule.fault.type == "errcode":
                _errcode(rule)
            if rule.fault.type in (*_ENDS, "truncated"):
                raise WeChatError(-1, reason=f"fault {rule.id} {rule.fault.type} asks for it")

    def after(self, reply: Response) -> Response:
        """Return the answer with what faults change in it."""
        for rule in self._rules:
            change = _CHANGES.get(rule.fault.type)
            if change is not None and not isinstance(reply, Dropped):
                reply = change(rule, reply, self._clock)
        return reply

    def _delay(self) -> None:
        for rule in self._rules:
            if rule.fault.type == "latency":
                self._clock.sleep(rule.delay())


def _errcode(rule: Rule) -> Response:
    raise WeChatError(rule.fault.errcode or -1, rule.fault.errmsg, reason=f"fault {rule.id} asks for it")


def _timeout(rule: Rule) -> Response:
    wait_for_hang_up(request.environ, (rule.fault.ms or 0) / 1000, rule.ended)
    return Dropped(TimeoutError)


def _reset(_: Rule) -> Response:
    return Dropped(with_reset=True)


def _empty(_: Rule) -> Response:
    return Dropped()


def _garbage(rule: Rule) -> Response:
    # The first byte begins no UTF-8 text, so nobody can take it for JSON by chance.
    return Response(b"\xff" + rule.random.randbytes(_GARBAGE_BYTES - 1), content_type=_JSON)


def _html(rule: Rule) -> Response:
    status = rule.fault.status or 502
    phrase = HTTPStatus(status).phrase if status in HTTPStatus._value2member_map_ else "Error"
    title = f"{status} {phrase}"
    page = (
        f"<html>\r\n<head><title>{title}</title></head>\r\n<body>\r\n<center><h1>{title}</h1></center>\r\n"
        "</body>\r\n</html>\r\n"
    )
    return Response(page, status, content_type="text/html")


def _cos_error(rule: Rule) -> Response:
    body = f"<?xml version='1.0' encoding='utf-8' ?>\n<Error><Code>{rule.fault.code}</Code></Error>"
    return Response(body, rule.fault.status or 503, content_type="application/xml")


def _truncate(rule: Rule, reply: Response, _: Clock) -> Response:
    data, kept = reply.get_data(), rule.fault.bytes
    return _with_body(reply, [data[: len(data) // 2 if kept is None else kept]], len(data))


def _drip(rule: Rule, reply: Response, clock: Clock) -> Response:
    data = reply.get_data()
    size = max(1, -(-len(data) // _DRIPS))
    pieces = [data[start : start + size] for start in range(0, len(data), size)]

    def drip() -> Iterator[bytes]:
        for piece in pieces:
            clock.sleep((rule.fault.ms or 0) / 1000 / len(pieces))
            yield piece

    return _with_body(reply, drip(), len(data))


def _change_type(rule: Rule, reply: Response, _: Clock) -> Response:
    reply.headers["Content-Type"] = rule.fault.content_type or ""
    return reply


def _as_string(_: Rule, reply: Response, __: Clock) -> Response:
    try:
        body: Any = json.loads(reply.get_data())
    except ValueError:
        return reply
    if isinstance(body, dict) and isinstance(body.get("errcode"), int):
        body["errcode"] = str(body["errcode"])
        text = json.dumps(body, ensure_ascii=False, separators=(",", ":"))
        reply.set_data(text.encode("utf-8", "replace"))
    return reply


def _with_body(reply: Response, pieces: Any, announced: int) -> Response:
    """Return an answer that announces so many bytes, whatever `pieces` holds."""
    headers = reply.headers.copy()
    headers["Content-Length"] = str(announced)
    return Response(pieces, reply.status_code, headers)


_ENDS: dict[str, Callable[[Rule], Response]] = {
    "errcode": _errcode,
    "timeout": _timeout,
    "reset": _reset,
    "empty": _empty,
    "garbage": _garbage,
    "html": _html,
    "cos_error": _cos_error,
}
_CHANGES: dict[str, Callable[[Rule, Response, Clock], Response]] = {
    "errcode_as_string": _as_string,
    "content_type": _change_type,
    "truncated": _truncate,
    "drip": _drip,
}
