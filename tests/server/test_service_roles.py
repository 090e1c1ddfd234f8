"""An administrator edits an execution role, and what rests on it breaks at its next use; service-linked roles.

Time is the test's: a clock that only moves when told, so that each use of a role is at a known moment.
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from typing import Any

import boto3
import pytest
from botocore.exceptions import ClientError

from rolecall.server import Running, running
from server.conftest import SAGEMAKER, allow, policy, training_job

BOTO: Any = boto3.session.Session(region_name="us-east-1")
NOBODY = policy({**SAGEMAKER["Statement"][0], "Principal": {"Service": "lambda.amazonaws.com"}})
TRUST = json.dumps(SAGEMAKER)
JOBS = "ClientError: SageMaker was unable to assume the role '{role}'"
MODELS = (
    'The execution role ARN "{role}" is invalid. Please ensure that the role exists and that its trust '
    'relationship policy allows the action "sts:AssumeRole" for the service principal "sagemaker.amazonaws.com".'
)
PROCESS = {
    "ProcessingResources": {
        "ClusterConfig": {"InstanceType": "ml.m5.large", "InstanceCount": 1, "VolumeSizeInGB": 10}
    },
    "AppSpecification": {"ImageUri": "image"},
}
TRANSFORM = {
    "TransformInput": {"DataSource": {"S3DataSource": {"S3DataType": "S3Prefix", "S3Uri": "s3://b/i"}}},
    "TransformOutput": {"S3OutputPath": "s3://b/o"},
    "TransformResources": {"InstanceType": "ml.m5.large", "InstanceCount": 1},
}


class Clock:
    def __init__(self) -> None:
        self.now = datetime.now(UTC)

    def __call__(self) -> datetime:
        return self.now

    def wait(self, seconds: float) -> None:
        self.now += timedelta(seconds=seconds)


class Bench:
    """A server by the test's clock, with a role that SageMaker can assume and a model under it."""

    def __init__(self, up: Running, clock: Clock) -> None:
        self.clock = clock
        self.up = up
        root = {"AccessKeyId": up.access_key_id, "SecretAccessKey": up.secret_access_key}
        self.iam, self.sagemaker = self.client("iam", root), self.client("sagemaker", root)
        self.role = self.iam.create_role(RoleName="Exec", AssumeRolePolicyDocument=TRUST)["Role"]["Arn"]
        image = {"Image": "123456789012.dkr.ecr.us-east-1.amazonaws.com/serve:1"}
        self.sagemaker.create_model(ModelName="m", ExecutionRoleArn=self.role, PrimaryContainer=image)
        variant = {"VariantName": "v", "ModelName": "m", "InitialInstanceCount": 1, "InstanceType": "ml.m5.large"}
        self.sagemaker.create_endpoint_config(EndpointConfigName="c", ProductionVariants=[variant])

    def client(self, service: str, key: dict[str, Any]) -> Any:
        keys = {"aws_access_key_id": key["AccessKeyId"], "aws_secret_access_key": key["SecretAccessKey"]}
        return BOTO.client(service, endpoint_url=self.up.endpoint, **keys)

    def withdraw(self) -> None:
        self.iam.update_assume_role_policy(RoleName="Exec", PolicyDocument=NOBODY)

    def restore(self) -> None:
        self.iam.update_assume_role_policy(RoleName="Exec", PolicyDocument=TRUST)


@pytest.fixture
def bench() -> Iterator[Bench]:
    clock = Clock()
    with running(clock=clock) as up:
        yield Bench(up, clock)


def refused(call: Any, **parameters: Any) -> tuple[str, str]:
    with pytest.raises(ClientError) as caught:
        call(**parameters)
    error = caught.value.response["Error"]
    return error["Code"], error["Message"]


