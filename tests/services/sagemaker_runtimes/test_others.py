"""Routers across accounts, metrics, human loops, jobs, training sessions, devices."""

from __future__ import annotations

import json
from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any

import pytest

from rolecall.testing.server import Account, TestServer
from services.sagemaker_runtimes.refusals import refused


def allow(account: Account, user: str, *actions: str) -> Any:
    """A user who may do these things everywhere; acting as them."""
    iam = account.client("iam")
    iam.create_user(UserName=user)
    statement = {"Effect": "Allow", "Action": list(actions), "Resource": "*"}
    document = json.dumps({"Version": "2012-10-17", "Statement": statement})
    iam.put_user_policy(UserName=user, PolicyName="p", PolicyDocument=document)
    return account.as_principal(f"user/{user}")


def route(account: Account, *destinations: str) -> str:
    answer = account.client("sagemaker").create_inference_router(
        InferenceRouterName="r",
        RoutingTargets=[{"Name": "t", "Destinations": [{"ResourceArn": arn} for arn in destinations]}],
    )
    return str(answer["InferenceRouterArn"])


def test_a_router_calls_an_endpoint_with_the_callers_own_credentials(
    account: Account, endpoint: Callable[..., str]
) -> None:
    arn = endpoint("e")
    route(account, arn)
    asked = {"InferenceRouterName": "r", "RoutingTargetName": "t", "Body": b"x"}
    both = allow(account, "both", "sagemaker:InvokeInferenceRouter", "sagemaker:InvokeEndpoint")
    answer = both.client("sagemaker-inference-router-runtime").invoke_inference_router(**asked)
    assert answer["Body"].read() == b"x"
    assert answer["InvokedRoutedResourceArn"] == arn
    assert answer["RoutingReason"] == "local-preferred"
    half = allow(account, "half", "sagemaker:InvokeInferenceRouter")
    code, status, message = refused(
        half.client("sagemaker-inference-router-runtime").invoke_inference_router, **asked
    )
    assert (code, status) == ("AccessDeniedException", 403)
    assert "every destination of the routing target" in message


def test_an_endpoint_of_another_account_needs_its_policy(
    account: Account, server: TestServer, role: str, endpoint: Callable[..., str]
) -> None:
    arn = endpoint("e")
    other = server.new_account()
    sagemaker = account.client("sagemaker")
    router = f"arn:aws:sagemaker:us-east-1:{other.id}:inference-router/r"
    policy: dict[str, Any] = {
        "Version": "2012-10-17",
        "Statement": [
            {
                "Effect": "Allow",
                "Principal": {"AWS": f"arn:aws:iam::{other.id}:root"},
                "Action": ["sagemaker:InvokeEndpoint", "sagemaker:DescribeEndpoint"],
                "Resource": arn,
            }
        ],
    }
    sagemaker.put_endpoint_policy(EndpointName="e", ResourcePolicy=json.dumps(policy))
    route(other, arn)
    caller = allow(other, "caller", "sagemaker:InvokeInferenceRouter", "sagemaker:InvokeEndpoint")
    client = caller.client("sagemaker-inference-router-runtime")
    asked = {"InferenceRouterName": "r", "RoutingTargetName": "t", "Body": b"x"}
    assert client.invoke_inference_router(**asked)["Body"].read() == b"x"
    policy["Statement"][0]["Condition"] = {"ArnEquals": {"sagemaker:SourceInferenceRouterArn": router}}
    sagemaker.put_endpoint_policy(EndpointName="e", ResourcePolicy=json.dumps(policy))
    assert client.invoke_inference_router(**asked)["Body"].read() == b"x"
    policy["Statement"][0]["Condition"] = {"ArnEquals": {"sagemaker:SourceInferenceRouterArn": f"{router}-2"}}
    sagemaker.put_endpoint_policy(EndpointName="e", ResourcePolicy=json.dumps(policy))
    assert refused(client.invoke_inference_router, **asked)[0] == "AccessDeniedException"
    sagemaker.delete_endpoint_policy(EndpointName="e")
    assert refused(client.invoke_inference_router, **asked)[0] == "AccessDeniedException"


