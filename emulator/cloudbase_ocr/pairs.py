"""Settings that are written NAME:SECRET, one for each account or key."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable


def parse_pairs(pairs: Iterable[str], what: str, form: str) -> dict[str, str]:
    """Return the secrets by name; a secret may hold colons.

    Raises:
        ValueError: a text has no colon, or one side is empty; `what` it is and its `form` stand in the message.
    """
    secrets = {}
    for pair in pairs:
        name, colon, secret = pair.partition(":")
        if not (name and colon and secret):
            raise ValueError(f"{what} is written {form}")
        secrets[name] = secret
    return secrets
