"""What each protocol refuses, in which order and form, and how answers and errors look on the wire."""

from __future__ import annotations

import json
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, Final

import pytest
import yaml

from rolecall.wire.errors import AwsError, Fault, bare, fault
from rolecall.wire.family import Family
from rolecall.wire.http import HttpRequest
from rolecall.wire.protocols import examine, parse_request, serialize_error, serialize_response
from rolecall.wire.protocols.json_values import UnmodelledMember
from rolecall.wire.request_ids import request_id
from rolecall.wire.routing import ROUTES, UNSIGNED_STS

WRONG_SHAPES: Final = yaml.safe_load(
    (Path(__file__).parents[1] / "cases" / "wire" / "wrong_shapes.yaml").read_text()
)
FORM: Final = "application/x-www-form-urlencoded; charset=utf-8"
ID: Final = "01234567-89ab-cdef-0123-456789abcdef"


def form(body: str, query: str = "", method: str = "POST", path: str = "/", content: str = FORM) -> HttpRequest:
    return HttpRequest(method, path, query, (("content-type", content),), body.encode("latin-1"))


def target(
    body: bytes,
    operation: str = "SageMaker.CreateTrainingJob",
    content: str = "application/x-amz-json-1.1",
    method: str = "POST",
) -> HttpRequest:
    return HttpRequest(method, "/", "", (("content-type", content), ("x-amz-target", operation)), body)


# --- query -------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("request_", "status"),
    [
        (form("", path="/../x"), 400),
        (form("", path="/a/../../x"), 400),
        (form("", path="/%zz"), 400),
        (form("", path="x"), 400),
        (form("", method="PUT"), 302),
        (form("", method="HEAD"), 302),
        (form("{}", content="application/json"), 403),
    ],
)
def test_query_answers_without_an_envelope_before_it_looks_at_the_signature(
    request_: HttpRequest, status: int
) -> None:
    with pytest.raises(AwsError) as refusal:
        examine(ROUTES["iam"], request_)
    response = serialize_error(ROUTES["iam"], refusal.value, ID)
    assert response.status == status
    assert b"ErrorResponse" not in response.body
    assert dict(response.headers).get("Location") == ("https://aws.amazon.com/iam" if status == 302 else None)


@pytest.mark.parametrize(
    ("query", "message"),
    [
        ("Action=%", "Incomplete trailing escape % sequence"),
        ("Action=%4", "Incomplete trailing escape % sequence"),
        ("Action=%zz&b=1", "Illegal hex character in escape % pattern: %zz"),
    ],
)
def test_query_refuses_bad_escapes(query: str, message: str) -> None:
    with pytest.raises(AwsError) as refusal:
        examine(ROUTES["iam"], form("", query, method="GET"))
    assert (refusal.value.code, refusal.value.message) == ("MalformedQueryString", message)


@pytest.mark.parametrize(
    ("body", "code", "message"),
    [
        ("Version=2010-05-08", "MissingAction", "The request is missing an action or a required parameter."),
        ("Action=Foo&Version=2010-05-08", "InvalidAction", "Could not find operation Foo for version 2010-05-08"),
        ("Action=GetUser&Version=1", "InvalidAction", "Could not find operation GetUser for version 1"),
        ("Action=Foo", "InvalidAction", "Could not find operation Foo for version NO_VERSION_SPECIFIED"),
        ("Action=ListUsers&MaxItems=ten", "MalformedInput", ""),
        ("Action=ListUsers&MaxItems=", "MalformedInput", ""),
        ("Action=ListUsers&MaxItems=1_0", "MalformedInput", ""),
        ("Action=CreatePolicyVersion&SetAsDefault=yes", "MalformedInput", ""),
        ("Action=TagUser&Tags.member.x.Key=a", "MalformedInput", ""),
        ("Action=ListUsers&PathPrefix=%FF", "MalformedInput", ""),
    ],
)  # fmt: skip
def test_query_call_that_does_not_parse(body: str, code: str, message: str) -> None:
    with pytest.raises(AwsError) as refusal:
        parse_request(ROUTES["iam"], form(body))
    assert (refusal.value.code, refusal.value.status, refusal.value.message) == (code, 400, message)


@pytest.mark.parametrize(
    ("body", "parameters"),
    [
        ("Action=GetUser", {}),
        ("Action=GetUser&Version=2010-05-08&UserName=a+b%2B", {"UserName": "a b+"}),
        ("Action=GetUser&UserName=first&UserName=second", {"UserName": "first"}),
        ("Action=GetUser&Unknown.member.1=x", {}),
        (
            "Action=TagUser&Tags.member.10.Key=c&Tags.member.2.Key=b&Tags.member.1.Key=a",
            {"Tags": [{"Key": "a"}, {"Key": "b"}, {"Key": "c"}]},
        ),
        ("Action=TagUser&Tags=", {"Tags": []}),
        ("Action=ListUsers&MaxItems=10", {"MaxItems": 10}),
        ("Action=CreatePolicyVersion&SetAsDefault=true", {"SetAsDefault": True}),
    ],
)
def test_query_call_that_parses(body: str, parameters: dict[str, Any]) -> None:
    assert parse_request(ROUTES["iam"], form(body)).parameters == parameters


