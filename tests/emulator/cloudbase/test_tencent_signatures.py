"""Signatures of Tencent Cloud's API: signed here by the published algorithms, then changed in one place at a time."""

from __future__ import annotations

import base64
import hashlib
import hmac
import json
from dataclasses import replace
from typing import Any

import pytest

from cloudbase_ocr.cloudbase.signatures import SignedRequest
from cloudbase_ocr.cloudbase.tencent_request import ApiError, ApiRequest
from cloudbase_ocr.cloudbase.tencent_signatures import check_signature

NOW = 1_700_000_000
KEYS = {"AKID0": "secret 0"}
BODY = json.dumps({"FunctionName": "票据"}).encode()


def mac(key: bytes, text: str) -> bytes:
    return hmac.digest(key, text.encode(), "sha256")


def tc3(method: str, query: str, payload: bytes, **headers: str) -> SignedRequest:
    """Return a request that is signed as the documentation says."""
    content_type = (
        "application/json; charset=utf-8" if method == "POST" else "application/x-www-form-urlencoded"
    )
    canonical = (
        f"{method}\n/\n{query}\ncontent-type:{content_type}\nhost:scf.tencentcloudapi.com\nx-tc-action:invoke\n\n"
        f"content-type;host;x-tc-action\n{hashlib.sha256(payload).hexdigest()}"
    )
    scope = "2023-11-14/scf/tc3_request"
    to_sign = f"TC3-HMAC-SHA256\n{NOW}\n{scope}\n{hashlib.sha256(canonical.encode()).hexdigest()}"
    key = mac(mac(mac(b"TC3secret 0", "2023-11-14"), "scf"), "tc3_request")
    authorization = (
        f"TC3-HMAC-SHA256 Credential=AKID0/{scope}, SignedHeaders=content-type;host;x-tc-action, "
        f"Signature={mac(key, to_sign).hex()}"
    )
    sent = {
        "content-type": content_type,
        "host": "scf.tencentcloudapi.com",
        "x-tc-action": "Invoke",
        "x-tc-timestamp": str(NOW),
        "authorization": authorization,
        **headers,
    }
    return SignedRequest("scf.tencentcloudapi.com", "/", query, sent)


POSTED = tc3("POST", "", BODY)
ASKED = ApiRequest("Invoke", "", {}, BODY)


def check(
    sent: SignedRequest = POSTED, asked: ApiRequest = ASKED, *, method: str = "POST", service: str = "scf",
    keys: dict[str, str] = KEYS, now: float = NOW,
) -> None:  # fmt: skip
    check_signature(method, sent, asked, service, keys, now)


def refused(*arguments: Any, **changes: Any) -> str:
    with pytest.raises(ApiError) as failure:
        check(*arguments, **changes)
    return failure.value.code.removeprefix("AuthFailure.")


def with_header(name: str, value: str) -> SignedRequest:
    return replace(POSTED, headers={**POSTED.headers, name: value})


def test_tc3() -> None:
    check()
    check(now=NOW + 299)
    check(tc3("GET", "a=1&b=%20", b""), method="GET")
    check(tc3("POST", "", b"UNSIGNED-PAYLOAD", **{"x-tc-content-sha256": "UNSIGNED-PAYLOAD"}))


