"""Requests of the tests: raw HTTP text, and botocore's prepared requests, as rolecall's plain values."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any, Final
from urllib.parse import urlsplit

from botocore.auth import SigV4Auth
from botocore.awsrequest import AWSRequest
from botocore.credentials import Credentials

from rolecall.wire.family import Family
from rolecall.wire.http import HttpRequest
from rolecall.wire.routing import Route

ACCESS_KEY: Final = "AKIDEXAMPLE"
SECRET: Final = "wJalrXUtnFEMI/K7MDENG+bPxRfiCYEXAMPLEKEY"
REGION: Final = "us-east-1"
NOW: Final = datetime(2026, 11, 23, 21, 30, 50, tzinfo=UTC)

ROUTE_OF: Final[Mapping[Family, Route]] = {
    Family.QUERY: Route("sts", Family.QUERY, "sts"),
    Family.JSON: Route("sagemaker", Family.JSON, "sagemaker"),
    Family.REST_JSON: Route("sagemaker-runtime", Family.REST_JSON, "sagemaker"),
    Family.REST_XML: Route("s3", Family.REST_XML, "s3"),
}


def from_raw(raw: bytes) -> HttpRequest:
    """A request as it stands on the wire; continued header lines are joined by a space."""
    head, _, body = raw.replace(b"\r\n", b"\n").partition(b"\n\n")
    first, *lines = head.decode("latin-1").split("\n")
    method, rest = first.split(" ", 1)
    target = rest.rsplit(" ", 1)[0]
    path, _, query = target.partition("?")
    headers: list[tuple[str, str]] = []
    for line in lines:
        if line.startswith((" ", "\t")):
            name, value = headers.pop()
            headers.append((name, f"{value} {line.strip()}"))
        elif line:
            name, _, value = line.partition(":")
            headers.append((name.lower(), value.strip()))
    return HttpRequest(method, path, query, tuple(headers), body)


def from_botocore(request: AWSRequest) -> HttpRequest:
    """What a client would send for a request that botocore has signed."""
    prepared = request.prepare()
    url = urlsplit(prepared.url)
    headers = [(name.lower(), _text(value)) for name, value in prepared.headers.items()]
    if not any(name == "host" for name, _ in headers):
        headers.append(("host", url.netloc))
    body = prepared.body or b""
    return HttpRequest(
        prepared.method,
        url.path or "/",
        url.query,
        tuple(headers),
        body if isinstance(body, bytes) else str(body).encode(),
    )


def _text(value: Any) -> str:
    return value.decode("latin-1") if isinstance(value, bytes) else str(value)


def signed(
    auth: type[SigV4Auth], service: str, request: AWSRequest, token: str | None = None, **options: Any
) -> HttpRequest:
    """The request signed by botocore at this moment with the keys above."""
    auth(Credentials(ACCESS_KEY, SECRET, token), service, REGION, **options).add_auth(request)
    return from_botocore(request)
