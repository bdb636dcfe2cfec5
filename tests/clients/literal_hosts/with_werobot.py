"""Drives WeRoBot's client as its users do; reads ``PATH IMG_URL`` lines, prints one reply a line."""

from __future__ import annotations

import json
import sys
from typing import Any

from werobot.client import Client, ClientException


def ask(client: Any, path: str, img_url: str) -> Any:
    query = {"access_token": client.token, "img_url": img_url}
    try:
        return client.post(f"https://api.weixin.qq.com{path}", params=query)
    except ClientException as error:
        code, _, text = str(error).partition(": ")
        return {"errcode": int(code), "errmsg": text}


def main() -> None:
    client = Client({"APP_ID": "wx1", "APP_SECRET": "secret"})
    for line in sys.stdin:
        print(json.dumps(ask(client, *line.split()), ensure_ascii=False, separators=(",", ":")), flush=True)


main()
