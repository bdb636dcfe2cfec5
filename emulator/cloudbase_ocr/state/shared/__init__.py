"""State that several instances share, in Redis or Valkey: one script for each operation, and no copy is kept here.

What is shared: tokens, quotas and limits, wrong secrets, accounts that were changed, files, fixtures. Scenarios,
faults, the clock, logins over the web and the journal are each instance's own.
"""

from __future__ import annotations

from cloudbase_ocr.state.shared.connection import Shared
from cloudbase_ocr.state.shared.place import StateURLError, client_of

__all__ = ["Shared", "StateURLError", "client_of"]
