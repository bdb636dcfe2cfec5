"""What is found in Redis and makes no sense; other versions; and places that cannot be used."""

from __future__ import annotations

import datetime as dt
import json
import subprocess
import sys
from pathlib import Path
from random import Random

import pytest

from cloudbase_ocr.core.clock import ManualClock
from cloudbase_ocr.core.errors import StateAwayError, WeChatError
from cloudbase_ocr.settings import Settings
from cloudbase_ocr.state.files import StorageError, StoredFile
from cloudbase_ocr.state.shared import Shared, StateURLError, client_of
from cloudbase_ocr.state.shared.connection import Script
from cloudbase_ocr.state.shared.files import SharedObjects
from cloudbase_ocr.state.shared.parts import shared_parts
from cloudbase_ocr.state.shared.tokens import SharedTokens
from tests import needs
from tests.docs.nginx_server import free_port
from tests.processes import started
from tests.redis_server import PROGRAM, RedisServer

ODD = (
    b"",
    b"x",
    b"[]",
    b"{}",
    b"null",
    b'{"tokens": [1]}',
    b'{"tokens": [{"text": 1, "expires": 2}]}',
    b"\xff\xfe",
)


def parts(shared: Shared) -> tuple[ManualClock, Random]:
    return ManualClock(1_760_000_000), Random(1)


@pytest.mark.parametrize("odd", ODD)
def test_a_slot_of_tokens_that_makes_no_sense_is_left_out(
    shared: Shared, redis_server: RedisServer, sayings: list[str], odd: bytes
) -> None:
    tokens = SharedTokens(shared, *parts(shared))
    text = tokens.stable("wx1").access_token
    (slot,) = redis_server.client.keys("cloudbase-ocr:1:slot:*")
    redis_server.client.set(slot, odd)
    with pytest.raises(WeChatError, match="40001"):
        tokens.owner(text)
    assert tokens.stable("wx1").expires_in == 7200
    if odd != b"{}":
        assert sayings == [f"{shared.place}: tokens that make no sense are left out. It is told once."]


def test_values_of_another_type_are_left_out_and_told_once(
    shared: Shared, redis_server: RedisServer, sayings: list[str]
) -> None:
    clock, random = parts(shared)
    found = shared_parts(Settings(ocr_only=True), clock, random, shared)
    assert found.guesses is not None

    def work() -> None:
        assert found.guesses is not None
        found.tokens.issue("wx1")
        found.tokens.refresh_stable("wx1")
        found.tokens.states()
        found.quotas.reserve("wx1", "idcard")
        found.quotas.set_limit("wx1", "idcard", 3)
        found.quotas.changed()
        found.files.put("env", "a.jpg", b"x")
        found.files.get("cloud://env.656e-env-1250000000/a.jpg")
        found.accounts.change("wx1", "a-secret-nobody-guesses", keep=True)
        found.accounts.states()
        with found.guesses.attempt("203.0.113.7", "wx1"):
            found.accounts.authenticate("wx1", "a-secret-nobody-guesses")
        with pytest.raises(WeChatError), found.guesses.attempt("203.0.113.7", "wx1"):
            raise WeChatError(40125)

    work()
    keys = list(redis_server.client.keys("cloudbase-ocr:1:*"))
    for of_another_type in (b"list", b"string", b"numbers"):
        for key in keys:
            if of_another_type == b"numbers" and redis_server.client.type(key) == b"hash":
                for field in redis_server.client.hkeys(key):
                    redis_server.client.hset(key, field, "nan")
                redis_server.client.hset(key, "not JSON", "-1")
            elif of_another_type == b"list":
                redis_server.client.delete(key)
                redis_server.client.rpush(key, "x")
            elif of_another_type == b"string":
                redis_server.client.set(key, "x")
        work()
    assert len(sayings) == len(set(sayings)) >= 4
    assert found.quotas.usage("wx1", "idcard").used == 1


def test_another_version_is_told_once_and_not_read(
    shared: Shared, redis_server: RedisServer, sayings: list[str]
) -> None:
    redis_server.client.sadd("cloudbase-ocr:versions", "7")
    redis_server.client.set("cloudbase-ocr:7:slot:stable:wx1", "x")
    tokens = SharedTokens(shared, *parts(shared))
    for _ in range(2):
        tokens.stable("wx1")
    assert sayings == [
        f"{shared.place} holds state of version 7, too, which is left out: this emulator reads version 1."
    ]
    assert redis_server.client.get("cloudbase-ocr:7:slot:stable:wx1") == b"x"


def test_files_are_bounded(shared: Shared) -> None:
    objects = SharedObjects(shared, Random(1), max_bytes=10, max_files=2)
    objects.put(("b", "a"), StoredFile(b"12345"))
    objects.put(("b", "a"), StoredFile(b"1234567890"))
    with pytest.raises(StorageError, match="full"):
        objects.put(("b", "b"), StoredFile(b"1"))
    objects.put(("b", "a"), StoredFile(b"1", "image/png"))
    objects.put(("b", "b"), StoredFile(b"\x00\xff"))
    with pytest.raises(StorageError, match="full"):
        objects.put(("b", "c"), StoredFile(b"1"))
    assert (len(objects), objects.get(("b", "a"))) == (2, StoredFile(b"1", "image/png"))
    listed = {file.key: (file.size, file.content_type) for file in objects.listed()}
    assert listed == {("b", "a"): (1, "image/png"), ("b", "b"): (2, "application/octet-stream")}
    assert [objects.delete(("b", "a")) for _ in range(2)] == [True, False]
    assert [file.key for file in objects.listed()] == [("b", "b")]
    objects.clear()
    assert (len(objects), objects.get(("b", "b"))) == (0, None)


