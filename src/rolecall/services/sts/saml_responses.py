"""A SAML response as STS reads it: what its provider signed, and nothing else of it (SAML 2.0 core and bindings).

Only the element that the signature covers is looked at, so that nothing can be wrapped around it. Signatures are
verified by `signxml`, which comes with the extra `rolecall[saml]`.
"""

from __future__ import annotations

import base64
import binascii
import hashlib
from collections.abc import Mapping
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Final

from msgspec import Struct

from rolecall.services.sts.errors import fault
from rolecall.wire.errors import AwsError

if TYPE_CHECKING:
    from lxml.etree import _Element  # type: ignore[import-untyped]

ASSERTION: Final = "{urn:oasis:names:tc:SAML:2.0:assertion}"
PROTOCOL: Final = "{urn:oasis:names:tc:SAML:2.0:protocol}"
SIGNATURE: Final = "{http://www.w3.org/2000/09/xmldsig#}Signature"
SUCCESS: Final = "urn:oasis:names:tc:SAML:2.0:status:Success"
NAME_FORMAT: Final = "urn:oasis:names:tc:SAML:2.0:nameid-format:"


class Assertion(Struct, frozen=True):
    """What a provider says of somebody. Times are None where the assertion has none."""

    issuer: str
    subject: str
    subject_type: str
    recipient: str
    audiences: tuple[str, ...]
    attributes: Mapping[str, tuple[str, ...]]
    not_before: datetime | None
    not_on_or_after: datetime | None
    session_end: datetime | None

    def one(self, name: str) -> str | None:
        """The first value of an attribute."""
        return next(iter(self.attributes.get(name, ())), None)


def read_response(encoded: str, certificates: tuple[bytes, ...]) -> Assertion:
    """The assertion of a base64 response that one of the certificates signed."""
    try:
        import signxml  # noqa: F401
        from lxml import etree  # type: ignore[import-untyped]
    except ImportError:
        raise AwsError(
            "IDPCommunicationError", "SAML needs the extra: pip install 'rolecall[saml]'", 400
        ) from None
    try:
        data = base64.b64decode("".join(encoded.split()), validate=True)
        parser = etree.XMLParser(resolve_entities=False, no_network=True, load_dtd=False, remove_comments=True)
        root = etree.fromstring(data, parser)
    except (binascii.Error, ValueError, etree.XMLSyntaxError):
        raise fault("SAML not readable") from None
    if root.getroottree().docinfo.doctype or root.tag != f"{PROTOCOL}Response":
        raise fault("SAML not readable")
    status = root.find(f"{PROTOCOL}Status/{PROTOCOL}StatusCode")
    if status is not None and status.get("Value") != SUCCESS:
        raise AwsError("IDPRejectedClaim", "The identity provider did not authenticate the user.", 403)
    return _assertion(_signed(root, certificates))


def _signed(root: _Element, certificates: tuple[bytes, ...]) -> _Element:
    """The assertion that a signature covers: its own, or that of the whole response."""
    for candidate in (root, *root.findall(f"{ASSERTION}Assertion")):
        if candidate.find(SIGNATURE) is None:
            continue
        verified = _verified(candidate, certificates)
        if verified is None:
            continue
        if verified.tag == f"{ASSERTION}Assertion":
            return verified
        inside = verified.findall(f"{ASSERTION}Assertion")
        if verified.tag == f"{PROTOCOL}Response" and len(inside) == 1:
            return inside[0]
    raise fault("SAML signature")


def _verified(element: _Element, certificates: tuple[bytes, ...]) -> _Element | None:
    """What the signature directly inside the element covers; None when no certificate made it."""
    from cryptography.exceptions import InvalidSignature
    from cryptography.x509 import load_der_x509_certificate
    from lxml import etree
    from signxml.exceptions import SignXMLException
    from signxml.verifier import SignatureConfiguration, XMLVerifier

    config = SignatureConfiguration(location="./")
    text = etree.tostring(element)
    for certificate in certificates:
        try:
            result = XMLVerifier().verify(
                text, x509_cert=load_der_x509_certificate(certificate), expect_config=config
            )
        except (SignXMLException, InvalidSignature, ValueError):
            continue
        if not isinstance(result, list) and isinstance(result.signed_xml, etree._Element):
            return result.signed_xml
    return None


def _assertion(node: _Element) -> Assertion:
    name = node.find(f"{ASSERTION}Subject/{ASSERTION}NameID")
    confirmation = node.find(
        f"{ASSERTION}Subject/{ASSERTION}SubjectConfirmation/{ASSERTION}SubjectConfirmationData"
    )
    conditions = node.find(f"{ASSERTION}Conditions")
    statement = node.find(f"{ASSERTION}AuthnStatement")
    attributes: dict[str, tuple[str, ...]] = {}
    for attribute in node.iterfind(f"{ASSERTION}AttributeStatement/{ASSERTION}Attribute"):
        values = tuple(_text(value) for value in attribute.iterfind(f"{ASSERTION}AttributeValue"))
        attributes[str(attribute.get("Name"))] = attributes.get(str(attribute.get("Name")), ()) + values
    ends = [
        moment for holder in (confirmation, conditions) if (moment := _time(holder, "NotOnOrAfter")) is not None
    ]
    return Assertion(
        issuer=_text(node.find(f"{ASSERTION}Issuer")),
        subject=_text(name),
        subject_type=("" if name is None else str(name.get("Format", ""))).removeprefix(NAME_FORMAT),
        recipient="" if confirmation is None else str(confirmation.get("Recipient", "")),
        audiences=tuple(
            _text(one)
            for one in node.iterfind(f"{ASSERTION}Conditions/{ASSERTION}AudienceRestriction/{ASSERTION}Audience")
        ),
        attributes=attributes,
        not_before=_time(conditions, "NotBefore"),
        not_on_or_after=min(ends, default=None),
        session_end=_time(statement, "SessionNotOnOrAfter"),
    )


def _text(node: _Element | None) -> str:
    return "" if node is None else str(node.text or "").strip()


def _time(node: _Element | None, name: str) -> datetime | None:
    value = None if node is None else node.get(name)
    if value is None:
        return None
    try:
        return datetime.fromisoformat(str(value)).astimezone(UTC)
    except ValueError:
        raise fault("SAML not readable") from None


def name_qualifier(issuer: str, account: str, provider: str) -> str:
    """The hash that tells equal subjects of different providers apart."""
    digest = hashlib.sha1(f"{issuer}{account}/{provider}".encode(), usedforsecurity=False).digest()
    return base64.b64encode(digest).decode()
