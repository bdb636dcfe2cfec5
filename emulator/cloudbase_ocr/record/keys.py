"""The keys of recordings: kept on the machine that records, never beside what they hide.

A recording names its key by an ID, which is derived from the key and tells nothing about it. With the key, later
recordings of the same person agree with earlier ones, and guesses of an original can be tested; without it neither
can. Whoever wants no way back deletes the key's file.
"""

from __future__ import annotations

import hashlib
import hmac
import secrets
from dataclasses import dataclass
from typing import TYPE_CHECKING

from cloudbase_ocr.core.atomic import write_atomically

if TYPE_CHECKING:
    from pathlib import Path

_BYTES = 32
_ID_CHARACTERS = 12


@dataclass(frozen=True)
class Key:
    """A key and its ID. `stored` is False when it could not be kept: it ends with the process then."""

    secret: bytes
    stored: bool = True

    @property
    def id(self) -> str:
        """The name by which a recording refers to the key."""
        return hmac.new(self.secret, b"key id", hashlib.sha256).hexdigest()[:_ID_CHARACTERS]


class KeyRing:
    """A folder of keys, one file for each, readable by its owner only."""

    def __init__(self, folder: Path) -> None:
        """Keep keys in `folder`; it is made when the first key is."""
        self._folder = folder

    def find(self, key_id: str) -> Key | None:
        """Return the key with this ID, or None when this machine does not have it."""
        try:
            key = Key(bytes.fromhex((self._folder / key_id).read_text(encoding="ascii").strip()))
        except (OSError, ValueError):
            return None
        return key if key.id == key_id else None

    def create(self) -> Key:
        """Make a key and keep it, if the folder can be written."""
        key = Key(secrets.token_bytes(_BYTES))
        try:
            self._folder.mkdir(parents=True, exist_ok=True, mode=0o700)
            write_atomically(self._folder / key.id, key.secret.hex().encode() + b"\n", private=True)
        except OSError:
            return Key(key.secret, stored=False)
        return key
