"""TLS and CONNECT on the port of plain HTTP, byte by byte, within the server's bounds."""

from __future__ import annotations

import logging
import os
import ssl
import threading
import time
from collections.abc import Callable
from contextlib import ExitStack, suppress
from pathlib import Path
from typing import Any

import pytest
import requests

from cloudbase_ocr.server import Bounds, Listener
from cloudbase_ocr.server.https import Https
from cloudbase_ocr.tls import AuthorityStore, TlsError
from cloudbase_ocr.tls.errors import MISSING
from tests.emulator.server.raw import connect, exchange, listening, post, read_all
from tests.emulator.tls.clients import WEIXIN, asked, connect_to, secured, trusting

HELLO = b"\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03"
"""The first bytes of a handshake that promises 512."""


@pytest.fixture(scope="module")
def store(tmp_path_factory: pytest.TempPathFactory) -> AuthorityStore:
    return AuthorityStore(tmp_path_factory.mktemp("tls"))


def app(environ: dict[str, Any], start_response: Callable[..., object]) -> list[bytes]:
    """Answer with the scheme, and the length of the body; a body of more than a record comes back."""
    body = environ["wsgi.input"].read()
    answer = body if len(body) > 20_000 else f"{environ['wsgi.url_scheme']} {len(body)}".encode()
    start_response("200 OK", [("Content-Length", str(len(answer)))])
    return [answer]


def test_tls_and_plain_http_on_one_port(store: AuthorityStore) -> None:
    with listening(app, https=Https(store)) as listener:
        with secured(listener.port, store) as connection:
            assert asked(connection).endswith(b"https 0")
        assert requests.get(listener.url, timeout=10).text == "http 0"


@pytest.mark.parametrize("host", ["localhost", "127.0.0.1", "tcb.tencentcloudapi.com"])
def test_a_certificate_for_each_name(host: str, store: AuthorityStore) -> None:
    with listening(app, https=Https(store)) as listener, secured(listener.port, store, host) as connection:
        assert asked(connection).endswith(b"https 0")


def test_bodies_and_answers_of_many_records(store: AuthorityStore) -> None:
    body = os.urandom(3_000_000)
    with listening(app, https=Https(store)) as listener, secured(listener.port, store) as connection:
        connection.sendall(post("/", body))
        assert read_all(connection).endswith(body)


def test_an_answer_ends_with_the_notice_that_nothing_is_cut_off(store: AuthorityStore) -> None:
    context = trusting(store)
    with (
        listening(app, https=Https(store)) as listener,
        connect(listener.port) as plain,
        context.wrap_socket(plain, server_hostname=WEIXIN, suppress_ragged_eofs=False) as connection,
    ):
        assert asked(connection).endswith(b"https 0")


def test_the_name_of_another_host_is_refused(store: AuthorityStore) -> None:
    with listening(app, https=Https(store)) as listener, connect(listener.port) as plain:
        with pytest.raises(ssl.SSLError, match=r"(?i)unrecognized.name"):
            trusting(store).wrap_socket(plain, server_hostname="example.com")
        assert requests.get(listener.url, timeout=10).text == "http 0"


def test_who_does_not_trust_it_refuses_and_the_server_goes_on(
    store: AuthorityStore, caplog: pytest.LogCaptureFixture
) -> None:
    with listening(app, https=Https(store)) as listener:
        with pytest.raises(requests.exceptions.SSLError, match="CERTIFICATE_VERIFY_FAILED"):
            requests.get(f"https://localhost:{listener.port}/", timeout=10)
        assert requests.get(listener.url, timeout=10).text == "http 0"
    assert "Traceback" not in caplog.text


@pytest.mark.parametrize("target", [f"{WEIXIN}:443", "TCB.TencentCloudApi.com:443"])
def test_connect_leads_to_the_emulated_hosts(target: str, store: AuthorityStore) -> None:
    host = target.partition(":")[0]
    with listening(app, https=Https(store)) as listener, connect(listener.port) as plain:
        assert connect_to(plain, target).startswith(b"HTTP/1.1 200 ")
        with trusting(store).wrap_socket(plain, server_hostname=host) as connection:
            assert asked(connection, host).endswith(b"https 0")


