"""The records that calls leave: CloudTrail's layout, secrets hidden, our decision beside them."""

from __future__ import annotations

import uuid
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from botocore.exceptions import ClientError

from rolecall.server import Running, running
from rolecall.server.accounts import RootKey
from rolecall.store.opening import open_store
from rolecall.store.records import AuditListing
from server.conftest import allow, policy, training_job

ROOT = "123456789012"


def records(folder: Path) -> list[dict[str, Any]]:
    """The trail of a server that has ended."""
    store = open_store(str(folder))
    try:
        with store.read() as reader:
            return [dict(record.event) for record in reader.audit(AuditListing(account=ROOT, limit=500)).records]
    finally:
        store.close()


@pytest.fixture(scope="module")
def events(tmp_path_factory: pytest.TempPathFactory) -> dict[str, dict[str, Any]]:
    """The events of a small story, by name and error code."""
    folder = tmp_path_factory.mktemp("trail")
    with running(data=folder, accounts=(ROOT, "222222222222")) as up:
        play(up)
    found: dict[str, dict[str, Any]] = {}
    for event in records(folder):
        found[event["eventName"] + (f" {event['errorCode']}" if "errorCode" in event else "")] = event
    return found


def play(up: Running) -> None:
    iam = up.client("iam")
    iam.create_user(UserName="ann", Path="/team/")
    key = iam.create_access_key(UserName="ann")["AccessKey"]
    trust = {"Effect": "Allow", "Principal": {"Service": "sagemaker.amazonaws.com"}, "Action": "sts:AssumeRole"}
    ours = {"Effect": "Allow", "Principal": {"AWS": "arn:aws:iam::123456789012:user/team/ann"}}
    may = {**ours, "Action": ["sts:AssumeRole", "sts:TagSession"]}
    role = iam.create_role(RoleName="R", Path="/x/", AssumeRolePolicyDocument=policy(trust, may))["Role"]["Arn"]
    sts = up.client_with(key, "sts")
    session = sts.assume_role(RoleArn=role, RoleSessionName="me-here", Tags=[{"Key": "t", "Value": "1"}])
    sagemaker = up.client_with(session["Credentials"], "sagemaker")
    with pytest.raises(ClientError):
        sagemaker.list_models()
    iam.put_role_policy(RoleName="R", PolicyName="p", PolicyDocument=policy(allow("sagemaker:*", "iam:PassRole")))
    sagemaker.create_training_job(
        **training_job(
            role, TrainingJobName="job", HyperParameters={"LearningRate": "0.1"}, Environment={"A": "b"}
        )
    )
    sagemaker.describe_training_job(TrainingJobName="job")
    with pytest.raises(ClientError):
        iam.create_user(UserName="ann")
    wrong = up.client("sts", aws_secret_access_key="x" * 40)
    with pytest.raises(ClientError):
        wrong.get_caller_identity()


def test_a_record_has_cloudtrails_layout(events: dict[str, dict[str, Any]]) -> None:
    event = events["CreateUser"]
    assert event["eventVersion"] == "1.11"
    assert event["eventSource"] == "iam.amazonaws.com"
    assert event["awsRegion"] == "us-east-1"
    assert event["sourceIPAddress"] == "127.0.0.1"
    assert event["userAgent"].startswith("Boto3/")
    assert event["eventType"] == "AwsApiCall"
    assert event["eventCategory"] == "Management"
    assert event["managementEvent"] is True
    assert event["readOnly"] is False
    assert event["recipientAccountId"] == ROOT
    assert datetime.strptime(event["eventTime"], "%Y-%m-%dT%H:%M:%SZ").replace(tzinfo=UTC)
    uuid.UUID(event["eventID"])
    uuid.UUID(event["requestID"])