def test_parameters_of_the_query_string_come_first_and_keep_their_plus_signs() -> None:
    """A signer sees %2B where the wire has a plus sign; it must not mean a space."""
    call = parse_request(ROUTES["iam"], form("UserName=body", "Action=GetUser&UserName=a+b%20c", method="GET"))
    assert call.parameters == {"UserName": "a+b c"}


def test_unsigned_route_is_held_to_its_action() -> None:
    with pytest.raises(AwsError, match="MissingAuthenticationToken"):
        parse_request(UNSIGNED_STS, form("Action=GetCallerIdentity"))


def test_query_answer() -> None:
    output = {"UserId": "AIDA", "Account": "123456789012", "Arn": "arn:aws:iam::123456789012:user/<a&b>"}
    response = serialize_response(ROUTES["sts"], "GetCallerIdentity", output, ID)
    assert response.status == 200
    assert dict(response.headers) == {"x-amzn-RequestId": ID, "Content-Type": "text/xml"}
    assert response.body.decode() == (
        '<GetCallerIdentityResponse xmlns="https://sts.amazonaws.com/doc/2011-06-15/"><GetCallerIdentityResult>'
        "<UserId>AIDA</UserId><Account>123456789012</Account>"
        "<Arn>arn:aws:iam::123456789012:user/&lt;a&amp;b&gt;</Arn></GetCallerIdentityResult>"
        f"<ResponseMetadata><RequestId>{ID}</RequestId></ResponseMetadata></GetCallerIdentityResponse>"
    )


def test_query_answer_without_output_has_no_result() -> None:
    body = serialize_response(ROUTES["iam"], "DeleteUser", {}, ID).body.decode()
    assert body == (
        '<DeleteUserResponse xmlns="https://iam.amazonaws.com/doc/2010-05-08/">'
        f"<ResponseMetadata><RequestId>{ID}</RequestId></ResponseMetadata></DeleteUserResponse>"
    )


def test_query_times_are_whole_seconds_and_absent_members_are_left_out() -> None:
    made = datetime(2026, 11, 23, 21, 30, 50, 999999, tzinfo=UTC)
    body = serialize_response(
        ROUTES["iam"], "CreateUser", {"User": {"CreateDate": made, "PasswordLastUsed": None}}, ID
    ).body
    assert b"<User><CreateDate>2026-11-23T21:30:50Z</CreateDate></User>" in body


@pytest.mark.parametrize(
    ("error", "inner"),
    [
        (
            AwsError("NoSuchEntity", "The user with name <x> cannot be found.", 404),
            "<Type>Sender</Type><Code>NoSuchEntity</Code>"
            "<Message>The user with name &lt;x&gt; cannot be found.</Message>",
        ),
        (
            AwsError("ServiceFailure", "no", 500, sender=False),
            "<Type>Receiver</Type><Code>ServiceFailure</Code><Message>no</Message>",
        ),
        (fault(Family.QUERY, Fault.UNPARSEABLE), "<Type>Sender</Type><Code>MalformedInput</Code>"),
        (
            AwsError("ValidationError", "bad \x00", 400),
            "<Type>Sender</Type><Code>ValidationError</Code><Message>bad \ufffd</Message>",
        ),
    ],
)
def test_query_error(error: AwsError, inner: str) -> None:
    response = serialize_error(ROUTES["iam"], error, ID)
    assert response.status == error.status
    assert response.body.decode() == (
        '<ErrorResponse xmlns="https://iam.amazonaws.com/doc/2010-05-08/"><Error>'
        f"{inner}</Error><RequestId>{ID}</RequestId></ErrorResponse>"
    )


def test_unknown_action_has_the_namespace_of_faults() -> None:
    error = fault(Family.QUERY, Fault.UNKNOWN_OPERATION, "Could not find operation Foo for version x")
    body = serialize_error(ROUTES["iam"], error, ID).body
    assert body.startswith(b'<ErrorResponse xmlns="http://webservices.amazon.com/AWSFault/2005-15-09">')


# --- json --------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "request_", [target(b"{}", method="GET"), target(b"{}", content="text/plain"), target(b"{}", content="")]
)
def test_json_knows_nothing_of_another_method_or_content_type(request_: HttpRequest) -> None:
    with pytest.raises(AwsError) as refusal:
        examine(ROUTES["sagemaker"], request_)
    response = serialize_error(ROUTES["sagemaker"], refusal.value, ID)
    assert (response.status, response.body) == (404, b"<UnknownOperationException/>\n")


