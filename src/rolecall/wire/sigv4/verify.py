"""Compare a signature with the one that the secret gives.

The body counts as sent. Only S3 may say that it was not hashed (`UNSIGNED-PAYLOAD`, the STREAMING-… values, whose
chunks are then the body reader's to check); elsewhere x-amz-content-sha256 must be the body's own hash.
"""

from __future__ import annotations

import hashlib
import hmac
from datetime import datetime
from typing import Final

from rolecall.wire.errors import Fault, fault
from rolecall.wire.family import Family
from rolecall.wire.http import HttpRequest
from rolecall.wire.sigv4.canonical import EMPTY_HASH, canonical_request, string_to_sign
from rolecall.wire.sigv4.keys import SIGNING_KEYS
from rolecall.wire.sigv4.signature import Signature
from rolecall.wire.sigv4.timestamps import too_new, too_old

UNSIGNED_PAYLOAD: Final = "UNSIGNED-PAYLOAD"
STREAMING_PAYLOADS: Final = frozenset(
    {
        "STREAMING-AWS4-HMAC-SHA256-PAYLOAD",
        "STREAMING-AWS4-HMAC-SHA256-PAYLOAD-TRAILER",
        "STREAMING-UNSIGNED-PAYLOAD-TRAILER",
    }
)


def verify(
    request: HttpRequest, signature: Signature, secret: str, now: datetime, *, explain: bool = False
) -> None:
    """Return where `secret` made this signature of this request; raise the family's AwsError otherwise.

    `explain` appends the canonical string to the error's text: what a person who writes a signer needs to see.
    It reveals nothing but the request itself.
    """
    if signature.family is not Family.REST_XML:
        # Looking up the key may have taken a while, or the caller may hold an old Signature: fail closed.
        if text := too_old(signature.signed_at, now):
            raise fault(signature.family, Fault.EXPIRED_SIGNATURE, text)
        if text := too_new(signature.signed_at, now):
            raise fault(signature.family, Fault.EARLY_SIGNATURE, text)
    canonical = canonical_request(
        request,
        signature.signed_headers,
        _payload_hash(request, signature),
        s3=signature.family is Family.REST_XML,
    )
    to_sign = string_to_sign(signature.timestamp, signature.scope, canonical)
    key = SIGNING_KEYS.key(secret, signature.date, signature.region, signature.service)
    expected = hmac.digest(key, to_sign.encode("latin-1"), "sha256").hex()
    if not hmac.compare_digest(expected.encode(), signature.value.encode("utf-8", "replace")):
        error = fault(signature.family, Fault.BAD_SIGNATURE)
        if signature.family is Family.REST_XML:
            error.members = _s3_members(signature, to_sign, canonical)
        elif explain:
            error.message += _canonical_text(canonical, to_sign)
        raise error


def _payload_hash(request: HttpRequest, signature: Signature) -> str:
    """The last line of the canonical request."""
    actual = hashlib.sha256(request.body).hexdigest() if request.body else EMPTY_HASH
    claimed = request.header("x-amz-content-sha256")
    if signature.family is not Family.REST_XML:
        return actual
    if claimed is None:
        # A presigned S3 URL is made before the body exists.
        return UNSIGNED_PAYLOAD if signature.presigned else actual
    if claimed == UNSIGNED_PAYLOAD or claimed in STREAMING_PAYLOADS:
        return claimed
    if request.stream is not None:
        return claimed  # compared with the body's own when that has arrived
    if not hmac.compare_digest(claimed.encode("latin-1"), actual.encode()):
        raise fault(
            signature.family,
            Fault.PAYLOAD_HASH,
            ClientComputedContentSHA256=claimed,
            S3ComputedContentSHA256=actual,
        )
    return actual


def _canonical_text(canonical: bytes, to_sign: str) -> str:
    return (
        f"\n\nThe Canonical String for this request should have been\n'{canonical.decode('latin-1')}'"
        f"\n\nThe String-to-Sign should have been\n'{to_sign}'\n"
    )


def _s3_members(signature: Signature, to_sign: str, canonical: bytes) -> dict[str, str]:
    return {
        "AWSAccessKeyId": signature.access_key_id,
        "StringToSign": to_sign,
        "SignatureProvided": signature.value,
        "StringToSignBytes": to_sign.encode("latin-1").hex(" "),
        "CanonicalRequest": canonical.decode("latin-1"),
        "CanonicalRequestBytes": canonical.hex(" "),
    }
