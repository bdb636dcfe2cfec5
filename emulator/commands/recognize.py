"""``cloudbase-ocr recognize``: the recognizer alone."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Any

import click

from emulator.commands.common import UserError, print_json, read_file, wrong_call
from emulator.options import settings_options
from emulator.reading import read
from emulator.settings import Settings, setting_fields
from wxcloud.contract import METHODS, Method, by_cloud_name, by_key

_USED = {"profile", "bankcard_id", "omit_unread", "recognizer_threads", "max_pixels"}
_UNUSED = {setting.name for setting in setting_fields()} - _USED


@click.command()
@click.argument("method")
@click.argument("image", type=click.Path(path_type=Path))
@settings_options(*_UNUSED)
def recognize(method: str, image: Path, **values: Any) -> None:
    """Read IMAGE without a server and print WeChat's JSON for METHOD (idcard, printedText, ...)."""
    found = _method(method)
    picture = read_file(image)
    with wrong_call(LookupError):
        reply = read(Settings(**values), found, picture)
    print_json(reply)
    sys.exit(0 if reply["errcode"] == 0 else 1)


def _method(name: str) -> Method:
    method = by_cloud_name(name.removeprefix("ocr.")) or by_key(name)
    if method is None:
        known = ", ".join(spelling for candidate in METHODS for spelling in candidate.cloud_names)
        raise UserError(f"there is no OCR method {name!r}. Methods: {known}.")
    return method
