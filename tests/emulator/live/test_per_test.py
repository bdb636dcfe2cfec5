"""Tests of unittest with the mixin: each has an account of its own, and what nothing answers fails it."""

from __future__ import annotations

import unittest
from typing import ClassVar

import requests

from cloudbase_ocr import OcrEmulatorMixin


def run(case: type[unittest.TestCase]) -> unittest.TestResult:
    result = unittest.TestResult()
    unittest.defaultTestLoader.loadTestsFromTestCase(case).run(result)
    return result


def ask(case: OcrEmulatorMixin, **query: str) -> int:
    given = {"access_token": case.ocr_emulator.token, "img_url": "mock://idcard", **query}
    answer = requests.post(case.ocr_emulator.url + "/cv/ocr/idcard", params=given, timeout=10)
    return int(answer.json()["errcode"])


def test_each_test_has_an_account_and_a_fresh_start() -> None:
    seen = []

    class Tests(OcrEmulatorMixin, unittest.TestCase):
        ocr_emulator_settings: ClassVar = {"quota_per_day": 1, "recognizer": False}

        def test_one(self) -> None:
            seen.append((self.ocr_emulator.appid, self.ocr_emulator.url))
            assert [ask(self), ask(self)] == [0, 101003]
            self.ocr_emulator.assert_called("ocr.idcard", times=2)
            self.ocr_emulator.control.fail("ocr.idcard", -1)

        test_two = test_one

    result = run(Tests)
    assert (result.testsRun, result.failures, result.errors) == (2, [], [])
    assert len({appid for appid, _ in seen}) == 2
    assert len({url for _, url in seen}) == 1


def test_asynchronous_tests_and_mistakes() -> None:
    class Tests(OcrEmulatorMixin, unittest.IsolatedAsyncioTestCase):
        async def test_one(self) -> None:
            assert ask(self) == 0

    class Wrong(OcrEmulatorMixin, unittest.TestCase):
        ocr_emulator_settings: ClassVar = {"apps": ["wx1:secret"]}

        def test_one(self) -> None: ...

    assert run(Tests).wasSuccessful()
    ((_, text),) = run(Wrong).errors
    assert "leave apps empty" in text
