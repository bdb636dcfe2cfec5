"""Makes the pages of this repository those of a site: which there are in a language, and where their links lead.

MkDocs calls the functions ``on_*``, once for each language. A page has the same address in both, the Chinese one below
``zh-CN/``. What a page names outside of ``docs``, such as a test, is not on the site: its path is shown and no link.
"""

from __future__ import annotations

import posixpath
import re
from pathlib import Path
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Iterator

    from mkdocs.config.defaults import MkDocsConfig
    from mkdocs.structure.files import Files
    from mkdocs.structure.pages import Page

ROOT = Path(__file__).parents[2]
_PARTS = re.compile(
    r"(?P<code>^```.*?^```$|`[^`]+`)"
    r"|\[(?P<text>(?:`[^`]*`|[^\[\]`])*)\]\((?P<link>[^)\s]+)\)"
    r'|(?<= )(?P<name>src|srcset)="(?P<source>[^"]+)"',
    re.DOTALL | re.MULTILINE,
)
_SWITCH = re.compile(r'href="#([\w-]+)" hreflang=')
_MARK = re.compile(r"^<!-- /?generated.*?-->\n", re.MULTILINE)


def pages(language: str) -> dict[str, str]:
    """Return the site's pages in a language: address in Markdown's terms, such as ``howto/ci.md``, to path in here."""
    found = {}
    for path in ("README.md", "CHANGELOG.md", *_below_docs()):
        if language_of(path) in (None, language):
            found[address(path)] = path
    return found


def _below_docs() -> Iterator[str]:
    for path in sorted((ROOT / "docs").rglob("*.md")):
        yield path.relative_to(ROOT).as_posix()


def address(path: str) -> str:
    """Return the address of a file on the site of its language."""
    return path.removeprefix("docs/").replace(".zh-CN.md", ".md")


def language_of(path: str) -> str | None:
    """Return the language of a page, or nothing if there is no other one: both sites have it then."""
    if path.endswith(".zh-CN.md"):
        return "zh-CN"
    twin = ROOT / "docs" / address(path).replace(".md", ".zh-CN.md")
    return "en" if path.endswith(".md") and twin.exists() else None


def is_on_site(path: str) -> bool:
    """Say whether the site has a file: pages, and what lies below ``docs`` and does not make them."""
    if path.endswith(".md"):
        return path in pages("en").values() or path in pages("zh-CN").values()
    makes = path.endswith(".py") or path.startswith("docs/site/")
    return path.startswith("docs/") and not makes and (ROOT / path).is_file()


def rewrite(markdown: str, path: str, language: str) -> str:
    """Return the text of the page at `path` as the site of a language needs it."""

    def part(match: re.Match[str]) -> str:
        if match["code"]:
            return match[0]
        link = match["link"] or match["source"] or ""
        if ":" in link or link.startswith("#"):
            return match[0]
        target, hash_sign, anchor = link.partition("#")
        target = posixpath.normpath(posixpath.join(posixpath.dirname(path), target))
        url = _url(path, target, language) + hash_sign + anchor
        if match["source"]:
            return f'{match["name"]}="{url}"'
        if not is_on_site(target):
            return _named(match["text"], target, language)
        other = language_of(target)
        if other in (None, language):
            return f"[{match['text']}]({url})"
        return f'<a href="{url}" hreflang="{other}">{match["text"]}</a>'

    return _PARTS.sub(part, _MARK.sub("", markdown))


def _named(text: str, target: str, language: str) -> str:
    """Name a file that the site does not have by its path: alone, or after a text that says something else."""
    shown = text.strip("`")
    if f"/{target}".endswith(f"/{shown.rstrip('/')}"):
        return f"`{target}/`" if shown.endswith("/") else f"`{target}`"
    return f"{text}（`{target}`）" if language == "zh-CN" else f"{text} (`{target}`)"


def _url(path: str, target: str, language: str) -> str:
    """Return the way from one page of a language to a file; a page in another language is on the other site."""
    here, there = address(path), address(target)
    other = language_of(target)
    if other in (None, language):
        return _relative(there, here)
    return _relative(_below_build(html(there), other or ""), _below_build(here, language))


def _below_build(file: str, language: str) -> str:
    return file if language == "en" else f"{language}/{file}"


def _relative(there: str, here: str) -> str:
    return posixpath.relpath(there, posixpath.dirname(here) or ".")


def html(page: str) -> str:
    """Return the name of the file that MkDocs writes for a page."""
    return re.sub(r"(^|/)README\.md$", r"\1index.md", page).removesuffix(".md") + ".html"


def on_files(files: Files, config: MkDocsConfig) -> Files:
    """Put the pages of this language in the place of those that MkDocs found below ``docs``."""
    from mkdocs.structure.files import File  # only here: all else is tested without MkDocs

    for file in list(files.documentation_pages()):
        files.remove(file)
    for page, path in pages(_language(config)).items():
        files.append(File.generated(config, page, abs_src_path=str(ROOT / path)))
    return files


def on_page_markdown(markdown: str, page: Page, config: MkDocsConfig, **_: Any) -> str:
    """Give a page the links of the site."""
    path = Path(str(page.file.abs_src_path)).relative_to(ROOT).as_posix()
    return rewrite(markdown, path, _language(config))


def on_post_page(output: str, page: Page, config: MkDocsConfig, **_: Any) -> str:
    """Let the switch of languages lead to the same page in the other one."""
    here = _below_build(page.url, _language(config))

    def link(match: re.Match[str]) -> str:
        return f'href="{_relative(_below_build(page.url, match[1]), here)}" hreflang='

    return _SWITCH.sub(link, output)


def _language(config: MkDocsConfig) -> str:
    return "zh-CN" if config.theme["language"] == "zh" else "en"
