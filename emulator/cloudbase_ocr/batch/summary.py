"""What came of many pictures, in a few lines for a person."""

from __future__ import annotations

import time
from collections import Counter
from typing import TYPE_CHECKING

from cloudbase_ocr.batch.lines import FAILED, READ
from cloudbase_ocr.core import formats
from cloudbase_ocr.language import _, joined

if TYPE_CHECKING:
    from collections.abc import Callable

    from cloudbase_ocr.batch.lines import Line
    from cloudbase_ocr.batch.pictures import Selection

_NAMED = 5
"""Pictures of a format that needs the extra are named one by one up to here."""

_FILE = _("file not readable")


class Summary:
    """Counts lines. `before` stood in the output already. `clock` gives seconds; it runs from the start of reading."""

    def __init__(self, before: int = 0, clock: Callable[[], float] = time.monotonic) -> None:
        """Begin to count, and the time."""
        self._before = before
        self._clock = clock
        self._start = clock()
        self._states: Counter[str] = Counter()
        self._reasons: Counter[str] = Counter()
        self._doubtful = 0
        self._slowest: tuple[float, str] = (0.0, "")
        self.all_succeeded = True

    @property
    def count(self) -> int:
        """How many lines were counted."""
        return self._states.total()

    def add(self, line: Line) -> None:
        """Count one line."""
        self._states[line.state] += 1
        self._doubtful += line.doubtful
        self.all_succeeded &= line.succeeded
        if line.state == FAILED:
            self._reasons[_FILE] += 1
        elif line.state != READ:
            wechat = line.entry["wechat"]
            self._reasons[f"{wechat['errcode']} {wechat['errmsg']}"] += 1
        if line.seconds is not None:
            self._slowest = max(self._slowest, (line.seconds, _place(line)))

    def told(self, selection: Selection) -> list[str]:
        """Return the summary, line by line."""
        read = self._states[READ]
        unread = self.count - read
        sure = _("{read} read, {doubtful} of them doubtful") if self._doubtful else _("{read} read")
        parts = [sure.format(read=read, doubtful=self._doubtful)]
        reasons = joined(
            "; ",
            (
                _("{count} {reason}").format(count=count, reason=reason)
                for reason, count in self._reasons.most_common()
            ),
        )
        not_read = _("{unread} not ({reasons})") if unread else _("0 not")
        parts.append(not_read.format(unread=unread, reasons=reasons))
        if self._before:
            parts.append(_("{before} stood in the output already").format(before=self._before))
        skipped = ", ".join(f"{count} {suffix}" for suffix, count in selection.skipped.most_common())
        if skipped:
            parts.append(_("skipped: {skipped}").format(skipped=skipped))
        told: list[str] = [_("{count} pictures: {parts}").format(count=self.count, parts=joined("; ", parts))]
        seconds = self._clock() - self._start
        if self.count and seconds > 0:
            rate = _("{seconds:.1f} s, {rate:.2f} pictures a second{slowest}")
            told.append(rate.format(seconds=seconds, rate=self.count / seconds, slowest=self._slow()))
        return told

    def _slow(self) -> str:
        seconds, place = self._slowest
        return (
            _("; the slowest took {seconds:.1f} s: {place}").format(seconds=seconds, place=place)
            if place
            else ""
        )


def left_out(selection: Selection) -> list[str]:
    """Return a sentence for each format that pictures have and that cannot be read without the extra."""
    told: list[str] = []
    for name, pictures in selection.not_installed.items():
        named = ", ".join(pictures[:_NAMED])
        more = _(" and {count} more").format(count=len(pictures) - _NAMED) if len(pictures) > _NAMED else ""
        left = _("{count} {name} left out ({named}{more}): run {remedy}")
        told.append(
            left.format(count=len(pictures), name=name, named=named, more=more, remedy=formats.REMEDY)
        )
    return told


def _place(line: Line) -> str:
    page = line.entry.get("page")
    return line.file if page is None else _("{file}, page {page}").format(file=line.file, page=page)
