"""img_url: what is fetched, what is refused, and that no server can hold a call for longer than its time."""

from __future__ import annotations

import socket
import threading
import time
from collections.abc import Callable, Iterator
from typing import Any
from urllib.parse import quote

import pytest
from pytest_httpserver import HTTPServer
from werkzeug import Request, Response

from cloudbase_ocr.core.errors import WeChatError
from cloudbase_ocr.server import Server
from cloudbase_ocr.wechat import addresses
from cloudbase_ocr.wechat.fetch import Fetcher

Post = Callable[..., dict[str, Any]]
Serve = Callable[..., Server]

LIMIT = 2 * 1024 * 1024


def resolver(*found: str) -> Callable[..., list[tuple[Any, ...]]]:
    """A name server that answers every name with the given addresses."""

    def resolve(_host: str, port: int, **_: object) -> list[tuple[Any, ...]]:
        families = {True: socket.AF_INET6, False: socket.AF_INET}
        return [(families[":" in text], socket.SOCK_STREAM, 6, "", (text, port)) for text in found]

    return resolve


def refusal(fetcher: Fetcher, url: str, limit: int = LIMIT) -> WeChatError:
    with pytest.raises(WeChatError) as caught:
        fetcher.fetch(url, limit)
    return caught.value


@pytest.mark.parametrize(("address", "kind"), [
    ("93.184.216.34", "public"), ("2606:2800:220:1::1", "public"),
    ("127.0.0.1", "loopback"), ("127.255.255.254", "loopback"), ("::1", "loopback"), ("0:0:0:0:0:0:0:1", "loopback"),
    ("10.0.0.1", "private"), ("172.16.0.1", "private"), ("192.168.1.1", "private"), ("169.254.169.254", "private"),
    ("100.64.0.1", "private"), ("0.0.0.0", "private"), ("224.0.0.1", "private"), ("255.255.255.255", "private"),
    ("198.18.0.1", "private"), ("240.0.0.1", "private"), ("192.0.2.1", "private"), ("::", "private"),
    ("fe80::1", "private"), ("fe80::1%eth0", "private"), ("fc00::1", "private"), ("fd12::1", "private"),
    ("ff02::1", "private"), ("2001:db8::1", "private"), ("::ffff:10.0.0.1", "private"),
    ("64:ff9b::a00:1", "private"), ("2002:a00:1::", "private"),
    ("::10.0.0.1", "private"), ("2001:0:a00:1:0:0:f5ff:fffe", "private"),
    # What carries 127.0.0.1 inside leads elsewhere, or here by a way that nobody has checked.
    ("::ffff:127.0.0.1", "private"), ("::127.0.0.1", "private"), ("64:ff9b::7f00:1", "private"),
    ("2002:7f00:1::", "private"), ("::ffff:0:7f00:1", "private"), ("2606:4700::5efe:7f00:1", "private"),
    ("2606:4700::200:5efe:7f00:1", "private"), ("64:ff9b:1::7f00:1", "private"),
    ("2001:0:7f00:1:0:0:80ff:fffe", "private"),
    # What carries a public one leads there.
    ("::ffff:93.184.216.34", "public"), ("64:ff9b::5db8:d822", "public"), ("2002:5db8:d822::1", "public"),
    # Never given to the networks of the world.
    ("fec0::1", "private"), ("feff::1", "private"), ("5f00::1", "private"), ("3fff::1", "private"),
    ("4000::1", "private"), ("100::1", "private"), ("2001:2::1", "private"), ("2001:10::1", "private"),
    ("2001:20::1", "private"),
    ("0.1.2.3", "private"), ("192.0.0.9", "private"), ("192.88.99.1", "private"), ("198.51.100.1", "private"),
    ("2001:4860:4860::8888", "public"), ("240e::1", "public"), ("114.114.114.114", "public"),
])  # fmt: skip
def test_addresses_fall_into_classes(address: str, kind: str) -> None:
    assert addresses.classify(address) == kind


