"""CloudTrail records as values: writing what calls were, reading what files hold."""

from __future__ import annotations

import gzip
import json
from datetime import UTC, datetime
from typing import Any

import pytest

from authorization.plain import ACCOUNT, NOW, USER, role_caller, session
from rolecall.authorization.caller import Caller
from rolecall.credentials.claims import SessionKind
from rolecall.decision.request import Principal, PrincipalType
from rolecall.exchange.cloudtrail import CallRecord, in_words, members, read, read_only, user_identity, write
from rolecall.wire import models

RECORD = {"eventName": "ListTags", "eventSource": "sagemaker.amazonaws.com", "eventVersion": "1.11"}


def record(**given: Any) -> CallRecord:
    made: dict[str, Any] = {
        "event_id": "e",
        "request_id": "r",
        "time": NOW,
        "service": "sagemaker",
        "operation": "CreateModel",
        "region": "us-east-1",
        "caller": Caller(USER, "AKIAEXAMPLE"),
        "recipient": ACCOUNT,
        "source_ip": "203.0.113.7",
        "user_agent": "test",
        **given,
    }
    return CallRecord(**made)


def caller(type: PrincipalType, arn: str, **given: Any) -> Caller:
    return Caller(Principal(arn=arn, account=ACCOUNT, type=type, **given), "ASIAEXAMPLE")


@pytest.mark.parametrize(
    ("data", "why"),
    [
        (json.dumps({"Records": [RECORD, RECORD]}), "a log file"),
        (json.dumps([RECORD, RECORD]), "a bare array"),
        (json.dumps(RECORD) + "\n\n" + json.dumps(RECORD) + "\n", "a record per line"),
        (json.dumps({"Events": [{"CloudTrailEvent": json.dumps(RECORD)}] * 2}), "lookup-events"),
        (json.dumps([{"detail-type": "AWS API Call via CloudTrail", "detail": RECORD}] * 2), "EventBridge"),
    ],
    ids=["log file", "array", "lines", "lookup-events", "EventBridge"],
)
def test_records_are_found_in_every_form(data: str, why: str) -> None:
    assert list(read(data.encode())) == [RECORD, RECORD], why
    assert list(read(gzip.compress(data.encode()))) == [RECORD, RECORD], why


@pytest.mark.parametrize("data", [b"nothing", b'{"a": 1}', b'{"Records": [1]}', b'{"eventName": "x"}\nno'])
def test_what_is_no_trail_is_refused(data: bytes) -> None:
    with pytest.raises(ValueError, match=r"CloudTrail|JSON"):
        list(read(data))


def test_what_is_written_is_read_again() -> None:
    event = write(record(parameters={"ModelName": "m"}))
    assert list(read(json.dumps({"Records": [event]}).encode())) == [event]


def test_only_the_first_letter_is_lowered() -> None:
    """7.3: a leading run of capitals keeps its others."""
    assert members({"SAMLAssertionID": "x", "VPCConfig": {"Subnets": ["s"]}}, None, "sts") == {
        "sAMLAssertionID": "x",
        "vPCConfig": {"subnets": ["s"]},
    }


def test_what_the_model_calls_sensitive_is_hidden() -> None:
    shape = models.operation("iam", "CreateLoginProfile").input_shape
    asked = members({"UserName": "ann", "Password": "s3cret"}, shape, "iam")
    assert "s3cret" not in json.dumps(asked)
    assert asked["userName"] == "ann"


@pytest.mark.parametrize("member", ["AuthenticationCode1", "AuthenticationCode2", "TokenCode"])
def test_one_time_codes_are_left_out(member: str) -> None:
    """A call that is denied has not used them up."""
    assert members({"SerialNumber": "x", member: "123456"}, None, "iam") == {"serialNumber": "x"}


def test_map_keys_stay_and_member_names_do_not() -> None:
    shape = models.operation("sagemaker", "CreateTrainingJob").input_shape
    assert members({"HyperParameters": {"LearningRate": "1"}}, shape, "sagemaker") == {
        "hyperParameters": {"LearningRate": "1"}
    }


