"""``cloudbase-ocr tls``: the certificate authority that ``env --https`` has made: what there is, and its end."""

from __future__ import annotations

from typing import TYPE_CHECKING

import click

from cloudbase_ocr.commands.common import say, wrong_call
from cloudbase_ocr.commands.help import Group
from cloudbase_ocr.commands.options import setting_option
from cloudbase_ocr.language import _, joined
from cloudbase_ocr.tls import AuthorityStore, TlsError

if TYPE_CHECKING:
    from pathlib import Path


@click.group(
    cls=Group,
    examples=(
        ("where it is, and until when it lives", "cloudbase-ocr tls show"),
        ("no program trusts it any more", "cloudbase-ocr tls remove"),
    ),
)
def tls() -> None:
    """Show or remove the certificate authority of `env --https`; no system's store holds it."""


@tls.command()
@setting_option("tls_folder")
def show(tls_folder: Path | None) -> None:
    """Print its files, and until when it lives. Nothing is made."""
    with wrong_call(TlsError):
        store = AuthorityStore(tls_folder)
        files = list(store.files())
        if not files:
            say(
                _("nothing in {folder}; the first `cloudbase-ocr env --https` makes it").format(
                    folder=store.folder
                )
            )
            return
        ends = store.ends()
        say("\n".join(map(str, files)))
    say(_("until {day}").format(day=f"{ends:%Y-%m-%d}") if ends else _("ended; the next use makes another"))


@tls.command()
@setting_option("tls_folder")
def remove(tls_folder: Path | None) -> None:
    """Remove it with the files that trust it. Programs that run with it then trust nothing that is signed anew."""
    with wrong_call(TlsError):
        store = AuthorityStore(tls_folder)
        files = store.remove()
    say(
        joined("\n", (_("removed {path}").format(path=path) for path in files))
        or _("nothing in {folder}").format(folder=store.folder)
    )