def test_metrics_are_kept_summed_up_and_read_by_step(account: Account) -> None:
    sagemaker = account.client("sagemaker")
    arn = sagemaker.create_trial_component(TrialComponentName="c")["TrialComponentArn"]
    client = account.client("sagemaker-metrics")
    at = datetime(2026, 1, 1, tzinfo=UTC)
    points = [(1, 1.0), (1, 3.0), (2, 5.0)]
    data = [{"MetricName": "loss", "Timestamp": at, "Step": step, "Value": value} for step, value in points]
    assert client.batch_put_metrics(TrialComponentName="c", MetricData=data)["Errors"] == []
    (summary,) = sagemaker.describe_trial_component(TrialComponentName="c")["Metrics"]
    assert (summary["Count"], summary["Min"], summary["Max"], summary["Last"], summary["Avg"]) == (3, 1, 5, 5, 3)
    query = {"MetricName": "loss", "ResourceArn": arn, "MetricStat": "Avg"}
    steps = {**query, "Period": "IterationNumber", "XAxisType": "IterationNumber"}
    (found,) = client.batch_get_metrics(MetricQueries=[steps])["MetricQueryResults"]
    assert (found["Status"], found["XAxisValues"], found["MetricValues"]) == ("Complete", [1, 2], [2.0, 5.0])
    times = {**query, "Period": "OneMinute", "XAxisType": "Timestamp", "MetricStat": "Count"}
    (found,) = client.batch_get_metrics(MetricQueries=[times])["MetricQueryResults"]
    assert (found["XAxisValues"], found["MetricValues"]) == ([int(at.timestamp())], [3.0])


def test_the_mean_of_the_largest_numbers_is_a_number(account: Account) -> None:
    sagemaker, client = account.client("sagemaker"), account.client("sagemaker-metrics")
    sagemaker.create_trial_component(TrialComponentName="c")
    point = {"MetricName": "loss", "Timestamp": datetime(2026, 1, 1, tzinfo=UTC), "Value": 1.5e308}
    assert client.batch_put_metrics(TrialComponentName="c", MetricData=[point, point]).get("Errors", []) == []
    (summary,) = sagemaker.describe_trial_component(TrialComponentName="c")["Metrics"]
    assert summary["Avg"] == 1.5e308


def test_metrics_of_nothing_are_errors_of_each_point(account: Account) -> None:
    data = [{"MetricName": "m", "Timestamp": datetime(2026, 1, 1, tzinfo=UTC), "Value": 1.0}] * 2
    answer = account.client("sagemaker-metrics").batch_put_metrics(TrialComponentName="none", MetricData=data)
    assert answer["Errors"] == [{"Code": "VALIDATION_ERROR", "MetricIndex": index} for index in (0, 1)]


