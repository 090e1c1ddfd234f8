"""What SageMaker does under an execution role once a call is made: data, images, logs, networks, keys.

Source: "How to use SageMaker AI execution roles" (Amazon SageMaker AI Developer Guide), by operation; the
resources are those that the request names. A domain's role, a notebook's role and the like do what people do with
them: of those only the documented part is told.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from typing import Any, Final

from msgspec import Struct

from rolecall.analysis.needs.beside import key_arn
from rolecall.authorization.api_call import ApiCall
from rolecall.authorization.paths import find, text_of
from rolecall.authorization.requirements import PASS_ROLE, rows_of

S3_URI: Final = re.compile(r"s3://([^/]+)/?(.*)")
ECR_IMAGE: Final = re.compile(r"(\d{12})\.dkr\.ecr\.([a-z0-9-]+)\.amazonaws\.com(?:\.cn)?/([^:@]+)")
IMAGE_ACTIONS: Final = ("ecr:BatchCheckLayerAvailability", "ecr:GetDownloadUrlForLayer", "ecr:BatchGetImage")
INTERFACES: Final = (
    "ec2:CreateNetworkInterface",
    "ec2:CreateNetworkInterfacePermission",
    "ec2:DeleteNetworkInterface",
    "ec2:DeleteNetworkInterfacePermission",
    "ec2:DescribeNetworkInterfaces",
    "ec2:DescribeVpcs",
    "ec2:DescribeDhcpOptions",
    "ec2:DescribeSubnets",
    "ec2:DescribeSecurityGroups",
)
AUTOML: Final = tuple(
    f"sagemaker:{name}"
    for name in (
        "DescribeEndpointConfig",
        "DescribeModel",
        "InvokeEndpoint",
        "ListTags",
        "DescribeEndpoint",
        "CreateModel",
        "CreateEndpointConfig",
        "CreateEndpoint",
        "DeleteModel",
        "DeleteEndpointConfig",
        "DeleteEndpoint",
    )
)
# Log groups under /aws/sagemaker, by operation.
LOG_GROUPS: Final[Mapping[str, str]] = {
    "CreateTrainingJob": "TrainingJobs",
    "CreateHyperParameterTuningJob": "TrainingJobs",
    "CreateProcessingJob": "ProcessingJobs",
    "CreateAutoMLJob": "ProcessingJobs",
    "CreateAutoMLJobV2": "ProcessingJobs",
    "CreateModel": "Endpoints/*",
    "CreateCompilationJob": "CompilationJobs",
    "CreateNotebookInstance": "NotebookInstances",
    "CreateLabelingJob": "LabelingJobs",
}
# Members that hold places where results go; every other place in S3 is read.
WRITTEN: Final = re.compile(
    r"Output|ModelArtifacts|OfflineStore|S3OutputPath|DestinationS3Uri|CheckpointConfig|Profiler.*S3|DebugHook"
)
PULLED: Final = frozenset({"Image", "TrainingImage", "ImageUri", "ContainerEntrypointImage", "BaseImage"})
KEYS: Final[Mapping[str, tuple[str, ...]]] = {
    "VolumeKmsKeyId": ("kms:CreateGrant",),
    "KmsKeyId": ("kms:Encrypt", "kms:GenerateDataKey", "kms:Decrypt"),
}
# A key of the operation as a whole encrypts what its machines or home directories keep.
WHOLE_KEYS: Final[Mapping[str, tuple[str, ...]]] = {
    "CreateDomain": ("kms:CreateGrant", "kms:DescribeKey"),
    "CreateEndpointConfig": ("kms:CreateGrant",),
    "CreateNotebookInstance": (),  # the caller makes the grant
}

# Operations that pass no role, and under whose role SageMaker then works.
UNDER: Final[Mapping[str, str]] = {
    "CreateTransformJob": "the role of its model (CreateModel, ExecutionRoleArn)",
    "CreateEndpoint": "the roles of its models, or of its endpoint configuration",
    "UpdateEndpoint": "the roles of its models, or of its endpoint configuration",
    "CreateInferenceComponent": "the role of its endpoint configuration",
    "CreateApp": "the execution role of its user profile, or of the domain's spaces",
    "CreateSpace": "the execution role of its owner's profile, or of the domain's spaces",
    "StartNotebookInstance": "the role of the notebook instance",
    "StartPipelineExecution": "the role of the pipeline",
}


class Work(Struct, frozen=True):
    """One action under a role."""

    action: str
    resource: str
    why: str
    when: str = ""


class RoleWork(Struct, frozen=True):
    """service: who assumes the role."""

    service: str
    tasks: tuple[Work, ...]


def work_of(call: ApiCall) -> dict[str, RoleWork]:
    """The later work under each role that the call passes, by the role's ARN."""
    made: dict[str, RoleWork] = {}
    for row in rows_of(call.service, call.operation):
        if row.action != PASS_ROLE:
            continue
        for found in find(row.when, call.parameters):
            role, service = text_of(found.value), dict(row.keys)["iam:PassedToService"].strip("'")
            if role and role not in made:
                made[role] = RoleWork(service, tuple(dict.fromkeys(_tasks(call, role))))
    return made


