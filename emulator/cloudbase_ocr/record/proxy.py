"""The proxy as a Flask application: every path goes to the service, and OCR calls pass the recorder first.

A web page could use the recorder as it could the service, and add recordings: requests of pages, and under names that
are not the recorder's, are refused before anything is sent on.

Tokens: a client's token travels to the service in the request that carries it and is kept nowhere. Token interfaces
pass through and are never recorded; while nothing goes to the service, an invented token is given, because the
replay does not look at it.
"""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING, Any

from flask import Flask, Response, request

from cloudbase_ocr.answers import Fixture
from cloudbase_ocr.answers.market import Market, reply_of
from cloudbase_ocr.core.bodies import MAX_BODY_BYTES, Body, read_body
from cloudbase_ocr.core.calls import Call, printable
from cloudbase_ocr.core.errors import WeChatError
from cloudbase_ocr.core.pages import MINI_PROGRAM, is_foreign
from cloudbase_ocr.core.reach import Names
from cloudbase_ocr.core.responses import json_response
from cloudbase_ocr.language import _
from cloudbase_ocr.record.questions import Question
from cloudbase_ocr.record.recorder import NotRecordedError, Recorder
from cloudbase_ocr.record.upstream import Reply, Upstream, UpstreamError
from cloudbase_ocr.settings import Settings
from cloudbase_ocr.wechat.bodies import wechat_json
from cloudbase_ocr.wechat.replies import CONTENT_TYPE
from cloudbase_ocr.wechat.service_market import picture_of
from cloudbase_ocr.wechat.upload import find_picture
from wxcloud.contract import ERRORS, MAX_IMAGE_BYTES_RESP_TYPE_1, by_path
from wxcloud.errorcodes import MARKET_ERRORS
from wxcloud.service_market import API, INVOKE_SERVICE, SERVICE, by_type

if TYPE_CHECKING:
    from collections.abc import Callable

    from cloudbase_ocr.wechat.fetch import Fetcher
    from wxcloud.service_market import Document

TOKEN_PATHS = frozenset({"/cgi-bin/token", "/cgi-bin/stable_token"})

_FOREIGN_HOST = (
    "cloudbase-ocr record: it answers under its own address only; ask 127.0.0.1 or localhost, or start it with "
    "--server-name"
)
_FOREIGN_PAGE = "cloudbase-ocr record: requests from web pages are refused"
_REPLAY_TOKEN = {"access_token": "replay-needs-no-token", "expires_in": 7200}
_BAD_REQUEST = 400
_TOO_LARGE = 413
_FORBIDDEN = 403
_NOT_RECORDED = 404
_BAD_GATEWAY = 502


def create_proxy(
    recorder: Recorder,
    upstream: Upstream | None,
    fetcher: Fetcher,
    report: Callable[[str], None],
    names: Names = Names(),  # noqa: B008 - frozen
) -> Flask:
    """Return the application; `upstream` may be None for a recorder that only replays.

    `names` are those under which it answers, by default those of this machine, and the service's own.
    """
    app = Flask("recorder", static_folder=None)
    app.config.update(MAX_CONTENT_LENGTH=None, MAX_FORM_MEMORY_SIZE=None)
    proxy = _Proxy(recorder, upstream, fetcher, report)
    # Before every request instead of as a route: odd paths and verbs reach the service, too.
    app.before_request(partial(_refuse_strangers, names, report))
    app.before_request(proxy.handle)
    app.after_request(_add_headers)
    return app


def _refuse_strangers(names: Names, report: Callable[[str], None]) -> Response | None:
    error = ""
    if not names.knows(request.headers.get("Host")):
        error = _FOREIGN_HOST
    elif is_foreign(request.headers, lambda origin: origin == MINI_PROGRAM):
        error = _FOREIGN_PAGE
    if not error:
        return None
    report(printable(f"{request.method} {request.path}: refused: {error}"))
    return _refusal(_FORBIDDEN, 48001, error)


def _add_headers(reply: Response) -> Response:
    reply.headers["X-Content-Type-Options"] = "nosniff"
    return reply


