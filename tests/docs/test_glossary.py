"""One word for each thing: pages, tables, rulings, texts of the console and help keep to docs/glossary.yaml."""

from __future__ import annotations

import errno
import os
from collections.abc import Iterator

import pytest
import yaml

from docs.catalogue import messages
from tests.docs import wording
from tests.docs.page_blocks import ROOT

Text = tuple[str, str]


def pages(language: str) -> Iterator[Text]:
    """Every page of one language, with its name, without code."""
    for path in sorted([ROOT / "README.md", *ROOT.glob("docs/**/*.md")]):
        if path.name.endswith(".zh-CN.md") == (language == "zh"):
            yield str(path.relative_to(ROOT)), wording.prose(path.read_text(encoding="utf-8"))


def refuse(found: Iterator[tuple[str, int, str]]) -> None:
    """Fail with all complaints, one a line."""
    if lines := [f"{name}:{line}: {complaint}" for name, line, complaint in found]:
        pytest.fail("\n".join(lines), pytrace=False)


def complaints(text: str, language: str) -> Iterator[tuple[int, str]]:
    """Give what is wrong with one text: words, and in Chinese marks."""
    yield from wording.wrong_words(text, language)
    if language == "zh":
        yield from wording.wrong_marks(text)


@pytest.mark.parametrize("language", ["en", "zh"])
def test_pages_use_one_word_for_each_thing(language: str) -> None:
    refuse((name, *wrong) for name, text in pages(language) for wrong in wording.wrong_words(text, language))


def test_chinese_pages_have_chinese_marks_and_no_hard_wraps() -> None:
    refuse(
        (name, *wrong)
        for name, text in pages("zh")
        for wrong in (*wording.wrong_marks(text), *wording.hard_wraps(text))
    )


def test_help_and_sentences_of_commands_use_the_words() -> None:
    told = {
        text
        for message in messages().values()
        for text in ([message] if isinstance(message, str) else message)
    }
    of_the_system = {os.strerror(number) for number in errno.errorcode}
    refuse(
        (text, *wrong)
        for text in sorted(told - of_the_system)
        for wrong in wording.wrong_words(wording.plain(text), "en")
    )


@pytest.mark.parametrize("language", ["en", "zh"])
def test_the_words_of_tables_are_those_of_the_glossary(language: str) -> None:
    listed = yaml.safe_load((ROOT / "docs/translations.zh-CN.yaml").read_text(encoding="utf-8"))
    told = list(listed.values()) if language == "zh" else list(listed)
    if language == "en":
        rulings = yaml.safe_load((ROOT / "docs/rulings.yaml").read_text(encoding="utf-8"))["rulings"]
        told += [ruling.get(part, "") for ruling in rulings for part in ("question", "emulator", "wxcloud")]
    refuse((text, *wrong) for text in told for wrong in complaints(wording.prose(text), language))


def test_sentences_of_the_code_are_not_translated_ones() -> None:
    """Comments and names of the code count, too: errors and help are made of such sentences."""
    paths = sorted([*ROOT.glob("emulator/**/*.py"), *ROOT.glob("functions/**/*.py")])
    refuse(
        (str(path.relative_to(ROOT)), *wrong)
        for path in paths
        for wrong in wording.translated(path.read_text(encoding="utf-8"))
    )


@pytest.mark.parametrize("language", ["en", "zh"])
def test_texts_of_the_console_use_the_words(language: str) -> None:
    refuse(
        (name, *wrong)
        for name, text in console_texts(language)
        for wrong in complaints(wording.plain(text), language)
    )


def console_texts(language: str) -> Iterator[Text]:
    """Every text of the console in one language, with its file and name."""
    for path in sorted((ROOT / "emulator/cloudbase_ocr/console/texts").glob("*.yaml")):
        for part, texts in yaml.safe_load(path.read_text(encoding="utf-8")).items():
            yield from ((f"{path.stem}: {part}.{name}", text[language]) for name, text in texts.items())
