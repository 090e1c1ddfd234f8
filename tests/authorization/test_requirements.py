"""What a call asks, and with which tags and keys (cases/authorization/requirements.yaml)."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
import yaml

from authorization.plain import ACCOUNT, call, ports, role_caller, session
from rolecall import catalog
from rolecall.authorization.requirements import ROWS, UnknownOperation, expand
from rolecall.authorization.resources import pieces
from rolecall.wire import models
from rolecall.wire.java_patterns import full_match

CASES = Path(__file__).parent.parent / "cases" / "authorization" / "requirements.yaml"
JOB = f"arn:aws:sagemaker:us-east-1:{ACCOUNT}:training-job/j"
ROLE = f"arn:aws:iam::{ACCOUNT}:role/R"


@pytest.mark.parametrize("case", yaml.safe_load(CASES.read_text()), ids=lambda case: case["name"])
def test_case(case: dict[str, Any]) -> None:
    asked = call(case["service"], case["operation"], case["parameters"])
    checks = expand(asked, ports(entities=case.get("entities")), catalog.load())
    assert [f"{check.request.action} on {check.request.resource.arn}" for check in checks] == case["asks"]
    if "printed" in case:
        assert [check.printed for check in checks] == case["printed"]


def test_an_operation_without_rows_is_no_allow() -> None:
    with pytest.raises(UnknownOperation):
        expand(call("sagemaker", "MakeCoffee", {}), ports(), catalog.load())


def values(service: str, operation: str, parameters: dict[str, object], **given: Any) -> list[dict[str, Any]]:
    """The contexts of a call's checks."""
    caller = given.pop("caller", None)
    checks = expand(call(service, operation, parameters, caller), ports(**given), catalog.load())
    return [dict(check.request.context.values) for check in checks]


def test_a_create_with_tags_has_them_as_request_and_resource_tags() -> None:
    creating, tagging = values(
        "sagemaker", "CreateTrainingJob", {"TrainingJobName": "j", "Tags": [{"Key": "Team", "Value": "a"}]}
    )
    for context in (creating, tagging):
        assert context["aws:requesttag/team"] == ("a",)
        assert context["aws:tagkeys"] == ("Team",)
    assert creating["aws:resourcetag/team"] == ("a",)
    assert creating["sagemaker:resourcetag/team"] == ("a",)
    assert "sagemaker:taggingaction" not in creating
    # The resource of the tagging has no tags yet.
    assert "aws:resourcetag/team" not in tagging
    assert tagging["sagemaker:taggingaction"] == ("CreateTrainingJob",)


def test_a_renamed_user_keeps_its_tags() -> None:
    ann = f"arn:aws:iam::{ACCOUNT}:user/ann"
    source, target = values(
        "iam",
        "UpdateUser",
        {"UserName": "ann", "NewUserName": "anna"},
        entities={"user/ann": ann},
        tags={ann: {"team": "a"}},
    )
    assert source["aws:resourcetag/team"] == target["aws:resourcetag/team"] == ("a",)


def test_keys_of_the_create_do_not_belong_to_the_tagging() -> None:
    _, tagging = values(
        "sagemaker", "CreateTrainingJob", {"TrainingJobName": "j", "Tags": [{"Key": "k", "Value": "v"}]}
    )
    assert "sagemaker:networkisolation" not in tagging


def test_a_direct_tagging_has_no_tagging_action_and_sees_the_stored_tags() -> None:
    (tagging,) = values(
        "sagemaker",
        "AddTags",
        {"ResourceArn": JOB, "Tags": [{"Key": "new", "Value": "v"}]},
        tags={JOB: {"old": "w"}},
    )
    assert "sagemaker:taggingaction" not in tagging
    assert tagging["aws:resourcetag/old"] == ("w",)
    assert "aws:resourcetag/new" not in tagging
    assert tagging["aws:requesttag/new"] == ("v",)


def test_removing_tags_has_their_keys_and_no_request_tag() -> None:
    (context,) = values("sagemaker", "DeleteTags", {"ResourceArn": JOB, "TagKeys": ["a", "b"]})
    assert context["aws:tagkeys"] == ("a", "b")
    assert not any(key.startswith("aws:requesttag/") for key in context)


def test_a_taken_name_does_not_show_its_tags_to_a_create() -> None:
    (context,) = values("sagemaker", "CreateTrainingJob", {"TrainingJobName": "j"}, tags={JOB: {"secret": "x"}})
    assert not any("resourcetag" in key for key in context)


