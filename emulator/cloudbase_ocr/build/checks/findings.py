"""What a check finds: one line that says what, why, and what to do."""

from __future__ import annotations

from dataclasses import dataclass, field


@dataclass(frozen=True, order=True)
class Finding:
    """One fault. `kind` is its short name; `breaks`: it would fail in the cloud, or give a secret away."""

    where: str
    kind: str
    what: str
    why: str
    action: str
    breaks: bool = True

    @property
    def text(self) -> str:
        """The line for people."""
        level = "error" if self.breaks else "warning"
        return f"{self.where}: {level}: {self.what}: {self.why}. {self.action}. [{self.kind}]"


@dataclass
class Report:
    """What a check of a project gave: the findings, and a line for each function that was started."""

    functions: tuple[str, ...] = ()
    findings: list[Finding] = field(default_factory=list)
    measured: list[str] = field(default_factory=list)
