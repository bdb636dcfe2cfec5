"""Signatures of the server SDKs: TC3-HMAC-SHA256 in the header, or the older q-sign among the parameters.

Both are computed over the parameters instead of the body, so that a form and a JSON body sign alike (section 1.6 of
the protocol notes; each was checked against the SDKs themselves). They are checked once a key is configured.
"""

from __future__ import annotations

import hashlib
import hmac
import json
import re
from dataclasses import dataclass, field
from datetime import datetime, timezone
from typing import TYPE_CHECKING, Any
from urllib.parse import parse_qs, quote

from cloudbase_ocr.cloudbase.replies import TcbError

if TYPE_CHECKING:
    from collections.abc import Mapping

_ALGORITHM = "TC3-HMAC-SHA256"
_MULTIPART = "multipart/form-data"
_TC3 = re.compile(
    r"TC3-HMAC-SHA256 Credential=(?P<id>[^/,\s]+)/(?P<date>\d{4}-\d\d-\d\d)/tcb/tc3_request,"
    r"(?: SignedParams=(?P<params>[^,]*),)? SignedHeaders=(?P<headers>[^,]+), Signature=(?P<signature>[0-9a-f]{64})"
)
_MAX_SECONDS = 15 * 60
_JS_QUOTE_SAFE = "-_.~"


@dataclass(frozen=True)
class SignedRequest:
    """What a signature covers; `headers` have lower-case names, `fields` are those of the body."""

    host: str
    path: str
    query: str
    headers: Mapping[str, str]
    fields: Mapping[str, Any] = field(default_factory=dict)


def check_signature(request: SignedRequest, keys: Mapping[str, str], now: float) -> None:
    """Check who signed a request; `keys` gives the secret key of each secret ID, `now` is in epoch seconds.

    Raises:
        TcbError: SIGN_PARAM_INVALID: no signature, an unknown ID ("secret id error", as seen in public logs), a wrong
            signature, or one that is too old. The other texts are this emulator's own.
    """
    header = request.headers.get("authorization", "")
    if header.startswith(_ALGORITHM):
        _check_tc3(header, request, keys, now)
    elif isinstance(request.fields.get("authorization"), (str, memoryview)):
        _check_q_sign(_stringify(request.fields["authorization"]), request, keys, now)
    else:
        raise _error("the request is not signed")


def _check_tc3(header: str, request: SignedRequest, keys: Mapping[str, str], now: float) -> None:
    match = _TC3.fullmatch(header)
    if match is None:
        raise _error("the Authorization header is malformed")
    secret = keys.get(match["id"])
    if secret is None:
        raise _error("secret id error")
    timestamp = request.headers.get("x-timestamp", "")
    if not re.fullmatch(r"\d{1,12}", timestamp) or abs(now - int(timestamp)) > _MAX_SECONDS:
        raise _error("the signature has expired, or its time is missing")
    if match["date"] != f"{datetime.fromtimestamp(int(timestamp), timezone.utc):%Y-%m-%d}":
        raise _error("the signature's date is not that of its time")
    scope = f"{match['date']}/tcb/tc3_request"
    key = f"TC3{secret}".encode()
    for part in (match["date"], "tcb", "tc3_request"):
        key = hmac.digest(key, part.encode(), "sha256")
    expected = []
    # Empty text is not signed, an empty Buffer is (cloud.cloudPay); in a form both are an empty part.
    for signs_empty in (False, True):
        canonical = _canonical_request(
            request, match["headers"].split(";"), (match["params"] or "").split(";"), signs_empty
        )
        to_sign = f"{_ALGORITHM}\n{timestamp}\n{scope}\n{hashlib.sha256(canonical).hexdigest()}"
        expected.append(hmac.new(key, to_sign.encode("utf-8", "replace"), hashlib.sha256).hexdigest())
    _compare(expected, match["signature"])


def _canonical_request(
    request: SignedRequest, headers: list[str], params: list[str], signs_empty: bool
) -> bytes:
    lines = [f"{name}:{_header(request, name)}" for name in headers]
    return "\n".join(
        (
            "post",
            f"//{request.host}{request.path}",
            request.query,
            *lines,
            "",
            ";".join(headers),
            _hash_params(request.fields, params, signs_empty),
        )
    ).encode("utf-8", "replace")


def _header(request: SignedRequest, name: str) -> str:
    value = request.headers.get(name, "").strip()
    if name == "content-type":
        return _MULTIPART if value.startswith(_MULTIPART) else value
    return value.lower()


def _hash_params(fields: Mapping[str, Any], names: list[str], signs_empty: bool) -> str:
    by_name = {_quote(name.lower().strip()): value for name, value in fields.items()}
    digest = hashlib.sha256()
    for name in names:
        value = by_name.get(name)
        # A form's value may be a picture: hashed as it is. Text is signed without the space around it.
        data = (
            value if isinstance(value, memoryview) else _stringify(value).strip().encode("utf-8", "replace")
        )
        if len(data) or (signs_empty and isinstance(value, memoryview)):
            # Old SDKs list empty parameters as well, and sign none of them.
            digest.update(f"&{name}=".encode())
            digest.update(data)
            digest.update(b"\r\n")
    return digest.hexdigest()


def _check_q_sign(text: str, request: SignedRequest, keys: Mapping[str, str], now: float) -> None:
    fields = {name: values[0] for name, values in parse_qs(text, keep_blank_values=True).items()}
    secret = keys.get(fields.get("q-ak", ""))
    if secret is None:
        raise _error("secret id error")
    times = re.fullmatch(r"(\d{1,12});(\d{1,12})", fields.get("q-sign-time", ""))
    if times is None or not int(times[1]) - _MAX_SECONDS <= now <= int(times[2]):
        raise _error("the signature has expired, or its time is missing")
    key = hmac.new(secret.encode(), fields.get("q-key-time", "").encode(), hashlib.sha1).hexdigest()
    canonical = "\n".join(
        (
            "post",
            request.path,
            _joined(request.fields, fields.get("q-url-param-list", "")),
            _joined(request.headers, fields.get("q-header-list", "")),
            "",
        )
    )
    digest = hashlib.sha1(canonical.encode("utf-8", "replace")).hexdigest()  # noqa: S324 - the SDK's choice
    to_sign = f"sha1\n{times[0]}\n{digest}\n"
    expected = hmac.new(key.encode(), to_sign.encode(), hashlib.sha1).hexdigest()
    _compare([expected], fields.get("q-signature", ""))


def _joined(values: Mapping[str, Any], names: str) -> str:
    by_name = {name.lower(): value for name, value in values.items()}
    return "&".join(
        f"{_quote(name)}={_quote(_stringify(by_name[name]))}" for name in names.split(";") if name in by_name
    )


def _stringify(value: Any) -> str:
    """Return a value as JavaScript's SDK signs it: text as it is, everything else as JSON."""
    if isinstance(value, memoryview):
        return bytes(value).decode("utf-8", "replace")
    if isinstance(value, str):
        return value
    return "" if value is None else json.dumps(value, ensure_ascii=False, separators=(",", ":"))


def _quote(text: str) -> str:
    return quote(text.encode("utf-8", "replace"), safe=_JS_QUOTE_SAFE)


def _compare(expected: list[str], given: str) -> None:
    if not any(hmac.compare_digest(each.encode(), given.encode("utf-8", "replace")) for each in expected):
        raise _error("the signature is wrong: check the secret key")


def _error(message: str) -> TcbError:
    return TcbError("SIGN_PARAM_INVALID", message)
