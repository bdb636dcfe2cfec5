"""What callers hand in as a picture, and what is sent for it.

==============================================  ==================================================
``imgUrl``: an address                          sent as it is, encoded once by the client
``img``: bytes, base64 text, a ``data:`` URL    sent as a file
``img``: ``{type: 'Buffer', data: [...]}``      sent as a file (what a mini-program's ArrayBuffer becomes)
``img``: ``{contentType, value: <the above>}``  sent as a file
``fileID`` (or ``imgUrl``): ``cloud://...``     resolved to an address first
==============================================  ==================================================

The SDK takes only ``imgUrl`` and ``{contentType, value: Buffer}``; the rest repairs what its users trip over,
since a JSON event cannot carry a Buffer. Exactly one picture is needed (ruling R31). The content type and the
file name come from the bytes, never from what the caller says. Refusals carry the code that the service gives
for the same mistake: 41005 when it would see no picture, 101002 when it could not decode it, else -601002.
"""

from __future__ import annotations

import base64
import binascii
from collections.abc import Mapping
from typing import Any, NamedTuple, Union

from .casing import to_camel, to_snake
from .errors import Failure, wrong_argument

FILE_ID_NAMES = ("fileID", "fileId", "fileid", "file_id")
_CALLED_OTHERWISE = (
    "base64", "buffer", "file", "file_path", "image", "image_base64", "image_url", "img_base64", "picture",
    "temp_file_path", "url",
)  # fmt: skip
_ON_THE_PHONE = ("wxfile://", "file://", "blob:", "http://tmp/", "/", "./", "../")


class Image(NamedTuple):
    """A picture to send as a file; its bytes are never shown."""

    content: bytes
    content_type: str
    filename: str

    def __repr__(self) -> str:
        """Show what it is, not what it shows."""
        return f"Image({self.filename}, {self.content_type}, {len(self.content)} bytes)"


class ImageUrl(NamedTuple):
    """A picture that WeChat fetches."""

    url: str


class FileId(NamedTuple):
    """A picture in the environment's cloud storage."""

    file_id: str


Source = Union[Image, ImageUrl, FileId]


def take_picture(params: dict[str, Any], limit: int) -> Source:
    """Remove the one picture from `params` (keys as on the wire: img, img_url, fileID) and return it.

    `limit` is in bytes.

    Raises:
        Failure: 41005, 101002 or -601002, with a text that names the mistake.
    """
    given = {name: params.pop(name) for name in ("img", "img_url", *FILE_ID_NAMES) if name in params}
    given = {name: value for name, value in given.items() if value is not None and value != ""}
    if not given:
        raise _missing(_nothing_given(params))
    if len(given) > 1:
        names = " and ".join(_shown(name) for name in given)
        raise wrong_argument(f"{names} are given together; give exactly one picture")
    name, value = given.popitem()
    if name == "img":
        return to_image(value, limit)
    return _address(value) if name == "img_url" else _file_id(name, value)


def to_image(value: Any, limit: int) -> Image:
    """Return the picture that `img` holds.

    Raises:
        Failure: 41005 when it holds none, 101002 when it is too large or no picture.
    """
    if isinstance(value, Mapping) and value.get("type") != "Buffer":
        value = _media_value(value)
    content = to_bytes(value)
    if not content:
        raise _missing("img is empty (0 bytes)")
    if len(content) > limit:
        raise _undecodable(
            f"the picture has {len(content)} bytes, WeChat takes {limit}; make it smaller before sending"
        )
    found = image_type(content)
    if found is None:
        raise _undecodable(f"img is {_likely(content)}, not a picture; send JPEG or PNG bytes")
    extension, content_type = found
    return Image(content, content_type, f"img.{extension}")


def to_bytes(value: Any) -> bytes:
    """Return the bytes of a bytes-like object, base64 text, a ``data:`` URL or Node's Buffer JSON.

    Raises:
        Failure: 41005, which says what was given instead.
    """
    if isinstance(value, (bytes, bytearray, memoryview)):
        return bytes(value)
    if isinstance(value, str):
        return _from_text(value)
    if isinstance(value, Mapping):
        return _from_buffer_json(value)
    if isinstance(value, list):
        raise _missing("img is a list; wrap the numbers as {type: 'Buffer', data: [...]} or send base64 text")
    if hasattr(value, "read"):
        raise _missing("img is an open file; pass what its read() gives")
    if hasattr(value, "__fspath__"):
        raise _missing("img is a path; pass the bytes of the file")
    raise _missing(
        f"img is of type {type(value).__name__}; pass bytes, base64 text or {{contentType, value}}"
    )


