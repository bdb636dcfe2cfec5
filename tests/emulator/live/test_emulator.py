"""What a test can ask of the calls that came: found, or a message with the nearest call."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import requests

from cloudbase_ocr import LiveEmulator, start

PICTURE = b"a picture"
SHA256 = hashlib.sha256(PICTURE).hexdigest()


@pytest.fixture(scope="module")
def ocr() -> Iterator[LiveEmulator]:
    with start(recognizer=False) as emulator:
        emulator.fail("ocr.idcard", 101001)
        query = {"access_token": emulator.token, "type": "photo"}
        for _ in range(2):
            files = {"img": ("card.jpg", PICTURE, "image/jpeg")}
            requests.post(emulator.url + "/cv/ocr/idcard", params=query, files=files, timeout=10)
        yield emulator


@pytest.mark.parametrize(
    "wanted",
    [
        {},
        {"times": 2, "query": {"type": "photo"}, "code": 101001},
        {"image": PICTURE},
        {"image": SHA256.upper()},
        {"image": {"size": 9, "filename": "card.jpg"}},
        {"form": {"type": None}, "headers": {"content-length": None, "Cookie": None}, "times": 0},
    ],
)
def test_what_came_is_found(ocr: LiveEmulator, wanted: dict[str, Any]) -> None:
    assert len(ocr.assert_called("ocr.idcard", **wanted)) == (0 if wanted.get("times") == 0 else 2)


def test_a_picture_may_be_a_file(ocr: LiveEmulator, tmp_path: Path) -> None:
    path = tmp_path / "card.jpg"
    path.write_bytes(PICTURE)
    ocr.assert_called("idcard", image=path)
    ocr.assert_called("idcard", image=str(path))
    with pytest.raises(FileNotFoundError):
        ocr.assert_called("idcard", image=tmp_path / "none.jpg")


def test_what_did_not_come_is_an_assertion_that_shows_the_nearest(ocr: LiveEmulator) -> None:
    with pytest.raises(AssertionError) as missed:
        ocr.assert_called("idcard", image=b"another", query={"type": "photo"})
    lines = str(missed.value).splitlines()
    assert lines[1] == "nearest: call 1 of 2, POST /cv/ocr/idcard (errcode 101001, answered by scenario):"
    assert lines[2].startswith("  image.sha256: expected ")
    assert lines[2].endswith(f"was {SHA256[:12]}…")
    assert ocr.token not in str(missed.value)
    ocr.assert_all_matched()


def test_another_account_has_calls_of_its_own(ocr: LiveEmulator) -> None:
    ocr.account("wxanother").assert_called("idcard", times=0)


def test_mistakes_are_named(ocr: LiveEmulator) -> None:
    with pytest.raises(ValueError, match="passport"):
        ocr.assert_called("ocr.passport")
