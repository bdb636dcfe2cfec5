"""Operations on accounts and their secrets, which change while the emulator runs."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from cloudbase_ocr.control.operation import ControlError, NotThereError, operation
from cloudbase_ocr.credentials import check_secret
from cloudbase_ocr.state.accounts import (
    MAX_ID_LENGTH,
    AccountState,
)

if TYPE_CHECKING:
    from cloudbase_ocr.state.emulator import Emulator


@dataclass(frozen=True)
class AccountList:
    """Accounts; none: every appid and secret gets a token."""

    accounts: list[AccountState]


@dataclass(frozen=True)
class AccountRemoved:
    """The account that gets no token any more."""

    removed: str


class AccountsControl:
    """Changes accounts. Secrets are kept as digests and shown nowhere; with ``--state`` they outlive a restart."""

    def __init__(self, emulator: Emulator) -> None:
        """Control the accounts of `emulator`."""
        self._accounts = emulator.accounts
        self._least = emulator.settings.least_secret

    @operation("accounts.list", "GET", "accounts")
    def list(self) -> AccountList:
        """Tell which accounts may have a token, how many secrets each has, and where they come from."""
        return AccountList(self._accounts.states())

    @operation(
        "accounts.set",
        "POST",
        "accounts/set",
        appid="the account; a new one is added",
        secret="the secret that is valid from now on",  # noqa: S106 - a help text
        keep="whether its former secret stays valid, too; false once all programs have the new one",
    )
    def set(self, appid: str, secret: str, *, keep: bool = True) -> AccountState:
        """Give an account another secret; by default the former one stays valid beside it."""
        for name, value in (("appid", appid), ("secret", secret)):
            if not 0 < len(value) <= MAX_ID_LENGTH:
                raise ControlError(f"{name}: must have 1 to {MAX_ID_LENGTH} characters")
        check_secret(appid, secret, self._least)
        return self._accounts.change(appid, secret, keep=keep)

    @operation("accounts.remove", "POST", "accounts/remove", appid="the account")
    def remove(self, appid: str) -> AccountRemoved:
        """Give an account no token any more; tokens that it has work on, unless they are revoked."""
        if not self._accounts.remove(appid):
            raise NotThereError(f"there is no account {appid[:80]!r}; accounts.list lists them")
        return AccountRemoved(appid)
