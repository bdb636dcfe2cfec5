"""``cloudbase-ocr serve``."""

from __future__ import annotations

import logging
import threading
from importlib.util import find_spec
from typing import TYPE_CHECKING, Any

import click
from click.core import ParameterSource

from cloudbase_ocr.cloudbase.http_access import access_of
from cloudbase_ocr.commands.common import START_ERRORS, complain, file_used, log_to_stderr, say, wrong_call
from cloudbase_ocr.commands.ending import counted, ended_by_signals
from cloudbase_ocr.commands.help import Command
from cloudbase_ocr.commands.options import SECTIONS, settings_options
from cloudbase_ocr.commands.warming import prepare_in_background, warm_in_background
from cloudbase_ocr.commands.wrong_calls import origin
from cloudbase_ocr.core.reach import is_loopback_host
from cloudbase_ocr.core.version import __version__
from cloudbase_ocr.language import _, joined, shown
from cloudbase_ocr.project import ConfigError
from cloudbase_ocr.server import Server
from cloudbase_ocr.server.listener import Listener
from cloudbase_ocr.service.json_log import SERVE, json_line
from cloudbase_ocr.service.metrics import metrics_app
from cloudbase_ocr.settings import Settings
from cloudbase_ocr.state.surfaces import METRICS
from cloudbase_ocr.tls.errors import MISSING

if TYPE_CHECKING:
    from cloudbase_ocr.cloudbase.http_routing import HttpAccess

_ANNOUNCED = _(
    "token: {token}\n  {why}, so the console and /_emulator/ ask for it: who has it may "
    "{rights}\n  see what was read. Open {url}/?token={token} once in a browser; give it to "
    "other commands as --control-token, or set\n  CLOUDBASE_OCR_CONTROL_TOKEN for all of "
    "them. It is a new one at each start, unless you choose it in the same way."
)
_CLOSED_FUNCTIONS = _(
    "functions run for this machine, and for others with the control token (X-Control-Token "
    "or Authorization: Bearer); --open-functions lets every machine run them"
)
_SECRET = ("apps", "secret_keys", "control_token", "state")  # an address of Redis may hold a password
_SHARED = _(
    "state in {place}, shared with other instances: tokens, quotas, wrong secrets, changed "
    "accounts, files, fixtures. This instance's own: scenarios, faults, clock, logins, "
    "journal"
)
_OPEN_FUNCTIONS = _("functions run for every machine that reaches this one (--open-functions)")


@click.command(
    cls=Command,
    sections={**SECTIONS, "Service": (*SECTIONS["Service"], "quiet", "verbose")},
    examples=(
        ("the functions of this project, at http://127.0.0.1:8787", "cloudbase-ocr serve"),
        ("another folder of functions, on a free port", "cloudbase-ocr serve --functions cloud --port 0"),
        (
            "a private service for other machines",
            "cloudbase-ocr serve --ocr-only --host 0.0.0.0 --app wx0000000000000000:a-secret-of-yours",
        ),
    ),
)
@click.option("-q", "--quiet", is_flag=True, help="No line for each call; warnings all the same.")
@click.option("-v", "--verbose", is_flag=True, help="Also say where each setting comes from.")
@settings_options()
def serve(quiet: bool, verbose: bool, **values: Any) -> None:
    """Serve api.weixin.qq.com, CloudBase and the function runtime on one port.

    Each option is also an environment variable (--max-pixels is CLOUDBASE_OCR_MAX_PIXELS; of an option that may be
    repeated, the plural: CLOUDBASE_OCR_ALLOW_HOSTS) and a key of cloudbase-ocr.toml (max-pixels, allow-hosts).
    """
    log_to_stderr(values["log_format"], quiet=quiet)
    with wrong_call(*START_ERRORS):
        server = Server(Settings(**values))
        metrics = _metrics(server)
    emulator = server.emulator
    as_json = emulator.settings.log_format == "json"
    warn = logging.getLogger(SERVE).warning if as_json else complain
    line_of = json_line if as_json else shown
    with ended_by_signals(server, emulator.settings.shutdown_seconds, emulator.runtime.close, line_of):
        try:
            _announce(server)
            _announce_settings(verbose=verbose)
            if not emulator.settings.why_no_tls and find_spec("cryptography") is None:
                say(MISSING)
            say(
                _("console: open {url} in a browser, to read pictures and see every call").format(
                    url=server.url
                )
            )
            if metrics is not None:
                say(_("figures at {url}{metrics}, without a token").format(url=metrics.url, metrics=METRICS))
                threading.Thread(target=metrics.serve_forever, name="metrics", daemon=True).start()
            warm_in_background(emulator.recognizer, say, emulator.not_installed)
            prepare_in_background(emulator.runtime.prepare, warn)
            server.serve_forever()
        finally:
            left = server.under_way
            server.close()
            if metrics is not None:
                metrics.stop()
                metrics.close()
    if left:
        warn(_("{left} not answered in time. Give them more: --shutdown-seconds").format(left=counted(left)))
    say(_("stopped"))


