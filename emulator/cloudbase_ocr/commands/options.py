"""Command-line options made from `Settings`: each setting is an option and an environment variable."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeVar

import click

from cloudbase_ocr.settings import (
    CHOICES,
    ENVIRONMENT_PREFIX,
    RANGES,
    is_repeated,
    setting_fields,
    value_type,
)

if TYPE_CHECKING:
    from collections.abc import Callable
    from dataclasses import Field

Command = TypeVar("Command", bound="Callable[..., Any]")


def variable_of(name: str) -> str:
    """Return the environment variable of a setting: ``max_pixels`` -> ``CLOUDBASE_OCR_MAX_PIXELS``."""
    return f"{ENVIRONMENT_PREFIX}_{name.upper()}"


def option_of(name: str) -> str:
    """Return the option of a setting: ``allow_hosts`` -> ``--allow-host``, because it names one host at a time."""
    setting = {field.name: field for field in setting_fields()}[name]
    return _flag(name.removesuffix("s") if is_repeated(setting) else name)


def settings_options(*left_out: str) -> Callable[[Command], Command]:
    """Give a command every option of `Settings` except those in `left_out`; values arrive by setting name."""

    def decorate(command: Command) -> Command:
        for setting in reversed(setting_fields()):
            if setting.name not in left_out:
                command = _option(setting)(command)
        return command

    return decorate


def _option(setting: Field[Any]) -> Callable[[Command], Command]:
    flag = option_of(setting.name)
    kind = value_type(setting)
    if kind is bool:
        flag = f"{flag}/--no-{flag[2:]}"
    former = [setting.metadata["formerly"]] if setting.metadata["formerly"] else []
    return click.option(
        flag,
        *map(_flag, former),
        setting.name,
        type=_click_type(setting.name, kind),
        default=setting.default,
        show_default=_show_default(setting),
        multiple=is_repeated(setting),
        envvar=[variable_of(name) for name in (setting.name, *former)],
        show_envvar=True,
        help=setting.metadata["help"],
        hidden=bool(setting.metadata["instead"]),
    )


def _flag(name: str) -> str:
    return "--" + name.replace("_", "-")


def _show_default(setting: Field[Any]) -> bool:
    return setting.default not in (None, ())


def _click_type(name: str, kind: type) -> Any:
    if name in CHOICES:
        return click.Choice(CHOICES[name])
    if name in RANGES:
        low, high = RANGES[name]
        return click.IntRange(low, high)
    if kind is float:  # seconds
        return click.FloatRange(min=0, min_open=True)
    if name == "state":  # made when it does not exist
        return click.Path(file_okay=False, path_type=Path)
    if name == "journal":
        return click.Path(dir_okay=False, path_type=Path)
    if kind is Path:
        return click.Path(exists=True, path_type=Path)
    return kind
