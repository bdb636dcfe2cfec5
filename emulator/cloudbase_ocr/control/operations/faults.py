"""Operations on faults."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, TypedDict, cast

from cloudbase_ocr.control.operation import ControlError, NotThereError, operation, parameters_of
from cloudbase_ocr.state.faults import KINDS, Fault, FaultError
from cloudbase_ocr.state.faults.kinds import REQUIRED, SURFACES

if TYPE_CHECKING:
    from cloudbase_ocr.control.operation import Parameter
    from cloudbase_ocr.state.emulator import Emulator

_OPTIONAL_TYPE = "errcode when an errcode is given"


class FaultState(TypedDict, total=False):
    """A fault in force: its `id`, what it is and whom it meets, and how many calls matched and were hit."""

    id: str
    type: str
    surface: str
    method: str
    function: str
    appid: str
    nth: list[int]
    times: int
    probability: float
    seed: int
    errcode: int
    errmsg: str
    ms: float
    jitter_ms: float
    bytes: int
    status: int
    content_type: str
    code: str
    matched: int
    hits: int
    spent: bool


class FaultParameter(TypedDict):
    """A parameter that a type of fault takes of its own: JSON type, default (null: none), and what it means."""

    name: str
    type: str
    required: bool
    default: str | float | None
    meaning: str


class FaultType(TypedDict):
    """A type of fault: what it does, on which surfaces, and the parameters of its own."""

    type: str
    meaning: str
    surfaces: list[str]
    parameters: list[FaultParameter]


class FaultTypes(TypedDict):
    """Every type of fault, and the parameters that all of them take."""

    types: list[FaultType]
    parameters: list[FaultParameter]


class FaultList(TypedDict):
    """Faults in the order in which they were added."""

    faults: list[FaultState]


class Removed(TypedDict):
    """How many were removed."""

    removed: int


class FaultsControl:
    """Lets things go wrong."""

    def __init__(self, emulator: Emulator) -> None:
        """Control the faults of `emulator`."""
        self._faults = emulator.faults

    @operation(
        "fault.add",
        "POST",
        "faults",
        type=f"one of {', '.join(KINDS)}; by default {_OPTIONAL_TYPE}",
        surface=f"where: {', '.join(SURFACES)}; by default the one that the other parameters suggest",
        method="a cloud call (ocr.idcard) or a path that may hold * (/cgi-bin/*); by default all of the surface",
        function="a function's name, which may hold *",
        appid="only calls of this account",
        nth="only these of the calls that match, counted from 1",
        times="so many hits, then the fault is spent; by default until it is removed",
        probability="how likely a hit is, above 0 and at most 1",
        seed="starts the dice, so that runs repeat; by default a seed is drawn and shown",
        errcode="type errcode: the error code",
        errmsg="type errcode: a text in place of the contract's",
        ms="milliseconds: of latency, timeout, drip and cold_start",
        jitter_ms="types latency and cold_start: give or take up to so many milliseconds",
        bytes="type truncated: bytes that arrive, by default half of them",
        status="types html and cos_error: the HTTP status",
        content_type="type content_type: what the answer claims to be, by default text/html",
        code="type cos_error: the object store's code, by default SlowDown",
    )
    def add(
        self,
        type: str | None = None,  # noqa: A002 - the name of the parameter in JSON
        *,
        surface: str | None = None,
        method: str | None = None,
        function: str | None = None,
        appid: str | None = None,
        nth: list[int] | None = None,
        times: int | None = None,
        probability: float = 1.0,
        seed: int | None = None,
        errcode: int | None = None,
        errmsg: str | None = None,
        ms: float | None = None,
        jitter_ms: float | None = None,
        bytes: int | None = None,  # noqa: A002 - as above
        status: int | None = None,
        content_type: str | None = None,
        code: str | None = None,
    ) -> FaultState:
        """Let something go wrong.

        Faults combine, in the order in which they were added; of those that end a call the first one counts, and
        later ones wait for their turn.

        Raises:
            ControlError: the fault makes no sense; the message names the parameter.
        """
        fault = Fault(
            type=type or "",
            surface=surface or "",
            method=method,
            function=function,
            appid=appid,
            nth=tuple(nth or ()),
            times=times,
            probability=probability,
            seed=seed,
            errcode=errcode,
            errmsg=errmsg,
            ms=ms,
            jitter_ms=jitter_ms,
            bytes=bytes,
            status=status,
            content_type=content_type,
            code=code,
        )
        try:
            return _state(self._faults.add(fault).to_dict())
        except FaultError as error:
            raise ControlError(str(error)) from error

    @operation("fault.types", "GET", "faults/types")
    def types(self) -> FaultTypes:
        """Tell which types of faults there are, and what each takes."""
        known = {parameter.name: parameter for parameter in parameters_of(FaultsControl.add)}
        of_types = {name for kind in KINDS.values() for name in kind.options}
        common = [parameter for name, parameter in known.items() if name not in of_types and name != "type"]
        return {
            "types": [
                {
                    "type": kind.name,
                    "meaning": kind.meaning,
                    "surfaces": [*kind.surfaces],
                    "parameters": [_parameter(known[name], value) for name, value in kind.options.items()],
                }
                for kind in KINDS.values()
            ],
            "parameters": [_parameter(parameter, parameter.default) for parameter in common],
        }

    @operation("fault.list", "GET", "faults", appid="only those for this account")
    def list(self, appid: str | None = None) -> FaultList:
        """Tell which faults there are, and how often each has hit."""
        return {
            "faults": [
                _state(rule.to_dict()) for rule in self._faults.all if appid in (None, rule.fault.appid)
            ]
        }

    @operation("fault.remove", "DELETE", "faults/{id}", id="the fault's id, as fault.add gave it")
    def remove(self, id: str) -> FaultState:  # noqa: A002 - as above
        """Remove one fault; who is held by it is let go.

        Raises:
            NotThereError: there is none of this id.
        """
        rule = self._faults.remove(id)
        if rule is None:
            raise NotThereError(f"there is no fault {id[:80]!r}; fault.list shows which there are")
        return _state(rule.to_dict())

    @operation("fault.clear", "DELETE", "faults", appid="only those for this account; by default all")
    def clear(self, appid: str | None = None) -> Removed:
        """Remove all faults."""
        return {"removed": self._faults.reset(appid)}


def _state(values: dict[str, Any]) -> FaultState:
    return cast("FaultState", values)


def _parameter(parameter: Parameter, default: Any) -> FaultParameter:
    return {
        "name": parameter.name,
        "type": parameter.types[0],
        "required": default is REQUIRED,
        "default": None if default is REQUIRED else default,
        "meaning": parameter.meaning,
    }
