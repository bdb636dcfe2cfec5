"""What every route of api.weixin.qq.com has in common: its errors, its log line, and never a page of HTML."""

from __future__ import annotations

import logging
from typing import TYPE_CHECKING, Any

from flask import Response, make_response, request
from werkzeug.exceptions import HTTPException

from cloudbase_ocr.answers import magic
from cloudbase_ocr.core.errors import WeChatError
from cloudbase_ocr.core.held import TooMuchHeld
from cloudbase_ocr.state import files
from cloudbase_ocr.state.emulator import current
from cloudbase_ocr.wechat import callers, replies

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

    from flask import Blueprint

    from cloudbase_ocr.core.calls import Call
    from cloudbase_ocr.state.faults import Hits

PREFIXES = ("/cv/", "/cgi-bin/", "/tcb/", "/wxa/", files.PREFIX)

SEQUENCE_ID = "x-openapi-seqid"

_ALL_METHODS = ("GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS")

_logger = logging.getLogger("cloudbase_ocr.wechat")


def add(
    blueprint: Blueprint, path: str, view: Callable[..., Response], methods: Iterable[str] = ("POST",)
) -> None:
    """Serve `view` at `path`; other methods than `methods` get 43002, as WeChat does (ruling R15)."""
    allowed = frozenset(methods)

    def handle(**arguments: Any) -> Response:
        return answer(lambda: _checked(view, allowed, arguments))

    blueprint.add_url_rule(path, path, handle, methods=_ALL_METHODS, provide_automatic_options=False)


def answer(view: Callable[[], Response]) -> Response:
    """Run a view, turn whatever it raises into a WeChat reply, and write the log line; faults may spoil it all."""
    entry = replies.call()
    emulator = current()
    hits = _hits(entry) if emulator.faults.http else None
    try:
        reply = (hits and hits.before()) or view()
    except WeChatError as error:
        reply = replies.failure(error)
    except TooMuchHeld as error:
        reply = replies.busy(error)
    except HTTPException as refused:  # by the guard, with its own answer
        reply = make_response(refused)
    except Exception:
        _logger.exception("%s %s failed inside the emulator", entry.method, entry.path)
        reply = replies.failure(
            WeChatError(-1, reason="the emulator itself failed; its log has the traceback")
        )
    if hits is not None:
        reply = hits.after(reply)
        entry.answered_by = ", ".join(filter(None, (entry.answered_by, "fault " + hits.describe())))
    if entry.tokenless:
        # Programs in containers tell by it that the open interfaces work; what it holds is not known (R46).
        reply.headers[SEQUENCE_ID] = f"{emulator.random.getrandbits(64):016x}"
    entry.status = reply.status_code
    entry.seconds = emulator.clock.monotonic() - entry.started
    emulator.log.record(entry)
    return reply


def refuse_unroutable() -> Response | None:
    """Answer requests below WeChat's prefixes that no route takes; to be run before every request.

    Without it, an unknown path, an unknown HTTP verb or a doubled slash would give a page of HTML.
    """
    path = f"/{request.path.strip('/')}/"
    if request.routing_exception is None or not path.startswith(PREFIXES):
        return None
    return answer(_refusal)


def authorized() -> str:
    """Return the appid of the token in the query.

    Raises:
        WeChatError: 41001 without a token, 40001 or 42001 for a bad one, and what a magic token asks for.
    """
    text, container = request.args.get("access_token", ""), False
    if not text:
        text, container = request.args.get("cloudbase_access_token", ""), True
    if not text and current().settings.tokenless:
        replies.call().appid = current().settings.appid
        replies.call().tokenless = True
        return current().settings.appid
    if not text:
        raise WeChatError(41001, reason="put access_token into the query of the URL")
    code = magic.error_code(text)
    if code is not None:
        raise WeChatError(code, reason=f"the magic token mock://{code} asked for it")
    appid = magic.magic_appid(text)
    if appid is not None:
        current().accounts.check_appid(appid)
    else:
        # Also of a token that is refused the log says whose it is.
        token = current().tokens.find(text)
        replies.call().appid = token.appid if token else ""
        appid = current().tokens.owner_of(token, container=container)
    replies.call().appid = appid
    return appid


def _hits(entry: Call) -> Hits | None:
    """Return the faults that hit the current call."""
    entry.appid = callers.claimed_appid()
    return current().faults.http_hits(request.path, entry.appid)


def _checked(view: Callable[..., Response], allowed: frozenset[str], arguments: dict[str, Any]) -> Response:
    if current().settings.require_https and request.scheme != "https":
        raise WeChatError(43003)
    if request.method not in allowed:
        raise WeChatError(43002)
    return view(**arguments)


def _refusal() -> Response:
    reason = "there is no such path; the OCR paths are /cv/ocr/idcard and its siblings"
    if " " in request.path:
        reason = "the path holds a space; the oldest documents print one in /cv/ocr/ bankcard by mistake"
    raise WeChatError(40066, reason=reason)
