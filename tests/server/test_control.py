"""The server's own addresses: health, explanations, credentials, reset."""

from __future__ import annotations

import json
import time
import urllib.error
import urllib.request
from typing import Any

import pytest
from botocore.exceptions import ClientError

from rolecall.connection import Connection
from rolecall.errors import Refused
from rolecall.server import Running, running
from server.conftest import Person, allow, deny, training_job


def connection(server: Running, key: dict[str, Any] | None = None) -> Connection:
    return Connection(
        endpoint=server.endpoint,
        access_key_id=key["AccessKeyId"] if key else server.access_key_id,
        secret_access_key=key["SecretAccessKey"] if key else server.secret_access_key,
        session_token=key.get("SessionToken") if key else None,
    )


def explained(asker: Connection, request_id: str) -> dict[str, Any]:
    """Records of reads and denials are written a moment later."""
    until = time.monotonic() + 10
    while True:
        try:
            return asker.explain(request_id)
        except Refused as problem:
            if problem.code not in ("NotFound", "NotReady") or time.monotonic() > until:
                raise
            time.sleep(0.05)


def denied_request(operation: Any, **parameters: Any) -> str:
    with pytest.raises(ClientError) as caught:
        operation(**parameters)
    return str(caught.value.response["ResponseMetadata"]["RequestId"])


@pytest.mark.parametrize(("path", "says"), [("health", "ok"), ("ready", "ready")])
def test_it_is_well(server: Running, path: str, says: str) -> None:
    with urllib.request.urlopen(f"{server.endpoint}/_rolecall/{path}") as answer:
        assert json.loads(answer.read())["status"] == says


def test_what_is_enforced_is_said(server: Running) -> None:
    info = connection(server).call("GET", "/_rolecall/info")
    assert info["profile"] == "reference"
    assert info["accounts"] == ["123456789012"]
    assert info["enforced_policy_types"] == [
        *("identity", "boundary", "session", "trust", "resource", "scp", "rcp")
    ]


def test_calls_are_counted(person: Person) -> None:
    # Every gateway counts for itself: both are asked, and both are scraped.
    for _ in range(2):
        person.client("sts").get_caller_identity()
    counted = 'rolecall_calls_total{service="sts",operation="GetCallerIdentity",outcome="allow"} '
    found = False
    for _ in range(50):
        with urllib.request.urlopen(f"{person.server.endpoint}/_rolecall/metrics") as answer:
            lines = answer.read().decode().splitlines()
        found = any(line.startswith(counted) and int(line.removeprefix(counted)) > 0 for line in lines)
        if found:
            break
        time.sleep(0.1)  # a worker tells the others what it counted once a second
    assert found


def test_a_denial_is_explained_with_what_was_seen(person: Person) -> None:
    person.may(
        allow(
            "sagemaker:DescribeModel",
            Condition={"StringEquals": {"aws:ResourceTag/team": "red"}},
        )
    )
    request_id = denied_request(person.client("sagemaker").describe_model, ModelName="m")
    told = explained(connection(person.server), request_id)
    (ruling,) = told["rulings"]
    assert ruling["outcome"] == "implicit_deny"
    assert ruling["action"] == "sagemaker:DescribeModel"
    assert ruling["message"].startswith(f"User: {person.arn} is not authorized to perform")
    assert ruling["context"]["aws:username"] == [person.name]
    (statement,) = ruling["trace"]["policies"][0]["statements"]
    failed = statement["failed"]
    assert (failed["element"], failed["key"], failed["wanted"]) == ("Condition", "aws:ResourceTag/team", ["red"])
    assert failed["seen"] is None


def test_an_explanation_is_of_the_policies_of_then(person: Person) -> None:
    person.may(deny("sagemaker:ListModels", Sid="Then"))
    request_id = denied_request(person.client("sagemaker").list_models)
    person.may(allow("*"))
    (ruling,) = explained(connection(person.server), request_id)["rulings"]
    assert ruling["trace"]["decision"] == "explicit_deny"
    assert ruling["decision"]["by"]["sid"] == "Then"


