"""Policy documents on their way in and out: checked as IAM checks them, measured, kept once, sent encoded."""

from __future__ import annotations

from urllib.parse import quote

from rolecall.policy.document import Policy, PolicyType
from rolecall.policy.principal_rules import Known
from rolecall.policy.validation import MalformedPolicy, counted_size, validate_for_iam
from rolecall.store.ports import Reader
from rolecall.wire.errors import AwsError


def checked(text: str, kind: PolicyType, known: Known | None = None) -> Policy:
    """The parsed document; the error in IAM's words when it is none. known: whether a principal exists."""
    try:
        return validate_for_iam(text, kind, known=known)
    except MalformedPolicy as error:
        raise AwsError(error.code, error.message) from None


size = counted_size  # what counts against quotas


def encoded(text: str) -> str:
    """A document as IAM's answers carry it (RFC 3986)."""
    return quote(text, safe="")


def kept(reader: Reader, digest: str) -> str:
    """The text of a document that a live link points at."""
    text = reader.document(digest)
    if text is None:
        raise LookupError(f"document {digest} is linked but not stored")
    return text
