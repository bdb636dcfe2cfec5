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

Of serviceMarket.invokeService, a fixture is one of any document that the market has, and the fields are plain values by
their names there, beside ocr_type (a number, or a name such as idcard), or the object itself: {idcard_res: {...}}.
"""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING, Any, cast, get_args

from cloudbase_ocr.answers.checks import FixtureError, check_plain, check_reply, told
from cloudbase_ocr.answers.conditions import check_placeholders
from cloudbase_ocr.answers.fixtures import NAME
from cloudbase_ocr.answers.market import Market
from cloudbase_ocr.answers.scenarios import After, Scenario, Step
from cloudbase_ocr.answers.yaml_files import read_list, told_of
from cloudbase_ocr.core.methods import UnknownMethodError, find_call
from wxcloud.contract import ERRORS, OBSERVED
from wxcloud.errorcodes import MARKET_ERRORS
from wxcloud.service_market import DOCUMENTS, INVOKE_SERVICE, by_result, document_of, document_of_method

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable
    from pathlib import Path

    from wxcloud.contract import Method
    from wxcloud.service_market import Document

AFTER: tuple[str, ...] = get_args(After)
MAX_STEPS = 10_000

_OCR_TYPE = ("ocr_type", "ocrType")
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
        method = find_call(_text(entry, "method", where))
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


def changed_data(changes: dict[str, Any], outside: Any, where: str) -> dict[str, Any]:
    """Return the object in `data` of the service market: an example with fields changed, or one that is whole.

    Raises:
        FixtureError: a change does not follow the contract, or it is not clear which document is meant.
    """
    if len(changes) == 1 and by_result(key := next(iter(changes))) and isinstance(changes[key], dict):
        check_plain(changes[key], f"{where}: reply.{key}")
        return changes
    named = [changes[name] for name in _OCR_TYPE if name in changes]
    fields = {name: value for name, value in changes.items() if name not in _OCR_TYPE}
    document = document_of(named[0]) if named else _document_with(fields)
    if document is None:
        types = ", ".join(f"{known.ocr_type} ({known.method.cloud_names[0]})" for known in DOCUMENTS)
        raise FixtureError(f"{where}: reply.ocr_type: say which document it is; there are {types}")
    if "type" in document.unread and fields.get("type") == document.unread["type"]:
        return Market().unread(document)
    back = {document.name_of(field.name): field.name for field in document.method.fields}
    own = {field.name for field in document.own}
    theirs = {back.get(name, name): value for name, value in fields.items() if name not in own}
    if document.method.sides and isinstance(side := theirs.get("type"), int) and 0 <= side <= 1:
        theirs["type"] = document.method.sides[side]
    found = Market().success(document, changed_example(document.method, theirs, outside, where))
    for name in own & fields.keys():
        value = fields[name]
        found[document.result][name] = {"text": value} if isinstance(value, str) else value
    return found


def _document_with(fields: dict[str, Any]) -> Document | None:
    """Return the only document that has all of these fields, or None."""
    having = [one for one in DOCUMENTS if fields.keys() <= {field.name for field in one.fields}]
    return having[0] if len(having) == 1 else None


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
    market = method is INVOKE_SERVICE
    if isinstance(answer, dict):
        change = changed_data if market else partial(changed_example, method)
        check_placeholders(answer, f"{where}: reply")
        return Step(reply=change(answer, outside, where)) if answer or not market else Step()
    if isinstance(answer, int) and not isinstance(answer, bool):
        if answer == 0 or not (answer in ERRORS or (market and answer in MARKET_ERRORS)):
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
        known = ", ".join(sorted(name for name in fixtures if _answers(method, name)))
        if answer not in fixtures or not _answers(method, answer):
            raise FixtureError(f"{where}: {answer!r} is no fixture of {method.key}; there are {known}")
        return Step(fixture=answer)
    raise FixtureError(
        f"{where}: {told(answer)} is no answer; write an error code, success, normal, the name of a fixture "
        "or the fields of a reply"
    )


def _answers(method: Method, fixture: str) -> bool:
    key = fixture.partition("/")[0]
    return document_of_method(key) is not None if method is INVOKE_SERVICE else key == method.key


def _text(entry: dict[str, Any], key: str, where: str) -> str:
    value = entry.get(key)
    if not isinstance(value, str) or not value.strip():
        raise FixtureError(f"{where}: {key}: must be a text, and is {told(value)}")
    return value
