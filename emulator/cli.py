"""The command ``cloudbase-ocr``: serve, demo, invoke, recognize, env.

A wrong call ends with one line on stderr that says what happened, why, and what to do, and with exit code 2; a
function that failed, or a picture that could not be read, with exit code 1.
"""

from __future__ import annotations

import json
import logging
import signal
import sys
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any, NoReturn

import click

from wxcloud.contract import METHODS, Method, by_cloud_name, by_key

from . import __version__
from .client import EmulatorClient, EmulatorUnreachableError
from .commands.common import DEFAULT_EMULATOR, START_ERRORS, UserError, wrong_call
from .commands.deploy import COMMANDS as DEPLOY_COMMANDS
from .commands.env import env
from .control.calls import LOGGER_NAME
from .demo import run_demo
from .options import settings_options
from .pictures import IMAGE_FORMS, add_image
from .recognizer import RecognitionError
from .server import Server, running
from .settings import Settings
from .warming import warm_in_background

if TYPE_CHECKING:
    from collections.abc import Iterator


@click.group(context_settings={"help_option_names": ["-h", "--help"]})
@click.version_option(__version__, prog_name="cloudbase-ocr")
def main() -> None:
    """Run Python cloud functions and WeChat's OCR API on your own machine, offline."""


@main.command()
@settings_options()
def serve(**values: Any) -> None:
    """Serve api.weixin.qq.com, CloudBase and the function runtime on one port."""
    settings = _settings(values)
    _log_calls()
    # An orderly stop for `kill` and for process managers as well as for Ctrl-C.
    signal.signal(signal.SIGTERM, lambda *_: _interrupt())
    with wrong_call(*START_ERRORS):
        server = Server(settings)
    try:
        _announce(server)
        warm_in_background(server.emulator.recognizer, click.echo)
        server.serve_forever()
    except KeyboardInterrupt:
        pass
    finally:
        server.close()
        click.echo("stopped")


@main.command()
@click.option("--image", type=click.Path(path_type=Path), help="Another picture of an ID card.")
def demo(image: Path | None) -> None:
    """Send a picture of an ID card through the function idcard, and show what happens."""
    with wrong_call(OSError, RecognitionError, EmulatorUnreachableError, *START_ERRORS):
        run_demo(image, click.echo)


@main.command()
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
@click.option(
    "--emulator",
    "address",
    envvar="CLOUDBASE_OCR_EMULATOR",
    show_envvar=True,
    help=f"A running emulator; by default {DEFAULT_EMULATOR}, or one that is started for this call.",
)
@settings_options("host", "port")
def invoke(
    name: str, data: str, image: Path | None, image_as: str, address: str | None, **values: Any
) -> None:
    """Call function NAME as wx.cloud.callFunction does, and print what the mini-program gets.

    DATA is the event: JSON, @FILE, or - for standard input.
    """
    event = _read_event(data)
    settings = _settings(values)
    with (
        wrong_call(OSError, TypeError, EmulatorUnreachableError, *START_ERRORS),
        _client(address, settings) as client,
    ):
        if image is not None:
            event = add_image(client, event, image, image_as)
        _check_function(client, name)
        answer = client.call_function(name, event, openid=settings.openid, appid=settings.appid)
    _print_json(answer)
    sys.exit(0 if "result" in answer else 1)


@main.command()
@click.argument("method")
@click.argument("image", type=click.Path(path_type=Path))
@settings_options(
    "host", "port", "functions", "env_id", "openid", "appid", "max_instances", "apps", "quota_per_day"
)
def recognize(method: str, image: Path, **values: Any) -> None:
    """Read IMAGE without a server and print WeChat's JSON for METHOD (idcard, printedText, ...)."""
    from .reading import read

    found = _method(method)
    with wrong_call(OSError, LookupError):
        reply = read(_settings(values), found, image.read_bytes())
    _print_json(reply)
    sys.exit(0 if reply["errcode"] == 0 else 1)


main.add_command(env)
for _command in DEPLOY_COMMANDS:
    main.add_command(_command)


def _settings(values: dict[str, Any]) -> Settings:
    return Settings(**values)


def _method(name: str) -> Method:
    method = by_cloud_name(name.removeprefix("ocr.")) or by_key(name)
    if method is None:
        known = ", ".join(spelling for candidate in METHODS for spelling in candidate.cloud_names)
        raise UserError(f"there is no OCR method {name!r}. Methods: {known}.")
    return method


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
    client = EmulatorClient(address or DEFAULT_EMULATOR)
    if address is not None or (settings.functions is None and client.is_running()):
        yield client
        return
    with running(Settings(**{**vars(settings), "port": 0})) as server:
        if server.emulator.recognizer is not None:
            server.emulator.recognizer.warm()
        yield EmulatorClient(server.url)


def _announce(server: Server) -> None:
    click.echo(f"cloudbase-ocr {__version__} at {server.url} (Ctrl-C stops it)")
    runtime = server.emulator.runtime
    runnable = [function.name for function in runtime.functions() if function.runnable]
    click.echo(f"functions in {runtime.root}: {', '.join(runnable) or 'none'}")
    for function in runtime.functions():
        if not function.runnable:
            click.echo(f"  not runnable: {function.name} ({function.reason})")


def _log_calls() -> None:
    handler = logging.StreamHandler(sys.stderr)
    handler.setFormatter(logging.Formatter("%(message)s"))
    logger = logging.getLogger(LOGGER_NAME)
    logger.addHandler(handler)
    logger.setLevel(logging.INFO)


def _print_json(value: Any) -> None:
    # Written as UTF-8 whatever the terminal's encoding is: the output is data for other programs.
    sys.stdout.buffer.write(
        json.dumps(value, ensure_ascii=False, indent=2).encode("utf-8", "replace") + b"\n"
    )
    sys.stdout.flush()


def _interrupt() -> NoReturn:
    raise KeyboardInterrupt
