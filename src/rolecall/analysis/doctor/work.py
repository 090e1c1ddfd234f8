"""What SageMaker does with a role once a call is made: reads data, pulls images, writes logs, joins networks.

Source: "How to use SageMaker AI execution roles" (Amazon SageMaker AI Developer Guide), which lists the
permissions for each operation. Where a resource is not known (which bucket, which repository), the policies are
asked for the ones that they name, and one that works will do.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

from msgspec import Struct

from rolecall.analysis.doctor.patient import SAMPLE, Patient, Use
from rolecall.decision.policies import PoliciesInForce
from rolecall.decision.reference.actions import action_matches
from rolecall.decision.request import Request
from rolecall.policy.document import Effect, Statement

# By these parts of a bucket's name AmazonSageMakerFullAccess lets objects be reached.
BUCKET_NAMES: Final = ("sagemaker", "Sagemaker", "SageMaker", "aws-glue")
SAMPLE_BUCKET: Final = f"{SAMPLE}-data"
IMAGE_ACTIONS: Final = ("ecr:BatchCheckLayerAvailability", "ecr:GetDownloadUrlForLayer", "ecr:BatchGetImage")
INTERFACES: Final = (
    "ec2:CreateNetworkInterface",
    "ec2:DeleteNetworkInterface",
    "ec2:CreateNetworkInterfacePermission",
    "ec2:DeleteNetworkInterfacePermission",
)
DESCRIBED: Final = (
    "ec2:DescribeNetworkInterfaces",
    "ec2:DescribeVpcs",
    "ec2:DescribeDhcpOptions",
    "ec2:DescribeSubnets",
    "ec2:DescribeSecurityGroups",
)
KEY_ACTIONS: Final = ("kms:Decrypt", "kms:GenerateDataKey", "kms:CreateGrant")
LOG_GROUPS: Final = {
    Use.JOBS: ("TrainingJobs", "ProcessingJobs", "TransformJobs"),
    Use.ENDPOINTS: (f"Endpoints/{SAMPLE}",),
    Use.NOTEBOOKS: ("NotebookInstances",),
    Use.STUDIO: ("studio",),
}


class Task(Struct, frozen=True):
    """One action that SageMaker needs. options: resources of which one will do. named: somebody asked for it."""

    code: str
    action: str
    options: tuple[str, ...]
    where: str = ""
    named: bool = False


def tasks(patient: Patient, uses: frozenset[Use], policies: PoliciesInForce) -> Iterator[Task]:
    """Everything that the role's uses take; `policies` are those of the role."""
    if uses & {Use.JOBS, Use.ENDPOINTS}:
        yield from _reading(patient, policies)
        yield from _images(patient, policies)
    if Use.JOBS in uses or patient.data.outputs:
        yield from _writing(patient, policies)
    yield from _logs(patient, uses)
    if patient.data.network:
        anywhere = f"arn:{patient.partition}:ec2:{patient.region}:{patient.account}"
        for action in INTERFACES:
            yield Task("network", action, (f"{anywhere}:network-interface/*",), named=True)
        for action in DESCRIBED:
            yield Task("network", action, ("*",), named=True)
    for key in patient.data.keys:
        for action in KEY_ACTIONS:
            yield Task("encryption-key", action, (key,), f"on {key}", named=True)


def _reading(patient: Patient, policies: PoliciesInForce) -> Iterator[Task]:
    for given in patient.data.inputs:
        bucket, prefix = _place(given)
        yield Task("storage", "s3:GetObject", (_s3(patient, bucket, f"{prefix}{SAMPLE}"),), f"in {given}", True)
        yield Task("storage", "s3:ListBucket", (_s3(patient, bucket),), f"in {given}", True)
    if not patient.data.inputs:
        found = tuple(_named("s3:GetObject", policies, patient))
        yield Task("storage", "s3:GetObject", (*found, _ordinary(patient)), "in any bucket")


def _writing(patient: Patient, policies: PoliciesInForce) -> Iterator[Task]:
    for given in patient.data.outputs:
        bucket, prefix = _place(given)
        yield Task("storage", "s3:PutObject", (_s3(patient, bucket, f"{prefix}{SAMPLE}"),), f"in {given}", True)
    if not patient.data.outputs:
        found = tuple(_named("s3:PutObject", policies, patient))
        yield Task("storage", "s3:PutObject", (*found, _ordinary(patient)), "in any bucket")


