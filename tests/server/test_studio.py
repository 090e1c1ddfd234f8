"""Studio end to end: who acts, what is tagged, what a denial of the automatic tags says, where variables stand."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import boto3
import pytest
from botocore.exceptions import ClientError

from rolecall.connection import Connection
from rolecall.errors import Refused
from rolecall.server import Running, running
from rolecall.server.run import write_run_file
from server.conftest import SAGEMAKER, allow, deny, policy

ACCOUNT = "123456789012"
WORK = allow("sagemaker:Create*", "iam:PassRole")
TAG = allow("sagemaker:AddTags", Condition={"Null": {"sagemaker:TaggingAction": "false"}})
IMAGE = f"{ACCOUNT}.dkr.ecr.us-east-1.amazonaws.com/serve:1"
NAMED = "arn:aws:sagemaker:us-east-1:" + ACCOUNT


class Studio:
    """A domain with the users ann and ben, whose execution role may do what `may` says."""

    def __init__(self, up: Running) -> None:
        self.up = up
        self.boto: Any = boto3.session.Session(region_name=up.region)
        self.iam, self.root = self.client("iam"), self.client("sagemaker")
        self.role = self.iam.create_role(RoleName="Exec", AssumeRolePolicyDocument=json.dumps(SAGEMAKER))["Role"][
            "Arn"
        ]
        self.domain = self.root.create_domain(
            DomainName="studio",
            AuthMode="IAM",
            DefaultUserSettings={"ExecutionRole": self.role},
            DefaultSpaceSettings={"ExecutionRole": self.role},
            SubnetIds=["subnet-12345678"],
            VpcId="vpc-12345678",
        )["DomainArn"].rpartition("/")[2]
        for name in ("ann", "ben"):
            self.root.create_user_profile(DomainId=self.domain, UserProfileName=name)
        self.root.create_space(
            DomainId=self.domain,
            SpaceName="own",
            OwnershipSettings={"OwnerUserProfileName": "ann"},
            SpaceSharingSettings={"SharingType": "Private"},
        )
        self.root.create_space(
            DomainId=self.domain,
            SpaceName="team",
            OwnershipSettings={"OwnerUserProfileName": "ann"},
            SpaceSharingSettings={"SharingType": "Shared"},
        )

    def client(self, service: str, keys: dict[str, str] | None = None) -> Any:
        root = {"aws_access_key_id": self.up.access_key_id, "aws_secret_access_key": self.up.secret_access_key}
        return self.boto.client(service, endpoint_url=self.up.endpoint, **(keys or root))

    def may(self, *statements: dict[str, Any]) -> None:
        self.iam.put_role_policy(RoleName="Exec", PolicyName="work", PolicyDocument=policy(*statements))

    def arn(self, path: str) -> str:
        return f"{NAMED}:{path.replace('<domain>', self.domain)}"

    def keys(self, path: str) -> dict[str, str]:
        """Credentials of a user profile, a space or an app."""
        root = Connection(
            endpoint=self.up.endpoint,
            access_key_id=self.up.access_key_id,
            secret_access_key=self.up.secret_access_key,
        )
        return root.acting_as(self.arn(path)).keys()

    def acting(self, path: str, service: str = "sagemaker") -> Any:
        return self.client(service, self.keys(path))

    def model(self, client: Any, name: str, **more: Any) -> str:
        made = client.create_model(
            ModelName=name, ExecutionRoleArn=self.role, PrimaryContainer={"Image": IMAGE}, **more
        )
        return str(made["ModelArn"])

    def tags(self, arn: str) -> dict[str, str]:
        return {tag["Key"]: tag["Value"] for tag in self.root.list_tags(ResourceArn=arn)["Tags"]}


@pytest.fixture(scope="module")
def studio() -> Iterator[Studio]:
    with running(time_scale=1e6) as up:
        yield Studio(up)


@pytest.fixture(autouse=True)
def _as_it_was(studio: Studio) -> Iterator[None]:
    """Every test begins with the same permissions."""
    studio.may(WORK, TAG)
    yield
    studio.iam.update_assume_role_policy(RoleName="Exec", PolicyDocument=json.dumps(SAGEMAKER))


ANN, BEN = "user-profile/<domain>/ann", "user-profile/<domain>/ben"
OWN, TEAM = "space/<domain>/own", "space/<domain>/team"


def denied(call: Any, *arguments: Any, **parameters: Any) -> str:
    with pytest.raises(ClientError) as caught:
        call(*arguments, **parameters)
    assert caught.value.response["Error"]["Code"] == "AccessDeniedException"
    return str(caught.value.response["Error"]["Message"])


TAGS = {
    ANN: {"sagemaker:domain-arn": "domain/<domain>", "sagemaker:user-profile-arn": ANN},
    OWN: {
        "sagemaker:domain-arn": "domain/<domain>",
        "sagemaker:user-profile-arn": ANN,
        "sagemaker:space-arn": OWN,
    },
    TEAM: {"sagemaker:domain-arn": "domain/<domain>", "sagemaker:space-arn": TEAM},
}


@pytest.mark.parametrize("path", TAGS)
def test_everything_carries_where_it_was_made(studio: Studio, path: str) -> None:
    arn = studio.model(studio.acting(path), f"m-{path.rpartition('/')[2]}", Tags=[{"Key": "team", "Value": "a"}])
    wanted = {key: studio.arn(value) for key, value in TAGS[path].items()}
    assert studio.tags(arn) == {"team": "a", **wanted}


def test_an_app_acts_for_its_space(studio: Studio) -> None:
    studio.root.create_app(DomainId=studio.domain, SpaceName="own", AppType="JupyterLab", AppName="default")
    arn = studio.model(studio.acting("app/<domain>/own/JupyterLab/default"), "m-app")
    assert studio.tags(arn) == {key: studio.arn(value) for key, value in TAGS[OWN].items()}


def test_without_add_tags_nothing_can_be_made_even_where_no_tag_was_asked_for(studio: Studio) -> None:
    studio.may(WORK)
    assert denied(studio.model, studio.acting(ANN), "untagged") == (
        f"User: arn:aws:sts::{ACCOUNT}:assumed-role/Exec/SageMaker is not authorized to perform: "
        f"sagemaker:AddTags on resource: {NAMED}:model/untagged because no identity-based policy allows the "
        "sagemaker:AddTags action"
    )


def test_a_boundary_forbids_the_automatic_tags(studio: Studio) -> None:
    boundary = studio.iam.create_policy(PolicyName="Limit", PolicyDocument=policy(WORK))["Policy"]["Arn"]
    studio.iam.put_role_permissions_boundary(RoleName="Exec", PermissionsBoundary=boundary)
    try:
        message = denied(studio.model, studio.acting(ANN), "bounded")
    finally:
        studio.iam.delete_role_permissions_boundary(RoleName="Exec")
    assert message.endswith("because no permissions boundary allows the sagemaker:AddTags action")


def test_a_list_of_allowed_tag_keys_forbids_the_automatic_tags(studio: Studio) -> None:
    guard = deny("sagemaker:Create*", Condition={"ForAnyValue:StringNotEquals": {"aws:TagKeys": ["team"]}})
    studio.may(WORK, TAG, guard)
    message = denied(studio.model, studio.acting(ANN), "listed", Tags=[{"Key": "team", "Value": "a"}])
    assert "sagemaker:CreateModel" in message
    assert "explicit deny in an identity-based policy" in message
    own = {"aws:TagKeys": ["team", "sagemaker:*"]}
    studio.may(WORK, TAG, deny("sagemaker:Create*", Condition={"ForAnyValue:StringNotLike": own}))
    assert studio.model(studio.acting(ANN), "listed", Tags=[{"Key": "team", "Value": "a"}])


def test_tagging_action_tells_a_creation_from_tagging_what_exists(studio: Studio) -> None:
    ann = studio.acting(ANN)
    arn = studio.model(ann, "tag-later")
    assert "sagemaker:AddTags" in denied(ann.add_tags, ResourceArn=arn, Tags=[{"Key": "team", "Value": "b"}])
    only = allow("sagemaker:AddTags", Condition={"StringEquals": {"sagemaker:TaggingAction": "CreateModel"}})
    studio.may(WORK, only)
    assert studio.model(ann, "tag-models")
    variant = {
        "VariantName": "v",
        "ModelName": "tag-models",
        "InitialInstanceCount": 1,
        "InstanceType": "ml.m5.large",
    }
    assert "sagemaker:AddTags" in denied(
        ann.create_endpoint_config, EndpointConfigName="tag-configs", ProductionVariants=[variant]
    )


def test_users_cannot_pretend_to_be_elsewhere(studio: Studio) -> None:
    forged = [{"Key": "sagemaker:user-profile-arn", "Value": studio.arn(BEN)}]
    assert studio.tags(studio.model(studio.acting(ANN), "forged", Tags=forged))[
        "sagemaker:user-profile-arn"
    ] == studio.arn(ANN)


def test_the_variables_name_the_domain_and_the_user_but_no_user_in_shared_spaces(studio: Studio) -> None:
    mine = "arn:aws:sagemaker:*:*:user-profile/${sagemaker:DomainId}/${sagemaker:UserProfileName}"
    studio.may(allow("sagemaker:DescribeUserProfile", Resource=mine))

    def ask(who: str, name: str) -> Any:
        client = studio.acting(who)
        return client.describe_user_profile(DomainId=studio.domain, UserProfileName=name)

    assert ask(ANN, "ann")["UserProfileName"] == "ann"
    assert ask(OWN, "ann")["UserProfileName"] == "ann"
    for who, name in ((ANN, "ben"), (TEAM, "ann"), (BEN, "ann")):
        assert "DescribeUserProfile" in denied(ask, who, name)
    studio.may(allow("sagemaker:DescribeDomain", Resource="arn:aws:sagemaker:*:*:domain/${sagemaker:DomainId}"))
    assert studio.acting(TEAM).describe_domain(DomainId=studio.domain)["DomainId"] == studio.domain


def test_outside_studio_the_variables_have_no_value(studio: Studio) -> None:
    studio.may(allow("sagemaker:DescribeDomain", Resource="arn:aws:sagemaker:*:*:domain/${sagemaker:DomainId}"))
    root = Connection(
        endpoint=studio.up.endpoint,
        access_key_id=studio.up.access_key_id,
        secret_access_key=studio.up.secret_access_key,
    )
    plain = studio.client("sagemaker", root.acting_as(studio.role).keys())
    assert "DescribeDomain" in denied(plain.describe_domain, DomainId=studio.domain)


def test_the_source_identity_is_the_user_where_the_domain_says_so(studio: Studio) -> None:
    def configure(value: str) -> None:
        studio.root.update_domain(
            DomainId=studio.domain, DomainSettingsForUpdate={"ExecutionRoleIdentityConfig": value}
        )

    configure("USER_PROFILE_NAME")
    try:
        with pytest.raises(Refused, match="unable to perform: sts:SetSourceIdentity"):
            studio.acting(ANN)
        both = {**SAGEMAKER["Statement"][0], "Action": ["sts:AssumeRole", "sts:SetSourceIdentity"]}
        studio.iam.update_assume_role_policy(RoleName="Exec", PolicyDocument=policy(both))
        studio.may(WORK, TAG, deny("sagemaker:*", Condition={"StringEquals": {"aws:SourceIdentity": "ben"}}))
        studio.model(studio.acting(ANN), "known-as-ann")
        assert "explicit deny" in denied(studio.model, studio.acting(BEN), "known-as-ben")
        # The identity goes on into every role of the chain.
        onwards = policy(
            {
                "Effect": "Allow",
                "Principal": {"AWS": studio.role},
                "Action": ["sts:AssumeRole", "sts:SetSourceIdentity"],
            }
        )
        role = studio.iam.create_role(RoleName="Onwards", AssumeRolePolicyDocument=onwards)["Role"]["Arn"]
        chained = studio.acting(ANN, "sts").assume_role(RoleArn=role, RoleSessionName="s1")
        assert chained["SourceIdentity"] == "ann"
    finally:
        configure("DISABLED")


def test_the_session_is_named_after_the_user_where_the_settings_say_so(studio: Studio) -> None:
    def name() -> str:
        return str(studio.acting(BEN, "sts").get_caller_identity()["Arn"])

    assert name().endswith("assumed-role/Exec/SageMaker")
    portal = {"StudioWebPortalSettings": {"ExecutionRoleSessionNameMode": "USER_IDENTITY"}}
    studio.root.update_user_profile(DomainId=studio.domain, UserProfileName="ben", UserSettings=portal)
    assert name().endswith("assumed-role/Exec/ben")


def test_studio_opens_no_session_of_a_role_that_does_not_trust_it_any_more(studio: Studio) -> None:
    running_session = studio.acting(ANN)
    nobody = policy({**SAGEMAKER["Statement"][0], "Principal": {"Service": "lambda.amazonaws.com"}})
    studio.iam.update_assume_role_policy(RoleName="Exec", PolicyDocument=nobody)
    with pytest.raises(Refused, match="unable to perform: sts:AssumeRole on the role"):
        studio.acting(ANN)
    # A session that is open stays open, as everywhere: trust is asked when a role is assumed.
    assert running_session.create_model_package_group(ModelPackageGroupName="still-open")


@pytest.mark.parametrize("path", [ANN, TEAM])
def test_exec_runs_a_command_as_a_user_or_a_space(studio: Studio, path: str, tmp_path: Path) -> None:
    write_run_file(tmp_path / "run.json", studio.up)
    program = "import boto3; print(boto3.client('sts').get_caller_identity()['Arn'])"
    done = subprocess.run(
        [
            str(Path(sys.executable).parent / "rolecall"),
            *("exec", "--data", str(tmp_path), "--as", studio.arn(path), "--", sys.executable, "-c", program),
        ],
        capture_output=True,
        text=True,
        env={name: value for name, value in os.environ.items() if not name.startswith("AWS_")},
    )
    assert done.returncode == 0, done.stderr
    assert done.stdout.strip() == f"arn:aws:sts::{ACCOUNT}:assumed-role/Exec/SageMaker"
