"""What the generic handlers do for every row of resources/ alike."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

import pytest

from rolecall.services.sagemaker import OPERATIONS
from rolecall.services.sagemaker.generic import HANDLERS, operations
from rolecall.services.sagemaker.hooks import HOOKS
from rolecall.services.sagemaker.lists import SORTS, TIMES
from rolecall.services.sagemaker.resources import BY_TYPE, RESOURCES, ResourceType
from rolecall.wire import models
from rolecall.wire.errors import AwsError
from services.sagemaker.bench import Bench
from services.sagemaker.conftest import Opener

ROWS = [pytest.param(row, id=row.type) for row in RESOURCES]
LISTED = [pytest.param(row, id=row.type) for row in RESOURCES if "List" in row.verbs.split()]
CONTAINER = {"Image": "image"}
FEATURES: dict[str, Any] = {
    "FeatureGroupName": "f",
    "RecordIdentifierFeatureName": "id",
    "EventTimeFeatureName": "id",
    "FeatureDefinitions": [{"FeatureName": "id", "FeatureType": "Integral"}],
    "OnlineStoreConfig": {"EnableOnlineStore": True},
}
ROLE = "arn:aws:iam::123456789012:role/exec"


def model(bench: Bench, name: str, **more: Any) -> None:
    bench.call("CreateModel", ModelName=name, ExecutionRoleArn=ROLE, PrimaryContainer=CONTAINER, **more)


def members(operation: str, side: str) -> dict[str, Any]:
    shape: Any = getattr(models.operation("sagemaker", operation), f"{side}_shape")
    found: dict[str, Any] = shape.members
    return found


def names(answer: dict[str, Any]) -> list[str]:
    return [one["ModelName"] for one in answer["Models"]]


@pytest.mark.parametrize("row", ROWS)
def test_a_row_names_operations_and_members_of_the_model(row: ResourceType) -> None:
    known = models.operation_names("sagemaker")
    for verb in row.verbs.split():
        operation = row.list_operation if verb == "List" else f"{verb}{row.noun}"
        assert operation in known
        assert operation in OPERATIONS
    if "Describe" not in row.verbs and f"Describe{row.noun}" not in known:
        return  # it has no description of its own
    described = members(f"Describe{row.noun}", "output")
    if row.wrapped:
        described = described[row.wrapped].members
    for member in (row.name_member, row.status):
        assert not member or member.startswith("_") or member in described, member
    created = f"Create{row.noun}"
    if created in known:
        given = members(created, "input")
        assert set(row.renamed) <= set(given)
        for path in row.defaults:
            first = path.split(".")[0].removesuffix("[]")
            assert first in given or first in described, path


def test_the_row_that_the_documentation_shows_is_served_without_code() -> None:
    text = (Path(__file__).parents[3] / "docs" / "SAGEMAKER.md").read_text(encoding="utf-8")
    shown = re.search(r"```python\n(ResourceType\(.*?\n\))\n```", text, re.DOTALL)
    assert shown is not None
    row = eval(shown[1], {"ResourceType": ResourceType})
    verbs = ("Create", "Describe", "Update", "Delete")
    assert set(operations(row)) == {*(f"{verb}CodeRepository" for verb in verbs), "ListCodeRepositories"}
    assert row.type not in HOOKS


@pytest.mark.parametrize("row", ROWS)
def test_a_row_leads_to_rows_and_operations_that_exist(row: ResourceType) -> None:
    assert set(row.needs.values()) <= set(BY_TYPE)
    for inner in (*row.held_by, *row.takes):
        assert BY_TYPE[inner].parent, f"{inner} lies in nothing"
    assert set(row.aliases) <= set(models.operation_names("sagemaker"))
    assert set(row.aliases.values()) <= set(HANDLERS)
    created = f"Create{row.noun}"
    if created in models.operation_names("sagemaker"):
        given = members(created, "input")
        for path in row.needs:
            assert path.split(".")[0].removesuffix("[]") in given, path


@pytest.mark.parametrize("row", LISTED)
def test_every_member_of_a_list_request_is_used(row: ResourceType) -> None:
    """A filter that is silently ignored would give a client what it asked to be left out."""
    understood = {
        "NextToken",
        "MaxResults",
        "SortBy",
        "SortOrder",
        "NameContains",
        f"{row.noun}NameContains",
        "StatusEquals",
        f"{row.noun}StatusEquals",
        f"{row.parent}Equals",
        row.parent,
        row.status,
        *TIMES,
        *row.filters,
    }
    given = members(row.list_operation, "input")
    assert set(given) <= understood
    if "SortBy" in given:
        assert set(given["SortBy"].enum) <= {*SORTS, *row.sorts}


def test_a_list_is_paged_by_tens_and_says_when_it_ends(bench: Bench) -> None:
    for number in range(23):
        model(bench, f"m{number:02d}")
        bench.wait(1)
    seen: list[str] = []
    token: dict[str, str] = {}
    sizes = []
    while True:
        answer = bench.call("ListModels", **token)
        sizes.append(len(answer["Models"]))
        seen += names(answer)
        if "NextToken" not in answer:
            break
        token = {"NextToken": answer["NextToken"]}
    assert sizes == [10, 10, 3]
    # ListModels gives the latest first unless told otherwise.
    assert seen == [f"m{number:02d}" for number in reversed(range(23))]


def test_a_page_token_of_nowhere_is_refused(bench: Bench) -> None:
    with pytest.raises(AwsError) as caught:
        bench.call("ListModels", NextToken="nonsense")
    assert caught.value.code == "ValidationException"


def test_filters_and_sorts(bench: Bench) -> None:
    for name in ("beta", "Alpha", "gamma"):
        model(bench, name)
        bench.wait(60)
    after = bench.now
    model(bench, "alpha-2")
    assert names(bench.call("ListModels", NameContains="ALPHA", SortBy="Name", SortOrder="Ascending")) == [
        "Alpha",
        "alpha-2",
    ]
    assert names(bench.call("ListModels", CreationTimeAfter=after)) in ([], ["alpha-2"])
    assert "alpha-2" not in names(bench.call("ListModels", CreationTimeBefore=after))


def test_a_filter_beside_the_index_still_fills_pages(bench: Bench) -> None:
    """Filters that the store has no column for are applied without losing or repeating anything."""
    content = "ZWNobw=="
    for number in range(12):
        bench.call(
            "CreateStudioLifecycleConfig",
            StudioLifecycleConfigName=f"c{number:02d}",
            StudioLifecycleConfigContent=content,
            StudioLifecycleConfigAppType="JupyterLab" if number % 3 else "CodeEditor",
        )
        bench.wait(1)
    seen: list[str] = []
    token: dict[str, str] = {}
    while True:
        answer = bench.call("ListStudioLifecycleConfigs", AppTypeEquals="CodeEditor", MaxResults=3, **token)
        seen += [one["StudioLifecycleConfigName"] for one in answer["StudioLifecycleConfigs"]]
        if "NextToken" not in answer:
            break
        token = {"NextToken": answer["NextToken"]}
    assert seen == ["c09", "c06", "c03", "c00"]


def test_lists_hold_what_is_of_the_callers_region(bench: Bench) -> None:
    model(bench, "same")
    bench.region = "eu-west-1"
    model(bench, "same")
    model(bench, "there")
    assert names(bench.call("ListModels", SortBy="Name", SortOrder="Ascending")) == ["same", "there"]
    bench.region = "us-east-1"
    assert names(bench.call("ListModels")) == ["same"]


def test_a_region_does_not_answer_for_another(bench: Bench) -> None:
    bench.call("CreateFeatureGroup", **FEATURES)
    arn = "arn:aws:sagemaker:us-east-1:123456789012:feature-group/f"
    assert bench.call("DescribeFeatureGroup", FeatureGroupName=arn)["FeatureGroupArn"] == arn
    bench.region = "eu-west-1"
    for operation, given in (("DescribeFeatureGroup", "FeatureGroupName"), ("ListTags", "ResourceArn")):
        with pytest.raises(AwsError):
            bench.call(operation, **{given: arn})


def test_an_arn_of_another_type_names_nothing(bench: Bench) -> None:
    model(bench, "f")
    with pytest.raises(AwsError) as caught:
        bench.call("DescribeModelPackage", ModelPackageName="arn:aws:sagemaker:us-east-1:123456789012:model/f")
    assert "Could not find model package" in caught.value.message


def test_at_time_scale_zero_everything_is_through_at_once(bench_at: Opener) -> None:
    bench = bench_at(0.0)
    model(bench, "m")
    bench.call(
        "CreateEndpointConfig",
        EndpointConfigName="c",
        ProductionVariants=[
            {"VariantName": "v", "ModelName": "m", "InitialInstanceCount": 1, "InstanceType": "ml.m5.large"}
        ],
    )
    bench.call("CreateEndpoint", EndpointName="e", EndpointConfigName="c")
    assert bench.call("DescribeEndpoint", EndpointName="e")["EndpointStatus"] == "InService"
    bench.call("DeleteEndpoint", EndpointName="e")
    with pytest.raises(AwsError):
        bench.call("DescribeEndpoint", EndpointName="e")
    bench.call("CreateEndpoint", EndpointName="e", EndpointConfigName="c")


def test_time_scale_shortens_what_takes_time(bench_at: Opener) -> None:
    bench = bench_at(60.0)
    bench.call("CreateNotebookInstance", NotebookInstanceName="nb", InstanceType="ml.t3.medium", RoleArn=ROLE)
    bench.wait(1)
    assert bench.call("DescribeNotebookInstance", NotebookInstanceName="nb")["NotebookInstanceStatus"] == "Pending"
    bench.wait(1)
    status = bench.call("DescribeNotebookInstance", NotebookInstanceName="nb")["NotebookInstanceStatus"]
    assert status == "InService"


def test_at_most_fifty_tags(bench: Bench) -> None:
    tags = [{"Key": f"k{number}", "Value": "v"} for number in range(50)]
    model(bench, "m", Tags=tags)
    arn = "arn:aws:sagemaker:us-east-1:123456789012:model/m"
    with pytest.raises(AwsError) as caught:
        bench.call("AddTags", ResourceArn=arn, Tags=[{"Key": "one-more", "Value": "v"}])
    assert caught.value.code == "ValidationException"
    # Replacing one of them is no further tag.
    bench.call("AddTags", ResourceArn=arn, Tags=[{"Key": "k0", "Value": "new"}])
    assert len(bench.call("ListTags", ResourceArn=arn)["Tags"]) == 50


def test_tags_of_a_tuning_job_go_to_its_children(bench: Bench) -> None:
    bench.call(
        "CreateHyperParameterTuningJob",
        HyperParameterTuningJobName="tune",
        HyperParameterTuningJobConfig={
            "Strategy": "Random",
            "ResourceLimits": {"MaxNumberOfTrainingJobs": 1, "MaxParallelTrainingJobs": 1},
        },
        TrainingJobDefinition={
            "AlgorithmSpecification": {"TrainingImage": "image", "TrainingInputMode": "File"},
            "RoleArn": ROLE,
            "OutputDataConfig": {"S3OutputPath": "s3://bucket/out"},
            "ResourceConfig": {"InstanceType": "ml.m5.large", "InstanceCount": 1, "VolumeSizeInGB": 30},
            "StoppingCondition": {"MaxRuntimeInSeconds": 3600},
        },
        Tags=[{"Key": "team", "Value": "blue"}],
    )
    children = bench.call("ListTrainingJobsForHyperParameterTuningJob", HyperParameterTuningJobName="tune")
    (child,) = children["TrainingJobSummaries"]
    assert child["TrainingJobName"].startswith("tune-001-")
    described = bench.call("DescribeTrainingJob", TrainingJobName=child["TrainingJobName"])
    assert described["TuningJobArn"].endswith(":hyper-parameter-tuning-job/tune")
    assert bench.call("ListTags", ResourceArn=child["TrainingJobArn"])["Tags"] == [
        {"Key": "team", "Value": "blue"}
    ]


@pytest.mark.parametrize(
    ("operation", "given", "code"),
    [
        ("DescribeDomain", {"DomainId": "d-1"}, "ResourceNotFound"),
        ("CreateUserProfile", {"DomainId": "d-1", "UserProfileName": "ana"}, "ValidationException"),
        ("StopEdgePackagingJob", {"EdgePackagingJobName": "j"}, "ValidationException"),
        ("DescribeEdgePackagingJob", {"EdgePackagingJobName": "j"}, "ResourceNotFound"),
    ],
)
def test_a_refusal_has_a_code_that_its_operation_declares(
    bench: Bench, operation: str, given: dict[str, Any], code: str
) -> None:
    """Clients know the errors of an operation from its model; whatever is not there is a ValidationException."""
    with pytest.raises(AwsError) as caught:
        bench.call(operation, **given)
    assert caught.value.code == code


def test_arns_follow_the_templates_of_the_reference() -> None:
    assert BY_TYPE["user-profile"].path("ana", "d-1") == "user-profile/d-1/ana"
    assert BY_TYPE["pipeline-execution"].path("abc", "p") == "pipeline/p/execution/abc"
    assert BY_TYPE["model-package"].path("3", "g") == "model-package/g/3"
    assert BY_TYPE["model-package"].path("alone") == "model-package/alone"


@pytest.mark.parametrize("operation", ["ListDeviceFleets", "ListDevices", "QueryLineage"])
def test_a_page_is_for_one_thing_at_least(bench: Bench, operation: str) -> None:
    """Their models set no lower limit for MaxResults."""
    bench.call("CreateContext", ContextName="c", Source={"SourceUri": "s"}, ContextType="t")
    named = {"StartArns": [bench.call("DescribeContext", ContextName="c")["ContextArn"]]}
    with pytest.raises(AwsError, match="Value '-5' at 'maxResults'"):
        bench.call(operation, MaxResults=-5, **(named if operation == "QueryLineage" else {}))
