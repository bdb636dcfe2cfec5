"""Where an OCR answer comes from: a magic URL, a fixture, the recognizer; every surface asks here."""

from emulator.answers.answers import Answer, Answers, OcrRequest
from emulator.control.errors import WeChatError

__all__ = ["Answer", "Answers", "OcrRequest", "WeChatError"]
