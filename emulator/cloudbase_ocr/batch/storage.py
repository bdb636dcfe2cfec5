"""Pictures and output in stores that fsspec opens: ``s3://bucket/folder/``, ``gs://``, ``hdfs://``, ...

Needs the extra ``ray``, which brings fsspec and what speaks S3. Access keys are looked up by the store's own client,
from the environment or its files; they are never an option.
"""

from __future__ import annotations

import errno
import os
import re
from contextlib import contextmanager
from importlib import import_module
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

from cloudbase_ocr.language import _

if TYPE_CHECKING:
    from collections.abc import Iterator

ENDPOINT = "CLOUDBASE_OCR_S3_ENDPOINT"
"""Where S3 is spoken, if not by Amazon: ``https://cos.ap-guangzhou.myqcloud.com`` is Tencent's COS in Guangzhou."""

REMEDY = "pip install 'cloudbase-ocr[ray]'"

_SCHEME = re.compile(r"[a-z][a-z0-9+.-]+://", re.IGNORECASE)
_COS = ".myqcloud.com"


class StorageError(ValueError):
    """An address cannot be used; the message says why, and what to do."""


def is_address(name: str) -> bool:
    """Tell whether a name is an address of a store, and not a path."""
    return _SCHEME.match(name) is not None


def listed(address: str) -> list[str] | None:
    """Return the files below an address that ends with ``/`` or has a wildcard, sorted; None for one file.

    Raises:
        StorageError: what opens it is not installed, or it cannot be listed.
    """
    if not address.endswith("/") and not any(character in address for character in "*?["):
        return None
    with _explained(address):
        system, path = _opened(address)
        found = system.glob(path) if "*" in path or "?" in path or "[" in path else system.find(path)
        return [system.unstrip_protocol(name) for name in sorted(found) if not _is_hidden(name, path)]


def below(name: str, address: str) -> str:
    """Return where a file lies below the address that it was found by."""
    return name.removeprefix(address) if address.endswith("/") else name.rpartition("/")[2]


def read(name: str) -> bytes:
    """Return the bytes of a file.

    Raises:
        OSError: it cannot be read.
    """
    try:
        with _explained(name):
            system, path = _opened(name)
            data: bytes = system.cat_file(path)
            return data
    except StorageError as error:
        raise OSError(0, str(error)) from error


def write(name: str, data: bytes) -> None:
    """Write a file as a whole: others see it then, and never half of it, as far as the store is one of objects.

    Raises:
        OSError: it cannot be written.
    """
    try:
        with _explained(name):
            system, path = _opened(name)
            system.pipe_file(path, data)
    except StorageError as error:
        raise OSError(0, str(error)) from error


def _opened(address: str) -> tuple[Any, str]:
    """Return the file system of an address, and the path in it."""
    system, path = import_module("fsspec.core").url_to_fs(address, **_options(address))
    return system, path


def _options(address: str) -> dict[str, Any]:
    endpoint = os.environ.get(ENDPOINT)
    if not endpoint or not address.startswith(("s3://", "s3a://")):
        return {}
    options: dict[str, Any] = {"client_kwargs": {"endpoint_url": endpoint}}
    if (urlsplit(endpoint).hostname or "").endswith(_COS):
        # COS answers under the bucket's own host name only.
        options["config_kwargs"] = {"s3": {"addressing_style": "virtual"}}
    return options


@contextmanager
def _explained(address: str) -> Iterator[None]:
    """Turn what fsspec and its clients raise into `StorageError`, file errors of the system left as they are."""
    try:
        yield
    except ImportError as error:
        raise StorageError(
            _("{address}: what opens such addresses is not installed ({error}); run: {remedy}").format(
                address=address, error=error, remedy=REMEDY
            )
        ) from error
    except FileNotFoundError as error:
        raise FileNotFoundError(errno.ENOENT, os.strerror(errno.ENOENT), address) from error
    except OSError as error:
        if error.errno is not None:
            raise
        raise StorageError(
            _("{address}: {error}. Check the address.").format(
                address=address, error=str(error) or type(error).__name__
            )
        ) from error
    except Exception as error:  # clients of stores have errors of their own
        raise StorageError(
            _("{address}: {kind}: {error}. Check the address, its access keys and {endpoint}.").format(
                address=address, kind=type(error).__name__, error=error, endpoint=ENDPOINT
            )
        ) from error


def _is_hidden(name: str, folder: str) -> bool:
    return any(part.startswith(".") for part in name.removeprefix(folder).split("/"))
