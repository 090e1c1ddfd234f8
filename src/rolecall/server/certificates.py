"""A certificate authority of our own, for TLS on the main port and for the proxy that stands in for AWS's hosts.

Its key never leaves the data folder (mode 0600). Whoever trusts `ca.pem` trusts whoever can read that folder, so
nothing but this server's clients should.
"""

from __future__ import annotations

import contextlib
import datetime
import functools
import ipaddress
import os
import ssl
import tempfile
import threading
from collections.abc import Iterable
from pathlib import Path
from typing import Final

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import ExtendedKeyUsageOID, NameOID

from rolecall.errors import StartError

CERTIFICATE: Final = "ca.pem"
KEY: Final = "ca-key.pem"
YEARS: Final = datetime.timedelta(days=3650)
# Clients refuse certificates of servers that last longer than 398 days.
LEAF: Final = datetime.timedelta(days=397)
SKEW: Final = datetime.timedelta(days=1)
MOST_HOSTS: Final = 512


class Authority:
    """Signs certificates for host names and addresses."""

    def __init__(self, certificate: x509.Certificate, key: ec.EllipticCurvePrivateKey, path: Path) -> None:
        self._certificate = certificate
        self._key = key
        self.path = path  # of the certificate that clients are to trust
        self._leaf_key = ec.generate_private_key(ec.SECP256R1())
        self._lock = threading.Lock()
        self.context_for = functools.lru_cache(maxsize=MOST_HOSTS)(self._context_for)

    @classmethod
    def in_directory(cls, folder: Path) -> Authority:
        """The authority of a data folder; made when there is none. Raises StartError when it cannot be used."""
        path, secret = folder / CERTIFICATE, folder / KEY
        try:
            if not path.exists() or not secret.exists():
                _make(path, secret)
            key = serialization.load_pem_private_key(secret.read_bytes(), password=None)
            certificate = x509.load_pem_x509_certificate(path.read_bytes())
        except (OSError, ValueError) as problem:
            raise StartError(
                f"cannot use the certificate authority in {folder}: {problem}; "
                f"remove {CERTIFICATE} and {KEY} to make a new one"
            ) from None
        if not isinstance(key, ec.EllipticCurvePrivateKey) or certificate.public_key() != key.public_key():
            raise StartError(f"{secret} is not the key of {path}; remove both to make a new authority")
        return cls(certificate, key, path)

    def _context_for(self, *hosts: str) -> ssl.SSLContext:
        """What a server speaks TLS with under these names."""
        now = datetime.datetime.now(datetime.UTC)
        leaf = (
            _builder(_name(hosts[0]), self._certificate.subject, self._leaf_key.public_key(), now, LEAF)
            .add_extension(x509.SubjectAlternativeName(_names(hosts)), critical=False)
            .add_extension(x509.BasicConstraints(ca=False, path_length=None), critical=True)
            .add_extension(x509.ExtendedKeyUsage([ExtendedKeyUsageOID.SERVER_AUTH]), critical=False)
            .add_extension(
                x509.AuthorityKeyIdentifier.from_issuer_public_key(self._key.public_key()), critical=False
            )
            .sign(self._key, hashes.SHA256())
        )
        with self._lock:
            return _context(_pem(leaf) + _pem(self._certificate), _secret_pem(self._leaf_key))


def given(certificate: Path, key: Path) -> ssl.SSLContext:
    """What a server speaks TLS with by a certificate of somebody else's."""
    try:
        context = _empty_context()
        context.load_cert_chain(certificate, key)
    except (OSError, ssl.SSLError) as problem:
        raise StartError(f"cannot use {certificate} with the key {key}: {problem}") from None
    return context


def _make(path: Path, secret: Path) -> None:
    key = ec.generate_private_key(ec.SECP256R1())
    now = datetime.datetime.now(datetime.UTC)
    name = _name("rolecall local authority")
    certificate = (
        _builder(name, name, key.public_key(), now, YEARS)
        .add_extension(x509.BasicConstraints(ca=True, path_length=0), critical=True)
        .add_extension(
            x509.KeyUsage(
                digital_signature=False,
                content_commitment=False,
                key_encipherment=False,
                data_encipherment=False,
                key_agreement=False,
                key_cert_sign=True,
                crl_sign=True,
                encipher_only=False,
                decipher_only=False,
            ),
            critical=True,
        )
        .add_extension(x509.SubjectKeyIdentifier.from_public_key(key.public_key()), critical=False)
        .sign(key, hashes.SHA256())
    )
    path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
    _write(secret, _secret_pem(key), 0o600)
    _write(path, _pem(certificate), 0o644)


def _builder(
    subject: x509.Name,
    issuer: x509.Name,
    key: ec.EllipticCurvePublicKey,
    now: datetime.datetime,
    lasts: datetime.timedelta,
) -> x509.CertificateBuilder:
    return (
        x509.CertificateBuilder()
        .subject_name(subject)
        .issuer_name(issuer)
        .public_key(key)
        .serial_number(x509.random_serial_number())
        .not_valid_before(now - SKEW)
        .not_valid_after(now - SKEW + lasts)
    )


def _name(text: str) -> x509.Name:
    # A common name has 64 characters at most; clients read the alternative names.
    return x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, text[:64])])


def _names(hosts: Iterable[str]) -> list[x509.GeneralName]:
    made: list[x509.GeneralName] = []
    for host in hosts:
        try:
            made.append(x509.IPAddress(ipaddress.ip_address(host)))
        except ValueError:
            made.append(x509.DNSName(host))
    return made


def _empty_context() -> ssl.SSLContext:
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.minimum_version = ssl.TLSVersion.TLSv1_2
    context.set_alpn_protocols(["http/1.1"])
    return context


def _context(chain: bytes, key: bytes) -> ssl.SSLContext:
    """The ssl module reads certificates from files only."""
    context = _empty_context()
    handle, name = tempfile.mkstemp(prefix="rolecall-")  # made with mode 0600
    try:
        with os.fdopen(handle, "wb") as file:
            file.write(key + chain)
        context.load_cert_chain(name)
    finally:
        with contextlib.suppress(OSError):
            os.unlink(name)
    return context


def _write(path: Path, content: bytes, mode: int) -> None:
    """Aside and renamed: nobody reads half a file, or one that others may read."""
    aside = path.with_name(f".{path.name}.{os.getpid()}")
    handle = os.open(aside, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, mode)
    with os.fdopen(handle, "wb") as file:
        file.write(content)
    os.replace(aside, path)


def _pem(certificate: x509.Certificate) -> bytes:
    return certificate.public_bytes(serialization.Encoding.PEM)


def _secret_pem(key: ec.EllipticCurvePrivateKey) -> bytes:
    return key.private_bytes(
        serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
    )
