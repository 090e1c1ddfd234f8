"""What a SAML identity provider says of itself: entity id, signing certificates, until when."""

from __future__ import annotations

import base64
import binascii
from datetime import UTC, datetime
from typing import Final
from xml.etree import ElementTree

from cryptography import x509
from msgspec import Struct

METADATA: Final = "{urn:oasis:names:tc:SAML:2.0:metadata}"
SIGNATURES: Final = "{http://www.w3.org/2000/09/xmldsig#}"


class BadMetadata(ValueError):
    """Text that is no metadata of an identity provider with a signing certificate."""


class Metadata(Struct, frozen=True):
    entity_id: str
    certificates: tuple[bytes, ...]  # DER
    valid_until: datetime | None = None


def read_metadata(text: str) -> Metadata:
    if "<!DOCTYPE" in text or "<!ENTITY" in text:
        raise BadMetadata("document type declarations are not taken")
    try:
        root = ElementTree.fromstring(text)
    except ElementTree.ParseError as error:
        raise BadMetadata(str(error)) from None
    if root.tag != f"{METADATA}EntityDescriptor" or not root.get("entityID"):
        raise BadMetadata("no EntityDescriptor with an entityID")
    until = root.get("validUntil")
    try:
        certificates = tuple(
            base64.b64decode("".join((node.text or "").split()), validate=True)
            for key in root.iterfind(f"{METADATA}IDPSSODescriptor/{METADATA}KeyDescriptor")
            if key.get("use", "signing") == "signing"
            for node in key.iter(f"{SIGNATURES}X509Certificate")
        )
        for certificate in certificates:
            x509.load_der_x509_certificate(certificate)
        valid_until = None if until is None else datetime.fromisoformat(until).astimezone(UTC)
    except (binascii.Error, ValueError) as error:
        raise BadMetadata(str(error)) from None
    if not certificates:
        raise BadMetadata("no signing certificate")
    return Metadata(root.get("entityID", ""), certificates, valid_until)
