"""Fixtures as they are written: plain data for YAML, in block style, Chinese as it is, in a stable order."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import yaml

from cloudbase_ocr.answers.checks import FixtureError, check_reply

if TYPE_CHECKING:
    from cloudbase_ocr.answers import Fixture
    from wxcloud.contract import Method

Entry = dict[str, Any]

_WIDTH = 100_000  # no line is folded, so that a changed value is one changed line


class _Dumper(yaml.SafeDumper):
    """Indents lists below their key, and writes equal values twice instead of as anchors."""

    def increase_indent(self, flow: bool = False, indentless: bool = False) -> None:  # noqa: ARG002 - PyYAML's signature
        super().increase_indent(flow, False)

    def ignore_aliases(self, data: Any) -> bool:  # noqa: ARG002 - PyYAML's signature
        return True


def entry_of(fixture: Fixture) -> Entry:
    """Return a fixture as an entry of a file; `load_file` gives the same fixture back."""
    entry: Entry = {
        "name": fixture.name,
        "method": fixture.method.key,
        "provenance": fixture.provenance,
        "reference": fixture.reference,
    }
    if fixture.match:
        entry["match"] = dict(fixture.match)
    if fixture.reply is None:
        return {**entry, "error": fixture.error}
    entry["reply"] = {"errcode": 0, "errmsg": "ok", **fixture.reply}
    outside = outside_fields(fixture.method, fixture.reply)
    return {**entry, "outside": outside} if outside else entry


def outside_fields(method: Method, reply: dict[str, Any]) -> list[str]:
    """Return the fields of a reply that the contract does not have, or has with another type."""
    return [name for name, value in reply.items() if not _fits(method, name, value)]


def dump(entry: Entry) -> str:
    """Return one entry as YAML text, an item of a list."""
    return yaml.dump([entry], Dumper=_Dumper, allow_unicode=True, sort_keys=False, width=_WIDTH)


def _fits(method: Method, name: str, value: Any) -> bool:
    try:
        check_reply(method, {name: value}, [], "")
    except FixtureError:
        return False
    return True
