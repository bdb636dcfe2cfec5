"""Makes fixtures and scenarios of what the journal saw, in the form of their files."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import yaml

from cloudbase_ocr.answers.magic import SCHEME
from cloudbase_ocr.control.operation import ControlError
from cloudbase_ocr.core.methods import find_method
from cloudbase_ocr.core.redact import cleaned, masked
from cloudbase_ocr.journal.entries import Entry, walk
from cloudbase_ocr.journal.kept import url_key
from wxcloud.contract import ERRORS, METHODS

if TYPE_CHECKING:
    from collections.abc import Iterable

    from cloudbase_ocr.journal.kept import Kept
    from wxcloud.contract import Method

MASKED = "# What was read is masked; with personal_data=true it is not.\n"
CLEANED = "# Secrets in addresses are written as ***: put them back where they have to match.\n"

_SHOWN = 12
_NAME = str.maketrans(dict.fromkeys("/ :", "-"))


def ocr_calls(entry: Entry) -> list[Entry]:
    """Return the answered OCR calls of an entry and of what is below it, in their order."""
    return [one for one in walk(entry) if one.call is not None and _key(one)]


def method_of(entry: Entry) -> Method:
    """Return the OCR method of such an entry."""
    return find_method(_key(entry))


def fixture_of(entry: Entry, name: str | None, kept: Kept) -> dict[str, Any]:
    """Return a fixture, as a file has it, that answers this picture or URL as the call was answered.

    Raises:
        ControlError: the call failed with a code that no fixture can give.
    """
    method, trace = method_of(entry), entry.trace
    if name is not None and "/" in name and not name.startswith(method.key + "/"):
        raise ControlError(
            f"name: must have the form {method.key}/<variant>, because {method.key} was called"
        )
    match = _match(entry, kept)
    variant = name or (
        trace.sha256[:_SHOWN] if trace.sha256 else f"journal-{entry.id.translate(_NAME).lower()}"
    )
    fixture: dict[str, Any] = {
        "name": variant if "/" in variant else f"{method.key}/{variant}",
        "method": method.key,
        "provenance": "written",
        "reference": f"journal entry {entry.id}",
    }
    if match:
        fixture["match"] = match
    key, value = _answer(entry)
    fixture[key] = value
    return fixture


def scenarios_of(
    entries: Iterable[Entry], name: str | None, after: str, appid: str | None
) -> list[dict[str, Any]]:
    """Return one scenario for each method, as a file has them, that gives the answers of these calls in their order.

    Raises:
        ControlError: a call failed with a code that no scenario can give.
    """
    found: dict[str, dict[str, Any]] = {}
    for entry in entries:
        method = method_of(entry)
        scenario = found.setdefault(
            method.key,
            {
                "name": name or f"journal-{entry.id}",
                "method": method.permission,
                "answers": [],
                "after": after,
                **({} if appid is None else {"appid": appid}),
            },
        )
        scenario["answers"].append(_step(entry, method))
    return list(found.values())


def as_yaml(entries: list[dict[str, Any]], *, personal: bool) -> str:
    """Return entries as the text of a file, without secrets; what was read is masked unless `personal`."""
    shown = [_cleaned(entry) for entry in entries] if personal else [_masked(entry) for entry in entries]
    text: str = yaml.safe_dump(shown, allow_unicode=True, sort_keys=False, width=120)
    if not personal:
        return MASKED + text
    return text if shown == entries else CLEANED + text


def _cleaned(entry: dict[str, Any]) -> dict[str, Any]:
    """Leave passwords and signatures out of the address that a fixture is for: the file may be shared."""
    url = entry.get("match", {}).get("url")
    return {**entry, "match": {"url": cleaned(url)}} if url else entry


def _masked(entry: dict[str, Any]) -> dict[str, Any]:
    answers = {key: masked(value) for key, value in entry.items() if key == "reply"}
    if "answers" in entry:
        answers["answers"] = [masked(one) if isinstance(one, dict) else one for one in entry["answers"]]
    if url := entry.get("match", {}).get("url"):
        answers["match"] = {"url": masked(url)}
    return {**entry, **answers}


def _answer(entry: Entry) -> tuple[str, Any]:
    code, fields = entry.code, entry.trace.fields
    if fields is not None and code in (0, "0"):
        return "reply", fields
    if isinstance(code, int) and code != 0 and code in ERRORS:
        return "error", code
    raise ControlError(
        f"{entry.id}: was answered with code {code!r}, which is no answer of the contract; a fault can give it again"
    )


def _step(entry: Entry, method: Method) -> Any:
    key, value = _answer(entry)
    if key == "error":
        return value
    # What the example has and this answer had not is left out.
    absent = {field.name: None for field in method.reply_fields(value.get("type")) if field.name not in value}
    return {**value, **absent}


def _key(entry: Entry) -> str:
    """Return the key of the OCR method that was called, "" when none was; a refused token is refused before."""
    return entry.trace.method or next((method.key for method in METHODS if method.path == entry.name), "")


def _match(entry: Entry, kept: Kept) -> dict[str, str]:
    if entry.trace.sha256:
        return {"sha256": entry.trace.sha256}
    url = (kept.get(url_key(entry)) or b"").decode()
    return {"url": url} if url and not url.startswith(SCHEME) else {}
