"""Which of AWS's managed policies let their holders create resources of SageMaker, and also tag them on creation?

The page says that those which do the one do the other. Computed here from the policies' own texts, for each of
them: for every creation that takes tags, whether some Allow statement covers it and some Allow statement covers
sagemaker:AddTags on what it creates. Conditions are left aside: with them even fewer let their holders tag.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping

import pytest

from rolecall.authorization.rows.sagemaker import ROWS, TAGGED
from rolecall.catalog.loader import Files
from rolecall.catalog.managed_policies import ManagedPolicy
from rolecall.policy.document import Effect, Policy, PolicyType, Statement
from rolecall.policy.glob import matches
from rolecall.policy.parser import parse

POLICIES: Mapping[str, ManagedPolicy] = {policy.name: policy for policy in Files().managed_policies().policies}
ADD_TAGS = "sagemaker:addtags"
CREATIONS = tuple(name for name in TAGGED if name.startswith(("Create", "Import")))

# SageMaker Developer Guide, "AWS managed policies for Amazon SageMaker AI", and the documents themselves in the
# versions of autumn 2026.
ALL = (
    "AdministratorAccess",
    "AmazonDataZoneSageMakerEnvironmentRolePermissionsBoundary",
    "AmazonSageMakerCanvasFullAccess",
    "AmazonSageMakerFullAccess",
    "AmazonSageMakerHyperPodInferenceAccess",
    "AmazonSageMakerModelGovernanceUseAccess",
    "AmazonSageMakerModelRegistryFullAccess",
    "AmazonSageMakerServiceCatalogProductsCloudformationServiceRolePolicy",
    "AmazonSageMakerServiceCatalogProductsCodeBuildServiceRolePolicy",
    "AmazonSageMakerServiceCatalogProductsLambdaServiceRolePolicy",
    "AmazonSageMakerTrainingPlanCreateAccess",
)
# What they may create and may not tag.
SOME = {
    "AmazonSageMakerAdmin-ServiceCatalogProductsServiceRolePolicy": {
        "CreateCodeRepository",
        "CreateImage",
        "CreateWorkteam",
    },
    "AmazonSageMakerCanvasDataPrepFullAccess": {"CreateFeatureGroup", "CreatePipeline"},
    "AmazonSageMakerModelCustomizationCoreAccess": {"CreateArtifact", "CreateContext"},
    "AmazonSageMakerNotebooksServiceRolePolicy": {"CreateUserProfile"},
    "DataScientist": {"CreateApp", "CreateFlowDefinition"},
}
NONE = (
    "AWSGlueConsoleSageMakerNotebookFullAccess",
    "AWSQuickSightSageMakerPolicy",
    "AmazonDataZoneSageMakerProvisioningRolePolicy",
    "AmazonSageMakerJobFullAccess",
    "AmazonSageMakerMechanicalTurkAccess",
)
# CanvasDirectDeployAccess names CreateEndpoint and CreateEndpointConfig on `arn:aws:sagemaker:*:*:Canvas*`, which
# is the ARN of nothing: an endpoint's goes on with `endpoint/`.
NOTHING_TO_CREATE = (
    "AmazonSageMakerCanvasDirectDeployAccess",
    "AmazonSageMakerReadOnly",
    "AmazonSageMakerFeatureStoreAccess",
    "AmazonSageMakerGroundTruthExecution",
)


def allows(policy: Policy, action: str) -> Iterator[Statement]:
    """The Allow statements that cover an action, whatever their resources and conditions."""
    for statement in policy.statements:
        if statement.effect is not Effect.ALLOW:
            continue
        patterns = statement.actions or statement.not_actions or ()
        if any(matches(pattern.lower(), action) for pattern in patterns) is bool(statement.actions):
            yield statement


def covers(statement: Statement, arn: str) -> bool:
    if statement.resources:
        return any(matches(pattern, arn) for pattern in statement.resources)
    return not any(matches(pattern, arn) for pattern in statement.not_resources or ())


def samples(policy: Policy, operation: str) -> list[str]:
    """ARNs that a creation may have: a plain one of its type, and one for each pattern that a statement names for
    it or for AddTags."""
    path = re.sub(r"\{[^}]*\}|\*", "x", ROWS[operation][0].on)
    kind = path.split("/")[0]
    made = [f"arn:aws:sagemaker:us-east-1:111122223333:{path}"]
    for statement in (*allows(policy, f"sagemaker:{operation}".lower()), *allows(policy, ADD_TAGS)):
        for pattern in statement.resources or ():
            *_, named = pattern.split(":", 5)
            if named.startswith("*") and named != "*":  # `*Canvas*` is a part of any name
                named = f"{kind}/x{named}"
            if named.startswith(f"{kind}/"):
                made.append(f"arn:aws:sagemaker:us-east-1:111122223333:{named.replace('*', 'x')}")
    return made


def untagged(policy: Policy) -> tuple[set[str], set[str]]:
    """The creations that a policy allows, and those of them whose result it does not let anyone tag."""
    may: set[str] = set()
    cannot: set[str] = set()
    tagging = list(allows(policy, ADD_TAGS))
    for operation in CREATIONS:
        creating = list(allows(policy, f"sagemaker:{operation}".lower()))
        made = [arn for arn in samples(policy, operation) if any(covers(one, arn) for one in creating)]
        if made:
            may.add(operation)
            if not any(covers(one, arn) for one in tagging for arn in made):
                cannot.add(operation)
    return may, cannot


def read(name: str) -> tuple[set[str], set[str]]:
    return untagged(parse(POLICIES[name].text, PolicyType.IDENTITY))


@pytest.mark.parametrize("name", ALL)
def test_these_tag_all_that_they_create(name: str) -> None:
    may, cannot = read(name)
    assert may
    assert cannot == set()


@pytest.mark.parametrize("name", SOME)
def test_these_create_more_than_they_tag(name: str) -> None:
    may, cannot = read(name)
    assert cannot == SOME[name]
    assert cannot <= may


@pytest.mark.parametrize("name", NONE)
def test_these_create_and_tag_nothing(name: str) -> None:
    """The page's sentence is not literally true: tagging on creation is denied to holders of these."""
    may, cannot = read(name)
    assert may
    assert cannot == may


def test_full_access_administers_no_domains() -> None:
    """63 creations are in, as many as the policy's text was counted to have; domains and user profiles are not."""
    may, _ = read("AmazonSageMakerFullAccess")
    assert len(may) == 63
    assert may.isdisjoint({"CreateDomain", "CreateUserProfile"})


@pytest.mark.parametrize("name", NOTHING_TO_CREATE)
def test_these_create_nothing(name: str) -> None:
    assert read(name)[0] == set()