def test_a_human_loop_is_started_stopped_and_deleted(account: Account, role: str) -> None:
    account.client("sagemaker").create_workforce(
        WorkforceName="w", CognitoConfig={"UserPool": "us-east-1_pool", "ClientId": "client"}
    )
    team = account.client("sagemaker").create_workteam(
        WorkteamName="t",
        Description="d",
        MemberDefinitions=[
            {"CognitoMemberDefinition": {"UserPool": "us-east-1_pool", "UserGroup": "g", "ClientId": "client"}}
        ],
    )["WorkteamArn"]
    sagemaker = account.client("sagemaker")
    ui = sagemaker.create_human_task_ui(HumanTaskUiName="u", UiTemplate={"Content": "<p></p>"})["HumanTaskUiArn"]
    flow = sagemaker.create_flow_definition(
        FlowDefinitionName="f",
        RoleArn=role,
        OutputConfig={"S3OutputPath": "s3://b/"},
        HumanLoopConfig={
            "WorkteamArn": team,
            "HumanTaskUiArn": ui,
            "TaskTitle": "t",
            "TaskDescription": "d",
            "TaskCount": 1,
        },
    )["FlowDefinitionArn"]
    client = account.client("sagemaker-a2i-runtime")
    asked = {"HumanLoopName": "l", "FlowDefinitionArn": flow, "HumanLoopInput": {"InputContent": "{}"}}
    for text in ("{", "[" * 100_000):
        code, _, message = refused(client.start_human_loop, **{**asked, "HumanLoopInput": {"InputContent": text}})
        assert (code, message) == ("ValidationException", "InputContent is not valid JSON.")
    client.start_human_loop(**asked)
    assert refused(client.start_human_loop, **asked)[:2] == ("ConflictException", 409)
    assert client.describe_human_loop(HumanLoopName="l")["HumanLoopStatus"] == "InProgress"
    (listed,) = client.list_human_loops(FlowDefinitionArn=flow)["HumanLoopSummaries"]
    assert listed["HumanLoopName"] == "l"
    client.stop_human_loop(HumanLoopName="l")
    assert client.describe_human_loop(HumanLoopName="l")["HumanLoopStatus"] == "Stopped"
    client.delete_human_loop(HumanLoopName="l")
    assert refused(client.describe_human_loop, HumanLoopName="l")[:2] == ("ResourceNotFoundException", 404)


@pytest.mark.parametrize(
    ("flow", "content"), [("nowhere", "{}"), ("nowhere", "not JSON")], ids=["no flow definition", "no JSON"]
)
def test_what_cannot_be_reviewed_is_refused(account: Account, flow: str, content: str) -> None:
    asked = {
        "HumanLoopName": "l",
        "FlowDefinitionArn": f"arn:aws:sagemaker:us-east-1:{account.id}:flow-definition/{flow}",
        "HumanLoopInput": {"InputContent": content},
    }
    client = account.client("sagemaker-a2i-runtime")
    assert refused(client.start_human_loop, **asked)[:2] == ("ValidationException", 400)


def test_a_training_session_takes_operations_while_it_runs(
    server: TestServer, role: str, account: Account
) -> None:
    model = f"arn:aws:sagemaker:us-east-1:{account.id}:hub-content/ours/Model/base"
    account.client("sagemaker").create_training_session(
        TrainingSessionName="s",
        RoleArn=role,
        LoraConfig={"Rank": 8, "Alpha": 8},
        ModelConfig={"BaseModelArn": model},
        OutputConfig={"S3Location": {"Path": "s3://b/"}},
    )
    client = account.client("sagemakertrainingsessionruntime")
    step = {"optimizerStep": {"adamParamsConfig": {"learningRate": 0.001}}}
    taken = client.execute_training_operation(trainingSessionName="s", sequenceNumber=1, operationConfig=step)
    result = client.get_training_operation_result(trainingSessionName="s", operationId=taken["operationId"])
    assert result["status"] == "Completed"
    again = {"trainingSessionName": "s", "sequenceNumber": 1, "operationConfig": step}
    assert refused(client.execute_training_operation, **again)[:2] == ("ConflictException", 409)
    assert client.sample_training_session(trainingSessionName="s", body=b"x")["body"].read() == b"x"
    assert refused(client.sample_training_session, trainingSessionName="none")[1] == 404


def test_a_device_reports_its_heartbeat(account: Account, role: str) -> None:
    sagemaker = account.client("sagemaker")
    sagemaker.create_device_fleet(DeviceFleetName="f", OutputConfig={"S3OutputLocation": "s3://b/"}, RoleArn=role)
    sagemaker.register_devices(DeviceFleetName="f", Devices=[{"DeviceName": "d"}])
    client = account.client("sagemaker-edge")
    client.send_heartbeat(DeviceName="d", DeviceFleetName="f", AgentVersion="1")
    assert sagemaker.describe_device(DeviceName="d", DeviceFleetName="f")["AgentVersion"] == "1"
    assert json.loads(client.get_device_registration(DeviceName="d", DeviceFleetName="f")["DeviceRegistration"])
    assert refused(client.get_deployments, DeviceName="x", DeviceFleetName="f")[0] == "ValidationException"