def test_a_running_training_job_fails_when_it_next_needs_its_role(bench: Bench) -> None:
    job = training_job(bench.role)
    bench.sagemaker.create_training_job(**job)
    name = {"TrainingJobName": job["TrainingJobName"]}
    bench.clock.wait(25)
    assert bench.sagemaker.describe_training_job(**name)["SecondaryStatus"] == "Downloading"
    bench.withdraw()
    assert bench.sagemaker.describe_training_job(**name)["TrainingJobStatus"] == "InProgress"
    bench.clock.wait(10)
    failed = bench.sagemaker.describe_training_job(**name)
    assert (failed["TrainingJobStatus"], failed["SecondaryStatus"]) == ("Failed", "Failed")
    assert failed["FailureReason"] == JOBS.format(role=bench.role)
    assert failed["SecondaryStatusTransitions"][-2]["Status"] == "Downloading"


def test_what_was_through_before_the_edit_stays_through(bench: Bench) -> None:
    """Nobody looked in between: the job's role was needed before it was edited, at its own time."""
    job = training_job(bench.role)
    bench.sagemaker.create_training_job(**job)
    bench.clock.wait(300)
    bench.withdraw()
    done = bench.sagemaker.describe_training_job(TrainingJobName=job["TrainingJobName"])
    assert done["TrainingJobStatus"] == "Completed"


def test_a_deleted_role_breaks_processing_and_transform_jobs(bench: Bench) -> None:
    bench.sagemaker.create_processing_job(ProcessingJobName="p", RoleArn=bench.role, **PROCESS)
    bench.sagemaker.create_transform_job(TransformJobName="t", ModelName="m", **TRANSFORM)
    bench.iam.delete_role(RoleName="Exec")
    bench.clock.wait(61)
    for found in (
        bench.sagemaker.describe_processing_job(ProcessingJobName="p"),
        bench.sagemaker.describe_transform_job(TransformJobName="t"),
    ):
        assert "Failed" in (found.get("ProcessingJobStatus"), found.get("TransformJobStatus"))
        assert found["FailureReason"] == JOBS.format(role=bench.role)


def test_a_transform_job_begins_by_assuming_its_model_s_role(bench: Bench) -> None:
    bench.withdraw()
    assert refused(bench.sagemaker.create_transform_job, TransformJobName="t", ModelName="m", **TRANSFORM) == (
        "ValidationException",
        f"Could not assume role {bench.role}. Please ensure that the role exists and allows principal "
        "'sagemaker.amazonaws.com' to assume the role.",
    )
    bench.restore()
    assert bench.sagemaker.create_transform_job(TransformJobName="t", ModelName="m", **TRANSFORM)


def test_an_endpoint_is_accepted_and_fails_while_it_is_made(bench: Bench) -> None:
    bench.withdraw()
    bench.sagemaker.create_endpoint(EndpointName="e", EndpointConfigName="c")
    bench.clock.wait(121)
    failed = bench.sagemaker.describe_endpoint(EndpointName="e")
    assert failed["EndpointStatus"] == "Failed"
    assert failed["FailureReason"] == MODELS.format(role=bench.role)


def test_an_endpoint_in_service_fails_at_its_next_update(bench: Bench) -> None:
    bench.sagemaker.create_endpoint(EndpointName="e", EndpointConfigName="c")
    bench.clock.wait(121)
    bench.withdraw()
    bench.clock.wait(300)
    assert bench.sagemaker.describe_endpoint(EndpointName="e")["EndpointStatus"] == "InService"
    bench.sagemaker.update_endpoint(EndpointName="e", EndpointConfigName="c")
    bench.clock.wait(121)
    assert bench.sagemaker.describe_endpoint(EndpointName="e")["EndpointStatus"] == "Failed"


