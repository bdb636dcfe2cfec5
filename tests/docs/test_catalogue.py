"""The catalogue has the Chinese of every sentence for a terminal, whole and as it is typeset."""

from __future__ import annotations

import re
from string import Formatter

import pytest
from click.testing import CliRunner

from cloudbase_ocr.cli import main as command_line
from cloudbase_ocr.language import CATALOGUE, catalogue
from docs.catalogue import click_messages, key_of, main, messages, read_catalogue, text_of, updated
from tests.docs import wording
from tests.docs.page_blocks import ROOT

_HAN = re.compile(r"[\u4e00-\u9fff，：。（）]")


def test_the_catalogue_has_what_there_is_and_nothing_else() -> None:
    assert updated() == CATALOGUE.read_text(encoding="utf-8"), "run: python -m docs.catalogue --write"
    assert messages().keys() - catalogue().keys() == set()


def test_sentences_are_the_same_after_a_command_was_called_in_chinese() -> None:
    before = messages()
    assert "用法" in CliRunner().invoke(command_line, ["--lang", "zh", "--help"]).output
    assert messages() == before


def test_every_translation_is_checked_by_a_person() -> None:
    assert [message.id for message in read_catalogue() if message.id and message.fuzzy] == []


def test_babel_and_the_command_line_read_the_same() -> None:
    read = {key_of(entry.id): text_of(entry) for entry in read_catalogue() if entry.id}
    assert read == catalogue()


def test_translations_are_chinese() -> None:
    assert [english for english, chinese in catalogue().items() if not _HAN.search(chinese)] == []


def test_translations_name_what_their_sentences_name() -> None:
    wrong = {}
    ours = messages()
    known = {**click_messages(), **ours}
    for english, chinese in catalogue().items():
        message = known[english]
        forms = (message,) if isinstance(message, str) else message
        named = set().union(*map(names, forms))
        if (english in ours and names(chinese) != named) or not names(chinese) <= named:
            wrong[english] = chinese
    assert wrong == {}


def names(text: str) -> set[str]:
    """Return what stands in the braces of a sentence, and its percent signs."""
    try:
        braces = {f"{name}:{form}" for _, name, form, _ in Formatter().parse(text) if name}
    except ValueError:  # braces that are meant as such
        return set()
    return braces | set(re.findall(r"%\(\w+\)s", text))


def test_options_and_values_are_written_as_in_english() -> None:
    wrong = {
        english: sorted(set(kept) - set(_kept(chinese)))
        for english, chinese in catalogue().items()
        if (kept := _kept(english)) and not set(kept) <= set(_kept(chinese))
    }
    assert wrong == {}


def _kept(text: str) -> list[str]:
    return re.findall(r"--[a-z][a-z-]+|CLOUDBASE_OCR_\w+|\b\d{4,}\b", text)


def test_translations_keep_to_the_glossary() -> None:
    wrong = {
        chinese: found
        for chinese in catalogue().values()
        if (found := list(wording.wrong_words(wording.prose(chinese), "zh")))
    }
    assert wrong == {}


def test_translations_are_typeset_as_chinese_is() -> None:
    ours = messages()
    wrong = [
        chinese
        for english, chinese in catalogue().items()
        if re.search(r"[\u4e00-\u9fff][,;:?!(]|[,;?!)][\u4e00-\u9fff]|[\u4e00-\u9fff]\.(\s|$)", chinese)
        or (re.search(r"(?<!\.)\.$", english) and english in ours and not chinese.endswith("。"))
    ]
    assert wrong == []


def test_what_lacks_chinese_is_named(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("docs.catalogue.help_texts", lambda: iter(["A new sentence."]))
    before = CATALOGUE.read_text(encoding="utf-8")
    assert main([]) == 1
    told = capsys.readouterr().out.splitlines()
    assert told[0] == "differs from the code: zh.po"
    assert told[1].endswith("the first: 'A new sentence.'")
    assert CATALOGUE.read_text(encoding="utf-8") == before


def test_no_chinese_stands_twice() -> None:
    text = (ROOT / "docs/translations.zh-CN.yaml").read_text(encoding="utf-8")
    assert [
        english for english in catalogue() if f"\n{english}: " in text or f'\n"{english}": ' in text
    ] == []
