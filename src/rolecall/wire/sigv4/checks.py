"""What can be wrong with a signature before any secret is looked at, and which wrong is told first.

Each check raises or says nothing. Families differ in the order, and clients and tests rely on it: `ORDER`.
"""

from __future__ import annotations

import base64
import hashlib
import re
from collections.abc import Callable, Mapping
from datetime import datetime, timedelta
from typing import Final

from rolecall.wire.errors import Fault, fault
from rolecall.wire.family import Family
from rolecall.wire.sigv4.canonical import ALGORITHM, TERMINATOR
from rolecall.wire.sigv4.claim import Claim
from rolecall.wire.sigv4.timestamps import basic, too_new, too_old

MAX_PRESIGNED_SECONDS: Final = 7 * 24 * 3600
_REGION: Final = re.compile(r"[a-z][a-z0-9-]{1,31}", re.ASCII)


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
