"""The site has every page in both languages, its links lead somewhere, and it needs no other host."""

from __future__ import annotations

import json
import os
import re
import subprocess
import sys
from html.parser import HTMLParser
from importlib.util import find_spec
from pathlib import Path
from typing import Any
from urllib.parse import unquote, urlsplit

import pytest
import yaml

from docs.site.hooks import pages, rewrite
from tests import needs
from tests.docs.page_blocks import CHINESE, ROOT

CONFIGS = {"en": "mkdocs.yml", "zh-CN": "zh-CN.yml"}


class _Loader(yaml.SafeLoader):
    """Reads the one object of Python in MkDocs' configuration as nothing."""


_Loader.add_multi_constructor("tag:yaml.org,2002:python/", lambda *_: None)


def sections(language: str) -> list[list[str]]:
    """Return the pages of the navigation, section by section."""
    text = (ROOT / "docs/site" / CONFIGS[language]).read_text(encoding="utf-8")
    config: Any = yaml.load(text, _Loader)
    found = [value for section in config["nav"] for value in section.values()]
    return [[value] if isinstance(value, str) else value for value in found]


def test_both_languages_have_the_same_navigation_with_every_page() -> None:
    assert sections("en") == sections("zh-CN")
    listed = [page for section in sections("en") for page in section]
    assert sorted(listed) == sorted(pages("en")) == sorted(pages("zh-CN"))


def test_a_page_is_shown_in_the_language_of_the_site() -> None:
    assert {chinese for english, chinese in CHINESE.items()} <= set(pages("zh-CN").values())
    assert set(CHINESE) <= set(pages("en").values())
    assert pages("zh-CN")["architecture.md"] == "docs/architecture.md"


@pytest.mark.parametrize(
    ("path", "written", "expected"),
    [
        ("README.md", "[a](docs/errors.md#codes)", "[a](errors.md#codes)"),
        ("docs/howto/ci.md", "[a](../../CHANGELOG.md)", "[a](../CHANGELOG.md)"),
        ("docs/howto/ci.zh-CN.md", "[a](../errors.zh-CN.md#甲)", "[a](../errors.md#甲)"),
        ("docs/howto/ci.md", "[甲](ci.zh-CN.md)", '<a href="../zh-CN/howto/ci.html" hreflang="zh-CN">甲</a>'),
        ("docs/howto/ci.zh-CN.md", "[a](ci.md#x)", '<a href="../../howto/ci.html#x" hreflang="en">a</a>'),
        ("docs/README.zh-CN.md", "[a](../README.md)", '<a href="../index.html" hreflang="en">a</a>'),
        (
            "docs/README.zh-CN.md",
            '<img src="images/console-try-zh-dark-1280.png">',
            '<img src="images/console-try-zh-dark-1280.png">',
        ),
        (
            "README.md",
            '<source srcset="docs/images/console-try-en-dark-1280.png">',
            '<source srcset="images/console-try-en-dark-1280.png">',
        ),
        ("docs/deploy.md", "[a](grafana.json)", "[a](grafana.json)"),
        ("docs/errors.md", "[`cli.py`](../emulator/cloudbase_ocr/cli.py)", "`emulator/cloudbase_ocr/cli.py`"),
        ("docs/errors.md", "[`tests/`](../tests)", "`tests/`"),
        ("docs/CONTRIBUTING.md", "[`mkdocs.yml`](site/mkdocs.yml)", "`docs/site/mkdocs.yml`"),
        ("docs/errors.md", "[test_a](../tests/test_b.py)", "test_a (`tests/test_b.py`)"),
        ("docs/errors.zh-CN.md", "[甲](../tests)", "甲（`tests`）"),
        ("docs/errors.md", "[the\ntable](../functions/wxcloud)", "the\ntable (`functions/wxcloud`)"),
        *(
            ("docs/errors.md", same, same)
            for same in (
                "[b](https://example.com/)",
                "[c](#d)",
                "`[a](../tests)`",
                "```md\n[a](../tests)\n```\n",
            )
        ),
        ("docs/errors.md", "<!-- generated: a -->\n| b |\n<!-- /generated -->\n", "| b |\n"),
    ],
)
def test_links_lead_to_the_site_or_are_shown_as_paths(path: str, written: str, expected: str) -> None:
    language = "zh-CN" if path.endswith(".zh-CN.md") else "en"
    assert rewrite(written, path, language) == expected


