"""``build``, ``check`` and ``types``: from a folder of functions to packages for CloudBase."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from cloudbase_ocr.build import KINDS, BuildError, Options, Package, build
from cloudbase_ocr.build.checks import check
from cloudbase_ocr.build.declarations import declarations
from cloudbase_ocr.build.targets import DEFAULT_VERSION, VERSIONS
from cloudbase_ocr.build.wheels import cache_folder
from cloudbase_ocr.commands.common import wrong_call
from cloudbase_ocr.project import ConfigError, find_project

if TYPE_CHECKING:
    from collections.abc import Callable

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


@click.command("build")
@click.argument("names", metavar="[NAME]...", nargs=-1)
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
def build_command(
    names: tuple[str, ...],
    functions: Path | None,
    out: Path,
    python: str | None,
    kind: str,
    env_id: str | None,
    variables: tuple[str, ...],
    wheels: Path | None,
) -> None:
    """Build a self-contained package of each function NAME (all, if none is named) for CloudBase.

    \b
    dist/NAME/            what is deployed: the function, wxcloud, its dependencies, bytecode
    dist/NAME.zip         the same, for the console
    dist/cloudbaserc.json for @cloudbase/cli: cd dist && tcb fn deploy NAME

    Two builds of the same files give the same zips. `cloudbase-ocr serve --functions dist` runs the packages.
    """
    options = Options(python, kind, wheels or cache_folder(), env_id, variables)
    with wrong_call(BuildError, ConfigError, OSError, UnicodeDecodeError):
        packages = build(find_project(functions, Path.cwd()), names, out, options, _tell)
    for version in sorted({package.python for package in packages if not package.compiled}):
        click.echo(
            f"this machine has no Python {version}: the packages hold sources only and run, but each cold start "
            f"compiles them again. For bytecode install it, for example: uv python install {version}"
        )
    sys.exit(1 if any(package.refusals for package in packages) else 0)


@click.command("check")
@click.argument("names", metavar="[NAME]...", nargs=-1)
@_functions_option
@_python_option
@_wheels_option
def check_command(
    names: tuple[str, ...], functions: Path | None, python: str | None, wheels: Path | None
) -> None:
    """Say what would fail in the cloud, before functions NAME (all, if none is named) are deployed.

    One line for each finding: what, why, what to do. Exit code 1 when something would break.
    """
    with wrong_call(BuildError, ConfigError, OSError, UnicodeDecodeError):
        report = check(find_project(functions, Path.cwd()), names, python, wheels or cache_folder())
    for finding in report.findings:
        click.echo(finding.text)
    for line in report.measured:
        click.echo(line)
    errors = sum(finding.breaks for finding in report.findings)
    click.echo(
        f"{len(report.functions)} functions, {errors} errors, {len(report.findings) - errors} warnings"
    )
    sys.exit(1 if errors else 0)


@click.command("types")
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
    click.echo(f"wrote {out}")


def _tell(package: Package) -> None:
    size = f"{package.size / _MEBIBYTE:.2f} MiB"
    click.echo(f"{package.zip}  {size}  {len(package.files)} files  sha256 {package.sha256[:16]}")
    for refusal in package.refusals:
        click.echo(f"  error: {refusal.path}:{refusal.line}: not valid in this Python: {refusal.reason}")
