"""Operations on the journal."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Literal, TypedDict, cast

from emulator.control.entries import tree, walk
from emulator.control.operations import ControlError, NotThereError, operation

if TYPE_CHECKING:
    from emulator.control.entries import Entry
    from emulator.state import Emulator

_PERSONAL = "show what was read; by default it is masked, if --journal-personal-data is not set"

LATEST = "latest"


class EntryState(TypedDict):
    """One call or a part of one, with its parts in the order in which they began.

    `started` is in epoch seconds, `duration_ms` null while it runs. `matched` is what answered (scenario, magic,
    fixture or recognizer); `missed` says why nothing closer did. `function` is what SCF reports of a function's call.
    `more_children` were not kept.
    """

    id: str
    parent: str
    root: str
    kind: str
    name: str
    appid: str
    started: float
    duration_ms: float | None
    outcome: dict[str, Any]
    matched: dict[str, Any] | None
    missed: list[str]
    fault: str
    image: dict[str, Any] | None
    request: Any
    answer: Any
    notes: list[str]
    function: dict[str, Any] | None
    more_children: int
    children: list[Any]


class EntryTrees(TypedDict):
    """Trees, the latest first, and how many there are in all."""

    trees: list[dict[str, Any]]
    total: int


class Forgotten(TypedDict):
    """How many trees were forgotten."""

    forgotten: int


class JournalControl:
    """Shows the latest calls, each as one tree."""

    def __init__(self, emulator: Emulator) -> None:
        """Show the journal of `emulator`."""
        self._journal = emulator.journal

    @operation(
        "journal.list",
        "GET",
        "journal",
        limit="so many trees at most",
        kind="trees that hold an entry of this kind",
        name="... of this name: a function, a path, or the last part of one (idcard)",
        appid="... of this account",
        code="... with this errcode, SCF status, or TCB code",
        personal_data=_PERSONAL,
    )
    def list(
        self,
        limit: int = 100,
        *,
        kind: Literal["call_function", "function", "wechat", "storage", "fetch"] | None = None,
        name: str | None = None,
        appid: str | None = None,
        code: str | None = None,
        personal_data: bool | None = None,
    ) -> EntryTrees:
        """Show the latest calls, the latest first. Filters have to fit one and the same entry of a tree."""
        if limit < 1:
            raise ControlError(f"limit: must be at least 1, and is {limit}")
        wanted = {"kind": kind, "name": name, "appid": appid, "code": code}
        given = {key: value for key, value in wanted.items() if value is not None}
        roots = self._journal.trees()
        found = [root for root in roots if not given or any(_fits(entry, given) for entry in walk(root))]
        shown = self._shown(personal_data)
        return {"trees": [tree(root, personal=shown) for root in found[:limit]], "total": len(found)}

    @operation(
        "journal.show",
        "GET",
        "journal/{id}",
        id="the ID of an entry (that of a function's call is its request ID), or latest",
        personal_data=_PERSONAL,
    )
    def show(self, id: str, personal_data: bool | None = None) -> EntryState:  # noqa: A002 - its name on the wire
        """Show the whole tree that holds an entry.

        Raises:
            NotThereError: there is none, or not any more.
        """
        root = next(iter(self._journal.trees()), None) if id == LATEST else self._journal.root_of(id)
        if root is None:
            raise NotThereError(
                f"the journal has no entry {id[:80]!r}; it keeps the latest {self._journal.size} calls"
            )
        return cast("EntryState", tree(root, personal=self._shown(personal_data)))

    @operation("journal.clear", "DELETE", "journal")
    def clear(self) -> Forgotten:
        """Forget all calls. The file that --journal names keeps what it has."""
        return {"forgotten": self._journal.clear()}

    def _shown(self, asked: bool | None) -> bool:
        return self._journal.personal if asked is None else asked


def _fits(entry: Entry, wanted: dict[str, str]) -> bool:
    for key, value in wanted.items():
        if key == "code":
            code = entry.code if entry.call is None else entry.call.code
            if str(code) != value:
                return False
        elif key == "name":
            if value not in (entry.name, entry.name.rpartition("/")[2]):
                return False
        elif getattr(entry, key) != value:
            return False
    return True
