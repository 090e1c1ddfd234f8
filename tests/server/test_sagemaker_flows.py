"""What people do with SageMaker, step by step with boto3 on a live server, each step decided by policies."""

from __future__ import annotations

import json
import uuid
from collections.abc import Iterator
from typing import Any

import pytest
from botocore.exceptions import ClientError

from rolecall.server import Running, running
from server.conftest import SAGEMAKER, Person, allow, deny

ACCOUNT, OTHER = "123456789012", "111122223333"


@pytest.fixture(scope="module")
def server() -> Iterator[Running]:
    """A server on which a job is over before the next call."""
    with running(accounts=(ACCOUNT, OTHER), time_scale=1e9) as up:
        yield up


def refused(operation: Any, **parameters: Any) -> tuple[str, str]:
    with pytest.raises(ClientError) as caught:
        operation(**parameters)
    error = caught.value.response["Error"]
    return error["Code"], error["Message"]


def name(word: str) -> str:
    return f"{word}-{uuid.uuid4().hex[:8]}"


def test_an_automl_job_needs_its_role_passed_and_tells_its_best_candidate(person: Person, role: str) -> None:
    sagemaker = person.may(allow("sagemaker:CreateAutoMLJobV2", "sagemaker:DescribeAutoMLJobV2")).client(
        "sagemaker"
    )
    job = {
        "AutoMLJobName": name("auto"),
        "AutoMLJobInputDataConfig": [
            {
                "ChannelType": "training",
                "DataSource": {"S3DataSource": {"S3DataType": "S3Prefix", "S3Uri": "s3://b/i"}},
            }
        ],
        "OutputDataConfig": {"S3OutputPath": "s3://b/o"},
        "AutoMLProblemTypeConfig": {
            "TabularJobConfig": {
                "TargetAttributeName": "y",
                "ProblemType": "Regression",
                "CompletionCriteria": {"MaxCandidates": 2},
            }
        },
        "AutoMLJobObjective": {"MetricName": "MSE"},
        "RoleArn": role,
    }
    code, message = refused(sagemaker.create_auto_ml_job_v2, **job)
    assert code == "AccessDeniedException"
    assert f"iam:PassRole on resource: {role}" in message
    person.may(allow("sagemaker:*"), allow("iam:PassRole", Resource=role))
    sagemaker.create_auto_ml_job_v2(**job)
    told = sagemaker.describe_auto_ml_job_v2(AutoMLJobName=job["AutoMLJobName"])
    assert told["AutoMLJobStatus"] == "Completed"
    values = {
        one["CandidateName"]: one["FinalAutoMLJobObjectiveMetric"]["Value"]
        for one in sagemaker.list_candidates_for_auto_ml_job(AutoMLJobName=job["AutoMLJobName"])["Candidates"]
    }
    assert len(values) == 2
    assert told["BestCandidate"]["CandidateName"] == min(values, key=lambda one: values[one])
    for step in told["BestCandidate"]["CandidateSteps"]:
        trained = sagemaker.describe_training_job(TrainingJobName=step["CandidateStepName"])
        assert trained["AutoMLJobArn"] == told["AutoMLJobArn"]


def test_a_run_is_tracked_as_the_sdk_does_it(person: Person) -> None:
    sagemaker = person.may(allow("sagemaker:*")).client("sagemaker")
    experiment, trial, component = name("e"), name("t"), name("c")
    sagemaker.create_experiment(ExperimentName=experiment)
    code, message = refused(sagemaker.create_experiment, ExperimentName=experiment)
    assert (code, "already exists" in message) == ("ValidationException", True)
    sagemaker.create_trial(TrialName=trial, ExperimentName=experiment)
    sagemaker.create_trial_component(
        TrialComponentName=component, Tags=[{"Key": "sagemaker:trial-component-source", "Value": "run"}]
    )
    sagemaker.associate_trial_component(TrialComponentName=component, TrialName=trial)
    sagemaker.update_trial_component(TrialComponentName=component, Parameters={"lr": {"NumberValue": 0.1}})
    found = sagemaker.search(
        Resource="ExperimentTrialComponent",
        SearchExpression={
            "Filters": [
                {"Name": "Parents.ExperimentName", "Value": experiment},
                {"Name": "Tags.sagemaker:trial-component-source", "Value": "run"},
            ]
        },
    )["Results"]
    assert [one["TrialComponent"]["TrialComponentName"] for one in found] == [component]
    assert found[0]["TrialComponent"]["Parameters"] == {"lr": {"NumberValue": 0.1}}
    hints = sagemaker.get_search_suggestions(
        Resource="ExperimentTrialComponent",
        SuggestionQuery={"PropertyNameQuery": {"PropertyNameHint": "tags.sagemaker:trial"}},
    )
    assert hints["PropertyNameSuggestions"] == [{"PropertyName": "Tags.sagemaker:trial-component-source"}]


