"""``POST /cv/ocr/*``: the routes come from the contract's table.

Checks run in the order of ruling R28: method, token, quota, presence, size or fetch, decoding, recognition. The token
and the quota come before the first byte of the body is read: who has neither costs no memory.
"""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING, Any, TypeVar
from urllib.parse import urlsplit

from flask import Blueprint, Response, request

from cloudbase_ocr.answers import OcrRequest
from cloudbase_ocr.answers import check_size as check_bytes
from cloudbase_ocr.answers.question import Reply
from cloudbase_ocr.core.bodies import MEGABYTE, body_read, is_chunked, read_body
from cloudbase_ocr.core.errors import WeChatError
from cloudbase_ocr.core.forms import form_of
from cloudbase_ocr.core.reach import is_loopback_host
from cloudbase_ocr.core.redact import without_secrets
from cloudbase_ocr.journal.entries import FETCH
from cloudbase_ocr.state import files
from cloudbase_ocr.state.emulator import current
from cloudbase_ocr.wechat import lessons, replies, routing
from cloudbase_ocr.wechat.fetch import Fetcher
from cloudbase_ocr.wechat.upload import Picture, find_picture
from wxcloud.contract import MAX_IMAGE_BYTES_RESP_TYPE_1, METHODS

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping

    from cloudbase_ocr.answers import Answer
    from cloudbase_ocr.settings import Settings
    from wxcloud.contract import Method

T = TypeVar("T")

_FAILED_RECOGNITIONS = frozenset({101000, 101001, 101002})
_FORM_AROUND_BYTES = MEGABYTE  # what a multipart form may hold besides its picture


def blueprint_of(methods: Iterable[Method] = METHODS) -> Blueprint:
    """Return the routes of some methods: each answers at its path."""
    bp = Blueprint("wechat_ocr", __name__)
    for method in methods:
        routing.add(bp, method.path, partial(recognize, method))
    return bp


def recognize(method: Method) -> Response:
    """Answer one call of an OCR method."""
    if is_chunked(request):
        replies.call().note(lessons.CHUNKED)
        if current().settings.strict:  # ruling R30
            return Response(status=412)
    appid = routing.authorized()
    return replies.ok(answer(method, appid, sent_picture, request.args.get("resp_type", "")))


def sent_picture() -> Picture:
    """Read the body of the current request, and return the picture that the request brings.

    A body may be as large as the largest picture, whatever `resp_type` says: so a request that has no picture at all
    is told that first, and one whose picture is too large how large it may be.

    Raises:
        WeChatError: there is no picture, or the body is larger than any may be.
        TooMuchHeld: there is no room for it now.
    """
    settings = current().settings
    limit = max(settings.max_image_bytes, MAX_IMAGE_BYTES_RESP_TYPE_1) + _FORM_AROUND_BYTES
    return find_picture(read_body(request, limit), settings, replies.call())


def answer(
    method: Method,
    appid: str,
    find: Callable[[], Picture],
    resp_type: str = "",
    texts: Mapping[str, str] | None = None,
) -> dict[str, Any]:
    """Return the business fields of a reply, for every surface: quota, picture, size, recognition (R26, R28).

    `find` gives the picture and may raise; it is asked after the quota. `texts` as in :func:`asked`.

    Raises:
        WeChatError: what WeChat would refuse.
    """
    return counted(
        method.key,
        appid,
        lambda: asked(method, appid, find(), image_limit(resp_type), texts=texts).or_raise().fields,
    )


def counted(key: str, appid: str, read: Callable[[], T]) -> T:
    """Return what `read` gives, counted against the quota of the method `key`; what it raises does not count.

    Raises:
        WeChatError: 101003 when the day's calls are used up.
    """
    quotas = current().quotas
    receipt = quotas.reserve(appid, key)
    if receipt is None:
        raise WeChatError(
            101003, reason=f"{quotas.limit} calls a day are allowed; --quota-per-day changes it"
        )
    try:
        return read()
    except WeChatError as error:
        if not (quotas.count_failures and error.code in _FAILED_RECOGNITIONS):
            quotas.release(appid, key, receipt)
        raise
    except BaseException:
        quotas.release(appid, key, receipt)
        raise


def image_limit(resp_type: str) -> int:
    """Return how many bytes a picture may have (ruling R16)."""
    limit = current().settings.max_image_bytes
    return max(limit, MAX_IMAGE_BYTES_RESP_TYPE_1) if resp_type == "1" else limit


def check_size(picture: Picture, limit: int) -> None:
    """Refuse a picture of more than `limit` bytes.

    Raises:
        WeChatError: 101002.
    """
    if picture.image is not None:
        check_bytes(len(picture.image), limit)


def asked(
    method: Method,
    appid: str,
    picture: Picture,
    limit: int,
    *,
    market: bool = False,
    texts: Mapping[str, str] | None = None,
) -> Answer:
    """Return the answer to a picture of at most `limit` bytes, and leave its trace in the call.

    With `market` the call came to the service market: see :class:`OcrRequest`. `texts` are what was sent beside the
    picture, where that is neither in the query nor in a form.

    Raises:
        WeChatError: the picture is too large.
    """
    check_size(picture, limit)
    emulator, call = current(), replies.call()
    found = emulator.answers.answer(
        OcrRequest(
            method,
            appid,
            image=picture.image,
            url=picture.url,
            fetch=partial(fetch_picture, limit=limit),
            filename=picture.filename,
            note=call.note,
            market=market,
            query=request.args.to_dict() if texts is None else texts,
            form=_form if texts is None else lambda: texts,
        )
    )
    call.trace = found.trace
    emulator.journal.keep_picture(found.trace.sha256, found.picture, picture.url or "")
    if isinstance(found.outcome, Reply):
        call.answered_by = found.outcome.source
    return found


def _form() -> Mapping[str, str]:
    body = body_read(request.environ)
    return {} if body is None else form_of(request.content_type or "", body.data).fields


def fetch_picture(url: str, limit: int) -> bytes:
    """Return the bytes behind `img_url`: from the emulator's own file store, else over HTTP.

    Raises:
        WeChatError: 101000 or 101002.
    """
    lesson = lessons.about_url(url)
    if lesson:
        replies.call().note(lesson)
    with current().journal.part(FETCH, "img_url") as entry:
        entry.request = {"url": without_secrets(url)}
        try:
            data = _fetch(url, limit)
        except WeChatError as error:
            entry.code, entry.message = error.code, error.reason
            raise
        entry.code, entry.answer = 0, {"bytes": len(data)}
    return data


def _fetch(url: str, limit: int) -> bytes:
    own = _own_file(url)
    if own is None:
        return fetcher_for(current().settings).fetch(url, limit)
    if len(own) > limit:
        raise WeChatError(101002, reason=f"the file has {len(own)} bytes, more than {limit}")
    return own


def fetcher_for(settings: Settings) -> Fetcher:
    """Return the fetcher that the settings ask for; what a private service's clients name is a stranger's URL."""
    return Fetcher(
        loopback=is_loopback_host(settings.host) and not (settings.ocr_only or settings.server_names),
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
    if parts.netloc not in own or not parts.path.startswith(files.PREFIX):
        return None
    failed = emulator.faults.fail_download(parts.path, replies.call().appid)
    if failed:
        raise WeChatError(101000, reason=f"the file could not be downloaded: fault {failed}")
    data = emulator.files.read_url(url)
    if data is None:
        raise WeChatError(101000, reason="the file store has no such file, or the URL has expired")
    return data
