"""Bad days, made on purpose: what goes wrong, when, and for whom. The words are those of WireMock and toxiproxy."""

from cloudbase_ocr.control.faults.http import Hits
from cloudbase_ocr.control.faults.kinds import KINDS, Kind
from cloudbase_ocr.control.faults.rule import Fault, FaultError, Rule
from cloudbase_ocr.control.faults.store import Faults

__all__ = ["KINDS", "Fault", "FaultError", "Faults", "Hits", "Kind", "Rule"]
