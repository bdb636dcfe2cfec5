"""The fields of a form that was posted, as an event: JSON, as every event is.

A file becomes ``{contentType, fileName, value: <base64 text>}``, which `img` of every OCR call takes as it is. A field
in which no file was chosen is left out; of a name that comes twice, the last one counts.
"""

from __future__ import annotations

import base64
import binascii
from collections.abc import Mapping
from email.message import Message
from typing import Any
from urllib.parse import parse_qsl

from .errors import ArgumentError

MULTIPART = "multipart/form-data"
URLENCODED = "application/x-www-form-urlencoded"


def form_fields(event: Any) -> dict[str, Any]:
    """Return the fields of the form in `event`, as the HTTP access service hands a request to a function.

    Raises:
        ArgumentError: it is no such event, or holds no form (-601002).
    """
    headers = event.get("headers") if isinstance(event, Mapping) else None
    body = event.get("body") if isinstance(event, Mapping) else None
    if not isinstance(headers, Mapping) or not isinstance(body, str):
        raise _wrong("the event is no request of HTTP: it has no headers, or no body")
    content_type = next((str(value) for name, value in headers.items() if name.lower() == "content-type"), "")
    if not content_type.lower().startswith((MULTIPART, URLENCODED)):
        raise _wrong(f"the request holds no form: its Content-Type is {content_type[:80] or 'missing'}")
    try:
        return parse_form(
            base64.b64decode(body) if event.get("isBase64Encoded") else body.encode(), content_type
        )
    except (binascii.Error, ValueError) as error:
        raise _wrong(f"the body is no form: {error}") from None


def parse_form(body: bytes, content_type: str) -> dict[str, Any]:
    """Return the fields of a body of one of the two types.

    Raises:
        ValueError: it is not what its type says; the message says where it ends to be.
    """
    head = _header("Content-Type", content_type)
    if head.get_content_type() == URLENCODED:
        return dict(parse_qsl(body.decode("utf-8"), keep_blank_values=True))
    boundary = head.get_param("boundary")
    if not isinstance(boundary, str) or not boundary:
        raise ValueError("its Content-Type names no boundary")
    # Each part begins after a line end and the boundary; so does the first one, which has no line end before it.
    first, *parts = (b"\r\n" + body).split(b"\r\n--" + boundary.encode("utf-8", "replace"))
    if first.strip() or not parts or not parts[-1].startswith(b"--"):
        raise ValueError("its parts do not end with the boundary")
    fields: dict[str, Any] = {}
    for part in parts[:-1]:
        _add(fields, part)
    return fields


def _add(fields: dict[str, Any], part: bytes) -> None:
    lines, blank, content = part.partition(b"\r\n\r\n")
    if not blank:
        raise ValueError("a part has no blank line after its headers")
    headers = {}
    for line in lines.decode("utf-8").split("\r\n")[1:]:
        name, _, value = line.partition(":")
        headers[name.strip().lower()] = value.strip()
    disposition = _header("Content-Disposition", headers.get("content-disposition", ""))
    field = disposition.get_param("name", header="Content-Disposition")
    filename = disposition.get_param("filename", header="Content-Disposition")
    if not isinstance(field, str):
        raise ValueError("a part has no name")  # noqa: TRY004 - what was sent is wrong, not our code
    if not isinstance(filename, str):
        fields[field] = content.decode("utf-8")
    elif filename or content:
        fields[field] = {
            "contentType": headers.get("content-type", "application/octet-stream"),
            "fileName": filename,
            "value": base64.b64encode(content).decode("ascii"),
        }


def _header(name: str, value: str) -> Message:
    message = Message()
    message[name] = value.replace("\r", " ").replace("\n", " ")
    return message


def _wrong(text: str) -> ArgumentError:
    return ArgumentError(-601002, f"form_fields:fail {text}")
