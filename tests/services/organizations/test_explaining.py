"""What the server says of decisions that guardrails made: then, and as things stand now."""

from __future__ import annotations

import json
import time
from typing import Any

import pytest
from botocore.exceptions import ClientError

from rolecall.testing.server import TestServer
from services.organizations.stage import Stage, Step

DENY = {
    "Version": "2012-10-17",
    "Statement": [{"Sid": "No", "Effect": "Deny", "Action": "iam:*", "Resource": "*"}],
}


def guarded(stage: Stage, target: str = "$unit") -> None:
    made = {"Name": "no-iam", "Description": "", "Type": "SERVICE_CONTROL_POLICY", "Content": json.dumps(DENY)}
    stage.do(
        Step("organizations:CreatePolicy", parameters=made, keep={"policy": "Policy.PolicySummary.Id"}),
    )
    stage.do(Step("organizations:AttachPolicy", parameters={"PolicyId": "$policy", "TargetId": target}))


def refused(stage: Stage, by: str, call: str, **parameters: Any) -> str:
    """The request id of a call that is denied."""
    with pytest.raises(ClientError) as error:
        stage.do(Step(call, by=by, parameters=parameters))
    return str(error.value.response["ResponseMetadata"]["RequestId"])


def asked(server: TestServer, stage: Stage, who: str, path: str, body: dict[str, Any] | None = None) -> Any:
    """What a root user is told; an explanation may still be on its way into the store."""
    account = stage.accounts[who]
    for _ in range(100):
        try:
            return server.control(account._key, "POST" if body else "GET", path, body or {})
        except LookupError as problem:
            if "ask again" not in str(problem) and "is recorded" not in str(problem):
                raise
            time.sleep(0.05)
    raise AssertionError(f"nothing was ever told at {path}")


def test_an_explanation_shows_the_level_that_denied(server: TestServer, stage: Stage) -> None:
    stage.keys_of("member-admin")
    stage.begin("tree")
    guarded(stage)
    request = refused(stage, "member-admin", "iam:ListUsers")
    stage.do(Step("organizations:DetachPolicy", parameters={"PolicyId": "$policy", "TargetId": "$unit"}))
    (ruling,) = asked(server, stage, "member", f"/_rolecall/explain/{request}")["rulings"]
    by = ruling["decision"]["by"]
    assert (ruling["outcome"], by["policy_type"], by["sid"], by["name"]) == (
        "explicit_deny",
        "scp",
        "No",
        "no-iam",
    )
    assert by["index"][0] == 1  # the root is level 0, the unit 1, the account 2
    levels = {policy["level"] for policy in ruling["trace"]["policies"] if policy["policy_type"] == "scp"}
    assert levels == {0, 1, 2}


def test_the_same_request_again_follows_the_organization_as_it_is_now(server: TestServer, stage: Stage) -> None:
    stage.keys_of("member-admin")
    stage.begin("tree")
    guarded(stage)
    request = refused(stage, "member-admin", "iam:CreateUser", UserName="x")
    again = f"/_rolecall/again/{request}"
    assert asked(server, stage, "member", again)["outcome"] == "deny"
    stage.do(Step("organizations:DetachPolicy", parameters={"PolicyId": "$policy", "TargetId": "$unit"}))
    assert asked(server, stage, "member", again)["outcome"] == "allow"
    stage.do(Step("organizations:AttachPolicy", parameters={"PolicyId": "$policy", "TargetId": "$root"}))
    assert asked(server, stage, "member", again)["outcome"] == "deny"


def test_an_account_that_left_is_asked_again_without_guardrails(server: TestServer, stage: Stage) -> None:
    stage.keys_of("member-admin")
    stage.begin("tree")
    guarded(stage, "$root")
    request = refused(stage, "member-admin", "iam:CreateUser", UserName="x")
    stage.do(Step("organizations:RemoveAccountFromOrganization", parameters={"AccountId": "$member"}))
    assert asked(server, stage, "member", f"/_rolecall/again/{request}")["outcome"] == "allow"


def test_questions_about_members_know_their_guardrails(server: TestServer, stage: Stage) -> None:
    stage.keys_of("member-admin")
    stage.begin("tree")
    made = {**DENY["Statement"][0], "Action": "sagemaker:*"}  # type: ignore[dict-item]
    document = json.dumps({**DENY, "Statement": [made]})
    policy = {"Name": "no", "Description": "", "Type": "SERVICE_CONTROL_POLICY", "Content": document}
    stage.do(
        Step("organizations:CreatePolicy", parameters=policy, keep={"policy": "Policy.PolicySummary.Id"}),
    )
    action = "sagemaker:ListTrainingPlans"
    question = {"as": stage.accounts["member"].iam("user/admin"), "action": action, "resource": "*"}
    assert asked(server, stage, "member", "/_rolecall/can-i", question)["outcome"] == "allow"
    stage.do(Step("organizations:AttachPolicy", parameters={"PolicyId": "$policy", "TargetId": "$root"}))
    assert asked(server, stage, "member", "/_rolecall/can-i", question)["outcome"] == "explicit_deny"


def test_questions_about_the_manager_know_that_nothing_binds_it(server: TestServer, stage: Stage) -> None:
    stage.keys_of("manager-admin")
    stage.begin("tree")
    guarded(stage, "$root")
    question = {"as": stage.accounts["manager"].iam("user/admin"), "action": "iam:ListGroups", "resource": "*"}
    assert asked(server, stage, "manager", "/_rolecall/can-i", question)["outcome"] == "allow"


def test_the_decision_header_says_that_the_organization_refused(stage: Stage) -> None:
    stage.keys_of("member-admin")
    stage.begin("tree")
    with pytest.raises(ClientError) as error:
        stage.do(Step("organizations:ListAccounts", by="member-admin"))
    header = error.value.response["ResponseMetadata"]["HTTPHeaders"]["x-rolecall-decision"]
    assert header == "implicit_deny action=organizations:ListAccounts by=organization"
