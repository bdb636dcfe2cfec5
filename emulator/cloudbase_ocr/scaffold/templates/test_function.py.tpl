"""Function $name, called as a mini-program calls it."""

import pytest

EVENT = {"imgUrl": "mock://$call"}


@pytest.fixture
def call(ocr_emulator):
    """Call the function; ocr_emulator answers in WeChat's place."""
    return lambda: ocr_emulator.invoke("$name", EVENT)["result"]


def test_fields_reach_the_mini_program(call):
    result = call()
    assert result["errCode"] == 0
    assert result$place == $value


def test_nothing_to_read_in_the_picture(call, ocr_emulator):
    ocr_emulator.fail("ocr.$call", 101001)
    assert call()["errCode"] == 101001


def test_used_up_quota(call, ocr_emulator):
    ocr_emulator.quota.exhaust("ocr.$call")
    assert call()["errCode"] == 101003
