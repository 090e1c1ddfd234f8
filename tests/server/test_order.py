"""Which answer comes first: denial, constraints, trust, then what the handler says; and how denials read."""

from __future__ import annotations

import json
from typing import Any

import pytest
from botocore.config import Config
from botocore.exceptions import ClientError

from rolecall.server import Running
from server.conftest import Person, allow, deny, policy, training_job

# botocore checks lengths and patterns itself; here the server shall.
UNCHECKED = Config(parameter_validation=False)
HOME = "arn:aws:sagemaker:us-east-1:123456789012"


def refused(operation: Any, **parameters: Any) -> tuple[str, str, str]:
    """Code, message and x-rolecall-decision of a call that fails."""
    with pytest.raises(ClientError) as caught:
        operation(**parameters)
    said = caught.value.response
    decision = said["ResponseMetadata"]["HTTPHeaders"].get("x-rolecall-decision", "")
    return said["Error"]["Code"], said["Error"]["Message"], decision


def silent(who: str, action: str, resource: str) -> str:
    return (
        f"User: {who} is not authorized to perform: {action} on resource: {resource} because no identity-based "
        f"policy allows the {action} action"
    )


def test_the_steps_of_a_training_job(person: Person, role: str) -> None:
    """Each missing permission is told in turn: the action, the role, the tags; then constraints, then trust."""
    create = person.client("sagemaker", config=UNCHECKED).create_training_job
    job = training_job(role, Tags=[{"Key": "team", "Value": "a"}])
    arn = f"{HOME}:training-job/{job['TrainingJobName']}"

    assert refused(create, **job) == (
        "AccessDeniedException",
        silent(person.arn, "sagemaker:CreateTrainingJob", arn),
        "implicit_deny action=sagemaker:CreateTrainingJob by=identity",
    )
    person.may(allow("sagemaker:CreateTrainingJob"))
    code, message, _ = refused(create, **job)
    assert (code, message) == ("AccessDeniedException", silent(person.arn, "iam:PassRole", role))

    person.may(
        allow("sagemaker:CreateTrainingJob"),
        allow("iam:PassRole", Condition={"StringEquals": {"iam:PassedToService": "sagemaker.amazonaws.com"}}),
    )
    code, message, _ = refused(create, **job)
    assert (code, message) == ("AccessDeniedException", silent(person.arn, "sagemaker:AddTags", arn))

    person.may(allow("sagemaker:CreateTrainingJob", "iam:PassRole", "sagemaker:AddTags"))
    ill_formed = {**job, "TrainingJobName": "bad_name", "RoleArn": "arn:aws:iam::123456789012:role/none"}
    code, message, decision = refused(create, **ill_formed)
    assert code == "ValidationException"
    assert message.startswith("1 validation error detected: Value 'bad_name' at 'trainingJobName' failed")
    assert decision == "allow"

    code, message, _ = refused(create, **{**job, "RoleArn": "arn:aws:iam::123456789012:role/none"})
    assert (code, message) == (
        "ValidationException",
        "Could not assume role arn:aws:iam::123456789012:role/none. Please ensure that the role exists and allows "
        "principal 'sagemaker.amazonaws.com' to assume the role.",
    )
    assert create(**job)["TrainingJobArn"] == arn
    code, _, _ = refused(create, **job)
    assert code == "ResourceInUse"


def test_a_denial_does_not_tell_whether_a_resource_exists(person: Person) -> None:
    describe = person.client("sagemaker").describe_model
    code, message, _ = refused(describe, ModelName="nobody-has-made-it")
    assert code == "AccessDeniedException"
    assert message == silent(person.arn, "sagemaker:DescribeModel", f"{HOME}:model/nobody-has-made-it")
    person.may(allow("sagemaker:DescribeModel"))
    assert refused(describe, ModelName="nobody-has-made-it")[0] == "ValidationException"


def test_an_explicit_deny_names_the_managed_policy_and_the_statement(person: Person) -> None:
    iam = person.server.client("iam")
    arn = iam.create_policy(
        PolicyName=f"no-listing-{person.name}",
        PolicyDocument=policy(deny("sagemaker:List*", Sid="NoListing")),
    )["Policy"]["Arn"]
    iam.attach_user_policy(UserName=person.name, PolicyArn=arn)
    person.may(allow("sagemaker:*"))
    assert refused(person.client("sagemaker").list_models) == (
        "AccessDeniedException",
        f"User: {person.arn} is not authorized to perform: sagemaker:ListModels with an explicit deny in an "
        f"identity-based policy: {arn}",
        f"explicit_deny action=sagemaker:ListModels by=identity policy={arn} statement=NoListing",
    )


def test_a_boundary_limits_and_is_named(person: Person) -> None:
    iam = person.server.client("iam")
    boundary = iam.create_policy(PolicyName=f"boundary-{person.name}", PolicyDocument=policy(allow("iam:*")))[
        "Policy"
    ]["Arn"]
    iam.put_user_permissions_boundary(UserName=person.name, PermissionsBoundary=boundary)
    person.may(allow("sagemaker:*"))
    code, message, _ = refused(person.client("sagemaker").list_models)
    assert code == "AccessDeniedException"
    assert message.endswith("because no permissions boundary allows the sagemaker:ListModels action")


