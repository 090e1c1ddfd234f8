"""Are the ARNs of Resource and NotResource such as the service makes them?

ARN templates come from the catalogue. Where it may lack one, a finding is no error.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Final

from rolecall.analysis.lint.edits import drop_item, rewrite
from rolecall.analysis.lint.finding import Finding, Fix
from rolecall.analysis.lint.look import Look
from rolecall.analysis.lint.patterns import covers_arn, has_wildcard, opened, overlap, overlap_arn
from rolecall.analysis.lint.regions import is_region
from rolecall.analysis.lint.rules.actions import list_of
from rolecall.analysis.lint.view import Statement, Value
from rolecall.catalog import ResourceType
from rolecall.policy.arn import PARTS, looks_like_arn_pattern
from rolecall.policy.findings import Severity
from rolecall.policy.resource_rules import PARTITIONS

WIDENS: Final = "The entry matches ARNs that exist."
_ACCOUNT: Final = re.compile(r"\d{12}")
_FIELD: Final = re.compile(r"\$\{[^{}]*\}")


def entries(statement: Statement) -> tuple[Value, ...]:
    return (*(statement.resources or ()), *(statement.not_resources or ()))


def arns(look: Look) -> Iterator[Finding]:
    """Every entry, part by part."""
    for statement in look.statements:
        for value in entries(statement):
            if value.text != "*":
                yield from _entry(look, statement, value)


def _entry(look: Look, statement: Statement, value: Value) -> Iterator[Finding]:
    text = opened(value.text)
    if not looks_like_arn_pattern(text) and not text.startswith("*"):
        yield look.finding("INVALID_ARN_PREFIX", value.place)
        return
    parts = text.split(":", PARTS - 1)
    if len(parts) < PARTS:
        if "*" not in parts[-1]:
            yield look.finding("MISSING_ARN_FIELD", value.place, {"fields": "6"})
        return
    _, partition, service, region, account, own = parts
    if has_wildcard(service):
        # A bare star or a variable is every service on purpose.
        if service != "*":
            yield look.finding("WILDCARD_IN_SERVICE_NAME", value.place)
        return
    if partition not in PARTITIONS and not has_wildcard(partition):
        known = ", ".join(sorted(PARTITIONS - {"*"}))
        values = {"service": service, "partition": partition, "partitions": known}
        yield look.finding("INVALID_PARTITION", value.place, values)
    if service != service.lower():
        right = _with_part(value.text, 2, service.lower())
        # The engine compares the service without case (SEMANTICS 3.6), so nothing changes.
        fix = Fix(f"write {right}", (rewrite(value.place, right),))
        yield look.finding("INVALID_ARN_SERVICE_CASE", value.place, {"service": service}, fix=fix)
    types = look.knowledge.types_of(service.lower())
    if not types:
        yield from _service(look, value, service)
        return
    yield from _fields(look, statement, value, (service, region, account, own), types)


def _service(look: Look, value: Value, service: str) -> Iterator[Finding]:
    if look.knowledge.catalog.service_name(service) is None:
        near = look.knowledge.near_services(service.lower())
        severity = Severity.ERROR if near else Severity.WARNING
        detail = f"Near names: {', '.join(near[:3])}." if near else "The catalogue may be older than the service."
        yield look.finding("INVALID_SERVICE", value.place, {"service": service}, detail=detail, severity=severity)


def _fields(
    look: Look,
    statement: Statement,
    value: Value,
    parts: tuple[str, str, str, str],
    types: tuple[ResourceType, ...],
) -> Iterator[Finding]:
    service, region, account, own = parts
    if region and not has_wildcard(region) and not is_region(region):
        yield look.finding("INVALID_ARN_REGION", value.place, {"region": region})
    templates = [kind.arn.split(":", PARTS - 1) for kind in types]
    fitting = [each for each in templates if len(each) == PARTS and overlap(own, opened(each[5]))]
    if not fitting:
        # For a type that SageMaker has not there is a rule of its own, which says the nearest one.
        if service != "sagemaker" or look.knowledge.has_segment(own):
            yield look.finding(
                "INVALID_ARN_RESOURCE",
                value.place,
                detail=f"Decided by the catalogue of {look.knowledge.catalog.version}, which may lack a type.",
                severity=Severity.WARNING,
            )
        return
    words = {"aws", *(each[4] for each in templates if not _FIELD.search(each[4]))}
    if account and not has_wildcard(account) and not _ACCOUNT.fullmatch(account) and account not in words:
        yield look.finding("INVALID_ARN_ACCOUNT", value.place, {"account": account})
    elif account and not has_wildcard(account) and not any(each[4] for each in fitting):
        right = _with_part(value.text, 4, "")
        fix = _widening(statement, value, right)
        yield look.finding("ARN_ACCOUNT_NOT_ALLOWED", value.place, {"service": service}, fix=fix)
    elif not account and all(each[4] for each in fitting):
        # Elsewhere AWS has resources of its own without an account, which no template tells.
        severity = Severity.ERROR if service == "sagemaker" else Severity.WARNING
        yield look.finding("MISSING_ARN_ACCOUNT", value.place, {"resourceName": own}, severity=severity)
    if region and not has_wildcard(region) and not any(each[3] for each in fitting):
        right = _with_part(value.text, 3, "")
        fix = _widening(statement, value, right)
        yield look.finding("ARN_REGION_NOT_ALLOWED", value.place, {"service": service}, fix=fix)
    elif not region and all(each[3] for each in fitting):
        yield look.finding("MISSING_ARN_REGION", value.place, {"service": service})


def _widening(statement: Statement, value: Value, right: str) -> Fix:
    """A repair after which the entry matches what exists: more is allowed, unless the statement denies."""
    negated = statement.not_resources is not None
    return Fix(f"write {right}", (rewrite(value.place, right),), statement.denies is negated, changes=WIDENS)


def _with_part(text: str, position: int, part: str) -> str:
    """The ARN with another part; variables keep their colons together."""
    parts: list[str] = []
    held = text
    while len(parts) < PARTS - 1:
        end = _colon(held)
        parts.append(held[:end])
        held = held[end + 1 :]
    parts.append(held)
    parts[position] = part
    return ":".join(parts)


def _colon(text: str) -> int:
    """The first colon that is not inside a variable."""
    depth = 0
    for at, sign in enumerate(text):
        if text.startswith("${", at):
            depth += 1
        elif sign == "}" and depth:
            depth -= 1
        elif sign == ":" and not depth:
            return at
    return len(text)


def redundant(look: Look) -> Iterator[Finding]:
    """Resources that another entry of the same list covers."""
    for statement in look.statements:
        for values in (statement.resources, statement.not_resources):
            found = _covered(values or ())
            if not found:
                continue
            first = found[0]
            holder, index = list_of(statement, first)
            fix = None
            # Next to "*" an ARN still says where requests without a resource do not count; the star takes both.
            if holder is not None:
                fix = Fix(f"remove {first.text}", (drop_item(look.text, holder, index),))
            count = {"redundantResourceCount": str(len(found))}
            yield look.finding("REDUNDANT_RESOURCE", first.place, count, fix=fix)


def _covered(values: tuple[Value, ...]) -> list[Value]:
    wide = [value for value in values if has_wildcard(value.text)]
    found, seen = [], set()
    for value in values:
        if value.text in seen or any(
            other.text != value.text and covers_arn(other.text, value.text) for other in wide
        ):
            found.append(value)
        seen.add(value.text)
    return found


# What the ARNs of a resource policy can name, by the type of the resource.
ARNS_OF_TYPE: Final = {
    "AWS::S3::Bucket": ("arn:*:s3:::*",),
    "AWS::S3::AccessPoint": ("arn:*:s3:*:*:accesspoint/*",),
    "AWS::S3::MultiRegionAccessPoint": ("arn:*:s3::*:accesspoint/*",),
    "AWS::S3ObjectLambda::AccessPoint": ("arn:*:s3-object-lambda:*:*:accesspoint/*",),
    "AWS::DynamoDB::Table": ("arn:*:dynamodb:*:*:table/*",),
}


def attached(look: Look) -> Iterator[Finding]:
    """Entries that cannot name what the policy hangs on."""
    name = look.options.resource_type or ""
    templates = ARNS_OF_TYPE.get(name, ())
    if not templates:
        return
    for statement in look.statements:
        for value in entries(statement):
            if not any(overlap_arn(value.text, template) for template in templates):
                yield look.finding("UNSUPPORTED_RESOURCE_ARN_IN_POLICY", value.place, {"resourceType": name})


RULES: Final = (arns, redundant, attached)
