"""Who may have a token: accounts of the settings, of a file that is watched, and those that were changed meanwhile.

A secret changes without a moment in which the programs that know the old one are refused: each account may have two.
"""

from __future__ import annotations

import hashlib
import hmac
import logging
import threading
from dataclasses import dataclass
from typing import TYPE_CHECKING, Protocol

from cloudbase_ocr.core.changes import Changes
from cloudbase_ocr.core.errors import WeChatError
from cloudbase_ocr.credentials import AccountsError, read_accounts

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from pathlib import Path

    from cloudbase_ocr.core.clock import Clock

MOST_SECRETS = 2
WATCH_SECONDS = 1.0
"""How often the file is looked at, at most."""

MAX_ID_LENGTH = 128

_logger = logging.getLogger("cloudbase_ocr.accounts")

Digests = tuple[str, ...]
"""Digests of the secrets of one account, the newest first; none: the account was removed."""


class AccountChanges(Protocol):
    """What was changed since the start, by appid. Thread-safe."""

    changes: Changes[str]
    """The appids that were changed."""

    def get(self, appid: str) -> tuple[Digests | None, bool]:
        """Return what was made of an account, None: nothing; and whether any account was changed."""

    def put(self, appid: str, digests: Digests | None) -> None:
        """Change an account; None: as the settings have it again."""

    def all(self) -> Mapping[str, Digests]:
        """Return every change."""


class MemoryAccountChanges:
    """Changes that one emulator knows."""

    def __init__(self) -> None:
        """Hold none yet."""
        self._digests: dict[str, Digests] = {}
        self.changes: Changes[str] = Changes()

    def get(self, appid: str) -> tuple[Digests | None, bool]:
        """See `AccountChanges`."""
        return self._digests.get(appid), bool(self._digests)

    def put(self, appid: str, digests: Digests | None) -> None:
        """See `AccountChanges`."""
        if digests is None:
            self._digests.pop(appid, None)
        else:
            self._digests[appid] = digests
        self.changes.note(appid)

    def all(self) -> Mapping[str, Digests]:
        """See `AccountChanges`."""
        return dict(self._digests)


@dataclass(frozen=True)
class AccountState:
    """One account, how many secrets are valid for it, and where they come from: ``settings``, ``file``, ``control``."""

    appid: str
    secrets: int
    origin: str


class AccountsFile:
    """Accounts in a file, read again when it changes. Thread-safe."""

    def __init__(self, path: Path, clock: Clock, least: int) -> None:
        """Read `path`, whose secrets have `least` characters or more.

        Raises:
            AccountsError: the file cannot be read, or a line is no account; the message names file and line.
        """
        self._path, self._clock, self._least = path, clock, least
        self._lock = threading.Lock()
        self._seen = self._mark()
        self._looked = clock.monotonic()
        self._digests = self._read()

    @property
    def digests(self) -> Mapping[str, Digests]:
        """The accounts; when the file is broken now, those that it had last, which is told once."""
        with self._lock:
            now = self._clock.monotonic()
            if now - self._looked >= WATCH_SECONDS:
                self._looked = now
                self._look()
            return self._digests

    def _look(self) -> None:
        mark = self._mark()
        if mark == self._seen:
            return
        self._seen = mark
        try:
            self._digests = self._read()
        except AccountsError as error:
            _logger.warning("%s. The accounts stay as they were", error)
        else:
            _logger.info("%s: read again, %d accounts", self._path, len(self._digests))

    def _mark(self) -> tuple[int, ...]:
        try:
            status = self._path.stat()
        except OSError:
            return ()
        return (status.st_ino, status.st_mtime_ns, status.st_size)

    def _read(self) -> dict[str, Digests]:
        try:
            text = self._path.read_text(encoding="utf-8")
        except (OSError, UnicodeDecodeError) as error:
            why = error.strerror if isinstance(error, OSError) else "it is not UTF-8"
            raise AccountsError(f"{self._path} cannot be read: {why}") from error
        found: dict[str, Digests] = {}
        for number, appid, secret in read_accounts(text, str(self._path), self._least):
            found[appid] = (*found.get(appid, ()), digest_of(appid, secret))
            if len(found[appid]) > MOST_SECRETS:
                raise AccountsError(
                    f"{self._path}, line {number}: {appid} has more than {MOST_SECRETS} secrets; "
                    "leave the oldest out"
                )
        return found


