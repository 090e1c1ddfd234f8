"""X.509 certificates in PEM: read one, and see whether a private key belongs to it."""

from __future__ import annotations

from typing import Final

from cryptography import x509
from cryptography.exceptions import UnsupportedAlgorithm
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat, load_pem_private_key

from rolecall.services.iam.errors import fault

FORMAT: Final = (Encoding.DER, PublicFormat.SubjectPublicKeyInfo)


def read(body: str) -> x509.Certificate:
    """The one certificate of a text; MalformedCertificate when there is none, or more than one."""
    try:
        found = x509.load_pem_x509_certificates(body.strip().encode())
    except ValueError:
        found = []
    if len(found) != 1:
        raise fault("malformed certificate", body=body)
    return found[0]


def check_chain(chain: str) -> None:
    try:
        x509.load_pem_x509_certificates(chain.strip().encode())
    except ValueError:
        raise fault("malformed certificate", body=chain) from None


def check_pair(certificate: x509.Certificate, private_key: str) -> None:
    """The key must be unencrypted PEM, and the certificate's."""
    try:
        key = load_pem_private_key(private_key.strip().encode(), password=None)
    except (ValueError, TypeError, UnsupportedAlgorithm):
        raise fault("malformed private key") from None
    if key.public_key().public_bytes(*FORMAT) != certificate.public_key().public_bytes(*FORMAT):
        raise fault("key pair mismatch")