@pytest.mark.parametrize("url", [
    "http://10.0.0.1/a.jpg", "http://192.168.0.1/", "http://172.31.255.255/", "http://169.254.169.254/latest/meta-data",
    "http://100.100.100.200/", "http://0.0.0.0/", "http://0/", "http://[::]/", "http://[fe80::1]/", "http://[fc00::1]/",
    "http://[::ffff:10.0.0.1]/", "http://[64:ff9b::a00:1]/", "http://224.0.0.1/", "http://255.255.255.255/",
    "http://2130706433/", "http://0x7f000001/", "http://0x7f.1/", "http://0177.0.0.1/", "http://127.1/",
    "http://user@127.0.0.1/", "http://user:word@127.0.0.1/", "http://a@b@127.0.0.1/",
    "ftp://127.0.0.1/a", "file:///etc/passwd", "gopher://127.0.0.1/", "dict://127.0.0.1/", "data:image/png;base64,AA",
    "cloud://env.bucket/a.jpg", "javascript:alert(1)", "//127.0.0.1/a", "/etc/passwd", "C:\\a.jpg", "a.jpg", "http://",
    "http:///a", "http://127.0.0.1:99999/", "http://127.0.0.1:x/", "http://[::1/", "http://127.0.0.1/\r\nX: y",
    "http://127.0.0.1/\x00", "http://127.0.0.1\t/", "http://" + "a" * 9000, "http://exa mple/", "http://xn--/",
    "https%3A%2F%2Fexample.com%2Fa.jpg", "http://no-such-host.invalid/a.jpg", "mock://unknown", "wxfile://tmp/a.jpg",
])  # fmt: skip
def test_refused_with_101000(live: Server, ocr: Post, url: str) -> None:
    assert ocr(live, "bankcard", img_url=url)["errcode"] == 101000


def test_loopback_is_refused_when_others_can_reach_the_emulator(httpserver: HTTPServer) -> None:
    httpserver.expect_request("/").respond_with_data(b"x")
    url = httpserver.url_for("/")
    assert Fetcher(loopback=True).fetch(url, LIMIT) == b"x"
    assert "not public" in refusal(Fetcher(loopback=False), url).reason


def test_loopback_follows_the_address_that_the_emulator_listens_on(
    serve: Serve, ocr: Post, httpserver: HTTPServer
) -> None:
    httpserver.expect_request("/").respond_with_data(b"no picture")
    url = httpserver.url_for("/")
    assert ocr(serve(), "bankcard", img_url=url)["errcode"] == 101002  # fetched
    assert ocr(serve(host="0.0.0.0"), "bankcard", img_url=url)["errcode"] == 101000
    named = serve(host="0.0.0.0", allow_hosts=("localhost",))
    assert ocr(named, "bankcard", img_url=url.replace("127.0.0.1", "localhost"))["errcode"] == 101002


def test_named_host_may_have_any_address(httpserver: HTTPServer) -> None:
    httpserver.expect_request("/").respond_with_data(b"x")
    url = httpserver.url_for("/")
    fetcher = Fetcher(loopback=False, allow_hosts=frozenset({"pictures.test"}), resolve=resolver("127.0.0.1"))
    assert fetcher.fetch(url.replace(httpserver.host, "pictures.test"), LIMIT) == b"x"
    refusal(fetcher, url.replace(httpserver.host, "other.test"))


def test_a_name_with_one_bad_address_is_refused() -> None:
    fetcher = Fetcher(resolve=resolver("93.184.216.34", "10.0.0.1"))
    assert "not public" in refusal(fetcher, "http://mixed.test/").reason


def test_the_checked_address_is_the_one_connected_to(httpserver: HTTPServer) -> None:
    asked = []

    def once(host: str, port: int, **_: object) -> list[tuple[Any, ...]]:
        asked.append(host)
        return resolver("127.0.0.1")(host, port)

    httpserver.expect_request("/a.jpg", headers={"Host": f"rebind.test:{httpserver.port}"}).respond_with_data(
        b"x"
    )
    assert Fetcher(resolve=once).fetch(f"http://rebind.test:{httpserver.port}/a.jpg", LIMIT) == b"x"
    assert asked == ["rebind.test"]


