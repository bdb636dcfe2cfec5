"""Finds an OCR method by whatever name people know it: that of the cloud call, of the function, or its path."""

from __future__ import annotations

from wxcloud.contract import METHODS, Method, by_cloud_name, by_key


class UnknownMethodError(ValueError):
    """There is no OCR method of this name; the message names them all."""


def find_method(name: str) -> Method:
    """Return the method called ``ocr.idcard``, ``idcard``, ``/cv/ocr/idcard``, or as its other cloud names.

    Raises:
        UnknownMethodError: there is none.
    """
    short = name.removeprefix("/cv/ocr/").removeprefix("ocr.")
    method = by_cloud_name(short) or by_key(short)
    if method is None:
        known = ", ".join(permission for method in METHODS for permission in method.permissions)
        raise UnknownMethodError(f"method: {name[:80]!r} is none of {known}")
    return method
