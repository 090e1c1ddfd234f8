"""Find the signature of a request, with every check that needs no secret.

What remains for the caller, in this order: session token damaged or expired, access key unknown, then `verify`.
"""

from __future__ import annotations

from datetime import datetime

from msgspec import Struct

from rolecall.wire.errors import Fault, fault
from rolecall.wire.family import Family
from rolecall.wire.http import HttpRequest
from rolecall.wire.routing import Route
from rolecall.wire.sigv4.canonical import ALGORITHM, TERMINATOR
from rolecall.wire.sigv4.checks import ORDER
from rolecall.wire.sigv4.claim import Claim, header_claim, query_claim, query_parameters
from rolecall.wire.sigv4.timestamps import basic


class Signature(Struct, frozen=True):
    """A well-formed signature in its time and scope. Not yet verified: only `verify` says whose it is."""

    family: Family
    access_key_id: str
    token: str | None
    date: str
    region: str
    service: str
    signed_at: datetime
    signed_headers: tuple[str, ...]
    value: str
    presigned: bool = False
    expires: int | None = None
    algorithm: str = ALGORITHM

    @property
    def scope(self) -> str:
        return f"{self.date}/{self.region}/{self.service}/{TERMINATOR}"

    @property
    def timestamp(self) -> str:
        return basic(self.signed_at)


def read_signature(request: HttpRequest, route: Route, now: datetime) -> Signature | None:
    """The signature of a request; None only where the route allows none; raises the family's AwsError."""
    authorization = request.header("authorization")
    query = query_parameters(request.raw_query)
    if authorization is None and "X-Amz-Algorithm" not in query:
        if route.unsigned:
            return None
        raise fault(route.protocol, Fault.UNSIGNED)
    if authorization is not None and "X-Amz-Algorithm" in query:
        raise fault(route.protocol, Fault.BOTH_FORMS)
    if authorization is not None:
        claim = header_claim(request, route, now, authorization)
    else:
        claim = query_claim(request, route, now, query)
    for check in ORDER[route.protocol]:
        check(claim)
    return _settled(claim)


def _settled(claim: Claim) -> Signature:
    """The claim as a value, after all checks have passed."""
    moment = claim.moment
    if (
        moment is None or claim.credential is None or claim.value is None
    ):  # pragma: no cover - the checks saw to it
        raise claim.refuse(Fault.BAD_SIGNATURE)
    access_key_id, date, region, service, _ = claim.credential.split("/")
    return Signature(
        family=claim.family,
        access_key_id=access_key_id,
        token=claim.token or None,
        date=date,
        region=region,
        service=service,
        signed_at=moment,
        signed_headers=claim.names,
        value=claim.value,
        presigned=claim.presigned,
        expires=None if claim.expires is None or claim.family is not Family.REST_XML else int(claim.expires),
    )
