"""Studio's policies on the server: private spaces, remote access, tags that a domain hands down."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest
from botocore.exceptions import ClientError

from rolecall.server import running
from server.conftest import allow
from server.test_studio import ANN, BEN, TAG, Studio, denied

SPACES = "arn:aws:sagemaker:*:*:space/${sagemaker:DomainId}/*"
OWNER = "arn:aws:sagemaker:*:*:user-profile/${sagemaker:DomainId}/${sagemaker:UserProfileName}"


@pytest.fixture(scope="module")
def studio() -> Iterator[Studio]:
    with running(time_scale=1e6) as up:
        yield Studio(up)


def private_spaces() -> tuple[dict[str, Any], ...]:
    """Users make, change and delete private spaces of their own, and run applications in them."""
    condition = {
        "ArnLike": {"sagemaker:OwnerUserProfileArn": OWNER},
        "StringEquals": {"sagemaker:SpaceSharingType": ["Private"]},
    }
    spaces = ("sagemaker:CreateSpace", "sagemaker:UpdateSpace", "sagemaker:DeleteSpace")
    apps = ("sagemaker:CreateApp", "sagemaker:DeleteApp")
    return (
        allow(*spaces, Resource=SPACES, Condition=condition),
        allow(*apps, Resource="arn:aws:sagemaker:*:*:app/${sagemaker:DomainId}/*", Condition=condition),
        TAG,
    )


def space(studio: Studio, client: Any, name: str, owner: str, sharing: str = "Private", **settings: Any) -> None:
    client.create_space(
        DomainId=studio.domain,
        SpaceName=name,
        OwnershipSettings={"OwnerUserProfileName": owner},
        SpaceSharingSettings={"SharingType": sharing},
        SpaceSettings={"AppType": "JupyterLab", **settings},
    )


def test_users_have_private_spaces_of_their_own(studio: Studio) -> None:
    studio.may(*private_spaces())
    ann, ben = studio.acting(ANN), studio.acting(BEN)
    space(studio, ann, "mine", "ann")
    app = {"DomainId": studio.domain, "SpaceName": "mine", "AppType": "JupyterLab", "AppName": "default"}
    assert "sagemaker:CreateApp" in denied(ben.create_app, **app)
    assert ann.create_app(**app)["AppArn"]
    assert "sagemaker:CreateSpace" in denied(space, studio, ann, "theirs", "ben")
    assert "sagemaker:CreateSpace" in denied(space, studio, ann, "everybody's", "ann", "Shared")
    gone = {"DomainId": studio.domain, "SpaceName": "mine"}
    assert "sagemaker:DeleteApp" in denied(ben.delete_app, **app)
    assert "sagemaker:UpdateSpace" in denied(ben.update_space, **gone)
    assert "sagemaker:DeleteSpace" in denied(ben.delete_space, **gone)
    ann.delete_app(**app)
    ann.delete_space(**gone)


def test_remote_access_is_to_one_s_own_spaces(studio: Studio) -> None:
    """The policy of "Set up remote access": by the tag that Studio puts on what a user makes."""
    connect = allow(
        "sagemaker:StartSession",
        Resource=SPACES,
        Condition={"ArnLike": {"sagemaker:ResourceTag/sagemaker:user-profile-arn": OWNER}},
    )
    studio.may(*private_spaces(), connect)
    ann, ben = studio.acting(ANN), studio.acting(BEN)
    space(studio, ann, "lab", "ann", RemoteAccess="ENABLED")
    app = {"DomainId": studio.domain, "SpaceName": "lab", "AppType": "JupyterLab", "AppName": "default"}
    ann.create_app(**app)
    arn = studio.arn("space/<domain>/lab")
    session = ann.start_session(ResourceIdentifier=arn)
    assert session["SessionId"]
    assert session["TokenValue"]
    assert "sagemaker:StartSession" in denied(ben.start_session, ResourceIdentifier=arn)


def test_remote_access_is_switched_on_by_those_who_may(studio: Studio) -> None:
    off = {"StringEqualsIfExists": {"sagemaker:RemoteAccess": "DISABLED"}}
    studio.may(allow("sagemaker:CreateSpace", "sagemaker:UpdateSpace", Condition=off), TAG)
    ann = studio.acting(ANN)
    assert "sagemaker:CreateSpace" in denied(space, studio, ann, "far", "ann", RemoteAccess="ENABLED")
    space(studio, ann, "far", "ann", RemoteAccess="DISABLED")
    with pytest.raises(ClientError) as caught:
        studio.root.start_session(ResourceIdentifier=studio.arn("space/<domain>/far"))
    assert caught.value.response["Error"]["Code"] == "ValidationException"
    on = {"RemoteAccess": "ENABLED"}
    change = {"DomainId": studio.domain, "SpaceName": "far", "SpaceSettings": on}
    assert "sagemaker:UpdateSpace" in denied(ann.update_space, **change)


def test_a_domain_hands_down_its_own_tags_when_told_to(studio: Studio) -> None:
    studio.may(allow("sagemaker:CreateModel", "iam:PassRole"), TAG)
    domain = studio.arn("domain/<domain>")
    studio.root.add_tags(ResourceArn=domain, Tags=[{"Key": "cost", "Value": "42"}])
    studio.root.add_tags(ResourceArn=studio.arn(ANN), Tags=[{"Key": "team", "Value": "blue"}])
    ann = studio.acting(ANN)
    assert "cost" not in studio.tags(studio.model(ann, "before"))
    studio.root.update_domain(DomainId=studio.domain, TagPropagation="ENABLED")
    assert studio.tags(studio.model(ann, "after")).items() >= {"cost": "42", "team": "blue"}.items()
    # Leave to tag is needed for what is handed down as for everything else.
    mine = {"ForAllValues:StringLike": {"aws:TagKeys": ["sagemaker:*", "team"]}}
    studio.may(allow("sagemaker:CreateModel", "iam:PassRole"), allow("sagemaker:AddTags", Condition=mine))
    assert "sagemaker:AddTags" in denied(studio.model, ann, "denied")
    studio.root.update_domain(DomainId=studio.domain, TagPropagation="DISABLED")
    studio.model(ann, "again")


def test_what_a_version_is_registered_under_is_the_group_s_affair(studio: Studio) -> None:
    """A version takes no tags, so Studio's users need no leave to tag it."""
    studio.may(allow("sagemaker:CreateModelPackage"))
    studio.root.create_model_package_group(ModelPackageGroupName="g", Tags=[{"Key": "team", "Value": "blue"}])
    made = studio.acting(ANN).create_model_package(ModelPackageGroupName="g")["ModelPackageArn"]
    assert studio.tags(made) == {"team": "blue"}
    read = allow("sagemaker:DescribeModelPackage", Condition={"StringEquals": {"aws:ResourceTag/team": "blue"}})
    studio.may(read)
    assert studio.acting(ANN).describe_model_package(ModelPackageName=made)["ModelPackageVersion"] == 1