class Built(HTMLParser):
    """What one file of the site loads, where its links lead, and which anchors it has."""

    def __init__(self, path: Path) -> None:
        super().__init__()
        self.loads: list[str] = []
        self.links: list[str] = []
        self.anchors: set[str] = set()
        self.feed(path.read_text(encoding="utf-8"))

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        for name, value in attrs:
            if name == "id" and value:
                self.anchors.add(value)
            elif name in ("href", "src", "srcset") and value:
                (self.links if tag == "a" else self.loads).append(value)


@pytest.fixture(scope="module")
def site(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The site as `make site` builds it, with warnings as errors."""
    if find_spec("mkdocs") is None or find_spec("material") is None or find_spec("jieba") is None:
        pytest.skip(needs.SITE)
    folder = tmp_path_factory.mktemp("site")
    environment = {**os.environ, "NO_MKDOCS_2_WARNING": "1", "TMPDIR": str(tmp_path_factory.mktemp("jieba"))}
    for language, config in CONFIGS.items():
        target = folder if language == "en" else folder / language
        command = [sys.executable, "-m", "mkdocs", "build", "--strict", "--site-dir", str(target)]
        done = subprocess.run(
            [*command, "--config-file", f"docs/site/{config}"],
            cwd=ROOT,
            env=environment,
            capture_output=True,
            encoding="utf-8",
            timeout=120,
        )
        assert done.returncode == 0, done.stderr
    return folder


@pytest.fixture(scope="module")
def built(site: Path) -> dict[Path, Built]:
    """Every page of the site but those for addresses that it does not have."""
    return {path: Built(path) for path in site.rglob("*.html") if path.name != "404.html"}


@pytest.mark.check
def test_both_languages_are_built(site: Path, built: dict[Path, Built]) -> None:
    for language in CONFIGS:
        top = site if language == "en" else site / language
        html = (top / "howto/ci.html").read_text(encoding="utf-8")
        assert f'<html lang="{"zh" if language == "zh-CN" else "en"}"' in html
        switch = re.findall(r'<a href="(\S+)" hreflang="(\S+)" class="md-select__link">', html)
        assert [code for _, code in switch] == list(CONFIGS)
        assert [(top / "howto" / link).resolve() for link, _ in switch] == [
            site / "howto/ci.html",
            site / "zh-CN/howto/ci.html",
        ]
    assert len(built) == 2 * len(pages("en"))


@pytest.mark.check
def test_every_link_leads_to_a_file_and_an_anchor(site: Path, built: dict[Path, Built]) -> None:
    broken = []
    for path, page in built.items():
        for link in (*page.links, *page.loads):
            address = urlsplit(link)
            if address.scheme or address.netloc:
                continue
            target = (path.parent / unquote(address.path)).resolve() if address.path else path
            anchor = unquote(address.fragment)
            target = target / "index.html" if target.is_dir() else target
            if not target.is_file() or (anchor and anchor not in built[target].anchors):
                broken.append(f"{path.relative_to(site)}: {link}")
    assert broken == []


@pytest.mark.check
def test_nothing_comes_from_other_hosts(site: Path, built: dict[Path, Built]) -> None:
    assert all(page.loads for page in built.values())
    loaded = [*(link for page in built.values() for link in page.loads), *Built(site / "404.html").loads]
    for style in site.rglob("*.css"):
        loaded += re.findall(r"url\([\"']?([^)\"']+)", style.read_text(encoding="utf-8"))
    foreign = [link for link in loaded if urlsplit(link).scheme not in ("", "data") or urlsplit(link).netloc]
    assert foreign == []


@pytest.mark.check
def test_chinese_is_searched_by_its_words(site: Path) -> None:
    index = (site / "zh-CN/search/search_index.json").read_text(encoding="utf-8")
    texts = [document["text"] for document in json.loads(index)["docs"]]
    assert any("\u200b识别\u200b" in text for text in texts)
