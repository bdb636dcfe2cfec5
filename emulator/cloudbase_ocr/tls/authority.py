"""A certificate authority for the emulated hosts, and the certificates that it gives.

It can vouch for these hosts and for this machine only (name constraints, RFC 5280, 4.2.1.10): whoever gets hold of its
key can pretend to be nobody else to a program that trusts it.
"""

from __future__ import annotations

import datetime as dt
import ipaddress
import warnings
from dataclasses import dataclass
from typing import TYPE_CHECKING

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.serialization import pkcs12
from cryptography.utils import CryptographyDeprecationWarning
from cryptography.x509.oid import ExtendedKeyUsageOID, NameOID

from cloudbase_ocr.core.reach import EMULATED
from cloudbase_ocr.tls.names import COMMON_NAME

if TYPE_CHECKING:
    from collections.abc import Iterable

LIFE = dt.timedelta(days=365)
RENEWED = dt.timedelta(days=1)
"""So long before its end another is made: programs that trust this one run for a while."""

_ORGANIZATION = "cloudbase-ocr"
_CLOCKS_DIFFER = dt.timedelta(days=1)
_LOCAL_NAMES = ("localhost",)
_LOCAL_ADDRESSES = ("127.0.0.1", "::1")
_LOCAL_NETWORKS = ("127.0.0.0/8", "::1/128")


@dataclass(frozen=True)
class Authority:
    """One authority with its key."""

    certificate: x509.Certificate
    key: ec.EllipticCurvePrivateKey
    leaf_key: ec.EllipticCurvePrivateKey
    """Of every certificate that it gives; never written where it stays."""

    @property
    def pem(self) -> bytes:
        """The certificate alone, as text."""
        return self.certificate.public_bytes(serialization.Encoding.PEM)

    @property
    def file(self) -> bytes:
        """Certificate and key, as :func:`load` takes them."""
        return self.pem + _key_pem(self.key)

    @property
    def ends(self) -> dt.datetime:
        """The end of its life, in UTC."""
        return self.certificate.not_valid_after_utc

    def lives(self, now: dt.datetime) -> bool:
        """Tell whether it is to be used, and not to be made anew."""
        return now < self.ends - RENEWED

    def issue(self, host: str) -> bytes:
        """Return a certificate for a host with its key, as text; "" is this machine under its own names."""
        names = _local_names() if not host else [x509.DNSName(host)]
        own = self.certificate
        builder = (
            x509.CertificateBuilder()
            .subject_name(_name(host[:64] or _LOCAL_NAMES[0]))
            .issuer_name(own.subject)
            .public_key(self.leaf_key.public_key())
            .serial_number(x509.random_serial_number())
            .not_valid_before(own.not_valid_before_utc)
            .not_valid_after(own.not_valid_after_utc)
            .add_extension(x509.SubjectAlternativeName(names), critical=False)
            .add_extension(x509.BasicConstraints(ca=False, path_length=None), critical=True)
            .add_extension(_usage(signs_certificates=False), critical=True)
            .add_extension(x509.ExtendedKeyUsage([ExtendedKeyUsageOID.SERVER_AUTH]), critical=False)
            .add_extension(_issuer_key(own), critical=False)
        )
        leaf = builder.sign(self.key, hashes.SHA256())
        return leaf.public_bytes(serialization.Encoding.PEM) + _key_pem(self.leaf_key)


def make(now: dt.datetime) -> Authority:
    """Make an authority whose life begins now."""
    key = ec.generate_private_key(ec.SECP256R1())
    name = _name(COMMON_NAME)
    builder = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(now - _CLOCKS_DIFFER)
        .not_valid_after(now + LIFE)
        .add_extension(x509.BasicConstraints(ca=True, path_length=0), critical=True)
        .add_extension(_usage(signs_certificates=True), critical=True)
        .add_extension(x509.NameConstraints(_permitted(), None), critical=True)
        .add_extension(x509.SubjectKeyIdentifier.from_public_key(key.public_key()), critical=False)
    )
    return _with_leaf_key(builder.sign(key, hashes.SHA256()), key)


def load(data: bytes) -> Authority:
    """Return the authority of a file that :attr:`Authority.file` filled.

    Raises:
        ValueError: it holds none.
    """
    key = serialization.load_pem_private_key(data, None)
    if not isinstance(key, ec.EllipticCurvePrivateKey):
        raise ValueError("the key is of another kind")  # noqa: TRY004 - of a file, and not of an argument
    return _with_leaf_key(x509.load_pem_x509_certificate(data), key)


def java_trust_store(certificates: Iterable[bytes], password: str) -> bytes:
    """Return the file by which Java trusts `certificates` (DER); those that the library cannot read are left out."""
    with warnings.catch_warnings():
        # Of old authorities that break a rule of RFC 5280; whether to trust them is the machine's affair.
        warnings.simplefilter("ignore", CryptographyDeprecationWarning)
        entries = list(filter(None, map(_entry, certificates)))
    secret = serialization.BestAvailableEncryption(password.encode())
    return pkcs12.serialize_java_truststore(entries, secret)


def _entry(der: bytes) -> pkcs12.PKCS12Certificate | None:
    try:
        return pkcs12.PKCS12Certificate(x509.load_der_x509_certificate(der), None)
    except ValueError:
        return None


def _with_leaf_key(certificate: x509.Certificate, key: ec.EllipticCurvePrivateKey) -> Authority:
    if certificate.public_key() != key.public_key():
        raise ValueError("certificate and key do not belong together")
    return Authority(certificate, key, ec.generate_private_key(ec.SECP256R1()))


def _name(common: str) -> x509.Name:
    return x509.Name(
        [
            x509.NameAttribute(NameOID.ORGANIZATION_NAME, _ORGANIZATION),
            x509.NameAttribute(NameOID.COMMON_NAME, common),
        ]
    )


def _permitted() -> list[x509.GeneralName]:
    names: list[x509.GeneralName] = [x509.DNSName(host) for host in (*EMULATED, *_LOCAL_NAMES)]
    return names + [x509.IPAddress(ipaddress.ip_network(network)) for network in _LOCAL_NETWORKS]


def _local_names() -> list[x509.GeneralName]:
    names: list[x509.GeneralName] = [x509.DNSName(host) for host in _LOCAL_NAMES]
    return names + [x509.IPAddress(ipaddress.ip_address(address)) for address in _LOCAL_ADDRESSES]


def _usage(*, signs_certificates: bool) -> x509.KeyUsage:
    return x509.KeyUsage(
        digital_signature=not signs_certificates,
        content_commitment=False,
        key_encipherment=False,
        data_encipherment=False,
        key_agreement=False,
        key_cert_sign=signs_certificates,
        crl_sign=signs_certificates,
        encipher_only=False,
        decipher_only=False,
    )


def _issuer_key(own: x509.Certificate) -> x509.AuthorityKeyIdentifier:
    identifier = own.extensions.get_extension_for_class(x509.SubjectKeyIdentifier).value
    return x509.AuthorityKeyIdentifier.from_issuer_subject_key_identifier(identifier)


def _key_pem(key: ec.EllipticCurvePrivateKey) -> bytes:
    return key.private_bytes(
        serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
    )
