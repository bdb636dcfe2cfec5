"""Decides for each OCR request: answer from the recording, ask the service, write down, compare.

once    record into an empty folder; a folder that has a recording is only replayed
new     replay what is known, record what is not
all     ask the service every time, and record it again
none    replay only; what is not known is refused
spy     replay what is known, pass on what is not, record nothing
diff    pass everything on, and report where the answer differs from the recording
"""

from __future__ import annotations

import threading
from collections import Counter
from datetime import datetime, timezone
from typing import TYPE_CHECKING, Any

from cloudbase_ocr.answers.checks import FixtureError, check_reply
from cloudbase_ocr.answers.entries import outside_fields
from cloudbase_ocr.language import _
from cloudbase_ocr.record import differences
from cloudbase_ocr.record.recording import key_of, reference
from cloudbase_ocr.record.scrub import scrub
from wxcloud.contract import ERRORS

if TYPE_CHECKING:
    from collections.abc import Callable

    from cloudbase_ocr.answers import Fixture
    from cloudbase_ocr.core.clock import Clock
    from cloudbase_ocr.record.keys import Key, KeyRing
    from cloudbase_ocr.record.questions import Question
    from cloudbase_ocr.record.recording import Recording
    from cloudbase_ocr.record.upstream import Reply

MODES = ("once", "new", "all", "none", "spy", "diff")

PICTURE_ERRORS = frozenset({101000, 101001, 101002})
"""Errors that the same picture gives again. Others are about tokens, quotas or the weather, and are passed on only."""

EQUAL, DIFFERENT, UNKNOWN = "equal", "different", "unknown"


class NotRecordedError(Exception):
    """Nothing is recorded for a request, and the service may not be asked; the message names what comes closest."""


