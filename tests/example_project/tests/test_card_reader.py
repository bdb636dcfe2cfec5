from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from members.cards import CardError, CardReader

if TYPE_CHECKING:
    from cloudbase_ocr import OcrEmulator

PHOTO = b"\xff\xd8\xff only the emulator's replies matter here \xff\xd9"


@pytest.fixture
def reader(ocr_emulator: OcrEmulator) -> CardReader:
    return CardReader(ocr_emulator.appid, ocr_emulator.secret, base_url=ocr_emulator.url)


def codes(emulator: OcrEmulator) -> list[object]:
    return [call.code for call in emulator.requests if call.path == "/cv/ocr/idcard"]


def test_name_and_number(ocr_emulator: OcrEmulator, reader: CardReader) -> None:
    ocr_emulator.reply("ocr.idcard", name="李四", id="990000199001011234")
    assert reader.read(PHOTO) == {"name": "李四", "number": "990000199001011234"}


def test_busy_service(ocr_emulator: OcrEmulator, reader: CardReader) -> None:
    ocr_emulator.scenario("ocr.idcard", [-1, -1, "success"])
    assert reader.read(PHOTO)["name"] == "张三"
    assert codes(ocr_emulator) == [-1, -1, 0]


def test_no_card(ocr_emulator: OcrEmulator, reader: CardReader) -> None:
    ocr_emulator.fail("ocr.idcard", 101001)
    with pytest.raises(CardError, match="another photo"):
        reader.read(PHOTO)
    assert codes(ocr_emulator) == [101001]


def test_expired_token(ocr_emulator: OcrEmulator, reader: CardReader) -> None:
    ocr_emulator.reply("ocr.idcard")
    reader.read(PHOTO)
    ocr_emulator.clock.advance(hours=2)
    reader.read(PHOTO)
    assert codes(ocr_emulator) == [0, 42001, 0]


def test_used_up_quota(ocr_emulator: OcrEmulator, reader: CardReader) -> None:
    ocr_emulator.reply("ocr.idcard")
    for _ in range(5):
        reader.read(PHOTO)
    with pytest.raises(CardError, match="tomorrow"):
        reader.read(PHOTO)
    ocr_emulator.clock.advance(days=1)
    reader.read(PHOTO)


@pytest.mark.parametrize("fault", ["reset", "empty", "truncated", "garbage", "html"])
def test_broken_answer(ocr_emulator: OcrEmulator, reader: CardReader, fault: str) -> None:
    ocr_emulator.reply("ocr.idcard")
    ocr_emulator.fault(fault, method="ocr.idcard", nth=[1], status=502 if fault == "html" else None)
    assert reader.read(PHOTO)["name"] == "张三"