def test_a_notebook_does_not_come_up_again_until_its_role_is_mended(bench: Bench) -> None:
    bench.sagemaker.create_notebook_instance(
        NotebookInstanceName="n", InstanceType="ml.t3.medium", RoleArn=bench.role
    )
    bench.clock.wait(91)
    bench.withdraw()
    bench.sagemaker.stop_notebook_instance(NotebookInstanceName="n")
    bench.clock.wait(46)
    bench.sagemaker.start_notebook_instance(NotebookInstanceName="n")
    bench.clock.wait(91)
    failed = bench.sagemaker.describe_notebook_instance(NotebookInstanceName="n")
    assert failed["NotebookInstanceStatus"] == "Failed"
    assert failed["FailureReason"].startswith(f"Could not assume role {bench.role}.")
    bench.restore()
    bench.sagemaker.update_notebook_instance(NotebookInstanceName="n", InstanceType="ml.t3.large")
    bench.clock.wait(21)
    bench.sagemaker.start_notebook_instance(NotebookInstanceName="n")
    bench.clock.wait(91)
    mended = bench.sagemaker.describe_notebook_instance(NotebookInstanceName="n")
    assert mended["NotebookInstanceStatus"] == "InService"
    assert "FailureReason" not in mended


def test_a_pipeline_s_execution_fails_under_a_role_that_is_gone(bench: Bench) -> None:
    definition = json.dumps(
        {"Version": "2020-12-01", "Steps": [{"Name": "s", "Type": "Training", "Arguments": {}}]}
    )
    bench.sagemaker.create_pipeline(PipelineName="p", PipelineDefinition=definition, RoleArn=bench.role)
    started = bench.sagemaker.start_pipeline_execution(PipelineName="p")["PipelineExecutionArn"]
    bench.withdraw()
    bench.clock.wait(300)
    failed = bench.sagemaker.describe_pipeline_execution(PipelineExecutionArn=started)
    assert failed["PipelineExecutionStatus"] == "Failed"
    assert bench.role in failed["FailureReason"]


def test_the_confused_deputy_keys_are_those_of_the_job_that_runs(bench: Bench) -> None:
    """A trust policy that is narrowed to one job holds for that job's whole life, and for no other."""

    def narrowed(name: str) -> str:
        source = f"arn:aws:sagemaker:us-east-1:123456789012:processing-job/{name}"
        return policy({**SAGEMAKER["Statement"][0], "Condition": {"ArnEquals": {"aws:SourceArn": source}}})

    for name in ("one", "two"):
        bench.sagemaker.create_processing_job(ProcessingJobName=name, RoleArn=bench.role, **PROCESS)
    bench.iam.update_assume_role_policy(RoleName="Exec", PolicyDocument=narrowed("one"))
    bench.clock.wait(61)
    ended = {
        name: bench.sagemaker.describe_processing_job(ProcessingJobName=name)["ProcessingJobStatus"]
        for name in ("one", "two")
    }
    assert ended == {"one": "Completed", "two": "Failed"}


def test_a_service_linked_role_belongs_to_its_service(bench: Bench) -> None:
    bench.sagemaker.create_domain(
        DomainName="d",
        AuthMode="IAM",
        DefaultUserSettings={"ExecutionRole": bench.role},
        SubnetIds=["subnet-12345678"],
        VpcId="vpc-12345678",
    )
    name = {"RoleName": "AWSServiceRoleForAmazonSageMakerNotebooks"}
    role = bench.iam.get_role(**name)["Role"]
    assert role["Path"] == "/aws-service-role/sagemaker.amazonaws.com/"
    assert role["AssumeRolePolicyDocument"]["Statement"] == [
        {"Action": ["sts:AssumeRole"], "Effect": "Allow", "Principal": {"Service": ["sagemaker.amazonaws.com"]}}
    ]
    (attached,) = bench.iam.list_attached_role_policies(**name)["AttachedPolicies"]
    assert attached["PolicyName"] == "AmazonSageMakerNotebooksServiceRolePolicy"
    for call, parameters in (
        (bench.iam.put_role_policy, {"PolicyName": "x", "PolicyDocument": policy()}),
        (bench.iam.detach_role_policy, {"PolicyArn": attached["PolicyArn"]}),
        (bench.iam.update_assume_role_policy, {"PolicyDocument": TRUST}),
        (bench.iam.delete_role, {}),
    ):
        assert refused(call, **name, **parameters)[0] == "UnmodifiableEntity"
    taken = refused(bench.iam.create_service_linked_role, AWSServiceName="sagemaker.amazonaws.com")
    assert taken[0] == "InvalidInput"


