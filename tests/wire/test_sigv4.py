"""Signatures: the worked examples, every refusal with its text, and the law verify(sign(request))."""

from __future__ import annotations

import base64
import hashlib
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any
from urllib.parse import quote

import pytest
import yaml
from botocore.auth import S3SigV4Auth, S3SigV4QueryAuth, SigV4Auth, SigV4QueryAuth
from botocore.awsrequest import AWSRequest
from hypothesis import given
from hypothesis import strategies as st
from msgspec import structs

from rolecall.wire.errors import AwsError
from rolecall.wire.family import Family
from rolecall.wire.http import HttpRequest
from rolecall.wire.sigv4 import canonical_request, read_signature, verify
from rolecall.wire.sigv4.keys import SigningKeys
from wire.requests import ACCESS_KEY, NOW, ROUTE_OF, SECRET, signed

CASES = yaml.safe_load((Path(__file__).parents[1] / "cases" / "wire" / "signature_errors.yaml").read_text())
FORM = "application/x-www-form-urlencoded; charset=utf-8"


def verified(request: HttpRequest, family: Family, now: datetime | None = None) -> None:
    moment = now or datetime.now(UTC)
    signature = read_signature(request, ROUTE_OF[family], moment)
    assert signature is not None
    assert signature.access_key_id == ACCESS_KEY
    verify(request, signature, SECRET, moment)


# --- the worked examples (botocore's signer with a fixed clock) --------------------------------------------------


def example(service: str, host: str, path: str, headers: dict[str, str], body: bytes, value: str) -> HttpRequest:
    names = ";".join(sorted({*headers, "host", "x-amz-date"}))
    scope = f"{ACCESS_KEY}/20261123/us-east-1/{service}/aws4_request"
    authorization = f"AWS4-HMAC-SHA256 Credential={scope}, SignedHeaders={names}, Signature={value}"
    everything = {**headers, "host": host, "x-amz-date": "20261123T213050Z", "authorization": authorization}
    return HttpRequest("POST", path, "", tuple(everything.items()), body)


INVOKE = example(
    "sagemaker",
    "runtime.sagemaker.us-east-1.amazonaws.com",
    "/endpoints/my%20ep/invocations",
    {"content-type": "text/csv", "x-amz-security-token": "TOKEN/=="},
    b"1,2,3",
    "7f68f078da2f76961ab90deb76fd73271d5864faf48fa948f99884fef1d02f41",
)
IDENTITY = example(
    "sts",
    "sts.us-east-1.amazonaws.com",
    "/",
    {"content-type": FORM},
    b"Action=GetCallerIdentity&Version=2011-06-15",
    "7180233025c59dc609c43c40402378fb4b671c069abe40b0cdea966333f8ea7d",
)
PRESIGNED = HttpRequest(
    "GET",
    "/",
    "Action=GetCallerIdentity&Version=2011-06-15&X-Amz-Algorithm=AWS4-HMAC-SHA256"
    "&X-Amz-Credential=AKIDEXAMPLE%2F20261123%2Fus-east-1%2Fsts%2Faws4_request&X-Amz-Date=20261123T213050Z"
    "&X-Amz-Expires=60&X-Amz-SignedHeaders=host&X-Amz-Security-Token=TOKEN%2F%3D%3D"
    "&X-Amz-Signature=bd32968c1975945edbcd3a8b63a3c2b55db8aed60a92f28e283079b4590c9443",
    (("host", "sts.us-east-1.amazonaws.com"),),
    b"",
)


@pytest.mark.parametrize(
    ("request_", "family", "token", "presigned"),
    [
        pytest.param(INVOKE, Family.REST_JSON, "TOKEN/==", False, id="InvokeEndpoint"),
        pytest.param(IDENTITY, Family.QUERY, None, False, id="GetCallerIdentity"),
        pytest.param(PRESIGNED, Family.QUERY, "TOKEN/==", True, id="presigned GetCallerIdentity"),
    ],
)
def test_worked_example_is_verified(
    request_: HttpRequest, family: Family, token: str | None, presigned: bool
) -> None:
    signature = read_signature(request_, ROUTE_OF[family], NOW)
    assert signature is not None
    assert (signature.token, signature.presigned, signature.region) == (token, presigned, "us-east-1")
    verify(request_, signature, SECRET, NOW)


