"""Accounts that name themselves by appid and secret: the check, and what slows down whoever guesses."""

from __future__ import annotations

from flask import request

from cloudbase_ocr.core.errors import WeChatError
from cloudbase_ocr.core.reach import client_address
from cloudbase_ocr.state.emulator import current


def check_appid(appid: str) -> None:
    """Check that an account is named and exists; a private service does not tell strangers before their secret.

    Raises:
        WeChatError: 41002 or 40013.
    """
    emulator = current()
    if not appid:
        raise WeChatError(41002)
    if emulator.guesses is None:
        emulator.accounts.check_appid(appid)


def authenticate(appid: str, secret: str) -> None:
    """Check the secret of an account for the client of the current request.

    Raises:
        WeChatError: 41002, 41004, 40013 or 40125; with --ocr-only 45011 for who has guessed too often.
    """
    emulator = current()
    if emulator.guesses is None:
        emulator.accounts.authenticate(appid, secret)
        return
    forwarded = request.headers.get("X-Forwarded-For", "")
    address = client_address(request.remote_addr or "", forwarded, emulator.settings.proxies)
    with emulator.guesses.attempt(address, appid):
        emulator.accounts.authenticate(appid, secret)
