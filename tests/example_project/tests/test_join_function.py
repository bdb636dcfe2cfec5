from __future__ import annotations

from importlib.resources import files
from io import BytesIO
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from cloudbase_ocr import OcrEmulator


def test_member_joins(ocr_emulator: OcrEmulator) -> None:
    ocr_emulator.reply("ocr.idcard", name="李四")
    answer = ocr_emulator.invoke("join", {"imgUrl": "mock://idcard"}, openid="o-member")
    assert answer["result"] == {"joined": True, "name": "李四", "member": "o-member"}


def test_picture_without_a_card(ocr_emulator: OcrEmulator) -> None:
    ocr_emulator.fail("ocr.idcard", 101001)
    answer = ocr_emulator.invoke("join", {"imgUrl": "mock://idcard"})
    assert answer["result"] == {"joined": False, "errCode": 101001}


def test_function_that_crashes(ocr_emulator: OcrEmulator) -> None:
    ocr_emulator.fault("crash", function="join", times=1)
    assert ocr_emulator.invoke("join", {"imgUrl": "mock://idcard"})["errCode"] == -504002
    assert ocr_emulator.invoke("join", {"imgUrl": "mock://idcard"})["result"]["joined"]


def test_the_engine_reads_a_real_photo(ocr_emulator: OcrEmulator) -> None:
    photo = files("cloudbase_ocr").joinpath("specimens/idcard-front.jpg").read_bytes()
    path = f"/cv/ocr/idcard?access_token={ocr_emulator.token}"
    reply = ocr_emulator.client.post(path, data={"img": (BytesIO(photo), "card.jpg")})
    assert reply.get_json()["name"] == "林知夏"
