"""Policy tests and the server say the same: cases are run as cases, and as calls of boto3 on a seeded account."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
import yaml
from botocore.config import Config
from botocore.exceptions import ClientError

from rolecall import catalog
from rolecall.analysis.policy_tests.expansion import plan
from rolecall.analysis.policy_tests.format import Case
from rolecall.analysis.policy_tests.reading import read_tests
from rolecall.analysis.policy_tests.running import Engine, judge
from rolecall.analysis.worlds import Library
from rolecall.cli.api_parameters import typed
from rolecall.cli.test import read_text
from rolecall.seeds.sagemaker import snake
from rolecall.testing import Account, Acting, in_process

ROOT = Path(__file__).parents[2]
ACCOUNT = "123456789012"
DECISION = "x-rolecall-decision"
GUARDRAILS = (" by=scp", " by=rcp")
# Cases may leave out what the API requires: it is decided before it is looked at.
AS_IT_IS = Config(parameter_validation=False, retries={"total_max_attempts": 1})
NOT_SEEDED = ("resources",)
# Somebody of the account who opens the sessions that cases have, in place of the other account's broker.
DRIVER = """{"Version": "2012-10-17", "Statement": [
  {"Effect": "Allow", "Action": ["sts:AssumeRole", "sts:TagSession"], "Resource": "*"}]}"""
TRUSTED = """{"Version": "2012-10-17", "Statement": [
  {"Effect": "Allow", "Principal": {"AWS": "123456789012"}, "Action": ["sts:AssumeRole", "sts:TagSession"]}]}"""


def files(folder: Path) -> Iterator[Path]:
    """The example's tests and those of the decided cases, on their worlds with all their guardrails."""
    copied = folder / "platform"
    for path in sorted((ROOT / "examples" / "ml-platform").rglob("*.json")):
        target = copied / path.relative_to(ROOT / "examples" / "ml-platform")
        target.parent.mkdir(parents=True, exist_ok=True)
        target.write_text(path.read_text())
    world = yaml.safe_load((ROOT / "examples" / "ml-platform" / "world.yaml").read_text())
    for account in world["accounts"].values():
        account.pop("resources", None)  # they say too little to be made
        account["users"] = {**account.get("users", {}), "driver": {"policies": ["driver.json"]}}
    (copied / "driver.json").write_text(DRIVER)
    (copied / "policies" / "trust-people.json").write_text(TRUSTED)
    (copied / "world.yaml").write_text(yaml.safe_dump(world))
    for path in sorted((ROOT / "examples" / "ml-platform" / "tests").glob("*.yaml")):
        target = copied / "tests" / path.name
        target.parent.mkdir(exist_ok=True)
        target.write_text(path.read_text())
        yield target
    decided = yaml.safe_load((ROOT / "tests" / "cases" / "policy_tests" / "decided.yaml").read_text())
    world = yaml.safe_load((ROOT / "tests" / "analysis" / "policy_tests" / "world.yaml").read_text())
    plain = {name: held for name, held in world.items() if name not in NOT_SEEDED}
    # A server has control policies of organizations only.
    plain["organization"] = {"id": "o-decidedcases", "management_account": "888888888888"}
    cases = [{"name": each["name"], **each["case"], "expect": each["got"]} for each in decided]
    yield Path(__file__).with_name("guardrails.rolecall.yaml")
    path = folder / "decided.rolecall.yaml"
    path.write_text(yaml.safe_dump({"world": plain, "cases": cases}, sort_keys=False))
    yield path


def comparable(case: Case) -> bool:
    """Calls of this account's principals from nowhere special, in sessions that have tags at most."""
    session = case.session
    return (
        case.call is not None
        and case.account == ACCOUNT
        and case.principal.startswith(("role/", "user/", "user-profile/", "space/"))
        and not (session.mfa or session.policies or session.source_identity)
        and not case.context
    )


def acting_as(account: Account, case: Case, region: str) -> Acting:
    if not case.session.temporary:
        return account.as_principal(case.principal, region=region)
    iam, role = account.client("iam"), case.principal.removeprefix("role/")
    keys = iam.create_access_key(UserName="driver")["AccessKey"]
    driver = {"aws_access_key_id": keys["AccessKeyId"], "aws_secret_access_key": keys["SecretAccessKey"]}
    made = account.server.client(driver, "sts").assume_role(
        RoleArn=iam.get_role(RoleName=role)["Role"]["Arn"],
        RoleSessionName=case.session.name,
        Tags=[{"Key": key, "Value": value} for key, value in case.session.tags.items()],
    )["Credentials"]
    iam.delete_access_key(UserName="driver", AccessKeyId=keys["AccessKeyId"])
    given = {
        "aws_access_key_id": made["AccessKeyId"],
        "aws_secret_access_key": made["SecretAccessKey"],
        "aws_session_token": made["SessionToken"],
    }
    return Acting(account.server, account.id, role, given)


def asked(account: Account, case: Case, region: str) -> str:
    """What the server decides on the call of a case, and whether a guardrail did, by the header of its answer."""
    assert case.call is not None
    service, _, operation = case.call.partition(":")
    parameters = replaced(dict(case.parameters), account.id)
    acting = acting_as(account, case, region)
    client = acting.client(service, region_name=case.region, config=AS_IT_IS)
    try:
        answer = getattr(client, snake(operation))(**parameters)
    except ClientError as error:
        answer = error.response
    decision = answer["ResponseMetadata"]["HTTPHeaders"][DECISION]
    return (
        "allow"
        if decision == "allow"
        else "deny by a guardrail"
        if any(each in decision for each in GUARDRAILS)
        else "deny"
    )


def replaced(value: Any, account: str) -> Any:
    if isinstance(value, dict):
        return {name: replaced(held, account) for name, held in value.items()}
    if isinstance(value, list):
        return [replaced(held, account) for held in value]
    return value.replace(ACCOUNT, account) if isinstance(value, str) else value


@pytest.mark.slow
def test_the_server_decides_as_the_policy_tests_do(tmp_path: Path) -> None:
    compared: dict[str, int] = {"allow": 0, "deny": 0, "deny by a guardrail": 0}
    library = Library(read_text, catalog.load())
    now = datetime.now(UTC)
    with in_process() as server:
        for path in files(tmp_path):
            found = read_tests(library, str(path))
            account = server.new_account(ACCOUNT)
            cases = [case for case in found.cases if comparable(case)]
            if cases:
                account = server.new_account()
                held = yaml.safe_load(path.read_text())["world"]
                account.seed(str(path.parent / held) if isinstance(held, str) else held)
            for case in cases:
                planned = plan(case, found.world, library.catalog, typed, now)
                verdict = judge(planned, Engine.of())
                if verdict.untrusted is not None or verdict.question.trusting:
                    continue  # told by the service after its limits, which these calls do not keep
                decided = asked(account, case, found.world.file.region)
                assert decided.partition(" ")[0] == verdict.got, case.name
                compared[decided] += 1
    assert compared["allow"] >= 20, compared
    assert compared["deny"] >= 30, compared
    assert compared["deny by a guardrail"] >= 5, compared
