"""What cloudbase-ocr.toml says of options; the command line and environment variables go before it."""

from __future__ import annotations

import os
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from cloudbase_ocr.commands.common import FILE_USED, wrong_call
from cloudbase_ocr.commands.options import option_of, variable_of
from cloudbase_ocr.core.nearest import is_meant
from cloudbase_ocr.given_settings import settings_of
from cloudbase_ocr.language import _
from cloudbase_ocr.project import ConfigError
from cloudbase_ocr.settings import setting_fields, value_type

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from cloudbase_ocr.project.toml_file import TomlFile

_ALIKE = ("build", "check")
"""Commands with options that are called like a setting, and have no variable."""


def use_defaults(
    file: TomlFile, context: click.Context, name: str, command: click.Command, known: list[str]
) -> None:
    """Let `file` say what `command` takes where neither options nor variables do.

    `name` is the command's, `known` are those of all commands.

    Raises:
        UserError: the file has a key that does not exist, or one with a wrong value.
    """
    with wrong_call(ConfigError):
        for table in file.commands:
            if table not in known:
                raise ConfigError(
                    _("{table} is no table{meant}").format(
                        table=file.place(table), meant=_meant(table, ["function", *known])
                    )
                )
        settings = _settings(file, file.settings, "")
        own = _of_command(file, name, command)
    context.meta[FILE_USED] = file
    context.default_map = {name: _taken(command, settings, alike=name in _ALIKE) | own}


def _settings(file: TomlFile, given: Mapping[str, Any], table: str) -> dict[str, Any]:
    """Return settings by name, checked; an option's own spelling is taken, too: allow-host for allow-hosts."""
    spellings = {option_of(each.name)[2:].replace("-", "_"): each.name for each in setting_fields()}
    named = {spellings.get(key, key): value for key, value in given.items()}
    try:
        settings_of(**(checked := _from_folder(file, named)))
    except (TypeError, ValueError) as error:
        raise ConfigError(f"{file.place(table)}: {error}") from error
    except FileNotFoundError as error:
        raise ConfigError(f"{file.place(table)}: {error.strerror}: {os.fspath(error.filename)}") from error
    return checked


def _from_folder(file: TomlFile, settings: Mapping[str, Any]) -> dict[str, Any]:
    """Return settings in which relative paths lead from the file's folder, as it is seen from here."""
    folder = file.path.parent if file.path is not None else Path.cwd()
    if folder == Path.cwd():
        return dict(settings)
    kinds = {each.name: value_type(each) for each in setting_fields()}
    moved = {}
    for name, value in settings.items():
        values = value if isinstance(value, list) else [value]
        if kinds.get(name) is Path or (name == "state" and "://" not in str(value)):
            values = [str(folder / each) if isinstance(each, str) else each for each in values]
        elif name == "layers":
            values = [_layer(folder, each) for each in values]
        moved[name] = values if isinstance(value, list) else values[0]
    return moved


def _layer(folder: Path, text: Any) -> Any:
    name, sign, path = str(text).partition("=")
    return f"{name}={folder / path}" if sign and path else text


def _of_command(file: TomlFile, name: str, command: click.Command) -> dict[str, Any]:
    """Return what the table of a command says, by the names of its parameters.

    Raises:
        ConfigError: an option does not exist, or takes several values or one.
    """
    table = file.commands.get(name, {})
    options = {flag[2:]: option for option in _options(command) for flag in option.opts if flag[:2] == "--"}
    options |= {setting: option for option in _options(command) if (setting := _variable_of(option))}
    found, of_settings = {}, {}
    for key, value in table.items():
        option = options.get(key) or options.get(key.replace("-", "_")) or options.get(key.replace("_", "-"))
        if option is None:
            known = dict.fromkeys(each.replace("_", "-") for each in options)
            raise ConfigError(
                _("{place}.{key} is no option of {name}{meant}").format(
                    place=file.place(name), key=key, name=name, meant=_meant(key, known)
                )
            )
        if option.name and _variable_of(option) == option.name:
            of_settings[option.name] = value
        elif option.multiple != isinstance(value, list):
            takes = _("several values; give a list") if option.multiple else _("one value")
            raise ConfigError(
                _("{name}.{key} takes {takes}, and not {value!r}").format(
                    name=file.place(name), key=key, takes=takes, value=value
                )
            )
        elif option.name:
            found[option.name] = value
    return found | _settings(file, of_settings, name)


def _meant(word: str, known: Any) -> str:
    return is_meant(word, known) or _(". There are {known}").format(known=", ".join(known))


def _taken(command: click.Command, settings: Mapping[str, Any], *, alike: bool) -> dict[str, Any]:
    """Return the settings that options of a command stand for, by the names of its parameters."""
    found: dict[str, Any] = {}
    for option in _options(command):
        name = option.name if alike else _variable_of(option)
        if option.name and name in settings:
            found[option.name] = settings[name]
    if isinstance(command, click.Group):
        below = {name: _taken(each, settings, alike=False) for name, each in command.commands.items()}
        found |= {name: each for name, each in below.items() if each}
    return found


def _options(command: click.Command) -> Iterator[click.Option]:
    return (each for each in command.params if isinstance(each, click.Option))


def _variable_of(option: click.Option) -> str:
    """Return the setting whose environment variable an option reads; "" for another option."""
    names = [option.envvar] if isinstance(option.envvar, str) else list(option.envvar or ())
    return next((each.name for each in setting_fields() if variable_of(each.name) in names), "")
