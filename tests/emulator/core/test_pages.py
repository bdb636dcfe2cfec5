"""Which requests come from pages of other sites."""

from __future__ import annotations

import pytest
from werkzeug.datastructures import Headers

from cloudbase_ocr.core.pages import is_foreign, is_from_page, is_link

HOST = {"Host": "127.0.0.1:8787"}
SHOP = "https://shop.example"


def foreign(**headers: str) -> bool:
    named = {name.replace("_", "-"): value for name, value in headers.items()}
    return is_foreign(Headers({**HOST, **named}), lambda origin: origin == SHOP)


@pytest.mark.parametrize(
    "headers",
    [
        {},
        {"Sec_Fetch_Mode": "cors"},
        {"Origin": "http://127.0.0.1:8787"},
        {"Origin": "HTTP://127.0.0.1:8787"},
        {"Origin": SHOP, "Sec_Fetch_Site": "cross-site"},
        {"Sec_Fetch_Site": "same-origin", "Referer": "http://evil.example/"},
        {"Sec_Fetch_Site": "none"},
        {"Sec_Fetch_Site": "cross-site", "Referer": SHOP + "/cart?a=b"},
        {"Referer": "http://127.0.0.1:8787/console/journal"},
        {"Referer": ""},
    ],
    ids=str,
)
def test_programs_own_pages_and_allowed_ones(headers: dict[str, str]) -> None:
    assert not foreign(**headers)


@pytest.mark.parametrize(
    "headers",
    [
        {"Origin": "null"},
        {"Origin": ""},
        {"Origin": "http://["},
        {"Origin": "http://127.0.0.1:8788"},
        {"Origin": "http://127.0.0.1"},
        {"Origin": SHOP + ":8443"},
        {"Origin": "https://evil.example", "Sec_Fetch_Site": "same-origin"},
        {"Sec_Fetch_Site": "cross-site"},
        {"Sec_Fetch_Site": "same-site", "Referer": "http://127.0.0.1:8787/"},
        {"Sec_Fetch_Site": "anything"},
        {"Sec_Fetch_Site": "cross-site", "Referer": "http://["},
        {"Referer": "https://evil.example/" + SHOP},
        {"Referer": "//"},
    ],
    ids=str,
)
def test_pages_of_others(headers: dict[str, str]) -> None:
    assert foreign(**headers)


def test_a_page_without_host_is_nobody_s_own() -> None:
    assert is_foreign(Headers({"Origin": "http://"}))


def test_links() -> None:
    follows = {"Sec-Fetch-Site": "cross-site", "Sec-Fetch-Mode": "navigate", "Sec-Fetch-Dest": "document"}
    assert is_link(Headers(follows), "GET")
    assert is_link(Headers({"Referer": "http://wiki.example/"}), "GET")
    assert not is_link(Headers(follows), "POST")
    assert not is_link(Headers({**follows, "Origin": "https://evil.example"}), "GET")
    assert not is_link(Headers({**follows, "Sec-Fetch-Dest": "iframe"}), "GET")
    assert not is_link(Headers({**follows, "Sec-Fetch-Mode": "no-cors"}), "GET")
    assert is_from_page(Headers(follows))
    assert not is_from_page(Headers(HOST))
