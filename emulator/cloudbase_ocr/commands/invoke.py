"""``cloudbase-ocr invoke``: a function, called as wx.cloud.callFunction calls it."""

from __future__ import annotations

import json
import sys
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click
from click.core import ParameterSource

from cloudbase_ocr.commands.client import EmulatorClient, EmulatorUnreachableError
from cloudbase_ocr.commands.common import (
    DEFAULT_EMULATOR,
    START_ERRORS,
    UserError,
    complain,
    log_to_stderr,
    print_json,
    read_file,
    wrong_call,
)
from cloudbase_ocr.commands.options import settings_options
from cloudbase_ocr.commands.pictures import IMAGE_FORMS, add_image
from cloudbase_ocr.recognizer import RecognitionError
from cloudbase_ocr.server import running
from cloudbase_ocr.settings import Settings

if TYPE_CHECKING:
    from collections.abc import Iterator

_ERRORS = (TypeError, EmulatorUnreachableError, RecognitionError, *START_ERRORS)


@click.command()
@click.argument("name")
@click.argument("data", default="{}")
@click.option(
    "--image", type=click.Path(path_type=Path), help="Upload this picture and put it into the event."
)
@click.option(
    "--image-as",
    type=click.Choice(IMAGE_FORMS),
    default=IMAGE_FORMS[0],
    show_default=True,
    help="How the event carries the picture.",
)
@click.option("--trigger", help="Let this timer of the function call it, as `triggers` names it.")
@click.option(
    "--emulator",
    "address",
    envvar="CLOUDBASE_OCR_EMULATOR",
    show_envvar=True,
    help=f"A running emulator; by default {DEFAULT_EMULATOR}, or one that is started for this call.",
)
@settings_options("host", "port")
def invoke(
    name: str,
    data: str,
    image: Path | None,
    image_as: str,
    trigger: str | None,
    address: str | None,
    **values: Any,
) -> None:
    """Call function NAME as wx.cloud.callFunction does, and print what the mini-program gets.

    DATA is the event: JSON, @FILE, or - for standard input. What the function prints goes to stderr.
    """
    if trigger is not None and (data != "{}" or image is not None):
        raise UserError("--trigger sends the timer's own event; leave DATA and --image out")
    event = _read_event(data)
    picture = read_file(image) if image else None
    settings = Settings(**values)
    if address is not None and _names_functions(settings):
        raise UserError(
            "--functions belongs to an emulator that is started; the one at --emulator has its own."
        )
    with wrong_call(*_ERRORS), _client(address, settings) as client:
        _check_function(client, name)
        if image is not None and picture is not None:
            event = add_image(client, event, image.name, picture, image_as)
        caller = {"openid": settings.openid, "appid": settings.appid}
        if trigger is not None:
            caller = {"appid": settings.appid, "trigger": trigger}
        answer = client.call_function(name, event, **caller)
    print_json(answer)
    sys.exit(0 if "result" in answer else 1)


def _names_functions(settings: Settings) -> bool:
    """Tell whether this call names a folder of functions; what cloudbase-ocr.toml names, `serve` here has, too."""
    source = click.get_current_context().get_parameter_source("functions")
    return settings.functions is not None and source is not ParameterSource.DEFAULT_MAP


def _read_event(text: str) -> Any:
    source = "DATA"
    if text == "-":
        source, text = "standard input", sys.stdin.buffer.read().decode("utf-8", "replace")
    elif text.startswith("@"):
        source = text[1:]
        with wrong_call(OSError, UnicodeDecodeError):
            text = Path(source).read_text(encoding="utf-8-sig")
    try:
        return json.loads(text)
    except (ValueError, RecursionError) as error:
        raise UserError(
            f'{source} is not JSON: {error}. An event looks like \'{{"imgUrl": "..."}}\'.'
        ) from None


def _check_function(client: EmulatorClient, name: str) -> None:
    functions = {function["name"]: function for function in client.health()["functions"]}
    if name not in functions:
        runnable = ", ".join(name for name, function in functions.items() if function["runnable"]) or "none"
        raise UserError(f"there is no function {name!r}. Functions: {runnable}.")
    if not functions[name]["runnable"]:
        raise UserError(f"function {name!r} cannot run here: {functions[name]['reason']}.")


@contextmanager
def _client(address: str | None, settings: Settings) -> Iterator[EmulatorClient]:
    """Give a client of the emulator at `address`; without an address, of the one at home or of a new one."""
    client = EmulatorClient(address or DEFAULT_EMULATOR, settings.control_token)
    if address is not None or (not _names_functions(settings) and client.is_running()):
        yield client
        return
    log_to_stderr()
    with running(Settings(**{**vars(settings), "port": 0})) as server:
        if server.emulator.recognizer is not None:
            server.emulator.recognizer.warm()
        for note in server.emulator.runtime.notes():
            complain(note)
        yield EmulatorClient(server.url, server.emulator.guard.token)
