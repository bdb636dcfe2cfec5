"""Signatures of Tencent Cloud's API: TC3-HMAC-SHA256 in a header, or HmacSHA1 and HmacSHA256 among the parameters.

(Documented: signature v3 and v1 of API 3.0.) They are checked once a key is configured, as those of ``/admin`` are,
which has another form of TC3 (signatures.py).
"""

from __future__ import annotations

import base64
import hashlib
import hmac
import re
from datetime import datetime, timezone
from typing import TYPE_CHECKING

from cloudbase_ocr.cloudbase.tencent_request import ApiError
from cloudbase_ocr.core.tencent_api import ALGORITHM

if TYPE_CHECKING:
    from collections.abc import Mapping

    from cloudbase_ocr.cloudbase.signatures import SignedRequest
    from cloudbase_ocr.cloudbase.tencent_request import ApiRequest

MAX_SECONDS = 5 * 60
"""How far the time of a request may be from ours."""

_TC3 = re.compile(
    r"TC3-HMAC-SHA256\s+Credential=(?P<id>[^/,\s]+)/(?P<date>\d{4}-\d\d-\d\d)/(?P<service>[a-z]+)/tc3_request,"
    r"\s*SignedHeaders=(?P<headers>[^,\s]+),\s*Signature=(?P<signature>[0-9a-f]{64})"
)
_METHODS = {"HmacSHA1": "sha1", "HmacSHA256": "sha256"}
_UNSIGNED = "UNSIGNED-PAYLOAD"


def check_signature(
    method: str, sent: SignedRequest, asked: ApiRequest, service: str, keys: Mapping[str, str], now: float
) -> None:
    """Check who has signed a request for `service` (``scf``); `keys` are the secret keys by secret ID.

    Raises:
        ApiError: AuthFailure.*: no signature, an unknown ID, a wrong signature, or one that is too old.
    """
    if sent.headers.get("authorization", "").startswith(ALGORITHM):
        _check_tc3(method, sent, asked.body, service, keys, now)
    elif asked.signed is not None and "Signature" in asked.signed:
        _check_v1(method, sent, asked.signed, keys, now)
    else:
        raise ApiError("AuthFailure.InvalidAuthorization", "The request is not signed.")


def _check_tc3(
    method: str, sent: SignedRequest, body: bytes, service: str, keys: Mapping[str, str], now: float
) -> None:
    match = _TC3.fullmatch(sent.headers["authorization"].strip())
    signed = [] if match is None else match["headers"].lower().split(";")
    if match is None or not {"content-type", "host"} <= set(signed):
        text = "The header Authorization is malformed, or content-type and host are not signed."
        raise ApiError("AuthFailure.InvalidAuthorization", text)
    secret = _secret(keys, match["id"])
    timestamp = _timestamp(sent.headers.get("x-tc-timestamp", ""), now)
    if match["date"] != f"{datetime.fromtimestamp(int(timestamp), timezone.utc):%Y-%m-%d}":
        raise ApiError("AuthFailure.SignatureExpire", "The date of the signature is not that of its time.")
    if match["service"] != service:
        text = (
            f"The signature is for the service {match['service'][:40]}, and this action belongs to {service}."
        )
        raise ApiError("AuthFailure.SignatureFailure", text)
    payload = b"" if method != "POST" else body
    if sent.headers.get("x-tc-content-sha256") == _UNSIGNED:
        payload = _UNSIGNED.encode()
    lines = [f"{name}:{sent.headers.get(name, '').strip().lower()}\n" for name in signed]
    query = "" if method == "POST" else sent.query
    canonical = "\n".join(
        (method, "/", query, "".join(lines), match["headers"], hashlib.sha256(payload).hexdigest())
    )
    scope = f"{match['date']}/{service}/tc3_request"
    digest = hashlib.sha256(canonical.encode("utf-8", "replace")).hexdigest()
    key = f"TC3{secret}".encode()
    for part in (match["date"], service, "tc3_request"):
        key = hmac.digest(key, part.encode(), "sha256")
    expected = hmac.new(key, f"{ALGORITHM}\n{timestamp}\n{scope}\n{digest}".encode(), "sha256").hexdigest()
    _compare(expected, match["signature"])


def _check_v1(
    method: str, sent: SignedRequest, pairs: Mapping[str, str], keys: Mapping[str, str], now: float
) -> None:
    secret = _secret(keys, pairs.get("SecretId", ""))
    _timestamp(pairs.get("Timestamp", ""), now)
    if "Nonce" not in pairs:
        raise ApiError("MissingParameter", "The request is missing the parameter `Nonce`.")
    digest = _METHODS.get(pairs.get("SignatureMethod", "HmacSHA1"))
    if digest is None:
        raise ApiError("InvalidParameterValue", f"SignatureMethod is one of {', '.join(_METHODS)}.")
    # SDKs have names with underscores, which are signed as dots.
    named = {name.replace("_", "."): value for name, value in pairs.items() if name != "Signature"}
    joined = "&".join(f"{name}={named[name]}" for name in sorted(named))
    text = f"{method}{sent.host}/?{joined}".encode()
    expected = base64.b64encode(hmac.digest(secret.encode(), text, digest)).decode()
    _compare(expected, pairs["Signature"])


def _secret(keys: Mapping[str, str], secret_id: str) -> str:
    if secret_id not in keys:
        raise ApiError(
            "AuthFailure.SecretIdNotFound", "There is no such SecretId: --secret-key names those that are."
        )
    return keys[secret_id]


def _timestamp(text: str, now: float) -> str:
    if not re.fullmatch(r"[0-9]{1,12}", text) or abs(now - int(text)) > MAX_SECONDS:
        raise ApiError("AuthFailure.SignatureExpire", "The signature has expired, or its time is missing.")
    return text


def _compare(expected: str, given: str) -> None:
    if not hmac.compare_digest(expected.encode(), given.encode("utf-8", "replace")):
        text = "The signature is wrong: check the secret key, and that nothing was changed after signing."
        raise ApiError("AuthFailure.SignatureFailure", text)
