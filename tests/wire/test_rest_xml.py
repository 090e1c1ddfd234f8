"""S3 on the wire: botocore's own requests are taken for what they are, and our answers read by botocore."""

from __future__ import annotations

from typing import Any

import pytest
from botocore.model import ListShape, Shape, StructureShape
from botocore.parsers import create_parser
from botocore.serialize import create_serializer
from hypothesis import given
from hypothesis import strategies as st

from rolecall.wire import models
from rolecall.wire.errors import AwsError
from rolecall.wire.family import Family
from rolecall.wire.http import HttpRequest
from rolecall.wire.protocols import rest_xml
from rolecall.wire.routing import Route
from rolecall.wire.s3_addresses import address_of

S3 = Route("s3", Family.REST_XML, "s3")
# Deprecated ones have a newer operation of the same request line.
OPERATIONS = sorted(
    name
    for name in models.operation_names("s3")
    if name not in rest_xml.SET_ASIDE and not models.operation("s3", name).deprecated
)


def value_of(shape: Shape, name: str) -> Any:
    """Any value of a shape that is as small as the model allows."""
    if isinstance(shape, StructureShape):
        # Of a union, one member is needed.
        needed = shape.required_members or (list(shape.members)[:1] if shape.is_tagged_union else ())
        return {one: value_of(member, one) for one, member in shape.members.items() if one in needed}
    if isinstance(shape, ListShape):
        return [value_of(shape.member, name)]
    return {
        "integer": 1,
        "long": 1,
        "boolean": True,
        "blob": b"x",
        "timestamp": 0,
        "string": (shape.metadata.get("enum") or ["name-of-something-long"])[0],
    }[shape.type_name]


def request_of(operation: str, parameters: dict[str, Any], **changed: Any) -> HttpRequest:
    """What botocore would send, by path."""
    made = create_serializer("rest-xml").serialize_to_request(parameters, models.operation("s3", operation))
    path, _, query = made["url_path"].partition("?")
    pairs = [query] if query else []
    for name, value in (made.get("query_string") or {}).items():
        pairs += [f"{name}={one}" for one in (value if isinstance(value, list) else [value])]
    body = made["body"]
    headers = tuple((name.lower(), str(value)) for name, value in made["headers"].items())
    return HttpRequest(
        method=made["method"],
        raw_path=changed.get("raw_path", path),
        raw_query="&".join(pairs),
        headers=(*headers, ("host", changed.get("host", "127.0.0.1:4750"))),
        body=body if isinstance(body, bytes) else (body or "").encode() if isinstance(body, str) else b"",
    )


@pytest.mark.parametrize("operation", OPERATIONS)
def test_every_request_is_taken_for_its_operation(operation: str) -> None:
    shape = models.operation("s3", operation).input_shape
    assert shape is not None
    parameters = value_of(shape, operation)
    found = rest_xml.examine(S3, request_of(operation, parameters))
    assert found.operation == operation
    assert found.labels == {name: parameters[name] for name in ("Bucket", "Key") if name in parameters}


@pytest.mark.parametrize(
    ("operation", "parameters"),
    [
        ("CreateBucket", {"Bucket": "b", "CreateBucketConfiguration": {"LocationConstraint": "eu-west-1"}}),
        ("PutObjectTagging", {"Bucket": "b", "Key": "k/ü +", "Tagging": {"TagSet": [
            {"Key": "a", "Value": "1"}, {"Key": "b", "Value": ""}]}}),
        ("DeleteObjects", {"Bucket": "b", "Delete": {"Objects": [{"Key": "x"}, {"Key": "y", "VersionId": "v"}],
                                                     "Quiet": True}}),
        ("CompleteMultipartUpload", {"Bucket": "b", "Key": "k", "UploadId": "u", "MultipartUpload": {"Parts": [
            {"ETag": '"e"', "PartNumber": 1}, {"ETag": '"f"', "PartNumber": 2}]}}),
        ("PutBucketVersioning", {"Bucket": "b", "VersioningConfiguration": {"Status": "Enabled"}}),
        ("PutPublicAccessBlock", {"Bucket": "b", "PublicAccessBlockConfiguration": {"BlockPublicAcls": False}}),
    ],
)  # fmt: skip
def test_bodies_are_read_as_they_were_written(operation: str, parameters: dict[str, Any]) -> None:
    request = request_of(operation, parameters)
    assert rest_xml.parse(S3, request, rest_xml.examine(S3, request)).parameters == parameters


@pytest.mark.parametrize(
    "body",
    [
        b"<Tagging>",
        b"no xml",
        b'<!DOCTYPE a [<!ENTITY x "y">]><Tagging/>',
        b"<a>" * 100 + b"</a>" * 100,
        "<a/>".encode("utf-16"),
    ],
)
def test_what_is_no_document_is_malformed(body: bytes) -> None:
    request = HttpRequest("PUT", "/b", "tagging", (("host", "h"),), body)
    with pytest.raises(AwsError) as refused:
        rest_xml.parse(S3, request, rest_xml.examine(S3, request))
    assert refused.value.code == "MalformedXML"


