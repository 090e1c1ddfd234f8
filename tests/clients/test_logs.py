"""What a server logs: every request by its id where that is asked for, and never a secret."""

from __future__ import annotations

import contextlib
import json
import urllib.request
from pathlib import Path
from typing import Any

import pytest
from botocore.exceptions import ClientError

from clients.server_process import ServerProcess

pytestmark = pytest.mark.clients

TRUST = (
    '{"Version":"2012-10-17","Statement":{"Effect":"Allow","Principal":{"AWS":"123456789012"},'
    '"Action":"sts:AssumeRole"}}'
)


def busy(server: ServerProcess) -> tuple[list[str], set[str]]:
    """Calls that carry and give out secrets; gives those secrets and the ids of the requests."""
    ids: set[str] = set()

    def noted(answer: Any) -> Any:
        ids.add(answer["ResponseMetadata"]["RequestId"])
        return answer

    variables = server.environment()
    iam = server.client("iam")
    noted(iam.create_user(UserName="ann"))
    key = noted(iam.create_access_key(UserName="ann"))["AccessKey"]
    policy = '{"Version":"2012-10-17","Statement":{"Effect":"Allow","Action":"sts:*","Resource":"*"}}'
    noted(iam.put_user_policy(UserName="ann", PolicyName="p", PolicyDocument=policy))
    noted(iam.create_login_profile(UserName="ann", Password="c0rrect-Horse-battery!"))
    noted(iam.create_role(RoleName="r", AssumeRolePolicyDocument=TRUST))
    device = noted(iam.create_virtual_mfa_device(VirtualMFADeviceName="phone"))["VirtualMFADevice"]
    ann = server.client("sts", AccessKeyId=key["AccessKeyId"], SecretAccessKey=key["SecretAccessKey"])
    role = noted(ann.assume_role(RoleArn="arn:aws:iam::123456789012:role/r", RoleSessionName="session"))[
        "Credentials"
    ]
    kept = {name: role[name] for name in role if name != "Expiration"}
    session = server.client("sts", **kept)
    noted(session.get_caller_identity())
    wrong = server.client("sts", AccessKeyId=key["AccessKeyId"], SecretAccessKey="not-the-secret-at-all")
    for refused in (
        lambda: wrong.get_caller_identity(),
        lambda: server.client("iam", **kept).list_users(),
        lambda: server.client(
            "sts", AccessKeyId="AKIAX", SecretAccessKey="x", SessionToken=role["SessionToken"][:-9]
        ),
    ):
        try:
            refused()
        except ClientError as error:
            ids.add(error.response["ResponseMetadata"]["RequestId"])
    body = f"password={key['SecretAccessKey']}".encode()
    headers = {"Authorization": f"AWS4-HMAC-SHA256 Credential={key['SecretAccessKey']}", "Cookie": "sweet-cookie"}
    request = urllib.request.Request(variables["AWS_ENDPOINT_URL"], data=body, headers=headers)
    with contextlib.suppress(OSError):
        urllib.request.urlopen(request, timeout=10).close()
    secrets = [
        variables["AWS_SECRET_ACCESS_KEY"],
        key["SecretAccessKey"],
        role["SecretAccessKey"],
        role["SessionToken"],
        role["SessionToken"][:40],
        "c0rrect-Horse-battery!",
        device["Base32StringSeed"].decode(),
        "sweet-cookie",
        "Signature=",
    ]
    return secrets, ids


@pytest.mark.parametrize("form", ["text", "json"])
def test_every_request_is_logged_and_no_secret_is(form: str, tmp_path: Path) -> None:
    server = ServerProcess(tmp_path / "data", "--log", "requests", "--log-format", form)
    server.start()
    try:
        secrets, ids = busy(server)
    finally:
        assert server.stop() == 0
    log = server.log()
    assert [secret for secret in secrets if secret in log] == []
    assert [one for one in ids if one not in log] == []
    if form == "json":
        lines = [json.loads(line) for line in log.splitlines() if line.startswith("{")]
        calls = {line["request_id"]: line for line in lines if line["logger"] == "rolecall.requests"}
        created = [line for line in calls.values() if line.get("operation") == "CreateUser"]
        assert [(line["outcome"], line["status"], line["service"]) for line in created] == [("allow", 200, "iam")]
        assert created[0]["principal"] == "arn:aws:iam::123456789012:root"
        assert created[0]["milliseconds"] > 0
        assert {line["outcome"] for line in calls.values()} >= {"allow", "AccessDenied", "SignatureDoesNotMatch"}


def test_without_being_asked_no_request_is_logged(tmp_path: Path) -> None:
    server = ServerProcess(tmp_path / "data")
    server.start()
    try:
        secrets, ids = busy(server)
    finally:
        server.stop()
    log = server.log()
    assert [secret for secret in secrets if secret in log] == []
    assert [one for one in ids if one in log] == []


def test_a_client_cannot_forge_lines(tmp_path: Path) -> None:
    server = ServerProcess(tmp_path / "data", "--log", "requests")
    server.start()
    try:
        iam = server.client("iam")
        with contextlib.suppress(ClientError):
            iam.create_user(UserName="x\n2026-01-01T00:00:00.000Z info request outcome=allow principal=forged")
    finally:
        server.stop()
    assert "principal=forged" not in server.log()
