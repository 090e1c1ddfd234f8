"""What a client meets at the door: signatures, envelopes, unknown operations, bounds."""

from __future__ import annotations

import http.client
import json
import time
import uuid
from datetime import UTC, datetime, timedelta
from typing import Any
from urllib.parse import urlsplit

import pytest
from botocore.auth import SigV4Auth
from botocore.awsrequest import AWSRequest
from botocore.credentials import Credentials
from botocore.exceptions import ClientError

from rolecall.server import Running, running
from server.conftest import Person, training_job

JSON = "application/x-amz-json-1.1"
INVALID = "The security token included in the request is invalid."


class Answer:
    def __init__(self, response: http.client.HTTPResponse) -> None:
        self.status = response.status
        self.headers = {name.lower(): value for name, value in response.getheaders()}
        self.body = response.read()


def send(
    server: Running, method: str, path: str, headers: dict[str, str] | None = None, body: bytes = b""
) -> Answer:
    address = urlsplit(server.endpoint)
    connection = http.client.HTTPConnection(address.hostname or "", address.port or 0, timeout=20)
    try:
        connection.request(method, path, body, headers or {})
        return Answer(connection.getresponse())
    finally:
        connection.close()


def signed(
    server: Running,
    service: str,
    headers: dict[str, str],
    body: bytes,
    *,
    key: str | None = None,
    secret: str | None = None,
    token: str | None = None,
) -> Answer:
    request = AWSRequest("POST", server.endpoint + "/", headers, body)
    keys = Credentials(key or server.access_key_id, secret or server.secret_access_key, token)
    SigV4Auth(keys, service, "us-east-1").add_auth(request)
    return send(server, "POST", "/", dict(request.headers), body)


def sagemaker(server: Running, operation: str, body: bytes, **how: Any) -> Answer:
    headers = {"Content-Type": JSON, "X-Amz-Target": f"SageMaker.{operation}"}
    return signed(server, "sagemaker", headers, body, **how)


def refusal(answer: Answer) -> tuple[int, str, str]:
    document = json.loads(answer.body)
    return (
        answer.status,
        document["__type"].rpartition("#")[2],
        document.get("message") or document.get("Message", ""),
    )


def failed(error: ClientError) -> tuple[int, str, str]:
    said = error.response
    return said["ResponseMetadata"]["HTTPStatusCode"], said["Error"]["Code"], said["Error"]["Message"]


def test_root_is_who_it_is(server: Running) -> None:
    answer = server.client("sts").get_caller_identity()
    assert answer["Account"] == "123456789012"
    assert answer["Arn"] == "arn:aws:iam::123456789012:root"
    assert answer["UserId"] == "123456789012"


def test_every_answer_has_a_request_id_and_a_date(server: Running) -> None:
    headers = server.client("sts").get_caller_identity()["ResponseMetadata"]["HTTPHeaders"]
    uuid.UUID(headers["x-amzn-requestid"])
    assert headers["date"].endswith("GMT")


@pytest.mark.parametrize(
    ("service", "operation", "wanted"),
    [
        ("sts", "get_caller_identity", (403, "InvalidClientTokenId", INVALID)),
        ("iam", "list_users", (403, "InvalidClientTokenId", INVALID)),
        ("sagemaker", "list_models", (400, "UnrecognizedClientException", INVALID)),
    ],
)
def test_a_key_that_nobody_has(
    server: Running, service: str, operation: str, wanted: tuple[int, str, str]
) -> None:
    """The example key of AWS's documentation must never authenticate."""
    client = server.client(
        service,
        aws_access_key_id="AKIAIOSFODNN7EXAMPLE",
        aws_secret_access_key="wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY",
    )
    with pytest.raises(ClientError) as caught:
        getattr(client, operation)()
    assert failed(caught.value) == wanted


@pytest.mark.parametrize(
    ("service", "operation", "status", "code"),
    [
        ("sts", "get_caller_identity", 403, "SignatureDoesNotMatch"),
        ("sagemaker", "list_models", 400, "InvalidSignatureException"),
    ],
)
def test_a_wrong_secret(server: Running, service: str, operation: str, status: int, code: str) -> None:
    client = server.client(service, aws_secret_access_key="x" * 40)
    with pytest.raises(ClientError) as caught:
        getattr(client, operation)()
    assert failed(caught.value)[:2] == (status, code)


def test_an_inactive_key_is_unknown(person: Person) -> None:
    person.server.client("iam").update_access_key(
        UserName=person.name, AccessKeyId=person.key["AccessKeyId"], Status="Inactive"
    )
    with pytest.raises(ClientError) as caught:
        person.client("sts").get_caller_identity()
    assert failed(caught.value) == (403, "InvalidClientTokenId", INVALID)


def test_a_session_key_without_its_token_is_unknown(person: Person) -> None:
    session = person.client("sts").get_session_token()["Credentials"]
    with pytest.raises(ClientError) as caught:
        person.server.client_with({**session, "SessionToken": None}, "sts").get_caller_identity()
    assert failed(caught.value)[1] == "InvalidClientTokenId"


def test_a_damaged_session_token_is_told_without_a_period(person: Person) -> None:
    session = person.client("sts").get_session_token()["Credentials"]
    token = session["SessionToken"]
    damaged = token[:40] + ("A" if token[40] != "A" else "B") + token[41:]
    with pytest.raises(ClientError) as caught:
        person.server.client_with({**session, "SessionToken": damaged}, "sts").get_caller_identity()
    assert failed(caught.value) == (403, "InvalidClientTokenId", INVALID.removesuffix("."))


