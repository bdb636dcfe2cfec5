"""Finds an OCR method by whatever name people know it: that of the cloud call, of the function, or its path."""

from __future__ import annotations

from cloudbase_ocr.core.nearest import is_meant
from cloudbase_ocr.language import _
from wxcloud.contract import METHODS, Method, by_cloud_name, by_key
from wxcloud.service_market import INVOKE_SERVICE

METHOD_NAMES = tuple(name for method in METHODS for name in method.cloud_names)
"""The names of all methods in cloud calls, below ``cloud.openapi.ocr``."""


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
        meant = is_meant(short, METHOD_NAMES)
        raise UnknownMethodError(
            _("method: {name!r} is none of {known}{meant}").format(name=name[:80], known=known, meant=meant)
        )
    return method


def find_call(name: str) -> Method:
    """Return what :func:`find_method` returns, or the service market's method: ``serviceMarket.invokeService``.

    Raises:
        UnknownMethodError: there is none.
    """
    if name in (INVOKE_SERVICE.permission, INVOKE_SERVICE.path, INVOKE_SERVICE.key):
        return INVOKE_SERVICE
    try:
        return find_method(name)
    except UnknownMethodError as error:
        raise UnknownMethodError(f"{error}, {INVOKE_SERVICE.permission}") from error
