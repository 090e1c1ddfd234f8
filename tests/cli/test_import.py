"""`rolecall import` against servers: round trips, what it refuses, and that decisions follow."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any
from urllib.parse import quote

import pytest
from botocore.exceptions import ClientError
from click.testing import CliRunner, Result

from rolecall.cli.import_ import import_
from rolecall.connection import RUN_FILE, Connection
from rolecall.errors import InputError, RolecallError
from rolecall.seeds.exporting import details
from rolecall.server.run import Running, running, write_run_file

ACCOUNT = "123456789012"
OTHER = "111122223333"
DATE = "2024-01-02T03:04:05+00:00"
LISTS = ("UserDetailList", "GroupDetailList", "RoleDetailList", "Policies")


def allow(*actions: str) -> dict[str, Any]:
    return {"Version": "2012-10-17", "Statement": [{"Effect": "Allow", "Action": list(actions), "Resource": "*"}]}


def trusting(principal: dict[str, str]) -> dict[str, Any]:
    statement = {"Effect": "Allow", "Action": "sts:AssumeRole", "Principal": principal}
    return {"Version": "2012-10-17", "Statement": [statement]}


def entity(kind: str, letters: str, name: str, account: str = ACCOUNT, **members: Any) -> dict[str, Any]:
    """A user, group or role as AWS lists it. The id is the prefix and the name in letters that ids have."""
    noun = kind.capitalize()
    ident = letters + "".join(letter for letter in name.upper() if letter.isalpha()).ljust(17, "A")[:17]
    return {
        "Path": "/",
        f"{noun}Name": name,
        f"{noun}Id": ident,
        "Arn": f"arn:aws:iam::{account}:{kind}/{name}",
        "CreateDate": DATE,
        f"{noun}PolicyList": [],
        "AttachedManagedPolicies": [],
        **members,
    }


def policy(arn: str, ident: str, document: Any, version: str = "v1") -> dict[str, Any]:
    return {
        "PolicyName": arn.rpartition("/")[2],
        "PolicyId": ident,
        "Arn": arn,
        "Path": "/",
        "DefaultVersionId": version,
        "CreateDate": DATE,
        "UpdateDate": DATE,
        "PolicyVersionList": [
            {"VersionId": version, "IsDefaultVersion": True, "CreateDate": DATE, "Document": document}
        ],
    }


# Written by hand after the answer of GetAccountAuthorizationDetails (IAM API Reference).
ATTACHED = "arn:aws:iam::aws:policy/NotInTheCatalogue"
EXPORTED: dict[str, Any] = {
    "UserDetailList": [
        entity(
            "user",
            "AIDA",
            "bob",
            GroupList=["devs"],
            Tags=[{"Key": "team", "Value": "ml"}],
            PermissionsBoundary={
                "PermissionsBoundaryType": "Policy",
                "PermissionsBoundaryArn": f"arn:aws:iam::{ACCOUNT}:policy/edge",
            },
        )
    ],
    "GroupDetailList": [
        entity(
            "group",
            "AGPA",
            "devs",
            GroupPolicyList=[{"PolicyName": "g", "PolicyDocument": allow("sts:AssumeRole")}],
        )
    ],
    "RoleDetailList": [
        entity(
            "role",
            "AROA",
            "Early",
            AssumeRolePolicyDocument=trusting({"AWS": f"arn:aws:iam::{ACCOUNT}:role/Late"}),
            InstanceProfileList=[
                {
                    "Path": "/",
                    "InstanceProfileName": "holder",
                    "InstanceProfileId": "AIPAHOLDERAAAAAAAAAAA",
                    "Arn": f"arn:aws:iam::{ACCOUNT}:instance-profile/holder",
                    "CreateDate": DATE,
                    "Roles": [],
                }
            ],
        ),
        entity(
            "role",
            "AROA",
            "Late",
            AssumeRolePolicyDocument=trusting({"AWS": f"arn:aws:iam::{ACCOUNT}:user/bob"}),
            AttachedManagedPolicies=[{"PolicyName": "NotInTheCatalogue", "PolicyArn": ATTACHED}],
            RoleLastUsed={"LastUsedDate": DATE, "Region": "eu-central-1"},
        ),
    ],
    "Policies": [
        policy(f"arn:aws:iam::{ACCOUNT}:policy/edge", "ANPAEDGEAAAAAAAAAAAAA", allow("*"), "v7"),
        policy(ATTACHED, "ANPAAWSAAAAAAAAAAAAAA", allow("iam:ListUsers"), "v3"),
    ],
}


@pytest.fixture
def server() -> Iterator[Running]:
    with running(accounts=(ACCOUNT, OTHER)) as server:
        yield server


def run(server: Running, folder: Path, *arguments: Any) -> Result:
    """The command, with files written from what is no text."""
    folder.mkdir(exist_ok=True)
    write_run_file(folder / RUN_FILE, server)
    files = []
    for number, given in enumerate(arguments):
        if isinstance(given, str) and given.startswith("--"):
            files.append(given)
            continue
        if isinstance(given, str) and files and files[-1].startswith("--"):
            files.append(given)
            continue
        file = folder / f"{number}.json"
        file.write_text(given if isinstance(given, str) else json.dumps(given))
        files.append(str(file))
    return CliRunner().invoke(import_, [*files, "--data", str(folder)])


def done(result: Result) -> str:
    assert result.exception is None, result.exception
    return result.stdout


def refused(result: Result) -> str:
    assert isinstance(result.exception, RolecallError), result.output
    return str(result.exception)


def plain(exported: dict[str, Any]) -> dict[str, Any]:
    return dict(json.loads(json.dumps(exported, default=lambda value: value.isoformat())))


def test_a_round_trip_changes_nothing(server: Running, tmp_path: Path) -> None:
    assert done(run(server, tmp_path / "a", EXPORTED)) == f"{ACCOUNT}: 6 made, 0 changed, 0 as they were\n"
    first = plain(details(server.client("iam")))
    with running() as another:
        done(run(another, tmp_path / "b", first))
        assert plain(details(another.client("iam"))) == first
        again = done(run(another, tmp_path / "b", first))
        assert again == f"{ACCOUNT}: 0 made, 0 changed, 6 as they were\n"
        assert plain(details(another.client("iam"))) == first


def test_a_role_in_an_instance_profile_keeps_what_is_told_there(server: Running, tmp_path: Path) -> None:
    iam = server.client("iam")
    document = json.dumps(trusting({"Service": "ec2.amazonaws.com"}))
    iam.create_role(RoleName="R", AssumeRolePolicyDocument=document, Description="d", MaxSessionDuration=7200)
    iam.create_instance_profile(InstanceProfileName="P")
    iam.add_role_to_instance_profile(InstanceProfileName="P", RoleName="R")
    first = plain(details(iam))
    with running() as another:
        done(run(another, tmp_path, first))
        assert plain(details(another.client("iam"))) == first
        role = another.client("iam").get_role(RoleName="R")["Role"]
        assert (role["Description"], role["MaxSessionDuration"]) == ("d", 7200)


def test_what_was_exported_comes_out_as_it_went_in(server: Running, tmp_path: Path) -> None:
    done(run(server, tmp_path, EXPORTED))
    found = plain(details(server.client("iam")))
    for name in LISTS:
        wanted = {each["Arn"]: each for each in EXPORTED[name]}
        got = {each["Arn"]: each for each in found[name]}
        assert got.keys() == wanted.keys()
        for arn, members in wanted.items():
            for member, value in members.items():
                if member != "InstanceProfileList":
                    assert got[arn][member] == value, (arn, member)
    (profile,) = next(each for each in found["RoleDetailList"] if each["RoleName"] == "Early")[
        "InstanceProfileList"
    ]
    assert profile["InstanceProfileId"] == "AIPAHOLDERAAAAAAAAAAA"


def test_pages_encoded_documents_and_several_accounts(server: Running, tmp_path: Path) -> None:
    """As the wire has documents; pages in a list, one after the other, and by account."""
    role = EXPORTED["RoleDetailList"][1]
    encoded = {**role, "AssumeRolePolicyDocument": quote(json.dumps(role["AssumeRolePolicyDocument"]), safe="")}
    pages = [
        {"Policies": EXPORTED["Policies"]},
        {"UserDetailList": EXPORTED["UserDetailList"], "IsTruncated": False},
    ]
    rest = (
        json.dumps({"GroupDetailList": EXPORTED["GroupDetailList"]})
        + "\n"
        + json.dumps({"RoleDetailList": [encoded]})
    )
    zoe = {OTHER: {"UserDetailList": [entity("user", "AIDA", "zoe", OTHER)]}}
    said = done(run(server, tmp_path, pages, rest, zoe))
    assert said == f"{ACCOUNT}: 5 made, 0 changed, 0 as they were\n{OTHER}: 1 made, 0 changed, 0 as they were\n"
    shown = server.client("iam").get_role(RoleName="Late")["Role"]["AssumeRolePolicyDocument"]
    assert shown == role["AssumeRolePolicyDocument"]


def test_decisions_follow_the_import(server: Running, tmp_path: Path) -> None:
    done(run(server, tmp_path, EXPORTED))
    keys = server.client("iam").create_access_key(UserName="bob")["AccessKey"]
    late = f"arn:aws:iam::{ACCOUNT}:role/Late"
    assumed = server.client_with(keys, "sts").assume_role(RoleArn=late, RoleSessionName="session")
    iam = server.client_with(assumed["Credentials"], "iam")
    assert [each["UserName"] for each in iam.list_users()["Users"]] == ["bob"]
    with pytest.raises(ClientError, match="AccessDenied"):
        iam.list_roles()
    # Late came after Early, which trusts it, and is bound to it all the same.
    bound = entity("role", "AROA", "Late")["RoleId"]
    server.client("iam").delete_user_permissions_boundary(UserName="bob")
    root = server.client("iam")
    root.detach_role_policy(RoleName="Late", PolicyArn=ATTACHED)
    root.delete_role(RoleName="Late")
    shown = root.get_role(RoleName="Early")["Role"]["AssumeRolePolicyDocument"]
    assert shown["Statement"][0]["Principal"] == {"AWS": bound}


def test_a_newer_text_of_a_policy_of_aws_counts_at_once(server: Running, tmp_path: Path) -> None:
    done(run(server, tmp_path, EXPORTED))
    keys = server.client("iam").create_access_key(UserName="bob")["AccessKey"]
    late = f"arn:aws:iam::{ACCOUNT}:role/Late"
    assumed = server.client_with(keys, "sts").assume_role(RoleArn=late, RoleSessionName="session")
    iam = server.client_with(assumed["Credentials"], "iam")
    iam.list_users()
    newer = {
        **EXPORTED,
        "Policies": [
            EXPORTED["Policies"][0],
            policy(ATTACHED, "ANPAAWSAAAAAAAAAAAAAA", allow("iam:ListRoles"), "v4"),
        ],
    }
    assert done(run(server, tmp_path, newer)) == f"{ACCOUNT}: 0 made, 1 changed, 5 as they were\n"
    iam.list_roles()
    with pytest.raises(ClientError, match="AccessDenied"):
        iam.list_users()


def test_what_the_file_takes_away_is_gone(server: Running, tmp_path: Path) -> None:
    done(run(server, tmp_path, EXPORTED))
    bare = entity("user", "AIDA", "bob")
    assert (
        done(run(server, tmp_path, {"UserDetailList": [bare]}))
        == f"{ACCOUNT}: 0 made, 1 changed, 0 as they were\n"
    )
    (bob,) = plain(details(server.client("iam")))["UserDetailList"]
    assert (bob["GroupList"], bob["Tags"], "PermissionsBoundary" in bob) == ([], [], False)


def test_a_policy_that_nobody_has_is_named(server: Running, tmp_path: Path) -> None:
    without = {"RoleDetailList": [EXPORTED["RoleDetailList"][1]]}
    assert f"  {ATTACHED} is attached and not in the files" in done(run(server, tmp_path, without))


def test_an_account_moves_into_another(server: Running, tmp_path: Path) -> None:
    assert done(run(server, tmp_path, EXPORTED, "--into", OTHER)).startswith(f"{OTHER}: 6 made")
    key = next(key for key in server.roots if key.account == OTHER)
    iam = server.client("iam", aws_access_key_id=key.access_key_id, aws_secret_access_key=key.secret_access_key)
    principal = iam.get_role(RoleName="Late")["Role"]["AssumeRolePolicyDocument"]["Statement"][0]["Principal"]
    assert principal == {"AWS": f"arn:aws:iam::{OTHER}:user/bob"}


@pytest.mark.parametrize(
    ("content", "told"),
    [
        ("", "the file is empty"),
        ("{", "line 1, column 2"),
        ('{"Roles": []}', "expected Policies, GroupDetailList, UserDetailList, RoleDetailList"),
        ("[1]", "found 1"),
        ('{"RoleDetailList": [{}]}', "RoleDetailList has an entity without an Arn"),
        (
            {"UserDetailList": [entity("user", "AIDA", "ann", "999999999999")]},
            "the server has no account 999999999999",
        ),
        (
            {"RoleDetailList": [entity("role", "AROA", "R", AssumeRolePolicyDocument={"Statement": 7})]},
            f"a policy of arn:aws:iam::{ACCOUNT}:role/R cannot be read",
        ),
        ({"RoleDetailList": [entity("role", "AROA", "R")]}, "lacks 'AssumeRolePolicyDocument'"),
        (
            {"UserDetailList": [entity("user", "AIDA", "ann", Path="/other/")]},
            f"arn:aws:iam::{ACCOUNT}:user/ann is not the ARN of the user /other/ann",
        ),
        ({"UserDetailList": [entity("user", "AIDA", "ann", GroupList=["none"])]}, "is in the group none"),
    ],
)
def test_files_that_cannot_be_imported(server: Running, tmp_path: Path, content: Any, told: str) -> None:
    assert told in refused(run(server, tmp_path, content))
    assert plain(details(server.client("iam"))) == {name: [] for name in LISTS}


def test_only_root_imports(server: Running) -> None:
    iam = server.client("iam")
    iam.create_user(UserName="ann")
    iam.attach_user_policy(UserName="ann", PolicyArn="arn:aws:iam::aws:policy/AdministratorAccess")
    key = iam.create_access_key(UserName="ann")["AccessKey"]
    ann = Connection(
        endpoint=server.endpoint, access_key_id=key["AccessKeyId"], secret_access_key=key["SecretAccessKey"]
    )
    with pytest.raises(RolecallError, match="only the root user"):
        ann.call("POST", "/_rolecall/import", {"details": {}})
    with pytest.raises(InputError):
        ann.of_account(OTHER)


def root_of(server: Running, account: str) -> Connection:
    key = next(key for key in server.roots if key.account == account)
    return Connection(
        endpoint=server.endpoint, access_key_id=key.access_key_id, secret_access_key=key.secret_access_key
    )


def test_only_the_operators_root_changes_what_policies_of_aws_say(server: Running) -> None:
    """They count in every account: the root user of one must not give itself rights in the others."""
    iam = server.client("iam")
    iam.create_user(UserName="reader")
    iam.attach_user_policy(UserName="reader", PolicyArn="arn:aws:iam::aws:policy/ReadOnlyAccess")
    reader = server.client_with(iam.create_access_key(UserName="reader")["AccessKey"], "iam")
    wider = policy("arn:aws:iam::aws:policy/ReadOnlyAccess", "ANPAAWSAAAAAAAAAAAAAA", allow("*"), "v999")
    with pytest.raises(RolecallError, match="a policy of AWS that all accounts share"):
        root_of(server, OTHER).call("POST", "/_rolecall/import", {"details": {"Policies": [wider]}})
    with pytest.raises(ClientError, match="AccessDenied"):
        reader.create_user(UserName="more")


def test_a_root_user_imports_into_its_own_account(server: Running) -> None:
    ann = {"details": {"UserDetailList": [entity("user", "AIDA", "ann", OTHER)]}}
    with pytest.raises(RolecallError, match=f"only the root user of account {ACCOUNT}"):
        root_of(server, OTHER).call("POST", "/_rolecall/import", {"account": ACCOUNT})
    assert root_of(server, OTHER).call("POST", "/_rolecall/import", ann)["made"] == 1
    with pytest.raises(RolecallError, match="the server has no account 999999999999"):
        root_of(server, ACCOUNT).call("POST", "/_rolecall/import", {"account": "999999999999"})


def test_a_root_user_whom_control_policies_bind_does_not_get_past_them(server: Running) -> None:
    organizations = server.client("organizations")
    organizations.create_organization()
    root = organizations.list_roots()["Roots"][0]["Id"]
    organizations.enable_policy_type(RootId=root, PolicyType="SERVICE_CONTROL_POLICY")
    asked = organizations.invite_account_to_organization(Target={"Type": "ACCOUNT", "Id": OTHER})["Handshake"][
        "Id"
    ]
    member = root_of(server, OTHER)
    server.client("organizations", **member.keys()).accept_handshake(HandshakeId=asked)
    ann = {"details": {"UserDetailList": [entity("user", "AIDA", "ann", OTHER)]}}
    with pytest.raises(RolecallError, match="control policies bind the root user"):
        member.call("POST", "/_rolecall/import", ann)
    assert root_of(server, ACCOUNT).call("POST", "/_rolecall/import", {"account": OTHER, **ann})["made"] == 1


@pytest.mark.parametrize("principal", [{"AWS": ACCOUNT}, {"AWS": "*"}, "*", {"Federated": "accounts.google.com"}])
def test_a_service_linked_role_trusts_services_only(server: Running, tmp_path: Path, principal: Any) -> None:
    linked = {
        **entity("role", "AROA", "R", AssumeRolePolicyDocument=trusting(principal)),
        "Path": "/aws-service-role/batch.amazonaws.com/",
        "Arn": f"arn:aws:iam::{ACCOUNT}:role/aws-service-role/batch.amazonaws.com/R",
    }
    assert "only services can be trusted" in refused(run(server, tmp_path, {"RoleDetailList": [linked]}))
    linked["AssumeRolePolicyDocument"] = trusting({"Service": "batch.amazonaws.com"})
    assert done(run(server, tmp_path, {"RoleDetailList": [linked]})).startswith(f"{ACCOUNT}: 1 made")
    with pytest.raises(RolecallError, match="only its service works with it"):
        root_of(server, ACCOUNT).acting_as(linked["Arn"])