def test_canonical_request_of_the_worked_example() -> None:
    payload = hashlib.sha256(b"1,2,3").hexdigest()
    signature = read_signature(INVOKE, ROUTE_OF[Family.REST_JSON], NOW)
    assert signature is not None
    canonical = canonical_request(INVOKE, signature.signed_headers, payload, s3=False)
    assert b"\n/endpoints/my%2520ep/invocations\n" in canonical
    wanted = "569eb809135316067d8054c12c1e84bfe8b07a3ad32b180b852a1407da70eea6"
    assert hashlib.sha256(canonical).hexdigest() == wanted


@pytest.mark.parametrize("minutes", [-16, 16])
def test_verify_looks_at_the_clock_itself(minutes: int) -> None:
    signature = read_signature(IDENTITY, ROUTE_OF[Family.QUERY], NOW)
    assert signature is not None
    with pytest.raises(AwsError, match=r"Signature (expired|not yet current)"):
        verify(IDENTITY, signature, SECRET, NOW + timedelta(minutes=minutes))


def test_presigned_sts_url_lives_for_the_window_whatever_its_expiry_says() -> None:
    verified(PRESIGNED, Family.QUERY, NOW + timedelta(minutes=14, seconds=59))


def test_date_header_serves_where_there_is_no_x_amz_date() -> None:
    headers = tuple(
        ("date", "Mon, 23 Nov 2026 21:30:50 GMT") if name == "x-amz-date" else (name, value)
        for name, value in IDENTITY.headers
    )
    signature = read_signature(structs.replace(IDENTITY, headers=headers), ROUTE_OF[Family.QUERY], NOW)
    assert signature is not None
    assert signature.timestamp == "20261123T213050Z"


def test_canonical_text_is_told_on_demand_only() -> None:
    signature = read_signature(IDENTITY, ROUTE_OF[Family.QUERY], NOW)
    assert signature is not None
    with pytest.raises(AwsError) as plain:
        verify(IDENTITY, signature, "wrong", NOW)
    with pytest.raises(AwsError) as explained:
        verify(IDENTITY, signature, "wrong", NOW, explain=True)
    assert plain.value.message.endswith("Consult the service documentation for details.")
    assert "The Canonical String for this request should have been\n'POST\n/\n" in explained.value.message
    assert "wrong" not in explained.value.message


def test_unsigned_request_is_nobody_where_the_route_allows_it() -> None:
    allowed = structs.replace(ROUTE_OF[Family.QUERY], unsigned=True)
    assert read_signature(HttpRequest("POST", "/", "", (), b""), allowed, NOW) is None


# --- refusals ----------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("case", CASES, ids=lambda case: case["name"])
def test_refusal_has_the_familys_code_status_and_text(case: dict[str, Any]) -> None:
    headers = {"host": "example.amazonaws.com", **{k: str(v) for k, v in case.get("headers", {}).items()}}
    message = case["want"]["message"]
    if "authorization" in case:
        headers["authorization"] = case["authorization"]
        digest = base64.b64encode(hashlib.sha256(case["authorization"].encode()).digest()).decode()
        message = message.replace("<hash>", digest)
    request = HttpRequest("POST", "/", case.get("query", ""), tuple(headers.items()), b"")
    with pytest.raises(AwsError) as refusal:
        read_signature(request, ROUTE_OF[Family(case["family"])], NOW)
    error = refusal.value
    assert (error.code, error.status, error.message) == (case["want"]["code"], case["want"]["status"], message)


