"""Nobody learns of another account's policies and tags from a decision about its resources."""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any

import pytest
from botocore.exceptions import ClientError

from authorization.plain import USER
from rolecall.decision.request import Context, Request, Resource
from rolecall.decision.result import Determining
from rolecall.policy.document import PolicyType
from rolecall.server import Running, running
from rolecall.server.foreign import attributed
from server.conftest import allow, policy
from server.test_control import connection, explained

HERE, THERE = "123456789012", "210987654321"
TRUST = {
    "Version": "2012-10-17",
    "Statement": [
        {
            "Sid": "Hidden",
            "Effect": "Deny",
            "Principal": {"AWS": HERE},
            "Action": "sts:AssumeRole",
            "Condition": {"StringEquals": {"sts:ExternalId": "hidden-word"}},
        },
        {"Effect": "Allow", "Principal": {"AWS": THERE}, "Action": "sts:AssumeRole"},
    ],
}
ROLE = f"arn:aws:iam::{THERE}:role/r"


@pytest.fixture(scope="module")
def two() -> Iterator[Running]:
    with running(accounts=(HERE, THERE)) as up:
        root = up.roots[1]
        client = up.client(
            "iam", aws_access_key_id=root.access_key_id, aws_secret_access_key=root.secret_access_key
        )
        client.create_role(
            RoleName="r", AssumeRolePolicyDocument=json.dumps(TRUST), Tags=[{"Key": "hidden-tag", "Value": "v"}]
        )
        yield up


@pytest.fixture(scope="module")
def caller(two: Running) -> Any:
    iam = two.client("iam")
    iam.create_user(UserName="ann")
    iam.put_user_policy(UserName="ann", PolicyName="ours", PolicyDocument=policy(allow("sts:AssumeRole")))
    return two.client_with(iam.create_access_key(UserName="ann")["AccessKey"], "sts")


def refused(caller: Any, **parameters: Any) -> Any:
    with pytest.raises(ClientError) as caught:
        caller.assume_role(RoleSessionName="session", **parameters)
    return caught.value.response["ResponseMetadata"]


def test_a_caller_is_not_told_what_the_trust_policy_says(two: Running, caller: Any) -> None:
    said = refused(caller, RoleArn=ROLE, ExternalId="hidden-word")
    assert said["HTTPHeaders"]["x-rolecall-decision"] == "explicit_deny action=sts:AssumeRole by=trust"
    told = explained(connection(two), said["RequestId"])
    assert told["rulings"][0]["outcome"] == "explicit_deny"
    request = json.dumps(told["event"]["requestParameters"])
    rest = json.dumps({**told, "event": {**told["event"], "requestParameters": None}})
    assert "hidden-word" in request
    for hidden in ("Hidden", "hidden-tag", f"AWS: {THERE}"):
        assert hidden not in rest


def test_a_role_that_is_not_there_looks_like_one_that_does_not_trust(two: Running, caller: Any) -> None:
    def told(role: str) -> Any:
        answer = explained(connection(two), refused(caller, RoleArn=role)["RequestId"])
        ruling = {
            name: value for name, value in answer["rulings"][0].items() if name not in ("context", "encoded")
        }
        return json.loads(json.dumps([ruling, sorted(answer["versions"])]).replace(role, "ROLE"))

    assert told(ROLE) == told(f"arn:aws:iam::{THERE}:role/none")


@pytest.mark.parametrize("context", [{}, {"sts:ExternalId": ["hidden-word"]}, {"sts:ExternalId": ["other"]}])
def test_who_asks_beforehand_is_told_no_more(two: Running, caller: Any, context: dict[str, list[str]]) -> None:
    ann = f"arn:aws:iam::{HERE}:user/ann"
    question = {"as": ann, "action": "sts:AssumeRole", "resource": ROLE, "context": context, "explain": True}
    told = connection(two).call("POST", "/_rolecall/can-i", question)
    answer = json.dumps({**told, "trace": {**told["trace"], "context": None}})
    assert told["outcome"] in ("implicit_deny", "explicit_deny", "undetermined")
    for hidden in ("Hidden", "hidden-tag", f"AWS: {THERE}", "ExternalId" if not context else "Hidden"):
        assert hidden not in answer


def test_what_a_call_needs_tells_no_tags_of_another_account_s_resource(two: Running, caller: Any) -> None:
    ann = f"arn:aws:iam::{HERE}:user/ann"
    assume = {"service": "sts", "operation": "AssumeRole", "parameters": {"RoleArn": ROLE, "RoleSessionName": "s"}}
    told = connection(two).call("POST", "/_rolecall/needs", {"as": ann, "region": "us-east-1", **assume})
    assert [check["resource"] for check in told["needs"]["checks"]] == [ROLE]
    assert "hidden-tag" not in json.dumps(told)


def test_each_account_is_told_the_names_of_its_own_policies() -> None:
    request = Request(USER, "sts:AssumeRole", Resource(ROLE, THERE), Context({}))
    ours = Determining(PolicyType.IDENTITY, 0, 0, "Ours", name="plan")
    theirs = Determining(PolicyType.TRUST, 0, 0, "Theirs", name="r")
    assert attributed(ours, request, HERE) == ours
    assert attributed(ours, request, THERE) == Determining(PolicyType.IDENTITY)
    assert attributed(theirs, request, THERE) == theirs
    assert attributed(theirs, request, HERE) == Determining(PolicyType.TRUST)
