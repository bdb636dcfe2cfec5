"""What a check finds: one line that says what, why, and what to do."""

from __future__ import annotations

from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING

from cloudbase_ocr.language import _

if TYPE_CHECKING:
    from collections.abc import Mapping


@dataclass(frozen=True, order=True)
class Finding:
    """One fault. `kind` is its short name; `breaks`: it would fail in the cloud, or give a secret away.

    `where` is ``<function>/<file>:<line>``, a file of the project with a key in it, or a function.
    """

    where: str
    kind: str
    what: str
    why: str
    action: str
    breaks: bool = True

    @property
    def level(self) -> str:
        """``error`` or ``warning``."""
        return _("error") if self.breaks else _("warning")

    @property
    def message(self) -> str:
        """What, why, and what to do."""
        return _("{what}: {why}. {action}.").format(what=self.what, why=self.why, action=self.action)

    def text(self, where: str) -> str:
        """Return the line for people, with the place in their words."""
        return _("{where}: {level}: {message} [{kind}]").format(
            where=where, level=self.level, message=self.message, kind=self.kind
        )


@dataclass(frozen=True)
class Place:
    """Where a finding is: a file or folder, the line in it where one is known, else None, and what follows it."""

    path: Path
    line: int | None = None
    key: str = ""


@dataclass
class Report:
    """What a check of a project gave: the findings, and a line for each function that was started.

    `functions` are those that were checked, with their folders; `root` is the folder of functions, `folder` that of
    the project's files.
    """

    functions: Mapping[str, Path] = field(default_factory=dict)
    root: Path = Path()
    folder: Path = Path()
    findings: list[Finding] = field(default_factory=list)
    measured: list[str] = field(default_factory=list)

    @property
    def errors(self) -> int:
        """How many findings would break."""
        return sum(finding.breaks for finding in self.findings)

    @property
    def warnings(self) -> int:
        """How many would not."""
        return len(self.findings) - self.errors

    def place(self, finding: Finding) -> Place:
        """Return where a finding is on the disk."""
        path, _, key = finding.where.partition(": ")
        name, _, number = path.rpartition(":")
        if number.isdigit():
            path = name
        first, _, rest = path.partition("/")
        line = int(number) if number.isdigit() else None
        # A function may be called otherwise than its folder.
        folders = {**{folder.name: folder for folder in self.functions.values()}, **self.functions}
        if first in folders:
            return Place(folders[first] / rest, line, key)
        base = self.root if (self.root / first).exists() else self.folder
        return Place(base / path, line, key)
