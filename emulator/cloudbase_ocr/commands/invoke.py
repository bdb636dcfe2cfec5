"""``cloudbase-ocr invoke``: a function, called as wx.cloud.callFunction calls it."""

from __future__ import annotations

import json
import sys
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click
from click.core import ParameterSource

from cloudbase_ocr.commands import completing
from cloudbase_ocr.commands.client import EmulatorClient, EmulatorUnreachableError
from cloudbase_ocr.commands.common import (
    DEFAULT_EMULATOR,
    START_ERRORS,
    UserError,
    complain,
    hint,
    log_to_stderr,
    print_json,
    read_file,
    say,
    wrong_call,
)
from cloudbase_ocr.commands.help import Command
from cloudbase_ocr.commands.options import settings_options
from cloudbase_ocr.commands.pictures import IMAGE_FORMS, add_image
from cloudbase_ocr.core.nearest import is_meant
from cloudbase_ocr.language import _
from cloudbase_ocr.recognizer import RecognitionError
from cloudbase_ocr.settings import Settings

if TYPE_CHECKING:
    from collections.abc import Iterator

    from cloudbase_ocr.runtime import Debugging
    from cloudbase_ocr.server import Server

_SHOWN = ("functions", "recognizer", "control_token", "debug_port")
_ERRORS = (TypeError, EmulatorUnreachableError, RecognitionError, *START_ERRORS)


@click.command(
    cls=Command,
    sections={
        "Event": ("image", "image_as", "trigger"),
        "Emulator": ("address", "control_token", "functions", "recognizer"),
        "Debug": ("debug", "debug_port"),
    },
    examples=(
        ("a function with an event", """cloudbase-ocr invoke idcard '{"imgUrl": "mock://idcard"}'"""),
        ("a picture of this disk, uploaded", "cloudbase-ocr invoke idcard --image card.jpg"),
        ("breakpoint() stops here", "cloudbase-ocr invoke idcard @event.json --debug"),
    ),
)
@click.argument("name", shell_complete=completing.functions)
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
@click.option(
    "--debug",
    is_flag=True,
    help="Let breakpoint() of NAME stop in this terminal, without a limit of time or memory.",
)
@click.option("-q", "--quiet", is_flag=True, help="Neither say which emulator runs it, nor show its log.")
@settings_options("host", "port", "debug_wait", shown=_SHOWN)
def invoke(
    name: str,
    data: str,
    image: Path | None,
    image_as: str,
    trigger: str | None,
    address: str | None,
    debug: bool,
    quiet: bool,
    **values: Any,
) -> None:
    """Call function NAME as wx.cloud.callFunction does, and print what the mini-program gets.

    DATA is the event: JSON, @FILE, or - for standard input. What the function prints goes to stderr, after a line that
    says which emulator runs it and from which folder. With --debug or --debug-port an emulator is started for this
    call, and NAME waits for the debugger. An emulator for this call takes all options of serve: see
    cloudbase-ocr serve --help.
    """
    if debug and data == "-":
        raise UserError(
            _("--debug reads the debugger's commands from standard input; give DATA as JSON or @FILE")
        )
    if trigger is not None and (data != "{}" or image is not None):
        raise UserError(_("--trigger sends the timer's own event; leave DATA and --image out"))
    event = _read_event(data)
    picture = read_file(image) if image else None
    settings = Settings(**values)
    if address is not None and _names_functions(settings):
        raise UserError(
            _("--functions belongs to an emulator that is started; the one at --emulator has its own.")
        )
    if address is not None and (debug or _is_named("debug_port")):
        raise UserError(
            _(
                "--debug and --debug-port belong to an emulator that is started; start the one at "
                "--emulator with --debug-port."
            )
        )
    with (
        wrong_call(*_ERRORS),
        _client(address, settings, _debugging(name, settings, debug), quiet=quiet) as (client, ours),
    ):
        where = _check_function(client, name, ours)
        if image is not None and picture is not None:
            event = add_image(client, event, image.name, picture, image_as)
        caller = {"openid": settings.openid, "appid": settings.appid}
        if trigger is not None:
            caller = {"appid": settings.appid, "trigger": trigger}
        if not quiet:
            hint(f"using {where}")
        answer, request_id = client.call_with_id(name, event, **caller)
        if ours is None and not quiet:
            say(client.log_of(name, request_id), err=True)
    print_json(answer)
    sys.exit(0 if "result" in answer else 1)


