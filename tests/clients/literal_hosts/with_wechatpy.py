"""Drives wechatpy as its users do; reads ``PATH IMG_URL`` lines, prints one reply a line."""

from __future__ import annotations

import json
import sys
from typing import Any

from wechatpy import WeChatClient
from wechatpy.exceptions import WeChatClientException


def ask(client: Any, path: str, img_url: str) -> Any:
    call = {"/cv/ocr/idcard": client.wxa.ocr_idcard, "/cv/ocr/bizlicense": client.wxa.ocr_biz_license}[path]
    try:
        return call(img_url=img_url)
    except WeChatClientException as error:
        return {"errcode": error.errcode, "errmsg": error.errmsg}


def main() -> None:
    client = WeChatClient("wx1", "secret")
    for line in sys.stdin:
        print(json.dumps(ask(client, *line.split()), ensure_ascii=False, separators=(",", ":")), flush=True)


main()