@pytest.mark.parametrize(
    ("family", "code", "status"),
    [
        (Family.QUERY, "SignatureDoesNotMatch", 403),
        (Family.JSON, "InvalidSignatureException", 400),
        (Family.REST_JSON, "InvalidSignatureException", 403),
        (Family.REST_XML, "SignatureDoesNotMatch", 403),
    ],
)
def test_wrong_secret_is_told_as_the_family_tells_it(family: Family, code: str, status: int) -> None:
    auth = S3SigV4Auth if family is Family.REST_XML else SigV4Auth
    request = signed(auth, ROUTE_OF[family].signing_name, AWSRequest("POST", "http://localhost/", data=b"x"))
    now = datetime.now(UTC)
    signature = read_signature(request, ROUTE_OF[family], now)
    assert signature is not None
    with pytest.raises(AwsError) as refusal:
        verify(request, signature, SECRET[:-1], now)
    assert (refusal.value.code, refusal.value.status) == (code, status)
    assert refusal.value.message.startswith("The request signature we calculated does not match")


# --- S3 ----------------------------------------------------------------------------------------------------------


def test_s3_path_is_taken_as_sent() -> None:
    auth = S3SigV4Auth
    verified(
        signed(auth, "s3", AWSRequest("PUT", "http://localhost/b/a%20b/%C3%BC//c/../d", data=b"x")),
        Family.REST_XML,
    )


def test_s3_body_must_have_the_hash_that_was_sent() -> None:
    request = signed(S3SigV4Auth, "s3", AWSRequest("PUT", "http://localhost/b/k", data=b"x"))
    signature = read_signature(request, ROUTE_OF[Family.REST_XML], datetime.now(UTC))
    assert signature is not None
    with pytest.raises(AwsError) as refusal:
        verify(structs.replace(request, body=b"y"), signature, SECRET, datetime.now(UTC))
    assert (refusal.value.code, refusal.value.status) == ("XAmzContentSHA256Mismatch", 400)


@pytest.mark.parametrize(
    "literal",
    [
        "UNSIGNED-PAYLOAD",
        "STREAMING-AWS4-HMAC-SHA256-PAYLOAD",
        "STREAMING-AWS4-HMAC-SHA256-PAYLOAD-TRAILER",
        "STREAMING-UNSIGNED-PAYLOAD-TRAILER",
    ],
)
def test_s3_takes_a_literal_for_the_hash_and_no_other_service_does(literal: str) -> None:
    def request(service: str, auth: type[SigV4Auth]) -> HttpRequest:
        plain = AWSRequest("PUT", "http://localhost/b", data=b"any")
        plain.headers["X-Amz-Content-SHA256"] = literal
        return signed(auth, service, plain)

    class Literal(S3SigV4Auth):
        def payload(self, request: AWSRequest) -> str:
            return literal

    verified(request("s3", Literal), Family.REST_XML)
    with pytest.raises(AwsError, match="SignatureDoesNotMatch"):
        verified(request("sts", SigV4Auth), Family.QUERY)


def test_presigned_s3_url_leaves_the_body_open() -> None:
    request = signed(S3SigV4QueryAuth, "s3", AWSRequest("PUT", "http://localhost/b/k"), expires=60)
    verified(structs.replace(request, body=b"anything"), Family.REST_XML)


def test_body_behind_a_presigned_sts_url_is_refused() -> None:
    url = "http://localhost/?Action=GetCallerIdentity&Version=2011-06-15"
    request = signed(SigV4QueryAuth, "sts", AWSRequest("GET", url), expires=60)
    verified(request, Family.QUERY)
    with pytest.raises(AwsError, match="SignatureDoesNotMatch"):
        verified(structs.replace(request, body=b"Action=DeleteUser"), Family.QUERY)


# --- laws --------------------------------------------------------------------------------------------------------

