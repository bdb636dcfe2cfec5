"""Links of the pages lead somewhere, and nothing in them belongs to one machine only."""

from __future__ import annotations

import re

import pytest

from tests.docs.page_blocks import PAGES, ROOT, anchors, links, read


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
        "docs.astral.sh",
        "docs.cloudbase.net",
        "example.com",
        "keepachangelog.com",
        "mmbizurl.cn",
    }
    text = OF_THE_CLOUD.sub("", read(page))
    assert not re.search(r"(?<![\w.])/(home|root|Users|work|opt|var)/", text)
