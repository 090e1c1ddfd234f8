"""Which service is a request for? One port serves all of them.

The credential scope decides, because it is what the client signed; where one signing name covers several
services, X-Amz-Target, the host and the raw path tell them apart. Unsigned requests are recognised by Action,
target, host or path; only the operations in UNSIGNED_OPERATIONS may remain unsigned, everything else is refused by
`sigv4`. Nothing here is trusted: a wrong guess ends in a signature that does not match or an unknown operation.
"""

from __future__ import annotations

import re
from typing import Final
from urllib.parse import parse_qs, unquote

from msgspec import Struct

from rolecall.wire.errors import Fault, fault
from rolecall.wire.family import Family
from rolecall.wire.http import HttpRequest
from rolecall.wire.services import BY_SIGNING_NAME, BY_TARGET, BY_VERSION, SERVICES, Service, by_host

UNSIGNED_OPERATIONS: Final = frozenset({"AssumeRoleWithSAML", "AssumeRoleWithWebIdentity"})
FORM: Final = "application/x-www-form-urlencoded"
# A call without a signature fits in here, percent-encoded (the longest parameter is an assertion of 100000
# characters). A larger body is not looked at before somebody has signed it: reading it costs time.
LARGEST_UNSIGNED: Final = 512 * 1024

# Only the scope's service is read here; whether the rest is well formed is sigv4's question.
_HEADER_SCOPE: Final = re.compile(r"Credential=[^,/\s]+/[^,/\s]*/[^,/\s]*/([^,/\s]+)")
S3_HOST: Final = re.compile(r"([a-z0-9.-]+\.)?s3\.localhost(\.localdomain)?(:\d+)?$")
_V2_QUERY: Final = re.compile(r"(?:^|&)AWSAccessKeyId=")
_BUCKET: Final = re.compile(r"[a-z0-9][a-z0-9.-]{1,61}[a-z0-9]")
_QUERY_SCOPE: Final = re.compile(r"(?:^|&)X-Amz-Credential=([^&]*)")


class Route(Struct, frozen=True):
    """`service` is botocore's name of it, `unsigned` says that the request may come without a signature."""

    service: str
    protocol: Family
    signing_name: str
    unsigned: bool = False


def route(request: HttpRequest) -> Route:
    """The service a request is for.

    A scope that names a service which is not served leads to the service that everything else points to, where
    `sigv4` refuses it: "Credential should be scoped to correct service".
    """
    signing_name = _scope_service(request)
    if signing_name is None:
        return S3 if _is_s3(request) else _unsigned(request)
    if signing_name == "s3":
        return S3
    candidates = BY_SIGNING_NAME.get(signing_name)
    if candidates is None:
        guessed = _guess(request)
        if request.method not in ("GET", "POST"):
            # Told here: the protocols would answer as if a browser had lost its way, and a client of S3 that is
            # sent elsewhere by a redirect comes back for ever.
            text = f"Credential should be scoped to correct service: '{guessed.signing_name}'."
            raise fault(guessed.family, Fault.SCOPE, text)
        return ROUTES[guessed.name]
    service = candidates[0] if len(candidates) == 1 else _among(candidates, request)
    return ROUTES[service.name]


def _scope_service(request: HttpRequest) -> str | None:
    authorization = request.header("authorization")
    if authorization is not None:
        found = _HEADER_SCOPE.search(authorization)
        return found[1] if found else None
    if "X-Amz-Credential=" in request.raw_query and (found := _QUERY_SCOPE.search(request.raw_query)):
        parts = unquote(found[1]).split("/")
        return parts[3] if len(parts) == 5 else None
    return None


def _among(candidates: tuple[Service, ...], request: HttpRequest) -> Service:
    """The one of several services with the same signing name that a request is for."""
    target = request.header("x-amz-target")
    if target is not None:
        for row in candidates:
            if row.family is Family.JSON:
                return row
    for row in candidates:
        if row.paths is not None and row.paths.match(request.raw_path):
            return row
    hosted = by_host(request.header("host") or "")
    return hosted if hosted in candidates and hosted is not None else candidates[0]


def _unsigned(request: HttpRequest) -> Route:
    """A request without a scope that can be read. It still needs a service: its error must have an envelope."""
    if len(request.body) <= LARGEST_UNSIGNED and _form_value(request, "Action") in UNSIGNED_OPERATIONS:
        return UNSIGNED_STS
    return ROUTES[_guess(request).name]


def _is_s3(request: HttpRequest) -> bool:
    """Whether a request without a scope is S3's: by its host, by an older signature, or because it names a bucket
    and is no call of another service. Policies decide on requests that nobody signed."""
    if "x-amz-target" in {name for name, _ in request.headers}:
        return False
    host = (request.header("host") or "").lower()
    if S3_HOST.match(host):
        return True
    if by_host(host) is not None:
        return False
    if _V2_QUERY.search(request.raw_query) or (request.header("authorization") or "").startswith("AWS "):
        return True
    bucket = unquote(request.raw_path).removeprefix("/").partition("/")[0]
    if not _BUCKET.fullmatch(bucket) or _guessed_by_path(request) or _form_value(request, "Action") is not None:
        return False
    return request.header("authorization") is None


def _guessed_by_path(request: HttpRequest) -> bool:
    return any(row.paths is not None and row.paths.match(request.raw_path) for row in SERVICES.values())


def _guess(request: HttpRequest) -> Service:
    """The service by everything but the signature; STS where nothing points anywhere."""
    target = request.header("x-amz-target")
    if target is not None:
        return BY_TARGET.get(target.rpartition(".")[0], SERVICES["sagemaker"])
    hosted = by_host(request.header("host") or "")
    if hosted is not None:
        return hosted
    version = _form_value(request, "Version")
    if version in BY_VERSION:
        return BY_VERSION[version]
    for row in SERVICES.values():
        if row.paths is not None and row.paths.match(request.raw_path):
            return row
    return SERVICES["sts"]


def _form_value(request: HttpRequest, name: str) -> str | None:
    """A parameter of the query protocol, from the query string or else from the body."""
    values = parse_qs(request.raw_query).get(name)
    is_form = (request.header("content-type") or "").startswith(FORM)
    if values is None and is_form and len(request.body) <= LARGEST_UNSIGNED:
        values = parse_qs(request.body.decode("utf-8", "replace")).get(name)
    return values[0] if values else None


ROUTES: Final = {row.name: Route(row.name, row.family, row.signing_name) for row in SERVICES.values()}
S3: Final = Route("s3", Family.REST_XML, "s3", unsigned=True)
UNSIGNED_STS: Final = Route("sts", Family.QUERY, "sts", unsigned=True)
