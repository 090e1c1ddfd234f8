"""Do the actions exist, and does each add something?"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

from rolecall.analysis.lint.edits import drop_item, rewrite
from rolecall.analysis.lint.finding import Finding, Fix
from rolecall.analysis.lint.knowledge import is_misspelling
from rolecall.analysis.lint.look import Look
from rolecall.analysis.lint.patterns import covers, has_wildcard
from rolecall.analysis.lint.retired import RETIRED_SERVICES
from rolecall.analysis.lint.view import Statement, Value
from rolecall.policy.document import PolicyType
from rolecall.policy.findings import Severity
from rolecall.policy.json_reader import ArrayNode

WIDENS: Final = "The statement speaks of an action that exists."


def names(look: Look) -> Iterator[Finding]:
    """Every action against the catalogue."""
    for statement in look.statements:
        for value in (*(statement.actions or ()), *(statement.not_actions or ())):
            if value.text != "*" and "${" not in value.text:
                yield from _name(look, statement, value)


def _name(look: Look, statement: Statement, value: Value) -> Iterator[Finding]:
    vendor, colon, _ = value.text.partition(":")
    if not colon:
        near = _actions(look, value.text)
        yield _unknown(look, statement, value, near, Severity.ERROR)
        return
    if has_wildcard(vendor):
        yield look.finding("WILDCARD_IN_SERVICE_NAME", value.place)
        return
    if look.knowledge.catalog.service_name(vendor) is None:
        yield from _service(look, value, vendor)
        return
    if look.knowledge.matching(value.text, vendor.lower()):
        return
    near = look.knowledge.near_actions(value.text.replace("*", "").replace("?", ""))
    slip = is_misspelling(value.text, near) and not has_wildcard(value.text)
    if not near:
        near = _actions(look, value.text.replace("*", ""))
    yield _unknown(look, statement, value, near, Severity.ERROR if slip else Severity.WARNING)


def _actions(look: Look, text: str) -> tuple[str, ...]:
    """Near names that are actions (the catalogue also knows keys)."""
    return tuple(each for each in look.knowledge.catalog.nearest(text) if look.knowledge.catalog.action(each))


def _unknown(look: Look, statement: Statement, value: Value, near: tuple[str, ...], severity: Severity) -> Finding:
    version = look.knowledge.catalog.version
    detail = f"Near names: {', '.join(near[:3])}. " if len(near) > 1 else ""
    if severity is Severity.WARNING:
        detail += f"The catalogue of {version} may be older than the action."
    else:
        detail += f"Decided by the catalogue of {version}."
    fix = None
    if severity is Severity.ERROR and len(near) == 1:
        # In an Allow, and in a Deny's NotAction, the right name takes in more.
        negated = statement.not_actions is not None
        fix = Fix(
            f"write {near[0]}", (rewrite(value.place, near[0]),), statement.denies is negated, changes=WIDENS
        )
    values = {"action": value.text, "valid_action": near[0] if near else ""}
    return look.finding(
        "INVALID_ACTION",
        value.place,
        values,
        wording=1 if near else 0,
        detail=detail.strip(),
        also=("RC601",),
        severity=severity,
        fix=fix,
    )


def _service(look: Look, value: Value, vendor: str) -> Iterator[Finding]:
    why = RETIRED_SERVICES.get(vendor.lower())
    if why is not None:
        yield look.finding("RC602", value.place, {"name": value.text, "why": why})
        return
    near = look.knowledge.near_services(vendor.lower())
    slip = bool(near)
    if not near:
        near = look.knowledge.catalog.nearest(vendor)
    version = look.knowledge.catalog.version
    yield look.finding(
        "INVALID_SERVICE_IN_ACTION",
        value.place,
        {"service": vendor, "service2": near[0] if near else ""},
        wording=1 if near else 0,
        detail=f"Decided by the catalogue of {version}."
        if slip
        else f"The catalogue of {version} may be older than the service.",
        severity=Severity.ERROR if slip else Severity.WARNING,
    )


def redundant(look: Look) -> Iterator[Finding]:
    """Actions that another entry of the same list covers."""
    for statement in look.statements:
        for values in (statement.actions, statement.not_actions):
            found = covered(values or ())
            if not found:
                continue
            first = found[0]
            holder, index = list_of(statement, first)
            count = {"redundantActionCount": str(len(found)), "redundantAction": first.text}
            # One at a time: the next round finds the next.
            fix = None if holder is None else Fix(f"remove {first.text}", (drop_item(look.text, holder, index),))
            yield look.finding("REDUNDANT_ACTION", first.place, count, fix=fix)


def covered(values: tuple[Value, ...]) -> list[Value]:
    """The values that one of the others covers; of two equal ones the later."""
    # By service, so that a list of a thousand actions is not compared each with each.
    wide: dict[str, list[str]] = {}
    for value in values:
        vendor = value.folded.partition(":")[0]
        if has_wildcard(value.folded):
            wide.setdefault("" if has_wildcard(vendor) else vendor, []).append(value.folded)
    found, seen = [], set()
    for value in values:
        folded = value.folded
        others = (*wide.get("", ()), *wide.get(folded.partition(":")[0], ()))
        if folded in seen or any(other != folded and covers(other, folded) for other in others):
            found.append(value)
        seen.add(folded)
    return found


def list_of(statement: Statement, value: Value) -> tuple[ArrayNode | None, int]:
    """The list that an entry of the statement stands in, and its number there."""
    name, index = value.place.path[-2:]
    held = statement.node.get(str(name))
    if isinstance(held, ArrayNode) and isinstance(index, int):
        return held, index
    return None, 0


def in_trust(look: Look) -> Iterator[Finding]:
    """Actions that can mean nothing where the policy hangs."""
    if look.kind is PolicyType.TRUST:
        allowed: tuple[str, ...] = ("sts",)
        name = "AWS::IAM::AssumeRolePolicyDocument"
    else:
        name = look.options.resource_type or ""
        allowed = SERVICES_OF_TYPE.get(name, ())
    if not allowed:
        return
    for statement in look.statements:
        for value in statement.actions or ():
            vendor = value.folded.partition(":")[0]
            if vendor != "*" and not has_wildcard(vendor) and vendor not in allowed:
                values = {"action": value.text, "resourceType": name}
                yield look.finding("UNSUPPORTED_ACTION_IN_POLICY", value.place, values)


# The services whose actions can be on a resource of the type (Access Analyzer's validatePolicyResourceType).
SERVICES_OF_TYPE: Final = {
    "AWS::S3::Bucket": ("s3",),
    "AWS::S3::AccessPoint": ("s3",),
    "AWS::S3::MultiRegionAccessPoint": ("s3",),
    "AWS::S3ObjectLambda::AccessPoint": ("s3-object-lambda",),
    "AWS::DynamoDB::Table": ("dynamodb", "dax"),
}

RULES: Final = (names, redundant, in_trust)
