"""``/auth/v1/*``: how js-sdk 2.x and 3.x log in: anonymously, with a custom ticket, and by refreshing a token.

Bodies and replies as OAuth 2.0 names them; an error is HTTP 400 or 401 with ``{error, error_description}``. (Section
2.2 of the protocol notes.)
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from flask import Blueprint, Response, request

from cloudbase_ocr.cloudbase.bodies import read_body
from cloudbase_ocr.cloudbase.replies import json_reply
from cloudbase_ocr.core.bodies import parse_json
from cloudbase_ocr.state.emulator import current
from cloudbase_ocr.state.sessions import ACCESS_SECONDS, user_of_ticket

if TYPE_CHECKING:
    from cloudbase_ocr.state.sessions import Session

bp = Blueprint("auth", __name__)


@bp.post("/auth/v1/signin/anonymously")
def sign_in_anonymously() -> Response:
    """Log a new user in."""
    return _grant(current().sessions.login("anonymous"))


@bp.post("/auth/v1/signin/custom")
def sign_in_with_ticket() -> Response:
    """Log the user of a ticket in.

    The emulator has no private key to check tickets with: any is accepted, and the same ticket is the same user.
    """
    ticket = _body().get("ticket")
    if not isinstance(ticket, str) or not ticket:
        return _refuse("invalid_argument", "ticket is missing")
    return _grant(current().sessions.login("custom", user_of_ticket(ticket)))


@bp.post("/auth/v1/token")
def refresh() -> Response:
    """Give a new access token for a refresh token."""
    body = _body()
    if body.get("grant_type") != "refresh_token":
        return _refuse("unsupported_grant_type", "grant_type must be refresh_token")
    token = body.get("refresh_token")
    session = current().sessions.refresh(token) if isinstance(token, str) else None
    if session is None:
        return _refuse("invalid_grant", "the refresh token is unknown or has expired; log in again")
    return _grant(session)


@bp.get("/auth/v1/user/me")
def user_me() -> Response:
    """Tell who is logged in."""
    session = _session()
    if session is None:
        return _unauthenticated()
    return json_reply({"sub": session.user, "name": "", "groups": [], "provider": [], "status": "ACTIVE"})


@bp.post("/auth/v1/revoke")
@bp.post("/auth/v1/user/signout")
def sign_out() -> Response:
    """End the login of the Bearer token, or of the token in the body."""
    token = _body().get("token")
    session = _session(token if isinstance(token, str) else None)
    if session is not None:
        current().sessions.end(session)
    return json_reply({})


def _session(token: str | None = None) -> Session | None:
    return current().sessions.find(token or request.headers.get("Authorization", "").removeprefix("Bearer "))


def _grant(session: Session) -> Response:
    return json_reply(
        {
            "token_type": "Bearer",
            "access_token": session.access_token,
            "refresh_token": session.refresh_token,
            "expires_in": ACCESS_SECONDS,
            "scope": session.kind,
            "sub": session.user,
            "groups": [],
        }
    )


def _body() -> dict[str, Any]:
    """Return the body's JSON object; what is none counts as empty, and the parameter it lacks is named."""
    try:
        body = parse_json(read_body(request) or b"{}")
    except ValueError:
        return {}
    return body if isinstance(body, dict) else {}


def _unauthenticated() -> Response:
    return _refuse("unauthenticated", "the access token is missing, unknown or expired", 401)


def _refuse(error: str, description: str, status: int = 400) -> Response:
    return json_reply({"error": error, "error_code": status, "error_description": description}, status)
