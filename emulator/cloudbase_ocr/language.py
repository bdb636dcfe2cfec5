"""The language that people are spoken to in on a terminal: English, or Chinese from ``zh.po`` beside this module.

A sentence is written ``_("there is no {name}").format(name=name)``. It *is* English text, and also remembers how it
was made: only `shown`, which commands call when they print, gives it in the language of the terminal. So JSON, logs,
answers over HTTP and ``str(error)`` are the same in every language, and who raises an error need not know who reads it.

The catalogue is read when the first sentence is shown in Chinese, and never before.
"""

from __future__ import annotations

import json
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping

ENGLISH = "en"
CHINESE = "zh"
LANGUAGES = (ENGLISH, CHINESE)

CATALOGUE = Path(__file__).with_name("zh.po")

_LOCALE = ("LC_ALL", "LC_MESSAGES", "LANG")
_NO_LANGUAGE = ("C", "POSIX")

_spoken = ENGLISH


class Text(str):
    """English text that can be shown in another language.

    `msgid` is what the catalogue has it under; `values` fills its braces, and is None as long as nothing did.
    """

    __slots__ = ("msgid", "values")

    msgid: str
    values: Mapping[str, Any] | None

    def format(self, **values: Any) -> Text:  # type: ignore[override] # names only: languages differ in their order
        """Fill the braces of the English text, and remember with what."""
        return _text(super().format(**values), self.msgid, values)


def _text(english: str, msgid: str, values: Mapping[str, Any] | None = None) -> Text:
    text = Text(english)
    text.msgid = msgid
    text.values = values
    return text


def _(message: str) -> Text:
    """Mark a sentence for the catalogue."""
    return _text(message, message)


def ngettext(singular: str, plural: str, number: int) -> Text:
    """Mark a sentence for the catalogue that depends on a number in English."""
    return _text(singular if number == 1 else plural, singular)


def shown(value: object) -> str:
    """Return a text, or what an error says, in the language of the terminal; what the catalogue lacks as it is."""
    if isinstance(value, BaseException):
        value = value.args[0] if len(value.args) == 1 and isinstance(value.args[0], Text) else str(value)
    if _spoken == ENGLISH or not isinstance(value, str):
        return str(value)
    if not isinstance(value, Text):
        return catalogue().get(value, value)
    message = catalogue().get(value.msgid, value.msgid)
    if value.values is None:
        return message
    return message.format(**{name: _inner(inner) for name, inner in value.values.items()})


def joined(separator: str, texts: Iterable[str]) -> Text:
    """Join texts, so that each is still shown in the language of the terminal."""
    named = {f"_{number}": text for number, text in enumerate(texts)}
    return _text(separator.join(named.values()), separator.join(f"{{{name}}}" for name in named), named)


def _inner(value: object) -> object:
    """Return what stands in braces: a text or an error shown; a number as it is, which may have a format."""
    return shown(value) if isinstance(value, (str, BaseException)) else value


def speak(language: str) -> None:
    """Show texts of this process in one of `LANGUAGES` from now on."""
    global _spoken  # a process has one terminal
    _spoken = language


def spoken() -> str:
    """Return the language that texts are shown in."""
    return _spoken


def language_of(environment: Mapping[str, str]) -> str:
    """Return the one of `LANGUAGES` that the variables of the environment ask for, by the rules of GNU gettext.

    LC_ALL goes before LC_MESSAGES and LANG. LANGUAGE, a list, goes before all of them, except where they say C.
    """
    locale = next((environment[name] for name in _LOCALE if environment.get(name)), "C")
    if locale in _NO_LANGUAGE:
        return ENGLISH
    for name in (*environment.get("LANGUAGE", "").split(":"), locale):
        for language in LANGUAGES:
            if name.lower().startswith(language):
                return language
    return ENGLISH


@cache
def catalogue() -> Mapping[str, str]:
    """Return the Chinese of each message."""
    if CATALOGUE.exists():
        text = CATALOGUE.read_bytes()
    else:  # a wheel has it packed: .ci/hatch_build.py
        import gzip

        text = gzip.decompress(CATALOGUE.with_name(f"{CATALOGUE.name}.gz").read_bytes())
    return dict(_entries(text.decode().splitlines()))


def _entries(lines: Iterable[str]) -> Iterator[tuple[str, str]]:
    """Read a catalogue as gettext's tools write it; Chinese has no plural, so ``msgstr[0]`` is all that there is."""
    parts: dict[str, str] = {}
    word = ""
    for line in (*lines, ""):
        if line.startswith('"'):
            parts[word] += json.loads(line)
        elif line.startswith("msg"):
            word, _space, quoted = line.partition(" ")
            parts[word] = json.loads(quoted)
        elif not line and parts:
            message = parts.get("msgstr") or parts.get("msgstr[0]")
            if parts["msgid"] and message:
                yield parts["msgid"], message
            parts = {}
