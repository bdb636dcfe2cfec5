"""Scenarios as YAML that a person can read, checked as strictly as fixtures.

A file is a list of scenarios. Each has

    name     what it is called; unique in the file
    method   the cloud call, such as ocr.idcard, or the last part of its path
    answers  the list, in order; see below
    after    optional: what follows the last answer: normal (the default), last or repeat
    appid    optional: only for this account; without it, each account goes through the list on its own
    outside  optional: fields of the answers that are not in the contract, on purpose

An answer is

    -1, 40001, ...   an errcode
    success          the documented example of the method
    normal           whatever the emulator answers by itself
    idcard/back      a fixture, by name
    {name: ...}      the example with these fields changed; null leaves a field out
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, cast, get_args

from cloudbase_ocr.answers.checks import FixtureError, check_reply, told
from cloudbase_ocr.answers.fixtures import NAME
from cloudbase_ocr.answers.scenarios import After, Scenario, Step
from cloudbase_ocr.answers.yaml_files import read_list, told_of
from cloudbase_ocr.core.methods import UnknownMethodError, find_method
from wxcloud.contract import ERRORS, OBSERVED

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable
    from pathlib import Path

    from wxcloud.contract import Method

AFTER: tuple[str, ...] = get_args(After)
MAX_STEPS = 10_000

_KEYS = frozenset({"name", "method", "answers", "after", "appid", "outside"})


def load_scenarios(paths: Iterable[Path], fixtures: Collection[str]) -> list[Scenario]:
    """Load every scenario of the given files and folders, in order; `fixtures` are the names that answers may use.

    Raises:
        FixtureError: a path does not exist, or a file does not follow the form above.
    """
    scenarios = []
    for place in paths:
        files = [place]
        if place.is_dir():
            files = sorted(path for path in place.iterdir() if path.suffix in (".yaml", ".yml"))
        for path in files:
            scenarios.extend(_load_file(path, fixtures))
    return scenarios


def read_scenario(entry: Any, fixtures: Collection[str], where: str = "scenario") -> Scenario:
    """Return the scenario that a mapping describes; `where` begins the message of an error.

    Raises:
        FixtureError: the mapping does not follow the form above.
    """
    if not isinstance(entry, dict):
        raise FixtureError(f"{where}: is not a mapping with name, method and answers")
    unknown = [str(key) for key in entry if key not in _KEYS]
    if unknown:
        raise FixtureError(f"{where}: {unknown[0]}: unknown key; known are {', '.join(sorted(_KEYS))}")
    try:
        method = find_method(_text(entry, "method", where))
    except UnknownMethodError as error:
        raise FixtureError(f"{where}: {error}") from error
    answers = entry.get("answers")
    if not isinstance(answers, list) or not answers:
        raise FixtureError(f"{where}: answers: must be a list with at least one answer")
    if len(answers) > MAX_STEPS:
        raise FixtureError(f"{where}: answers: at most {MAX_STEPS}; after: repeat begins the list again")
    after = entry.get("after", AFTER[0])
    if after not in AFTER:
        raise FixtureError(f"{where}: after: {told(after)} is none of {', '.join(AFTER)}")
    outside = entry.get("outside", [])
    return Scenario(
        name=_text(entry, "name", where),
        method=method,
        steps=tuple(
            _step(method, answer, outside, fixtures, f"{where}: answers[{number}]")
            for number, answer in enumerate(answers)
        ),
        appid=None if entry.get("appid") is None else _text(entry, "appid", where),
        after=cast("After", after),
    )


def changed_example(method: Method, changes: dict[str, Any], outside: Any, where: str) -> dict[str, Any]:
    """Return the example of a method with fields changed; null leaves a field out.

    The example is that of the side which `type` names, or which the changed fields belong to.

    Raises:
        FixtureError: a change does not follow the contract.
    """
    given = {name: value for name, value in changes.items() if value is not None}
    checked = check_reply(method, given, outside, where)
    sides = {field.name: field.side for field in method.fields if field.side is not None}
    side = changes.get("type") if changes.get("type") in method.sides else None
    if side is None:
        side = next((sides[name] for name in changes if name in sides), None)
    reply = {**method.example_reply(side, OBSERVED), **checked}
    for name in changes.keys() - given.keys():
        if name not in {field.name for field in method.fields}:
            raise FixtureError(f"{where}: reply.{name}: the contract of {method.key} has no such field")
        reply.pop(name, None)
    return check_reply(method, reply, outside, where)


def _load_file(path: Path, fixtures: Collection[str]) -> list[Scenario]:
    scenarios: dict[tuple[str, str | None], Scenario] = {}
    for number, entry in enumerate(read_list(path, "scenarios", "with '- name: ...'"), 1):
        name = entry.get("name") if isinstance(entry, dict) else None
        where = f"{path}: scenario {name if isinstance(name, str) else f'number {number}'}"
        with told_of(where):
            scenario = read_scenario(entry, fixtures, where)
        if scenario.identity in scenarios:
            raise FixtureError(f"{where}: name: there are two scenarios of this name")
        scenarios[scenario.identity] = scenario
    return list(scenarios.values())


def _step(method: Method, answer: Any, outside: Any, fixtures: Collection[str], where: str) -> Step:
    if isinstance(answer, dict):
        return Step(reply=changed_example(method, answer, outside, where))
    if isinstance(answer, int) and not isinstance(answer, bool):
        if answer not in ERRORS or answer == 0:
            raise FixtureError(
                f"{where}: {told(answer)} is not an error code of the contract; "
                "for a success write success, for any other code add a fault"
            )
        return Step(error=answer)
    if answer == "success":
        return Step()
    if answer == "normal":
        return Step(normal=True)
    if isinstance(answer, str) and NAME.fullmatch(answer):
        if answer not in fixtures or not answer.startswith(method.key + "/"):
            known = ", ".join(sorted(name for name in fixtures if name.startswith(method.key + "/")))
            raise FixtureError(f"{where}: {answer!r} is no fixture of {method.key}; there are {known}")
        return Step(fixture=answer)
    raise FixtureError(
        f"{where}: {told(answer)} is no answer; write an error code, success, normal, the name of a fixture "
        "or the fields of a reply"
    )


def _text(entry: dict[str, Any], key: str, where: str) -> str:
    value = entry.get(key)
    if not isinstance(value, str) or not value.strip():
        raise FixtureError(f"{where}: {key}: must be a text, and is {told(value)}")
    return value