def image_type(content: bytes) -> tuple[str, str] | None:
    """Return (file extension, content type) by the first bytes, or None when they begin no picture.

    JPEG, PNG and WebP are known to work; of the others nothing is documented, so WeChat is asked.
    """
    for start, extension, content_type in (
        (b"\xff\xd8\xff", "jpg", "image/jpeg"),
        (b"\x89PNG\r\n\x1a\n", "png", "image/png"),
        (b"GIF87a", "gif", "image/gif"),
        (b"GIF89a", "gif", "image/gif"),
        (b"BM", "bmp", "image/bmp"),
        (b"II*\x00", "tiff", "image/tiff"),
        (b"MM\x00*", "tiff", "image/tiff"),
    ):
        if content.startswith(start):
            return extension, content_type
    if content[:4] == b"RIFF" and content[8:12] == b"WEBP":
        return "webp", "image/webp"
    if content[4:8] == b"ftyp" and content[8:12] in (b"heic", b"heix", b"mif1", b"avif"):
        return ("avif", "image/avif") if content[8:12] == b"avif" else ("heic", "image/heic")
    return None


def _media_value(value: Mapping[str, Any]) -> Any:
    inner = value.get("value")
    if inner is None:
        if value and all(isinstance(key, str) and key.isdigit() for key in value):
            raise _missing("img is a Uint8Array that became an object; send an ArrayBuffer or base64 text")
        raise _missing("img has no value; pass {contentType, value: <bytes, base64 text or Buffer>}")
    content_type = value.get("contentType", value.get("content_type", ""))
    if not isinstance(content_type, str):
        raise _missing(f"img.contentType must be text such as image/jpeg, not {type(content_type).__name__}")
    return inner


def _from_text(text: str) -> bytes:
    head = text[:64].lstrip().lower()
    if head.startswith(("http://", "https://")):
        raise _missing("img holds a URL; pass it as imgUrl")
    if head.startswith("cloud://"):
        raise _missing("img holds a cloud file ID; pass it as fileID")
    if head.startswith("data:"):
        header, comma, text = text.partition(",")
        if not comma or not header.rstrip().lower().endswith(";base64"):
            raise _missing("img is a data: URL without base64; write data:image/jpeg;base64,...")
    compact = "".join(text.split()).translate(str.maketrans("-_", "+/")).rstrip("=")
    try:
        return base64.b64decode(compact + "=" * (-len(compact) % 4), validate=True)
    except (binascii.Error, ValueError):
        raise _missing("img is text but not base64; pass bytes, base64 text or a data: URL") from None


def _from_buffer_json(value: Mapping[str, Any]) -> bytes:
    data = value.get("data")
    if value.get("type") != "Buffer" or not isinstance(data, list):
        raise _missing("img is an object but no Buffer; a Buffer is {type: 'Buffer', data: [numbers]}")
    try:
        return bytes(data)
    except (TypeError, ValueError):
        raise _missing("img.data holds something else than whole numbers from 0 to 255") from None


def _address(value: Any) -> Source:
    if not isinstance(value, str):
        raise wrong_argument(
            f"imgUrl must be text, not {type(value).__name__}; bytes and Buffers go into img"
        )
    head = value[:64].lstrip().lower()
    if head.startswith("cloud://"):
        return _file_id("imgUrl", value.strip())
    if head.startswith("data:"):
        raise wrong_argument("imgUrl holds a data: URL; pass it as img")
    if head.startswith(_ON_THE_PHONE) or value[1:3] == ":\\":
        raise wrong_argument(
            "imgUrl is a path that only one device knows; upload it and pass the fileID, or send it as img"
        )
    if not value.strip():
        raise _missing("imgUrl is blank")
    return ImageUrl(value)


def _file_id(name: str, value: Any) -> FileId:
    if not isinstance(value, str) or not value.startswith("cloud://"):
        raise wrong_argument(
            f"{name} must be a file ID that begins with cloud://; a web address goes into imgUrl"
        )
    environment, slash, path = value[len("cloud://") :].partition("/")
    if not environment or not slash or not path:
        raise wrong_argument(f"{name} is not a whole file ID: cloud://<env>.<bucket>/<path>")
    return FileId(value)


def _nothing_given(params: Mapping[str, Any]) -> str:
    if "imgUrl" in params:
        return "with convertCase false, write img_url instead of imgUrl"
    for name in params:
        if to_snake(name) in _CALLED_OTHERWISE:
            return f"{to_camel(name)} is no parameter; pass the picture as img, imgUrl or fileID"
    return "give one picture as img, imgUrl or fileID"


def _shown(name: str) -> str:
    return "imgUrl" if name == "img_url" else name


def _likely(content: bytes) -> str:
    if content.startswith(b"%PDF"):
        return "a PDF"
    if content.lstrip()[:1] in (b"<", b"{"):
        return "text (a web page, SVG or JSON)"
    return f"{len(content)} bytes that begin like no known format"


def _missing(text: str) -> Failure:
    return Failure(41005, f"media data missing: {text}")


def _undecodable(text: str) -> Failure:
    return Failure(101002, f"decode image failed: {text}")
