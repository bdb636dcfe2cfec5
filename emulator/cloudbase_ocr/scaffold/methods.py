"""The OCR method that a new function calls: its name, and what its test looks for."""

from __future__ import annotations

from typing import TYPE_CHECKING

from cloudbase_ocr.core.methods import METHOD_NAMES, UnknownMethodError, find_method
from cloudbase_ocr.core.nearest import nearest
from cloudbase_ocr.language import _
from cloudbase_ocr.scaffold.new_files import ScaffoldError
from wxcloud.casing import to_camel

if TYPE_CHECKING:
    from wxcloud.contract import Field, Method


def call_name_of(text: str) -> str:
    """Return the name below ``cloud.openapi.ocr`` of the method called ``idcard``, ``ocr.idcard`` or by its path.

    Raises:
        ScaffoldError: there is none; the message has the nearest.
    """
    try:
        method = find_method(text)
    except UnknownMethodError:
        near = nearest(text.removeprefix("ocr."), METHOD_NAMES)
        meant = f" Is {near} meant?" if near else ""
        raise ScaffoldError(
            _("there is no method {text!r}.{meant} There are {names}").format(
                text=text[:80], meant=meant, names=", ".join(METHOD_NAMES)
            )
        ) from None
    called = text.removeprefix("ocr.")
    return called if called in method.cloud_names else method.cloud_names[0]


def is_call_name(text: str) -> bool:
    """Tell whether a method has this name in cloud calls."""
    return text in METHOD_NAMES


def telling_field(method: Method) -> tuple[str, str]:
    """Return a field of the method's documented example that is a text: where it is in a result, and its value.

    The place is Python to be written after the result: ``["items"][0]["text"]``.
    """
    side = {"type"} if method.sides else set()
    found = _first_text([field for field in method.fields if field.name not in side])
    if found is None:
        raise ValueError(_("no field of {key} is a text").format(key=method.key))
    return found


def _first_text(fields: list[Field]) -> tuple[str, str] | None:
    for field in fields:
        place = f'["{to_camel(field.name)}"]'
        if field.type == "string" and field.example:
            return place, str(field.example)
        inner = _first_text(list(field.fields))
        if inner is not None:
            return place + ("[0]" if field.type == "array" else "") + inner[0], inner[1]
    return None