def test_a_service_linked_role_is_deleted_when_nothing_needs_it_any_more(bench: Bench) -> None:
    made = bench.sagemaker.create_domain(
        DomainName="d",
        AuthMode="IAM",
        DefaultUserSettings={"ExecutionRole": bench.role},
        SubnetIds=["subnet-12345678"],
        VpcId="vpc-12345678",
    )
    domain = made["DomainArn"].rpartition("/")[2]
    name = {"RoleName": "AWSServiceRoleForAmazonSageMakerNotebooks"}

    def delete() -> dict[str, Any]:
        task = bench.iam.delete_service_linked_role(**name)["DeletionTaskId"]
        return dict(bench.iam.get_service_linked_role_deletion_status(DeletionTaskId=task))

    failed = delete()
    assert failed["Status"] == "FAILED"
    assert failed["Reason"]["RoleUsageList"][0]["Resources"] == [made["DomainArn"]]
    bench.clock.wait(31)
    bench.sagemaker.delete_domain(DomainId=domain)
    bench.clock.wait(21)
    assert bench.sagemaker.list_domains()["Domains"] == []
    assert delete()["Status"] == "SUCCEEDED"
    assert refused(bench.iam.get_role, **name)[0] == "NoSuchEntity"


def test_an_endpoint_in_a_vpc_gets_its_service_linked_role_if_the_caller_may_make_it(bench: Bench) -> None:
    name = {"RoleName": "AWSServiceRoleForSageMakerInference"}
    bench.sagemaker.create_endpoint(EndpointName="public", EndpointConfigName="c")
    assert refused(bench.iam.get_role, **name)[0] == "NoSuchEntity"
    bench.sagemaker.create_model(
        ModelName="private",
        ExecutionRoleArn=bench.role,
        PrimaryContainer={"Image": "123456789012.dkr.ecr.us-east-1.amazonaws.com/serve:1"},
        VpcConfig={"SecurityGroupIds": ["sg-1"], "Subnets": ["subnet-1"]},
    )
    variant = {
        "VariantName": "v",
        "ModelName": "private",
        "InitialInstanceCount": 1,
        "InstanceType": "ml.m5.large",
    }
    bench.sagemaker.create_endpoint_config(EndpointConfigName="in-vpc", ProductionVariants=[variant])
    bench.iam.create_user(UserName="u")
    bench.iam.put_user_policy(UserName="u", PolicyName="p", PolicyDocument=policy(allow("sagemaker:*")))
    user = bench.client("sagemaker", bench.iam.create_access_key(UserName="u")["AccessKey"])
    user.create_endpoint(EndpointName="without", EndpointConfigName="in-vpc")
    assert refused(bench.iam.get_role, **name)[0] == "NoSuchEntity"
    bench.sagemaker.create_endpoint(EndpointName="with", EndpointConfigName="in-vpc")
    role = bench.iam.get_role(**name)["Role"]
    assert role["Path"] == "/aws-service-role/inference.sagemaker.amazonaws.com/"
    task = bench.iam.delete_service_linked_role(**name)["DeletionTaskId"]
    found = bench.iam.get_service_linked_role_deletion_status(DeletionTaskId=task)
    assert [one["Resources"] for one in found["Reason"]["RoleUsageList"]] == [
        ["arn:aws:sagemaker:us-east-1:123456789012:endpoint/with"]
    ]


def test_a_service_linked_role_cannot_be_handed_to_a_job(bench: Bench) -> None:
    """Not even the one that trusts the service principal to which roles are passed."""
    for service in ("hyperpod.sagemaker.amazonaws.com", "sagemaker.amazonaws.com"):
        role = bench.iam.create_service_linked_role(AWSServiceName=service)["Role"]["Arn"]
        assert refused(bench.sagemaker.create_training_job, **training_job(role))[0] == "ValidationException"
