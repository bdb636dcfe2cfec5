"""Which recognizer the settings ask for, and whether its queue is shared between accounts."""

from __future__ import annotations

from dataclasses import replace

import pytest

from cloudbase_ocr.answers.recognizers import recognizer_of
from cloudbase_ocr.recognizer import Recognizer, WorkerRecognizer
from cloudbase_ocr.recognizer.serving.admission import Admission
from cloudbase_ocr.settings import Settings

ONE, TWO = "wx1:a-secret-of-the-tests", "wx2:another-of-the-tests"


def test_callers_without_a_token_are_one_account() -> None:
    recognizer = recognizer_of(Settings(ocr_only=True, tokenless=True))
    assert vars(recognizer)["_admission"].queue_of_one == 32
    recognizer.close()


@pytest.mark.parametrize("workers", [0, 2])
@pytest.mark.parametrize(
    ("private", "apps", "own"),
    [(True, (ONE, TWO), 16), (True, (), 16), (True, (ONE,), 32), (False, (ONE, TWO), 32), (False, (), 32)],
)
def test_a_private_service_of_several_accounts_shares_its_queue(
    workers: int, private: bool, apps: tuple[str, ...], own: int
) -> None:
    settings = replace(Settings(), ocr_only=private, apps=apps, recognizer_workers=workers)
    recognizer = recognizer_of(settings)
    assert isinstance(recognizer, WorkerRecognizer if workers else Recognizer)
    admission = vars(recognizer)["_admission"]
    assert isinstance(admission, Admission)
    assert (admission.queue, admission.queue_of_one) == (32, own)
    recognizer.close()
