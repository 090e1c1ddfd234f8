"""Find the signature of a request and check all of it that needs no secret.

Which check speaks first differs between families, and clients and tests rely on it: `ORDER` is that table.
What remains for the caller, in this order: session token damaged or expired, access key unknown, then `verify`.
"""

from __future__ import annotations

import base64
import hashlib
import re
from collections.abc import Callable, Mapping
from datetime import datetime, timedelta
from typing import Final
from urllib.parse import unquote

from msgspec import Struct

from rolecall.wire.errors import AwsError, Fault, fault
from rolecall.wire.family import Family
from rolecall.wire.http import HttpRequest
from rolecall.wire.routing import Route
from rolecall.wire.sigv4.canonical import ALGORITHM, TERMINATOR
from rolecall.wire.sigv4.timestamps import basic, read_timestamp, too_new, too_old

MAX_PRESIGNED_SECONDS: Final = 7 * 24 * 3600
_REGION: Final = re.compile(r"[a-z][a-z0-9-]{1,31}", re.ASCII)


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

    @property
    def scope(self) -> str:
        return f"{self.date}/{self.region}/{self.service}/{TERMINATOR}"

    @property
    def timestamp(self) -> str:
        return basic(self.signed_at)


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


def read_signature(request: HttpRequest, route: Route, now: datetime) -> Signature | None:
    """The signature of a request; None only where the route allows none; raises the family's AwsError."""
    authorization = request.header("authorization")
    query = _query_parameters(request.raw_query)
    if authorization is None and "X-Amz-Algorithm" not in query:
        if route.unsigned:
            return None
        raise fault(route.protocol, Fault.UNSIGNED)
    if authorization is not None and "X-Amz-Algorithm" in query:
        raise fault(route.protocol, Fault.BOTH_FORMS)
    if authorization is not None:
        claim = _header_claim(request, route, now, authorization)
    else:
        claim = _query_claim(request, route, now, query)
    for check in ORDER[route.protocol]:
        check(claim)
    return _settled(claim)


def _header_claim(request: HttpRequest, route: Route, now: datetime, authorization: str) -> Claim:
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


def _query_claim(request: HttpRequest, route: Route, now: datetime, query: Mapping[str, str]) -> Claim:
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


def _query_parameters(raw_query: str) -> dict[str, str]:
    """The X-Amz-… parameters, percent-decoded; of several with one name the first counts."""
    found: dict[str, str] = {}
    if "X-Amz-" in raw_query:
        for part in raw_query.split("&"):
            name, _, value = part.partition("=")
            found.setdefault(unquote(name), unquote(value))
    return found


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


# --- the checks; each raises or says nothing -------------------------------------------------------------------


def _known_scheme(claim: Claim) -> None:
    """json services do not look at an Authorization header of another scheme at all."""
    if not claim.presigned and not claim.algorithm.startswith("AWS4-"):
        raise claim.refuse(Fault.UNSIGNED)


def _algorithm(claim: Claim) -> None:
    if claim.algorithm == ALGORITHM:
        return
    if claim.presigned:
        raise claim.refuse(Fault.UNSIGNED)
    raise claim.refuse(Fault.ALGORITHM, f"Unsupported AWS 'algorithm': '{claim.algorithm}'.")


def _algorithm_json(claim: Claim) -> None:
    if claim.algorithm != ALGORITHM:
        raise claim.refuse(
            Fault.ALGORITHM, f"Unsupported AWS 'algorithm': '{claim.algorithm}' (only AWS4-HMAC-SHA256 for now). "
        )


def _pairs(claim: Claim) -> None:
    if claim.broken_part:
        raise claim.refuse(
            Fault.INCOMPLETE,
            "Invalid key=value pair (missing equal-sign) in Authorization header "
            f"(hashed with SHA-256 and encoded with Base64): '{_hidden(claim.authorization)}'.",
        )


def _parts(claim: Claim) -> None:
    """Every missing part is named, in this order."""
    if claim.presigned:
        missing = [
            f"AWS query-string parameters must include '{name}'."
            for name, value in (
                ("X-Amz-Algorithm", claim.algorithm),
                ("X-Amz-Credential", claim.credential),
                ("X-Amz-Signature", claim.value),
                ("X-Amz-SignedHeaders", claim.signed_headers),
                ("X-Amz-Date", claim.date),
            )
            if not value
        ]
        if missing:
            raise claim.refuse(Fault.INCOMPLETE, " ".join([*missing, "Re-examine the query-string parameters."]))
        return
    missing = [
        f"Authorization header requires '{name}' parameter."
        for name, value in (
            ("Credential", claim.credential),
            ("Signature", claim.value),
            ("SignedHeaders", claim.signed_headers),
        )
        if not value
    ]
    if not claim.date:
        missing.append("Authorization header requires existence of either a 'X-Amz-Date' or a 'Date' header.")
    if missing:
        hidden = f"(Hashed with SHA-256 and encoded with Base64) Authorization={_hidden(claim.authorization)}"
        raise claim.refuse(Fault.INCOMPLETE, " ".join([*missing, hidden]))


def _hidden(authorization: str) -> str:
    return base64.b64encode(hashlib.sha256(authorization.encode("latin-1")).digest()).decode()


def _host_signed(claim: Claim) -> None:
    names = claim.names
    if "host" not in names:
        raise claim.refuse(
            Fault.UNSIGNED_HEADER, "'Host' or ':authority' must be a 'SignedHeader' in the AWS Authorization."
        )
    for name, printed in MUST_BE_SIGNED[claim.family]:
        if name not in names and claim.request.header(name) is not None:
            raise claim.refuse(
                Fault.UNSIGNED_HEADER, f"'{printed}' must be a 'SignedHeader' in the AWS Authorization."
            )


