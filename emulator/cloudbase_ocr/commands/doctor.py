"""``cloudbase-ocr doctor``: what this installation and this machine have, on one page for a bug report."""

from __future__ import annotations

import json
import sys
from dataclasses import asdict
from textwrap import wrap
from typing import TYPE_CHECKING

import click

from cloudbase_ocr.commands.diagnosis import BROKEN, NOTE, OK, Finding, diagnose
from cloudbase_ocr.commands.help import Command
from cloudbase_ocr.core.version import __version__

if TYPE_CHECKING:
    from collections.abc import Iterator

_MARKS = {
    OK: click.style("ok    ", fg="green"),
    NOTE: click.style("-     ", fg="yellow"),
    BROKEN: click.style("broken", fg="red", bold=True),
}
_INDENT = 19
_WIDTH = 110


@click.command(
    cls=Command,
    examples=(
        ("one page to look at, or to paste into a bug report", "cloudbase-ocr doctor"),
        ("the same for programs", "cloudbase-ocr doctor --json"),
    ),
)
@click.option("--json", "as_json", is_flag=True, help="One object of JSON.")
def doctor(as_json: bool) -> None:
    """Look at Python, engine, tools, ports, caches and settings, and say what is missing.

    Nothing is changed or sent, and nothing personal is shown: the home folder is ~, and values of variables are left
    out. The exit code is 1 when something that is needed is broken, else 0.
    """
    findings = list(diagnose())
    broken = [finding.name for finding in findings if finding.state == BROKEN]
    if as_json:
        content = {"version": __version__, "broken": broken, "findings": [asdict(each) for each in findings]}
        click.echo(json.dumps(content, ensure_ascii=False, indent=2))
    else:
        click.echo("\n".join(_page(findings)))
        click.echo(f"broken: {', '.join(broken)}" if broken else "nothing that is needed is broken")
    sys.exit(1 if broken else 0)


def _page(findings: list[Finding]) -> Iterator[str]:
    yield f"cloudbase-ocr {__version__}"
    for finding in findings:
        name = f"{finding.name:{_INDENT - len('broken') - 1}}"
        first, *others = [
            part
            for line in finding.text.splitlines()
            for part in wrap(line, _WIDTH - _INDENT, break_long_words=False)
        ]
        yield f"{_MARKS[finding.state]} {name}{first}"
        yield from (f"{'':{_INDENT}}{line}" for line in others)