class _Proxy:
    def __init__(
        self, recorder: Recorder, upstream: Upstream | None, fetcher: Fetcher, report: Callable[[str], None]
    ) -> None:
        self._recorder = recorder
        self._upstream = upstream
        self._fetcher = fetcher
        self._report = report

    def handle(self) -> Response:
        """Answer the current request."""
        body = read_body(request)
        if body.too_large:
            return _refusal(_TOO_LARGE, 101002, f"a request may have {MAX_BODY_BYTES} bytes here")
        if not body.complete:
            return _refusal(_BAD_REQUEST, 41005, "the body ended before its announced length")
        try:
            question = self._question(body)
            if question is None:
                return self._other(body)
            answer = self._recorder.answer(question, partial(self._ask, body))
        except NotRecordedError as error:
            self._report(printable(f"{request.method} {request.path}: refused: {error}"))
            return _refusal(_NOT_RECORDED, 40097, f"cloudbase-ocr record: {error}")
        except UpstreamError as error:
            self._report(printable(f"{request.method} {request.path}: {error}"))
            return _refusal(_BAD_GATEWAY, -1, f"cloudbase-ocr record: {error}")
        if isinstance(answer, Fixture):
            return _replay(answer) if question.document is None else _market_replay(question.document, answer)
        return _pass(answer)

    def _question(self, body: Body) -> Question | None:
        """Return what an OCR call asks; None for other requests, and for OCR calls without a picture."""
        method, document, data = by_path(request.path), None, None
        if request.path == INVOKE_SERVICE.path:
            document, data = _market_call(body)
            method = document and document.method
        if method is None or request.method != "POST":
            return None
        try:
            picture = (
                find_picture(body, Settings(), Call(request.method, request.path, 0.0))
                if data is None
                else picture_of(data)
            )
        except WeChatError:
            return None
        fetch = partial(self._fetcher.fetch, limit=MAX_IMAGE_BYTES_RESP_TYPE_1)
        return Question(method, picture.image, picture.url, fetch, document)

    def _other(self, body: Body) -> Response:
        if not self._recorder.only_replays:
            reply = self._ask(body)
            self._report(printable(f"{request.method} {request.path}: passed on, HTTP {reply.status}"))
            return _pass(reply)
        if request.path in TOKEN_PATHS:
            self._report(
                _("{method} {path}: answered with an invented token, as nothing is sent on").format(
                    method=request.method, path=request.path
                )
            )
            return _json(_REPLAY_TOKEN)
        raise NotRecordedError(
            _("only OCR calls with a picture are recorded, and in this mode nothing is sent on.")
        )

    def _ask(self, body: Body) -> Reply:
        if self._upstream is None:
            raise UpstreamError(_("no service was named; give its address with --upstream"))
        query = request.query_string.decode("latin-1")
        raw_path = str(request.environ.get("REQUEST_URI", request.path)).partition("?")[0]
        if not raw_path.startswith("/"):  # "@elsewhere/" after the service's address would name another host
            raise UpstreamError(_("the request's target is no path"))
        target = raw_path + (f"?{query}" if query else "")
        return self._upstream.send(request.method, target, request.headers.items(), body.data)


def _pass(reply: Reply) -> Response:
    response = Response(reply.body, status=reply.status)
    del response.headers["Content-Type"]
    for name, value in reply.headers:
        response.headers.add(name, value)
    return response


def _replay(fixture: Fixture) -> Response:
    if fixture.reply is not None:
        return _json({"errcode": 0, "errmsg": "ok", **fixture.reply})
    code = fixture.error or -1
    return _json({"errcode": code, "errmsg": ERRORS[code].observed})


def _market_call(body: Body) -> tuple[Document | None, dict[str, Any]]:
    """Return the document that a call of the service market asks for, None when it is no such call, and its data."""
    try:
        call = wechat_json(body.data)
    except ValueError:
        return None, {}
    data = call.get("data") if isinstance(call, dict) else None
    if not isinstance(data, dict) or (call.get("service"), call.get("api")) != (SERVICE, API):
        return None, {}
    return by_type(data.get("ocr_type")), data


def _market_replay(document: Document, fixture: Fixture) -> Response:
    market = Market()
    try:
        data = (
            market.answer(document, WeChatError(fixture.error or -1))
            if fixture.reply is None
            else market.success(document, fixture.reply)
        )
    except WeChatError as error:
        known = ERRORS.get(error.code) or MARKET_ERRORS[error.code]
        return _json({"errcode": error.code, "errmsg": known.observed})
    return _json({"errcode": 0, "errmsg": "ok", **reply_of(data)})


def _refusal(status: int, code: int, text: str) -> Response:
    return _json({"errcode": code, "errmsg": text}, status)


def _json(content: dict[str, Any], status: int = 200) -> Response:
    return json_response(content, status, content_type=CONTENT_TYPE)
