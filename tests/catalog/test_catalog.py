"""The catalogue answers as the Service Authorization Reference and our tables say."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Final

import botocore.session
import pytest
from hypothesis import given
from hypothesis import strategies as st

from rolecall.catalog import Catalog, load
from rolecall.catalog.loader import OUR_DATA, Files

# botocore's SageMaker clients whose operations are IAM actions of `sagemaker:`.
CLIENTS: Final = (
    "sagemaker",
    "sagemaker-runtime",
    "sagemaker-a2i-runtime",
    "sagemaker-featurestore-runtime",
    "sagemaker-metrics",
    "sagemaker-edge",
)
# Runtime operations of job and training-session clients have no action in the reference yet.
NO_ACTION_OF_THEIR_NAME: Final = {"UpdateRecord"}


@pytest.fixture(scope="module")
def catalog() -> Catalog:
    return load()


def test_names_compare_without_case(catalog: Catalog) -> None:
    action = catalog.action("SageMaker:createMODEL")
    assert action is not None
    assert action.full_name == "sagemaker:CreateModel"


@pytest.mark.parametrize(
    "name", ["sagemaker:CreateTraningJob", "nothing:CreateModel", "CreateModel", "", ":", "a:b:c"]
)
def test_unknown_actions_are_none(catalog: Catalog, name: str) -> None:
    assert catalog.action(name) is None


def test_an_action_has_the_keys_of_its_resource_types(catalog: Catalog) -> None:
    """Service Authorization Reference: `…Current…` keys stand on the resource type model-package alone."""
    action = catalog.action("sagemaker:DescribeModelPackage")
    assert action is not None
    assert "sagemaker:CurrentModelLifeCycleStage" not in action.condition_keys
    assert "sagemaker:CurrentModelLifeCycleStage" in action.all_condition_keys


def test_create_endpoint_touches_two_resources(catalog: Catalog) -> None:
    action = catalog.action("sagemaker:CreateEndpoint")
    assert action is not None
    assert {(each.type.name, each.required) for each in action.resources} == {
        ("endpoint", True),
        ("endpoint-config", True),
    }
    kind = catalog.resource_type("sagemaker", "Endpoint-Config")
    assert kind is not None
    assert kind.arn == "arn:${Partition}:sagemaker:${Region}:${Account}:endpoint-config/${EndpointConfigName}"


def test_two_access_levels(catalog: Catalog) -> None:
    action = catalog.action("sagemaker:AddTags")
    assert action is not None
    assert set(action.access_levels) == {"Tagging", "Write"}


@pytest.mark.parametrize(
    ("key", "type"),
    [
        ("aws:PrincipalOrgPaths", "ArrayOfString"),
        ("aws:TagKeys", "ArrayOfString"),
        ("aws:CalledVia", "ArrayOfString"),
        ("AWS:calledvia", "ArrayOfString"),
        ("aws:PrincipalServiceNamesList", "ArrayOfString"),
        ("aws:ResourceOrgPaths", "ArrayOfString"),
        ("aws:SourceOrgPaths", "ArrayOfString"),
        ("aws:VpceOrgPaths", "ArrayOfString"),
        ("aws:PrincipalArn", "ARN"),
        ("aws:SourceIp", "IPAddress"),
        ("aws:CurrentTime", "Date"),
        ("aws:MultiFactorAuthAge", "Numeric"),
        ("aws:SecureTransport", "Bool"),
        ("aws:RequestTag/team/sub:x", "String"),
        ("sagemaker:ResourceTag/a", "String"),
        ("sagemaker:VpcSubnets", "ArrayOfString"),
        ("sagemaker:ImageArns", "ArrayOfARN"),
        ("sagemaker:ModelLifeCycle:Stage", "String"),
        ("sagemaker:SourceInferenceRouterArn", "ARN"),
        ("sts:TransitiveTagKeys", "ArrayOfString"),
        ("sts:RequestContextProviders", "ArrayOfARN"),
        ("sts:IdentityTokenAudience", "ArrayOfString"),
        ("iam:PassedToService", "String"),
        ("token.actions.githubusercontent.com:sub", "String"),
        ("cognito-identity.amazonaws.com:amr", "ArrayOfString"),
        ("oidc.eks.us-east-1.amazonaws.com/id/ABC:aud", "String"),
        ("idp.example.com:amr", "ArrayOfString"),
        ("saml:edupersonaffiliation", "ArrayOfString"),
        ("kms:EncryptionContext:app", "String"),
        ("aws:NoSuchKey", None),
        ("sagemaker:NoSuchKey", None),
        ("no-prefix", None),
    ],
)
def test_key_types(catalog: Catalog, key: str, type: str | None) -> None:
    assert catalog.key_type(key) == type
    assert catalog.multivalued(key) is (type or "").startswith("ArrayOf")


@given(st.text(), st.text())
def test_a_tag_key_is_single_valued_whatever_its_name(family: str, tag: str) -> None:
    """No tag key may slip into a list-typed family: plain operators would stop matching it."""
    assert load().multivalued(f"aws:RequestTag/{tag}") is False
    assert load().multivalued(f"{family}/ResourceTag/{tag}") is False


def test_strange_keys_leave_nothing_behind() -> None:
    """Keys come from requests: what is kept per prefix is bounded by AWS's own prefixes."""
    fresh = Catalog(Files())
    fresh.multivalued("aws:TagKeys")
    fresh.multivalued("a.example.com:aud")
    before = len(fresh._keys)
    for number in range(50):
        fresh.multivalued(f"host-{number}.example.com:aud")
        fresh.request_paths(f"service-{number}:Do")
    assert len(fresh._keys) == before
    assert not fresh._paths