def ordinary_bucket(patient: Patient) -> Task:
    """Reading from a bucket whose name says nothing of SageMaker."""
    return Task("storage", "s3:GetObject", (_ordinary(patient),), "in a bucket of any name")


def _images(patient: Patient, policies: PoliciesInForce) -> Iterator[Task]:
    yield Task("images", "ecr:GetAuthorizationToken", ("*",))
    own = f"arn:{patient.partition}:ecr:{patient.region}:{patient.account}:repository/{SAMPLE}"
    for action in IMAGE_ACTIONS:
        yield Task("images", action, (*_named(action, policies, patient), own))


def _logs(patient: Patient, uses: frozenset[Use]) -> Iterator[Task]:
    home = f"arn:{patient.partition}:logs:{patient.region}:{patient.account}:log-group:/aws/sagemaker"
    groups = [group for use in Use if use in uses for group in LOG_GROUPS.get(use, ())]
    for group in groups:
        yield Task(
            "logs", "logs:CreateLogStream", (f"{home}/{group}:log-stream:{SAMPLE}",), f"in /aws/sagemaker/{group}"
        )
        yield Task(
            "logs", "logs:PutLogEvents", (f"{home}/{group}:log-stream:{SAMPLE}",), f"in /aws/sagemaker/{group}"
        )
        yield Task(
            "log-groups", "logs:CreateLogGroup", (f"{home}/{group}:log-stream:",), f"in /aws/sagemaker/{group}"
        )
    if uses & {Use.JOBS, Use.ENDPOINTS}:
        yield Task("metrics", "cloudwatch:PutMetricData", ("*",))


def _place(given: str) -> tuple[str, str]:
    """Bucket and prefix of `bucket`, `bucket/prefix` or `s3://bucket/prefix`."""
    bucket, _, prefix = given.removeprefix("s3://").partition("/")
    return bucket, f"{prefix.rstrip('/')}/" if prefix.strip("/") else ""


def _s3(patient: Patient, bucket: str, key: str = "") -> str:
    return f"arn:{patient.partition}:s3:::{bucket}" + (f"/{key}" if key else "")


def _ordinary(patient: Patient) -> str:
    return _s3(patient, SAMPLE_BUCKET, SAMPLE)


def is_sample_bucket(arn: str) -> bool:
    """Whether a resource lies in a bucket that nobody has."""
    return arn.partition(":s3:::")[2].partition("/")[0] == SAMPLE_BUCKET


def _named(action: str, policies: PoliciesInForce, patient: Patient) -> Iterator[str]:
    """Resources that the role's own policies name for an action, with a sample for what they leave open."""
    return _instances(action, policies, patient.partition, patient.region, patient.account)


def named(action: str, policies: PoliciesInForce, request: Request) -> Iterator[str]:
    """The same for the action of a request, in the place of its resource."""
    parts = request.resource.arn.split(":", 5)
    return _instances(action, policies, parts[1], parts[3], parts[4])


def _instances(action: str, policies: PoliciesInForce, *home: str) -> Iterator[str]:
    for policy in policies.identity:
        for statement in policy.document.statements:
            if statement.effect is not Effect.ALLOW or not speaks_of(statement, action):
                continue
            for pattern in statement.resources or ():
                if pattern != "*" and "${" not in pattern and pattern.count(":") >= 5:
                    yield _filled(pattern, *home)


def _filled(pattern: str, partition: str, region: str, account: str) -> str:
    parts = pattern.split(":", 5)
    parts[1] = parts[1].replace("*", partition)
    parts[3] = parts[3].replace("*", region)
    parts[4] = parts[4].replace("*", account)
    parts[5] = parts[5].replace("*", SAMPLE).replace("?", "x")
    if parts[2] == "s3" and "/" not in parts[5]:
        parts[5] += f"/{SAMPLE}"
    return ":".join(parts)


def speaks_of(statement: Statement, action: str) -> bool:
    """Whether a statement's actions hold an action."""
    if statement.not_actions is not None:
        return not any(action_matches(pattern, action) for pattern in statement.not_actions)
    return any(action_matches(pattern, action) for pattern in statement.actions or ())
