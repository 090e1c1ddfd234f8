"""AWS's Signature Version 4 test suite, as botocore's source archive carries it, from the verifier's side."""

from __future__ import annotations

import re
from datetime import UTC, datetime
from pathlib import Path
from typing import Final

import pytest

from rolecall.wire.errors import AwsError
from rolecall.wire.family import Family
from rolecall.wire.routing import Route
from rolecall.wire.sigv4 import canonical_request, read_signature, string_to_sign, verify
from wire.botocore_archive import missing, unit_tests
from wire.requests import SECRET, from_raw

SIGNED_AT: Final = datetime(2015, 8, 30, 12, 36, tzinfo=UTC)
SERVICE: Final = Route("service", Family.QUERY, "service")

# The suite's own token-after-signing case: a token that is there but not signed is refused, see its test below.
TOKEN_NOT_SIGNED: Final = "post-sts-token/post-sts-header-after"


def cases() -> list[object]:
    unit = unit_tests()
    if unit is None:
        return missing("the SigV4 suite")
    suite = unit / "auth" / "aws4_testsuite"
    return [
        pytest.param(file, id=str(file.parent.relative_to(suite)))
        for file in sorted(suite.rglob("*.sreq"))
        if str(file.parent.relative_to(suite)) != TOKEN_NOT_SIGNED
    ]


def text(file: Path, suffix: str) -> str:
    return file.with_suffix(suffix).read_bytes().decode().replace("\r", "")


def authorized(file: Path) -> bytes:
    """The signed request with the header of the .authz file: one .sreq has a made-up signature."""
    head, _, rest = file.read_bytes().partition(b"\nAuthorization:")
    return head + b"\nAuthorization: " + text(file, ".authz").encode() + rest[len(rest.partition(b"\n")[0]) :]


@pytest.mark.parametrize("file", cases())
def test_signed_request_of_the_suite_is_verified(file: Path) -> None:
    request = from_raw(authorized(file))
    signature = read_signature(request, SERVICE, SIGNED_AT)
    assert signature is not None
    verify(request, signature, SECRET, SIGNED_AT)


@pytest.mark.parametrize("file", cases())
def test_canonical_request_and_string_to_sign_are_the_suites(file: Path) -> None:
    request = from_raw(authorized(file))
    signature = read_signature(request, SERVICE, SIGNED_AT)
    assert signature is not None
    wanted = text(file, ".creq")
    payload = wanted.rsplit("\n", 1)[1]
    canonical = canonical_request(request, signature.signed_headers, payload, s3=False)
    assert canonical.decode() == wanted
    assert string_to_sign(signature.timestamp, signature.scope, canonical) == text(file, ".sts")


@pytest.mark.parametrize("file", cases())
def test_changed_signature_of_the_suite_is_refused(file: Path) -> None:
    raw = authorized(file)
    found = re.search(rb"Signature=([0-9a-f])", raw)
    assert found is not None
    digit = b"0" if found[1] != b"0" else b"1"
    request = from_raw(raw[: found.start(1)] + digit + raw[found.end(1) :])
    signature = read_signature(request, SERVICE, SIGNED_AT)
    assert signature is not None
    with pytest.raises(AwsError, match="SignatureDoesNotMatch"):
        verify(request, signature, SECRET, SIGNED_AT)


def test_token_added_after_signing_is_refused() -> None:
    unit = unit_tests()
    if unit is None:
        pytest.skip("the SigV4 suite: botocore's source archive cannot be had from the package index")
    file = unit / "auth" / "aws4_testsuite" / TOKEN_NOT_SIGNED / "post-sts-header-after.sreq"
    with pytest.raises(AwsError, match="'X-Amz-Security-Token' must be a 'SignedHeader'"):
        read_signature(from_raw(file.read_bytes()), SERVICE, SIGNED_AT)
