"""`rolecall export --organization-of` reads an organization as a profile says, and that seeds a server."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner, Result

from rolecall.cli.export import export
from rolecall.cli.seed import read
from rolecall.errors import InputError
from rolecall.seeds.applying import apply
from rolecall.seeds.in_process import Clients
from rolecall.server.assembly import Server
from rolecall.server.run import Running, running
from rolecall.server.settings import Settings

MANAGER, MEMBER = "999999999999", "123456789012"
DENY = {"Version": "2012-10-17", "Statement": [{"Effect": "Deny", "Action": "iam:CreateUser", "Resource": "*"}]}


@pytest.fixture(scope="module")
def aws() -> Iterator[Running]:
    """Stands for AWS: an organization with a member in a unit, and a guardrail on both."""
    with running(accounts=(MANAGER, MEMBER)) as server:
        manager = server.client("organizations")
        (key,) = [each for each in server.roots if each.account == MEMBER]
        manager.create_organization(FeatureSet="ALL")
        invitation = manager.invite_account_to_organization(Target={"Type": "ACCOUNT", "Id": MEMBER})["Handshake"]
        member = server.client(
            "organizations",
            aws_access_key_id=key.access_key_id,
            aws_secret_access_key=key.secret_access_key,
        )
        member.accept_handshake(HandshakeId=invitation["Id"])
        root = manager.list_roots()["Roots"][0]["Id"]
        manager.enable_policy_type(RootId=root, PolicyType="SERVICE_CONTROL_POLICY")
        unit = manager.create_organizational_unit(ParentId=root, Name="research")["OrganizationalUnit"]["Id"]
        manager.move_account(AccountId=MEMBER, SourceParentId=root, DestinationParentId=unit)
        policy = manager.create_policy(
            Name="no-users", Description="", Type="SERVICE_CONTROL_POLICY", Content=json.dumps(DENY)
        )["Policy"]["PolicySummary"]["Id"]
        for target in (unit, MEMBER):
            manager.attach_policy(PolicyId=policy, TargetId=target)
        yield server


@pytest.fixture
def profiles(aws: Running, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Profiles `manager` and `member` of the aws CLI, which point at the server."""
    lines = []
    for key in aws.roots:
        lines += [
            f"[profile {'manager' if key.account == MANAGER else 'member'}]",
            f"endpoint_url = {aws.endpoint}",
            "region = eu-central-1",
            f"aws_access_key_id = {key.access_key_id}",
            f"aws_secret_access_key = {key.secret_access_key}",
        ]
    (tmp_path / "config").write_text("\n".join(lines))
    monkeypatch.setenv("AWS_CONFIG_FILE", str(tmp_path / "config"))
    monkeypatch.setenv("AWS_SHARED_CREDENTIALS_FILE", str(tmp_path / "none"))


def run(*arguments: Any) -> Result:
    return CliRunner().invoke(export, [str(each) for each in arguments])


@pytest.mark.usefixtures("profiles")
def test_an_organization_of_aws_becomes_a_servers(aws: Running, tmp_path: Path) -> None:
    file = tmp_path / "organization.yaml"
    done = run("--organization-of", "manager", "--output", file)
    assert done.exit_code == 0, done.output
    world = read(str(file))
    assert world.region == "eu-central-1"
    with Clients(Server(Settings(ephemeral=True, accounts=(MANAGER, MEMBER))), world.region) as here:
        apply(world, here.of_root, here.wish)
        ours, theirs = here.of_root(MANAGER, "organizations"), aws.client("organizations")
        assert (
            ours.describe_organization()["Organization"]["Id"]
            == (theirs.describe_organization()["Organization"]["Id"])
        )
        (unit,) = theirs.list_parents(ChildId=MEMBER)["Parents"]
        assert ours.list_parents(ChildId=MEMBER)["Parents"] == [unit]
        for target in (unit["Id"], MEMBER):
            held = [
                {
                    each["Name"]
                    for each in client.list_policies_for_target(TargetId=target, Filter="SERVICE_CONTROL_POLICY")[
                        "Policies"
                    ]
                }
                for client in (ours, theirs)
            ]
            assert held == [{"FullAWSAccess", "no-users"}] * 2
        assert apply(world, here.of_root, here.wish) == ()


@pytest.mark.usefixtures("profiles")
@pytest.mark.parametrize(
    ("arguments", "says"),
    [
        (("--organization-of", "member"), f"account {MEMBER} manages no organization"),
        (("--organization-of", "nobody"), "The config profile (nobody) could not be found"),
        (("--organization-of", "manager", "--format", "aws"), "no --account, --data or --format aws"),
    ],
)
def test_what_cannot_be_read(arguments: tuple[str, ...], says: str) -> None:
    done = run(*arguments)
    assert isinstance(done.exception, InputError)
    assert says in str(done.exception)
