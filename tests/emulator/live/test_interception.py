"""Clients with a literal address are led to the emulator, unmodified, and afterwards everything is as it was."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Iterator
from typing import Any

import aiohttp
import httpx
import pytest
import requests

from cloudbase_ocr import LiveEmulator, start
from cloudbase_ocr.live import interception

URL = "https://api.weixin.qq.com/cv/ocr/idcard"
PICTURE = b"a picture"
PLACES = (
    (requests.adapters.HTTPAdapter, "send"),
    (httpx.HTTPTransport, "handle_request"),
    (httpx.AsyncHTTPTransport, "handle_async_request"),
    (aiohttp.ClientSession, "_request"),
)

Post = Callable[..., dict[str, Any]]


def with_requests(url: str, query: dict[str, str], picture: bytes = b"") -> Any:
    files = {"img": ("card.jpg", picture)} if picture else None
    answer = requests.post(url, params=query, files=files, timeout=10)
    assert answer.url.startswith(url)
    return answer.json()


def with_httpx(url: str, query: dict[str, str], picture: bytes = b"") -> Any:
    files = {"img": ("card.jpg", picture)} if picture else None
    # A proxy that is not there: what is led here goes through none.
    with httpx.Client(proxy="http://127.0.0.1:9") as client:
        answer = client.post(url, params=query, files=files)
    assert str(answer.url).startswith(url)
    return answer.json()


def with_async_httpx(url: str, query: dict[str, str], picture: bytes = b"") -> Any:
    async def ask() -> Any:
        files = {"img": ("card.jpg", picture)} if picture else None
        async with httpx.AsyncClient() as client:
            return (await client.post(url, params=query, files=files)).json()

    return asyncio.run(ask())


def with_aiohttp(url: str, query: dict[str, str], picture: bytes = b"") -> Any:
    async def ask() -> Any:
        form = aiohttp.FormData()
        if picture:
            form.add_field("img", picture, filename="card.jpg")
        async with (
            aiohttp.ClientSession(headers={"X-Trace": "1"}) as session,
            session.post(url, params=query, data=form if picture else None) as answer,
        ):
            return await answer.json(content_type=None)

    return asyncio.run(ask())


CLIENTS = pytest.mark.parametrize("post", [with_requests, with_httpx, with_async_httpx, with_aiohttp])
ERRORS = (requests.ConnectionError, httpx.ConnectError, aiohttp.ClientConnectionError)


@pytest.fixture(autouse=True)
def restored() -> Iterator[None]:
    before = [vars(owner)[name] for owner, name in PLACES]
    yield
    assert [vars(owner)[name] for owner, name in PLACES] == before


@CLIENTS
def test_a_literal_address_leads_here(ocr: LiveEmulator, post: Post) -> None:
    with ocr.intercept():
        reply = post(URL, {"access_token": ocr.token, "img_url": "mock://idcard", "type": "photo"})
    assert reply["name"] == "张三"
    (call,) = ocr.assert_called("ocr.idcard", query={"img_url": "mock://idcard", "type": "photo"})
    assert call.headers["Host"] == "api.weixin.qq.com"


@CLIENTS
def test_a_picture_comes_whole(ocr: LiveEmulator, post: Post) -> None:
    ocr.fail("ocr.idcard", 101001)
    with ocr.intercept():
        assert post(URL, {"access_token": ocr.token}, PICTURE)["errcode"] == 101001
    ocr.assert_called("ocr.idcard", image=PICTURE)


@CLIENTS
def test_other_hosts_are_refused_where_that_is_asked(ocr: LiveEmulator, post: Post) -> None:
    with start(recognizer=False) as other:
        port = other.url.rpartition(":")[2]
        address, query = f"http://localhost:{port}/cv/ocr/idcard", {"img_url": "mock://idcard"}
        query["access_token"] = other.token
        with (
            ocr.intercept(allow=False),
            pytest.raises(ERRORS, match=r"localhost is not asked .* intercept\(allow=\['localhost'\]\)"),
        ):
            post(address, query)
        assert other.requests == []


def test_other_hosts_are_let_through(ocr: LiveEmulator) -> None:
    with start(recognizer=False) as other:
        query = {"access_token": other.token, "img_url": "mock://idcard"}
        address = other.url.replace("127.0.0.1", "localhost") + "/cv/ocr/idcard"
        for allow in (True, ["LOCALHOST"]):
            with ocr.intercept(allow=allow):
                for post in (with_requests, with_async_httpx, with_aiohttp):
                    assert post(address, query)["errcode"] == 0
        assert len(other.requests) == 6


def test_the_emulator_itself_is_always_asked(ocr: LiveEmulator) -> None:
    with ocr.intercept(allow=[]):
        query = {"access_token": ocr.token, "img_url": "mock://idcard"}
        assert with_requests(ocr.url + "/cv/ocr/idcard", query)["errcode"] == 0


def test_everything_is_as_it_was_after_an_error(ocr: LiveEmulator) -> None:
    with pytest.raises(ZeroDivisionError), ocr.intercept():
        raise ZeroDivisionError
    with pytest.raises(TypeError, match=r"\['example.com'\]"), ocr.intercept(allow="example.com"):
        pass


def test_interceptions_may_end_in_any_order(ocr: LiveEmulator) -> None:
    with start(recognizer=False) as other:
        first, second = ocr.intercept(), other.intercept()
        first.__enter__()
        second.__enter__()
        with_requests(URL, {})
        first.__exit__(None, None, None)
        with_requests(URL, {})
        second.__exit__(None, None, None)
        assert (len(ocr.requests), len(other.requests)) == (0, 2)


def test_a_mock_that_came_later_stays_and_passes_on(
    ocr: LiveEmulator, monkeypatch: pytest.MonkeyPatch
) -> None:
    query = {"access_token": ocr.token, "img_url": "mock://idcard"}
    former = requests.adapters.HTTPAdapter.send
    with ocr.intercept():
        ours = requests.adapters.HTTPAdapter.send
        monkeypatch.setattr(
            requests.adapters.HTTPAdapter, "send", lambda *args, **options: ours(*args, **options)
        )
        assert with_requests(URL, query)["errcode"] == 0
    assert with_requests(ocr.url + "/cv/ocr/idcard", query)["errcode"] == 0
    monkeypatch.undo()
    requests.adapters.HTTPAdapter.send = former  # type: ignore[method-assign]  # what the other mock kept is ours


def test_no_library_has_to_be_there(monkeypatch: pytest.MonkeyPatch) -> None:
    def missing(name: str) -> Any:
        raise ImportError(name)

    monkeypatch.setattr(interception, "import_module", missing)
    assert interception.replace_all(lambda _address: None) == []