@pytest.mark.parametrize(("port", "fetcher", "allowed"), [
    (81, Fetcher(), False), (80, Fetcher(), True), (443, Fetcher(), True),
    (81, Fetcher(allow_ports=frozenset({81})), True), (82, Fetcher(allow_ports=frozenset({81})), False),
])  # fmt: skip
def test_ports_of_public_hosts_r25(port: int, fetcher: Fetcher, allowed: bool) -> None:
    if allowed:
        fetcher._check_port(port, addresses.PUBLIC)
    else:
        with pytest.raises(WeChatError, match="port"):
            fetcher._check_port(port, addresses.PUBLIC)


def test_odd_ports_of_this_machine_are_refused_when_strict_r25(httpserver: HTTPServer) -> None:
    assert "port 80 and 443" in refusal(Fetcher(strict=True), httpserver.url_for("/")).reason


@pytest.mark.parametrize("status", [204, 206, 304, 400, 401, 403, 404, 500, 503])
def test_other_statuses_are_101000(httpserver: HTTPServer, status: int) -> None:
    httpserver.expect_request("/").respond_with_data(b"", status=status)
    assert refusal(Fetcher(), httpserver.url_for("/")).code == 101000


def test_redirects(httpserver: HTTPServer) -> None:
    for step in range(4):
        target = httpserver.url_for(f"/{step + 1}")
        httpserver.expect_request(f"/{step}").respond_with_data(b"", 302, headers={"Location": target})
    httpserver.expect_request("/relative").respond_with_data(b"", 307, headers={"Location": "/4"})
    httpserver.expect_request("/4").respond_with_data(b"found")
    assert Fetcher().fetch(httpserver.url_for("/relative"), LIMIT) == b"found"
    assert Fetcher().fetch(httpserver.url_for("/1"), LIMIT) == b"found"  # three redirects
    assert "more than 3 times" in refusal(Fetcher(), httpserver.url_for("/0")).reason


@pytest.mark.parametrize("target", ["http://10.0.0.1/", "http://93.184.216.34/", "file:///etc/passwd",
                                    "http://named.test/", "http://user:word@127.0.0.1/", ""])  # fmt: skip
def test_redirects_never_leave_their_class_of_address(httpserver: HTTPServer, target: str) -> None:
    httpserver.expect_request("/").respond_with_data(b"", 302, headers={"Location": target})
    fetcher = Fetcher(allow_hosts=frozenset({"named.test"}))
    assert refusal(fetcher, httpserver.url_for("/")).code == 101000


def test_a_public_name_cannot_redirect_to_this_machine(httpserver: HTTPServer) -> None:
    location = {"Location": httpserver.url_for("/secret")}
    httpserver.expect_request("/").respond_with_data(b"", 302, headers=location)
    httpserver.expect_request("/secret").respond_with_data(b"secret")
    fetcher = Fetcher(allow_hosts=frozenset({"first.test"}), resolve=resolver("127.0.0.1"))
    error = refusal(fetcher, f"http://first.test:{httpserver.port}/")
    assert "from a named address to a loopback one" in error.reason


def test_size_bound_holds_with_and_without_a_length_r17(httpserver: HTTPServer) -> None:
    def stream(_request: Request) -> Response:
        return Response(b"x" * 1000 for _ in range(11))

    httpserver.expect_request("/length").respond_with_data(b"x" * 10_001)
    httpserver.expect_request("/stream").respond_with_handler(stream)
    for path in ("/length", "/stream"):
        assert refusal(Fetcher(), httpserver.url_for(path), 10_000).code == 101002
        assert len(Fetcher().fetch(httpserver.url_for(path), 11_000)) > 10_000


@pytest.fixture
def raw_server() -> Iterator[Callable[[Callable[[socket.socket], None]], str]]:
    """Serve one connection with a function that gets the socket."""
    listener = socket.create_server(("127.0.0.1", 0))
    threads: list[threading.Thread] = []

    def start(behave: Callable[[socket.socket], None]) -> str:
        def run() -> None:
            connection, _ = listener.accept()
            with connection:
                connection.recv(65536)
                behave(connection)

        threads.append(threading.Thread(target=run))
        threads[-1].start()
        return f"http://127.0.0.1:{listener.getsockname()[1]}/"

    yield start
    for thread in threads:
        thread.join(10)
    listener.close()


