"""``POST /cv/ocr/*``: the routes come from the contract's table.

Checks run in the order of ruling R28: method, token, quota, presence, size or fetch, decoding, recognition.
"""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

from flask import Blueprint, Response, request

from emulator.answers import OcrRequest
from emulator.control.errors import WeChatError
from emulator.state import current
from emulator.wechat import addresses, lessons, replies, routing, storage
from emulator.wechat.bodies import Body, read_body
from emulator.wechat.fetch import Fetcher
from emulator.wechat.upload import find_picture
from wxcloud.contract import MAX_IMAGE_BYTES_RESP_TYPE_1, METHODS

if TYPE_CHECKING:
    from emulator.settings import Settings
    from wxcloud.contract import Method

bp = Blueprint("wechat_ocr", __name__)

_FAILED_RECOGNITIONS = frozenset({101000, 101001, 101002})


def recognize(method: Method) -> Response:
    """Answer one call of an OCR method."""
    emulator = current()
    body = read_body()
    if body.chunked:
        replies.call().note(lessons.CHUNKED)
        if emulator.settings.strict:  # ruling R30
            return Response(status=412)
    appid = routing.authorized()
    quotas = emulator.quotas
    receipt = quotas.reserve(appid, method.key)
    if receipt is None:
        raise WeChatError(
            101003, reason=f"{quotas.limit} calls a day are allowed; --quota-per-day changes it"
        )
    try:
        return replies.ok(_answer(method, appid, body))
    except WeChatError as error:
        if not (quotas.count_failures and error.code in _FAILED_RECOGNITIONS):
            quotas.release(appid, method.key, receipt)
        raise
    except BaseException:
        quotas.release(appid, method.key, receipt)
        raise


def _answer(method: Method, appid: str, body: Body) -> dict[str, object]:
    emulator = current()
    settings = emulator.settings
    call = replies.call()
    picture = find_picture(body, settings.strict, call)
    limit = settings.max_image_bytes
    if request.args.get("resp_type") == "1":  # ruling R16
        limit = max(limit, MAX_IMAGE_BYTES_RESP_TYPE_1)
    if picture.image is not None and len(picture.image) > limit:
        raise WeChatError(101002, reason=f"the picture has {len(picture.image)} bytes, more than {limit}")
    answer = emulator.answers.answer(
        OcrRequest(
            method,
            appid,
            image=picture.image,
            url=picture.url,
            fetch=partial(fetch_picture, limit=limit),
            filename=picture.filename,
            note=call.note,
        )
    )
    call.answered_by = answer.source
    return answer.fields


def fetch_picture(url: str, limit: int) -> bytes:
    """Return the bytes behind `img_url`: from the emulator's own file store, else over HTTP.

    Raises:
        WeChatError: 101000 or 101002.
    """
    lesson = lessons.about_url(url)
    if lesson:
        replies.call().note(lesson)
    own = _own_file(url)
    if own is None:
        return fetcher_for(current().settings).fetch(url, limit)
    if len(own) > limit:
        raise WeChatError(101002, reason=f"the file has {len(own)} bytes, more than {limit}")
    return own


def fetcher_for(settings: Settings) -> Fetcher:
    """Return the fetcher that the settings ask for."""
    return Fetcher(
        loopback=addresses.is_loopback_host(settings.host),
        strict=settings.strict,
        allow_hosts=frozenset(host.lower() for host in settings.allow_hosts),
        allow_ports=frozenset(settings.allow_ports),
    )


def _own_file(url: str) -> bytes | None:
    """Return the file behind one of our own download URLs without a request to ourselves, or None."""
    emulator = current()
    try:
        parts = urlsplit(url)
    except ValueError:
        return None
    own = {urlsplit(emulator.base_url).netloc, request.host}
    if parts.netloc not in own or not parts.path.startswith(storage.PREFIX):
        return None
    data = emulator.files.read_url(url)
    if data is None:
        raise WeChatError(101000, reason="the file store has no such file, or the URL has expired")
    return data


for _method in METHODS:
    routing.add(bp, _method.path, partial(recognize, _method))
