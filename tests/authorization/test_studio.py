"""Tags that Studio adds to what its users create (SageMaker 5.3)."""

from __future__ import annotations

from authorization.plain import ACCOUNT, PlainFacts, call, ports, studio_caller
from rolecall import catalog
from rolecall.authorization.api_call import ApiCall
from rolecall.authorization.requirements import expand
from rolecall.authorization.studio import with_automatic_tags, with_studio_tags

HOME = f"arn:aws:sagemaker:us-east-1:{ACCOUNT}"
DOMAIN = {"Key": "sagemaker:domain-arn", "Value": f"{HOME}:domain/d-1"}
PROFILE = {"Key": "sagemaker:user-profile-arn", "Value": f"{HOME}:user-profile/d-1/ann"}
ANN = studio_caller(domain_id="d-1", user_profile_name="ann")


def test_a_create_is_tagged_with_domain_and_user_profile() -> None:
    asked = call("sagemaker", "CreateModel", {"ModelName": "m"}, ANN)
    assert with_automatic_tags(asked) == {"ModelName": "m", "Tags": [DOMAIN, PROFILE]}


def test_a_space_takes_the_place_of_the_user_profile() -> None:
    space = studio_caller(domain_id="d-1", space_name="s")
    tags = with_automatic_tags(call("sagemaker", "CreateModel", {}, space))["Tags"]
    assert tags == [DOMAIN, {"Key": "sagemaker:space-arn", "Value": f"{HOME}:space/d-1/s"}]


def test_users_cannot_change_the_automatic_tags() -> None:
    own = {"Key": "team", "Value": "a"}
    forged = {"Key": "sagemaker:user-profile-arn", "Value": f"{HOME}:user-profile/d-1/bob"}
    asked = call("sagemaker", "CreateModel", {"Tags": [forged, own]}, ANN)
    assert with_automatic_tags(asked)["Tags"] == [own, DOMAIN, PROFILE]


def test_other_calls_stay_as_they_are() -> None:
    for untouched in (
        call("sagemaker", "CreateModel", {"ModelName": "m"}),
        call("sagemaker", "DescribeModel", {"ModelName": "m"}, ANN),
        call("sagemaker", "AddTags", {"ResourceArn": f"{HOME}:model/m", "Tags": []}, ANN),
        call("sagemaker", "CreatePresignedDomainUrl", {"DomainId": "d-1"}, ANN),
        call("sts", "GetCallerIdentity", {}, ANN),
    ):
        assert with_automatic_tags(untouched) == untouched.parameters


def test_a_create_without_a_tag_of_its_own_needs_leave_to_tag() -> None:
    asked = call("sagemaker", "CreateModel", {"ModelName": "m"}, ANN)
    tagged = ApiCall(
        service="sagemaker",
        operation="CreateModel",
        parameters=with_automatic_tags(asked),
        caller=ANN,
        account=ACCOUNT,
        region="us-east-1",
        now=asked.now,
    )
    assert [check.request.action for check in expand(tagged, ports(), catalog.load())] == [
        "sagemaker:CreateModel",
        "sagemaker:AddTags",
    ]


PLACES = {
    f"{HOME}:domain/d-1": {"cost": "domain", "team": "domain", "sagemaker:x": "1"},
    f"{HOME}:user-profile/d-1/ann": {"team": "ann", "own": "ann"},
}


def handing_down(propagation: str) -> PlainFacts:
    return PlainFacts(tags=PLACES, state={f"{HOME}:domain/d-1": {"TagPropagation": propagation}})


def test_a_domain_hands_its_tags_down_when_it_propagates_them() -> None:
    own = {"Key": "own", "Value": "mine"}
    asked = call("sagemaker", "CreateModel", {"Tags": [own]}, ANN)
    handed = [{"Key": "cost", "Value": "domain"}, {"Key": "team", "Value": "ann"}]
    assert with_studio_tags(asked, handing_down("ENABLED"))["Tags"] == [own, DOMAIN, PROFILE, *handed]
    assert with_studio_tags(asked, handing_down("DISABLED"))["Tags"] == [own, DOMAIN, PROFILE]


def test_what_is_handed_down_takes_the_room_that_is_left() -> None:
    own = [{"Key": f"k{number}", "Value": ""} for number in range(47)]
    asked = call("sagemaker", "CreateModel", {"Tags": own}, ANN)
    tags = with_studio_tags(asked, handing_down("ENABLED"))["Tags"]
    assert tags == [*own, DOMAIN, PROFILE, {"Key": "cost", "Value": "domain"}]


def test_a_version_of_a_model_package_group_is_not_tagged() -> None:
    version = call("sagemaker", "CreateModelPackage", {"ModelPackageGroupName": "g"}, ANN)
    assert with_studio_tags(version, handing_down("ENABLED")) == version.parameters
    alone = call("sagemaker", "CreateModelPackage", {"ModelPackageName": "p"}, ANN)
    assert with_automatic_tags(alone)["Tags"] == [DOMAIN, PROFILE]
