"""Operations of the control side: the methods of `Control`, each with a name, a route and what its parameters mean.

A method is declared once, with ``@operation``. Types and defaults come from its signature, its summary from its
docstring; with ``@operation_of`` the signature is that of a dataclass. The routes under ``/_emulator/``, their OpenAPI
document and ``cloudbase-ocr ctl`` are made from this.
"""

from __future__ import annotations

import inspect
import types
import typing
from collections.abc import Callable, Sequence
from dataclasses import dataclass, fields
from functools import wraps
from operator import attrgetter
from typing import TYPE_CHECKING, Any, Concatenate, Literal, ParamSpec, TypeVar, Union

from cloudbase_ocr.core.methods import UnknownMethodError, find_method

if TYPE_CHECKING:
    from collections.abc import Mapping

    from wxcloud.contract import Method

Function = TypeVar("Function", bound="Callable[..., Any]")
Owner = TypeVar("Owner")
Options = ParamSpec("Options")
Made = TypeVar("Made")
Answer = TypeVar("Answer")

_ATTRIBUTE = "__operation__"
_TYPES: dict[Any, str] = {
    str: "string",
    int: "integer",
    float: "number",
    bool: "boolean",
    list: "array",
    Sequence: "array",
    dict: "object",
}
_ARRAYS = (list, Sequence)
_NOTHING: tuple[Any, ...] = ("", ())
"""Defaults that say no more than None does."""
_TRUTHS = {"true": True, "false": False}
_ACCEPTED: dict[str, tuple[type, ...]] = {
    "string": (str,),
    "integer": (int,),
    "number": (int, float),
    "boolean": (bool,),
    "array": (list, tuple),
    "object": (dict,),
}


class ControlError(ValueError):
    """A call of the control side is wrong; the message says what, why, and what to do."""


class NotThereError(ControlError):
    """What the call names does not exist."""


@dataclass(frozen=True)
class Parameter:
    """One parameter; `types` are JSON's names (empty: any value), `items` those of an array's items."""

    name: str
    types: tuple[str, ...]
    meaning: str
    required: bool
    default: Any = None
    items: tuple[str, ...] = ()
    choices: tuple[str, ...] = ()
    in_path: bool = False

    @property
    def schema(self) -> dict[str, Any]:
        """The parameter as a JSON schema."""
        schema: dict[str, Any] = {"description": self.meaning}
        if self.types:
            schema["type"] = self.types[0] if len(self.types) == 1 else list(self.types)
        if "array" in self.types:
            schema["items"] = {"type": self.items[0]} if self.items else {}
        if self.choices:
            schema["enum"] = list(self.choices)
        if self.default is not None:
            schema["default"] = self.default
        return schema

    def check(self, value: Any) -> Any:
        """Return `value` if it has the right type.

        Raises:
            ControlError: it has not; the message names parameter and type.
        """
        if value is None and not self.required:
            return None
        _check_type(value, self.types, self.name)
        if self.items and "array" in self.types:
            for number, item in enumerate(value):
                _check_type(item, self.items, f"{self.name}[{number}]")
        if self.choices and value not in self.choices:
            raise ControlError(f"{self.name}: {value!r} is none of {', '.join(self.choices)}")
        return value

    def read(self, texts: list[str]) -> Any:
        """Return the value that a query's texts stand for.

        Raises:
            ControlError: they stand for none.
        """
        if "array" in self.types:
            return [_from_text(text, self.items, self.name) for text in texts]
        return _from_text(texts[-1], self.types, self.name)


@dataclass(frozen=True)
class Operation:
    """One operation: ``clock.advance`` is ``POST /_emulator/clock/advance`` and ``ctl clock advance``."""

    name: str
    method: str
    path: str
    summary: str
    details: str
    parameters: tuple[Parameter, ...]
    returns: Any
    attribute: str

    def call(self, control: Any, arguments: Mapping[str, Any]) -> Any:
        """Call the operation on a `Control`.

        Raises:
            ControlError: an argument is missing, unknown, or of the wrong type, or makes no sense.
        """
        known = {parameter.name: parameter for parameter in self.parameters}
        for name in arguments:
            if name not in known:
                takes = ", ".join(known) or "no parameters"
                raise ControlError(f"{name[:80]}: {self.name} has no such parameter; it takes {takes}")
        checked = {name: known[name].check(value) for name, value in arguments.items()}
        for parameter in self.parameters:
            if parameter.required and parameter.name not in checked:
                raise ControlError(f"{parameter.name}: missing; {parameter.meaning}")
        given = {name: value for name, value in checked.items() if value is not None}
        return attrgetter(self.attribute)(control)(**given)


def operation(name: str, method: str, path: str, /, **meanings: str) -> Callable[[Function], Function]:
    """Declare a method of `Control` as an operation; `meanings` has one sentence for each of its parameters.

    A parameter whose name stands in `path` in braces is part of the path.
    """

    def declare(function: Function) -> Function:
        setattr(function, _ATTRIBUTE, (name, method, path, meanings))
        return function

    return declare


