"""The parts of the state that may live in memory or be shared, and how they are made in memory."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from cloudbase_ocr.state.accounts import Accounts, AccountsFile
from cloudbase_ocr.state.files import FileStore, MemoryObjects
from cloudbase_ocr.state.guesses import MemoryGuesses
from cloudbase_ocr.state.memory_tokens import MemoryTokens
from cloudbase_ocr.state.quotas import Quotas

if TYPE_CHECKING:
    from random import Random

    from cloudbase_ocr.core.clock import Clock
    from cloudbase_ocr.settings import Settings
    from cloudbase_ocr.state.accounts import AccountChanges
    from cloudbase_ocr.state.guesses import Guesses
    from cloudbase_ocr.state.quotas import CounterStores
    from cloudbase_ocr.state.tokens import TokenStore


@dataclass(frozen=True)
class Parts:
    """What an emulator holds of each; `guesses` is None where nobody counts wrong secrets."""

    accounts: Accounts
    tokens: TokenStore
    quotas: Quotas
    files: FileStore
    guesses: Guesses | None


def parts_in_memory(settings: Settings, clock: Clock, random: Random) -> Parts:
    """Return parts that are one emulator's own."""
    return Parts(
        accounts_of(settings, clock),
        MemoryTokens(clock, random),
        quotas_of(settings, clock),
        FileStore(clock, MemoryObjects(random)),
        MemoryGuesses(clock) if settings.ocr_only else None,
    )


def accounts_of(settings: Settings, clock: Clock, changed: AccountChanges | None = None) -> Accounts:
    """Return the accounts of the settings, and of their file.

    Raises:
        AccountsError: the file cannot be used.
    """
    path = settings.apps_file
    file = None if path is None else AccountsFile(path, clock, settings.least_secret)
    return Accounts(settings.accounts, file, changed)


def quotas_of(settings: Settings, clock: Clock, stores: CounterStores | None = None) -> Quotas:
    """Return quotas as the settings want them."""
    return Quotas(clock, settings.quota_per_day, settings.quota_scope, settings.quota_counts_failures, stores)
