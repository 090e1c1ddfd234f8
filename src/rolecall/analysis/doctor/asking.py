"""Every question of an examination: the calls that are made with the role, what SageMaker does with it, who
trusts.

A call is expanded by the same requirement rows as on the server, so each asks for its action, for iam:PassRole
and, where it carries tags, for sagemaker:AddTags.
"""

from __future__ import annotations

import enum
from collections.abc import Iterator, Mapping
from typing import Any, Final

from msgspec import Struct

from rolecall.analysis.doctor.calls import parameters
from rolecall.analysis.doctor.patient import SAMPLE, Patient, Studio
from rolecall.analysis.doctor.surroundings import Surroundings
from rolecall.analysis.doctor.work import Task
from rolecall.analysis.questions import Question, gathered
from rolecall.authorization.api_call import ApiCall
from rolecall.authorization.caller import Caller
from rolecall.authorization.requirements import PASS_ROLE, expand, is_tagging
from rolecall.authorization.rulings import gather
from rolecall.authorization.studio import with_studio_tags
from rolecall.authorization.trust import SOURCES, source_arn, trusts
from rolecall.catalog import Catalog
from rolecall.decision.policies import PoliciesInForce
from rolecall.decision.request import Context, Request
from rolecall.decision.result import Decision, Outcome

SERVICE: Final = "sagemaker.amazonaws.com"
TRUST: Final = "trust policy"
SOURCE_IP: Final = "203.0.113.10"
# What is known of every session that SageMaker opens.
SESSION_KEYS: Final = {"aws:multifactorauthpresent": ("false",)}
# Not there: nobody signs in with a device, and an object's tags are not known to help.
ABSENT: Final = ("aws:multifactorauth", "aws:sourceidentity", "s3:existingobjecttag/")
# What SageMaker assumes a role for, and a call whose aws:SourceArn it then sends.
FEATURES: Final[Mapping[str, tuple[str, Mapping[str, str]]]] = {
    "training jobs": ("CreateTrainingJob", {"TrainingJobName": SAMPLE}),
    "processing jobs": ("CreateProcessingJob", {"ProcessingJobName": SAMPLE}),
    "transform jobs": ("CreateTransformJob", {"TransformJobName": SAMPLE}),
    "pipelines": ("CreatePipeline", {"PipelineName": SAMPLE}),
    "endpoints and Studio": ("CreateEndpoint", {}),
}
assert {operation for operation, _ in FEATURES.values()} - set(SOURCES) == {"CreateEndpoint"}


class Part(enum.Enum):
    """What a question is to its call."""

    ACTION = "action"
    PASS_ROLE = "pass-role"
    TAGS = "tags"
    WORK = "work"
    TRUST = "trust"


class Asked(Struct, frozen=True):
    """One question. holder: whose policies decide it, an ARN or TRUST. label: the call, or what is done.

    opened: what may be chosen is unknown already. For WORK, code: of the fault; where: it works.
    """

    part: Part
    holder: str
    label: str
    request: Request
    policies: PoliciesInForce
    opened: bool = False
    code: str = ""
    where: str = ""


def of_call(
    operation: str,
    patient: Patient,
    studio: Studio | None,
    tags: Mapping[str, str],
    name: str,
    around: Surroundings,
    catalog: Catalog,
) -> tuple[Asked, ...]:
    """The questions of a canonical call. studio: where it is made from. name: of what it makes."""
    caller = patient.asker(studio)
    given = _renamed(parameters(operation, patient.role.arn, studio), name)
    if tags:
        given["Tags"] = [{"Key": key, "Value": value} for key, value in tags.items()]
    call = _call(operation, given, patient, caller)
    call = _call(operation, with_studio_tags(call, around.ports.facts), patient, caller)
    made = []
    for check in expand(call, around.ports, catalog):
        part = Part.ACTION
        if check.request.action == PASS_ROLE:
            part = Part.PASS_ROLE
        elif is_tagging(check.requirement, call):
            part = Part.TAGS
        policies = gather(around, caller, check.request)
        made.append(Asked(part, _holder(caller), operation, check.request, policies))
    return tuple(made)


def of_task(task: Task, patient: Patient, around: Surroundings, catalog: Catalog) -> tuple[Asked, ...]:
    """One question for each resource of which one will do."""
    caller = patient.worker()
    made = []
    for resource in task.options:
        question = Question(
            principal=caller.principal, action=task.action, resource=resource, tags=None, region=patient.region
        )
        request, policies = gathered(question, around, catalog, patient.now)
        context = request.context
        unknown = {key for key in context.unknown if not key.startswith(ABSENT)}
        values = {**context.spelled(), **SESSION_KEYS}
        closed = Context(values, multivalued=context.multivalued, unknown=unknown)
        request = Request(request.principal, request.action, request.resource, closed)
        made.append(
            Asked(Part.WORK, patient.role.arn, task.action, request, policies, True, task.code, task.where)
        )
    return tuple(made)


def of_trust(patient: Patient, around: Surroundings) -> Iterator[Asked]:
    """Whether SageMaker may assume the role, for each feature that sends another aws:SourceArn."""
    for feature, (operation, given) in FEATURES.items():
        call = _call(operation, given, patient, patient.worker())
        asked: list[tuple[Request, PoliciesInForce]] = []

        def keep(request: Request, policies: PoliciesInForce, asked: Any = asked) -> Decision:
            asked.append((request, policies))
            return Decision(Outcome.ALLOW)

        trusts(patient.role.arn, SERVICE, patient.account, source_arn(call), call, around.ports, keep)
        for request, policies in asked:
            yield Asked(Part.TRUST, TRUST, feature, request, policies)


def _holder(caller: Caller) -> str:
    return caller.principal.role_arn or caller.principal.arn


def _call(operation: str, given: Mapping[str, object], patient: Patient, caller: Caller) -> ApiCall:
    return ApiCall(
        service="sagemaker",
        operation=operation,
        parameters=given,
        caller=caller,
        account=caller.principal.account,
        region=patient.region,
        now=patient.now,
        partition=patient.partition,
        source_ip=SOURCE_IP,
        user_agent="rolecall-doctor",
        secure=True,
    )


def _renamed(given: dict[str, Any], name: str) -> dict[str, Any]:
    if name == SAMPLE:
        return given
    return {key: name if value == SAMPLE else value for key, value in given.items()}
