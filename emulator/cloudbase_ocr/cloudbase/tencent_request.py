"""A request of Tencent Cloud's API: which action of which version, with which parameters, and who has signed it.

It comes in two forms. The newer one (signature TC3-HMAC-SHA256) has the common parameters in headers ``X-TC-...``; the
others are JSON, or the query of a GET. The older one (HmacSHA1, HmacSHA256) has all of them in the query or in a form,
objects and lists flattened (``Channels.0=a``), every value a text. (Documented: signature v3 and v1 of API 3.0.)
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any
from urllib.parse import parse_qsl

from cloudbase_ocr.cloudbase.bodies import BodyTooLarge, read_body
from cloudbase_ocr.core.bodies import parse_json

if TYPE_CHECKING:
    from flask import Request

MAX_FIELDS = 1000
MAX_DEPTH = 8
COMMON = frozenset({
    "Action", "Language", "Nonce", "Region", "RequestClient", "SecretId", "Signature", "SignatureMethod", "Timestamp",
    "Token", "Version",
})  # fmt: skip
"""Parameters of every action, where the older form has them."""


class ApiError(Exception):
    """A request that the API itself refuses, with one of its codes."""

    def __init__(self, code: str, message: str) -> None:
        """Keep both."""
        super().__init__(message)
        self.code = code


@dataclass(frozen=True)
class ApiRequest:
    """One request: `version` is "" where it names none; `signed` are all pairs of the older form, else None."""

    action: str
    version: str
    parameters: dict[str, Any]
    body: bytes = b""
    signed: dict[str, str] | None = None

    def text(self, name: str, *, required: bool = False) -> str:
        """Return a parameter that is text, "" when it is absent.

        Raises:
            ApiError: it is no text, or absent and `required`.
        """
        value = self.parameters.get(name)
        if value is None or value == "":
            if required:
                raise ApiError("MissingParameter", f"The request is missing the parameter `{name}`.")
            return ""
        if not isinstance(value, str):
            raise ApiError(f"InvalidParameterValue.{name}", f"{name} must be a string.")
        return value

    def number(self, name: str, default: int, most: int) -> int:
        """Return a parameter that is a whole number from 0 to `most`; the older form has it as text.

        Raises:
            ApiError: it is none.
        """
        value = self.parameters.get(name)
        if value is None:
            return default
        if isinstance(value, str) and value.isascii() and value.isdigit() and len(value) < 10:
            value = int(value)
        if isinstance(value, bool) or not isinstance(value, int) or not 0 <= value <= most:
            raise ApiError(
                f"InvalidParameterValue.{name}", f"{name} must be a whole number from 0 to {most}."
            )
        return value


def action_of(request: Request) -> str:
    """Return the action without reading a body, "" where only the body names it, or nothing does."""
    return request.headers.get("X-TC-Action") or request.args.get("Action", "")


def read_request(request: Request) -> ApiRequest:
    """Return what was asked.

    Raises:
        ApiError: the request is neither form.
    """
    if request.method not in ("GET", "HEAD", "POST"):
        raise ApiError(
            "UnsupportedProtocol", f"The API is asked with GET or POST, not with {request.method}."
        )
    try:
        body = b"" if request.method != "POST" else read_body(request)
    except BodyTooLarge as error:
        raise ApiError("RequestSizeLimitExceeded", str(error)) from error
    except ValueError as error:
        raise ApiError("InvalidParameter", str(error)) from error
    query = request.query_string.decode("latin-1")
    if "X-TC-Action" in request.headers:
        parameters = _unflattened(_pairs(query)) if request.method != "POST" else _object(body)
        return ApiRequest(
            request.headers["X-TC-Action"], request.headers.get("X-TC-Version", ""), parameters, body
        )
    form = body.decode("latin-1") if request.mimetype == "application/x-www-form-urlencoded" else ""
    signed = {**_pairs(query), **_pairs(form)}
    own = {name: value for name, value in signed.items() if name not in COMMON}
    return ApiRequest(signed.get("Action", ""), signed.get("Version", ""), _unflattened(own), body, signed)


def _object(body: bytes) -> dict[str, Any]:
    try:
        parameters = parse_json(body or b"{}")
    except ValueError as error:
        raise ApiError("InvalidParameter", f"The body is not JSON: {error}") from error
    if not isinstance(parameters, dict):
        raise ApiError("InvalidParameter", "The body must be a JSON object.")
    return parameters


def _pairs(text: str) -> dict[str, str]:
    try:
        return dict(parse_qsl(text, keep_blank_values=True, errors="strict", max_num_fields=MAX_FIELDS))
    except ValueError as error:  # what is no UTF-8 as well
        raise ApiError("InvalidParameter", f"The parameters cannot be read: {error}") from error


def _unflattened(pairs: dict[str, str]) -> dict[str, Any]:
    """Put ``A.0.B=x`` together: ``{"A": [{"B": "x"}]}``."""
    tree: dict[str, Any] = {}
    for name, value in pairs.items():
        parts = name.split(".")
        if len(parts) > MAX_DEPTH:
            raise ApiError("InvalidParameter", f"A parameter is nested more than {MAX_DEPTH} deep.")
        place = tree
        for part in parts[:-1]:
            inner = place.setdefault(part, {})
            if not isinstance(inner, dict):
                raise ApiError("InvalidParameter", f"The parameter {name[:80]!r} contradicts another.")
            place = inner
        place[parts[-1]] = value
    return {name: _listed(value) for name, value in tree.items()}


def _listed(value: Any) -> Any:
    """Return what was numbered as a list."""
    if not isinstance(value, dict):
        return value
    inner = {name: _listed(each) for name, each in value.items()}
    if all(name.isascii() and name.isdigit() and len(name) < 10 for name in inner):
        return [inner[name] for name in sorted(inner, key=int)]
    return inner
