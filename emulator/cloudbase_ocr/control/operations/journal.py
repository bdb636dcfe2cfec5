"""Operations on the journal."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Literal

from cloudbase_ocr.control import journal_exports as exports
from cloudbase_ocr.control.journal_replay import differences, repeatable, send_again
from cloudbase_ocr.control.operation import ControlError, NotThereError, operation
from cloudbase_ocr.control.operations.fixtures import FixturesControl, FixtureState
from cloudbase_ocr.control.operations.scenarios import ScenariosControl, ScenarioState
from cloudbase_ocr.journal.entries import media_type, record, tree, walk

if TYPE_CHECKING:
    from collections.abc import Sequence

    from cloudbase_ocr.journal.entries import Entry
    from cloudbase_ocr.state.emulator import Emulator

_PERSONAL = "show what was read; by default it is masked, if --journal-personal-data is not set"

LATEST = "latest"

_MAX_NAMED = 10
_ID = "the ID of an entry (that of a function's call is its request ID), or latest"
_ADD = "answer so at once, until the next reset"


@dataclass(frozen=True)
class EntryState:
    """One call or a part of one, with its parts in the order in which they began.

    `started` is in epoch seconds, `duration_ms` null while it runs. `matched` is what answered (scenario, magic,
    fixture or recognizer); `missed` says why nothing closer did. `function` is what SCF reports of a function's call.
    `replay_of` is the entry that was sent again with this one, `reading` what the recognizer tells of a picture:
    seconds, stages, the confidence (0 to 1) of each field and the lowest of them. `more_children` were not kept.
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
    reading: dict[str, Any] | None
    request: Any
    answer: Any
    notes: list[str]
    function: dict[str, Any] | None
    replay_of: str
    more_children: int
    children: list[Any]


@dataclass(frozen=True)
class EntryTrees:
    """Trees, the latest first, and how many there are in all."""

    trees: list[dict[str, Any]]
    total: int


@dataclass(frozen=True)
class Forgotten:
    """How many trees were forgotten."""

    forgotten: int


@dataclass(frozen=True)
class Replay:
    """A call that was sent again: `id` and `root` are those of the new entry.

    `same` tells whether code and answer are those of the entry before; `differences` are the places where they are not,
    such as ``answer.name``. `outcome` is the new one.
    """

    id: str
    root: str
    same: bool
    differences: list[str]
    outcome: dict[str, Any]


@dataclass(frozen=True)
class FixtureExport:
    """A fixture made of a call: as the text of a file, and, if it was added, as it answers now."""

    yaml: str
    added: FixtureState | None


@dataclass(frozen=True)
class ScenarioExport:
    """Scenarios made of calls, one for each method: as the text of a file, and, if they were added, as they are now."""

    yaml: str
    added: list[ScenarioState]