def _names_functions(settings: Settings) -> bool:
    """Tell whether this call names a folder of functions; what cloudbase-ocr.toml names, `serve` here has, too."""
    source = click.get_current_context().get_parameter_source("functions")
    return settings.functions is not None and source is not ParameterSource.DEFAULT_MAP


def _is_named(option: str) -> bool:
    """Tell whether the command line itself names an option; what a variable or a file says is for `serve`, too."""
    return click.get_current_context().get_parameter_source(option) is ParameterSource.COMMANDLINE


def _debugging(name: str, settings: Settings, in_terminal: bool) -> Debugging | None:
    """Return how the function that is called is debugged, None if it is not."""
    if not in_terminal and settings.debug_port is None:
        return None
    from cloudbase_ocr.runtime import DebugPorts, InTerminal

    if not in_terminal and settings.debug_port is not None:
        return DebugPorts(settings.debug_port, wait=True, only=name)
    if _is_named("debug_port"):
        raise UserError(
            _("--debug is the debugger of this terminal, --debug-port that of an editor; choose one")
        )
    return InTerminal(name)


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
            _('{source} is not JSON: {error}. An event looks like \'{{"imgUrl": "..."}}\'.').format(
                source=source, error=error
            )
        ) from None


def _check_function(client: EmulatorClient, name: str, ours: Server | None) -> str:
    """Return which emulator runs a function, and from which folder.

    Raises:
        UserError: there is no such function, or it cannot run.
    """
    health = client.health()
    which = (
        _("the emulator at {url}").format(url=client.base_url)
        if ours is None
        else _("an emulator for this call")
    )
    functions = {function["name"]: function for function in health["functions"]}
    if name not in functions:
        runnable = ", ".join(name for name, function in functions.items() if function["runnable"]) or "none"
        raise UserError(
            _(
                "there is no function {name!r} in {root}, where {which} has its own{meant} Functions: "
                "{runnable}."
            ).format(
                name=name,
                root=health["root"],
                which=which,
                meant=is_meant(name, functions) or _("."),
                runnable=runnable,
            )
        )
    if not functions[name]["runnable"]:
        raise UserError(
            _("function {name!r} cannot run here: {reason}.").format(
                name=name, reason=functions[name]["reason"]
            )
        )
    for problem in ours.emulator.runtime.prepare(name) if ours is not None else ():
        raise UserError(_("function {name!r} cannot run here: {problem}.").format(name=name, problem=problem))
    return _("{which}, functions in {root}").format(which=which, root=health["root"])


@contextmanager
def _client(
    address: str | None, settings: Settings, debugging: Debugging | None, *, quiet: bool
) -> Iterator[tuple[EmulatorClient, Server | None]]:
    """Give a client of the emulator at `address`; without an address, of the one at home or of a new one, and that."""
    client = EmulatorClient(address or DEFAULT_EMULATOR, settings.control_token)
    asks_for_new = _names_functions(settings) or _is_named("debug") or _is_named("debug_port")
    if address is not None or (not asks_for_new and client.is_running()):
        yield client, None
        return
    log_to_stderr(quiet=quiet)
    from cloudbase_ocr.app import create_app
    from cloudbase_ocr.server import running

    settings = replace(settings, port=0)
    with running(settings, create_app(settings, debugging=debugging)) as server:
        if server.emulator.recognizer is not None:
            server.emulator.recognizer.warm()
        for note in server.emulator.runtime.notes():
            complain(note)
        yield EmulatorClient(server.url, server.emulator.guard.token), server
