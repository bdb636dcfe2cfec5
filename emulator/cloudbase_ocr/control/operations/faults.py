"""Operations on faults."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from cloudbase_ocr.control.operation import (
    ControlError,
    NotThereError,
    operation,
    operation_of,
    parameters_of,
)
from cloudbase_ocr.state.faults import KINDS, Fault, FaultError, FaultState
from cloudbase_ocr.state.faults.kinds import REQUIRED
from cloudbase_ocr.state.faults.rule import OPTIONS

if TYPE_CHECKING:
    from cloudbase_ocr.control.operation import Parameter
    from cloudbase_ocr.state.emulator import Emulator

_TYPE = "type"


@dataclass(frozen=True)
class FaultParameter:
    """A parameter that a type of fault takes of its own: JSON type, default (null: none), and what it means."""

    name: str
    type: str
    required: bool
    default: str | float | None
    meaning: str


@dataclass(frozen=True)
class FaultType:
    """A type of fault: what it does, on which surfaces, and the parameters of its own."""

    type: str
    meaning: str
    surfaces: list[str]
    parameters: list[FaultParameter]


@dataclass(frozen=True)
class FaultTypes:
    """Every type of fault, and the parameters that all of them take."""

    types: list[FaultType]
    parameters: list[FaultParameter]


@dataclass(frozen=True)
class FaultList:
    """Faults in the order in which they were added."""

    faults: list[FaultState]


@dataclass(frozen=True)
class Removed:
    """How many were removed."""

    removed: int


class FaultsControl:
    """Lets things go wrong."""

    def __init__(self, emulator: Emulator) -> None:
        """Control the faults of `emulator`."""
        self._faults = emulator.faults

    @operation_of("fault.add", "POST", "faults", Fault)
    def add(self, fault: Fault) -> FaultState:
        """Let something go wrong.

        Faults combine, in the order in which they were added; of those that end a call the first one counts, and
        later ones wait for their turn.

        Raises:
            ControlError: the fault makes no sense; the message names the parameter.
        """
        try:
            return self._faults.add(fault).state
        except FaultError as error:
            raise ControlError(str(error)) from error

    @operation("fault.types", "GET", "faults/types")
    def types(self) -> FaultTypes:
        """Tell which types of faults there are, and what each takes."""
        known = {parameter.name: parameter for parameter in parameters_of(FaultsControl.add)}
        return FaultTypes(
            [
                FaultType(
                    kind.name,
                    kind.meaning,
                    [*kind.surfaces],
                    [_parameter(known[name], value) for name, value in kind.options.items()],
                )
                for kind in KINDS.values()
            ],
            [
                _parameter(parameter, parameter.default)
                for name, parameter in known.items()
                if name not in OPTIONS and name != _TYPE
            ],
        )

    @operation("fault.list", "GET", "faults", appid="only those for this account")
    def list(self, appid: str | None = None) -> FaultList:
        """Tell which faults there are, and how often each has hit."""
        return FaultList([rule.state for rule in self._faults.all if appid in (None, rule.fault.appid)])

    @operation("fault.remove", "DELETE", "faults/{id}", id="the fault's id, as fault.add gave it")
    def remove(self, id: str) -> FaultState:  # noqa: A002 - its name on the wire
        """Remove one fault; calls that it holds back continue.

        Raises:
            NotThereError: there is none of this id.
        """
        rule = self._faults.remove(id)
        if rule is None:
            raise NotThereError(f"there is no fault {id[:80]!r}; fault.list shows which there are")
        return rule.state

    @operation("fault.clear", "DELETE", "faults", appid="only those for this account; by default all")
    def clear(self, appid: str | None = None) -> Removed:
        """Remove all faults."""
        return Removed(self._faults.reset(appid))


def _parameter(parameter: Parameter, default: Any) -> FaultParameter:
    required = default is REQUIRED
    return FaultParameter(
        parameter.name, parameter.types[0], required, None if required else default, parameter.meaning
    )
