"""What pages say, without their code, and what is wrong with the words and marks in it."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache
from itertools import pairwise
from typing import Any

import yaml

from tests.docs.page_blocks import ROOT

HAN = "\u3400-\u9fff"
_FULL = HAN + "，。；：？！（）、“”《》"

# Each keeps the line breaks of what it takes away, so that lines can be named.
_FENCE = re.compile(r"^ *```.*?^ *```$", re.DOTALL | re.MULTILINE)
_COMMENT = re.compile(r"<!--.*?-->", re.DOTALL)
_CODE = re.compile(r"(`+)(?!`).+?(?<!`)\1(?!`)", re.DOTALL)
_LINK = re.compile(r"!?\[([^\]]*)\]\([^)]*\)")
_NAME = re.compile(r"\b\w+_\w+\b", re.ASCII)
_TAG = re.compile(r"<[^<>\n]*>")
_ADDRESS = re.compile(r"https?://[\w./:~?=&%{}-]+")

_BARE = re.compile(
    r"(?:cloudbase-ocr|pytest)(?: [a-z]+)* --[\w-]+|--[\w-]+|\b[\w/-]+\.[a-z]+\b|\{.*?\}|\w+\([^()]*\)|\b\w+/\w+\b",
    re.ASCII,
)

_STARTS = re.compile(r"\s*(?:[-*] |\d+\. |[#|>]|$)")
_MARKS = {
    "half-width punctuation": re.compile(rf"[{_FULL}] ?[,;:?!()]|[,;:?!()] ?[{_FULL}]|[{HAN}]\.(?![\w*/])"),
    "quotation marks other than “ ”": re.compile(rf"[「」『』‘’]|[{_FULL}]\"|\"[{_FULL}]"),
    "a blank between Chinese characters": re.compile(rf"[{HAN}] +[{HAN}]"),
}


@dataclass(frozen=True)
class Term:
    """One thing: the word for it in one language, what must not stand for it, and what is left alone."""

    word: str
    never: tuple[str, ...] = ()
    besides: tuple[str, ...] = ()


@cache
def glossary() -> dict[str, Any]:
    """The file itself."""
    document: dict[str, Any] = yaml.safe_load((ROOT / "docs/glossary.yaml").read_text(encoding="utf-8"))
    return document


def terms(language: str) -> list[Term]:
    """The terms of one language."""
    return [
        Term(
            entry[language]["word"],
            tuple(entry[language].get("not", ())),
            tuple(entry[language].get("except", ())),
        )
        for entry in glossary()["terms"]
    ]


def prose(text: str) -> str:
    """Return a page's text without code, addresses and markup, line by line as it was."""

    def blank(match: re.Match[str]) -> str:
        return "\n" * match[0].count("\n")

    text = _COMMENT.sub(blank, _FENCE.sub(blank, text))
    text = _CODE.sub(lambda match: "x" + "\n" * match[0].count("\n"), text)
    text = _LINK.sub(lambda match: match[1], text)
    return _TAG.sub("", _NAME.sub("x", _ADDRESS.sub("x", text))).replace("**", "")


def plain(text: str) -> str:
    """Return the text of a console or a terminal without names of options and files, places for values, and JSON."""
    return _BARE.sub("x", prose(text))


def wrong_words(text: str, language: str) -> Iterator[tuple[int, str]]:
    """Give the line and the complaint for each word or phrase that the glossary does not want."""
    for term in terms(language):
        # As many blanks as letters, so that lines stay where they are.
        kept = re.sub("|".join(term.besides) or r"(?!)", lambda match: " " * len(match[0]), text)
        for word in term.never:
            yield from _found(_word(word, language), kept, term.word)
    yield from translated(text, language)


def translated(text: str, language: str = "en") -> Iterator[tuple[int, str]]:
    """Give the line and the complaint for each phrase that only a translation says."""
    for phrase, instead in glossary()["phrases"][language].items():
        yield from _found(re.compile(phrase, re.IGNORECASE), text, instead)


def _found(pattern: re.Pattern[str], text: str, instead: str) -> Iterator[tuple[int, str]]:
    for match in pattern.finditer(text):
        yield text.count("\n", 0, match.start()) + 1, f"{match[0]!r}: write {instead!r}"


@cache
def _word(word: str, language: str) -> re.Pattern[str]:
    if language == "zh":
        return re.compile(re.escape(word), re.IGNORECASE)
    return re.compile(rf"\b{re.escape(word)}s?\b", re.IGNORECASE)


def wrong_marks(text: str) -> Iterator[tuple[int, str]]:
    """Give the line and the complaint for each mark in Chinese text that is not Chinese."""
    for complaint, pattern in _MARKS.items():
        for match in pattern.finditer(text):
            yield text.count("\n", 0, match.start()) + 1, f"{complaint}: {match[0]!r}"


def hard_wraps(text: str) -> Iterator[tuple[int, str]]:
    """Give each line of a Chinese page that goes on in the next one: it would show a stray blank."""
    lines = text.split("\n")
    for number, (line, following) in enumerate(pairwise(lines), 1):
        if not line.strip() or line.lstrip().startswith(("#", "|")) or _STARTS.match(following):
            continue
        if re.search(rf"[{_FULL}]", line + following):
            yield number, f"the paragraph goes on in the next line: {line[-10:]!r}"
