"""What the emulator answers for every fixture and every error code: the upstream that both SDKs are given."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import requests

from cloudbase_ocr.answers import Answers
from cloudbase_ocr.core.clock import Clock
from cloudbase_ocr.server import Server
from cloudbase_ocr.settings import Settings
from wxcloud.casing import snake_keys, to_snake
from wxcloud.contract import DOCUMENTED, ERRORS, METHODS, OBSERVED
from wxcloud.service_market import (
    API,
    DOCUMENTS,
    IMG_URL,
    INVOKE_SERVICE,
    MARKET_ERRORS,
    OCR_ID_CARD,
    SERVICE,
    document_of_method,
)

PROFILES = (OBSERVED, DOCUMENTED)


@dataclass(frozen=True)
class Case:
    """One call: the API as the caller names it, and the magic URL that it asks for, under one profile.

    Of the service market also which document, and whether names are converted.
    """

    api: str
    url: str
    profile: str
    ocr_type: int = 0
    convert: bool = True

    @property
    def key(self) -> str:
        """Name of the case in the recording."""
        document = f" {self.ocr_type}" if self.ocr_type else ""
        return f"{self.profile} {self.api}{document} {self.url}" + (
            "" if self.convert else " convertCase: false"
        )

    @property
    def arguments(self) -> dict[str, Any]:
        """What the caller passes to the API."""
        if not self.ocr_type:
            return {"imgUrl": self.url}
        names = ("imgUrl", "dataType", "ocrType", "clientMsgId")
        url, data_type, ocr_type, client_msg_id = names if self.convert else map(to_snake, names)
        data = {url: self.url, data_type: IMG_URL, ocr_type: self.ocr_type}
        return {"service": SERVICE, "api": API, "data": data, client_msg_id: "1"}


def settings_of(profile: str) -> Settings:
    """Return settings under which every answer repeats: no hints, no quota, no recognizer."""
    return Settings(port=0, profile=profile, hints=False, quota_per_day=0, recognizer=False)


def cases(profile: str) -> list[Case]:
    """Return every fixture under each cloud name of its method, every code of each method, and once every code."""
    fixtures = Answers(Clock()).book.fixtures
    successes = [
        Case(api, f"mock://{fixture.name}", profile)
        for fixture in fixtures
        for api in fixture.method.permissions
    ]
    errors = [
        Case(method.permission, f"mock://{code}", profile)
        for method in METHODS
        for code in (ERRORS if method is METHODS[0] else method.error_codes + method.observed_error_codes)
        if code
    ]
    return successes + errors


def market_cases(profile: str) -> list[Case]:
    """Return every fixture of each document, nothing recognised, and once every code; some without conversion."""
    api = INVOKE_SERVICE.permission
    fixtures = [
        Case(api, f"mock://{fixture.name}", profile, document.ocr_type)
        for fixture in Answers(Clock()).book.fixtures
        if (document := document_of_method(fixture.method.key))
    ]
    unread = [Case(api, "mock://101001", profile, document.ocr_type) for document in DOCUMENTS]
    errors = [Case(api, f"mock://{code}", profile, OCR_ID_CARD) for code in MARKET_ERRORS]
    plain = [
        Case(api, url, profile, OCR_ID_CARD, convert=False)
        for url in ("mock://idcard/front", "mock://101001", "mock://9301010")
    ]
    return fixtures + unread + errors + plain


def ask(server: Server, case: Case) -> str:
    """Return the body of WeChat's reply, as text."""
    if case.ocr_type:
        url = f"{server.url}{INVOKE_SERVICE.path}?access_token=mock://wx1"
        return requests.post(url, json=snake_keys(case.arguments), timeout=30).content.decode("utf-8")
    method = next(method for method in METHODS if case.api in method.permissions)
    query = {"access_token": "mock://wx1", "img_url": case.url}
    return requests.post(server.url + method.path, params=query, timeout=30).content.decode("utf-8")
