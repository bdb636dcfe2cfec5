"""What a shell may put in where the cursor is: names of methods, functions, faults and fixtures."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from cloudbase_ocr.core.methods import METHOD_NAMES

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

    import click

    Completer = Callable[[click.Context, click.Parameter, str], list[str]]


def methods(_context: click.Context, _parameter: click.Parameter, begun: str) -> list[str]:
    """Return the methods that begin so, with or without ``ocr.``."""
    prefix = "ocr." if begun.startswith("ocr.") else ""
    return [prefix + name for name in METHOD_NAMES if name.startswith(begun.removeprefix(prefix))]


def methods_and_auto(context: click.Context, parameter: click.Parameter, begun: str) -> list[str]:
    """Return the same, and ``auto``."""
    return methods(context, parameter, begun) + _begun_so(["auto"], begun)


def functions(context: click.Context, _parameter: click.Parameter, begun: str) -> list[str]:
    """Return the functions of the project here, or of --functions, that begin so."""
    # Here, as below: a shell waits for each of these.
    from cloudbase_ocr.project import ConfigError, find_project
    from cloudbase_ocr.project.toml_file import find_toml
    from cloudbase_ocr.runtime.function_folders import list_functions

    try:
        file = find_toml(Path.cwd())
        named = context.params.get("functions") or file.settings.get("functions")
        above = file.path.parent if file.path is not None else Path.cwd()
        project = find_project(Path(above, named) if named else None, Path.cwd())
        return _begun_so((info.name for info in list_functions(project)), begun)
    except (ConfigError, OSError, TypeError):
        return []


def faults(_context: click.Context, _parameter: click.Parameter, begun: str) -> list[str]:
    """Return the types of faults that begin so."""
    from cloudbase_ocr.state.faults import KINDS

    return _begun_so(KINDS, begun)


def listed(operation: str, key: str) -> Completer:
    """Return what completes the names, under `key`, of what an operation lists in the running emulator."""

    def names(context: click.Context, _parameter: click.Parameter, begun: str) -> list[str]:
        from cloudbase_ocr.commands.client import EmulatorClient, EmulatorUnreachableError
        from cloudbase_ocr.commands.common import DEFAULT_EMULATOR

        given = context.parent.parent.params if context.parent and context.parent.parent else {}
        client = EmulatorClient(given.get("address") or DEFAULT_EMULATOR, given.get("token"))
        try:
            answer = client.control("GET", operation, {})
        except EmulatorUnreachableError:
            return []
        return _begun_so((str(each[key]) for each in next(iter(answer.values()))), begun)

    return names


def _begun_so(names: Iterable[str], begun: str) -> list[str]:
    return [name for name in names if name.startswith(begun)]
