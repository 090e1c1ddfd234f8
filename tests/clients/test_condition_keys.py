"""Each condition key of SageMaker end to end: a request that satisfies a policy on it, and one that does not."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Mapping
from typing import Any

import pytest
import yaml
from botocore import xform_name
from botocore.config import Config
from botocore.exceptions import ClientError
from msgspec import Struct

from case_files import CASES
from minimal_parameters import parameters
from rolecall import catalog
from rolecall.authorization.requirements import ROWS
from rolecall.testing.server import Account, over_http
from rolecall.wire import models
from rolecall.wire.services import SERVICES

pytestmark = pytest.mark.clients

FILE = yaml.safe_load((CASES / "condition_keys" / "pairs.yaml").read_text("utf-8"))
PAIRS: list[dict[str, Any]] = FILE["pairs"]
CLIENTS = [name for name in ROWS if name in SERVICES and SERVICES[name].signing_name == "sagemaker"]
ONCE = Config(retries={"total_max_attempts": 1, "mode": "standard"})
TRUST = {
    "Version": "2012-10-17",
    "Statement": [
        {"Effect": "Allow", "Action": "sts:AssumeRole", "Principal": {"Service": "sagemaker.amazonaws.com"}},
    ],
}


class Stage(Struct, frozen=True):
    """An account with everything that the pairs look at. facts: what stands for <name>."""

    account: Account
    facts: Mapping[str, str]

    def filled(self, value: Any) -> Any:
        if isinstance(value, dict):
            return {name: self.filled(inner) for name, inner in value.items()}
        if isinstance(value, list):
            return [self.filled(inner) for inner in value]
        if isinstance(value, str):
            return re.sub(r"<([a-z-]+)>", lambda found: self.facts[found[1]], value)
        return value


@pytest.fixture(scope="module")
def stage() -> Iterator[Stage]:
    with over_http(time_scale=1e9) as server:
        account = server.new_account()
        iam = account.client("iam")
        iam.create_role(RoleName="role", AssumeRolePolicyDocument=json.dumps(TRUST))
        iam.create_user(UserName="user")
        facts = {
            "account": account.id,
            "role": account.iam("role/role"),
            "image": f"{account.id}.dkr.ecr.us-east-1.amazonaws.com/x:1",
            "key": "12345678-1234-1234-1234-123456789012",
            "other-key": "87654321-1234-1234-1234-123456789012",
        }
        made = Stage(account, facts)
        for step in FILE["setup"]:
            answer = getattr(account.client("sagemaker"), xform_name(step["call"]))(
                **made.filled(step["parameters"])
            )
            facts.update({name: answer[member] for name, member in step.get("gives", {}).items()})
        facts["development-again"] = facts["development"]
        yield made


def client_of(operation: str) -> str:
    return next(name for name in CLIENTS if operation in models.operation_names(name))


def policy_of(pair: Mapping[str, Any], stage: Stage) -> str:
    """Everything but the action, and the action under the condition."""
    action = pair.get("action", f"sagemaker:{pair['call']}")
    ((operator, value),) = pair["condition"].items()
    held = stage.filled(value)
    values = [str(one) for one in held] if isinstance(held, list) else str(held)
    return json.dumps(
        {
            "Version": "2012-10-17",
            "Statement": [
                {"Effect": "Allow", "NotAction": action, "Resource": "*"},
                {
                    "Effect": "Allow",
                    "Action": action,
                    "Resource": "*",
                    "Condition": {operator: {pair["key"]: values}},
                },
            ],
        }
    )


def decided(stage: Stage, who: str, operation: str, given: Mapping[str, Any]) -> tuple[bool, str]:
    """Whether the call was allowed, and the message where it was not."""
    client = client_of(operation)
    known = {"RoleArn": stage.facts["role"], "ExecutionRoleArn": stage.facts["role"]}
    asked = {**parameters(client, operation, known), **_merged(client, operation, stage.filled(given), known)}
    acting = stage.account.as_principal(who)
    try:
        getattr(acting.client(client, config=ONCE), xform_name(operation))(**asked)
    except ClientError as error:
        code, message = error.response["Error"]["Code"], error.response["Error"]["Message"]
        return code not in ("AccessDeniedException", "AccessForbidden"), message
    return True, ""


def _merged(client: str, operation: str, given: Mapping[str, Any], known: Mapping[str, Any]) -> dict[str, Any]:
    """What a pair gives, completed with what the model requires beside it in the same structure."""
    least = parameters(client, operation, known)
    return {
        name: {**least[name], **value} if isinstance(value, dict) and isinstance(least.get(name), dict) else value
        for name, value in given.items()
    }


@pytest.mark.parametrize("pair", PAIRS, ids=[pair["key"] for pair in PAIRS])
def test_a_key_decides(pair: Mapping[str, Any], stage: Stage) -> None:
    iam = stage.account.client("iam")
    text = policy_of(pair, stage)
    iam.put_user_policy(UserName="user", PolicyName="pair", PolicyDocument=text)
    iam.put_role_policy(RoleName="role", PolicyName="pair", PolicyDocument=text)
    who = stage.filled(pair.get("as", "user/user"))
    allowed, message = decided(stage, who, pair["call"], pair["holds"])
    assert allowed, message
    other = pair.get("otherwise", {})
    allowed, message = decided(
        stage,
        stage.filled({"role": "role/role"}.get(other.get("as"), other.get("as", who))),
        other.get("call", pair["call"]),
        other.get("parameters", pair.get("fails", pair["holds"])),
    )
    action = pair.get("action", f"sagemaker:{pair['call']}")
    assert not allowed, "the request that does not satisfy the condition was allowed"
    assert f"is not authorized to perform: {action} " in message


def test_every_key_has_a_pair_or_a_reason() -> None:
    known = {key.name for key in catalog.load().condition_keys("sagemaker")}
    families = {re.sub(r"/\$\{[^}]*\}$", "/", name) for name in known}
    held = {pair["key"] for pair in PAIRS} | set(FILE["without"])
    missing = {
        name
        for name in families
        if not any(key == name or (name.endswith("/") and key.startswith(name)) for key in held)
    }
    assert missing == set()
