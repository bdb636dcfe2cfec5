"""Reads ID cards with WeChat's OCR, from a server of our own."""

from __future__ import annotations

from typing import Any

import requests

_BUSY = -1
_TOKEN_REFUSED = (40001, 40014, 42001)
_QUOTA_USED_UP = 101003


class CardError(Exception):
    """A card could not be read; the message is for the person who sent it."""


class CardReader:
    """Reads ID cards: fetches tokens, and asks again when WeChat is busy."""

    def __init__(self, appid: str, secret: str, *, base_url: str = "https://api.weixin.qq.com") -> None:
        """Read as the account `appid`."""
        self._appid, self._secret, self._base_url = appid, secret, base_url
        self._token = ""

    def read(self, picture: bytes, tries: int = 3) -> dict[str, Any]:
        """Return name and number of an ID card.

        Raises:
            CardError: there is no card on the picture, or the service does not work today.
        """
        reply: dict[str, Any] = {}
        for _ in range(tries):
            reply = self._ask(picture)
            if reply["errcode"] == 0:
                return {"name": reply["name"], "number": reply["id"]}
            if reply["errcode"] in _TOKEN_REFUSED:
                self._token = ""
            elif reply["errcode"] != _BUSY:
                break
        if reply["errcode"] == _QUOTA_USED_UP:
            raise CardError("too many cards today, please come back tomorrow")
        raise CardError("please take another photo of your card")

    def _ask(self, picture: bytes) -> dict[str, Any]:
        try:
            answer = requests.post(
                f"{self._base_url}/cv/ocr/idcard",
                params={"access_token": self._token or self._fetch_token()},
                files={"img": ("card.jpg", picture)},
                timeout=3,
            )
            reply: dict[str, Any] = answer.json()
        except (requests.RequestException, ValueError):
            return {"errcode": _BUSY}
        return reply

    def _fetch_token(self) -> str:
        body = {"grant_type": "client_credential", "appid": self._appid, "secret": self._secret}
        reply = requests.post(f"{self._base_url}/cgi-bin/stable_token", json=body, timeout=3).json()
        self._token = reply["access_token"]
        return self._token
