# test_server.py
import asyncio

from aiohttp.test_utils import AioHTTPTestCase
from cloudbase_ocr import OcrEmulatorMixin
from server import application


class ServerTests(OcrEmulatorMixin, AioHTTPTestCase):
    async def get_application(self):
        return application()

    async def ask(self):
        query = {"token": self.ocr_emulator.token, "picture": "mock://idcard"}
        answer = await self.client.get("/card", params=query)
        return await answer.json()

    async def test_many_at_a_time(self):
        self.ocr_emulator.quota.set("ocr.idcard", limit=3)
        with self.ocr_emulator.intercept(allow=["127.0.0.1"]):
            replies = await asyncio.gather(*(self.ask() for _ in range(5)))
        self.assertEqual(sorted(reply["errcode"] for reply in replies), [0, 0, 0, 101003, 101003])
        self.ocr_emulator.assert_called("ocr.idcard", times=5)