def test_an_artifact_named_by_its_source_is_decided_on_by_its_arn(person: Person) -> None:
    sagemaker = person.may(allow("sagemaker:CreateArtifact")).client("sagemaker")
    kept, gone = ({"SourceUri": f"s3://b/{name('a')}"} for _ in range(2))
    arns = [
        sagemaker.create_artifact(Source=source, ArtifactType="Data")["ArtifactArn"] for source in (kept, gone)
    ]
    person.may(allow("sagemaker:DeleteArtifact", Resource=arns[1]))
    assert sagemaker.delete_artifact(Source=gone)["ArtifactArn"] == arns[1]
    code, message = refused(sagemaker.delete_artifact, Source=kept)
    assert code == "AccessDeniedException"
    assert f"sagemaker:DeleteArtifact on resource: {arns[0]}" in message


def test_an_association_needs_both_ends(person: Person) -> None:
    sagemaker = person.may(allow("sagemaker:*")).client("sagemaker")
    names = [name("a"), name("b")]
    source, destination = (
        sagemaker.create_action(ActionName=one, ActionType="T", Source={"SourceUri": "u"})["ActionArn"]
        for one in names
    )
    ends = {"SourceArn": source, "DestinationArn": destination}
    person.may(allow("sagemaker:AddAssociation", Resource=source))
    code, message = refused(sagemaker.add_association, **ends)
    assert code == "AccessDeniedException"
    assert destination in message
    person.may(allow("sagemaker:AddAssociation", Resource=[source, destination]), allow("sagemaker:QueryLineage"))
    sagemaker.add_association(**ends)
    told = sagemaker.query_lineage(StartArns=[source], Direction="Descendants", IncludeEdges=True)
    assert [one["Arn"] for one in told["Vertices"]] == [destination]
    assert told["Edges"] == [{**ends, "AssociationType": "AssociatedWith"}]


def test_an_approval_answers_a_callback_step(person: Person, role: str) -> None:
    sagemaker = person.may(allow("sagemaker:*", "iam:PassRole")).client("sagemaker")
    pipeline = name("p")
    definition = {
        "Version": "2020-12-01",
        "Steps": [
            {"Name": "Ask", "Type": "Callback", "SqsQueueUrl": "https://sqs/q", "Arguments": {}},
            {"Name": "Train", "Type": "Training", "DependsOn": ["Ask"], "Arguments": {}},
        ],
    }
    sagemaker.create_pipeline(
        PipelineName=pipeline, RoleArn=role, PipelineDefinition=json.dumps(definition), ClientRequestToken="t" * 32
    )
    token = "s" * 32
    run = sagemaker.start_pipeline_execution(PipelineName=pipeline, ClientRequestToken=token)
    assert (
        sagemaker.start_pipeline_execution(PipelineName=pipeline, ClientRequestToken=token)["PipelineExecutionArn"]
        == (run["PipelineExecutionArn"])
    )
    arn = run["PipelineExecutionArn"]
    step = sagemaker.list_pipeline_execution_steps(PipelineExecutionArn=arn)["PipelineExecutionSteps"][0]
    assert (step["StepName"], step["StepStatus"]) == ("Ask", "Executing")
    answer = {"CallbackToken": step["Metadata"]["Callback"]["CallbackToken"]}
    # The token names the execution: policies are about that one.
    person.may(allow("sagemaker:*"), deny("sagemaker:SendPipelineExecutionStepSuccess", Resource=arn))
    code, message = refused(sagemaker.send_pipeline_execution_step_success, **answer)
    assert code == "AccessDeniedException"
    assert f"on resource: {arn} with an explicit deny" in message
    person.may(allow("sagemaker:*", Resource=arn))
    unknown = refused(sagemaker.send_pipeline_execution_step_success, CallbackToken="0123456789")
    assert unknown[0] == "AccessDeniedException"
    assert sagemaker.send_pipeline_execution_step_success(**answer)["PipelineExecutionArn"] == arn
    person.may(allow("sagemaker:*"))
    assert (
        sagemaker.describe_pipeline_execution(PipelineExecutionArn=arn)["PipelineExecutionStatus"] == "Succeeded"
    )


