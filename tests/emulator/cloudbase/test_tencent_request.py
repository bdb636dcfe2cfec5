"""Requests of Tencent Cloud's API: the older form put together, and what is neither form."""

from __future__ import annotations

from typing import Any

import pytest
from flask import Request
from werkzeug.test import EnvironBuilder

from cloudbase_ocr.cloudbase.tencent_request import MAX_FIELDS, ApiError, ApiRequest, read_request


def read(method: str = "GET", **sent: Any) -> ApiRequest:
    return read_request(Request(EnvironBuilder(path="/", method=method, **sent).get_environ()))


def code_of(method: str = "GET", **sent: Any) -> str:
    with pytest.raises(ApiError) as failure:
        read(method, **sent)
    return failure.value.code


def test_the_newer_form_by_post() -> None:
    asked = read("POST", json={"Limit": 1}, headers={"X-TC-Action": "ListFunctions", "X-TC-Version": "v"})
    assert (asked.action, asked.version, asked.parameters, asked.signed) == (
        "ListFunctions",
        "v",
        {"Limit": 1},
        None,
    )
    assert read("POST", headers={"X-TC-Action": "A"}).parameters == {}


def test_the_newer_form_by_get() -> None:
    asked = read(query_string="FunctionName=idcard&Limit=1", headers={"X-TC-Action": "A"})
    assert (asked.parameters, asked.body) == ({"FunctionName": "idcard", "Limit": "1"}, b"")


@pytest.mark.parametrize("method", ["GET", "POST"])
def test_the_older_form(method: str) -> None:
    pairs = {
        "Action": "A",
        "Version": "v",
        "Nonce": "1",
        "Channels.1": "二",
        "Channels.0": "a b",
        "Filters.0.Name": "n",
        "Filters.0.Values.0": "x",
        "Filter.RetCode": "is0",
    }
    asked = read(method, **{"query_string" if method == "GET" else "data": pairs})
    assert (asked.action, asked.version, asked.signed) == ("A", "v", pairs)
    assert asked.parameters == {
        "Channels": ["a b", "二"],
        "Filters": [{"Name": "n", "Values": ["x"]}],
        "Filter": {"RetCode": "is0"},
    }


@pytest.mark.parametrize(
    ("sent", "code"),
    [
        ({"query_string": "Action=A&x=%ff"}, "InvalidParameter"),
        ({"query_string": "Action=A&" + "a&" * MAX_FIELDS}, "InvalidParameter"),
        ({"query_string": "Action=A&" + "a." * 5000 + "b=1"}, "InvalidParameter"),
        ({"query_string": "Action=A&B=1&B.C=2"}, "InvalidParameter"),
        ({"method": "POST", "data": b"[]", "headers": {"X-TC-Action": "A"}}, "InvalidParameter"),
        ({"method": "POST", "data": b"{", "headers": {"X-TC-Action": "A"}}, "InvalidParameter"),
        (
            {"method": "POST", "data": b" " * 11_000_000, "headers": {"X-TC-Action": "A"}},
            "RequestSizeLimitExceeded",
        ),
        ({"method": "PUT", "query_string": "Action=A"}, "UnsupportedProtocol"),
    ],
    ids=range(8),
)
def test_what_cannot_be_read(sent: dict[str, Any], code: str) -> None:
    assert code_of(**sent) == code


def test_a_form_that_names_nothing_has_no_action() -> None:
    assert read("POST", data=b"{}").action == ""


@pytest.mark.parametrize(("value", "number"), [(None, 20), (0, 0), ("7", 7), (100, 100)])
def test_numbers(value: Any, number: int) -> None:
    assert ApiRequest("A", "", {"Limit": value}).number("Limit", 20, 100) == number


@pytest.mark.parametrize("value", [-1, 101, "101", "-1", "x", "", 1.5, True, [], "１", "9" * 5000])
def test_what_is_no_number(value: Any) -> None:
    with pytest.raises(ApiError) as failure:
        ApiRequest("A", "", {"Limit": value}).number("Limit", 20, 100)
    assert failure.value.code == "InvalidParameterValue.Limit"
