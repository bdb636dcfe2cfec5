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
    from collections.abc import Callable, Container, Mapping
    from dataclasses import Field

Command = TypeVar("Command", bound="Callable[..., Any]")

SECTIONS: Mapping[str, tuple[str, ...]] = {
    "Listen": (
        "host",
        "port",
        "server_names",
        "proxy_hosts",
        "tls",
        "tls_folder",
        "require_https",
        "pass_other_hosts",
    ),
    "Functions": (
        "functions",
        "python",
        "node",
        "layers",
        "max_instances",
        "http_paths",
        "debug_port",
        "debug_wait",
    ),
    "Account": (
        "env_id",
        "appid",
        "openid",
        "apps",
        "apps_file",
        "secret_keys",
        "tokenless",
        "quota_per_day",
        "quota_scope",
        "quota_counts_failures",
    ),
    "Answers": ("fixtures", "scenarios", "state"),
    "Fidelity": (
        "profile",
        "bankcard_id",
        "omit_unread",
        "strict",
        "strict_fixtures",
        "assumptions",
        "hints",
        "market_rules",
        "errcode_as_string",
        "seed",
    ),
    "Engine": (
        "recognizer",
        "recognizer_threads",
        "recognizer_workers",
        "recognizer_queue",
        "recognizer_timeout",
        "recognizer_limit",
        "recognizer_memory",
        "recognizer_weights",
        "max_pixels",
        "max_image_bytes",
    ),
    "Safety": (
        "control_token",
        "open_functions",
        "allow_hosts",
        "allow_ports",
        "allow_origins",
        "body_memory_mb",
        "memory_limit_mb",
    ),
    "Journal": ("journal", "journal_keep_mb", "journal_keep_count", "journal_personal_data"),
    "Service": ("ocr_only", "overload", "metrics_port", "log_format", "shutdown_seconds"),
}
"""The settings by what they are about, as the help of `serve` shows them."""

_METAVARS = {int: "N", float: "SECONDS", Path: "PATH"}


class _Setting(click.Option):
    """An option of a setting: what it may be at most is in the message for those who go beyond."""

    def get_help_extra(self, ctx: click.Context) -> Any:
        """Return what stands in brackets behind the help."""
        extra = super().get_help_extra(ctx)
        extra.pop("range", None)
        return extra

    def get_help_record(self, ctx: click.Context) -> tuple[str, str] | None:
        """Return the option without its former names, and its help."""
        record = super().get_help_record(ctx)
        if record is None:
            return None
        flags = record[0]
        for former in self.opts[1:]:
            flags = flags.replace(f", {former}", "")
        return flags, record[1]


def variable_of(name: str) -> str:
    """Return the environment variable of a setting: ``max_pixels`` -> ``CLOUDBASE_OCR_MAX_PIXELS``."""
    return f"{ENVIRONMENT_PREFIX}_{name.upper()}"


def option_of(name: str) -> str:
    """Return the option of a setting: ``allow_hosts`` -> ``--allow-host``, because it names one host at a time."""
    setting = {field.name: field for field in setting_fields()}[name]
    return _flag(name.removesuffix("s") if is_repeated(setting) else name)


def settings_options(*left_out: str, shown: Container[str] | None = None) -> Callable[[Command], Command]:
    """Give a command every option of `Settings` except those in `left_out`; values arrive by setting name.

    The help shows those in `shown`, by default all.
    """

    def decorate(command: Command) -> Command:
        for setting in reversed(setting_fields()):
            if setting.name not in left_out:
                command = _option(setting, hidden=shown is not None and setting.name not in shown)(command)
        return command

    return decorate


def setting_option(name: str) -> Callable[[Command], Command]:
    """Give a command the option of one setting."""
    return _option(next(field for field in setting_fields() if field.name == name))


def _option(setting: Field[Any], *, hidden: bool = False) -> Callable[[Command], Command]:
    flag = option_of(setting.name)
    kind = value_type(setting)
    if kind is bool:
        flag = f"{flag}/--no-{flag[2:]}"
    former = [setting.metadata["formerly"]] if setting.metadata["formerly"] else []
    return click.option(
        flag,
        *map(_flag, former),
        setting.name,
        cls=_Setting,
        type=_click_type(setting.name, kind),
        default=setting.default,
        show_default=_show_default(setting),
        multiple=is_repeated(setting),
        envvar=[variable_of(name) for name in (setting.name, *former)],
        metavar=_metavar(setting, kind),
        help=setting.metadata["help"],
        hidden=hidden or bool(setting.metadata["instead"]),
    )


def _metavar(setting: Field[Any], kind: type) -> str | None:
    choices = CHOICES.get(setting.name, ())
    if choices:
        return "NAME" if all(choice in setting.metadata["help"] for choice in choices) else None
    return _METAVARS.get(kind)


def _flag(name: str) -> str:
    return "--" + name.replace("_", "-")


def _show_default(setting: Field[Any]) -> bool:
    return setting.default not in (None, (), False)


def _click_type(name: str, kind: type) -> Any:
    if name in CHOICES:
        return click.Choice(CHOICES[name])
    if name in RANGES:
        low, high = RANGES[name]
        return click.IntRange(low, high)
    if kind is float:  # seconds
        return click.FloatRange(min=0, min_open=True)
    if name == "tls_folder":  # made when it does not exist
        return click.Path(file_okay=False, path_type=Path)
    if name == "journal":
        return click.Path(dir_okay=False, path_type=Path)
    if kind is Path:
        return click.Path(exists=True, path_type=Path)
    return kind