def test_a_training_plan_reserves_capacity_and_needs_leave_for_it(person: Person) -> None:
    sagemaker = person.may(allow("sagemaker:*"), deny("sagemaker:CreateReservedCapacity")).client("sagemaker")
    offer = sagemaker.search_training_plan_offerings(
        InstanceType="ml.p5.48xlarge", InstanceCount=2, DurationHours=24, TargetResources=["training-job"]
    )["TrainingPlanOfferings"][0]
    plan = {"TrainingPlanName": name("plan"), "TrainingPlanOfferingId": offer["TrainingPlanOfferingId"]}
    code, message = refused(sagemaker.create_training_plan, **plan)
    assert code == "AccessDeniedException"
    assert "sagemaker:CreateReservedCapacity" in message
    person.may(allow("sagemaker:*"))
    sagemaker.create_training_plan(**plan)
    told = sagemaker.describe_training_plan(TrainingPlanName=plan["TrainingPlanName"])
    assert told["Status"] == "Scheduled"  # in real time, however fast the server's jobs are
    capacity = told["ReservedCapacitySummaries"][0]["ReservedCapacityArn"]
    assert sagemaker.describe_reserved_capacity(ReservedCapacityArn=capacity)["TotalInstanceCount"] == 2


def test_a_job_of_a_category_works_with_a_role_that_trusts_the_jobs_service_alone(
    server: Running, person: Person, role: str
) -> None:
    """CreateJob passes its role to job.sagemaker.amazonaws.com, at the beginning and as the job goes on."""
    sagemaker = person.may(allow("sagemaker:*", "iam:PassRole")).client("sagemaker")
    trust = json.loads(json.dumps(SAGEMAKER).replace("sagemaker.amazonaws.com", "job.sagemaker.amazonaws.com"))
    made = server.client("iam").create_role(RoleName=name("r"), AssumeRolePolicyDocument=json.dumps(trust))
    job = {
        "JobName": name("j"),
        "JobCategory": "DataTransformation",
        "JobConfigSchemaVersion": "1.0.0",
        "JobConfigDocument": "{}",
    }
    code, message = refused(sagemaker.create_job, **job, RoleArn=role)
    assert (code, "job.sagemaker.amazonaws.com" in message) == ("ValidationException", True)
    sagemaker.create_job(**job, RoleArn=made["Role"]["Arn"])
    told = sagemaker.describe_job(JobName=job["JobName"], JobCategory=job["JobCategory"])
    assert (told["JobStatus"], told.get("FailureReason")) == ("Completed", None)


def test_lineage_and_building_blocks_end_at_the_account(server: Running, person: Person, role: str) -> None:
    """A foreign ARN in a request that is decided on no resource, or on another one, leads nowhere."""
    mine = person.may(allow("sagemaker:*", "iam:PassRole")).client("sagemaker")
    action = mine.create_action(ActionName=name("a"), ActionType="T", Source={"SourceUri": "u"})["ActionArn"]
    load = mine.create_ai_workload_config(AIWorkloadConfigName=name("w"))["AIWorkloadConfigArn"]
    iam, theirs = stranger(server)
    assert refused(theirs.query_lineage, StartArns=[action])[0] == "ResourceNotFound"
    assert refused(theirs.list_associations, SourceArn=action)[0] == "ResourceNotFound"
    code, message = refused(
        theirs.create_ai_benchmark_job,
        AIBenchmarkJobName=name("b"),
        BenchmarkTarget={"Endpoint": {"Identifier": "e"}},
        OutputConfig={"S3OutputLocation": "s3://b/o"},
        AIWorkloadConfigIdentifier=load,
        RoleArn=iam.create_role(RoleName=name("r"), AssumeRolePolicyDocument=json.dumps(SAGEMAKER))["Role"]["Arn"],
    )
    assert (code, load in message) == ("ResourceNotFound", True)


def stranger(server: Running) -> tuple[Any, Any]:
    """Clients of IAM and SageMaker of the other account's root user."""
    root = server.roots[1]
    keys = {"aws_access_key_id": root.access_key_id, "aws_secret_access_key": root.secret_access_key}
    return server.client("iam", **keys), server.client("sagemaker", **keys)
