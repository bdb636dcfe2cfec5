"""What was read, and what it rests on: one field's value, or all fields of a document."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, NamedTuple

if TYPE_CHECKING:
    from collections.abc import Mapping

    from cloudbase_ocr.recognizer.evidence import Evidence
    from cloudbase_ocr.recognizer.image.geometry import Quad


class Resolved(NamedTuple):
    """The value of one field, empty when it cannot be told, and what it rests on."""

    value: str = ""
    evidence: Evidence | None = None


UNRESOLVED = Resolved()


@dataclass(frozen=True)
class Reading:
    """The fields of a document in the contract's order, and what each that was read from the pixels rests on.

    `sought` are the fields that may be read in another pass, each with the quad in the upright picture where its value
    must be, or None where it may be anywhere. Without it, each empty field is looked for anywhere.
    """

    fields: dict[str, Any]
    evidence: dict[str, Evidence] = field(default_factory=dict)
    sought: Mapping[str, Quad | None] | None = None

    @property
    def areas(self) -> list[Quad | None]:
        """Where another pass has to look; empty when there is no reason for one."""
        if self.sought is None:
            return [None for value in self.fields.values() if value == ""]
        return list(self.sought.values())

    @classmethod
    def of(cls, resolved: Mapping[str, Resolved]) -> Reading:
        """Take fields together that were resolved one by one."""
        fields: dict[str, Any] = {name: value for name, (value, _) in resolved.items()}
        return cls(
            fields, {name: each for name, (value, each) in resolved.items() if value and each is not None}
        )