@pytest.mark.parametrize("answer", [
    b"", b"garbage\r\n\r\n", b"HTTP/1.1 abc\r\n\r\n", b"HTTP/1.1 200 OK\r\nContent-Length: 10\r\n\r\nshort",
    b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\nzz\r\n",
    b"HTTP/1.1 200 OK\r\n" + b"a: b\r\n" * 200 + b"\r\n",
    b"HTTP/1.1 200 OK\r\nX: " + b"a" * 70_000 + b"\r\n\r\n",
    b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nab",
    b"HTTP/1.1 302 Found\r\nLocation: http://[::1\r\n\r\n", b"HTTP/1.1 302 Found\r\nLocation: \xff\xfe\r\n\r\n",
])  # fmt: skip
def test_broken_answers_are_101000(raw_server: Callable[..., str], answer: bytes) -> None:
    url = raw_server(lambda connection: connection.sendall(answer))
    assert refusal(Fetcher(seconds=2), url).code == 101000


def drip(head: bytes, piece: bytes) -> Callable[[socket.socket], None]:
    def behave(connection: socket.socket) -> None:
        try:
            connection.sendall(head)
            end = time.monotonic() + 5
            while time.monotonic() < end:
                connection.sendall(piece)
                connection.settimeout(0.02)
                try:
                    if not connection.recv(1):
                        return
                except TimeoutError:
                    continue
        except OSError:
            return

    return behave


@pytest.mark.parametrize(("head", "piece"), [
    (b"HTTP/1.1 200 OK\r\nContent-Length: 100000\r\n\r\n", b"x"),
    (b"HTTP/1.1 200 OK\r\nX-Slow: ", b"x"),
    (b"", b"HTTP/1.1 100 Continue\r\n\r\n"),
    (b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n", b"1\r\nx\r\n"),
])  # fmt: skip
def test_a_slow_drip_ends_at_the_deadline(raw_server: Callable[..., str], head: bytes, piece: bytes) -> None:
    started = time.monotonic()
    error = refusal(Fetcher(seconds=0.3), raw_server(drip(head, piece)))
    assert error.code == 101000
    assert time.monotonic() - started < 2


def test_a_name_server_that_does_not_answer_ends_at_the_deadline() -> None:
    release = threading.Event()

    def never(*_: object, **__: object) -> list[Any]:
        release.wait(10)
        return []

    started = time.monotonic()
    assert refusal(Fetcher(seconds=0.1, resolve=never), "http://slow.test/").code == 101000
    assert time.monotonic() - started < 2
    release.set()


def test_nothing_listens() -> None:
    with socket.create_server(("127.0.0.1", 0)) as listener:
        port = listener.getsockname()[1]
    assert refusal(Fetcher(), f"http://127.0.0.1:{port}/").code == 101000


def test_names_of_files_may_be_chinese_or_hold_spaces(
    live: Server, ocr: Post, httpserver: HTTPServer
) -> None:
    httpserver.expect_request("/身份 证.jpg", query_string="a=1&b=2").respond_with_data(b"no picture")
    plain = httpserver.url_for("/身份 证.jpg") + "?a=1&b=2"
    encoded = httpserver.url_for("/") + quote("身份 证.jpg") + "?a=1&b=2"
    for url in (plain, encoded):
        assert ocr(live, "bankcard", img_url=url)["errcode"] == 101002  # fetched, but no picture


def test_reasons_never_repeat_the_url(httpserver: HTTPServer) -> None:
    httpserver.expect_request("/").respond_with_data(b"", status=403)
    url = httpserver.url_for("/") + "?sign=SECRET"
    assert "SECRET" not in refusal(Fetcher(), url).reason
    assert "SECRET" not in refusal(Fetcher(loopback=False), url).reason


def test_https_to_a_server_that_speaks_http(httpserver: HTTPServer) -> None:
    error = refusal(Fetcher(), httpserver.url_for("/").replace("http:", "https:"))
    assert error.code == 101000
    assert "TLS" in error.reason
