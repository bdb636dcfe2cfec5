"""What is wrong with a command line, in one sentence: what happened, why, what to do."""

from __future__ import annotations

import os
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click
from click.core import ParameterSource

from cloudbase_ocr.commands.common import file_used
from cloudbase_ocr.core.nearest import nearest
from cloudbase_ocr.language import _

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence


def unknown_command(name: str, known: Iterable[str], ctx: click.Context) -> str:
    """Return the sentence about a command that there is not."""
    known, path = list(known), ctx.command_path
    near = nearest(name, known)
    if near:
        return _("there is no command {name!r}; is {near} meant? See {path} --help.").format(
            name=name, near=near, path=path
        )
    return _("there is no command {name!r}. There are {names}. See {path} --help.").format(
        name=name, names=", ".join(known), path=path
    )


def explained(
    error: click.UsageError, command: click.Command, ctx: click.Context, args: Sequence[str]
) -> str:
    """Return the sentence about the arguments `args`, which `command` does not take."""
    if isinstance(error, click.MissingParameter):
        usage = " ".join(ctx.get_usage().split()[1:])
        named = error.param.human_readable_name if isinstance(error.param, click.Argument) else ""
        return _("{name} is missing. Write: {usage}").format(name=named or spelt(error.param), usage=usage)
    if isinstance(error, click.BadParameter) and error.param is not None:
        return _wrong_value(error, error.param, command, ctx, args)
    if isinstance(error, click.NoSuchOption):
        return _no_such_option(error.option_name, command, ctx)
    message = error.format_message().rstrip(".。")
    message = message[0].lower() + message[1:]
    return _("{message}. See {path} --help.").format(message=message, path=ctx.command_path)


def _no_such_option(name: str, command: click.Command, ctx: click.Context) -> str:
    above = ctx.parent
    while above is not None:
        if name in _flags(above.command):
            after = ctx.command_path.removeprefix(above.command_path)
            return _("{name} stands before what is done: {path} {name} ...{after} ...").format(
                name=name, path=above.command_path, after=after
            )
        above = above.parent
    near, path = nearest(name, _flags(command)), ctx.command_path
    if near:
        return _("there is no option {name}; is {near} meant? See {path} --help.").format(
            name=name, near=near, path=path
        )
    return _("there is no option {name}. See {path} --help.").format(name=name, path=path)


def _flags(command: click.Command) -> list[str]:
    options = (each for each in command.params if isinstance(each, click.Option))
    return [flag for option in options for flag in (*option.opts, *option.secondary_opts)]


def _wrong_value(
    error: click.BadParameter,
    parameter: click.Parameter,
    command: click.Command,
    ctx: click.Context,
    args: Sequence[str],
) -> str:
    options = command.make_parser(ctx).parse_args(args=list(args))[0]
    given, source = parameter.consume_value(ctx, options)
    where = origin(parameter, ctx, source)
    value = next(_refused(parameter, given, ctx), given)
    wanted = _wanted(parameter.type)
    if wanted:
        told = {"where": where, "wanted": wanted, "value": value}
        near = _near_choice(parameter.type, value)
        if near:
            return _("{where} takes {wanted}, and not {value!r}; is {near} meant?").format(near=near, **told)
        return _("{where} takes {wanted}, and not {value!r}.").format(**told)
    if isinstance(parameter.type, click.Path) and not os.path.lexists(value):
        noun = _("file or folder") if parameter.type.file_okay else _("folder")
        return _("{where}: there is no {noun} {path}. Make it, or correct the path.").format(
            where=where, noun=noun, path=Path(value)
        )
    return f"{where}: {error.message}"


def origin(parameter: click.Parameter, ctx: click.Context, source: ParameterSource | None) -> str:
    """Return what gave a parameter its value: the option, a variable, or a file and its key."""
    if source is ParameterSource.DEFAULT_MAP:
        file, key = file_used(ctx), spelt(parameter).removeprefix("--")
        tables = ctx.command_path.split()[1:]
        return file.place(".".join((*tables, key)) if tables and tables[0] in file.commands else key)
    return _variable(parameter) if source is ParameterSource.ENVIRONMENT else spelt(parameter)


def spelt(parameter: click.Parameter | None) -> str:
    """Return an option or an argument as it is written on a command line."""
    if isinstance(parameter, click.Option):
        return next((flag for flag in parameter.opts if flag[:2] == "--"), parameter.opts[0])
    return parameter.human_readable_name if parameter is not None else "an argument"


def _variable(parameter: click.Parameter) -> str:
    names = [parameter.envvar] if isinstance(parameter.envvar, str) else parameter.envvar or ()
    return next((name for name in names if os.environ.get(name)), spelt(parameter))


def _refused(parameter: click.Parameter, given: Any, ctx: click.Context) -> Iterator[Any]:
    values = given if isinstance(given, (tuple, list)) else (given,)
    return (value for value in values if not _taken(parameter.type, value, parameter, ctx))


def _taken(kind: Any, value: Any, parameter: click.Parameter, ctx: click.Context) -> bool:
    try:
        kind.convert(value, parameter, ctx)
    except click.BadParameter:
        return False
    return True


def _wanted(kind: Any) -> str:
    """Return in words what a type takes; "" where its own message says it."""
    if isinstance(kind, click.Choice):
        return _("one of {choices}").format(choices=", ".join(map(str, kind.choices)))
    if isinstance(kind, (click.IntRange, click.FloatRange)):
        noun = _("a whole number") if isinstance(kind, click.IntRange) else _("a number")
        if kind.min is not None and kind.max is not None:
            return _("{noun} from {least} to {most}").format(noun=noun, least=kind.min, most=kind.max)
        if kind.min_open:
            return _("{noun} above {least}").format(noun=noun, least=kind.min)
        return _("{noun} of at least {least}").format(noun=noun, least=kind.min)
    if kind is click.INT or kind is click.FLOAT:
        return _("a whole number") if kind is click.INT else _("a number")
    return _("true or false") if kind is click.BOOL else ""


def _near_choice(kind: Any, value: Any) -> str:
    words = map(str, kind.choices) if isinstance(kind, click.Choice) else ()
    # 3.9 is like 3.7, and seldom meant.
    return nearest(str(value), [word for word in words if not word.replace(".", "").isdigit()])
