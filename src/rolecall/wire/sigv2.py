"""Signature Version 2 of S3, in the form that presigned URLs have: what boto3 makes unless it is told otherwise.

`?AWSAccessKeyId=…&Signature=…&Expires=…`, HMAC-SHA1 over method, Content-MD5, Content-Type, expiry, x-amz-…
headers and the resource (S3 User Guide, "Signing and authenticating REST requests").
"""

from __future__ import annotations

import base64
import hmac
import re
from datetime import UTC, datetime
from typing import Final
from urllib.parse import unquote

from rolecall.wire.errors import AwsError, Fault, fault
from rolecall.wire.family import Family
from rolecall.wire.http import HttpRequest
from rolecall.wire.s3_addresses import bucket_of_host
from rolecall.wire.sigv4.signature import Signature

ALGORITHM: Final = "AWS"
# Query parameters that belong to the resource that is signed.
SUBRESOURCES: Final = frozenset(
    {
        "accelerate", "acl", "analytics", "cors", "defaultObjectAcl", "delete", "inventory", "lifecycle",
        "location", "logging", "metrics", "notification", "object-lock", "partNumber", "policy", "replication",
        "requestPayment", "response-cache-control", "response-content-disposition", "response-content-encoding",
        "response-content-language", "response-content-type", "response-expires", "restore", "select",
        "select-type", "storageClass", "tagging", "torrent", "uploadId", "uploads", "versionId", "versioning",
        "versions", "website",
    }
)  # fmt: skip
NUMBER: Final = re.compile(r"\d{1,18}")


def read_signature(request: HttpRequest, now: datetime, region: str) -> Signature | None:
    """The signature in a query string; None where there is none; raises S3's errors. Such URLs name no region."""
    query = _query(request.raw_query)
    if "AWSAccessKeyId" not in query:
        return None
    if request.header("authorization") is not None:
        raise fault(Family.REST_XML, Fault.BOTH_FORMS)
    if "Signature" not in query or "Expires" not in query:
        raise AwsError(
            "AccessDenied",
            "Query-string authentication requires the Signature, Expires and AWSAccessKeyId parameters",
            403,
        )
    expires = query["Expires"]
    if not NUMBER.fullmatch(expires):
        raise AwsError("AccessDenied", f"Invalid date (should be seconds since epoch): {expires}", 403)
    if now.timestamp() > int(expires):
        end = datetime.fromtimestamp(min(int(expires), 253402300799), UTC)
        raise fault(
            Family.REST_XML,
            Fault.EXPIRED_URL,
            Expires=end.strftime("%Y-%m-%dT%H:%M:%SZ"),
            ServerTime=now.strftime("%Y-%m-%dT%H:%M:%SZ"),
        )
    return Signature(
        family=Family.REST_XML,
        access_key_id=query["AWSAccessKeyId"],
        token=query.get("x-amz-security-token") or request.header("x-amz-security-token"),
        date="",
        region=region,
        service="s3",
        signed_at=now,
        signed_headers=(),
        value=query["Signature"],
        presigned=True,
        expires=int(expires),
        algorithm=ALGORITHM,
    )


def verify(request: HttpRequest, signature: Signature, secret: str) -> None:
    """Return where `secret` made this signature of this request; raise SignatureDoesNotMatch otherwise."""
    text = string_to_sign(request)
    made = base64.b64encode(hmac.digest(secret.encode(), text.encode("latin-1"), "sha1"))
    if not hmac.compare_digest(made, signature.value.encode("utf-8", "replace")):
        error = fault(Family.REST_XML, Fault.BAD_SIGNATURE)
        error.members = {
            "AWSAccessKeyId": signature.access_key_id,
            "StringToSign": text,
            "SignatureProvided": signature.value,
            "StringToSignBytes": text.encode("latin-1").hex(" "),
        }
        raise error


def string_to_sign(request: HttpRequest) -> str:
    query = _query(request.raw_query)
    amz: dict[str, list[str]] = {}
    for name, value in request.headers:
        if name.startswith("x-amz-"):
            amz.setdefault(name, []).append(" ".join(value.split()))
    # What a presigned URL carries in its query counts as a header (botocore moves them there).
    for name, value in query.items():
        if name.lower().startswith("x-amz-"):
            amz.setdefault(name.lower(), []).append(value)
    lines = [
        request.method,
        request.header("content-md5") or query.get("Content-MD5", ""),
        request.header("content-type") or query.get("Content-Type", ""),
        query.get("Expires", ""),
        *(f"{name}:{','.join(values)}" for name, values in sorted(amz.items())),
        _resource(request),
    ]
    return "\n".join(lines)


def _resource(request: HttpRequest) -> str:
    bucket = bucket_of_host(request)
    path = (f"/{bucket}" if bucket else "") + (request.raw_path or "/")
    kept = []
    for part in request.raw_query.split("&"):
        name, equals, value = part.partition("=")
        if name in SUBRESOURCES:
            kept.append(f"{name}={unquote(value)}" if equals and value else name)
    return path + ("?" + "&".join(sorted(kept)) if kept else "")


def _query(raw: str) -> dict[str, str]:
    found: dict[str, str] = {}
    for part in raw.split("&"):
        name, _, value = part.partition("=")
        found.setdefault(unquote(name), unquote(value))
    return found