def test_a_redis_that_refuses_is_away(tmp_path: Path) -> None:
    told: list[str] = []
    with RedisServer(tmp_path, "--maxmemory", "1", "--maxmemory-policy", "noeviction").running() as server:
        shared = Shared(server.url, told.append)
        with pytest.raises(StateAwayError):
            SharedTokens(shared, *parts(shared)).issue("wx1")
        shared.close()
    assert len(told) == 1
    assert "maxmemory" in told[0]


def test_a_password_and_a_socket(tmp_path: Path) -> None:
    socket = tmp_path / "redis.sock"
    told: list[str] = []
    script = Script("nothing", "return {bad, 'ok'}")
    with RedisServer(tmp_path, "--unixsocket", str(socket)).running() as server:
        shared = Shared(f"unix://{socket}?db=3", told.append)
        assert shared.run(script) == [b"ok"]
        server.client.config_set("requirepass", "one-more-secret")
        right = Shared(f"redis://:one-more-secret@127.0.0.1:{server.port}/1", told.append)
        assert right.run(script) == [b"ok"]
        assert told == []
        wrong = Shared(f"redis://:another-secret@127.0.0.1:{server.port}/1", told.append)
        assert not wrong.ping()
        assert "another-secret" not in told[0]
        for each in (shared, right, wrong):
            each.close()


@pytest.mark.check
def test_sentinels_name_the_master(tmp_path: Path) -> None:
    assert PROGRAM is not None
    with RedisServer(tmp_path).running() as server:
        probe = RedisServer(tmp_path)
        file = tmp_path / "sentinel.conf"
        file.write_text(
            f"port {probe.port}\nbind 127.0.0.1\nsentinel monitor mine 127.0.0.1 {server.port} 1\n"
        )
        with started([PROGRAM, str(file), "--sentinel"], stdout=subprocess.DEVNULL):
            told: list[str] = []
            shared = Shared(f"redis+sentinel://127.0.0.1:1,127.0.0.1:{probe.port}/mine/2", told.append)
            while not shared.ping():
                pass
            tokens = SharedTokens(shared, *parts(shared))
            text = tokens.stable("wx1").access_token
            assert tokens.owner(text) == "wx1"
            shared.close()
        probe.client.close()
        assert server.client.select(2)
        assert json.dumps(server.client.info("keyspace")).count("db2") == 1


@pytest.mark.check
def test_tls_is_spoken_and_the_certificate_is_looked_at(tmp_path: Path) -> None:
    pytest.importorskip("cryptography", reason=needs.CRYPTOGRAPHY)
    from cloudbase_ocr.tls import authority

    if PROGRAM is None:
        pytest.skip(needs.REDIS)
    asked = subprocess.run([PROGRAM, "--tls-port", "x"], capture_output=True, text=True, timeout=30)
    if "Bad directive" in asked.stdout + asked.stderr:
        pytest.skip("redis-server was built without TLS; Debian's has it")

    own = authority.make(dt.datetime.now(dt.timezone.utc))
    (tmp_path / "ca.pem").write_bytes(own.pem)
    (tmp_path / "redis.pem").write_bytes(own.issue(""))
    port = free_port()
    files = ("--tls-cert-file", "redis.pem", "--tls-key-file", "redis.pem", "--tls-ca-cert-file", "ca.pem")
    options = ("--tls-port", str(port), *files, "--tls-auth-clients", "no")
    told: list[str] = []
    place = f"rediss://127.0.0.1:{port}/0"
    with RedisServer(tmp_path, *options).running():
        right = Shared(f"{place}?ssl_ca_certs={tmp_path / 'ca.pem'}", told.append)
        tokens = SharedTokens(right, *parts(right))
        text = tokens.stable("wx1").access_token
        assert tokens.owner(text) == "wx1"
        assert right.place == place, "for people, without options"
        assert told == []
        strange = Shared(place, told.append)
        assert not strange.ping()
        assert "CERTIFICATE_VERIFY_FAILED" in told[0]
        plain = Shared(f"redis://127.0.0.1:{port}/0", told.append)
        assert not plain.ping()
        for each in (right, strange, plain):
            each.close()
    assert len(told) == 2


@pytest.mark.parametrize(
    ("url", "said"),
    [
        ("http://127.0.0.1:6379/0", "http:// is not known here"),
        ("redis+cluster://127.0.0.1", "is not known here"),
        ("redis+sentinel://127.0.0.1", "name of the master"),
        ("redis+sentinel://:26379/mine", "a sentinel has no host"),
        ("redis://:a-secret@127.0.0.1:x/0", "cannot be read"),
    ],
)
def test_what_is_no_place(url: str, said: str) -> None:
    with pytest.raises(StateURLError, match=said) as error:
        client_of(url)
    assert "a-secret" not in str(error.value)


def test_without_redis_py_one_sentence_says_what_to_install(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("importlib.util.find_spec", lambda name: None)
    with pytest.raises(StateURLError, match=r"pip install 'cloudbase-ocr\[redis\]'"):
        client_of("redis://127.0.0.1/0")


@pytest.mark.check
def test_an_emulator_without_shared_state_imports_no_redis() -> None:
    code = (
        "import sys; from cloudbase_ocr.app import create_app; from cloudbase_ocr.settings import Settings;"
        "create_app(Settings(recognizer=False)); print('redis' in sys.modules, 'prometheus_client' in sys.modules)"
    )
    done = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, timeout=60, check=True
    )
    assert done.stdout == "False False\n"
