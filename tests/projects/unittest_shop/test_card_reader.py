# test_card_reader.py
from unittest import TestCase

from card_reader import read_card
from cloudbase_ocr import OcrEmulatorMixin


class CardReaderTests(OcrEmulatorMixin, TestCase):
    ocr_emulator_settings = {"quota_per_day": 5}

    def read(self, picture):
        return read_card(self.ocr_emulator.url, self.ocr_emulator.token, picture)

    def test_the_name_comes_back(self):
        self.ocr_emulator.reply("ocr.idcard", name="李四")
        self.assertEqual(self.read(b"any bytes")["name"], "李四")
        self.ocr_emulator.assert_called("ocr.idcard", image=b"any bytes", query={"type": "photo"})

    def test_the_quota_is_used_up(self):
        self.ocr_emulator.quota.exhaust("ocr.idcard")
        self.assertEqual(self.read(b"any bytes")["errcode"], 101003)