class JournalControl:
    """Shows the latest calls, each as one tree, sends one again, and makes fixtures and scenarios of them."""

    def __init__(self, emulator: Emulator) -> None:
        """Show the journal of `emulator`."""
        self._emulator = emulator
        self._journal = emulator.journal

    @operation(
        "journal.list",
        "GET",
        "journal",
        limit="at most this many trees",
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
        return EntryTrees([tree(root, personal=shown) for root in found[:limit]], len(found))

    @operation(
        "journal.show",
        "GET",
        "journal/{id}",
        id=_ID,
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
        return EntryState(**tree(root, personal=self._shown(personal_data)))

    @operation("journal.clear", "DELETE", "journal")
    def clear(self) -> Forgotten:
        """Forget all calls, and the pictures kept of them. The file that --journal names keeps what it has."""
        return Forgotten(self._journal.clear())

    @operation("journal.replay", "POST", "journal/{id}/replay", id=_ID)
    def replay(self, id: str) -> Replay:  # noqa: A002 - its name on the wire
        """Send a call again: a function's with its event and identity, one of /cv/... with its query and body.

        It is a call like any other: it counts, and faults and scenarios hit it. The account gets a fresh token.

        Raises:
            NotThereError: there is no such entry, or what it sent is not kept any more.
            ControlError: it is neither a function's call nor one of /cv/...
        """
        before = self._entry(id)
        before = repeatable(before) or before
        after = send_again(self._emulator, before)
        found = differences(before, after)
        return Replay(after.id, after.root, not found, found, record(after)["outcome"])

    @operation(
        "journal.fixture",
        "POST",
        "journal/{id}/fixture",
        id=_ID,
        name="<method>/<variant>, or the variant; by default the start of the picture's SHA-256",
        add=_ADD,
        appid="with add: only for this account; by default for every one",
        personal_data="write what was read into the text; by default it is masked there. With add it always answers",
    )
    def fixture(
        self,
        id: str,  # noqa: A002 - its name on the wire
        name: str | None = None,
        *,
        add: bool = False,
        appid: str | None = None,
        personal_data: bool | None = None,
    ) -> FixtureExport:
        """Make a fixture of an OCR call: this picture (by its SHA-256) or URL is answered as it was.

        Raises:
            NotThereError: there is no such entry.
            ControlError: it holds no OCR call, or several, or its answer is none of the contract.
        """
        entry = exports.fixture_of(self._one_ocr_call(id), name, self._journal.kept)
        added = None
        if add:
            given = {key: value for key, value in entry.items() if key != "method"}
            added = FixturesControl(self._emulator).add(**given, appid=appid)
        return FixtureExport(exports.as_yaml([entry], personal=self._shown(personal_data)), added)

    @operation(
        "journal.scenario",
        "POST",
        "journal/{id}/scenario",
        id=_ID,
        name="what it is called; by default after the entry",
        after="what follows: normal answers, the last one again and again, or the list again (repeat)",
        add=_ADD,
        appid="only for this account; by default each account goes through the list on its own",
        personal_data="write what was read into the text; by default it is masked there. With add it always answers",
    )
    def scenario(
        self,
        id: str,  # noqa: A002 - its name on the wire
        name: str | None = None,
        *,
        after: Literal["normal", "last", "repeat"] = "normal",
        add: bool = False,
        appid: str | None = None,
        personal_data: bool | None = None,
    ) -> ScenarioExport:
        """Make a scenario of the OCR calls of an entry and below it: the same answers in the same order.

        Raises:
            NotThereError: there is no such entry.
            ControlError: it holds no OCR call, or an answer is none of the contract.
        """
        entries = exports.scenarios_of(self._ocr_calls(id), name, after, appid)
        added = [ScenariosControl(self._emulator).add(**entry) for entry in entries] if add else []
        return ScenarioExport(exports.as_yaml(entries, personal=self._shown(personal_data)), added)

    def picture(self, id: str, personal_data: bool | None = None) -> tuple[bytes, str]:  # noqa: A002 - as above
        """Return the picture of an OCR call and its media type, "" if it is of no known kind; it is personal data.

        It is no operation, because its answer is no JSON: ``GET /_emulator/journal/<id>/picture`` sends it.

        Raises:
            NotThereError: there is no such entry, or its picture is not kept (any more).
            ControlError: nobody asked for personal data.
        """
        if not self._shown(personal_data):
            raise ControlError(
                "personal_data: a picture is personal data; ask for it with personal_data=true"
            )
        hashes = [call.trace.sha256 for entry in self._ocr_calls(id) if (call := entry.call) is not None]
        data = next((self._journal.kept.get(sha256) for sha256 in hashes if sha256), None)
        if data is None:
            raise NotThereError(
                f"the picture of {id[:80]!r} is not kept; --journal-keep-mb and --journal-keep-count say how many are"
            )
        return data, media_type(data)

    def _entry(self, id: str) -> Entry:  # noqa: A002 - as above
        found = next(iter(self._journal.trees()), None) if id == LATEST else self._journal.find(id)
        if found is None:
            raise NotThereError(
                f"the journal has no entry {id[:80]!r}; it keeps the latest {self._journal.size} calls"
            )
        return found

    def _ocr_calls(self, id: str) -> Sequence[Entry]:  # noqa: A002 - as above
        entry = self._entry(id)
        calls = exports.ocr_calls(entry)
        if not calls:
            raise ControlError(f"{entry.id}: holds no OCR call; choose an entry with an image or an img_url")
        return calls

    def _one_ocr_call(self, id: str) -> Entry:  # noqa: A002 - as above
        calls = self._ocr_calls(id)
        if len(calls) > 1:
            known = ", ".join(call.id for call in calls[:_MAX_NAMED])
            raise ControlError(f"{id[:80]}: holds {len(calls)} OCR calls; choose one of them: {known}")
        return calls[0]

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
