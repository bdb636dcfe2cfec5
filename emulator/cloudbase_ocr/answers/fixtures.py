"""Fixtures: replies that are known beforehand, as YAML that a person can read.

A file is a list of fixtures. Each has

    name        <method>/<variant>, reachable as mock://<method>/<variant>
    method      key of the method: the last part of its path
    provenance  documented (printed by an official page), recorded (sent by the live service) or written (invented)
    reference   where it comes from
    match       optional: sha256 of the picture, or file (a picture beside the YAML), url, or name (of the upload), each
                of them by itself; and query, form (names with values, null: not there) and size (bytes of the picture),
                which have to hold as well
    reply       WeChat's reply as it is on the wire, or the name of a JSON file that holds it; texts of a written one
                may have values of the request (conditions.py); or
    error       an errcode
    outside     optional: fields of the reply that are not in the contract, on purpose

Everything is checked against the contract when it is loaded; a mistake is refused with file, fixture and field.
"""

from __future__ import annotations

import hashlib
import json
import re
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any

from cloudbase_ocr.answers.checks import FixtureError, check_reply, told
from cloudbase_ocr.answers.conditions import CONDITIONS, check_conditions, check_placeholders
from cloudbase_ocr.answers.yaml_files import MAX_FILE_BYTES, read_list, told_of
from wxcloud.contract import ERRORS, METHODS, Method, by_key

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

INCLUDED = Path(__file__).parent.parent / "fixtures"
WRITTEN = "written"
PROVENANCES = ("documented", "recorded", WRITTEN)

_KEYS = frozenset({"name", "method", "provenance", "reference", "match", "reply", "error", "outside"})
_FOUND_BY = ("sha256", "url", "name")
_MATCHES = frozenset({*_FOUND_BY, "file", *CONDITIONS})
NAME = re.compile(r"[a-z]+/[a-z0-9][a-z0-9._-]*")
_SHA256 = re.compile(r"[0-9a-f]{64}")


@dataclass(frozen=True)
class Fixture:
    """One known reply. `reply` holds the business fields only, in the contract's order; None for an error."""

    name: str
    method: Method
    provenance: str
    reference: str
    reply: dict[str, Any] | None
    error: int | None = None
    match: Mapping[str, Any] = field(default_factory=dict)

    @property
    def found_by(self) -> list[tuple[str, str]]:
        """What of a call finds the fixture, each by itself; conditions alone are one thing, too."""
        found = [(kind, self.match[kind]) for kind in _FOUND_BY if kind in self.match]
        return found or ([("", "")] if self.match else [])

    @property
    def is_template(self) -> bool:
        """Whether values of the request may stand in the reply: what others have sent is never changed."""
        return self.provenance == WRITTEN


def load_fixtures(places: Iterable[Path]) -> list[Fixture]:
    """Load every fixture of the given files and folders, in order.

    Raises:
        FixtureError: a place does not exist, or a file does not follow the contract.
    """
    fixtures = []
    for place in places:
        if place.is_dir():
            files = sorted(path for path in place.iterdir() if path.suffix in (".yaml", ".yml"))
        elif place.is_file():
            files = [place]
        else:
            raise FixtureError(f"{place}: there is no such file or folder of fixtures")
        for path in files:
            fixtures.extend(load_file(path))
    return fixtures


def load_file(path: Path) -> list[Fixture]:
    """Load the fixtures of one file.

    Raises:
        FixtureError: the file cannot be read, is not YAML, or does not follow the contract.
    """
    entries = read_list(path, "fixtures", "fixture with '- name: ...'")
    fixtures: dict[str, Fixture] = {}
    for number, entry in enumerate(entries, 1):
        name = entry.get("name") if isinstance(entry, dict) else None
        where = f"{path}: fixture {name if isinstance(name, str) else f'number {number}'}"
        with told_of(where):
            fixture = read_fixture(entry, where, path.parent)
        if fixture.name in fixtures:
            raise FixtureError(f"{where}: name: there are two fixtures of this name")
        fixtures[fixture.name] = fixture
    return list(fixtures.values())