segments = st.text(st.characters(codec="utf-8", exclude_characters="/", exclude_categories=["Cs"]), max_size=8)
paths = st.lists(segments, max_size=5).map(lambda parts: "/" + "/".join(quote(p, safe="~") for p in parts))
words = st.text(st.characters(codec="utf-8", exclude_categories=["Cs"]), max_size=12)
queries = st.lists(st.tuples(words, words), max_size=5)
names = st.from_regex(r"x-[a-z0-9]{1,8}", fullmatch=True)
values = st.text(st.characters(min_codepoint=0x20, max_codepoint=0x7E), max_size=20)
headers = st.dictionaries(names, values, max_size=4)
tokens = st.none() | st.text("ABCabc019+/=", min_size=1, max_size=40)


@st.composite
def signed_requests(draw: st.DrawFn) -> tuple[HttpRequest, Family]:
    family, auth = draw(
        st.sampled_from(
            [
                (Family.QUERY, SigV4Auth),
                (Family.JSON, SigV4Auth),
                (Family.REST_JSON, SigV4Auth),
                (Family.QUERY, SigV4QueryAuth),
                (Family.REST_XML, S3SigV4Auth),
                (Family.REST_XML, S3SigV4QueryAuth),
            ]
        )
    )
    presigned = issubclass(auth, SigV4QueryAuth)
    query = "&".join(f"{quote(k, safe='~')}={quote(v, safe='~')}" for k, v in draw(queries))
    request = AWSRequest(
        draw(st.sampled_from(["GET", "POST", "PUT"])),
        "http://127.0.0.1:4750" + draw(paths) + ("?" + query if query else ""),
        data=b"" if presigned else draw(st.binary(max_size=64)),
    )
    for name, value in draw(headers).items():
        request.headers[name] = value
    service = ROUTE_OF[family].signing_name
    return signed(auth, service, request, draw(tokens), **({"expires": 60} if presigned else {})), family


@given(signed_requests())
def test_what_botocore_signs_is_verified(case: tuple[HttpRequest, Family]) -> None:
    verified(*case)


def flipped(text: str, position: int) -> str:
    return text[:position] + chr(ord(text[position]) ^ 1) + text[position + 1 :]


@given(signed_requests(), st.data())
def test_a_flipped_bit_is_never_verified(case: tuple[HttpRequest, Family], data: st.DataObject) -> None:
    """In the body, a signed header, the method or the path: what the signature covers cannot change."""
    request, family = case
    signature = read_signature(request, ROUTE_OF[family], datetime.now(UTC))
    assert signature is not None
    choices = ["path", "method", "host"]
    if request.body and not (family is Family.REST_XML and signature.presigned):
        choices.append("body")
    match data.draw(st.sampled_from(choices)):
        case "body":
            place = data.draw(st.integers(0, len(request.body) - 1))
            body = bytearray(request.body)
            body[place] ^= 1 << data.draw(st.integers(0, 7))
            changed = structs.replace(request, body=bytes(body))
        case "path":
            changed = structs.replace(request, raw_path=request.raw_path + "x")
        case "method":
            changed = structs.replace(request, method=flipped(request.method, 0))
        case _:
            changed = structs.replace(
                request, headers=tuple((n, flipped(v, 0) if n == "host" else v) for n, v in request.headers)
            )
    with pytest.raises(AwsError):
        verified(changed, family)


@given(signed_requests(), st.data())
def test_a_changed_signature_or_token_is_never_verified(
    case: tuple[HttpRequest, Family], data: st.DataObject
) -> None:
    request, family = case
    now = datetime.now(UTC)
    signature = read_signature(request, ROUTE_OF[family], now)
    assert signature is not None
    place = data.draw(st.integers(0, len(signature.value) - 1))
    with pytest.raises(AwsError):
        verify(request, structs.replace(signature, value=flipped(signature.value, place)), SECRET, now)


def test_signing_keys_are_forgotten_in_order_of_use() -> None:
    keys = SigningKeys(limit=2)
    first = keys.key("a", "20261123", "us-east-1", "sts")
    keys.key("b", "20261123", "us-east-1", "sts")
    assert keys.key("a", "20261123", "us-east-1", "sts") == first
    keys.key("c", "20261123", "us-east-1", "sts")
    assert len(keys) == 2
