"""What the live service answers differently from a recording, field by field."""

from __future__ import annotations

import re
from dataclasses import replace
from typing import TYPE_CHECKING, Any

from cloudbase_ocr.record import dates
from cloudbase_ocr.record.scrub import PERSONAL
from cloudbase_ocr.record.values import narrow

if TYPE_CHECKING:
    from collections.abc import Iterator

    from cloudbase_ocr.answers import Fixture

Outcome = dict[str, Any] | int

_CODE = re.compile(r"(?<![0-9A-Za-z])(?=[A-Z]*[0-9])[0-9A-Z]{15,20}(?![0-9A-Za-z])")


def form(value: Any) -> Any:
    """Return the form of a value: 9 for digits, A and a for letters, 字 for Chinese characters.

    In a code of 15 to 20 characters (ID number, VIN, business licence) all count as digits: such codes have letters at
    some places in one number and digits there in the next, the check character first of all. Months and days count as
    two digits, whether a zero is written or not; full-width characters as ordinary ones. An invented value has the
    form of the one it stands for.
    """
    if isinstance(value, str):
        value = dates.DATE.sub(_two_digits_each, narrow(value))
        value = _CODE.sub(lambda code: "9" * len(code[0]), value)
        text = re.sub("[0-9]", "9", re.sub("[A-Z]", "A", re.sub("[a-z]", "a", value)))
        return re.sub(r"[^\W\d_A-Za-z]", "字", text)
    if isinstance(value, list):
        return [form(item) for item in value]
    if isinstance(value, dict):
        return {name: form(item) for name, item in value.items()}
    return value


def differences(fixture: Fixture, live: Outcome, *, show: bool) -> list[str]:
    """Return one line for each difference.

    `show` allows the values of personal fields in the lines; they are invented ones then.
    """
    recorded: Outcome = fixture.reply if fixture.reply is not None else fixture.error or -1
    if isinstance(recorded, int) or isinstance(live, int):
        return [] if recorded == live else [f"recorded {_outcome(recorded)}, live {_outcome(live)}"]
    personal = PERSONAL[fixture.method.key]
    known = {field.name for field in fixture.method.fields}
    lines = []
    for name in dict.fromkeys((*recorded, *live)):
        if name not in live:
            lines.append(f"{name}: recorded, and missing in the live answer")
        elif name not in recorded:
            lines.append(f"{name}: new in the live answer")
        elif recorded[name] != live[name]:
            may_show = show or (name in known and name not in personal)
            lines += _lines(name, recorded[name], live[name], may_show)
    return lines


def differences_of_form(fixture: Fixture, live: dict[str, Any]) -> list[str]:
    """Return one line for each difference, where personal data counts as equal when it has the same form."""
    shared = {field.name for field in fixture.method.fields} - set(PERSONAL[fixture.method.key])
    personal = {*live, *(fixture.reply or {})} - shared
    recorded = _formed(fixture.reply or {}, personal)
    return differences(replace(fixture, reply=recorded), _formed(live, personal), show=True)


def _two_digits_each(date: re.Match[str]) -> str:
    if date[2] is None:
        return date[0]
    return f"{date[1]}{date[2]}{date[3]:0>2}{date[4]}{date[5]:0>2}"


def _formed(fields: dict[str, Any], personal: set[str]) -> dict[str, Any]:
    return {name: form(value) if name in personal else value for name, value in fields.items()}


def _lines(name: str, recorded: Any, live: Any, show: bool) -> Iterator[str]:
    if not show:
        yield f"{name}: differs (values are personal data and not shown)"
    elif isinstance(recorded, (list, dict)) or isinstance(live, (list, dict)):
        yield f"{name}: differs at {', '.join(list(_places(recorded, live))[:3])}"
    else:
        yield f"{name}: recorded {recorded!r}, live {live!r}"


def _places(recorded: Any, live: Any, at: str = "") -> Iterator[str]:
    if isinstance(recorded, dict) and isinstance(live, dict):
        for name in dict.fromkeys((*recorded, *live)):
            yield from _places(recorded.get(name), live.get(name), f"{at}.{name}")
    elif isinstance(recorded, list) and isinstance(live, list) and len(recorded) == len(live):
        for number, (one, other) in enumerate(zip(recorded, live, strict=True)):
            yield from _places(one, other, f"{at}[{number}]")
    elif recorded != live:
        length = (
            f" ({len(recorded)} and {len(live)} items)"
            if isinstance(recorded, list) and isinstance(live, list)
            else ""
        )
        yield (at or "itself") + length


def _outcome(outcome: Outcome) -> str:
    return f"errcode {outcome}" if isinstance(outcome, int) else "a reply"