@pytest.mark.parametrize(
    ("changes", "code"),
    [
        ({"asked": ApiRequest("Invoke", "", {}, BODY + b" ")}, "SignatureFailure"),
        ({"keys": {"AKID0": "secret 1"}}, "SignatureFailure"),
        ({"keys": {"AKID1": "secret 0"}}, "SecretIdNotFound"),
        ({"service": "tcb"}, "SignatureFailure"),
        ({"method": "GET"}, "SignatureFailure"),
        ({"now": NOW + 301}, "SignatureExpire"),
        ({"now": NOW - 301}, "SignatureExpire"),
        ({"sent": with_header("x-tc-timestamp", "")}, "SignatureExpire"),
        ({"sent": with_header("x-tc-timestamp", str(NOW + 1))}, "SignatureFailure"),
        ({"sent": with_header("x-tc-timestamp", str(NOW + 86400)), "now": NOW + 86400}, "SignatureExpire"),
        ({"sent": with_header("host", "tcb.tencentcloudapi.com")}, "SignatureFailure"),
        ({"sent": with_header("x-tc-action", "InvokeFunction")}, "SignatureFailure"),
        ({"sent": with_header("authorization", "TC3-HMAC-SHA256 nonsense")}, "InvalidAuthorization"),
        ({"sent": with_header("authorization", "")}, "InvalidAuthorization"),
        ({"sent": with_header("authorization", "Bearer x")}, "InvalidAuthorization"),
        (
            {"sent": with_header("authorization", POSTED.headers["authorization"].replace(";host;", ";"))},
            "InvalidAuthorization",
        ),
    ],
    ids=range(16),
)
def test_tc3_that_is_refused(changes: dict[str, Any], code: str) -> None:
    assert refused(**changes) == code


def test_a_query_is_signed_where_it_is_read() -> None:
    sent = tc3("GET", "FunctionName=a", b"")
    assert refused(replace(sent, query="FunctionName=b"), method="GET") == "SignatureFailure"


def old(digest: str, method: str = "POST", **changes: str) -> dict[str, str]:
    """Return the parameters of the older form with their signature."""
    pairs = {
        "Action": "Invoke",
        "FunctionName": "票据 a+b",
        "Filters_0": "x",
        "Nonce": "7",
        "SecretId": "AKID0",
        "SignatureMethod": digest,
        "Timestamp": str(NOW),
    }
    text = (
        f"{method}scf.tencentcloudapi.com/?Action=Invoke&Filters.0=x&FunctionName=票据 a+b&Nonce=7&SecretId=AKID0"
        f"&SignatureMethod={digest}&Timestamp={NOW}"
    )
    signature = hmac.digest(b"secret 0", text.encode(), digest.removeprefix("Hmac").lower())
    return {**pairs, "Signature": base64.b64encode(signature).decode(), **changes}


def old_request(pairs: dict[str, str]) -> tuple[SignedRequest, ApiRequest]:
    return SignedRequest("scf.tencentcloudapi.com", "/", "", {}), ApiRequest("Invoke", "", {}, b"", pairs)


@pytest.mark.parametrize("digest", ["HmacSHA1", "HmacSHA256"])
@pytest.mark.parametrize("method", ["GET", "POST"])
def test_the_older_form(digest: str, method: str) -> None:
    check(*old_request(old(digest, method)), method=method)


@pytest.mark.parametrize(
    ("pairs", "changes", "code"),
    [
        (old("HmacSHA1", FunctionName="other"), {}, "SignatureFailure"),
        (old("HmacSHA1", Added="x"), {}, "SignatureFailure"),
        (old("HmacSHA1", SignatureMethod="HmacSHA256"), {}, "SignatureFailure"),
        (old("HmacSHA1"), {"method": "GET"}, "SignatureFailure"),
        (old("HmacSHA1"), {"keys": {"AKID0": "secret 1"}}, "SignatureFailure"),
        (old("HmacSHA1", SecretId="AKID1"), {}, "SecretIdNotFound"),
        (old("HmacSHA1"), {"now": NOW + 301}, "SignatureExpire"),
        (old("HmacSHA1", Timestamp=""), {}, "SignatureExpire"),
        (old("HmacSHA1", SignatureMethod="HmacMD5"), {}, "InvalidParameterValue"),
        (old("HmacSHA1", Signature=""), {}, "SignatureFailure"),
        ({"Action": "Invoke"}, {}, "InvalidAuthorization"),
        ({name: value for name, value in old("HmacSHA1").items() if name != "Nonce"}, {}, "MissingParameter"),
    ],
    ids=range(12),
)
def test_the_older_form_that_is_refused(pairs: dict[str, str], changes: dict[str, Any], code: str) -> None:
    assert refused(*old_request(pairs), **changes) == code
