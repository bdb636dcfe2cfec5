"""The parts of the state as instances share them."""

from __future__ import annotations

from typing import TYPE_CHECKING

from cloudbase_ocr.state.files import FileStore
from cloudbase_ocr.state.parts import Parts, accounts_of, quotas_of
from cloudbase_ocr.state.shared.accounts import SharedAccountChanges
from cloudbase_ocr.state.shared.counters import SharedCounterStores
from cloudbase_ocr.state.shared.files import SharedObjects
from cloudbase_ocr.state.shared.guesses import SharedGuesses
from cloudbase_ocr.state.shared.tokens import SharedTokens

if TYPE_CHECKING:
    from random import Random

    from cloudbase_ocr.core.clock import Clock
    from cloudbase_ocr.settings import Settings
    from cloudbase_ocr.state.shared.connection import Shared


def shared_parts(settings: Settings, clock: Clock, random: Random, shared: Shared) -> Parts:
    """Return parts that every instance with the same place sees."""
    return Parts(
        accounts_of(settings, clock, SharedAccountChanges(shared)),
        SharedTokens(shared, clock, random),
        quotas_of(settings, clock, SharedCounterStores(shared)),
        FileStore(clock, SharedObjects(shared, random)),
        SharedGuesses(shared, clock) if settings.ocr_only else None,
    )
