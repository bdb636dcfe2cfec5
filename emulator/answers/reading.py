"""The recognizer's answer in WeChat's words: its failures become error codes."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from emulator.control.errors import WeChatError
from emulator.recognizer import DocumentNotFound, ImageTooLarge, NotAnImage, RecognitionError

if TYPE_CHECKING:
    from emulator.recognizer import Recognizer
    from wxcloud.contract import Method


def read_picture(recognizer: Recognizer, method: Method, image: bytes) -> dict[str, Any]:
    """Return all business fields that the recognizer reads.

    Raises:
        WeChatError: 101001 no such document, 101002 no picture or too large a one, -1 the recognizer is busy.
    """
    try:
        return recognizer.recognize(method.key, image)
    except (NotAnImage, ImageTooLarge) as error:
        raise WeChatError(101002, reason=str(error)) from error
    except DocumentNotFound as error:
        raise WeChatError(101001, reason=str(error)) from error
    except RecognitionError as error:
        raise WeChatError(-1, reason=str(error)) from error
