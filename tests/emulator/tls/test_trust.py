"""Trust files: the machine's authorities and ours, each once."""

from __future__ import annotations

import ssl
from pathlib import Path

import pytest

from cloudbase_ocr.tls import AuthorityStore
from cloudbase_ocr.tls.names import BUNDLE, PHP
from cloudbase_ocr.tls.trust import machine_authorities, write_trust


def test_the_bundle_holds_the_machines_authorities_and_ours(store: AuthorityStore) -> None:
    bundle = write_trust(store)[BUNDLE]
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    context.load_verify_locations(bundle)
    found = context.get_ca_certs(binary_form=True)
    ours = ssl.PEM_cert_to_DER_cert(store.get().pem.decode())
    assert set(found) == {*machine_authorities(), ours}
    assert len(found) > 20


def test_a_machine_that_is_led_to_our_bundle_does_not_grow_it(
    store: AuthorityStore, monkeypatch: pytest.MonkeyPatch
) -> None:
    bundle = write_trust(store)[BUNDLE]
    before = bundle.read_bytes()
    monkeypatch.setenv("SSL_CERT_FILE", str(bundle))
    monkeypatch.setenv("SSL_CERT_DIR", "/nonexistent")
    assert sorted(write_trust(store)[BUNDLE].read_bytes().splitlines()) == sorted(before.splitlines())


def test_a_machine_without_authorities_gets_those_of_requests(
    store: AuthorityStore, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setenv("SSL_CERT_FILE", str(tmp_path / "none"))
    monkeypatch.setattr("cloudbase_ocr.tls.trust._BUNDLES", ())
    assert len(machine_authorities()) > 20


def test_an_authority_that_another_process_has_replaced_is_written_again(
    store: AuthorityStore, monkeypatch: pytest.MonkeyPatch
) -> None:
    answers = iter([False, True])
    monkeypatch.setattr(store, "is_current", lambda _: next(answers))
    assert write_trust(store)
    assert list(answers) == []


def test_php_is_led_to_the_bundle(store: AuthorityStore) -> None:
    written = write_trust(store)
    assert f'curl.cainfo="{written[BUNDLE]}"' in written[PHP].read_text("utf-8")