@pytest.mark.parametrize(
    ("request_", "code"),
    [
        (target(b"{", "SageMaker.Nonsense"), "SerializationException"),
        (target(b"\xff"), "SerializationException"),
        (target(b"[]"), "SerializationException"),
        (target(b'{"a": NaN}'), "SerializationException"),
        (target(b"[" * 100_000), "SerializationException"),
        (target(b'{"a":' * 201 + b"1" + b"}" * 201), "SerializationException"),
        (target(b"{}", "SageMaker.Nonsense"), "UnknownOperationException"),
        (target(b"{}", "Other.CreateTrainingJob"), "UnknownOperationException"),
        (target(b"{}", "CreateTrainingJob"), "UnknownOperationException"),
        (target(b"{}", ""), "UnknownOperationException"),
    ],
)
def test_json_body_then_target_are_refused_before_the_signature(request_: HttpRequest, code: str) -> None:
    with pytest.raises(AwsError) as refusal:
        examine(ROUTES["sagemaker"], request_)
    response = serialize_error(ROUTES["sagemaker"], refusal.value, ID)
    assert response.status == 400
    assert json.loads(response.body)["__type"] == f"com.amazon.coral.service#{code}"


@pytest.mark.parametrize(
    "given", ["{}", '{"EFSFileSystem": {"FileSystemId": "f"}, "S3FileSystem": {"S3Uri": "s3://b"}}']
)
def test_a_union_with_none_or_several_of_its_members_is_refused(given: str) -> None:
    """Smithy: a union has exactly one member set. botocore's clients cannot parse an answer where it is not so."""
    body = f'{{"DomainId": "d", "SpaceName": "s", "SpaceSettings": {{"CustomFileSystems": [{given}]}}}}'
    request = target(body.encode(), "SageMaker.CreateSpace")
    examined = examine(ROUTES["sagemaker"], request)
    with pytest.raises(AwsError) as refusal:
        parse_request(ROUTES["sagemaker"], request, examined)
    assert (refusal.value.code, refusal.value.status) == ("SerializationException", 400)


@pytest.mark.parametrize("case", WRONG_SHAPES, ids=lambda case: case["name"])
def test_json_member_of_the_wrong_type_is_refused_after_the_signature(case: dict[str, Any]) -> None:
    request = target(case["body"].encode())
    examined = examine(ROUTES["sagemaker"], request)
    with pytest.raises(AwsError) as refusal:
        parse_request(ROUTES["sagemaker"], request, examined)
    error = refusal.value
    assert (error.code, error.status, error.message) == ("SerializationException", 400, case["message"])


@pytest.mark.parametrize(
    ("body", "parameters"),
    [
        (b"", {}),
        (b'{"Unknown": {"a": 1}, "__type": "x", "Tags": null}', {}),
        (b'{"ResourceConfig": {"InstanceCount": 2.0}}', {"ResourceConfig": {"InstanceCount": 2}}),
        (b'{"trainingjobname": "a"}', {}),
    ],
)
def test_json_call_that_parses(body: bytes, parameters: dict[str, Any]) -> None:
    assert parse_request(ROUTES["sagemaker"], target(body)).parameters == parameters


def test_json_timestamps_have_fractions() -> None:
    request = target(b'{"CreationTimeAfter": 1700000000.25}', "SageMaker.ListModels")
    after = parse_request(ROUTES["sagemaker"], request).parameters["CreationTimeAfter"]
    assert after == datetime(2023, 11, 14, 22, 13, 20, 250000, tzinfo=UTC)


@pytest.mark.parametrize(
    ("moment", "text"),
    [
        (datetime(2018, 7, 19, 19, 50, 13, 951999, tzinfo=UTC), "1532029813.951"),
        (datetime(2018, 7, 19, 19, 50, 13, tzinfo=UTC), "1532029813"),
    ],
)
def test_json_answer_has_times_in_seconds(moment: datetime, text: str) -> None:
    response = serialize_response(
        ROUTES["sagemaker"], "DescribeModel", {"ModelName": "m", "CreationTime": moment}, ID
    )
    assert response.body.decode() == f'{{"ModelName":"m","CreationTime":{text}}}'
    assert dict(response.headers)["Content-Type"] == "application/x-amz-json-1.1"


def test_json_answer_without_output_is_empty() -> None:
    response = serialize_response(ROUTES["sagemaker"], "DeleteModel", {}, ID)
    assert (response.status, response.body) == (200, b"")


