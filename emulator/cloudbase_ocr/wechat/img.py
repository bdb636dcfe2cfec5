"""``POST /cv/img/aicrop``, ``qrcode`` and ``superresolution``: neighbours of OCR that take a picture in the same way.

They are outside the OCR contract and its quota. A picture is wanted and has to be one; the answer is always the
example of the official page.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache, partial
from pathlib import Path
from typing import TYPE_CHECKING, Any

import yaml
from flask import Blueprint, Response, request

from cloudbase_ocr import assumptions
from cloudbase_ocr.answers import magic
from cloudbase_ocr.core.errors import WeChatError
from cloudbase_ocr.core.imagefile import check_picture
from cloudbase_ocr.recognizer.errors import ImageTooLarge, NotAnImage
from cloudbase_ocr.state.emulator import current
from cloudbase_ocr.wechat import replies, routing
from cloudbase_ocr.wechat.ocr import check_size, fetch_picture, image_limit, sent_picture

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

    from cloudbase_ocr.wechat.upload import Picture

_EXAMPLES = Path(__file__).parent.parent / "fixtures" / "img" / "examples.yaml"
_BY_GET = (
    "aicrop was called by GET, as WxJava does; the page says POST, and OCR takes nothing else. Send POST, or assume "
    "that WeChat takes it: --assumption aicrop-get"
)
_FIXTURES_ONLY = "img.* is answered with the example of the official page, whatever the picture shows"


@dataclass(frozen=True)
class ImageMethod:
    """One image interface: the last part of its path, and its name in cloud calls."""

    key: str
    cloud_name: str

    @property
    def path(self) -> str:
        """The HTTPS path on api.weixin.qq.com."""
        return "/cv/img/" + self.key


IMAGE_METHODS = (
    ImageMethod("aicrop", "img.aiCrop"),
    ImageMethod("qrcode", "img.scanQRCode"),
    ImageMethod("superresolution", "img.superresolution"),
)


def blueprint_of(methods: Iterable[ImageMethod] = IMAGE_METHODS) -> Blueprint:
    """Return the routes of some interfaces: each answers at its path."""
    bp = Blueprint("wechat_img", __name__)
    for method in methods:
        verbs = ("GET", "POST") if method.key == "aicrop" else ("POST",)
        routing.add(bp, method.path, partial(handle, method), verbs)
    return bp


def by_cloud_name(name: str) -> ImageMethod | None:
    """Return the interface that a cloud call names (``img.aiCrop``), or None."""
    return next((method for method in IMAGE_METHODS if method.cloud_name == name), None)


def answer(method: ImageMethod, find: Callable[[], Picture]) -> dict[str, Any]:
    """Return the business fields of a reply; `find` gives the picture and may raise.

    Raises:
        WeChatError: no picture (41005), one that cannot be fetched (101000) or is none (101002), or what a magic
            URL asks for.
    """
    picture = find()
    limit = image_limit("")
    check_size(picture, limit)
    image = picture.image
    if picture.url is not None:
        code = magic.error_code(picture.url)
        if code is not None:
            raise WeChatError(code, reason=f"mock://{code} asked for it")
        image = None if picture.url.startswith(magic.SCHEME) else fetch_picture(picture.url, limit)
    if image is not None:
        _check_image(image)
    call = replies.call()
    call.answered_by = f"fixture img/{method.key}"
    call.note(_FIXTURES_ONLY)
    return _examples()[method.key]


def handle(method: ImageMethod) -> Response:
    """Answer one call over HTTPS; WxJava sends one by GET, and whether WeChat takes that is not known (R43)."""
    if request.method == "GET" and assumptions.AICROP_GET not in current().settings.assumptions:
        raise WeChatError(43002, reason=_BY_GET)
    routing.authorized()
    return replies.ok(answer(method, sent_picture))


def _check_image(image: bytes) -> None:
    try:
        check_picture(image, current().settings.max_pixels)
    except (NotAnImage, ImageTooLarge) as error:
        raise WeChatError(101002, reason=str(error)) from error


@cache
def _examples() -> dict[str, dict[str, Any]]:
    examples: dict[str, dict[str, Any]] = yaml.safe_load(_EXAMPLES.read_text(encoding="utf-8"))
    return examples