def test_a_session_policy_limits_and_is_named(person: Person) -> None:
    iam = person.server.client("iam")
    name = f"both-{person.name}"
    trust = {"Effect": "Allow", "Principal": {"AWS": person.arn}, "Action": "sts:AssumeRole"}
    role = iam.create_role(RoleName=name, AssumeRolePolicyDocument=policy(trust))["Role"]["Arn"]
    iam.put_role_policy(RoleName=name, PolicyName="all", PolicyDocument=policy(allow("sagemaker:*")))
    session = person.client("sts").assume_role(
        RoleArn=role, RoleSessionName="limited", Policy=policy(allow("sagemaker:ListModels"))
    )["Credentials"]
    sagemaker = person.server.client_with(session, "sagemaker")
    assert sagemaker.list_models()["Models"] == []
    code, message, _ = refused(sagemaker.list_endpoints)
    assert code == "AccessDeniedException"
    assert message.endswith("because no session policy allows the sagemaker:ListEndpoints action")


def test_query_services_deny_with_403(person: Person) -> None:
    with pytest.raises(ClientError) as caught:
        person.client("iam").create_user(UserName="mallory")
    said = caught.value.response
    assert said["ResponseMetadata"]["HTTPStatusCode"] == 403
    assert said["Error"]["Code"] == "AccessDenied"
    assert said["Error"]["Message"] == silent(
        person.arn, "iam:CreateUser", "arn:aws:iam::123456789012:user/mallory"
    )


def test_a_role_that_may_not_be_assumed_and_one_that_does_not_exist_read_alike(person: Person, role: str) -> None:
    sts = person.client("sts")
    nobody = "arn:aws:iam::123456789012:role/nobody"
    for arn in (role, nobody):
        code, message, _ = refused(sts.assume_role, RoleArn=arn, RoleSessionName="me-here")
        assert (code, message) == (
            "AccessDenied",
            f"User: {person.arn} is not authorized to perform: sts:AssumeRole on resource: {arn}",
        )


def test_a_role_of_another_account_is_never_passed(server: Running) -> None:
    code, message, _ = refused(
        server.client("sagemaker").create_training_job,
        **training_job("arn:aws:iam::999999999999:role/theirs"),
    )
    assert (code, message) == ("AccessDeniedException", "Cross-account pass role is not allowed.")


def test_a_change_of_policy_counts_at_once(person: Person) -> None:
    sagemaker = person.client("sagemaker")
    for _ in range(3):
        person.may(allow("sagemaker:ListModels"))
        assert sagemaker.list_models()["Models"] == []
        person.may(deny("sagemaker:ListModels"))
        assert refused(sagemaker.list_models)[0] == "AccessDeniedException"


def test_forwarding_headers_do_not_change_the_address_or_the_transport(person: Person) -> None:
    person.may(
        allow("sagemaker:ListModels", Condition={"IpAddress": {"aws:SourceIp": "203.0.113.9/32"}}),
        allow("sagemaker:ListEndpoints", Condition={"Bool": {"aws:SecureTransport": "true"}}),
        allow("sagemaker:ListTrainingJobs", Condition={"IpAddress": {"aws:SourceIp": "127.0.0.0/8"}}),
    )
    sagemaker = person.client("sagemaker")

    def claim(request: Any, **_: Any) -> None:
        request.headers["X-Forwarded-For"] = "203.0.113.9"
        request.headers["X-Forwarded-Proto"] = "https"

    sagemaker.meta.events.register("before-send.sagemaker", claim)
    assert refused(sagemaker.list_models)[0] == "AccessDeniedException"
    assert refused(sagemaker.list_endpoints)[0] == "AccessDeniedException"
    sagemaker.list_training_jobs()


def test_asking_who_one_is_cannot_be_denied(person: Person) -> None:
    person.may(deny("*"))
    answer = person.client("sts").get_caller_identity()
    assert answer["Arn"] == person.arn
    assert answer["ResponseMetadata"]["HTTPHeaders"]["x-rolecall-decision"] == "not-needed"


def test_a_session_of_a_user_does_not_call_iam_without_mfa(person: Person) -> None:
    person.may(allow("*"))
    session = person.client("sts").get_session_token()["Credentials"]
    code, message, _ = refused(person.server.client_with(session, "iam").list_users)
    assert (code, message) == ("InvalidClientTokenId", "The security token included in the request is invalid")


def test_a_malformed_policy_changes_nothing(person: Person) -> None:
    iam = person.server.client("iam")
    person.may(allow("sagemaker:ListModels"))
    code, _, _ = refused(
        iam.put_user_policy, UserName=person.name, PolicyName="own", PolicyDocument=json.dumps({"Version": "1"})
    )
    assert code == "MalformedPolicyDocument"
    assert person.client("sagemaker").list_models()["Models"] == []


def test_sts_tells_constraints_before_it_looks_at_who_calls(server: Running) -> None:
    sts = server.client("sts", config=UNCHECKED)
    role = "arn:aws:iam::123456789012:role/r"
    code, message, _ = refused(sts.assume_role, RoleArn=role, RoleSessionName="s" * 65)
    assert code == "ValidationError"
    assert "at 'roleSessionName' failed to satisfy constraint: Member must have length" in message
    code, message, _ = refused(sts.assume_role, RoleArn=role, RoleSessionName="session")
    assert (code, message) == ("AccessDenied", "Roles may not be assumed by root accounts.")