def test_an_allowed_write_is_explained_check_by_check(server: Running, role: str) -> None:
    job = training_job(role, Tags=[{"Key": "a", "Value": "b"}])
    answer = server.client("sagemaker").create_training_job(**job)
    told = explained(connection(server), answer["ResponseMetadata"]["RequestId"])
    assert [ruling["action"] for ruling in told["rulings"]] == [
        "sagemaker:CreateTrainingJob",
        "iam:PassRole",
        "sagemaker:AddTags",
    ]
    assert {ruling["outcome"] for ruling in told["rulings"]} == {"allow"}
    assert told["event"]["eventName"] == "CreateTrainingJob"


def test_explaining_needs_a_permission(person: Person) -> None:
    request_id = denied_request(person.client("sagemaker").list_models)
    asker = connection(person.server, person.key)
    with pytest.raises(Refused) as caught:
        asker.explain(request_id)
    assert caught.value.code == "AccessDenied"
    assert "sts:DecodeAuthorizationMessage" in str(caught.value)
    person.may(allow("sts:DecodeAuthorizationMessage"))
    assert explained(asker, request_id)["request_id"] == request_id


def test_a_stranger_is_not_told(server: Running) -> None:
    with pytest.raises(urllib.error.HTTPError) as caught:
        urllib.request.urlopen(f"{server.endpoint}/_rolecall/explain/anything")
    assert caught.value.code == 403


def test_another_accounts_request_is_not_found() -> None:
    with running(accounts=("111111111111", "222222222222")) as up:
        request_id = up.client("iam").create_user(UserName="x")["ResponseMetadata"]["RequestId"]
        other = up.roots[1]
        asker = Connection(
            endpoint=up.endpoint,
            access_key_id=other.access_key_id,
            secret_access_key=other.secret_access_key,
        )
        with pytest.raises(Refused) as caught:
            asker.explain(request_id)
        assert caught.value.code == "NotFound"


def test_root_is_given_the_credentials_of_a_role_and_nobody_else_is(person: Person, role: str) -> None:
    acting = connection(person.server).acting_as(role)
    session = {
        "AccessKeyId": acting.access_key_id,
        "SecretAccessKey": acting.secret_access_key,
        "SessionToken": acting.session_token,
    }
    arn = person.server.client_with(session, "sts").get_caller_identity()["Arn"]
    assert arn == f"arn:aws:sts::123456789012:assumed-role/{role.rpartition('/')[2]}/rolecall"
    person.may(allow("*"))
    for key in (person.key, session):
        with pytest.raises(Refused) as caught:
            connection(person.server, key).acting_as(role)
        assert caught.value.code == "AccessDenied"


def test_credentials_of_nobody(server: Running) -> None:
    with pytest.raises(Refused) as caught:
        connection(server).acting_as("arn:aws:iam::123456789012:role/nobody")
    assert caught.value.code == "NotFound"


def test_a_reset_needs_the_flag(server: Running) -> None:
    with pytest.raises(Refused) as caught:
        connection(server).call("POST", "/_rolecall/reset")
    assert caught.value.code == "AccessDenied"


@pytest.mark.parametrize("on_disk", [False, True], ids=["in memory", "in a file"])
def test_a_reset_forgets_everything_but_the_root_keys(on_disk: bool, tmp_path: Any) -> None:
    where = {"data": tmp_path} if on_disk else {}
    with running(allow_reset=True, **where) as up:
        iam = up.client("iam")
        iam.create_user(UserName="ann")
        key = iam.create_access_key(UserName="ann")["AccessKey"]
        assert connection(up).call("POST", "/_rolecall/reset") == {"status": "reset"}
        assert iam.list_users()["Users"] == []
        with pytest.raises(ClientError) as caught:
            up.client_with(key, "sts").get_caller_identity()
        assert caught.value.response["Error"]["Code"] == "InvalidClientTokenId"
        iam.create_user(UserName="ann")


def test_state_and_root_keys_survive_a_restart(tmp_path: Any) -> None:
    with running(data=tmp_path) as up:
        up.client("iam").create_user(UserName="ann", Path="/team/")
        first = up.access_key_id, up.secret_access_key
    with running(data=tmp_path) as again:
        assert (again.access_key_id, again.secret_access_key) == first
        (user,) = again.client("iam").list_users()["Users"]
        assert user["Arn"] == "arn:aws:iam::123456789012:user/team/ann"
