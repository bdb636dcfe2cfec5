"""The authority: for whom it can vouch, and for how long."""

from __future__ import annotations

import datetime as dt
import shutil
import ssl
import subprocess
from contextlib import suppress
from pathlib import Path

import pytest
from cryptography import x509

from cloudbase_ocr.core.reach import EMULATED
from cloudbase_ocr.tls.authority import LIFE, RENEWED, Authority, java_trust_store, load, make
from tests import needs

NOW = dt.datetime.now(dt.timezone.utc).replace(microsecond=0)


@pytest.fixture(scope="module")
def authority() -> Authority:
    return make(NOW)


def shake_hands(authority: Authority, host: str, tmp_path: Path) -> None:
    """Let a client that trusts the authority alone check the certificate for a host."""
    file = tmp_path / "leaf.pem"
    file.write_bytes(authority.issue("" if host in ("localhost", "127.0.0.1", "::1") else host))
    serving = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    serving.load_cert_chain(file)
    asking = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    asking.verify_flags |= ssl.VERIFY_X509_STRICT
    asking.load_verify_locations(cadata=authority.pem.decode())
    to_server, to_client = ssl.MemoryBIO(), ssl.MemoryBIO()
    server = serving.wrap_bio(to_server, to_client, server_side=True)
    client = asking.wrap_bio(to_client, to_server, server_hostname=host)
    for side in (client, server, client):
        with suppress(ssl.SSLWantReadError):
            side.do_handshake()
    assert client.getpeercert()


@pytest.mark.parametrize(
    "host",
    [
        *EMULATED,
        "tcb.ap-shanghai.tencentcloudapi.com",
        "a.cos.ap-x.myqcloud.com",
        "localhost",
        "127.0.0.1",
        "::1",
    ],
)
def test_programs_that_trust_it_accept_its_hosts(host: str, authority: Authority, tmp_path: Path) -> None:
    shake_hands(authority, host, tmp_path)


@pytest.mark.parametrize("host", ["example.com", "weixin.qq.com", "api.weixin.qq.com.example.com"])
def test_it_can_vouch_for_nobody_else(host: str, authority: Authority, tmp_path: Path) -> None:
    with pytest.raises(ssl.SSLCertVerificationError, match="permitted subtree violation"):
        shake_hands(authority, host, tmp_path)


def test_it_lives_for_a_year_and_is_renewed_a_day_before(authority: Authority) -> None:
    assert authority.ends == NOW + LIFE == NOW + dt.timedelta(days=365)
    assert authority.lives(NOW)
    assert authority.lives(authority.ends - RENEWED - dt.timedelta(seconds=1))
    assert not authority.lives(authority.ends - RENEWED)
    leaf = x509.load_pem_x509_certificate(authority.issue("api.weixin.qq.com"))
    assert leaf.not_valid_after_utc == authority.ends


def test_a_file_brings_it_back(authority: Authority) -> None:
    assert load(authority.file).certificate == authority.certificate


@pytest.mark.parametrize("data", [b"", b"no PEM", b"half"], ids=["empty", "text", "half"])
def test_a_broken_file_is_told(data: bytes, authority: Authority) -> None:
    with pytest.raises(ValueError, match=r"."):
        load(authority.pem if data == b"half" else data)


def test_a_certificate_with_the_key_of_another_is_told(authority: Authority) -> None:
    with pytest.raises(ValueError, match="do not belong together"):
        load(authority.pem + make(NOW).file.partition(b"-----END CERTIFICATE-----\n")[2])


def test_java_reads_its_trust_store(authority: Authority, tmp_path: Path) -> None:
    keytool = shutil.which("keytool")
    if keytool is None:
        pytest.skip(needs.JAVA)
    file = tmp_path / "trust.p12"
    file.write_bytes(
        java_trust_store([ssl.PEM_cert_to_DER_cert(authority.pem.decode()), b"none"], "changeit")
    )
    command = [keytool, "-list", "-keystore", str(file), "-storepass", "changeit", "-J-Duser.language=en"]
    listed = subprocess.run(command, capture_output=True, encoding="utf-8", timeout=60, check=True).stdout
    assert "Your keystore contains 1 entry" in listed
    assert "trustedCertEntry" in listed


def test_the_key_in_a_certificate_is_never_the_authoritys(authority: Authority) -> None:
    leaf = x509.load_pem_x509_certificate(authority.issue("localhost"))
    assert leaf.public_key() != authority.certificate.public_key()
