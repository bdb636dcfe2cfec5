"""``cloudbase-ocr serve``."""

from __future__ import annotations

from typing import Any

import click

from cloudbase_ocr.commands.common import START_ERRORS, complain, log_to_stderr, wrong_call
from cloudbase_ocr.commands.ending import counted, ended_by_signals
from cloudbase_ocr.commands.options import settings_options
from cloudbase_ocr.commands.warming import warm_in_background
from cloudbase_ocr.core.reach import is_loopback_host
from cloudbase_ocr.core.version import __version__
from cloudbase_ocr.server import Server
from cloudbase_ocr.settings import Settings

_ANNOUNCED = """\
token: {token}
  {why}, so the console and /_emulator/ ask for it: who has it may {rights}
  see what was read. Open {url}/?token={token} once in a browser; give it to other commands as --control-token, or set
  CLOUDBASE_OCR_CONTROL_TOKEN for all of them. It is a new one at each start, unless you choose it in the same way."""
_CLOSED_FUNCTIONS = (
    "functions run for this machine, and for others with the control token (X-Control-Token or Authorization: Bearer); "
    "--open-functions lets every machine run them"
)
_OPEN_FUNCTIONS = "functions run for every machine that reaches this one (--open-functions)"


@click.command()
@settings_options()
def serve(**values: Any) -> None:
    """Serve api.weixin.qq.com, CloudBase and the function runtime on one port."""
    log_to_stderr()
    with wrong_call(*START_ERRORS):
        server = Server(Settings(**values))
    emulator = server.emulator
    with ended_by_signals(server, emulator.settings.shutdown_seconds, emulator.runtime.close):
        try:
            _announce(server)
            warm_in_background(emulator.recognizer, click.echo, emulator.not_installed)
            server.serve_forever()
        finally:
            left = server.under_way
            server.close()
    if left:
        complain(f"{counted(left)} not answered in time. Give them more: --shutdown-seconds")
    click.echo("stopped")


def _announce(server: Server) -> None:
    guard, settings = server.emulator.guard, server.emulator.settings
    if guard.token and not guard.chosen:
        rights = "change answers and" if settings.ocr_only else "run functions and"
        why = _why(settings)
        click.echo(_ANNOUNCED.format(why=why, rights=rights, token=guard.token, url=server.url))
    click.echo(f"cloudbase-ocr {__version__} at {server.url} (Ctrl-C stops it)")
    if settings.ocr_only:
        _announce_service(settings)
        return
    if guard.reachable:
        click.echo(_OPEN_FUNCTIONS if guard.open_functions else _CLOSED_FUNCTIONS)
    runtime = server.emulator.runtime
    functions = runtime.functions()
    runnable = [function.name for function in functions if function.runnable]
    click.echo(f"functions in {runtime.root}: {', '.join(runnable) or 'none'}")
    for function in functions:
        if not function.runnable:
            click.echo(f"  not runnable: {function.name} ({function.reason})")
        elif function.note:
            click.echo(f"  note: {function.name} ({function.note})")
    for note in runtime.notes():
        click.echo(f"  {note}")


def _why(settings: Settings) -> str:
    if not is_loopback_host(settings.host):
        return f"Other machines can reach --host {settings.host}"
    if settings.server_names:
        return f"Other machines can reach it as {settings.server_names[0]}"
    return "A private service serves others than you"


def _announce_service(settings: Settings) -> None:
    accounts = [pair.partition(":")[0] for pair in settings.apps]
    who = ", ".join(accounts) or "everybody, because no --app is named: any appid and secret get a token"
    limit = f"{settings.quota_per_day} calls a day" if settings.quota_per_day else "no limit a day"
    click.echo(f"OCR only, for {who}; {limit}")