class Accounts:
    """Checks appids and secrets. Thread-safe."""

    def __init__(
        self,
        accounts: Mapping[str, str] | None = None,
        file: AccountsFile | None = None,
        changed: AccountChanges | None = None,
    ) -> None:
        """Accept `accounts` (appid to secret) and those of `file` only; without any, every appid and secret."""
        self._fixed = {appid: (digest_of(appid, secret),) for appid, secret in (accounts or {}).items()}
        self._file = file
        self.changed: AccountChanges = changed or MemoryAccountChanges()

    def authenticate(self, appid: str, secret: str) -> None:
        """Check an account's secret.

        Raises:
            WeChatError: 41002, 41004, 40013 or 40125.
        """
        digests = self._known(appid)
        if not secret:
            raise WeChatError(41004)
        if len(secret) > MAX_ID_LENGTH or not (digests is None or _is_right(appid, secret, digests)):
            raise WeChatError(40125, reason="the secret is not the one that this appid was configured with")

    def check_appid(self, appid: str) -> None:
        """Check that an appid exists.

        Raises:
            WeChatError: 41002 without one, 40013 for one that does not exist.
        """
        self._known(appid)

    def states(self) -> list[AccountState]:
        """Return every account; none: every appid and secret is accepted."""
        found = {appid: AccountState(appid, len(known), "settings") for appid, known in self._fixed.items()}
        for appid, known in self._of_file().items():
            found[appid] = AccountState(appid, len(known), "file")
        for appid, digests in self.changed.all().items():
            found[appid] = AccountState(appid, len(digests), "control")
        return [state for state in found.values() if state.secrets]

    def change(self, appid: str, secret: str, *, keep: bool) -> AccountState:
        """Give an account another secret, or add one; with `keep` the newest of its former ones stays valid."""
        former, _ = self.changed.get(appid)
        if former is None:
            former = self._configured(appid) or ()
        mine = digest_of(appid, secret)
        others = [digest for digest in former if digest != mine]
        digests = (mine, *others[: MOST_SECRETS - 1]) if keep else (mine,)
        self.changed.put(appid, digests)
        return AccountState(appid, len(digests), "control")

    def remove(self, appid: str) -> bool:
        """Accept an account no more; False when there is none."""
        if not any(state.appid == appid for state in self.states()):
            return False
        self.changed.put(appid, ())
        return True

    def reset(self) -> None:
        """Take back every change."""
        for appid in self.changed.all():
            self.changed.put(appid, None)

    def _known(self, appid: str) -> Digests | None:
        """Return the digests of an account's secrets; None: every secret is right."""
        if not appid:
            raise WeChatError(41002)
        digests, any_changed = self.changed.get(appid)
        if digests is None:
            digests = self._configured(appid)
        if digests:
            return digests
        open_to_all = digests is None and not (self._fixed or self._file or any_changed)
        if open_to_all and len(appid) <= MAX_ID_LENGTH:
            return None
        raise WeChatError(40013, reason="accounts are configured, and this appid is not among them")

    def _configured(self, appid: str) -> Digests | None:
        return self._of_file().get(appid) or self._fixed.get(appid)

    def _of_file(self) -> Mapping[str, Digests]:
        return self._file.digests if self._file else {}


def digest_of(appid: str, secret: str) -> str:
    """Return what is kept of a secret."""
    return hashlib.sha256(f"{appid}\0{secret}".encode("utf-8", "replace")).hexdigest()


def _is_right(appid: str, secret: str, digests: Sequence[str]) -> bool:
    sent = digest_of(appid, secret)
    return any(hmac.compare_digest(sent, digest) for digest in digests)