def _metrics(server: Server) -> Listener | None:
    settings = server.emulator.settings
    if settings.metrics_port is None:
        return None
    return Listener(metrics_app(server.app), settings.host, settings.metrics_port)


def _announce(server: Server) -> None:
    guard, settings = server.emulator.guard, server.emulator.settings
    if guard.token and not guard.chosen:
        rights = _("change answers and") if settings.ocr_only else _("run functions and")
        why = _why(settings)
        say(_ANNOUNCED.format(why=why, rights=rights, token=guard.token, url=server.url))
    say(_("cloudbase-ocr {version} at {url} (Ctrl-C stops it)").format(version=__version__, url=server.url))
    if server.emulator.shared is not None:
        say(_SHARED.format(place=server.emulator.shared.place))
        server.emulator.shared.ping()  # a line in the log tells at once when it is away, not at the first call
    if settings.ocr_only:
        _announce_service(settings)
        return
    if guard.reachable:
        say(_OPEN_FUNCTIONS if guard.open_functions else _CLOSED_FUNCTIONS)
    runtime = server.emulator.runtime
    functions = runtime.functions()
    runnable = [function.name for function in functions if function.runnable]
    say(
        _("functions in {root}: {runnable}").format(
            root=runtime.root, runnable=", ".join(runnable) or _("none")
        )
    )
    for function in functions:
        if not function.runnable:
            say(_("  not runnable: {name} ({reason})").format(name=function.name, reason=function.reason))
        elif function.note:
            say(_("  note: {name} ({note})").format(name=function.name, note=function.note))
    for line in runtime.debugging.lines():
        say(joined("", ("  ", line)))
    for note in runtime.notes():
        say(joined("", ("  ", note)))
    access = access_of(server.app)
    say(
        _("functions behind a URL: http://{host}:{port}/NAME{access}").format(
            host=access.own_host(), port=server.port, access=_named(access)
        )
    )


def _announce_settings(*, verbose: bool) -> None:
    context = click.get_current_context()
    file = file_used(context)
    if file.path is not None:
        say(_("settings of {path}").format(path=file.path))
    settings = [each for each in context.command.params if each.name not in ("quiet", "verbose", "help")]
    for parameter in settings if verbose else ():
        name, source = parameter.name or "", context.get_parameter_source(parameter.name or "")
        if source not in (None, ParameterSource.DEFAULT):
            value = "***" if name in _SECRET else context.params[name]
            say(f"  {name} = {value} ({origin(parameter, context, source)})")


def _named(access: HttpAccess) -> str:
    try:
        return "".join(f", {route.path} -> {route.function}" for route in access.listed())
    except ConfigError as error:  # the file broke since the start; calls say so, too
        return f" ({error})"


def _why(settings: Settings) -> str:
    if not is_loopback_host(settings.host):
        return _("Other machines can reach --host {host}").format(host=settings.host)
    if settings.server_names:
        return _("Other machines can reach it as {name}").format(name=settings.server_names[0])
    return _("A private service serves others than you")


def _announce_service(settings: Settings) -> None:
    accounts = [
        *settings.accounts,
        *([_("those of {file}").format(file=settings.apps_file)] if settings.apps_file else []),
    ]
    who = ", ".join(accounts) or _("everybody, because no --app is named: any appid and secret get a token")
    limit = (
        _("{count} calls a day").format(count=settings.quota_per_day)
        if settings.quota_per_day
        else _("no limit a day")
    )
    say(_("OCR only, for {who}; {limit}").format(who=who, limit=limit))