def operation_of(
    name: str, method: str, path: str, /, options: Callable[Options, Made]
) -> Callable[[Callable[[Owner, Made], Answer]], Callable[Concatenate[Owner, Options], Answer]]:
    """Declare a method that takes one object of the dataclass `options` as an operation that takes its fields.

    The operation's signature is that of the dataclass, for people and type checkers too; what a field means is its
    ``metadata["help"]``.
    """
    made: Any = options
    meanings = {field.name: field.metadata["help"] for field in fields(made)}

    def declare(function: Callable[[Owner, Made], Answer]) -> Callable[Concatenate[Owner, Options], Answer]:
        @wraps(function)
        def call(owner: Owner, /, *arguments: Options.args, **named: Options.kwargs) -> Answer:
            return function(owner, options(*arguments, **named))

        described: Any = call
        signature = inspect.signature(options)
        owned = inspect.Parameter("self", inspect.Parameter.POSITIONAL_ONLY)
        described.__signature__ = signature.replace(parameters=[owned, *signature.parameters.values()])
        described.__annotations__ = {
            **typing.get_type_hints(made),
            "return": function.__annotations__["return"],
        }
        return operation(name, method, path, **meanings)(call)

    return declare


def wanted_method(name: str, where: str) -> Method:
    """Return the OCR method that a call names; `where` begins the message of an error.

    Raises:
        ControlError: there is none of this name.
    """
    try:
        return find_method(name)
    except UnknownMethodError as error:
        raise ControlError(f"{where}: {error}") from error


def collect(*groups: tuple[str, type]) -> tuple[Operation, ...]:
    """Return the operations of some classes, in the order of their definition; a group is (attribute, class).

    Raises:
        TypeError: an operation's meanings and its signature differ.
    """
    return tuple(
        _describe(f"{prefix}.{name}" if prefix else name, member)
        for prefix, owner in groups
        for name, member in vars(owner).items()
        if hasattr(member, _ATTRIBUTE)
    )


def parameters_of(function: Callable[..., Any]) -> tuple[Parameter, ...]:
    """Return the parameters of a method that is an operation."""
    return _describe("", function).parameters


def _describe(attribute: str, function: Callable[..., Any]) -> Operation:
    name, method, path, meanings = getattr(function, _ATTRIBUTE)
    hints = typing.get_type_hints(function)
    signature = [
        parameter
        for parameter in inspect.signature(function).parameters.values()
        if parameter.name != "self" and parameter.kind is not inspect.Parameter.VAR_KEYWORD
    ]
    if {parameter.name for parameter in signature} != set(meanings):
        raise TypeError(f"{name}: the meanings and the signature of {attribute} differ")
    summary, _, details = (inspect.getdoc(function) or "").partition("\n\n")
    return Operation(
        name,
        method,
        path,
        " ".join(summary.split()),
        details.partition("Raises:")[0].strip(),
        tuple(_parameter(item, hints[item.name], meanings[item.name], path) for item in signature),
        hints["return"],
        attribute,
    )


def _parameter(parameter: inspect.Parameter, hint: Any, meaning: str, path: str) -> Parameter:
    kinds = [kind for kind in _members(hint) if kind is not type(None)]
    choices: tuple[str, ...] = ()
    if typing.get_origin(kinds[0]) is Literal:
        kinds, choices = [str], typing.get_args(kinds[0])
    items = next((typing.get_args(kind) for kind in kinds if typing.get_origin(kind) in _ARRAYS), ())
    required = parameter.default is inspect.Parameter.empty
    return Parameter(
        parameter.name,
        tuple(_TYPES[typing.get_origin(kind) or kind] for kind in kinds if kind is not Any),
        meaning,
        required,
        None if required or parameter.default in _NOTHING else parameter.default,
        tuple(_TYPES[item] for item in items if item is not Any),
        choices,
        f"{{{parameter.name}}}" in path,
    )


def _members(hint: Any) -> tuple[Any, ...]:
    union = typing.get_origin(hint) in (Union, types.UnionType)
    return typing.get_args(hint) if union else (hint,)


def _check_type(value: Any, types_: tuple[str, ...], name: str) -> None:
    accepted = tuple(kind for type_ in types_ for kind in _ACCEPTED[type_])
    if accepted and (not isinstance(value, accepted) or (isinstance(value, bool) and bool not in accepted)):
        wanted = " or ".join(types_)
        raise ControlError(f"{name}: must be of type {wanted}, and is {type(value).__name__}")


def _from_text(text: str, types_: tuple[str, ...], name: str) -> Any:
    for kind, read in (("integer", int), ("number", float)):
        if kind in types_ and "string" not in types_:
            try:
                return read(text)
            except ValueError:
                raise ControlError(f"{name}: {text[:80]!r} is no {kind}") from None
    if types_ == ("boolean",) and text.lower() in _TRUTHS:
        return _TRUTHS[text.lower()]
    return text