def test_a_token_belongs_to_one_key(person: Person) -> None:
    first = person.client("sts").get_session_token()["Credentials"]
    second = person.client("sts").get_session_token()["Credentials"]
    mixed = {**first, "SessionToken": second["SessionToken"]}
    with pytest.raises(ClientError) as caught:
        person.server.client_with(mixed, "sts").get_caller_identity()
    assert failed(caught.value)[1] == "InvalidClientTokenId"


def test_a_deleted_user_ends_their_sessions(person: Person) -> None:
    session = person.client("sts").get_session_token()["Credentials"]
    iam = person.server.client("iam")
    iam.delete_access_key(UserName=person.name, AccessKeyId=person.key["AccessKeyId"])
    iam.delete_user(UserName=person.name)
    iam.create_user(UserName=person.name)
    with pytest.raises(ClientError) as caught:
        person.server.client_with(session, "sts").get_caller_identity()
    assert failed(caught.value)[1] == "InvalidClientTokenId"


def test_no_signature_in_both_protocols(server: Running) -> None:
    headers = {"Content-Type": JSON, "X-Amz-Target": "SageMaker.ListModels"}
    assert refusal(send(server, "POST", "/", headers, b"{}")) == (
        400,
        "MissingAuthenticationTokenException",
        "Request is missing Authentication Token",
    )
    form = {"Content-Type": "application/x-www-form-urlencoded"}
    answer = send(server, "POST", "/", form, b"Action=GetCallerIdentity&Version=2011-06-15")
    assert answer.status == 403
    assert b"<Code>MissingAuthenticationToken</Code>" in answer.body


def test_a_clock_that_is_behind(server: Running, monkeypatch: pytest.MonkeyPatch) -> None:
    old = datetime.now(UTC) - timedelta(minutes=20)
    request = AWSRequest("POST", server.endpoint + "/", {"Content-Type": "application/x-www-form-urlencoded"})
    request.data = b"Action=GetCallerIdentity&Version=2011-06-15"
    signer = SigV4Auth(Credentials(server.access_key_id, server.secret_access_key), "sts", "us-east-1")
    monkeypatch.setattr("botocore.auth.get_current_datetime", lambda: old)
    signer.add_auth(request)
    monkeypatch.undo()
    answer = send(server, "POST", "/", dict(request.headers), request.data)
    assert answer.status == 403
    assert b"<Code>SignatureDoesNotMatch</Code><Message>Signature expired: " in answer.body
    assert "date" in answer.headers


def test_an_unknown_operation_of_each_protocol(server: Running) -> None:
    assert refusal(sagemaker(server, "MakeCoffee", b"{}"))[:2] == (400, "UnknownOperationException")
    form = {"Content-Type": "application/x-www-form-urlencoded"}
    answer = signed(server, "iam", form, b"Action=MakeCoffee&Version=2010-05-08")
    assert answer.status == 400
    assert b"<Code>InvalidAction</Code>" in answer.body
    assert b"Could not find operation MakeCoffee for version 2010-05-08" in answer.body


def test_an_operation_that_is_not_served_is_counted(server: Running) -> None:
    with pytest.raises(ClientError) as caught:
        server.client("logs").describe_queries()
    status, code, message = failed(caught.value)
    assert (status, code) == (400, "UnknownOperationException")
    assert "logs:DescribeQueries" in message
    # Another worker knows of it a second later, another gateway not at all: whoever answered says so.
    while (
        "logs:DescribeQueries"
        not in json.loads(send(server, "GET", "/_rolecall/info").body)["unimplemented_calls"]
    ):
        time.sleep(0.05)


def test_a_body_that_is_no_json(server: Running) -> None:
    assert refusal(sagemaker(server, "ListModels", b"{"))[:2] == (400, "SerializationException")


def test_a_member_of_the_wrong_type_comes_before_the_denial(person: Person) -> None:
    answer = sagemaker(
        person.server,
        "DescribeModel",
        b'{"ModelName": 5}',
        key=person.key["AccessKeyId"],
        secret=person.key["SecretAccessKey"],
    )
    assert refusal(answer)[1] == "SerializationException"


def test_a_body_beyond_the_limit(server: Running) -> None:
    assert send(server, "POST", "/", {}, b"x" * (7 * 1024 * 1024)).status == 413


def test_headers_of_a_long_session_token_are_read_and_longer_ones_are_not(server: Running) -> None:
    assert send(server, "GET", "/_rolecall/health", {"X-Long": "x" * 60_000}).status == 200
    assert send(server, "GET", "/_rolecall/health", {"X-Long": "x" * 70_000}).status == 431


def test_a_region_is_the_one_that_was_signed_for(server: Running, role: str) -> None:
    job = training_job(role)
    there, here = server.client("sagemaker", region_name="eu-west-1"), server.client("sagemaker")
    arn = there.create_training_job(**job)["TrainingJobArn"]
    assert arn.startswith("arn:aws:sagemaker:eu-west-1:")
    with pytest.raises(ClientError):
        here.describe_training_job(TrainingJobName=job["TrainingJobName"])


def test_two_accounts_are_apart() -> None:
    with running(accounts=("111111111111", "222222222222")) as up:
        first, second = up.roots
        for root in (first, second):
            sts = up.client_with(
                {"AccessKeyId": root.access_key_id, "SecretAccessKey": root.secret_access_key}, "sts"
            )
            assert sts.get_caller_identity()["Account"] == root.account
        key = {"AccessKeyId": second.access_key_id, "SecretAccessKey": second.secret_access_key}
        up.client("iam").create_user(UserName="only-in-the-first")
        assert up.client_with(key, "iam").list_users()["Users"] == []
