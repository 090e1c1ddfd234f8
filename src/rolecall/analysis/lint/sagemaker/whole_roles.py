"""Roles, resources and limits, over all policies of a principal (RC115, RC117, RC303-306, RC309-RC311)."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

from rolecall.analysis.lint.finding import Finding, Place
from rolecall.analysis.lint.knowledge import SAGEMAKER
from rolecall.analysis.lint.look import Look, speaks_of, when_present
from rolecall.analysis.lint.patterns import has_wildcard
from rolecall.analysis.lint.rules.role_grants import PASS_ROLE
from rolecall.analysis.lint.rules.variables import studio_variables
from rolecall.analysis.lint.sagemaker.access import SAMPLE, Access, Use, entry_for, own_templates
from rolecall.analysis.lint.sagemaker.keys import listed
from rolecall.analysis.lint.view import Value
from rolecall.authorization.rows.sagemaker import PASSED_ROLES, TAGGED

Said = Iterator[tuple[Look, Finding]]

SERVICE: Final = "sagemaker.amazonaws.com"
JOB_SERVICE: Final = "job.sagemaker.amazonaws.com"
PASSED_TO: Final = "iam:PassedToService"
ADD_TAGS: Final = "sagemaker:AddTags"
# IAM writes by which whoever may make them can give themselves the rest, and a resource of each.
IAM_WRITES: Final = {
    "iam:AttachRolePolicy": "role/",
    "iam:PutRolePolicy": "role/",
    "iam:UpdateAssumeRolePolicy": "role/",
    "iam:CreatePolicyVersion": "policy/",
    "iam:AttachUserPolicy": "user/",
    "iam:PutUserPolicy": "user/",
    "iam:CreateAccessKey": "user/",
}
# By these parts of a bucket's name AmazonSageMakerFullAccess lets objects be reached.
BUCKET_NAMES: Final = ("sagemaker", "Sagemaker", "SageMaker", "aws-glue")


def missing_types(held: Access) -> Said:
    """Actions authorized on several resources, some of which no statement covers (RC115)."""
    for look in held.bundle.identity:
        for statement in look.statements:
            for value in statement.actions or ():
                if not statement.allows or has_wildcard(value.text) or not value.folded.startswith("sagemaker:"):
                    continue
                action = look.knowledge.catalog.action(value.text)
                templates = () if action is None else own_templates(action.name)
                if action is None or len(templates) < 2 or SAMPLE in templates:
                    continue
                lacking = [
                    own.partition("/")[0] for own in templates if not _reachable(held, action.full_name, own)
                ]
                if lacking and len(lacking) < len(templates):
                    values = {"action": action.full_name, "types": ", ".join(lacking)}
                    yield look, look.finding("RC115", value.place, values)


def _reachable(held: Access, action: str, own: str) -> bool:
    return any(held.perhaps(action, arn) for arn in held.samples(action, held.arn(SAGEMAKER, own)))


def unset_variables(held: Access) -> Said:
    """Studio's variables in the policies of somebody who is not in Studio (RC117)."""
    if held.bundle.use in (Use.PERSON, Use.EXECUTION_ROLE):
        for look in held.bundle.identity:
            for finding in studio_variables(look):
                yield look, finding


def _passes(held: Access, service: str) -> bool:
    """Whether some role may be passed to a service."""
    return any(
        held.perhaps(PASS_ROLE, arn, {PASSED_TO: service})
        for arn in held.samples(PASS_ROLE, held.arn("iam", f"role/{SAMPLE}"))
    )