@pytest.mark.parametrize("client", CLIENTS)
def test_every_sagemaker_operation_is_an_action_or_stands_in_a_table(catalog: Catalog, client: str) -> None:
    model = botocore.session.get_session().get_service_model(client)
    unknown = {
        name for name in model.operation_names if catalog.action(f"sagemaker:{name}") is None
    } - NO_ACTION_OF_THEIR_NAME
    assert not unknown


def test_an_operation_may_be_authorized_as_other_actions(catalog: Catalog) -> None:
    """Service Authorization Reference, Amazon SageMaker, "API operations"."""

    def actions(operation: str) -> list[str]:
        return [row.action for row in catalog.operation_actions("sagemaker", operation)]

    assert actions("UpdateRecord") == ["sagemaker:PutRecord"]
    assert actions("BatchWriteRecord") == ["sagemaker:BatchWriteRecord", "sagemaker:PutRecord"]
    assert actions("InvokeEndpointWithResponseStream")[0] == "sagemaker:InvokeEndpoint"
    assert actions("CreateModel") == ["sagemaker:CreateModel"]


def test_pass_role_names_members_and_service(catalog: Catalog) -> None:
    action = catalog.action("sagemaker:CreateHyperParameterTuningJob")
    assert action is not None
    roles = [each for each in action.dependents if each.action == "iam:PassRole"]
    assert [(each.passed_to, each.members) for each in roles] == [
        ("sagemaker.amazonaws.com", ("TrainingJobDefinition.RoleArn", "TrainingJobDefinitions[].RoleArn"))
    ]
    job = catalog.action("sagemaker:CreateJob")
    assert job is not None
    assert "job.sagemaker.amazonaws.com" in {each.passed_to for each in job.dependents}


@pytest.mark.parametrize("file", sorted((OUR_DATA / "services").glob("*.json")), ids=lambda path: path.stem)
def test_our_own_rows_name_what_exists(catalog: Catalog, file: Path) -> None:
    """Operations, permission-only actions and dependent actions of the overlay are known to the catalogue."""
    service = file.stem
    rows = json.loads(file.read_bytes())
    for row in rows.get("dependents", []):
        for operation in row["operations"]:
            assert catalog.action(f"{service}:{operation}"), operation
        for action in row["actions"]:
            assert catalog.action(action), action
    for name in rows.get("permission_only", []):
        action = catalog.action(f"{service}:{name}")
        assert action is not None
        assert action.permission_only
    for row in rows.get("operations", []):
        assert all(catalog.action(each["action"]) for each in row["actions"])


def test_role_members_resolve_in_the_input_shapes(catalog: Catalog) -> None:
    model = botocore.session.get_session().get_service_model("sagemaker")
    for action in catalog.actions("sagemaker"):
        for dependent in action.dependents:
            if dependent.action != "iam:PassRole":
                continue
            for path in dependent.members:
                shape = model.operation_model(action.name).input_shape
                for part in path.split("."):
                    assert part.removesuffix("[]") in shape.members, f"{action.name}: {path}"
                    shape = shape.members[part.removesuffix("[]")]
                    shape = shape.member if part.endswith("[]") else shape
                assert shape.type_name == "string"


def test_request_paths_of_an_action(catalog: Catalog) -> None:
    paths = catalog.request_paths("sagemaker:createnotebookinstance", "sagemaker:vpcsubnets")
    assert [row.path for row in paths] == ["SubnetId"]
    assert {row.key for row in catalog.request_paths("sagemaker:ListModels")} == {
        "sagemaker:DomainId",
        "sagemaker:UserProfileName",
        "sagemaker:ResourceTag/${TagKey}",
        "sagemaker:ResourceTag/",
    }
    assert catalog.request_paths("s3:GetObject") == ()


@pytest.mark.parametrize(
    ("wrong", "meant"),
    [
        ("sagemaker:CreateTraningJob", "sagemaker:CreateTrainingJob"),
        ("sagemaker:createtrainingjobs", "sagemaker:CreateTrainingJob"),
        ("sagemkr:CreateModel", "sagemaker:CreateModel"),
        ("CreateTrainingJob", "sagemaker:CreateTrainingJob"),
        ("sagemaker:InstanceType", "sagemaker:InstanceTypes"),
        ("aws:PrincpalTag/team", "aws:PrincipalTag/${TagKey}"),
        ("aws:SourceIP4", "aws:SourceIp"),
        ("sagemker", "sagemaker"),
    ],
)
def test_a_misspelt_name_brings_the_right_one_first(catalog: Catalog, wrong: str, meant: str) -> None:
    assert catalog.nearest(wrong)[0] == meant


def test_nothing_is_near_to_nonsense(catalog: Catalog) -> None:
    assert catalog.nearest("zzzzzz:qqqqqqqq") == ()


def test_every_service_can_be_read(catalog: Catalog) -> None:
    """Each data file decodes, and each action has a level."""
    for service in catalog.services():
        for action in catalog.actions(service):
            assert action.service == service
            assert action.access_levels, action.full_name