def test_times_of_sts_are_in_words() -> None:
    """The example of the IAM User Guide."""
    assert in_words(datetime(2019, 10, 2, 23, 12, 29, tzinfo=UTC)) == "Oct 2, 2019, 11:12:29 PM"
    assert in_words(datetime(2019, 10, 12, 0, 2, 9, tzinfo=UTC)) == "Oct 12, 2019, 12:02:09 AM"


def test_parameters_beyond_the_limit_are_left_out() -> None:
    event = write(record(parameters={"ModelName": "m" * 200_000}))
    assert event["requestParameters"]["omitted"] is True


def test_nothing_asked_is_null() -> None:
    event = write(record(parameters={}))
    assert event["requestParameters"] is None
    assert event["responseElements"] is None


def test_an_error_message_has_a_kilobyte() -> None:
    event = write(record(error_code="ValidationException", error_message="x" * 5000))
    assert len(event["errorMessage"]) == 1024


@pytest.mark.parametrize(
    ("service", "operation", "reads"),
    [
        ("sts", "AssumeRole", True),
        ("sagemaker", "DescribeModel", True),
        ("sagemaker", "Search", True),
        ("sagemaker", "BatchDescribeModelPackage", True),
        ("sagemaker", "CreateModel", False),
        ("iam", "GetUser", True),
        ("iam", "PutUserPolicy", False),
    ],
)
def test_what_reads_only(service: str, operation: str, reads: bool) -> None:
    assert read_only(service, operation) is reads


def test_a_service_is_only_who_it_is() -> None:
    service = caller(PrincipalType.SERVICE, "sagemaker.amazonaws.com")
    assert user_identity(service, ACCOUNT) == {"type": "AWSService", "invokedBy": "sagemaker.amazonaws.com"}


def test_another_accounts_caller_is_an_account() -> None:
    assert user_identity(Caller(USER, "AKIA"), "999999999999") == {
        "type": "AWSAccount",
        "principalId": "AIDACALLER",
        "accountId": ACCOUNT,
    }


def test_a_federated_user_names_who_issued_them() -> None:
    claims = session(
        kind=SessionKind.FEDERATED_USER, holder_id="AIDAISSUER", holder_arn=f"arn:aws:iam::{ACCOUNT}:user/issuer"
    )
    principal = Principal(
        arn=f"arn:aws:sts::{ACCOUNT}:federated-user/bob",
        account=ACCOUNT,
        type=PrincipalType.FEDERATED_USER,
        user_id=f"{ACCOUNT}:bob",
    )
    identity = user_identity(Caller(principal, "ASIA", claims), ACCOUNT)
    assert identity["type"] == "FederatedUser"
    assert identity["principalId"] == f"{ACCOUNT}:bob"
    assert identity["sessionContext"]["sessionIssuer"] == {
        "type": "IAMUser",
        "principalId": "AIDAISSUER",
        "arn": f"arn:aws:iam::{ACCOUNT}:user/issuer",
        "accountId": ACCOUNT,
        "userName": "issuer",
    }


def test_a_session_of_a_user_has_no_issuer() -> None:
    claims = session(kind=SessionKind.SESSION_TOKEN, mfa_time=int(NOW.timestamp()))
    context = user_identity(Caller(USER, "ASIA", claims), ACCOUNT)["sessionContext"]
    assert context == {"attributes": {"creationDate": "2026-11-23T21:29:50Z", "mfaAuthenticated": "true"}}


def test_a_source_identity_is_in_the_session_context() -> None:
    identity = user_identity(role_caller(session(source_identity="ann")), ACCOUNT)
    assert identity["sessionContext"]["sourceIdentity"] == "ann"


def test_the_way_into_a_notebook_is_not_in_the_trail() -> None:
    """The URL lets in whoever has it."""
    operation = models.operation("sagemaker", "CreatePresignedNotebookInstanceUrl")
    made = write(
        record(
            operation="CreatePresignedNotebookInstanceUrl",
            output=operation.output_shape,
            answer={"AuthorizedUrl": "https://nb.notebook.us-east-1.sagemaker.aws?authToken=abc"},
        )
    )
    assert made["responseElements"] == {"authorizedUrl": "HIDDEN_DUE_TO_SECURITY_REASONS"}