def test_plain_http_behind_connect_is_answered(store: AuthorityStore) -> None:
    with listening(app, https=Https(store)) as listener, connect(listener.port) as plain:
        connect_to(plain, f"{WEIXIN}:80")
        assert asked(plain).endswith(b"http 0")


REFUSED = {
    "another host": (
        "example.com:443",
        b"403 example.com is not one of the hosts that the emulator stands in for",
    ),
    "this machine": ("127.0.0.1:{port}", b"403 127.0.0.1 is not one of the hosts"),
    "no port": (WEIXIN, b"400 "),
    "a port that is none": (f"{WEIXIN}:https", b"400 "),
    "no host": (":443", b"400 "),
    "a header in it": ("a%0d%0aX:443", b"400 "),
}


@pytest.mark.parametrize(("target", "expected"), REFUSED.values(), ids=list(REFUSED))
def test_connect_elsewhere_is_refused_in_one_sentence(
    target: str, expected: bytes, store: AuthorityStore, caplog: pytest.LogCaptureFixture
) -> None:
    with listening(app, https=Https(store)) as listener, connect(listener.port) as plain:
        head = connect_to(plain, target.format(port=listener.port))
        assert head.startswith(b"HTTP/1.1 " + expected)
        assert b"errmsg" in read_all(plain)
    assert len([record for record in caplog.records if record.levelno >= logging.WARNING]) == 1


def test_connect_within_connect_and_within_tls_is_refused(store: AuthorityStore) -> None:
    with listening(app, https=Https(store)) as listener:
        with connect(listener.port) as plain:
            connect_to(plain, f"{WEIXIN}:443")
            assert connect_to(plain, f"{WEIXIN}:443").startswith(b"HTTP/1.1 405 ")
        with secured(listener.port, store) as connection:
            assert connect_to(connection, f"{WEIXIN}:443").startswith(b"HTTP/1.1 405 ")


def test_who_does_not_wait_for_the_answer_to_connect_is_refused(store: AuthorityStore) -> None:
    sent = b"CONNECT %s:443 HTTP/1.1\r\nHost: x\r\n\r\n" % WEIXIN.encode() + HELLO
    with listening(app, https=Https(store)) as listener:
        assert exchange(listener.port, sent).startswith(b"HTTP/1.1 400 ")


@pytest.mark.parametrize(
    ("sent", "status", "line"),
    [
        (HELLO, b"400", "a client speaks TLS to this port; --no-tls answers plain http only"),
        (
            b"CONNECT %s:443 HTTP/1.1\r\nHost: x\r\n\r\n" % WEIXIN.encode(),
            b"405",
            "a client takes this port for a proxy (CONNECT); --no-tls answers plain http only",
        ),
    ],
    ids=["TLS", "CONNECT"],
)
def test_where_there_is_no_https_one_line_says_why(
    sent: bytes, status: bytes, line: str, caplog: pytest.LogCaptureFixture
) -> None:
    with listening(app, https=Https(None, "--no-tls answers plain http only")) as listener:
        assert exchange(listener.port, sent).split()[1] == status
    assert [record.getMessage() for record in caplog.records] == [f"127.0.0.1: {line}"]


class Unready(AuthorityStore):
    """An authority whose making takes until it may end."""

    may = threading.Event()

    def get(self):  # type: ignore[no-untyped-def]  # as of AuthorityStore
        assert self.may.wait(20)
        return super().get()


def health_seconds(listener: Listener, tries: int = 10) -> float:
    best = float("inf")
    for _ in range(tries):
        began = time.monotonic()
        assert requests.get(listener.url, timeout=10).text == "http 0"
        best = min(best, time.monotonic() - began)
    return best


