# shop/tests.py
from cloudbase_ocr import OcrEmulatorMixin
from django.test import SimpleTestCase


class WithTheRunner(SimpleTestCase):
    def test_the_documented_example(self):
        answer = self.client.get("/card", {"token": "mock://wx1", "picture": "mock://idcard"})
        self.assertEqual(answer.json(), {"name": "张三", "code": 0})


class WithTheMixin(OcrEmulatorMixin, SimpleTestCase):
    def test_no_card_in_the_picture(self):
        self.ocr_emulator.fail("ocr.idcard", 101001)
        with self.settings(WECHAT_API=self.ocr_emulator.url):
            query = {"token": self.ocr_emulator.token, "picture": "mock://idcard"}
            answer = self.client.get("/card", query)
        self.assertEqual(answer.json(), {"name": None, "code": 101001})
        self.ocr_emulator.assert_called("ocr.idcard", times=1)
