"""Invocations: who answers, with what, and what is refused in which words."""

from __future__ import annotations

import collections
from collections.abc import Callable

from rolecall.testing.server import Account
from services.sagemaker_runtimes.refusals import refused


def test_a_simulated_model_gives_the_request_back_and_says_so(
    account: Account, endpoint: Callable[..., str]
) -> None:
    endpoint("e")
    answer = account.client("sagemaker-runtime").invoke_endpoint(
        EndpointName="e", Body=b"1,2", ContentType="text/csv"
    )
    assert answer["Body"].read() == b"1,2"
    assert answer["ContentType"] == "text/csv"
    assert answer["InvokedProductionVariant"] == "v0"
    assert answer["CustomAttributes"] == "simulated by rolecall"


def test_the_container_says_what_it_answers(account: Account, endpoint: Callable[..., str]) -> None:
    endpoint(
        "e", {"Environment": {"ROLECALL_ANSWER": "[0.5]", "ROLECALL_ANSWER_CONTENT_TYPE": "application/json"}}
    )
    answer = account.client("sagemaker-runtime").invoke_endpoint(EndpointName="e", Body=b"x", CustomAttributes="c")
    assert answer["Body"].read() == b"[0.5]"
    assert answer["ContentType"] == "application/json"
    assert answer["CustomAttributes"] == "c"


def test_a_container_may_fail(account: Account, endpoint: Callable[..., str]) -> None:
    endpoint("e", {"Environment": {"ROLECALL_STATUS": "400", "ROLECALL_ANSWER": "no such column"}})
    code, status, message = refused(
        account.client("sagemaker-runtime").invoke_endpoint, EndpointName="e", Body=b"x"
    )
    assert (code, status) == ("ModelError", 424)
    assert message.startswith(
        'Received client error (400) from primary with message "no such column". See https://'
    )


def test_an_unknown_endpoint_is_not_found(account: Account) -> None:
    client = account.client("sagemaker-runtime")
    expected = ("ValidationError", 400, f"Endpoint nowhere of account {account.id} not found.")
    assert refused(client.invoke_endpoint, EndpointName="nowhere", Body=b"x") == expected


def test_variants_are_chosen_by_weight_or_by_name(account: Account, endpoint: Callable[..., str]) -> None:
    endpoint("e", {}, {})
    client = account.client("sagemaker-runtime")
    seen = collections.Counter(
        client.invoke_endpoint(EndpointName="e", Body=b"x")["InvokedProductionVariant"] for _ in range(20)
    )
    assert seen == {"v0": 20}  # v1 has no weight
    named = client.invoke_endpoint(EndpointName="e", Body=b"x", TargetVariant="v1")
    assert named["InvokedProductionVariant"] == "v1"
    assert refused(client.invoke_endpoint, EndpointName="e", Body=b"x", TargetVariant="v2")[0] == "ValidationError"


def test_only_multi_model_containers_take_a_target_model(account: Account, endpoint: Callable[..., str]) -> None:
    endpoint("one")
    endpoint("many", {"Mode": "MultiModel"})
    client = account.client("sagemaker-runtime")
    assert client.invoke_endpoint(EndpointName="many", Body=b"x", TargetModel="a.tar.gz")["Body"].read() == b"x"
    assert refused(client.invoke_endpoint, EndpointName="many", Body=b"x")[0] == "ValidationError"
    assert refused(client.invoke_endpoint, EndpointName="one", Body=b"x", TargetModel="a")[0] == "ValidationError"


def test_a_stream_brings_the_same_answer_in_parts(account: Account, endpoint: Callable[..., str]) -> None:
    endpoint("e")
    body = b"abc" * 3000
    answer = account.client("sagemaker-runtime").invoke_endpoint_with_response_stream(EndpointName="e", Body=body)
    parts = [event["PayloadPart"]["Bytes"] for event in answer["Body"]]
    assert len(parts) > 1
    assert b"".join(parts) == body


def test_an_asynchronous_endpoint_answers_with_places(account: Account, endpoint: Callable[..., str]) -> None:
    output = {"S3OutputPath": "s3://out/o", "S3FailurePath": "s3://out/f"}
    endpoint("later", AsyncInferenceConfig={"OutputConfig": output})
    client = account.client("sagemaker-runtime")
    answer = client.invoke_endpoint_async(EndpointName="later", InputLocation="s3://in/x", InferenceId="one")
    assert answer["ResponseMetadata"]["HTTPStatusCode"] == 202
    assert answer["InferenceId"] == "one"
    assert answer["OutputLocation"].startswith("s3://out/o/")
    assert answer["FailureLocation"].startswith("s3://out/f/")
    assert refused(client.invoke_endpoint, EndpointName="later", Body=b"x")[0] == "ValidationError"


def test_components_are_asked_for_by_name(account: Account, role: str) -> None:
    sagemaker = account.client("sagemaker")
    variant = {"VariantName": "v", "InstanceType": "ml.m5.large", "InitialInstanceCount": 1}
    sagemaker.create_endpoint_config(EndpointConfigName="c", ExecutionRoleArn=role, ProductionVariants=[variant])
    sagemaker.create_endpoint(EndpointName="e", EndpointConfigName="c")
    sagemaker.create_model(ModelName="m", ExecutionRoleArn=role, PrimaryContainer={"Image": "1.dkr.ecr/x:1"})
    sagemaker.create_inference_component(
        InferenceComponentName="part",
        EndpointName="e",
        VariantName="v",
        Specification={"ModelName": "m", "ComputeResourceRequirements": {"MinMemoryRequiredInMb": 128}},
        RuntimeConfig={"CopyCount": 1},
    )
    client = account.client("sagemaker-runtime")
    answer = client.invoke_endpoint(EndpointName="e", InferenceComponentName="part", Body=b"x")
    assert answer["Body"].read() == b"x"
    assert (
        "Inference Component Name header is required"
        in refused(client.invoke_endpoint, EndpointName="e", Body=b"x")[2]
    )
    assert refused(client.invoke_endpoint, EndpointName="e", InferenceComponentName="no", Body=b"x")[1] == 400
