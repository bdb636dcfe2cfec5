"""``cloudbase-ocr record``: stand between a client and the real service, and write the answers down."""

from __future__ import annotations

import sys
from contextlib import closing
from pathlib import Path

import click

from cloudbase_ocr.answers import FixtureError
from cloudbase_ocr.commands.common import UserError, say, wrong_call
from cloudbase_ocr.commands.ending import ended_by_signals
from cloudbase_ocr.commands.help import Command
from cloudbase_ocr.core.clock import Clock
from cloudbase_ocr.core.reach import Names
from cloudbase_ocr.core.version import __version__
from cloudbase_ocr.language import _
from cloudbase_ocr.record import (
    DIFFERENT,
    EQUAL,
    MODES,
    UNKNOWN,
    KeyRing,
    Recorder,
    Recording,
    Upstream,
    create_proxy,
)
from cloudbase_ocr.server import AddressInUseError, Listener
from cloudbase_ocr.wechat.fetch import Fetcher

_NO_HOST = "nowhere"
_ANSWER_SECONDS = 1.0


@click.command(
    cls=Command,
    sections={
        "Recording": ("address", "mode", "folder", "timeout"),
        "Personal data": ("keep_images", "keep_personal_data", "keys"),
        "Listen": ("host", "port", "server_names"),
    },
    examples=(
        (
            "record what is not known yet",
            "cloudbase-ocr record --upstream https://api.weixin.qq.com --mode new",
        ),
        ("replay only, without the service", "cloudbase-ocr record --mode none"),
        ("serve the recording as fixtures", "cloudbase-ocr serve --fixture recordings"),
    ),
)
@click.option(
    "--upstream",
    "address",
    metavar="URL",
    help="The service, for example https://api.weixin.qq.com; not needed with --mode none.",
)
@click.option(
    "--mode",
    type=click.Choice(MODES),
    default=MODES[0],
    show_default=True,
    help="once: record into an empty folder, else replay only. new: replay what is known, record the rest. "
    "all: record everything again. none: replay only. spy: replay what is known, pass on the rest. "
    "diff: pass on, and report what the service answers differently.",
)
@click.option(
    "--to",
    "folder",
    type=click.Path(path_type=Path),
    default="recordings",
    show_default=True,
    help="The recording: a folder with one YAML file for each method.",
)
@click.option("--keep-images", is_flag=True, help="Keep the pictures, in images/ inside the recording.")
@click.option(
    "--keep-personal-data", is_flag=True, help="Do not replace names, numbers, addresses, plates and dates."
)
@click.option(
    "--keys",
    type=click.Path(path_type=Path),
    default=Path(click.get_app_dir("cloudbase-ocr")) / "recording-keys",
    envvar="CLOUDBASE_OCR_RECORDING_KEYS",
    show_envvar=True,
    help="Folder of the keys that make the same person the same invented person in later runs.",
)
@click.option("--host", default="127.0.0.1", show_default=True, help="Address to listen on.")
@click.option(
    "--port",
    type=click.IntRange(0, 65535),
    metavar="N",
    default=8788,
    show_default=True,
    help="Port to listen on; 0 picks a free one.",
)
@click.option(
    "--server-name",
    "server_names",
    multiple=True,
    help="Name under which others reach the recorder, such as that of a proxy in front of it. May be repeated.",
)
@click.option(
    "--timeout",
    type=click.FloatRange(0.1),
    metavar="SECONDS",
    default=30,
    show_default=True,
    help="Seconds to wait.",
)
def record(
    address: str | None,
    mode: str,
    folder: Path,
    keys: Path,
    host: str,
    port: int,
    server_names: tuple[str, ...],
    timeout: float,
    **keep: bool,
) -> None:
    """Record the answers of the real OCR service as fixtures, and replay them.

    Point your program's API base at this proxy instead of api.weixin.qq.com. Tokens and secrets pass through and are
    stored nowhere. Personal data is replaced by invented values before anything is written.
    """
    with wrong_call(OSError, FixtureError, ValueError, AddressInUseError):
        recording = Recording(folder)
        upstream = Upstream(address, timeout) if address else None
        recorder = Recorder(
            recording,
            KeyRing(keys),
            mode,
            upstream.host if upstream else _NO_HOST,
            Clock(),
            _report,
            **keep,
        )
        if upstream is None and not recorder.only_replays:
            raise UserError(_("there is no service to ask. Name it: --upstream https://api.weixin.qq.com"))
        names = Names.of(host, server_names)
        fetcher = Fetcher(loopback=names.local and not names.given)
        if recorder.writes:
            recording.hold()
            click.get_current_context().call_on_close(recording.close)
        listener = Listener(create_proxy(recorder, upstream, fetcher, _report, names), host, port)
    # Who waits for the service when a signal comes gets its answer, or learns that there is none.
    with ended_by_signals(listener, timeout + _ANSWER_SECONDS), closing(listener):
        _announce(listener, recorder, recording, upstream, mode)
        _warn(**keep)
        listener.serve_forever()
    sys.exit(_summary(recorder))


def _announce(
    listener: Listener, recorder: Recorder, recording: Recording, upstream: Upstream | None, mode: str
) -> None:
    _report(
        _("cloudbase-ocr {version} records at {url} (Ctrl-C stops it)").format(
            version=__version__, url=listener.url
        )
    )
    doing = {
        "new": _("known pictures are replayed, others recorded"),
        "none": _("replay only, nothing is sent on"),
    }
    meaning = _(" ({doing})").format(doing=doing[recorder.mode]) if mode == "once" else ""
    target = upstream.host if upstream and not recorder.only_replays else _("nowhere")
    begun = _("mode {mode}{meaning}; service: {target}; {folder}: {count} recorded")
    _report(
        begun.format(
            mode=mode,
            meaning=meaning,
            target=target,
            folder=recording.folder,
            count=len(recording.fixtures),
        )
    )


def _warn(*, keep_personal_data: bool, keep_images: bool) -> None:
    if keep_personal_data:
        _report(
            _(
                "WARNING: personal data is written as the service sends it. Do not commit or share this "
                "recording."
            )
        )
    if keep_images:
        _report(
            _(
                "WARNING: the pictures are kept, and show what the recording hides. Do not commit or "
                "share them."
            )
        )


def _summary(recorder: Recorder) -> int:
    """Print what a comparison found, and return the exit code: 1 when something differs."""
    if recorder.mode == "diff":
        counts = recorder.counts
        found = _("{equal} equal, {different} different, {unknown} not compared")
        _report(found.format(equal=counts[EQUAL], different=counts[DIFFERENT], unknown=counts[UNKNOWN]))
    _report(_("stopped"))
    return 1 if recorder.counts[DIFFERENT] else 0


def _report(line: str) -> None:
    say(line)
