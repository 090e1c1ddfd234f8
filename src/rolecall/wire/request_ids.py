"""Request ids as AWS prints them, from random bytes that the caller brings along."""

from __future__ import annotations

import base64
import uuid

from rolecall.wire.family import Family


def request_id(family: Family, random: bytes) -> str:
    """A uuid for most services, 16 letters and digits for S3; takes 16 random bytes."""
    if family is Family.REST_XML:
        return base64.b32encode(random[:10]).decode()
    return str(uuid.UUID(bytes=random[:16], version=4))


def extended_request_id(random: bytes) -> str:
    """S3's second id (x-amz-id-2): base64 of 56 random bytes."""
    return base64.b64encode(random[:56]).decode()
