"""Bad days, made on purpose: what goes wrong, when, and for whom. The words are those of WireMock and toxiproxy."""

from emulator.control.faults.http import Hits
from emulator.control.faults.kinds import KINDS, Kind
from emulator.control.faults.rule import Fault, FaultError, Rule
from emulator.control.faults.store import Faults

__all__ = ["KINDS", "Fault", "FaultError", "Faults", "Hits", "Kind", "Rule"]