@pytest.mark.parametrize(
    ("error", "document"),
    [
        (AwsError("ResourceInUse", "taken"), {"__type": "ResourceInUse", "Message": "taken"}),
        (AwsError("ValidationException", "no"), {"__type": "ValidationException", "message": "no"}),
        (
            fault(Family.JSON, Fault.UNKNOWN_OPERATION),
            {"__type": "com.amazon.coral.service#UnknownOperationException"},
        ),
    ],
)
def test_json_error_spells_the_message_as_its_shape_does(error: AwsError, document: dict[str, str]) -> None:
    response = serialize_error(ROUTES["sagemaker"], error, ID)
    assert (response.status, json.loads(response.body)) == (400, document)


def test_answer_of_a_handler_must_be_modelled() -> None:
    with pytest.raises(UnmodelledMember, match="DescribeModelOutput has no member ModelNmae"):
        serialize_response(ROUTES["sagemaker"], "DescribeModel", {"ModelNmae": "m"}, ID)


# --- rest-json ---------------------------------------------------------------------------------------------------


def invoke(path: str, method: str = "POST", **headers: str) -> HttpRequest:
    named = tuple((name.replace("_", "-"), value) for name, value in headers.items())
    return HttpRequest(method, path, "", named, b"1,2,3")


def test_invoke_endpoint() -> None:
    request = invoke(
        "/endpoints/my%20ep/invocations",
        content_type="text/csv",
        accept="application/json",
        x_amzn_sagemaker_target_model="m.tar.gz",
        x_amzn_sagemaker_session_id="NEW_SESSION",
    )
    call = parse_request(ROUTES["sagemaker-runtime"], request)
    assert (call.operation, call.parameters) == (
        "InvokeEndpoint",
        {
            "EndpointName": "my ep",
            "Body": b"1,2,3",
            "ContentType": "text/csv",
            "Accept": "application/json",
            "TargetModel": "m.tar.gz",
            "SessionId": "NEW_SESSION",
        },
    )


@pytest.mark.parametrize(
    "request_",
    [
        invoke("/endpoints/e/invocations", method="GET"),
        invoke("/endpoints/e/nothing"),
        invoke("/endpoints//invocations"),
        invoke("/endpoints/a/b/invocations"),
    ],
)
def test_rest_path_without_operation(request_: HttpRequest) -> None:
    with pytest.raises(AwsError) as refusal:
        examine(ROUTES["sagemaker-runtime"], request_)
    assert (refusal.value.code, refusal.value.status) == ("UnknownOperationException", 404)


def test_rest_answer_with_a_raw_body() -> None:
    output = {"Body": b"\x00\xff", "ContentType": "text/csv", "InvokedProductionVariant": "v1\r\nX-Evil: 1"}
    response = serialize_response(ROUTES["sagemaker-runtime"], "InvokeEndpoint", output, ID)
    assert (response.status, response.body) == (200, b"\x00\xff")
    headers = dict(response.headers)
    assert headers["Content-Type"] == "text/csv"
    assert headers["x-Amzn-Invoked-Production-Variant"] == "v1  X-Evil: 1"


def test_rest_answer_with_a_status_of_its_own() -> None:
    output = {"InferenceId": "i", "OutputLocation": "s3://b/o"}
    response = serialize_response(ROUTES["sagemaker-runtime"], "InvokeEndpointAsync", output, ID)
    assert (response.status, json.loads(response.body)) == (202, {"InferenceId": "i"})
    assert dict(response.headers)["X-Amzn-SageMaker-OutputLocation"] == "s3://b/o"


def test_rest_error() -> None:
    error = AwsError("ModelError", "broken", 424, members={"OriginalStatusCode": 500})
    response = serialize_error(ROUTES["sagemaker-runtime"], error, ID)
    assert (response.status, dict(response.headers)["x-amzn-ErrorType"]) == (424, "ModelError")
    assert json.loads(response.body) == {"Message": "broken", "OriginalStatusCode": 500}


# --- all ---------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("name", [name for name in ROUTES if name != "s3"])  # S3 has ids of its own
def test_answer_without_envelope_is_sent_as_it_is(name: str) -> None:
    response = serialize_error(ROUTES[name], bare(403, b"<html/>", {"Content-Type": "text/html"}), ID)
    assert (response.status, response.body) == (403, b"<html/>")
    assert dict(response.headers) == {"x-amzn-RequestId": ID, "Content-Type": "text/html"}


def test_request_ids() -> None:
    assert request_id(Family.QUERY, bytes(16)) == "00000000-0000-4000-8000-000000000000"
    assert request_id(Family.REST_XML, bytes(16)) == "A" * 16


def test_a_document_may_be_as_deep_as_anybody_needs() -> None:
    many = b'{"a":[' + b",".join([b"{}"] * 1000) + b"]}"
    for body in (b'{"a":' * 200 + b"1" + b"}" * 200, many):
        assert examine(ROUTES["sagemaker"], target(body)).operation == "CreateTrainingJob"
