"""Bad days, made on purpose: what goes wrong, when, and for whom. The words are those of WireMock and toxiproxy."""

from cloudbase_ocr.state.faults.http import Hits
from cloudbase_ocr.state.faults.kinds import KINDS, Kind
from cloudbase_ocr.state.faults.rule import Fault, FaultError, FaultState, Rule
from cloudbase_ocr.state.faults.store import Faults

__all__ = ["KINDS", "Fault", "FaultError", "FaultState", "Faults", "Hits", "Kind", "Rule"]
