"""Reads one picture without a server, in WeChat's words: what ``cloudbase-ocr recognize`` prints."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from emulator.answers import Shape, WeChatError, read_picture
from emulator.recognizer import Recognizer
from wxcloud.contract import ERRORS

if TYPE_CHECKING:
    from emulator.settings import Settings
    from wxcloud.contract import Method


def read(settings: Settings, method: Method, image: bytes) -> dict[str, Any]:
    """Return WeChat's reply for the picture: ``errcode`` and ``errmsg``, then the fields.

    Raises:
        LookupError: the recognizer cannot read this document.
    """
    recognizer = Recognizer(threads=settings.recognizer_threads, max_pixels=settings.max_pixels)
    if method.key not in recognizer.methods:
        raise LookupError(
            f"the recognizer cannot read {method.title.lower()}s yet; it reads {', '.join(sorted(recognizer.methods))}."
        )
    try:
        fields = Shape.of(settings).apply(method, read_picture(recognizer, method, image))
    except WeChatError as error:
        return {"errcode": error.code, "errmsg": ERRORS[error.code].text}
    return {"errcode": 0, "errmsg": "ok", **fields}
