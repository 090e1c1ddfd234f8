"""Which bucket and which key is an S3 request for?

Path style (`/bucket/key`) and virtual-host style (`bucket.s3.…`, the path is the key). A key is whatever the path
says after one percent-decoding, dots and double slashes included: nothing is normalised.
"""

from __future__ import annotations

import re
from typing import Final
from urllib.parse import unquote_to_bytes

from msgspec import Struct

from rolecall.wire.errors import AwsError
from rolecall.wire.http import HttpRequest

# bucket.s3.amazonaws.com, bucket.s3.eu-west-1.amazonaws.com, bucket.s3-eu-west-1…, s3.dualstack…, s3-fips…, and
# bucket.s3.localhost, which many resolvers take for this machine.
_HOST: Final = re.compile(
    r"(?:(?P<bucket>[a-z0-9][a-z0-9.-]*)\.)?"
    r"s3(?:-fips|-external-1)?(?:\.dualstack)?(?:[.-][a-z]{2}(?:-[a-z]+)+-\d)?"
    r"\.(?:amazonaws\.com(?:\.cn)?|localhost(?:\.localdomain)?)(?::\d+)?",
    re.IGNORECASE,
)


class Address(Struct, frozen=True):
    """bucket "": the service itself; key "": the bucket."""

    bucket: str = ""
    key: str = ""


def address_of(request: HttpRequest) -> Address:
    """The bucket and key of a request; raises InvalidURI for a path that is no UTF-8."""
    path = _decoded(request.raw_path)
    named = _HOST.fullmatch(request.header("host") or "")
    bucket = named["bucket"] if named is not None else None
    if bucket:
        return Address(bucket.lower(), path.removeprefix("/"))
    bucket, _, key = path.removeprefix("/").partition("/")
    return Address(bucket, key)


def bucket_of_host(request: HttpRequest) -> str | None:
    """The bucket that a host name begins with."""
    named = _HOST.fullmatch(request.header("host") or "")
    return None if named is None else named["bucket"]


def _decoded(raw_path: str) -> str:
    try:
        return unquote_to_bytes(raw_path.encode("latin-1")).decode("utf-8")
    except UnicodeDecodeError:
        raise AwsError("InvalidURI", "Couldn't parse the specified URI.", 400) from None
