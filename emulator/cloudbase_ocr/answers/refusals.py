"""The recognizer's failures in WeChat's words."""

from __future__ import annotations

from cloudbase_ocr.core.errors import OverloadError, WeChatError
from cloudbase_ocr.recognizer import (
    DocumentNotFound,
    ImageTooLarge,
    NotAnImage,
    RecognitionError,
    RecognizerBusy,
    RecognizerNotInstalled,
)


def as_wechat(error: RecognitionError) -> WeChatError:
    """Return the error that WeChat sends for a failure of the recognizer; what it is busy with is -1, system error."""
    if isinstance(error, (NotAnImage, ImageTooLarge)):
        return WeChatError(101002, reason=str(error))
    if isinstance(error, RecognizerBusy):
        return OverloadError(str(error))
    unread = isinstance(error, (DocumentNotFound, RecognizerNotInstalled))
    return WeChatError(101001 if unread else -1, reason=str(error))


def check_size(size: int, limit: int) -> None:
    """Refuse a picture of more than `limit` bytes (ruling R16).

    Raises:
        WeChatError: 101002.
    """
    if size > limit:
        raise WeChatError(101002, reason=f"the picture has {size} bytes, more than {limit}")