def test_root_and_users_and_sessions_have_identities(events: dict[str, dict[str, Any]]) -> None:
    root = events["CreateUser"]["userIdentity"]
    assert (root["type"], root["principalId"], root["arn"]) == ("Root", ROOT, f"arn:aws:iam::{ROOT}:root")
    user = events["AssumeRole"]["userIdentity"]
    assert (user["type"], user["userName"]) == ("IAMUser", "ann")
    assert user["arn"] == f"arn:aws:iam::{ROOT}:user/team/ann"
    assert user["principalId"].startswith("AIDA")
    assert "sessionContext" not in user
    session = events["CreateTrainingJob"]["userIdentity"]
    assert session["type"] == "AssumedRole"
    assert session["arn"] == f"arn:aws:sts::{ROOT}:assumed-role/R/me-here"
    assert session["principalId"].endswith(":me-here")
    issuer = session["sessionContext"]["sessionIssuer"]
    assert (issuer["type"], issuer["arn"], issuer["userName"]) == ("Role", f"arn:aws:iam::{ROOT}:role/x/R", "R")
    assert session["sessionContext"]["attributes"]["mfaAuthenticated"] == "false"


def test_parameters_are_in_camel_case_and_map_keys_stay(events: dict[str, dict[str, Any]]) -> None:
    asked = events["CreateTrainingJob"]["requestParameters"]
    assert asked["trainingJobName"] == "job"
    assert asked["resourceConfig"]["instanceType"] == "ml.m5.large"
    assert asked["hyperParameters"] == {"LearningRate": "0.1"}
    assert events["CreateTrainingJob"]["responseElements"] == {
        "trainingJobArn": f"arn:aws:sagemaker:us-east-1:{ROOT}:training-job/job"
    }


def test_secrets_are_not_recorded(events: dict[str, dict[str, Any]]) -> None:
    key = events["CreateAccessKey"]["responseElements"]["accessKey"]
    assert key["accessKeyId"].startswith("AKIA")
    assert "secretAccessKey" not in key
    credentials = events["AssumeRole"]["responseElements"]["credentials"]
    assert set(credentials) == {"accessKeyId", "sessionToken", "expiration"}


def test_assuming_a_role_names_the_role(events: dict[str, dict[str, Any]]) -> None:
    event = events["AssumeRole"]
    assert event["resources"] == [
        {"ARN": f"arn:aws:iam::{ROOT}:role/x/R", "accountId": ROOT, "type": "AWS::IAM::Role"}
    ]
    assert event["requestParameters"]["tags"] == [{"key": "t", "value": "1"}]
    assert event["responseElements"]["assumedRoleUser"]["arn"] == f"arn:aws:sts::{ROOT}:assumed-role/R/me-here"


def test_a_read_has_no_response_elements(events: dict[str, dict[str, Any]]) -> None:
    event = events["DescribeTrainingJob"]
    assert event["readOnly"] is True
    assert event["responseElements"] is None


def test_a_denial_is_recorded_with_its_message_and_decision(events: dict[str, dict[str, Any]]) -> None:
    event = events["ListModels AccessDeniedException"]
    assert event["errorMessage"].endswith(
        "because no identity-based policy allows the sagemaker:ListModels action"
    )
    assert event["responseElements"] is None
    ours = event["additionalEventData"]["rolecall"]
    assert ours["decision"] == "deny"
    assert ours["checks"] == [
        {
            "action": "sagemaker:ListModels",
            "resource": "*",
            "outcome": "implicit_deny",
            "by": {"policyType": "identity"},
        }
    ]


def test_iams_errors_have_the_names_of_their_exceptions(events: dict[str, dict[str, Any]]) -> None:
    """On the wire it is EntityAlreadyExists."""
    assert "CreateUser EntityAlreadyExistsException" in events


def test_what_nobody_signed_leaves_no_record(events: dict[str, dict[str, Any]]) -> None:
    assert not any(name.startswith("GetCallerIdentity") for name in events)


def test_a_root_key_does_not_show_its_secret() -> None:
    assert "s3cret" not in repr(RootKey(ROOT, "AKIA", "s3cret"))
