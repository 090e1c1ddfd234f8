"""Can the service assume the roles that a call passes to it? Judged after every permission (SageMaker 7.1, 7.3).

The role must exist in the caller's account, and its trust policy must let the service principal assume it, with
the confused-deputy keys that the service sends. A failure is no denial but a validation error of the service.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

from rolecall.authorization.api_call import ApiCall, Ports
from rolecall.authorization.paths import find, instant
from rolecall.authorization.requirements import PASS_ROLE, Check
from rolecall.authorization.rulings import Decide
from rolecall.authorization.trust_texts import not_assumable
from rolecall.decision.policies import PoliciesInForce
from rolecall.decision.request import Context, Principal, PrincipalType, Request, Resource

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
}


def source_arn(call: ApiCall) -> str:
    """The resource on whose behalf the service will assume the role."""
    path, member = SOURCES.get(call.operation, ("*", ""))
    name = next((str(found.value) for found in find(member, call.parameters)), "") if member else ""
    return f"arn:{call.partition}:sagemaker:{call.region}:{call.account}:{path.format(name)}"


def trusts(
    role: str, service: str, account: str, source: str, call: ApiCall, ports: Ports, decide: Decide
) -> bool:
    """Whether a role's trust policy lets a service principal assume it for a resource of this account."""
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
            "aws:CurrentTime": instant(call.now),
            "aws:EpochTime": str(int(call.now.timestamp())),
            "aws:RequestedRegion": call.region,
            "aws:SecureTransport": "true",
            "aws:ViaAWSService": "false",
            "aws:ResourceAccount": account,
            **{
                f"{family}:ResourceTag/{key}": value
                for key, value in ports.facts.tags_of(role).items()
                for family in ("aws", "iam")
            },
        },
        multivalued=("aws:PrincipalServiceNamesList",),
    )
    above = ports.world.control_policies(account)
    request = Request(
        Principal(service, account, PrincipalType.SERVICE),
        "sts:AssumeRole",
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
        if account == call.account and trusts(role, service, account, source_arn(call), call, ports, decide):
            continue
        return not_assumable(call.operation, role, service)
    return None
