"""Links of the pages lead somewhere, and nothing in them belongs to one machine only."""

from __future__ import annotations

import re

import pytest

from tests.docs.page_blocks import PAGES, ROOT, anchors, links, read
from tests.emulator.console.screenshots import TAKEN, name_of


@pytest.mark.parametrize("page", PAGES)
def test_relative_links_and_anchors_resolve(page: str) -> None:
    for link in links(page):
        if "://" in link:
            continue
        path, _, anchor = link.partition("#")
        target = ((ROOT / page).parent / path).resolve() if path else ROOT / page
        assert target.exists(), f"{page}: {link}"
        assert target.is_relative_to(ROOT), f"{page}: {link}"
        if anchor:
            assert anchor in anchors(target.relative_to(ROOT).as_posix()), f"{page}: {link}"


@pytest.mark.parametrize("page", PAGES)
def test_contents_list_every_section(page: str) -> None:
    listed = re.findall(r"^- \[(.+)\]\(#.+\)$", read(page), re.MULTILINE)
    if listed:
        assert listed == re.findall(r"^## (.+)$", read(page), re.MULTILINE)


OF_THE_CLOUD = re.compile(r"/(?:home/qcloud|opt|var/(?:user|lang|runtime))\b")
"""Folders that are the same in everybody's cloud."""


@pytest.mark.parametrize("page", PAGES)
def test_nothing_of_one_machine(page: str) -> None:
    hosts = set(re.findall(r"https?://([\w.-]+)", read(page)))
    assert hosts <= {
        "127.0.0.1",
        "api.weixin.qq.com",
        "cos.ap-guangzhou.myqcloud.com",
        "docs.astral.sh",
        "docs.cloudbase.net",
        "docs.ray.io",
        "example.com",
        "filesystem-spec.readthedocs.io",
        "keepachangelog.com",
        "local-ocr.localhost",
        "mmbizurl.cn",
        "wechat",
    }
    text = OF_THE_CLOUD.sub("", read(page))
    assert not re.search(r"(?<![\w.])/(home|root|Users|work|opt|var)/", text)


def test_every_picture_is_used() -> None:
    shown = {
        ((ROOT / page).parent / link).resolve() for page in PAGES for link in (*links(page), *sources(page))
    }
    unused = [path.name for path in sorted((ROOT / "docs/images").iterdir()) if path.resolve() not in shown]
    assert unused == []


def test_the_pictures_of_the_console_are_those_that_are_taken() -> None:
    taken = {name_of(*each) for each in TAKEN}
    assert {path.name for path in (ROOT / "docs/images").glob("console-*")} == taken


def sources(page: str) -> list[str]:
    """The pictures of a page that are written as HTML."""
    return re.findall(r' src(?:set)?="([^":]+)"', read(page))
