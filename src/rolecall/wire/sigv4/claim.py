"""The parts of a signature as a request has them, in the Authorization header or in the query string.

Of several parts of the header with one name the last counts, of several query parameters the first.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from urllib.parse import unquote

from msgspec import Struct

from rolecall.wire.errors import AwsError, Fault, fault
from rolecall.wire.family import Family
from rolecall.wire.http import HttpRequest
from rolecall.wire.routing import Route
from rolecall.wire.sigv4.timestamps import read_timestamp


class Claim(Struct, frozen=True):
    """The parts of a signature as sent, each perhaps missing, with what the checks compare them to."""

    family: Family
    request: HttpRequest
    now: datetime
    service: str
    presigned: bool
    algorithm: str
    authorization: str
    credential: str | None
    value: str | None
    signed_headers: str | None
    date: str | None
    token: str | None
    expires: str | None
    moment: datetime | None  # what `date` says, None where it says nothing
    names: tuple[str, ...]  # of the signed headers: lower case, sorted, each once
    broken_part: bool = False

    def refuse(self, kind: Fault, message: str | None = None) -> AwsError:
        return fault(self.family, kind, message)


def _names(signed_headers: str | None) -> tuple[str, ...]:
    return tuple(sorted({name.strip().lower() for name in (signed_headers or "").split(";")} - {""}))


def header_claim(request: HttpRequest, route: Route, now: datetime, authorization: str) -> Claim:
    algorithm, _, rest = authorization.strip().partition(" ")
    parts: dict[str, str] = {}
    broken = False
    for part in rest.split(","):
        name, equals, value = part.strip().partition("=")
        broken = broken or (not equals and bool(name))
        parts[name] = value
    amz_date = request.header("x-amz-date")
    date = amz_date if amz_date is not None else request.header("date")
    signed_headers = parts.get("SignedHeaders")
    return Claim(
        family=route.protocol,
        request=request,
        now=now,
        service=route.signing_name,
        presigned=False,
        algorithm=algorithm,
        authorization=authorization,
        credential=parts.get("Credential"),
        value=parts.get("Signature"),
        signed_headers=signed_headers,
        date=date,
        token=request.header("x-amz-security-token"),
        expires=None,
        moment=read_timestamp(date or "", http_date=amz_date is None),
        names=_names(signed_headers),
        broken_part=broken,
    )


def query_claim(request: HttpRequest, route: Route, now: datetime, query: Mapping[str, str]) -> Claim:
    date, signed_headers = query.get("X-Amz-Date"), query.get("X-Amz-SignedHeaders")
    return Claim(
        family=route.protocol,
        request=request,
        now=now,
        service=route.signing_name,
        presigned=True,
        algorithm=query["X-Amz-Algorithm"],
        authorization="",
        credential=query.get("X-Amz-Credential"),
        value=query.get("X-Amz-Signature"),
        signed_headers=signed_headers,
        date=date,
        token=query.get("X-Amz-Security-Token"),
        expires=query.get("X-Amz-Expires"),
        moment=read_timestamp(date or "", http_date=False),
        names=_names(signed_headers),
    )


def query_parameters(raw_query: str) -> dict[str, str]:
    """The X-Amz-… parameters, percent-decoded; of several with one name the first counts."""
    found: dict[str, str] = {}
    if "X-Amz-" in raw_query:
        for part in raw_query.split("&"):
            name, _, value = part.partition("=")
            found.setdefault(unquote(name), unquote(value))
    return found
