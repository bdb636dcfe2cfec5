"""The generated parts of the pages equal what the code gives today, in both languages."""

from __future__ import annotations

import re

import pytest
import yaml

from docs import generate
from tests.docs.page_blocks import CHINESE, ROOT, blocks, read


@pytest.mark.parametrize("page", generate.PAGES)
def test_page_equals_what_the_code_generates(page: str) -> None:
    assert generate.render(page) == read(page), "run: python -m docs.generate --write"


def test_every_block_is_on_a_page_of_each_language() -> None:
    for pages in (CHINESE.keys(), CHINESE.values()):
        used = {name for page in pages for name in re.findall(r"<!-- generated: (\w+) -->", read(page))}
        assert used == set(generate.BLOCKS)


def test_missing_translations_are_named_all_at_once_and_nothing_is_written(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    before = {page: read(page) for page in generate.PAGES}
    monkeypatch.setitem(generate.BLOCKS, "methods", lambda t: t("A new head") + t('One more: "x"'))
    monkeypatch.setitem(generate.BLOCKS, "settings", lambda t: t("A new setting"))
    assert generate.main(["--write"]) == 1
    assert capsys.readouterr().out.splitlines() == [
        "add the Chinese of these texts to docs/translations.zh-CN.yaml:",
        '"A new head":',
        '"A new setting":',
        '"One more: \\"x\\"":',
    ]
    assert {page: read(page) for page in generate.PAGES} == before


def test_every_translation_is_used() -> None:
    translator = generate.translator_of("docs/README.zh-CN.md")
    for page in CHINESE.values():
        generate.render(page, translator)
    assert translator.unused == set()


def test_translations_are_listed_once_and_are_chinese() -> None:
    text = (ROOT / "docs/translations.zh-CN.yaml").read_text(encoding="utf-8")
    words: dict[str, str] = yaml.safe_load(text)
    entries = [line for line in text.splitlines() if line and not line.startswith("#")]
    assert len(entries) == len(words)
    same = {english for english, chinese in words.items() if not re.search(r"[\u4e00-\u9fff]", chinese)}
    assert same == {"multipart"}


@pytest.mark.parametrize("page", CHINESE)
def test_both_languages_show_the_same_code(page: str) -> None:
    english, chinese = blocks(page), blocks(CHINESE[page])
    assert [(block.language, block.text) for block in chinese] == [
        (block.language, block.text) for block in english
    ]


@pytest.mark.parametrize("page", CHINESE)
def test_both_languages_have_the_same_structure(page: str) -> None:
    def structure(text: str) -> list[str]:
        outside = re.sub(
            r"^```.*?^```$|<!-- generated.*?/generated -->", "", text, flags=re.DOTALL | re.MULTILINE
        )
        marks = re.findall(r"^(#+) |^(\| ---.*)$|^(\d+\.|-) ", outside, re.MULTILINE)
        return ["".join(mark) for mark in marks]

    assert structure(read(CHINESE[page])) == structure(read(page))


def test_an_outdated_page_is_named(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(generate.BLOCKS, "methods", lambda _: "nothing\n")
    assert generate.main([]) == 1
    assert capsys.readouterr().out.splitlines() == [
        "differs from the code: README.md",
        "differs from the code: docs/README.zh-CN.md",
    ]