@pytest.mark.parametrize(
    ("host", "path", "bucket", "key"),
    [
        ("127.0.0.1:4750", "/", "", ""),
        ("127.0.0.1:4750", "/b", "b", ""),
        ("127.0.0.1:4750", "/b/", "b", ""),
        ("127.0.0.1:4750", "/b/k", "b", "k"),
        ("127.0.0.1:4750", "/my-bucket/a%20b/%C3%BC%2B~.txt", "my-bucket", "a b/ü+~.txt"),
        ("127.0.0.1:4750", "/my-bucket/a//b/../c", "my-bucket", "a//b/../c"),
        ("127.0.0.1:4750", "/my-bucket//lead", "my-bucket", "/lead"),
        ("127.0.0.1:4750", "/my-bucket/a+b%2Fc", "my-bucket", "a+b/c"),
        ("my-bucket.s3.amazonaws.com", "/k/l", "my-bucket", "k/l"),
        ("my.dotted.bucket.s3.eu-west-1.amazonaws.com", "/k", "my.dotted.bucket", "k"),
        ("s3.eu-west-1.amazonaws.com", "/b/k", "b", "k"),
        ("b.s3.dualstack.us-west-2.amazonaws.com", "/", "b", ""),
        ("b.s3-us-west-2.amazonaws.com", "/k", "b", "k"),
        ("my-bucket.s3.localhost:4750", "/k", "my-bucket", "k"),
        ("s3.localhost:4750", "/b/k", "b", "k"),
    ],
)
def test_where_a_request_goes(host: str, path: str, bucket: str, key: str) -> None:
    found = address_of(HttpRequest("GET", path, "", (("host", host),), b""))
    assert (found.bucket, found.key) == (bucket, key)


@given(st.text(min_size=1, max_size=30).filter(lambda key: key.encode("utf-8", "ignore").decode() == key))
def test_any_key_comes_back_from_botocores_path(key: str) -> None:
    request = request_of("GetObject", {"Bucket": "b", "Key": key})
    assert address_of(request).key == key


@pytest.mark.parametrize(
    ("operation", "output"),
    [
        ("ListBuckets", {"Buckets": [{"Name": "b"}], "Owner": {"ID": "0"}}),
        ("ListObjectsV2", {"Name": "b", "KeyCount": 2, "Contents": [{"Key": "a&<b", "Size": 1}],
                           "CommonPrefixes": [{"Prefix": "p/"}]}),
        ("GetBucketTagging", {"TagSet": [{"Key": "a", "Value": "b"}]}),
        ("CreateMultipartUpload", {"Bucket": "b", "Key": "k", "UploadId": "u"}),
        ("DeleteObjects", {"Deleted": [{"Key": "a"}], "Errors": [{"Key": "b", "Code": "AccessDenied"}]}),
        ("CopyObject", {"CopyObjectResult": {"ETag": '"e"'}, "VersionId": "v"}),
        ("GetPublicAccessBlock", {"PublicAccessBlockConfiguration": {"BlockPublicAcls": True}}),
        ("PutObject", {"ETag": '"e"', "VersionId": "v"}),
    ],
)  # fmt: skip
def test_answers_are_read_by_botocore(operation: str, output: dict[str, Any]) -> None:
    response = rest_xml.serialize("s3", operation, output, "REQUEST")
    read = create_parser("rest-xml").parse(
        {"status_code": response.status, "headers": dict(response.headers), "body": response.body},
        models.operation("s3", operation).output_shape,
    )
    read.pop("ResponseMetadata")
    assert read == output


def test_errors_carry_their_further_elements() -> None:
    error = AwsError("NoSuchKey", "The specified key does not exist.", 404, members={"Key": "a<b"})
    response = rest_xml.serialize_error("s3", error, "REQUEST")
    read = create_parser("rest-xml").parse(
        {"status_code": 404, "headers": dict(response.headers), "body": response.body},
        models.operation("s3", "GetObject").output_shape,
    )
    assert read["Error"] == {"Code": "NoSuchKey", "Message": "The specified key does not exist.", "Key": "a<b"}
    assert read["ResponseMetadata"]["RequestId"] == "REQUEST"


def test_a_location_is_the_text_of_the_root() -> None:
    """botocore reads it by a hook of its own."""
    body = rest_xml.serialize("s3", "GetBucketLocation", {"LocationConstraint": "eu-west-1"}, "REQUEST").body
    assert body.endswith(b">eu-west-1</LocationConstraint>")
