"""What the emulator answers for every fixture and every error code: the upstream that both SDKs are given."""

from __future__ import annotations

from dataclasses import dataclass

import requests

from cloudbase_ocr.answers import Answers
from cloudbase_ocr.core.clock import Clock
from cloudbase_ocr.server import Server
from cloudbase_ocr.settings import Settings
from wxcloud.contract import DOCUMENTED, ERRORS, METHODS, OBSERVED

PROFILES = (OBSERVED, DOCUMENTED)


@dataclass(frozen=True)
class Case:
    """One call: the API as the caller names it, and the magic URL that it asks for, under one profile."""

    api: str
    url: str
    profile: str

    @property
    def key(self) -> str:
        """Name of the case in the recording."""
        return f"{self.profile} {self.api} {self.url}"


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


def ask(server: Server, case: Case) -> str:
    """Return the body of WeChat's reply, as text."""
    method = next(method for method in METHODS if case.api in method.permissions)
    query = {"access_token": "mock://wx1", "img_url": case.url}
    return requests.post(server.url + method.path, params=query, timeout=30).content.decode("utf-8")
