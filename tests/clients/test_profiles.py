"""Where clients get credentials from besides variables: profiles that assume roles, processes, token files."""

from __future__ import annotations

import base64
import json
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import boto3
import pytest
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import padding, rsa

from clients.server_process import Aws, ServerProcess, answer_of

pytestmark = pytest.mark.clients

ACCOUNT = "123456789012"
OTHER = "111122223333"
ISSUER = "https://id.example.com"
KEY = rsa.generate_private_key(65537, 2048)


def text(raw: bytes) -> str:
    return base64.urlsafe_b64encode(raw).decode().rstrip("=")


def number(value: int) -> str:
    return text(value.to_bytes(-(-value.bit_length() // 8), "big"))


def key_set() -> dict[str, Any]:
    numbers = KEY.public_key().public_numbers()
    return {"keys": [{"kty": "RSA", "kid": "1", "n": number(numbers.n), "e": number(numbers.e)}]}


def token(subject: str) -> str:
    claims = {"iss": ISSUER, "aud": "sts.amazonaws.com", "sub": subject, "exp": int(time.time()) + 600}
    head = json.dumps({"alg": "RS256", "kid": "1"}).encode()
    signed = f"{text(head)}.{text(json.dumps(claims).encode())}"
    return f"{signed}.{text(KEY.sign(signed.encode(), padding.PKCS1v15(), hashes.SHA256()))}"


def trusting(principal: dict[str, str], action: str = "sts:AssumeRole", **condition: Any) -> str:
    statement = {"Effect": "Allow", "Action": action, "Principal": principal, **condition}
    return json.dumps({"Version": "2012-10-17", "Statement": [statement]})


@pytest.fixture
def server(tmp_path: Path) -> Iterator[ServerProcess]:
    (tmp_path / "keys.json").write_text(json.dumps(key_set()))
    options = ["--account", ACCOUNT, "--account", OTHER, "--oidc-keys", f"{ISSUER}={tmp_path / 'keys.json'}"]
    server = ServerProcess(tmp_path / "data", *options)
    server.start()
    yield server
    server.stop()


@pytest.fixture
def place(server: ServerProcess) -> dict[str, str]:
    """What a user sets who has credentials of their own: where the server is, and nothing of a key."""
    variables = server.environment()
    return {name: variables[name] for name in ("AWS_ENDPOINT_URL", "AWS_REGION", "AWS_DEFAULT_REGION")}


@pytest.fixture
def ann(server: ServerProcess) -> dict[str, str]:
    """The access key of a user who may assume roles."""
    iam = server.client("iam")
    iam.create_user(UserName="ann")
    document = {"Version": "2012-10-17", "Statement": [{"Effect": "Allow", "Action": "sts:*", "Resource": "*"}]}
    iam.put_user_policy(UserName="ann", PolicyName="p", PolicyDocument=json.dumps(document))
    key: dict[str, str] = iam.create_access_key(UserName="ann")["AccessKey"]
    return key


def configured(home: Path, config: str, credentials: str = "") -> None:
    folder = home / ".aws"
    folder.mkdir(exist_ok=True)
    (folder / "config").write_text(config)
    (folder / "credentials").write_text(credentials)


def keys(key: dict[str, str]) -> str:
    return f"aws_access_key_id = {key['AccessKeyId']}\naws_secret_access_key = {key['SecretAccessKey']}\n"


def who(aws: Aws, place: dict[str, str], profile: str) -> str:
    return str(answer_of(aws({**place, "AWS_PROFILE": profile}, "sts", "get-caller-identity"))["Arn"])


def test_a_profile_assumes_a_role_with_the_keys_of_another(
    server: ServerProcess, aws: Aws, place: dict[str, str], ann: dict[str, str], tmp_path: Path
) -> None:
    server.client("iam").create_role(
        RoleName="Admin", AssumeRolePolicyDocument=trusting({"AWS": f"arn:aws:iam::{ACCOUNT}:user/ann"})
    )
    configured(
        tmp_path,
        f"[profile admin]\nrole_arn = arn:aws:iam::{ACCOUNT}:role/Admin\nsource_profile = ann\n"
        "role_session_name = from-a-profile\nduration_seconds = 900\n",
        f"[ann]\n{keys(ann)}",
    )
    assert who(aws, place, "ann") == f"arn:aws:iam::{ACCOUNT}:user/ann"
    assert who(aws, place, "admin") == f"arn:aws:sts::{ACCOUNT}:assumed-role/Admin/from-a-profile"


def test_profiles_chain_and_reach_another_account_with_its_external_id(
    server: ServerProcess, aws: Aws, place: dict[str, str], ann: dict[str, str], tmp_path: Path
) -> None:
    iam = server.client("iam")
    iam.create_role(
        RoleName="Near", AssumeRolePolicyDocument=trusting({"AWS": f"arn:aws:iam::{ACCOUNT}:user/ann"})
    )
    allow = {"Effect": "Allow", "Action": "sts:AssumeRole", "Resource": f"arn:aws:iam::{OTHER}:role/Far"}
    iam.put_role_policy(
        RoleName="Near",
        PolicyName="p",
        PolicyDocument=json.dumps({"Version": "2012-10-17", "Statement": [allow]}),
    )
    of_other = json.loads((server.folder / "run.json").read_text())["accounts"][OTHER]
    far = server.client(
        "iam", AccessKeyId=of_other["access_key_id"], SecretAccessKey=of_other["secret_access_key"]
    )
    condition = {"StringEquals": {"sts:ExternalId": "1234"}}
    far.create_role(
        RoleName="Far",
        AssumeRolePolicyDocument=trusting({"AWS": f"arn:aws:iam::{ACCOUNT}:root"}, Condition=condition),
    )
    profile = f"[profile near]\nrole_arn = arn:aws:iam::{ACCOUNT}:role/Near\nsource_profile = ann\n"
    without = f"[profile far]\nrole_arn = arn:aws:iam::{OTHER}:role/Far\nsource_profile = near\n"
    configured(tmp_path, profile + without, f"[ann]\n{keys(ann)}")
    refused = aws({**place, "AWS_PROFILE": "far"}, "sts", "get-caller-identity")
    assert refused.returncode != 0
    assert "is not authorized to perform: sts:AssumeRole" in refused.stderr

    configured(tmp_path, profile + without + "external_id = 1234\n", f"[ann]\n{keys(ann)}")
    assert who(aws, place, "far").startswith(f"arn:aws:sts::{OTHER}:assumed-role/Far/")


def test_a_process_hands_out_credentials(
    server: ServerProcess, aws: Aws, place: dict[str, str], ann: dict[str, str], tmp_path: Path
) -> None:
    """credential_process, here a script that prints the keys of a session."""
    session = server.client("sts", **ann).get_session_token()["Credentials"]
    script = tmp_path / "process.py"
    script.write_text(
        "import json\nprint(json.dumps("
        + repr({"Version": 1, **session, "Expiration": session["Expiration"].isoformat()})
        + "))\n"
    )
    configured(tmp_path, f"[profile process]\ncredential_process = {sys.executable} {script}\n")
    assert who(aws, place, "process") == f"arn:aws:iam::{ACCOUNT}:user/ann"


@pytest.fixture
def web_role(server: ServerProcess) -> str:
    iam = server.client("iam")
    provider = iam.create_open_id_connect_provider(Url=ISSUER, ClientIDList=["sts.amazonaws.com"])
    trust = trusting(
        {"Federated": provider["OpenIDConnectProviderArn"]},
        "sts:AssumeRoleWithWebIdentity",
        Condition={"StringEquals": {"id.example.com:sub": "job-7"}},
    )
    role: str = iam.create_role(RoleName="Web", AssumeRolePolicyDocument=trust)["Role"]["Arn"]
    return role


def test_the_cli_takes_a_web_identity_from_a_file(
    web_role: str, aws: Aws, place: dict[str, str], tmp_path: Path
) -> None:
    file = tmp_path / "token"
    file.write_text(token("job-7"))
    configured(
        tmp_path,
        f"[profile web]\nrole_arn = {web_role}\nweb_identity_token_file = {file}\nrole_session_name = job\n",
    )
    assert who(aws, place, "web") == f"arn:aws:sts::{ACCOUNT}:assumed-role/Web/job"
    variables = {
        **place,
        "AWS_ROLE_ARN": web_role,
        "AWS_WEB_IDENTITY_TOKEN_FILE": str(file),
        "AWS_ROLE_SESSION_NAME": "variables",
    }
    assert answer_of(aws(variables, "sts", "get-caller-identity"))["Arn"].endswith("Web/variables")
    file.write_text(token("job-8"))
    refused = aws(variables, "sts", "get-caller-identity")
    assert "Not authorized to perform sts:AssumeRoleWithWebIdentity" in refused.stderr


def test_boto3_takes_a_profile_with_a_role(
    server: ServerProcess,
    place: dict[str, str],
    ann: dict[str, str],
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    server.client("iam").create_role(
        RoleName="Admin", AssumeRolePolicyDocument=trusting({"AWS": f"arn:aws:iam::{ACCOUNT}:user/ann"})
    )
    configured(
        tmp_path,
        f"[profile admin]\nrole_arn = arn:aws:iam::{ACCOUNT}:role/Admin\nsource_profile = ann\n",
        f"[ann]\n{keys(ann)}",
    )
    monkeypatch.setenv("AWS_CONFIG_FILE", str(tmp_path / ".aws" / "config"))
    monkeypatch.setenv("AWS_SHARED_CREDENTIALS_FILE", str(tmp_path / ".aws" / "credentials"))
    for name, value in place.items():
        monkeypatch.setenv(name, value)
    session = boto3.session.Session(profile_name="admin")
    assert "assumed-role/Admin/botocore-session-" in session.client("sts").get_caller_identity()["Arn"]


# ---- what else people lean on in the aws CLI


def make_roles(server: ServerProcess, number: int) -> None:
    iam = server.client("iam")
    for index in range(number):
        iam.create_role(
            RoleName=f"r{index}", AssumeRolePolicyDocument=trusting({"Service": "sagemaker.amazonaws.com"})
        )


def test_the_cli_pages_and_queries(server: ServerProcess, aws: Aws) -> None:
    make_roles(server, 7)
    root = server.environment()
    names = ["--query", "Roles[].RoleName"]
    every = answer_of(aws(root, "iam", "list-roles", *names, "--page-size", "2"))
    assert every == [f"r{index}" for index in range(7)]
    some = answer_of(aws(root, "iam", "list-roles", "--max-items", "3", "--page-size", "2"))
    assert [role["RoleName"] for role in some["Roles"]] == ["r0", "r1", "r2"]
    rest = answer_of(aws(root, "iam", "list-roles", *names, "--starting-token", some["NextToken"]))
    assert rest == ["r3", "r4", "r5", "r6"]
    chosen = answer_of(aws(root, "iam", "list-roles", "--query", "Roles[?RoleName=='r5'].Arn | [0]"))
    assert chosen == f"arn:aws:iam::{ACCOUNT}:role/r5"


@pytest.mark.parametrize(
    ("make", "wait"),
    [
        (["create-user", "--user-name", "zoe"], ["user-exists", "--user-name", "zoe"]),
        (
            ["create-role", "--role-name", "R", "--assume-role-policy-document", trusting({"AWS": ACCOUNT})],
            ["role-exists", "--role-name", "R"],
        ),
        (
            ["create-instance-profile", "--instance-profile-name", "P"],
            ["instance-profile-exists", "--instance-profile-name", "P"],
        ),
    ],
)
def test_the_cli_waits_until_something_is_there(
    server: ServerProcess, aws: Aws, make: list[str], wait: list[str]
) -> None:
    root = server.environment()
    answer_of(aws(root, "iam", *make))
    waited: subprocess.CompletedProcess[str] = aws(root, "iam", "wait", *wait)
    assert waited.returncode == 0, waited.stderr


def test_the_cli_waits_for_what_comes_later(server: ServerProcess, aws: Aws) -> None:
    """The first look finds nothing: IAM's 404 makes the waiter look again."""
    import threading

    root = server.environment()
    iam = server.client("iam")
    later = threading.Timer(2.0, lambda: iam.create_user(UserName="late"))
    later.start()
    waited = aws(root, "iam", "wait", "user-exists", "--user-name", "late")
    later.join()
    assert waited.returncode == 0, waited.stderr
