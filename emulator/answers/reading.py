"""The recognizer's answer in WeChat's words: its failures become error codes, its fields follow the profile."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from emulator.control.errors import WeChatError
from emulator.recognizer import DocumentNotFound, ImageTooLarge, NotAnImage, RecognitionError
from wxcloud.contract import OBSERVED

if TYPE_CHECKING:
    from emulator.recognizer import Recognizer
    from wxcloud.contract import Method


def read_picture(recognizer: Recognizer, method: Method, image: bytes, profile: str) -> dict[str, Any]:
    """Return the business fields that the recognizer reads.

    Raises:
        WeChatError: 101001 no such document, 101002 no picture or too large a one, -1 the recognizer is busy.
    """
    try:
        fields = recognizer.recognize(method.key, image)
    except (NotAnImage, ImageTooLarge) as error:
        raise WeChatError(101002, reason=str(error)) from error
    except DocumentNotFound as error:
        raise WeChatError(101001, reason=str(error)) from error
    except RecognitionError as error:
        raise WeChatError(-1, reason=str(error)) from error
    return as_profile(method, fields, profile)


def as_profile(method: Method, fields: dict[str, Any], profile: str) -> dict[str, Any]:
    """Leave out the fields that no page documents, unless the profile is ``observed`` (ruling R4)."""
    if profile == OBSERVED:
        return fields
    hidden = {field.name for field in method.fields if field.status == OBSERVED}
    return {name: value for name, value in fields.items() if name not in hidden}