def test_while_the_authority_is_made_plain_requests_are_answered(store: AuthorityStore) -> None:
    slow = Unready(store.folder)
    with listening(app, https=Https(slow)) as listener, ExitStack() as stack:
        plain = [stack.enter_context(connect(listener.port)) for _ in range(20)]
        threads = threading.active_count()
        for connection in plain:
            connection.sendall(HELLO)
        assert health_seconds(listener) < 0.1
        assert threading.active_count() <= threads + 3
        with connect(listener.port) as asking:
            slow.may.set()
            with trusting(store).wrap_socket(asking, server_hostname=WEIXIN) as connection:
                assert asked(connection).endswith(b"https 0")


def test_a_thousand_dribbling_handshakes_leave_health_as_it_is(store: AuthorityStore) -> None:
    with listening(app, https=Https(store)) as listener, ExitStack() as stack:
        with secured(listener.port, store) as connection:
            asked(connection)
        threads = threading.active_count()
        slow = [stack.enter_context(connect(listener.port)) for _ in range(1000)]
        for each in slow:
            each.sendall(HELLO)
        for each in slow:
            each.sendall(b"\x00")
        assert health_seconds(listener) < 0.1
        assert threading.active_count() < threads + 10


@pytest.mark.parametrize("sent", [HELLO[:1], HELLO], ids=["one byte", "half a greeting"])
def test_handshakes_that_never_end_are_closed_when_their_time_is_over(
    sent: bytes, store: AuthorityStore
) -> None:
    with listening(app, Bounds(head_seconds=0.2), https=Https(store)) as listener:
        with connect(listener.port) as silent:
            silent.sendall(sent)
            assert read_all(silent) == b""
        with connect(listener.port) as silent:
            connect_to(silent, f"{WEIXIN}:443")
            assert read_all(silent) == b""


def test_a_handshake_that_is_none_is_closed(store: AuthorityStore) -> None:
    with listening(app, https=Https(store)) as listener:
        with connect(listener.port) as connection:
            connection.sendall(b"\x16" + b"GET / HTTP/1.1\r\n\r\n" * 10)
            with suppress(ConnectionError):
                assert b"HTTP" not in read_all(connection)
        assert requests.get(listener.url, timeout=10).text == "http 0"


@pytest.mark.check
def test_descriptors_are_given_back(store: AuthorityStore) -> None:
    folder = Path("/proc/self/fd")
    if not folder.is_dir():
        pytest.skip("this system does not list descriptors; run it on Linux")
    with listening(app, https=Https(store)) as listener:
        with secured(listener.port, store) as connection:
            asked(connection)
        before = len(list(folder.iterdir()))
        for _ in range(20):
            with secured(listener.port, store) as connection:
                asked(connection)
            with connect(listener.port) as plain, suppress(ssl.SSLError):
                trusting(store).wrap_socket(plain, server_hostname="example.com")
            exchange(listener.port, HELLO)
            with connect(listener.port) as plain:
                connect_to(plain, f"{WEIXIN}:443")
        end = time.monotonic() + 5
        while len(list(folder.iterdir())) > before and time.monotonic() < end:
            threading.Event().wait(0.01)
        assert len(list(folder.iterdir())) <= before


def test_without_the_extra_one_line_says_what_to_install(
    store: AuthorityStore, caplog: pytest.LogCaptureFixture, monkeypatch: pytest.MonkeyPatch
) -> None:
    def missing() -> None:
        raise TlsError(MISSING)

    monkeypatch.setattr(store, "get", missing)
    with listening(app, https=Https(store)) as listener:
        for _ in range(2):
            assert exchange(listener.port, HELLO, closes=False).startswith(b"HTTP/1.1 400 ")
        assert requests.get(listener.url, timeout=10).text == "http 0"
    lines = [record.getMessage() for record in caplog.records]
    assert lines == [f"127.0.0.1: a client speaks TLS to this port; {MISSING}"] * 2


def test_a_stop_ends_what_shakes_hands(store: AuthorityStore) -> None:
    with listening(app, https=Https(store)) as listener, connect(listener.port) as connection:
        connection.sendall(HELLO)
        assert requests.get(listener.url, timeout=10).ok, (
            "a later connection is answered: the first was accepted"
        )
        began = time.monotonic()
        listener.stop()
        assert time.monotonic() - began < 2
        with suppress(ConnectionError):
            assert connection.recv(1) == b""