def missing_pass_role(held: Access) -> Said:
    """Creates that take a role, and none may be passed (RC303); CreateJob, whose role goes elsewhere (RC304)."""
    if not _passes(held, SERVICE):
        for look in held.bundle.identity:
            for statement in look.statements:
                takes = [
                    f"sagemaker:{operation}"
                    for operation in sorted(PASSED_ROLES)
                    if operation.startswith("Create")
                    and statement.allows
                    and entry_for(statement, f"sagemaker:{operation}") is not None
                    and _creatable(held, operation)
                ]
                if takes:
                    entry = entry_for(statement, takes[0])
                    assert entry is not None
                    yield look, look.finding("RC303", entry.place, {"actions": listed(takes)})
    elif _creatable(held, "CreateJob") and not _passes(held, JOB_SERVICE):
        for look, statement in held.allowing(PASS_ROLE):
            for condition in statement.on(PASSED_TO.lower()):
                if when_present(condition, SERVICE):
                    yield look, look.finding("RC304", condition.place)


def _creatable(held: Access, operation: str) -> bool:
    return any(_reachable(held, f"sagemaker:{operation}", own) for own in own_templates(operation)[:1])


def trust(held: Access) -> Said:
    """An execution role that SageMaker may not assume (RC306)."""
    look = held.bundle.trust
    if look is None or held.bundle.use not in (Use.EXECUTION_ROLE, Use.STUDIO_ROLE):
        return
    for statement in look.statements:
        named = any(each.text in (SERVICE, "*") for each in statement.principals or ())
        if statement.allows and named and speaks_of(statement, "sts:AssumeRole"):
            return
    place = look.statements[0].part("Principal") if look.statements else None
    yield look, look.finding("RC306", place or Place((), look.document.root))


def boundary(held: Access) -> Said:
    """What an identity policy spells out and the boundary does not allow (RC309)."""
    if held.policies.boundary is None:
        return
    for look in held.bundle.identity:
        for statement in look.statements:
            if not statement.allows:
                continue
            hidden = [value for value in statement.actions or () if _is_hidden(held, value)]
            if hidden:
                names = {"actions": listed([value.text for value in hidden])}
                yield look, look.finding("RC309", hidden[0].place, names)


def _is_hidden(held: Access, value: Value) -> bool:
    name = value.text.partition(":")[2]
    if value.folded == PASS_ROLE.lower():
        action, template = PASS_ROLE, held.arn("iam", f"role/{SAMPLE}")
    elif value.folded == ADD_TAGS.lower():
        action, template = ADD_TAGS, held.arn(SAGEMAKER, f"model/{SAMPLE}")
    elif name in TAGGED and value.folded.startswith("sagemaker:") and own_templates(name):
        action, template = value.text, held.arn(SAGEMAKER, own_templates(name)[0])
    else:
        return False
    arns = tuple(held.samples(action, template))
    by_identity = any(held.perhaps(action, arn, boundary=False) for arn in arns)
    return by_identity and not any(held.perhaps(action, arn) for arn in arns)


def administrator(held: Access) -> Said:
    """An execution role that may rewrite rights (RC310)."""
    if held.bundle.use not in (Use.EXECUTION_ROLE, Use.STUDIO_ROLE):
        return
    able = [
        action for action, path in IAM_WRITES.items() if held.certainly(action, held.arn("iam", f"{path}{SAMPLE}"))
    ]
    if able:
        look, statement = next(held.allowing(able[0]))
        entry = entry_for(statement, able[0])
        assert entry is not None
        yield look, look.finding("RC310", entry.place, {"actions": listed(able)})


def buckets(held: Access) -> Said:
    """Data in buckets whose names AmazonSageMakerFullAccess does not know (RC311)."""
    for bucket in held.bundle.buckets:
        if held.perhaps(
            "s3:GetObject", held.arn("s3", f"{bucket}/{SAMPLE}"), absent=("s3:existingobjecttag/sagemaker",)
        ):
            continue
        for look in held.bundle.identity:
            for statement in look.statements:
                entry = next(
                    (
                        value
                        for value in statement.resources or ()
                        if any(name in value.text for name in BUCKET_NAMES)
                    ),
                    None,
                )
                if statement.allows and entry is not None and entry_for(statement, "s3:GetObject") is not None:
                    yield look, look.finding("RC311", entry.place, {"bucket": bucket})
                    break


RULES: Final = (missing_types, unset_variables, missing_pass_role, trust, boundary, administrator, buckets)
