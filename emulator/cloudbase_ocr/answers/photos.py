"""Pictures that no fixture knows: read by the recognizer, or refused with a sentence that says what to do."""

from __future__ import annotations

import time
from dataclasses import replace
from typing import TYPE_CHECKING

from cloudbase_ocr.answers.explained import PRINTED_TEXT, TEXT_METHOD, Explained, explain
from cloudbase_ocr.answers.question import Reply
from cloudbase_ocr.answers.refusals import check_size
from cloudbase_ocr.core.errors import WeChatError
from cloudbase_ocr.core.imagefile import check_picture
from cloudbase_ocr.recognizer.errors import ImageTooLarge, NotAnImage

if TYPE_CHECKING:
    from collections.abc import Callable

    from cloudbase_ocr.answers.question import OcrRequest
    from cloudbase_ocr.answers.shape import Shape
    from cloudbase_ocr.core.calls import Trace
    from cloudbase_ocr.recognizer import Service
    from wxcloud.contract import Method

_FIXTURES_ONLY = (
    "{key} is answered from fixtures only, and none has this picture. Add one with its sha256 under match, "
    "or ask for the example with img_url=mock://{name}"
)


class Photos:
    """Asks the recognizer, if there is one."""

    def __init__(
        self, recognizer: Service | None, shape: Shape, max_pixels: int, not_installed: str = ""
    ) -> None:
        """Ask `recognizer`; `not_installed` says why there is none, where the settings want one."""
        self._recognizer = recognizer
        self._shape = shape
        self._max_pixels = max_pixels
        self._not_installed = not_installed

    def read(self, request: OcrRequest, image: bytes, trace: Trace) -> Reply:
        """Return what the picture of a request shows.

        Raises:
            WeChatError: it cannot be read.
        """
        method = request.method
        if self._recognizer is None or method.key not in self._recognizer.methods:
            return self._unread(method, image, request.note)
        trace.source = "recognizer"
        began = time.monotonic()
        told = explain(self._recognizer, self._shape, method, image, account=request.appid)
        trace.explanation = told.explanation
        reading = told.explanation.seconds if told.explanation else 0.0
        trace.waited = max(time.monotonic() - began - reading, 0.0)
        if told.error is not None:
            raise told.error from told.failure
        return Reply(told.fields or {}, "recognizer")

    def explain(self, method: Method | None, image: bytes, limit: int) -> Explained:
        """Tell what is answered for a picture of at most `limit` bytes that no scenario and no fixture knows, and why.

        Without a method, it is read as what it most likely shows; as printed text where that cannot be told.

        Raises:
            LookupError: no method is given, and there is no recognizer to find out.
        """
        unknown = Explained(method or PRINTED_TEXT, None, None, None)
        try:
            check_size(len(image), limit)
            if self._recognizer is not None and (method is None or method.key in self._recognizer.methods):
                return explain(self._recognizer, self._shape, method, image, identify=method is not None)
            if method is not None:
                return replace(unknown, fields=self._unread(method, image, lambda _lesson: None).fields)
        except WeChatError as error:
            return replace(unknown, error=error)
        why = self._not_installed or "the recognizer is off"
        raise LookupError(f"which document it is cannot be found out ({why}); name the method")

    def _unread(self, method: Method, image: bytes, note: Callable[[str], None]) -> Reply:
        """Answer for a picture that nothing here can read; what is no picture is still 101002."""
        try:
            picture = check_picture(image, self._max_pixels)
        except (NotAnImage, ImageTooLarge) as error:
            raise WeChatError(101002, reason=str(error)) from error
        lesson = self._lesson(method)
        note(lesson)
        if method.key == TEXT_METHOD:  # never 101001 (ruling R18)
            size = {"w": picture.width, "h": picture.height}
            return Reply({"items": [], "img_size": size}, "no recognizer")
        raise WeChatError(101001, reason=lesson)

    def _lesson(self, method: Method) -> str:
        """Return why a picture is not read, and what to do."""
        if self._not_installed:
            return f"no fixture has this picture, and {self._not_installed}"
        return _FIXTURES_ONLY.format(key=method.key, name=method.cloud_names[0])
