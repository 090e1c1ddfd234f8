"""Policy documents on their way in and out: checked as IAM checks them, measured, kept once, sent encoded."""

from __future__ import annotations

from urllib.parse import quote

from rolecall.policy.document import Policy, PolicyType
from rolecall.policy.validation import MalformedPolicy, validate_for_iam
from rolecall.services.iam.errors import fault
from rolecall.store.ports import Reader


def checked(text: str, kind: PolicyType) -> Policy:
    """The parsed document; MalformedPolicyDocument with IAM's words when it is none."""
    try:
        return validate_for_iam(text, kind)
    except MalformedPolicy as error:
        raise fault("malformed document", text=error.message) from None


def size(text: str) -> int:
    """Characters that count against quotas: all but white space."""
    return sum(not character.isspace() for character in text)


def encoded(text: str) -> str:
    """A document as IAM's answers carry it (RFC 3986)."""
    return quote(text, safe="")


def kept(reader: Reader, digest: str) -> str:
    """The text of a document that a live link points at."""
    text = reader.document(digest)
    if text is None:
        raise LookupError(f"document {digest} is linked but not stored")
    return text
