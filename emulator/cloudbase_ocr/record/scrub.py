"""Which fields of a reply are personal data, and a reply with all of them replaced by invented values.

Kept are facts that many people share: sex, ethnic group, country, classes, masses, kinds of vehicle and enterprise,
positions. In them, too, numbers of six digits and more, dates, plates and the names of the same reply are replaced.
A field that the contract does not know counts as personal, and so does one that nobody has thought about.
"""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

from cloudbase_ocr.record import dates, numbers
from cloudbase_ocr.record.values import Values, narrow

if TYPE_CHECKING:
    import datetime
    from collections.abc import Callable, Iterator

    from wxcloud.contract import Method

# Method -> field -> how its value is invented: the name of a method of Values.
PERSONAL: dict[str, dict[str, str]] = {
    "idcard": {
        "name": "name",
        "id": "number",
        "addr": "address",
        "birth": "birth_date",
        "valid_date": "date",
        "authority": "organisation",
    },
    "bankcard": {"number": "card", "id": "card"},
    "driving": {
        "plate_num": "plate",
        "owner": "organisation",
        "addr": "address",
        "vin": "vehicle_number",
        "engine_num": "code",
        "register_date": "date",
        "issue_date": "date",
        "plate_num_b": "plate",
        "record": "code",
    },
    "drivinglicense": {
        "id_num": "number",
        "name": "name",
        "address": "address",
        "birth_date": "birth_date",
        "issue_date": "date",
        "valid_from": "date",
        "valid_to": "date",
        "official_seal": "organisation",
    },
    "bizlicense": {
        "reg_num": "licence",
        "serial": "code",
        "legal_representative": "name",
        "enterprise_name": "organisation",
        "address": "address",
        "valid_period": "date",
        "registered_date": "date",
    },
    "comm": {"items": "text"},
    "platenum": {"number": "plate"},
    "menu": {},
}
# What many people share, and what describes a vehicle, an enterprise or the picture. Each field of the contract is
# here or above.
SHARED = frozenset(
    {
        "business_scope",
        "car_class",
        "card_position_back",
        "card_position_front",
        "card_property",
        "cert_position",
        "content",
        "gender",
        "img_size",
        "model",
        "nationality",
        "overall_size",
        "paid_in_capital",
        "passengers_num",
        "prepare_quality",
        "registered_capital",
        "sex",
        "total_quality",
        "type",
        "type_of_enterprise",
        "type_of_organization",
        "use_character",
        "vehicle_type",
    }
)

_NAMES = frozenset({"name", "organisation"})
_SIX_DIGITS = 100_000


def scrub(method: Method, reply: dict[str, Any], key: bytes) -> dict[str, Any]:
    """Return a copy of a reply's business fields with personal data replaced; equal keys replace equally."""
    values = Values(key, _births(method, reply))
    kinds = PERSONAL[method.key]
    known = {field.name for field in method.fields}
    names = {
        narrow(value): getattr(values, kinds[field])(value)
        for field, value in reply.items()
        if kinds.get(field) in _NAMES and isinstance(value, str) and len(value) > 1
    }

    def kept(text: str) -> str:
        for name, invented in names.items():
            text = text.replace(name, invented)
        return values.public(text)

    scrubbed = {}
    for field, value in reply.items():
        invent: Callable[[str], str] = kept
        if field in kinds:
            invent = getattr(values, kinds[field])
        elif field not in known & SHARED:
            invent = values.text
        scrubbed[field] = _each(value, invent, numbers_too=field not in known)
    return scrubbed


def _each(value: Any, invent: Callable[[str], str], *, numbers_too: bool) -> Any:
    """Apply `invent` to every text inside `value`; `numbers_too`: to whole numbers of six digits as well."""
    if isinstance(value, str):
        return invent(narrow(value))
    if isinstance(value, list):
        return [_each(item, invent, numbers_too=numbers_too) for item in value]
    if isinstance(value, dict):
        return {name: _each(item, invent, numbers_too=numbers_too) for name, item in value.items()}
    if numbers_too and isinstance(value, (int, float)) and not isinstance(value, bool):
        return json.loads(invent(str(value))) if abs(value) >= _SIX_DIGITS else value
    return value


def _births(method: Method, reply: dict[str, Any]) -> frozenset[datetime.date]:
    """Return the dates of birth that a reply tells: in ID numbers, in fields, and in lines that say 出生."""
    found: set[datetime.date] = set()
    for field, value in reply.items():
        for text in map(narrow, _texts(value)):
            if PERSONAL[method.key].get(field) == "birth_date" or "出生" in text:
                found.update(dates.find(text))
            found.update(
                day
                for match in numbers.ID_NUMBER.finditer(text)
                if (day := dates.calendar_day(match[0][6:14])) is not None
            )
    return frozenset(found)


def _texts(value: Any) -> Iterator[str]:
    if isinstance(value, str):
        yield value
    elif isinstance(value, (list, dict)):
        for item in value.values() if isinstance(value, dict) else value:
            yield from _texts(item)
