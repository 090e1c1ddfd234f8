"""Do the services of a statement know the keys of its conditions?

Tag keys that no action of a service carries, service keys on actions that never carry them, and keys of VPC
endpoints that few services send. SageMaker has a table of its own (which action carries which key): for it
the findings of Access Analyzer and RC101, RC102 come from one place, `sagemaker_keys`.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

from rolecall.analysis.lint.finding import Finding
from rolecall.analysis.lint.look import Look, when_absent
from rolecall.analysis.lint.patterns import has_wildcard
from rolecall.analysis.lint.view import Condition, Statement
from rolecall.catalog import Action
from rolecall.policy.document import PolicyType
from rolecall.policy.findings import Severity
from rolecall.policy.operators import Family

TAG_KEYS: Final = ("aws:resourcetag/", "aws:requesttag/", "aws:tagkeys")
VPC_OWNER_KEYS: Final = ("aws:vpceaccount", "aws:vpceorgid", "aws:vpceorgpaths")
# Services that send who owns the VPC endpoint (IAM User Guide, "AWS global condition context keys").
VPC_OWNER_SERVICES: Final = frozenset(
    {
        "apprunner",
        "application-insights",
        "athena",
        "cloudformation",
        "comprehendmedical",
        "compute-optimizer",
        "datasync",
        "discovery",
        "ebs",
        "events",
        "firehose",
        "healthlake",
        "iot-fleet-hub",
        "iotfleethub",
        "kms",
        "lambda",
        "rekognition",
        "s3",
        "scheduler",
        "secretsmanager",
        "servicediscovery",
        "sts",
        "storagegateway",
        "swf",
        "tag",
        "textract",
        "transcribe",
        "transfer",
    }
)


def tags(look: Look) -> Iterator[Finding]:
    """Tag keys over services whose actions carry none."""
    if look.kind is PolicyType.TRUST:
        return
    for statement in look.statements:
        for condition in statement.on(*TAG_KEYS):
            if when_absent(condition) is False and _is_positive(condition):
                yield from _tag(look, statement, condition)


def _is_positive(condition: Condition) -> bool:
    return condition.operator is not None and condition.operator.base.family is not Family.NULL


def _tag(look: Look, statement: Statement, condition: Condition) -> Iterator[Finding]:
    if statement.effect is None:
        return
    word = statement.effect.name
    values = {"conditionKeyName": condition.key}
    place = condition.key_place
    if statement.not_actions is not None:
        code = f"{word}_NOTACTION_WITH_UNSUPPORTED_TAG_CONDITION_KEY_FOR_SERVICE"
        yield look.finding(code, place, values)
        return
    without = services_without(look, statement, condition.folded)
    if without:
        code = f"{word}_WITH_UNSUPPORTED_TAG_CONDITION_KEY_FOR_SERVICE"
        yield look.finding(code, place, {**values, "serviceNames": ", ".join(without)})


def services_without(look: Look, statement: Statement, key: str) -> tuple[str, ...]:
    """The services that the statement names, none of whose actions there carries the tag key."""
    held: dict[str, list[Action]] = {}
    for value in statement.actions or ():
        vendor = value.folded.partition(":")[0]
        if has_wildcard(vendor) or look.knowledge.catalog.service_name(vendor) is None:
            continue
        held.setdefault(vendor, []).extend(look.knowledge.matching(value.text, vendor))
    return tuple(
        sorted(
            service
            for service, actions in held.items()
            if actions and not any(lists(action, key) for action in actions)
        )
    )


def lists(action: Action, key: str) -> bool:
    """Whether the catalogue lists a (folded) key for an action or one of its resource types."""
    family = key.partition("/")[0]
    return any(name.lower().partition("/")[0] == family for name in action.all_condition_keys)


def unsupported(look: Look) -> Iterator[Finding]:
    """Service keys over actions, written out, that do not list them. SageMaker: see `sagemaker_keys`."""
    for statement in look.statements:
        for condition in statement.conditions:
            prefix = condition.folded.partition(":")[0]
            if prefix in ("aws", "sagemaker") or look.knowledge.catalog.service_name(prefix) is None:
                continue
            known = look.knowledge.key(condition.key)
            if known is None or "tag/" in condition.folded:
                continue
            written = [
                action
                for value in statement.actions or ()
                if not has_wildcard(value.text)
                for action in look.knowledge.matching(value.text, prefix)
            ]
            lacking = [action.full_name for action in written if known.name not in action.all_condition_keys]
            if lacking:
                values = {"actions": ", ".join(lacking), "key": condition.key}
                # AWS's own policies do this where the reference lags behind the service.
                yield look.finding(
                    "UNSUPPORTED_ACTION_FOR_CONDITION_KEY",
                    condition.key_place,
                    values,
                    detail=f"Decided by the catalogue of {look.knowledge.catalog.version}.",
                    severity=Severity.WARNING,
                )


def vpc_owner(look: Look) -> Iterator[Finding]:
    """Keys of VPC endpoints' owners over services that do not send them."""
    if look.kind is PolicyType.TRUST:
        return
    for statement in look.statements:
        for condition in statement.on(*VPC_OWNER_KEYS):
            vendors = {value.folded.partition(":")[0] for value in statement.actions or ()}
            if statement.not_actions is not None or not vendors <= VPC_OWNER_SERVICES:
                values = {"key": condition.key}
                yield look.finding("USE_CONDITION_KEY_ONLY_WITH_SUPPORTED_SERVICES", condition.key_place, values)


RULES: Final = (tags, unsupported, vpc_owner)
