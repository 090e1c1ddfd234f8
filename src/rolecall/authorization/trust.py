"""Can the service assume the roles that a call passes to it? Judged after every permission (SageMaker 7.1, 7.3).

The role must exist in the caller's account, and its trust policy must let the service principal assume it, with
the confused-deputy keys that the service sends. A failure is no denial but a validation error of the service.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

from rolecall.authorization.api_call import ApiCall, Ports
from rolecall.authorization.context import resource_keys, source_organization_keys
from rolecall.authorization.paths import find, instant
from rolecall.authorization.requirements import PASS_ROLE, Check
from rolecall.authorization.rulings import Decide
from rolecall.authorization.trust_texts import not_assumable
from rolecall.decision.policies import PoliciesInForce
from rolecall.decision.request import Context, Principal, PrincipalType, Request, Resource

NO_KEYS: Final[Mapping[str, str]] = {}

# aws:SourceArn when SageMaker assumes a role ("Cross-service confused deputy prevention"): the resource after
# `arn:…:account:`, {} being the name; inference, Studio and everything else send a literal `*`.
SOURCES: Final[Mapping[str, tuple[str, str]]] = {
    "CreateTrainingJob": ("training-job/{}", "TrainingJobName"),
    "CreateHyperParameterTuningJob": ("training-job/*", ""),
    "CreateProcessingJob": ("processing-job/{}", "ProcessingJobName"),
    "CreateCompilationJob": ("compilation-job/{}", "CompilationJobName"),
    "CreateImage": ("image", ""),
    "UpdateImage": ("image", ""),
    "CreatePipeline": ("pipeline/{}/*", "PipelineName"),
    "UpdatePipeline": ("pipeline/{}/*", "PipelineName"),
    "CreateTransformJob": ("transform-job/{}", "TransformJobName"),
}

# Operations that pass no role and yet begin by assuming one: where the resource that has it is named, and the
# member of that resource which holds the role. The refusal is the same as for a passed role.
TAKEN_OVER: Final[Mapping[str, tuple[str, str, str]]] = {
    "CreateTransformJob": ("model/{}", "ModelName", "ExecutionRoleArn"),
}
SAGEMAKER: Final = "sagemaker.amazonaws.com"
JOBS: Final = "job.sagemaker.amazonaws.com"  # CreateJob alone passes its role to it
ASSUME: Final = "sts:AssumeRole"
SERVICE_LINKED: Final = ":role/aws-service-role/"


def source_arn(call: ApiCall) -> str:
    """The resource on whose behalf the service will assume the role."""
    path, member = SOURCES.get(call.operation, ("*", ""))
    name = next((str(found.value) for found in find(member, call.parameters)), "") if member else ""
    return f"arn:{call.partition}:sagemaker:{call.region}:{call.account}:{path.format(name)}"


# Resources for whose sake SageMaker assumes a role again and again under their own name, and the part of their ARN
# that it sends; all others send a literal `*`.
LASTING_SOURCES: Final[Mapping[str, str]] = {
    "training-job": "{arn}",
    "processing-job": "{arn}",
    "transform-job": "{arn}",
    "compilation-job": "{arn}",
    "pipeline-execution": "{pipeline}/*",
}


def lasting_source(type: str, arn: str) -> str:
    """The aws:SourceArn of a resource that exists, as SageMaker works for it."""
    whole = LASTING_SOURCES.get(type, "{account}:*")
    return whole.format(arn=arn, pipeline=arn.partition("/execution/")[0], account=":".join(arn.split(":")[:5]))


def lasting_service(type: str) -> str:
    """The service principal that goes on working with the role of a resource: the one it was passed to."""
    return JOBS if type == "job" else SAGEMAKER


def trusts(
    role: str,
    service: str,
    account: str,
    source: str,
    call: ApiCall,
    ports: Ports,
    decide: Decide,
    *,
    action: str = ASSUME,
    keys: Mapping[str, str] = NO_KEYS,
) -> bool:
    """Whether a role's trust policy lets a service principal assume it for a resource of this account.

    action and keys: for what belongs to assuming a role besides, such as setting its source identity.
    """
    policy = ports.facts.trust_policy(role)
    if policy is None:
        return False
    context = Context(
        {
            "aws:PrincipalIsAWSService": "true",
            "aws:PrincipalServiceName": service,
            "aws:PrincipalServiceNamesList": (service,),
            "aws:SourceArn": source,
            "aws:SourceAccount": account,
            **source_organization_keys(account, ports),
            "aws:CurrentTime": instant(call.now),
            "aws:EpochTime": str(int(call.now.timestamp())),
            "aws:RequestedRegion": call.region,
            "aws:SecureTransport": "true",
            "aws:ViaAWSService": "false",
            **resource_keys(account, ports),
            **{
                f"{family}:ResourceTag/{key}": value
                for key, value in ports.facts.tags_of(role).items()
                for family in ("aws", "iam")
            },
            **keys,
        },
        multivalued=("aws:PrincipalServiceNamesList", "aws:SourceOrgPaths", "aws:ResourceOrgPaths"),
    )
    above = ports.world.control_policies(account)
    request = Request(
        Principal(service, account, PrincipalType.SERVICE),
        action,
        Resource(role, account, management_account=above.management_account),
        context,
    )
    return decide(request, PoliciesInForce(resource=policy, rcps=above.rcps)).allowed


def untrusting(call: ApiCall, checks: tuple[Check, ...], ports: Ports, decide: Decide) -> str | None:
    """What the service says of the first passed role that it cannot assume; None when it can assume all."""
    for check in checks:
        if check.request.action != PASS_ROLE:
            continue
        role, account = check.request.resource.arn, check.request.resource.account
        service = (check.request.context.get("iam:PassedToService") or ("",))[0]
        if not service.endswith("sagemaker.amazonaws.com"):
            continue
        if SERVICE_LINKED in role:
            return not_assumable(call.operation, role, service)  # its service alone works with it, unasked
        if account == call.account and trusts(role, service, account, source_arn(call), call, ports, decide):
            continue
        return not_assumable(call.operation, role, service)
    taken = role_taken_over(call, ports)
    if taken and not trusts(taken, SAGEMAKER, call.account, source_arn(call), call, ports, decide):
        return not_assumable(call.operation, taken)
    return None


def role_taken_over(call: ApiCall, ports: Ports) -> str | None:
    """The role of the resource that a call names, where the call begins by assuming it."""
    if call.operation not in TAKEN_OVER:
        return None
    path, member, holds = TAKEN_OVER[call.operation]
    resource = f"arn:{call.partition}:sagemaker:{call.region}:{call.account}:{path}"
    state = ports.facts.state_of(resource.format(call.parameters.get(member)))
    role = (state or {}).get(holds)
    return str(role) if role else None
