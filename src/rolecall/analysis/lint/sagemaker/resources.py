"""Resources that an action cannot be on (RC113, RC114, RC116), presigned URLs for all (RC401), and new actions
under an old wildcard (RC604)."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

from rolecall.analysis.lint.edits import rewrite
from rolecall.analysis.lint.finding import Finding, Fix
from rolecall.analysis.lint.knowledge import NEAR, SAGEMAKER
from rolecall.analysis.lint.look import Look
from rolecall.analysis.lint.patterns import distance, has_wildcard, opened, overlap_arn
from rolecall.analysis.lint.rules.resources import WIDENS, entries
from rolecall.analysis.lint.sagemaker.keys import listed
from rolecall.analysis.lint.view import Statement, Value
from rolecall.catalog import Action
from rolecall.catalog.loader import REFERENCE
from rolecall.policy.arn import PARTS

# The services whose catalogue is checked against the operations that we serve.
CHECKED: Final = (SAGEMAKER, "iam", "sts")
PRESIGNED: Final = (
    "createpresigneddomainurl",
    "createpresignednotebookinstanceurl",
    "createpresignedmlflowtrackingserverurl",
    "createpresignedmlflowappurl",
    "createpartnerapppresignedurl",
)


def fitting(look: Look) -> Iterator[Finding]:
    """Each action, written out, against the resources of its statement."""
    for statement in look.statements:
        resources = statement.resources
        if not resources or any(value.text == "*" for value in resources):
            continue
        for value in statement.actions or ():
            vendor = value.folded.partition(":")[0]
            action = None if has_wildcard(value.text) else look.knowledge.catalog.action(value.text)
            if action is not None and vendor in CHECKED:
                yield from _fits(look, statement, value, action, resources)


def _fits(
    look: Look, statement: Statement, value: Value, action: Action, resources: tuple[Value, ...]
) -> Iterator[Finding]:
    if not action.resources:
        yield look.finding("RC114", value.place, {"action": action.full_name}, fix=_star(statement, action))
        return
    templates = [each.type.arn for each in action.resources if each.type.arn]
    if len(templates) < len(action.resources):
        # No ARN is known for one of its types.
        return
    if not any(overlap_arn(entry.text, template) for entry in resources for template in templates):
        # An unknown segment is said where it stands.
        if all(_segment_error(look, entry.text) is not None for entry in resources):
            return
        types = ", ".join(each.type.name for each in action.resources)
        yield look.finding("RC113", value.place, {"action": action.full_name, "types": types})


def _star(statement: Statement, action: Action) -> Fix | None:
    """`*` for the resource of a List action, where the statement holds nothing else."""
    place = statement.part("Resource")
    alone = len(statement.actions or ()) == 1
    if place is None or not alone or not action.name.startswith("List"):
        return None
    return Fix('write "Resource": "*"', (rewrite(place, "*"),), statement.allows, changes=WIDENS)


def segments(look: Look) -> Iterator[Finding]:
    """The type segment of SageMaker ARNs."""
    for statement in look.statements:
        for value in entries(statement):
            segment = _segment_error(look, value.text)
            if segment is None:
                continue
            near = sorted(
                (far, kind)
                for kind in look.knowledge.segments()
                if (far := distance(segment.lower().replace("_", "-"), kind, NEAR)) <= NEAR
            )
            fix = None
            if near:
                right = value.text.replace(f":{segment}", f":{near[0][1]}", 1)
                fix = Fix(
                    f"write {right}",
                    (rewrite(value.place, right),),
                    statement.denies is (statement.not_resources is not None),
                    changes=WIDENS,
                )
            detail = f"Did you mean {near[0][1]}?" if near else ""
            yield look.finding("RC116", value.place, {"segment": segment}, detail=detail, fix=fix)


def _segment_error(look: Look, text: str) -> str | None:
    """The type segment of a SageMaker ARN if no ARN has it. A star in it may reach behind the slash."""
    parts = opened(text).split(":", PARTS - 1)
    if len(parts) < PARTS or parts[2].lower() != SAGEMAKER:
        return None
    known = look.knowledge.has_segment(parts[5]) or look.knowledge.fits(SAGEMAKER, parts[5])
    return None if known else parts[5].partition("/")[0]


def presigned(look: Look) -> Iterator[Finding]:
    """URLs that open a session, for every resource."""
    for statement in look.statements:
        if not statement.allows or statement.conditions:
            continue
        if not any(_is_everything(value) for value in statement.resources or ()):
            continue
        for value in statement.actions or ():
            # `sagemaker:*` is an administrator: this finding is about grants that look harmless.
            if value.folded in ("*", "sagemaker:*"):
                continue
            opening = [
                action.full_name
                for action in look.knowledge.matching(value.text, SAGEMAKER)
                if action.name.lower() in PRESIGNED
            ]
            if opening:
                yield look.finding("RC401", value.place, {"actions": listed(opening)})


def _is_everything(value: Value) -> bool:
    own = value.text.split(":", PARTS - 1)[-1]
    return set(own.partition("/")[2] or own) <= {"*", "/"}


def future(look: Look) -> Iterator[Finding]:
    """Creates newer than the reference's data, under a wildcard over creates."""
    for statement in look.statements:
        if not statement.allows:
            continue
        for value in statement.actions or ():
            if not value.folded.startswith("sagemaker:") or not has_wildcard(value.text):
                continue
            new = [
                action.full_name
                for action in look.knowledge.matching(value.text, SAGEMAKER)
                if action.name.startswith("Create") and action.source != REFERENCE
            ]
            if new:
                yield look.finding("RC604", value.place, {"pattern": value.text, "actions": listed(new)})


RULES: Final = (fitting, segments, presigned, future)
