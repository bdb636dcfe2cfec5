"""The page Connect: the addresses of this emulator, and how a program is pointed at it, ready to be copied."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from cloudbase_ocr.console.site import PREFIX, Page, address
from cloudbase_ocr.state.emulator import current
from wxcloud.service_market import INVOKE_SERVICE

if TYPE_CHECKING:
    from cloudbase_ocr.control.facade import Control


def _facts(control: Control) -> dict[str, Any]:
    url, appid = address(), control.health().appid
    return {
        "address": url,
        "addresses": (
            ("wechat", url),
            ("ocr", f"{url}/cv/ocr/idcard"),
            ("market", url + INVOKE_SERVICE.path),
            ("control", f"{url}/_emulator/"),
        ),
        "blocks": (
            ("variables", _variables(url)),
            ("curl", _curl(url, appid)),
            ("python", _python(url, appid)),
            ("pytest", _PYTEST),
            ("miniprogram", _mini_program(url)),
        ),
        "guarded": bool(current().guard.token),
    }


def _variables(url: str) -> str:
    return f"""\
export WXCLOUD_API_BASE={url}

eval "$(cloudbase-ocr env --emulator {url})"

cloudbase-ocr env --emulator {url} -- python main.py
"""


def _curl(url: str, appid: str) -> str:
    return f"""\
curl -X POST '{url}/cv/ocr/idcard?access_token=mock://{appid}&img_url=mock://idcard'

curl -F 'img=@card.jpg' '{url}/cv/ocr/idcard?access_token=mock://{appid}'
"""


def _python(url: str, appid: str) -> str:
    return f"""\
import requests

reply = requests.post(
    "{url}/cv/ocr/idcard",
    params={{"access_token": "mock://{appid}", "img_url": "mock://idcard"}},
    timeout=60,
).json()
print(reply["name"], reply["id"])
"""


_PYTEST = """\
import requests


def test_an_id_card(ocr_emulator):
    ocr_emulator.reply("ocr.idcard", name="李四")
    reply = requests.post(
        f"{ocr_emulator.url}/cv/ocr/idcard",
        params={"access_token": ocr_emulator.token, "img_url": "https://example.com/card.jpg"},
        timeout=60,
    ).json()
    assert reply["name"] == "李四"
"""


def _mini_program(url: str) -> str:
    return f"""\
// config.js
module.exports = {{ emulator: '{url}', env: '' }}

// app.js
const cloud = require('./cloud.js')
cloud.init()

// pages/index/index.js
const {{ result }} = await cloud.callFunction({{ name: 'idcard', data: {{ imgUrl: 'mock://idcard' }} }})
console.log(result.name)
"""


PAGE = Page("connect", PREFIX + "connect", _facts)