def test_what_a_create_refers_to_has_its_stored_tags() -> None:
    config = f"arn:aws:sagemaker:us-east-1:{ACCOUNT}:endpoint-config/c"
    endpoint, of_config = values(
        "sagemaker",
        "CreateEndpoint",
        {"EndpointName": "e", "EndpointConfigName": "c"},
        tags={config: {"team": "a"}},
    )
    assert "aws:resourcetag/team" not in endpoint
    assert of_config["aws:resourcetag/team"] == ("a",)


def test_passing_a_role_has_its_own_keys_only() -> None:
    passing = values(
        "sagemaker",
        "CreateTrainingJob",
        {"TrainingJobName": "j", "RoleArn": ROLE, "Tags": [{"Key": "k", "Value": "v"}]},
        tags={ROLE: {"team": "a"}},
    )[1]
    assert passing["iam:passedtoservice"] == ("sagemaker.amazonaws.com",)
    assert not any(key.startswith(("sagemaker:", "aws:requesttag", "aws:resourcetag")) for key in passing)
    assert "aws:tagkeys" not in passing


def test_assuming_a_role_sees_the_tags_of_the_role_and_those_that_are_passed() -> None:
    (context, _) = values(
        "sts",
        "AssumeRole",
        {"RoleArn": ROLE, "RoleSessionName": "me", "ExternalId": "x", "Tags": [{"Key": "cost", "Value": "1"}]},
        tags={ROLE: {"team": "a"}},
    )
    assert context["iam:resourcetag/team"] == ("a",)
    assert context["aws:requesttag/cost"] == ("1",)
    assert context["sts:externalid"] == ("x",)
    assert context["sts:rolesessionname"] == ("me",)


def test_inherited_transitive_tags_take_the_place_of_the_roles_own() -> None:
    claims = session(tags={"team": "chained", "other": "o"}, transitive_tag_keys=("team",))
    contexts = values(
        "sts",
        "AssumeRole",
        {"RoleArn": ROLE, "RoleSessionName": "me"},
        tags={ROLE: {"Team": "own", "kept": "k"}},
        caller=role_caller(claims),
    )
    # Handing them on is a question of its own.
    assert len(contexts) == 2
    assert contexts[0]["aws:resourcetag/team"] == ("chained",)
    assert contexts[0]["aws:resourcetag/kept"] == ("k",)


@pytest.mark.parametrize("service", sorted(ROWS))
def test_every_row_belongs_to_an_operation_of_the_model(service: str) -> None:
    assert set(ROWS[service]) <= models.operation_names(service)


@pytest.mark.parametrize("service", sorted(ROWS))
def test_every_operation_can_be_asked_with_nothing_in_it(service: str) -> None:
    for operation in ROWS[service]:
        for check in expand(call(service, operation, {}), ports(), catalog.load()):
            assert ":" in check.request.action
            assert check.request.resource.arn == "*" or check.request.resource.arn.startswith("arn:")


NAMES = [
    (service, operation, path, shape)
    for service in sorted(ROWS)
    for operation, rows in ROWS[service].items()
    for row in rows
    if not row.on.startswith("@")
    for piece in pieces(row.on)
    if len(pieces(row.on)) > 1 or piece.prefix is not None  # the others are ARNs
    for path in piece.paths
    if "[]" not in path and "." not in path
    for shape in [models.operation(service, operation).input_shape.members.get(path)]
    if shape is not None  # what the service finds for itself is always an ARN
]
# One name of each form that the models let through, with all the characters that they let through.
SPELLINGS = ("a", "A-b-9", "a_b", "a.b", "a+=,.@_-b", "group/3", "d-abc123", "abcdefghijkl")


@pytest.mark.parametrize("name", SPELLINGS)
def test_a_name_that_the_model_lets_through_is_never_any_name(name: str) -> None:
    """If it were, a Deny on the resource would not be met, and the call would find it all the same."""
    for service, operation, path, shape in NAMES:
        pattern = shape.metadata.get("pattern")
        if shape.type_name != "string" or not pattern or not full_match(pattern)(name):
            continue
        checks = expand(call(service, operation, {path: name}), ports(), catalog.load())
        assert any(name in check.request.resource.arn for check in checks), f"{operation} {path}"