def read_fixture(entry: Any, where: str, folder: Path) -> Fixture:
    """Return the fixture that a mapping describes; `where` begins the message of an error.

    Files are looked for in `folder`.

    Raises:
        FixtureError: the mapping does not follow the contract.
    """
    if not isinstance(entry, dict):
        raise FixtureError(f"{where}: is not a mapping with name, method, provenance, reference and reply")
    unknown = [str(key) for key in entry if key not in _KEYS]
    if unknown:
        raise FixtureError(f"{where}: {unknown[0]}: unknown key; known are {', '.join(sorted(_KEYS))}")
    method = by_key(_text(entry, "method", where))
    if method is None:
        known = ", ".join(method.key for method in METHODS)
        raise FixtureError(f"{where}: method: {entry['method']!r} is none of {known}")
    name = _text(entry, "name", where)
    if not NAME.fullmatch(name) or name.partition("/")[0] != method.key:
        raise FixtureError(f"{where}: name: must have the form {method.key}/<variant> in lower case")
    provenance = _text(entry, "provenance", where)
    if provenance not in PROVENANCES:
        raise FixtureError(f"{where}: provenance: {provenance!r} is none of {', '.join(PROVENANCES)}")
    if ("reply" in entry) == ("error" in entry):
        raise FixtureError(f"{where}: give either reply or error")
    reply = error = None
    if "reply" in entry:
        reply = check_reply(method, _reply(entry["reply"], where, folder), entry.get("outside", []), where)
    else:
        error = _error(entry["error"], where)
    reference = _text(entry, "reference", where)
    if provenance == WRITTEN:
        check_placeholders(reply, f"{where}: reply")
    return Fixture(
        name, method, provenance, reference, reply, error, _match(entry.get("match"), where, folder)
    )


def _text(entry: dict[str, Any], key: str, where: str) -> str:
    value = entry.get(key)
    if not isinstance(value, str) or not value.strip():
        raise FixtureError(f"{where}: {key}: must be a text, and is {told(value)}")
    return value


def _reply(reply: Any, where: str, folder: Path) -> Any:
    if not isinstance(reply, str):
        return reply
    try:
        if (folder / reply).stat().st_size > MAX_FILE_BYTES:
            raise ValueError(f"it has more than {MAX_FILE_BYTES} bytes")
        return json.loads((folder / reply).read_text(encoding="utf-8"))
    except (OSError, ValueError, RecursionError) as error:
        raise FixtureError(f"{where}: reply: {reply!r} is not the name of a JSON file: {error}") from error


def _error(code: Any, where: str) -> int:
    if not isinstance(code, int) or isinstance(code, bool) or code not in ERRORS or code == 0:
        raise FixtureError(f"{where}: error: {told(code)} is not an error code of the contract")
    return code


def _match(match: Any, where: str, folder: Path) -> dict[str, Any]:
    if match is None:
        return {}
    if not isinstance(match, dict) or not match:
        raise FixtureError(f"{where}: match: must be a mapping with {', '.join(sorted(_MATCHES))}")
    for key, value in match.items():
        if key not in _MATCHES:
            raise FixtureError(f"{where}: match.{key}: unknown; known are {', '.join(sorted(_MATCHES))}")
        if key not in CONDITIONS and (not isinstance(value, str) or not value):
            raise FixtureError(
                f"{where}: match.{key}: must be a text, and is {told(value)}; put it in quotes"
            )
    conditions = check_conditions(match, where)
    found = {key: value for key, value in match.items() if key not in CONDITIONS}
    if "file" in found:
        found["sha256"] = _hash(folder / found.pop("file"), where)
    found["sha256"] = found.get("sha256", "").lower()
    if found["sha256"] and not _SHA256.fullmatch(found["sha256"]):
        raise FixtureError(f"{where}: match.sha256: must be 64 hexadecimal digits")
    return {key: value for key, value in found.items() if value} | conditions


def _hash(path: Path, where: str) -> str:
    try:
        return hashlib.sha256(path.read_bytes()).hexdigest()
    except OSError as error:
        raise FixtureError(f"{where}: match.file: {path} cannot be read: {error.strerror}") from error
