"""wx-server-sdk for Python cloud functions: ``import wxcloud as cloud`` and write what the Node samples
write.

::

    import wxcloud as cloud

    cloud.init(env=cloud.DYNAMIC_CURRENT_ENV)

    @cloud.function
    def main(event, context):
        return cloud.openapi.ocr.idcard({"type": "photo", "imgUrl": event["imgUrl"]})

Python 3.9 and later, with the standard library and requests.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from .cloud import Cloud
from .context import get_wx_context
from .errors import (
    ArgumentError,
    CloudSDKError,
    CredentialError,
    NotPermittedError,
    PictureError,
    QuotaError,
    ServiceError,
)
from .settings import DYNAMIC_CURRENT_ENV

if TYPE_CHECKING:
    from .credentials import AccessToken, CloudbaseAccessToken, StableToken, TokenlessAccess
    from .replies import menu_items
    from .service_market import market_fields

__all__ = [
    "DYNAMIC_CURRENT_ENV",
    "AccessToken",
    "ArgumentError",
    "Cloud",
    "CloudSDKError",
    "CloudbaseAccessToken",
    "CredentialError",
    "NotPermittedError",
    "PictureError",
    "QuotaError",
    "ServiceError",
    "StableToken",
    "TokenlessAccess",
    "callFunction",
    "call_function",
    "deleteFile",
    "delete_file",
    "downloadFile",
    "download_file",
    "form_fields",
    "function",
    "getTempFileURL",
    "get_temp_file_url",
    "get_wx_context",
    "init",
    "market_fields",
    "menu_items",
    "ocr_all_in_one",
    "openapi",
    "uploadFile",
    "upload_file",
]

_cloud = Cloud()
init = _cloud.init
openapi = _cloud.openapi
function = _cloud.function
ocr_all_in_one = _cloud.ocr_all_in_one
call_function = _cloud.call_function
callFunction = _cloud.callFunction
delete_file = _cloud.delete_file
deleteFile = _cloud.deleteFile
download_file = _cloud.download_file
downloadFile = _cloud.downloadFile
get_temp_file_url = _cloud.get_temp_file_url
getTempFileURL = _cloud.getTempFileURL
upload_file = _cloud.upload_file
uploadFile = _cloud.uploadFile

_BY_MODULE = {
    "AccessToken": "credentials",
    "CloudbaseAccessToken": "credentials",
    "StableToken": "credentials",
    "TokenlessAccess": "credentials",
    "form_fields": "form",
    "market_fields": "service_market",
    "menu_items": "replies",
}


def __getattr__(name: str) -> Any:
    """Import what few functions use when it is asked for, to keep the cold start short."""
    if name not in _BY_MODULE:
        raise AttributeError(f"module 'wxcloud' has no attribute {name!r}")
    from importlib import import_module

    return getattr(import_module(f".{_BY_MODULE[name]}", __name__), name)
