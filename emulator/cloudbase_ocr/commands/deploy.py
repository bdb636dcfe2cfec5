"""``build``, ``check`` and ``types``: from a folder of functions to packages for CloudBase."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from cloudbase_ocr.build import CONTAINER, KINDS, BuildError, Options, Package, Tools, build, select_functions
from cloudbase_ocr.build.checks import check
from cloudbase_ocr.build.declarations import declarations
from cloudbase_ocr.build.targets import DEFAULT_VERSION, VERSIONS
from cloudbase_ocr.build.wheels import cache_folder
from cloudbase_ocr.commands import completing
from cloudbase_ocr.commands.common import say, wrong_call
from cloudbase_ocr.commands.findings import FORMATS, counted, lines_for_people, printed
from cloudbase_ocr.commands.help import Command
from cloudbase_ocr.language import _
from cloudbase_ocr.project import ConfigError, find_project

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from cloudbase_ocr.project import Project

_KIBIBYTE = 1024
_MEBIBYTE = 1024 * 1024


def _functions_option(command: Callable[..., Any]) -> Callable[..., Any]:
    return click.option(
        "--functions",
        type=click.Path(exists=True, file_okay=False, path_type=Path),
        envvar="CLOUDBASE_OCR_FUNCTIONS",
        show_envvar=True,
        help="Folder with the cloud functions; by default that of cloudbaserc.json, ./functions, ./cloudfunctions or "
        "the ones included.",
    )(command)


def _python_option(command: Callable[..., Any]) -> Callable[..., Any]:
    return click.option(
        "--python",
        type=click.Choice(VERSIONS),
        help="Python version of the cloud runtime; by default that of a function's runtime in cloudbaserc.json, else "
        f"{DEFAULT_VERSION}.",
    )(command)


def _wheels_option(command: Callable[..., Any]) -> Callable[..., Any]:
    return click.option(
        "--wheels",
        type=click.Path(file_okay=False, path_type=Path),
        help="Folder that keeps downloaded wheels; by default one in the user's cache.",
    )(command)


@click.command(
    "build",
    cls=Command,
    examples=(
        ("all functions, into dist/", "cloudbase-ocr build"),
        ("one, for a cloud with Python 3.9", "cloudbase-ocr build idcard --python 3.9"),
        ("run what was built", "cloudbase-ocr serve --functions dist"),
    ),
)
@click.argument("names", metavar="[NAME]...", nargs=-1, shell_complete=completing.functions)
@_functions_option
@click.option(
    "--out",
    type=click.Path(file_okay=False, path_type=Path),
    default=Path("dist"),
    show_default=True,
    help="Where the packages go.",
)
@_python_option
@click.option(
    "--type",
    "kind",
    type=click.Choice(KINDS),
    default=KINDS[0],
    show_default=True,
    help="event: called by callFunction; http: called by URL; container: also a Dockerfile for CloudBase Run.",
)
@click.option("--env-id", help="CloudBase environment ID for cloudbaserc.json.")
@click.option(
    "--env",
    "variables",
    multiple=True,
    help="Variable that the deploy tool fills in from .env.local; unset, it becomes empty. May be repeated.",
)
@_wheels_option
@click.option("--no-check", is_flag=True, help="Build without checking before what would fail in the cloud.")
def build_command(
    names: tuple[str, ...],
    functions: Path | None,
    out: Path,
    python: str | None,
    kind: str,
    env_id: str | None,
    variables: tuple[str, ...],
    wheels: Path | None,
    no_check: bool,
) -> None:
    """Build a self-contained package of each function NAME (all, if none is named) for CloudBase.

    \b
    dist/NAME/            what is deployed: the function, wxcloud, its dependencies, bytecode
    dist/NAME.zip         the same, for the console
    dist/cloudbaserc.json for @cloudbase/cli: cd dist && tcb fn deploy NAME

    What `check` finds is told before, and nothing is built when something would fail there. Two builds of the same
    files give the same zips. `cloudbase-ocr serve --functions dist` runs the packages.
    """
    options = Options(python, kind, wheels or cache_folder(), env_id, variables)
    tools = Tools(options.cache, _progress)
    with wrong_call(BuildError, ConfigError, OSError, UnicodeDecodeError):
        project = find_project(functions, Path.cwd())
        if not no_check:
            _refuse_what_the_cloud_would(project, names, python, tools)
        packages = build(project, names, out, options, _tell, tools)
    for version in sorted({package.python for package in packages if not package.compiled}):
        say(
            _(
                "this machine has no Python {version}: the packages hold sources only and run, but each "
                "cold start compiles them again. For bytecode install it, for example: uv python install "
                "{version}"
            ).format(version=version)
        )
    if kind != CONTAINER:
        which = names[0] if len(names) == 1 else "--all"
        say(f"next: cd {out} && tcb fn deploy {which} --deployMode zip")
    sys.exit(1 if any(package.refusals for package in packages) else 0)


@click.command(
    "check",
    cls=Command,
    examples=(
        ("all functions", "cloudbase-ocr check"),
        ("as annotations of a pull request", "cloudbase-ocr check --format github"),
    ),
)
@click.argument("names", metavar="[NAME]...", nargs=-1, shell_complete=completing.functions)
@_functions_option
@_python_option
@_wheels_option
@click.option(
    "--format",
    "style",
    type=click.Choice(FORMATS),
    default=FORMATS[0],
    show_default=True,
    help="text: a line for each finding; json: for programs; github: annotations in a workflow of GitHub.",
)
def check_command(
    names: tuple[str, ...], functions: Path | None, python: str | None, wheels: Path | None, style: str
) -> None:
    """Say what would fail in the cloud, before functions NAME (all, if none is named) are deployed.

    One line for each finding: what, why, what to do. Paths are from the working directory. Exit code 1 when something
    would break.
    """
    tools = Tools(wheels or cache_folder(), _progress)
    with wrong_call(BuildError, ConfigError, OSError, UnicodeDecodeError):
        report = check(find_project(functions, Path.cwd()), names, python, tools)
    say(printed(report, style))
    sys.exit(1 if report.errors else 0)


@click.command(
    "types",
    cls=Command,
    examples=(("beside the mini-program's code", "cloudbase-ocr types --out miniprogram/wxcloud.d.ts"),),
)
@click.option(
    "--out", type=click.Path(dir_okay=False, path_type=Path), help="File to write; by default stdout."
)
def types_command(out: Path | None) -> None:
    """Print wxcloud.d.ts: the types of each function's event and result, for mini-programs."""
    text = declarations()
    if out is None:
        sys.stdout.buffer.write(text.encode("utf-8"))
        return
    with wrong_call(OSError):
        out.write_text(text, encoding="utf-8", newline="\n")
    say(_("wrote {path}").format(path=out))


def _refuse_what_the_cloud_would(
    project: Project, names: Sequence[str], python: str | None, tools: Tools
) -> None:
    """Tell what a check finds, and leave with exit code 1 when something would break.

    What keeps a package from being built is left to the build, which says it.
    """
    report = check(project, [info.name for info in select_functions(project, names)], python, tools)
    report.findings = [finding for finding in report.findings if finding.kind != "build"]
    for line in lines_for_people(report):
        say(line, err=True)
    if report.errors:
        say(
            _("{counted}: nothing was built. --no-check builds it all the same").format(
                counted=counted(report)
            ),
            err=True,
        )
        sys.exit(1)


def _progress(line: str) -> None:
    say(line, err=True)


def _tell(package: Package) -> None:
    size = (
        f"{package.size / _MEBIBYTE:.2f} MiB"
        if package.size >= _MEBIBYTE
        else f"{package.size / _KIBIBYTE:.0f} KiB"
    )
    say(f"{package.zip}  {size}  {len(package.files)} files  sha256 {package.sha256[:16]}")
    for refusal in package.refusals:
        say(
            _("  error: {path}:{line}: not valid in this Python: {reason}").format(
                path=refusal.path, line=refusal.line, reason=refusal.reason
            )
        )
