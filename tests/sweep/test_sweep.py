"""Every operation that signs as SageMaker, called as somebody who may do everything and as somebody who may not.

No call ends in a failure of ours, none is unknown, every answer keeps its output shape, and a denial names the
action that the operation's first requirement asks for.
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any

import pytest
from botocore.config import Config
from msgspec import Struct

from rolecall.authorization.requirements import ROWS
from rolecall.services.sagemaker.errors import general, jobs, lineage, platform
from rolecall.testing.server import TestServer, over_http
from sweep.sweeping import OPERATIONS, Outcome, once, swept

# Of the operations, how many minimal parameters lead to an answer; the rest is refused for a reason that they
# cannot meet (nothing to stop, nothing scheduled, no such node). May only rise.
ANSWERED = 370
REFUSING = {
    "ValidationException",
    "ValidationError",
    "ResourceNotFound",
    "ResourceNotFoundException",
    "ResourceInUse",
    "ResourceLimitExceeded",
    "ConflictException",
    "AccessDeniedException",  # a resource of an account that nobody knows
}
ONCE = Config(retries={"total_max_attempts": 1, "mode": "standard"})
TRUST = {
    "Version": "2012-10-17",
    "Statement": {
        "Effect": "Allow",
        "Principal": {"Service": ["sagemaker.amazonaws.com", "job.sagemaker.amazonaws.com"]},
        "Action": "sts:AssumeRole",
    },
}
ANYTHING = {"Version": "2012-10-17", "Statement": {"Effect": "Allow", "Action": "*", "Resource": "*"}}


class Swept(Struct, frozen=True):
    allowed: tuple[Outcome, ...]
    denied: tuple[Outcome, ...]


@pytest.fixture(scope="module")
def outcomes() -> Iterator[Swept]:
    with over_http(time_scale=1e9) as server:
        account = server.new_account()
        iam = account.client("iam")
        iam.create_role(RoleName="role", AssumeRolePolicyDocument=json.dumps(TRUST))
        role = account.iam("role/role")
        denied = tuple(once(_clients(server, _user(iam, "nobody", None)), role))
        allowed = tuple(swept(_clients(server, _user(iam, "administrator", ANYTHING)), role))
        yield Swept(allowed, denied)


def _user(iam: Any, name: str, policy: dict[str, Any] | None) -> dict[str, str]:
    iam.create_user(UserName=name)
    if policy is not None:
        iam.put_user_policy(UserName=name, PolicyName="all", PolicyDocument=json.dumps(policy))
    key = iam.create_access_key(UserName=name)["AccessKey"]
    return {"aws_access_key_id": key["AccessKeyId"], "aws_secret_access_key": key["SecretAccessKey"]}


def _clients(server: TestServer, keys: dict[str, str]) -> Any:
    made: dict[str, Any] = {}

    def make(name: str) -> Any:
        return (
            made.setdefault(name, None)
            or made.update({name: server.client(keys, name, config=ONCE)})
            or made[name]
        )

    return make


def test_every_operation_was_called(outcomes: Swept) -> None:
    assert {(one.client, one.operation) for one in outcomes.allowed} == set(OPERATIONS)
    assert len(OPERATIONS) >= 457


def test_nothing_fails_and_nothing_is_unknown(outcomes: Swept) -> None:
    assert [one for one in outcomes.allowed if one.code and one.code not in REFUSING] == []
    assert [one for one in (*outcomes.allowed, *outcomes.denied) if one.status >= 500] == []


def test_every_answer_keeps_its_output_shape(outcomes: Swept) -> None:
    assert {one.operation: one.problems for one in outcomes.allowed if one.problems} == {}


def test_most_minimal_calls_are_answered(outcomes: Swept) -> None:
    answered = {(one.client, one.operation) for one in outcomes.allowed if not one.code}
    assert len(answered) >= ANSWERED


def test_whoever_may_nothing_is_denied_for_the_operations_own_action(outcomes: Swept) -> None:
    wrong = {
        one.operation: (one.code, one.message)
        for one in outcomes.denied
        if one.code not in ("AccessDeniedException", "AccessForbidden")
        or f"is not authorized to perform: {ROWS[one.client][one.operation][0].action} " not in f"{one.message} "
    }
    assert wrong == {}


def test_situations_have_one_refusal() -> None:
    """The tables of refusals are merged: a name in two of them would answer with the other's words."""
    names = [name for table in (general, jobs, lineage, platform) for name in table.REFUSALS]
    assert len(names) == len(set(names))
