"""What the operations of SageMaker's runtime clients need. They share the IAM prefix `sagemaker:` with the API.

Operations whose action has another name, or that need two, stand apart at the end (Service Authorization
Reference, "API operations"). Whoever invokes through an inference router needs leave for the router here; for the
destination the router asks InvokeEndpoint itself, with the caller's own credentials.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

from rolecall.authorization.requirement import Requirement

SOURCE: Final = "Service Authorization Reference, Amazon SageMaker"
_DEVICE: Final = "device-fleet/{DeviceFleetName}/device/{DeviceName}"
_GROUP: Final = "{FeatureGroupName|feature-group/}"
_SESSION: Final = "training-session/{trainingSessionName}"
_ENDPOINT: Final = "endpoint/{EndpointName}"

# (client, resource template, operations): the action has the operation's name.
PLAIN: Final[tuple[tuple[str, str, str], ...]] = (
    ("sagemaker-runtime", _ENDPOINT, "InvokeEndpoint InvokeEndpointAsync"),
    ("sagemaker-a2i-runtime", "human-loop/{HumanLoopName}", "DeleteHumanLoop DescribeHumanLoop StopHumanLoop"),
    ("sagemaker-a2i-runtime", "*", "ListHumanLoops"),
    ("sagemaker-a2i-runtime", "{FlowDefinitionArn}", "StartHumanLoop"),
    ("sagemaker-edge", _DEVICE, "GetDeployments GetDeviceRegistration SendHeartbeat"),
    ("sagemaker-featurestore-runtime", _GROUP, "DeleteRecord GetRecord ListRecords PutRecord"),
    ("sagemaker-featurestore-runtime", "{Identifiers[].FeatureGroupName|feature-group/}", "BatchGetRecord"),
    ("sagemaker-featurestore-runtime", "{Entries[].FeatureGroupName|feature-group/}", "BatchWriteRecord"),
    (
        "sagemaker-inference-router-runtime",
        "inference-router/{InferenceRouterName}",
        "InvokeInferenceRouter InvokeInferenceRouterAsync",
    ),
    ("sagemaker-metrics", "experiment-trial-component/{TrialComponentName}", "BatchPutMetrics"),
    ("sagemaker-metrics", "{MetricQueries[].ResourceArn}", "BatchGetMetrics"),
    ("sagemakerjobruntime", "{JobArn}", "CompleteRollout Sample SampleWithResponseStream UpdateReward"),
    (
        "sagemakertrainingsessionruntime",
        _SESSION,
        "ExecuteSamplingOperation ExecuteTrainingOperation GetSamplingOperationResult GetTrainingOperationResult"
        " SampleTrainingSession SampleTrainingSessionWithResponseStream",
    ),
)


def _row(action: str, on: str, when: str = "") -> Requirement:
    return Requirement(action=f"sagemaker:{action}", on=on, when=when, source=SOURCE)


_COMPONENT: Final = _row(
    "InvokeEndpoint", "inference-component/{InferenceComponentName}", "InferenceComponentName"
)
_BEARER: Final = _row("CallWithBearerToken", "*", "$auth.bearer_token_type")

# Operations that need more than the action of their name, or another.
IRREGULAR: Final[Mapping[str, Mapping[str, tuple[Requirement, ...]]]] = {
    "sagemaker-runtime": {
        "InvokeEndpoint": (_row("InvokeEndpoint", _ENDPOINT), _COMPONENT),
        # By the operation's own documentation; the reference has an action of the operation's name beside it.
        "InvokeEndpointWithResponseStream": (_row("InvokeEndpoint", _ENDPOINT), _COMPONENT, _BEARER),
    },
    "sagemaker-featurestore-runtime": {
        "BatchWriteRecord": (
            _row("BatchWriteRecord", "{Entries[].FeatureGroupName|feature-group/}"),
            _row("PutRecord", "{Entries[].FeatureGroupName|feature-group/}"),
        ),
        # With sagemaker:IsUpdateRecord and sagemaker:UpdatableFeatures in the context.
        "UpdateRecord": (_row("PutRecord", _GROUP),),
    },
    "sagemakerjobruntime": {
        name: (_row(name, "{JobArn}"), _BEARER)
        for name in ("CompleteRollout", "Sample", "SampleWithResponseStream", "UpdateReward")
    },
}

ROWS: Final[Mapping[str, Mapping[str, tuple[Requirement, ...]]]] = {
    client: {
        **{name: (_row(name, on),) for holder, on, names in PLAIN if holder == client for name in names.split()},
        **IRREGULAR.get(client, {}),
    }
    for client in dict.fromkeys(holder for holder, _, _ in PLAIN)
}
