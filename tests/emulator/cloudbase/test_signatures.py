"""Signatures that are checked: signed here by the published algorithm, then changed in one place at a time."""

from __future__ import annotations

import hashlib
import hmac
from dataclasses import replace
from typing import Any

import pytest
import requests

from cloudbase_ocr.app import create_app
from cloudbase_ocr.cloudbase.replies import TcbError
from cloudbase_ocr.cloudbase.signatures import SignedRequest, check_signature
from cloudbase_ocr.server import running
from cloudbase_ocr.settings import Settings

NOW = 1_700_000_000
KEYS = {"AKID0": "secret 0"}
FIELDS = {"action": "wx.openApi", "envName": "env-1", "requestData": memoryview(b" \xff\xd8 "), "empty": ""}
HEADERS = {
    "content-type": "multipart/form-data; boundary=xyz",
    "host": "127.0.0.1:1",
    "x-sdk-version": "SDK/1",
    "x-timestamp": str(NOW),
}


def hexdigest(key: bytes, text: str) -> str:
    return hmac.new(key, text.encode(), hashlib.sha256).hexdigest()


def signed(
    signed_params: str = "action;envname;requestdata", more: bytes = b"", **changes: Any
) -> SignedRequest:
    """Return a request with a TC3 signature made from the parts of the published algorithm."""
    body = more + b"&action=wx.openApi\r\n&envname=env-1\r\n&requestdata= \xff\xd8 \r\n"
    canonical = (
        "post\n//127.0.0.1:1/admin\nenv=env-1&seqId=1\n"
        "content-type:multipart/form-data\nhost:127.0.0.1:1\nx-sdk-version:sdk/1\n\n"
        f"content-type;host;x-sdk-version\n{hashlib.sha256(body).hexdigest()}"
    )
    to_sign = f"TC3-HMAC-SHA256\n{NOW}\n2023-11-14/tcb/tc3_request\n{hashlib.sha256(canonical.encode()).hexdigest()}"
    key = b"TC3secret 0"
    for part in ("2023-11-14", "tcb", "tc3_request"):
        key = bytes.fromhex(hexdigest(key, part))
    authorization = (
        f"TC3-HMAC-SHA256 Credential=AKID0/2023-11-14/tcb/tc3_request, SignedParams={signed_params}, "
        f"SignedHeaders=content-type;host;x-sdk-version, Signature={hexdigest(key, to_sign)}"
    )
    request = SignedRequest(
        "127.0.0.1:1", "/admin", "env=env-1&seqId=1", {**HEADERS, "authorization": authorization}, FIELDS
    )
    return replace(request, **changes)


def test_tc3() -> None:
    check_signature(signed(), KEYS, NOW + 60)


@pytest.mark.parametrize(
    ("more", "value"), [(b"&apioptions=\r\n", memoryview(b"")), (b"", memoryview(b"")), (b"", "")]
)
def test_tc3_over_an_empty_buffer_or_empty_text(more: bytes, value: object) -> None:
    names = "apioptions;action;envname;requestdata"
    check_signature(signed(names, more, fields={**FIELDS, "apiOptions": value}), KEYS, NOW)


def test_tc3_over_an_empty_buffer_that_is_text_now() -> None:
    names = "apioptions;action;envname;requestdata"
    request = signed(names, b"&apioptions=\r\n", fields={**FIELDS, "apiOptions": ""})
    with pytest.raises(TcbError, match="the signature is wrong"):
        check_signature(request, KEYS, NOW)


@pytest.mark.parametrize(
    "changes",
    [
        {"host": "127.0.0.1:2"},
        {"path": "/web"},
        {"query": "env=env-2"},
        {"fields": {**FIELDS, "envName": "env-2"}},
        {"fields": {**FIELDS, "requestData": memoryview(b"\xff\xd9")}},
        {"fields": {}},
    ],
)
def test_tc3_over_something_else(changes: dict[str, Any]) -> None:
    with pytest.raises(TcbError, match="the signature is wrong"):
        check_signature(signed(**changes), KEYS, NOW)


