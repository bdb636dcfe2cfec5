"""wxcloud and the official wx-server-sdk make the same object of the same reply, key order included.

The SDK's side is a recording of the real package (record.py); wxcloud's side runs here, against a live emulator.
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any

import pytest

import wxcloud
from cloudbase_ocr.server import Server, running
from tests.conformance.record import RECORDING
from tests.conformance.upstream import PROFILES, Case, ask, cases, market_cases, settings_of
from wxcloud.contract import METHODS
from wxcloud.service_market import INVOKE_SERVICE

RECORDED = {line["key"]: line for line in map(json.loads, RECORDING.read_text(encoding="utf-8").splitlines())}
RULINGS = {
    "mock://bankcard/id": ('{"id":', '{"number":'),  # R2: the documents' examples call the number id
    "mock://idcard/front-oldest": ('"type":"Frond"', '"type":"Front"'),  # R3: the oldest document's typo
}
"""Where wxcloud differs from the SDK on purpose: what the SDK gives, and what a ruling makes of it."""

CASES = [case for profile in PROFILES for case in (*cases(profile), *market_cases(profile))]


def quick(case: Case) -> object:
    """Leave the calls that wait for their retries to make check, but for one."""
    long = case.url == "mock://-1" and case.key != "observed ocr.idcard mock://-1"
    return pytest.param(case, id=case.key, marks=[pytest.mark.check] if long else [])


@pytest.fixture(scope="module")
def servers() -> Iterator[dict[str, Server]]:
    with running(settings_of(PROFILES[0])) as first, running(settings_of(PROFILES[1])) as second:
        yield dict(zip(PROFILES, (first, second), strict=True))


def test_the_recording_has_every_case_and_no_other() -> None:
    assert sorted(RECORDED) == sorted(case.key for case in CASES), (
        "record again: python -m tests.conformance.record"
    )


@pytest.mark.parametrize("case", [quick(case) for case in CASES])
def test_same_object_as_the_sdk(servers: dict[str, Server], case: Case) -> None:
    server = servers[case.profile]
    recorded = RECORDED[case.key]
    assert ask(server, case) == recorded["reply"], "the emulator's reply changed: record again"
    expected = recorded["object"]
    if case.url in RULINGS and not case.ocr_type:
        theirs, ours = RULINGS[case.url]
        assert theirs in expected
        expected = expected.replace(theirs, ours)
    assert json.dumps(call(server, case), ensure_ascii=False, separators=(",", ":")) == expected


def call(server: Server, case: Case) -> dict[str, Any]:
    cloud = wxcloud.Cloud()
    permissions = [name for method in (*METHODS, INVOKE_SERVICE) for name in method.permissions]
    cloud.init(
        api_base=server.url,
        credentials=wxcloud.AccessToken("mock://wx1"),
        config={"permissions": {"openapi": permissions}},
    )
    try:
        namespace, _, name = case.api.partition(".")
        openapi = cloud.openapi if case.convert else cloud.openapi(convertCase=False)
        return dict(getattr(getattr(openapi, namespace), name)(case.arguments))
    except wxcloud.CloudSDKError as error:
        return error.to_dict()
