"""Invented values for texts: names, places, organisations, and lines of which nothing is known."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from cloudbase_ocr.record import dates, numbers, words
from cloudbase_ocr.record.dice import Dice, fresh

if TYPE_CHECKING:
    import datetime
    from collections.abc import Callable

_PLATE = (
    "[京津冀晋蒙辽吉黑沪苏浙皖闽赣鲁豫鄂湘粤桂琼渝川贵云藏陕甘青宁新使][A-HJ-NP-Z][·\\s]?"
    "[A-HJ-NP-Z0-9]{4,5}[A-HJ-NP-Z0-9挂学警港澳]"
)
_SPECIAL = re.compile(
    r"(?<![0-9A-Za-z])(?:"
    rf"(?P<id>[0-9]{{17}}[0-9Xx])|(?P<credit>(?=[0-9]*[A-Z])[0-9A-HJ-NPQRTUWXY]{{18}})"
    rf"|(?P<vin>(?=[0-9]*[A-Z])(?=[A-Z]*[0-9])[0-9A-HJ-NPR-Z]{{17}})"
    rf"|(?P<date>{dates.DATE.pattern}))(?![0-9A-Za-z])"
    rf"|(?P<plate>{_PLATE})(?![0-9A-Za-z])"
    r"|(?P<number>[0-9](?:[ -]?[0-9]){5,}[Xx]?)"
    r"|(?P<mixed>(?=[A-Za-z]*[0-9])(?=[0-9]*[A-Za-z])[0-9A-Za-z*]{6,})"
)
_WORD = re.compile(r"[A-Za-z]+|[^\W\d_A-Za-z]+")
_RUN_OF_DIGITS = re.compile(r"[0-9]+")
_LONG_DIGITS = re.compile(r"[0-9]{6,}")
_WIDE = {0xFF10 + at: 0x30 + at for at in range(10)}
_WIDE |= {0xFF21 + at: 0x41 + at for at in range(26)} | {0xFF41 + at: 0x61 + at for at in range(26)}
_LONGEST_NAME = 4


class Values:
    """Invents values with one key. `births` are the dates that are somebody's date of birth."""

    def __init__(self, key: bytes, births: frozenset[datetime.date] = frozenset()) -> None:
        """Replace with `key`; equal keys replace equally."""
        self.key = key
        self.births = births

    def name(self, text: str) -> str:
        """Invent the name of a person; each word of it by itself."""
        return _WORD.sub(lambda match: self._word(match[0]), self._special(text, lambda piece: piece))

    def number(self, text: str) -> str:
        """Invent an ID number, of any length; a text of another form gets one of that form."""
        if numbers.ID_NUMBER.fullmatch(text) or numbers.OLD_ID_NUMBER.fullmatch(text):
            return numbers.id_number(self.key, text, self.birth)
        return self.code(text)

    def card(self, text: str) -> str:
        """Invent the number of a bank card."""
        digits = re.sub("[ -]", "", text)
        if digits.isascii() and digits.isdigit() and 8 <= len(digits) <= 19:
            return numbers.card_number(self.key, text)
        return self.code(text)

    def licence(self, text: str) -> str:
        """Invent the number of a business licence: 18 characters, or 15 digits before 2015."""
        if numbers.CREDIT_CODE.fullmatch(text):
            return numbers.credit_code(self.key, text)
        if text.isascii() and text.isdigit() and len(text) == 15:
            return numbers.registration_number(self.key, text)
        return self.code(text)

    def vehicle_number(self, text: str) -> str:
        """Invent a vehicle identification number."""
        return (
            numbers.vehicle_number(self.key, text)
            if numbers.VEHICLE_NUMBER.fullmatch(text)
            else self.code(text)
        )

    def plate(self, text: str) -> str:
        """Invent a number plate."""
        return (
            numbers.plate(self.key, text) if re.match("[\\u4e00-\\u9fff][A-Za-z]", text) else self.code(text)
        )

    def code(self, text: str) -> str:
        """Invent letters and digits for those of `text`, and characters for its Chinese ones."""
        coded = numbers.code(self.key, text)
        return _WORD.sub(lambda match: match[0] if match[0].isascii() else self._word(match[0]), coded)

    def birth_date(self, text: str) -> str:
        """Invent a date of birth, the one that the ID number has too."""
        if dates.DATE.fullmatch(text.strip()):
            return dates.replace_dates(text, self.birth)
        return self.text(text)

    def date(self, text: str) -> str:
        """Move the dates of `text`; words such as 长期 stay."""
        return self.public(text)

    def address(self, text: str) -> str:
        """Invent an address: 省, 市, 区, 路, 号 and their kind stay, names and numbers between them do not."""
        return self._special(text, self._place)

    def organisation(self, text: str) -> str:
        """Invent the name of a company, an office or a person."""
        if len(text) <= _LONGEST_NAME:
            return self.name(text)
        return self._special(text, self._office)

    def text(self, text: str) -> str:
        """Invent a line of which nothing is known: only labels such as 姓名 and short numbers stay."""
        if words.LIKE_ADDRESS.search(text):
            return self._special(text, self._place)
        if words.LIKE_ORGANISATION.search(text):
            return self._special(text, self._office)
        return self._special(text, self._prose)

    def public(self, text: str) -> str:
        """Keep the words of a text that is no personal data, but no number, date or plate in it."""
        return self._special(text, lambda piece: piece, public=True)

    def birth(self, day: datetime.date) -> datetime.date:
        """Return the date of birth that stands for `day`."""
        return dates.birth(self.key, day)

    def _special(self, text: str, rest: Callable[[str], str], *, public: bool = False) -> str:
        """Replace what has the form of a number, a date or a plate, and give the pieces between to `rest`."""
        pieces, end = [], 0
        text = narrow(text)
        for match in _SPECIAL.finditer(text):
            pieces += [rest(text[end : match.start()]), self._one(match, public)]
            end = match.end()
        return "".join((*pieces, rest(text[end:])))

    def _one(self, match: re.Match[str], public: bool) -> str:
        kind, text = match.lastgroup, match[0]
        if match["date"]:
            return dates.replace_dates(text, self._day)
        if kind == "id":
            if dates.calendar_day(text[6:14]) is None and numbers.is_card_number(text):
                return numbers.card_number(self.key, text)
            return numbers.id_number(self.key, text, self.birth)
        if kind == "credit":
            return numbers.credit_code(self.key, text)
        if kind == "vin":
            return numbers.vehicle_number(self.key, text)
        if kind == "plate":
            return numbers.plate(self.key, text)
        if kind == "number":
            return self._digits(text)
        # In public texts this is a model or a mass with its unit.
        return _LONG_DIGITS.sub(lambda run: self.code(run[0]), text) if public else self.code(text)

    def _digits(self, text: str) -> str:
        digits = re.sub("[ -]", "", text)
        if numbers.is_card_number(digits):
            return numbers.card_number(self.key, text)
        if numbers.is_registration_number(digits):
            return numbers.registration_number(self.key, text) if text == digits else self.code(text)
        if re.fullmatch("1[3-9][0-9]{9}", text):
            return numbers.phone(self.key, text)
        return self.code(text)

    def _day(self, day: datetime.date) -> datetime.date:
        return self.birth(day) if day in self.births else dates.moved(self.key, day)

    def _place(self, piece: str) -> str:
        coded = _RUN_OF_DIGITS.sub(lambda match: numbers.code(self.key, match[0]), piece)
        return self._between(words.ADDRESS, coded)

    def _office(self, piece: str) -> str:
        return self._between(words.ORGANISATION, piece)

    def _prose(self, piece: str) -> str:
        return self._between(words.PROSE, piece)

    def _between(self, kept: re.Pattern[str], text: str) -> str:
        """Invent every word of `text` that `kept` does not match; `kept` has one group."""
        parts = kept.split(text)
        return "".join(
            part if at % 2 else _WORD.sub(lambda match: self._word(match[0]), part)
            for at, part in enumerate(parts)
        )

    def _word(self, word: str) -> str:
        if not word.isascii():
            return self._chinese(word)
        if word in words.LATIN_WORDS or not word.strip("xX"):
            return word
        return numbers.code(self.key, word)

    def _chinese(self, word: str) -> str:
        """Invent as many characters; two to four of them look like a name. Other scripts become Chinese too."""
        own = set(word)
        surnames = [character for character in words.SURNAMES if character not in own]
        others = [character for character in words.CHARACTERS if character not in own]

        def make(dice: Dice) -> str:
            first = dice.choice(surnames if 2 <= len(word) <= _LONGEST_NAME else others)
            return first + "".join(dice.choice(others) for _ in word[1:])

        return fresh(self.key, "word", word, make)


def narrow(text: str) -> str:
    """Return `text` with full-width digits and letters as ordinary ones."""
    return text.translate(_WIDE)