class Recorder:
    """Applies a mode to a recording. `report` takes one line for each thing worth knowing."""

    def __init__(
        self,
        recording: Recording,
        keys: KeyRing,
        mode: str,
        host: str,
        clock: Clock,
        report: Callable[[str], None],
        *,
        keep_personal_data: bool = False,
        keep_images: bool = False,
    ) -> None:
        """Record what `host` answers."""
        if mode not in MODES:
            raise ValueError(
                _("there is no mode {mode!r}; modes are {modes}").format(mode=mode, modes=", ".join(MODES))
            )
        if mode == "once":
            mode = "new" if recording.found_empty else "none"
        self.mode = mode
        self.counts: Counter[str] = Counter()
        self._recording = recording
        self._keys = keys
        self._host = host
        self._clock = clock
        self._report = report
        self._keep_personal_data = keep_personal_data
        self._keep_images = keep_images
        self._lock = threading.Lock()
        self._key: Key | None = None

    @property
    def only_replays(self) -> bool:
        """Tell whether the service is never asked."""
        return self.mode == "none"

    @property
    def writes(self) -> bool:
        """Tell whether answers are written down."""
        return self.mode in ("new", "all")

    def answer(self, question: Question, ask: Callable[[], Reply]) -> Fixture | Reply:
        """Return the fixture or the service's reply that answers a question.

        Raises:
            NotRecordedError: the mode allows replay only, and nothing is recorded.
            UpstreamError: the service was asked and gave no answer.
        """
        known = self._find(question) if self.mode != "all" else None
        if known is not None and self.mode != "diff":
            self._report(f"{question.method.path}: replayed {known.name}")
            return known
        if self.only_replays:
            missing = _("nothing is recorded for {key} and {described}.").format(
                key=question.method.key, described=question.described
            )
            advice = _("Record it with --mode new.")
            raise NotRecordedError(f"{missing} {self._recording.near_misses(question)} {advice}")
        reply = ask()
        if self.mode == "diff":
            self._compare(question, known, reply)
        elif self.mode == "spy":
            self._report(
                _("{path}: passed on, {described} is not recorded").format(
                    path=question.method.path, described=question.described
                )
            )
        else:
            self._record(question, reply)
        return reply

    def _find(self, question: Question) -> Fixture | None:
        try:
            return self._recording.find(question)
        except FixtureError as error:
            self._report(
                _("{path}: the recording cannot be read: {error}").format(
                    path=question.method.path, error=error
                )
            )
            return None

    def _record(self, question: Question, reply: Reply) -> None:
        """Write an answer down. Whatever goes wrong is reported, and the client gets its answer all the same."""
        path = question.method.path
        outcome = question.outcome_of(reply)
        reason = _reason_against(question, outcome, reply)
        if reason or outcome is None:
            self._report(_("{path}: passed on, not recorded: {reason}").format(path=path, reason=reason))
            return
        try:
            fixture = question.fixture(self._scrubbed(question, outcome), self._reference())
            self._recording.add(fixture, private=self._keep_personal_data or self._keep_images)
            if self._keep_images:
                self._recording.keep_image(question)
        except OSError as error:
            self._report(
                _(
                    "{path}: passed on, but NOT recorded: {strerror}. What was recorded before is intact. "
                    "Make room, or check the folder's rights, and send the picture again."
                ).format(path=path, strerror=error.strerror or error)
            )
        except FixtureError as error:
            self._report(_("{path}: passed on, but NOT recorded: {error}").format(path=path, error=error))
        else:
            what = f" (errcode {outcome})" if isinstance(outcome, int) else ""
            self._report(f"{path}: recorded {fixture.name}{what}")

    def _scrubbed(self, question: Question, outcome: dict[str, Any] | int) -> dict[str, Any] | int:
        if isinstance(outcome, int):
            return outcome
        method = question.method
        fields = check_reply(
            method,
            outcome,
            outside_fields(method, outcome),
            _("the live answer of {key}").format(key=method.key),
        )
        return fields if self._keep_personal_data else scrub(method, fields, self._own_key().secret)

    def _reference(self) -> str:
        day = datetime.fromtimestamp(self._clock.now(), timezone.utc).date().isoformat()
        return reference(day, self._host, None if self._keep_personal_data else self._own_key().id)

    def _own_key(self) -> Key:
        """Return the recording's key: the one it names, if this machine has it, else a new one."""
        with self._lock:
            if self._key is not None:
                return self._key
            named = sorted(self._recording.key_ids)
            found = [key for key in map(self._keys.find, named) if key is not None]
            self._key = found[0] if found else self._keys.create()
            if named and not found:
                self._report(
                    _(
                        "the key of this recording ({named}) is not on this machine: what is invented from now "
                        "on does not agree with what was invented before. Bring the key's file here, or use "
                        "--mode all."
                    ).format(named=", ".join(named))
                )
            if not self._key.stored:
                self._report(
                    _(
                        "the key cannot be stored: what is invented in the next run will not agree with this "
                        "one. Name a folder that can be written with --keys."
                    )
                )
            return self._key

    def _compare(self, question: Question, known: Fixture | None, reply: Reply) -> None:
        path, outcome = question.method.path, question.outcome_of(reply)
        if known is None or outcome is None:
            with self._lock:
                self.counts[UNKNOWN] += 1
            missing = _("{described} is not recorded").format(described=question.described)
            self._report(
                _("{path}: {missing}").format(
                    path=path,
                    missing=missing
                    if known is None
                    else _("HTTP {status} is no answer to compare").format(status=reply.status),
                )
            )
            return
        found = self._differences(question, known, outcome)
        with self._lock:
            self.counts[DIFFERENT if found else EQUAL] += 1
        self._report(
            _("{path}: {name} {found}").format(
                path=path, name=known.name, found=_("differs") if found else _("is equal")
            )
        )
        for line in found:
            self._report(f"  {line}")

    def _differences(self, question: Question, known: Fixture, outcome: dict[str, Any] | int) -> list[str]:
        key_id = key_of(known)
        if isinstance(outcome, int) or known.reply is None or key_id is None:
            return differences.differences(known, outcome, show=False)
        key = self._keys.find(key_id)
        if key is not None:
            return differences.differences(known, scrub(question.method, outcome, key.secret), show=True)
        self._report(
            _("  key {key_id} is not on this machine: of personal data only the form is compared").format(
                key_id=key_id
            )
        )
        return differences.differences_of_form(known, outcome)


def _reason_against(question: Question, outcome: dict[str, Any] | int | None, reply: Reply) -> str:
    """Return why an answer is not worth recording, or nothing."""
    if outcome is None:
        return _("HTTP {status} without an answer of WeChat's API").format(status=reply.status)
    if not question.match:
        return _("{described}; nothing could be matched later").format(described=question.described)
    if isinstance(outcome, int) and outcome not in PICTURE_ERRORS:
        text = f" ({ERRORS[outcome].text})" if outcome in ERRORS else ""
        return _("errcode {outcome}{text} is not about the picture").format(outcome=outcome, text=text)
    return ""
