"""``POST /web``: js-sdk 1.x and 2.x, and 3.x with endPointMode CLOUD_API.

JSON in, with the same actions as ``/admin`` for functions and files, but no cloud calls: those are for servers.
js-sdk 1.x also logs in here, with the actions ``auth.*``, whose answers are not wrapped in ``data``.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from flask import Blueprint, Response

from cloudbase_ocr.cloudbase import admin, replies
from cloudbase_ocr.cloudbase.bodies import text_field
from cloudbase_ocr.cloudbase.invoke import invoke
from cloudbase_ocr.cloudbase.replies import TcbError
from cloudbase_ocr.runtime import Caller
from cloudbase_ocr.state.emulator import current
from cloudbase_ocr.state.sessions import ACCESS_SECONDS, user_of_ticket

if TYPE_CHECKING:
    from cloudbase_ocr.state.sessions import Session

bp = Blueprint("web", __name__)

_MAX_USER_CHARACTERS = 128


@bp.post("/web")
def web() -> Response:
    """Answer one call; every error is HTTP 200 with ``{code, message, requestId}``."""
    return admin.answer(_dispatch)


def _dispatch(fields: dict[str, Any], request_id: str) -> Response:
    action = text_field(fields, "action")
    if action == "functions.invokeFunction":
        return replies.data_reply(*invoke(fields, Caller("api")))
    if action.startswith("auth."):
        return replies.json_reply({**_log_in(action, fields), "requestId": request_id})
    return replies.data_reply(admin.storage(action, fields), request_id)


def _log_in(action: str, fields: dict[str, Any]) -> dict[str, Any]:
    """Answer a login action of js-sdk 1.x.

    Raises:
        TcbError: there is no such action, or the token is not valid (CHECK_LOGIN_FAILED, REFRESH_TOKEN_EXPIRED: the
            words that the SDK looks for).
    """
    sessions = current().sessions
    if action == "auth.signInAnonymously":
        user = text_field(fields, "anonymous_uuid")[:_MAX_USER_CHARACTERS]
        return _tokens(sessions.login("anonymous", user))
    if action == "auth.signInWithTicket":
        ticket = text_field(fields, "ticket")
        if not ticket:
            raise TcbError("INVALID_PARAM", "ticket is missing")
        return _tokens(sessions.login("custom", user_of_ticket(ticket)))
    if action == "auth.fetchAccessTokenWithRefreshToken":
        session = sessions.refresh(text_field(fields, "refresh_token"))
        if session is None:
            raise TcbError(
                "REFRESH_TOKEN_EXPIRED", "the refresh token is unknown or has expired; log in again"
            )
        return _tokens(session)
    if action == "auth.getUserInfo":
        session = sessions.find(text_field(fields, "access_token"))
        if session is None:
            raise TcbError("CHECK_LOGIN_FAILED", "the access token is missing, unknown or expired")
        return {"data": {"uid": session.user, "loginType": session.kind.upper()}}
    raise TcbError("INVALID_PARAM", f"action {action[:60]!r} is not part of the emulator")


def _tokens(session: Session) -> dict[str, Any]:
    return {
        "uuid": session.user,
        "refresh_token": session.refresh_token,
        "access_token": session.access_token,
        "access_token_expire": ACCESS_SECONDS * 1000,
    }
