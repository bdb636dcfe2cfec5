"""``cloudbase-ocr serve``."""

from __future__ import annotations

from typing import Any

import click

from cloudbase_ocr.commands.common import START_ERRORS, complain, log_to_stderr, wrong_call
from cloudbase_ocr.commands.ending import ended_by_signals
from cloudbase_ocr.commands.options import settings_options
from cloudbase_ocr.commands.warming import warm_in_background
from cloudbase_ocr.core.version import __version__
from cloudbase_ocr.server import Server
from cloudbase_ocr.settings import Settings

_REACHABLE = """\
token: {token}
  Other machines can reach --host {host}, so the console and /_emulator/ ask for it: who has it may run functions and
  see what was read. Open {url}/?token={token} once in a browser; give it to other commands as --control-token, or set
  CLOUDBASE_OCR_CONTROL_TOKEN for all of them. It is a new one at each start, unless you choose it in the same way."""


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
        complain(f"{left} requests were not answered in time. Give them more: --shutdown-seconds")
    click.echo("stopped")


def _announce(server: Server) -> None:
    guard = server.emulator.guard
    if guard.token and not guard.chosen:
        click.echo(_REACHABLE.format(host=server.host, token=guard.token, url=server.url))
    click.echo(f"cloudbase-ocr {__version__} at {server.url} (Ctrl-C stops it)")
    if server.emulator.settings.ocr_only:
        _announce_service(server.emulator.settings)
        return
    runtime = server.emulator.runtime
    functions = runtime.functions()
    runnable = [function.name for function in functions if function.runnable]
    click.echo(f"functions in {runtime.root}: {', '.join(runnable) or 'none'}")
    for function in functions:
        if not function.runnable:
            click.echo(f"  not runnable: {function.name} ({function.reason})")
        elif function.note:
            click.echo(f"  note: {function.name} ({function.note})")


def _announce_service(settings: Settings) -> None:
    accounts = [pair.partition(":")[0] for pair in settings.apps]
    who = ", ".join(accounts) or "everybody, because no --app is named: any appid and secret get a token"
    limit = f"{settings.quota_per_day} calls a day" if settings.quota_per_day else "no limit a day"
    click.echo(f"OCR only, for {who}; {limit}")