@pytest.mark.parametrize(
    ("keys", "now", "header", "message"),
    [
        ({"AKID1": "secret 0"}, NOW, None, "secret id error"),
        ({"AKID0": "secret 1"}, NOW, None, "the signature is wrong"),
        (KEYS, NOW + 901, None, "expired"),
        (KEYS, NOW - 901, None, "expired"),
        (KEYS, NOW, "TC3-HMAC-SHA256 nonsense", "malformed"),
        (KEYS, NOW, "", "not signed"),
        (KEYS, NOW, "Bearer x", "not signed"),
    ],
)
def test_tc3_that_is_refused(keys: dict[str, str], now: int, header: str | None, message: str) -> None:
    request = signed()
    if header is not None:
        request = replace(request, headers={**request.headers, "authorization": header})
    with pytest.raises(TcbError, match=message) as failure:
        check_signature(request, keys, now)
    assert failure.value.code == "SIGN_PARAM_INVALID"


@pytest.mark.parametrize("timestamp", ["", "now", "99999999999999999999", str(NOW - 86400)])
def test_tc3_with_another_time(timestamp: str) -> None:
    request = signed()
    with pytest.raises(TcbError):
        check_signature(replace(request, headers={**request.headers, "x-timestamp": timestamp}), KEYS, NOW)


def q_signed(key: str = "secret 0", **changes: Any) -> SignedRequest:
    times = f"{NOW};{NOW + 900}"
    sign_key = hmac.new(key.encode(), times.encode(), "sha1").hexdigest()
    text = "post\n/admin\naction=x%20y&list=%5B1%5D\nuser-agent=sdk%2F1\n"
    to_sign = f"sha1\n{times}\n{hashlib.sha1(text.encode()).hexdigest()}\n"
    signature = hmac.new(sign_key.encode(), to_sign.encode(), "sha1").hexdigest()
    authorization = (
        f"q-sign-algorithm=sha1&q-ak=AKID0&q-sign-time={times}&q-key-time={times}&q-header-list=user-agent"
        f"&q-url-param-list=action;list&q-signature={signature}"
    )
    fields = {"action": "x y", "list": [1], "authorization": authorization, "sdk_version": "not signed"}
    request = SignedRequest("any", "/admin", "any=1", {"user-agent": "sdk/1"}, fields)
    return replace(request, **changes)


def test_q_sign() -> None:
    check_signature(q_signed(), KEYS, NOW)


@pytest.mark.parametrize(
    ("request_", "now"),
    [
        (q_signed("secret 1"), NOW),
        (q_signed(path="/web"), NOW),
        (q_signed(headers={"user-agent": "sdk/2"}), NOW),
        (q_signed(), NOW + 901),
        (q_signed(fields={"authorization": "q-ak=AKID0"}), NOW),
        (q_signed(fields={"authorization": ""}), NOW),
        (q_signed(fields={"authorization": 5}), NOW),
    ],
)
def test_q_sign_that_is_refused(request_: SignedRequest, now: int) -> None:
    with pytest.raises(TcbError):
        check_signature(request_, KEYS, now)


@pytest.mark.parametrize("pair", ["AKID0", "AKID0:", ":secret", ""])
def test_keys_that_are_refused(pair: str) -> None:
    with pytest.raises(ValueError, match="SECRETID:SECRETKEY"):
        create_app(Settings(secret_keys=(pair,)))


@pytest.mark.parametrize(("keys", "code"), [((), None), (("AKID0:secret",), "SIGN_PARAM_INVALID")])
def test_unsigned_requests_pass_until_a_key_is_configured(keys: tuple[str, ...], code: str | None) -> None:
    with running(Settings(port=0, recognizer=False, secret_keys=keys)) as server:
        body = {"action": "storage.batchDeleteFile", "fileid_list": ["cloud://a.b/c"]}
        assert requests.post(server.url + "/admin", json=body, timeout=30).json().get("code") == code