def _host_signed_s3(claim: Claim) -> None:
    names = claim.names
    present = {name for name, _ in claim.request.headers if name.startswith("x-amz-")}
    left = sorted(({"host"} | present) - set(names))
    if left:
        raise fault(
            claim.family,
            Fault.UNSIGNED_HEADER,
            "There were headers present in the request which were not signed",
            HeadersNotSigned=", ".join(left),
        )


def _date_format(claim: Claim) -> None:
    if claim.moment is None:
        raise claim.refuse(
            Fault.INCOMPLETE,
            f"Date must be in ISO-8601 'basic format'. Got '{claim.date}'. "
            "See http://en.wikipedia.org/wiki/ISO_8601",
        )


def _window(claim: Claim) -> None:
    """Presigned or not: STS and its like ignore X-Amz-Expires, be it longer or shorter than the window."""
    moment = claim.moment
    if moment is not None and (text := too_old(moment, claim.now)):
        raise claim.refuse(Fault.EXPIRED_SIGNATURE, text)
    if moment is not None and (text := too_new(moment, claim.now)):
        raise claim.refuse(Fault.EARLY_SIGNATURE, text)


def _window_s3(claim: Claim) -> None:
    moment = claim.moment
    if moment is None:
        return
    if too_new(moment, claim.now) or (not claim.presigned and too_old(moment, claim.now)):
        raise fault(claim.family, Fault.EXPIRED_SIGNATURE, RequestTime=basic(moment), ServerTime=_iso(claim.now))
    if claim.presigned:
        end = moment + timedelta(seconds=_seconds(claim))
        if claim.now > end:
            raise fault(
                claim.family,
                Fault.EXPIRED_URL,
                **{"X-Amz-Expires": claim.expires, "Expires": _iso(end), "ServerTime": _iso(claim.now)},
            )


def _iso(moment: datetime) -> str:
    return moment.strftime("%Y-%m-%dT%H:%M:%SZ")


def _seconds(claim: Claim) -> int:
    """The life time of a presigned S3 URL."""
    text = claim.expires or ""
    if not re.fullmatch(r"-?[0-9]{1,18}", text):
        raise claim.refuse(Fault.QUERY_PARAMETERS, "X-Amz-Expires should be a number")
    if int(text) < 0:
        raise claim.refuse(Fault.QUERY_PARAMETERS, "X-Amz-Expires must be non-negative")
    if int(text) > MAX_PRESIGNED_SECONDS:
        raise claim.refuse(
            Fault.QUERY_PARAMETERS,
            "X-Amz-Expires must be less than a week (in seconds); "
            f"that is, the given X-Amz-Expires must be less than {MAX_PRESIGNED_SECONDS} seconds",
        )
    return int(text)


def _scope_parts(claim: Claim) -> None:
    credential = claim.credential or ""
    if credential.count("/") != 4:
        raise claim.refuse(
            Fault.INCOMPLETE,
            "Credential must have exactly 5 slash-delimited elements, "
            f"e.g. keyid/date/region/service/term, got '{credential}'",
        )


def _scope_content(claim: Claim) -> None:
    """Any region that could be one is accepted: with a custom endpoint clients sign with the configured region."""
    _, date, region, service, terminator = (claim.credential or "").split("/")
    timestamp = basic(claim.moment or claim.now)
    wrong = []
    if not _REGION.fullmatch(region):
        wrong.append(f"Credential should be scoped to a valid region, not '{region}'.")
    if service != claim.service:
        wrong.append(f"Credential should be scoped to correct service: '{claim.service}'.")
    if terminator != TERMINATOR:
        wrong.append(f"Credential should be scoped with a valid terminator: '{TERMINATOR}', not '{terminator}'.")
    if date != timestamp[:8]:
        wrong.append(
            "Date in Credential scope does not match YYYYMMDD from ISO-8601 version of date from HTTP: "
            f"'{date}' != '{timestamp[:8]}', from '{timestamp}'."
        )
    if wrong:
        raise claim.refuse(Fault.SCOPE, " ".join(wrong))


# Present but unsigned, these would let somebody on the way change what the request means.
MUST_BE_SIGNED: Final[Mapping[Family, tuple[tuple[str, str], ...]]] = {
    Family.QUERY: (("x-amz-security-token", "X-Amz-Security-Token"),),
    Family.JSON: (("x-amz-target", "X-Amz-Target"), ("x-amz-security-token", "X-Amz-Security-Token")),
    Family.REST_JSON: (("x-amz-security-token", "X-Amz-Security-Token"),),
    Family.REST_XML: (),
}

_Check = Callable[[Claim], None]
_QUERY_ORDER: Final[tuple[_Check, ...]] = (
    _algorithm, _pairs, _parts, _host_signed, _date_format, _window, _scope_parts, _scope_content,
)  # fmt: skip
ORDER: Final[Mapping[Family, tuple[_Check, ...]]] = {
    Family.QUERY: _QUERY_ORDER,
    Family.REST_JSON: (_known_scheme, *_QUERY_ORDER),
    Family.JSON: (
        _known_scheme, _pairs, _parts, _date_format, _window, _host_signed, _algorithm_json, _scope_parts,
        _scope_content,
    ),
    Family.REST_XML: (
        _known_scheme, _algorithm, _pairs, _parts, _host_signed_s3, _date_format, _scope_parts, _scope_content,
        _window_s3,
    ),
}  # fmt: skip
