"""Requests to the Tencent Cloud API that no SDK would send; the SDK itself is in tests/clients."""

from __future__ import annotations

from collections.abc import Callable

import pytest
import requests

Post = Callable[..., requests.Response]


def refuse(post: Post, body: bytes, **headers: str) -> str:
    reply = post("/", data=body, headers={"X-TC-Action": "Invoke", "X-TC-Version": "2018-04-16", **headers})
    assert reply.status_code == 200
    assert reply.headers["Content-Type"] == "application/json"
    response = reply.json()["Response"]
    assert list(response) == ["Error", "RequestId"]
    code: str = response["Error"]["Code"]
    return code


@pytest.mark.parametrize(
    ("body", "code"),
    [
        (b"{", "InvalidParameter"),
        (b"\xff", "InvalidParameter"),
        (b"[]", "InvalidParameter"),
        (b"[" * 200_000, "InvalidParameter"),
        (b"{}", "MissingParameter"),
        (b"", "MissingParameter"),
        (b'{"FunctionName": ""}', "MissingParameter"),
        (b'{"FunctionName": ["echo"]}', "InvalidParameterValue.FunctionName"),
        (b'{"FunctionName": "../echo"}', "ResourceNotFound.FunctionName"),
        (b'{"FunctionName": "echo\\u0000"}', "ResourceNotFound.FunctionName"),
        (b'{"FunctionName": "\\ud800"}', "ResourceNotFound.FunctionName"),
        (b'{"FunctionName": "echo", "ClientContext": {"a": 1}}', "InvalidParameterValue.ClientContext"),
        (b'{"FunctionName": "echo", "ClientContext": "{"}', "InvalidParameterValue.ClientContext"),
        (b'{"FunctionName": "echo", "ClientContext": "NaN"}', "InvalidParameterValue.ClientContext"),
        (b'{"FunctionName": "echo", "InvocationType": "Event"}', "UnsupportedOperation"),
        (
            b'{"FunctionName": "echo", "ClientContext": "\\"' + b"x" * 6291456 + b'\\""}',
            "InvalidParameter.RequestTooLarge",
        ),
        (b'{"FunctionName": "' + b"x" * 11_000_000 + b'"}', "RequestSizeLimitExceeded"),
    ],
    ids=range(17),
)
def test_wrong_parameters(post: Post, body: bytes, code: str) -> None:
    assert refuse(post, body) == code


@pytest.mark.parametrize("action", ["DeleteFunction", "", "invoke", "x" * 10_000])
def test_unknown_actions(post: Post, action: str) -> None:
    assert refuse(post, b"{}", **{"X-TC-Action": action}) == "InvalidAction"


def test_no_action_at_all(post: Post) -> None:
    assert post("/", data=b"{}").json()["Response"]["Error"]["Code"] == "InvalidAction"


def test_other_versions(post: Post) -> None:
    assert refuse(post, b"{}", **{"X-TC-Version": "2017-01-01"}) == "NoSuchVersion"
