"""Which of the known fields a reply carries: what is documented, what was observed, what could not be read."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from wxcloud.contract import OBSERVED

if TYPE_CHECKING:
    from cloudbase_ocr.settings import Settings
    from wxcloud.contract import Method


@dataclass(frozen=True)
class Shape:
    """How replies look; the defaults are those of the rulings.

    `profile`: ``observed`` or ``documented`` (R4). `bankcard_id`: repeat the number of a bank card under `id`, as
    the documents' examples have it (R2). `omit_unread`: leave text fields out that could not be read, instead of
    sending them empty (R22).
    """

    profile: str = OBSERVED
    bankcard_id: bool = False
    omit_unread: bool = False

    @classmethod
    def of(cls, settings: Settings) -> Shape:
        """Return the shape that the settings ask for."""
        return cls(settings.profile, settings.bankcard_id, settings.omit_unread)

    def apply(self, method: Method, fields: dict[str, Any]) -> dict[str, Any]:
        """Return the fields that go over the wire, in their order."""
        shown = fields
        if self.profile != OBSERVED:
            hidden = {field.name for field in method.fields if field.status == OBSERVED}
            shown = {name: value for name, value in shown.items() if name not in hidden}
        if self.omit_unread:
            shown = {name: value for name, value in shown.items() if value != ""}
        if self.bankcard_id and method.key == "bankcard" and "number" in shown:
            shown = {**shown, "id": shown["number"]}
        return shown
