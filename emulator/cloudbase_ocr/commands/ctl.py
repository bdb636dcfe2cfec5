"""``cloudbase-ocr ctl``: the operations of the control side from a shell, made from the table of operations."""

from __future__ import annotations

import inspect
import json
from typing import TYPE_CHECKING, Any
from urllib.parse import quote

import click

from cloudbase_ocr.commands import completing
from cloudbase_ocr.commands.client import EmulatorClient, EmulatorUnreachableError
from cloudbase_ocr.commands.common import DEFAULT_EMULATOR, print_json, wrong_call
from cloudbase_ocr.commands.help import Command, Group
from cloudbase_ocr.control.facade import GROUPS, OPERATIONS
from cloudbase_ocr.language import _

if TYPE_CHECKING:
    from cloudbase_ocr.control.operation import Operation, Parameter

if TYPE_CHECKING:
    _ParamType = click.ParamType[Any]
else:
    _ParamType = click.ParamType  # generic for type checkers only: click before 8.2 has no brackets

_SCALARS: dict[str, Any] = {
    "boolean": click.BOOL,
    "integer": click.INT,
    "number": click.FLOAT,
    "string": click.STRING,
}


_COMPLETERS = {
    ("", "method"): completing.methods,
    ("", "function"): completing.functions,
    ("fault.add", "type"): completing.faults,
}
"""What completes a parameter, of one operation or of all."""


class JsonType(_ParamType):
    """A value written as JSON; what is no JSON is a text, if texts are allowed."""

    name = "json"

    def __init__(self, *, only_objects: bool) -> None:
        """Take objects only, or anything."""
        self._only_objects = only_objects

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> Any:
        """Return the value."""
        try:
            read = json.loads(value)
        except (ValueError, RecursionError) as error:
            if self._only_objects:
                self.fail(_("is not JSON: {error}").format(error=error), param, ctx)
            return value
        if self._only_objects and not isinstance(read, dict):
            self.fail(_('must be a JSON object, such as \'{"name": "..."}\''), param, ctx)
        return read


@click.group(
    cls=Group,
    no_args_is_help=True,
    examples=(
        ("what is set, at a glance", "cloudbase-ocr ctl overview"),
        (
            "the next two calls take three seconds",
            "cloudbase-ocr ctl fault add --type latency --ms 3000 --times 2",
        ),
        ("an hour later: tokens age, quotas stay", "cloudbase-ocr ctl clock advance --seconds 3600"),
    ),
)
@click.option(
    "--emulator",
    "address",
    default=DEFAULT_EMULATOR,
    envvar="CLOUDBASE_OCR_EMULATOR",
    show_envvar=True,
    show_default=True,
    help="The running emulator.",
)
@click.option(
    "--control-token",
    "token",
    envvar="CLOUDBASE_OCR_CONTROL_TOKEN",
    show_envvar=True,
    help="The token that `serve` printed, if it asks for one.",
)
@click.pass_context
def ctl(context: click.Context, address: str, token: str | None) -> None:
    """Change the clock, tokens, quotas, faults, scenarios and fixtures of a running emulator.

    Prints JSON. The same operations are at /_emulator/, described in /_emulator/openapi.json.
    """
    context.obj = EmulatorClient(address, token)


def _command(operation: Operation) -> click.Command:
    def run(**values: Any) -> None:
        client: EmulatorClient = click.get_current_context().obj
        given = {name: value for name, value in values.items() if value not in (None, ())}
        path = operation.path
        for parameter in operation.parameters:
            if parameter.in_path:
                path = path.replace(f"{{{parameter.name}}}", quote(given.pop(parameter.name), safe=""))
        with wrong_call(EmulatorUnreachableError):
            answer = client.control(operation.method, path, given)
        print_json(answer)

    return Command(
        operation.name.rpartition(".")[2],
        callback=run,
        params=[_option(operation, parameter) for parameter in operation.parameters],
        help=operation.summary + (f"\n\n{operation.details}" if operation.details else ""),
        short_help=operation.summary,
    )


def _option(operation: Operation, parameter: Parameter) -> click.Parameter:
    if parameter.in_path:
        place = operation.path.partition("/")[0]
        return click.Argument([parameter.name], shell_complete=completing.listed(place, parameter.name))
    repeated = "array" in parameter.types
    name = parameter.name.removesuffix("s") if repeated and parameter.name != "outside" else parameter.name
    return click.Option(
        ["--" + name.replace("_", "-"), parameter.name],
        type=_type(parameter),
        multiple=repeated,
        required=parameter.required,
        shell_complete=_COMPLETERS.get(
            (operation.name, parameter.name), _COMPLETERS.get(("", parameter.name))
        ),
        help=_sentence(parameter.meaning) + (" May be repeated." if repeated else ""),
    )


def _type(parameter: Parameter) -> Any:
    if parameter.choices:
        return click.Choice(parameter.choices)
    if "array" in parameter.types:
        return _SCALARS[parameter.items[0]] if parameter.items else JsonType(only_objects=False)
    if "object" in parameter.types:
        return JsonType(only_objects=True)
    return _SCALARS[parameter.types[0]]


def _sentence(meaning: str) -> str:
    return meaning[0].upper() + meaning[1:] + "."


def _build() -> None:
    for operation in OPERATIONS:
        group: click.Group = ctl
        name, _, _ = operation.name.rpartition(".")
        if name:
            known = ctl.commands.get(name)
            group = known if isinstance(known, click.Group) else Group(name, no_args_is_help=True)
            group.help = inspect.getdoc(GROUPS[operation.attribute.partition(".")[0]])
            ctl.add_command(group)
        group.add_command(_command(operation))


_build()
