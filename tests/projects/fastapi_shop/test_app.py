# test_app.py
import pytest
from app import app
from fastapi.testclient import TestClient


@pytest.fixture
def client(ocr_emulator):
    with ocr_emulator.intercept(allow=False):
        yield TestClient(app)


def test_the_picture_reaches_wechat(client, ocr_emulator):
    ocr_emulator.reply("ocr.idcard", name="李四")
    answer = client.post("/card", params={"token": ocr_emulator.token}, content=b"any bytes")
    assert answer.json()["name"] == "李四"
    ocr_emulator.assert_called("ocr.idcard", image=b"any bytes")


def test_a_busy_service(client, ocr_emulator):
    ocr_emulator.fail("ocr.idcard", -1)
    answer = client.post("/card", params={"token": ocr_emulator.token}, content=b"any bytes")
    assert answer.json()["errcode"] == -1
