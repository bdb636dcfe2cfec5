"""Dates: moved, so that none stays and the distances between them do.

A date of birth gets an invented one of its own, which the ID number shares. Every other date is moved by the same
number of days of a 365-day year: periods of validity keep their length to the day, and what came first stays first.
"""

from __future__ import annotations

import datetime
import re
from typing import TYPE_CHECKING

from cloudbase_ocr.record.dice import Dice, fresh

if TYPE_CHECKING:
    from collections.abc import Callable

DATE = re.compile(
    r"(?<![0-9])((?:19|20)[0-9]{2})(?:(\s?[-./年]\s?)([0-9]{1,2})(\s?[-./月]\s?)([0-9]{1,2})|([0-9]{2})([0-9]{2}))(?![0-9])"
)

_YEAR = 365
_MONTH = 32
_YEARS_OLDER = 6


def birth(key: bytes, day: datetime.date) -> datetime.date:
    """Invent a date of birth, at most six years before the original."""

    def make(dice: Dice) -> str:
        year = max(day.year - dice.below(_YEARS_OLDER + 1), 1900)
        return f"{year}{1 + dice.below(12):02d}{1 + dice.below(28):02d}"

    text = fresh(key, "birth", f"{day:%Y%m%d}", make)
    return datetime.date(int(text[:4]), int(text[4:6]), int(text[6:]))


def moved(key: bytes, day: datetime.date) -> datetime.date:
    """Move a date by 32 to 331 days, the same for every date: its month is never the original one."""
    offset = _MONTH + Dice(key, "dates", "").below(300)
    number = min(day.timetuple().tm_yday, _YEAR)
    if day.month > 2 and _is_leap(day.year):
        number = day.timetuple().tm_yday - 1
    index = number - 1 + offset
    month_and_day = datetime.date(2001, 1, 1) + datetime.timedelta(days=index % _YEAR)
    return month_and_day.replace(year=day.year + index // _YEAR)


def replace_dates(text: str, move: Callable[[datetime.date], datetime.date]) -> str:
    """Return `text` with every date moved, written as it was written."""
    return DATE.sub(lambda match: replaced(match, move), text)


def replaced(match: re.Match[str], move: Callable[[datetime.date], datetime.date]) -> str:
    """Return the text for one match of `DATE`; what is no date of the calendar becomes the first of a month."""
    new = move(_day_of(match) or datetime.date(int(match[1]), 1, 1))
    month, day = match[3] or match[6], match[5] or match[7]
    # 2018年11月1日 has no zeros, 2018-11-01 and 20181101 have them.
    padded = len(month) == len(day) == 2 and ("年" not in (match[2] or "") or "0" in (month[0], day[0]))
    new_month, new_day = (f"{new:%m}", f"{new:%d}") if padded else (str(new.month), str(new.day))
    return "".join((f"{new.year}", match[2] or "", new_month, match[4] or "", new_day))


def find(text: str) -> list[datetime.date]:
    """Return the dates of `text` that the calendar has."""
    days = (_day_of(match) for match in DATE.finditer(text))
    return [day for day in days if day is not None]


def calendar_day(digits: str) -> datetime.date | None:
    """Return the day that eight digits YYYYMMDD name, or None."""
    try:
        return datetime.date(int(digits[:4]), int(digits[4:6]), int(digits[6:8]))
    except ValueError:
        return None


def _day_of(match: re.Match[str]) -> datetime.date | None:
    month, day = match[3] or match[6], match[5] or match[7]
    return calendar_day(f"{match[1]}{int(month):02d}{int(day):02d}")


def _is_leap(year: int) -> bool:
    return year % 4 == 0 and (year % 100 != 0 or year % 400 == 0)