def _tasks(call: ApiCall, role: str) -> Iterator[Work]:
    found = list(_leaves(call.parameters, ""))
    group = LOG_GROUPS.get(call.operation)
    for path, text in found:
        yield from _data(call, path, text)
    for path, text in found:
        yield from _image(path, text)
    if group is not None:
        home = f"arn:{call.partition}:logs:{call.region}:{call.account}:log-group:/aws/sagemaker/{group}"
        for action in (
            "logs:CreateLogGroup",
            "logs:CreateLogStream",
            "logs:PutLogEvents",
            "logs:DescribeLogStreams",
        ):
            yield Work(action, f"{home}:*", "it writes its logs")
        yield Work("cloudwatch:PutMetricData", "*", "it reports its metrics")
    if any(path.rpartition(".")[2] in ("Subnets[]", "SubnetId") for path, _ in found):
        for action in INTERFACES:
            yield Work(action, "*", "its machines join the VPC")
    for path, text in found:
        usual = KEYS.get(path.rpartition(".")[2], ())
        for action in WHOLE_KEYS.get(call.operation, usual) if path == "KmsKeyId" else usual:
            yield Work(action, key_arn(text, call), f"{path} names a key")
    if call.operation.startswith("CreateAutoMLJob"):
        for action in AUTOML:
            yield Work(action, "*", "AutoML tries its candidates")
        yield Work(PASS_ROLE, role, "AutoML hands its own role to what it makes")


def _data(call: ApiCall, path: str, text: str) -> Iterator[Work]:
    """Places in S3: what is written goes there, everything else is read."""
    place = S3_URI.fullmatch(text)
    if place is None:
        return
    arn = f"arn:{call.partition}:s3:::{place[1]}"
    objects = f"{arn}/{place[2]}*"
    if WRITTEN.search(path):
        yield Work("s3:PutObject", objects, f"{path} is where results go")
    else:
        yield Work("s3:GetObject", objects, f"{path} is read")
    yield Work("s3:ListBucket", arn, f"{path} lies in this bucket")


def _image(path: str, text: str) -> Iterator[Work]:
    if path.rpartition(".")[2].removesuffix("[]") not in PULLED:
        return
    found = ECR_IMAGE.match(text)
    yield Work("ecr:GetAuthorizationToken", "*", "images are pulled with a token")
    if found is None:
        return
    repository = f"arn:aws:ecr:{found[2]}:{found[1]}:repository/{found[3]}"
    for action in IMAGE_ACTIONS:
        yield Work(action, repository, f"{path} is pulled")


def _leaves(value: Any, path: str) -> Iterator[tuple[str, str]]:
    """Every text in the parameters with its path."""
    if isinstance(value, Mapping):
        for name, inner in value.items():
            yield from _leaves(inner, f"{path}.{name}".lstrip("."))
    elif isinstance(value, list | tuple):
        for inner in value:
            yield from _leaves(inner, f"{path}[]")
    elif isinstance(value, str):
        yield path, value
