"""Tags, roles and guardrails, as far as one statement tells (RC205, RC208, RC30x, RC502-RC504)."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

from rolecall.analysis.lint.edits import rewrite
from rolecall.analysis.lint.finding import Finding, Fix
from rolecall.analysis.lint.knowledge import RESOURCE_TAG_KEYS, SAGEMAKER
from rolecall.analysis.lint.look import Look, demands, named, speaks_of, when_absent, when_present
from rolecall.analysis.lint.patterns import has_wildcard, opened, overlap
from rolecall.analysis.lint.rules.role_grants import PASS_ROLE
from rolecall.analysis.lint.sagemaker.keys import actions_of, listed
from rolecall.analysis.lint.view import Statement, Value
from rolecall.authorization.rows.sagemaker import ROWS, TAGGED
from rolecall.policy.arn import PARTS
from rolecall.policy.document import PolicyType
from rolecall.policy.operators import Family

# What SageMaker sends as aws:SourceArn where it names no job (SageMaker Developer Guide, confused deputy).
EVERY_SOURCE: Final = "arn:aws:sagemaker:us-east-1:111122223333:*"
# Resources whose ARN SageMaker never sends: for them it sends the literal `:*`.
NEVER_SOURCES: Final = (
    "endpoint",
    "endpoint-config",
    "model",
    "domain",
    "app",
    "user-profile",
    "space",
    "inference",
)
NETWORK_KEYS: Final = ("aws:sourceip", "aws:sourcevpc", "aws:sourcevpce", "aws:sourcevpcarn")
# Calls that SageMaker makes on with the caller's own rights.
FORWARDED: Final = (
    "s3:GetObject",
    "s3:PutObject",
    "kms:Decrypt",
    "kms:CreateGrant",
    "ecr:BatchGetImage",
    "ec2:CreateNetworkInterface",
)
EXEMPTING: Final = (
    "aws:viaawsservice",
    "aws:calledvia",
    "aws:calledviafirst",
    "aws:calledvialast",
    "aws:principalisawsservice",
)
EXEMPTIONS: Final = ("aws:principalarn", "aws:principaltag/", "aws:principalaccount", "aws:principalorgpaths")
GLOBAL_REGION: Final = "us-east-1"


def _makes_only(operation: str) -> bool:
    """Whether a create is authorized on nothing but the resource that it makes."""
    own = {row.on for row in ROWS.get(operation, ()) if row.action == f"sagemaker:{operation}" and not row.when}
    return operation in TAGGED and operation.startswith("Create") and len(own) == 1


def resource_tags(look: Look) -> Iterator[Finding]:
    """ResourceTag demanded of what is only being created."""
    for statement in look.statements:
        whole = any(value.folded in ("*", "sagemaker:*") for value in statement.actions or ())
        if not statement.allows or whole:
            continue
        for condition in statement.on(*RESOURCE_TAG_KEYS):
            if when_absent(condition) is not False:
                continue
            names = [action.full_name for action in actions_of(look, statement) if _makes_only(action.name)]
            if names:
                values = {"actions": listed(names), "key": condition.key}
                yield look.finding("RC205", condition.key_place, values)


def tagging_action(look: Look) -> Iterator[Finding]:
    """Values of sagemaker:TaggingAction."""
    for statement in look.statements:
        for condition in statement.on("sagemaker:taggingaction"):
            operator = condition.operator
            if operator is None or operator.base.family is not Family.STRING:
                continue
            for value in condition.values:
                text = opened(value.text)
                like = has_wildcard(text) and "Like" in operator.base.name
                if any(text == name or (like and overlap(text, name)) for name in _tagging(look)):
                    continue
                yield look.finding("RC208", value.place, {"value": value.text}, fix=_bare(statement, value))


def _tagging(look: Look) -> tuple[str, ...]:
    """The actions that attach tags to what they make; some are authorized in the course of another operation."""
    made = (action.name for action in look.knowledge.actions(SAGEMAKER) if action.name.startswith("Create"))
    return (*TAGGED, *(name for name in made if name not in TAGGED))


def _bare(statement: Statement, value: Value) -> Fix | None:
    name = value.folded.removeprefix("sagemaker:")
    right = next((each for each in TAGGED if each.lower() == name), None)
    if right is None:
        return None
    return Fix(
        f"write {right}", (rewrite(value.place, right),), statement.allows, changes="The condition can hold."
    )


def pass_role(look: Look) -> Iterator[Finding]:
    """Any role to SageMaker, and a key that SageMaker does not send."""
    for statement in look.statements:
        if named(statement.actions, PASS_ROLE) is None and not speaks_of(statement, PASS_ROLE):
            continue
        passed = statement.on("iam:passedtoservice")
        if statement.allows and passed:
            yield from _any_role(look, statement)
        for condition in statement.on("iam:associatedresourcearn"):
            sagemaker = any(":sagemaker:" in text for text in condition.texts)
            if sagemaker and demands(statement, condition.key):
                yield look.finding("RC305", condition.key_place)


def _any_role(look: Look, statement: Statement) -> Iterator[Finding]:
    services = {text for each in statement.on("iam:passedtoservice") for text in each.texts}
    to_sagemaker = [text for text in services if overlap(text, "sagemaker.amazonaws.com")]
    for value in statement.resources or ():
        own = opened(value.text).split(":", PARTS - 1)[-1]
        name = own.removeprefix("role/")
        if to_sagemaker and name.startswith("*"):
            yield look.finding("RC301", value.place, {"services": ", ".join(sorted(to_sagemaker))})


def trust(look: Look) -> Iterator[Finding]:
    """For whom SageMaker may assume the role."""
    if look.kind is not PolicyType.TRUST:
        return
    for statement in look.statements:
        principals = [each for each in statement.principals or () if each.text == "sagemaker.amazonaws.com"]
        if not statement.allows or not principals:
            continue
        if not statement.on("aws:sourceaccount", "aws:sourcearn", "aws:sourceorgid", "aws:sourceorgpaths"):
            yield look.finding("RC307", principals[0].place)
        for condition in statement.on("aws:sourcearn"):
            if condition.operator is None or condition.operator.base.family is Family.NULL:
                continue
            for value in condition.values:
                parts = opened(value.text).split(":", PARTS - 1)
                kind = parts[5].partition("/")[0] if len(parts) == PARTS else ""
                star = when_present(
                    condition, EVERY_SOURCE.replace("111122223333", parts[4]) if len(parts) == PARTS else ""
                )
                if kind in NEVER_SOURCES and not star:
                    yield look.finding("RC308", value.place, {"value": value.text})


def network(look: Look) -> Iterator[Finding]:
    """Denials by where a request comes from, over calls that services make on."""
    for statement in look.statements:
        if not statement.denies or statement.on(*EXEMPTING):
            continue
        if not any(speaks_of(statement, action) for action in FORWARDED):
            continue
        for condition in statement.on(*NETWORK_KEYS):
            operator = condition.operator
            if operator is not None and operator.base.negated:
                yield look.finding("RC502", condition.key_place, {"key": condition.key})
                break


def exemption(look: Look) -> Iterator[Finding]:
    """Guardrails that nobody is exempt from (said on request)."""
    if look.kind not in (PolicyType.SCP, PolicyType.BOUNDARY):
        return
    for statement in look.statements:
        everything = any(value.text == "*" for value in statement.resources or ())
        ours = any(value.folded.startswith(f"{SAGEMAKER}:") for value in statement.actions or ())
        if statement.denies and everything and ours and not statement.on(*EXEMPTIONS):
            yield look.finding("RC503", statement.place)


def region(look: Look) -> Iterator[Finding]:
    """Region guardrails that take IAM with them."""
    for statement in look.statements:
        if not statement.denies or not speaks_of(statement, PASS_ROLE):
            continue
        for condition in statement.on("aws:requestedregion"):
            if when_present(condition, GLOBAL_REGION):
                yield look.finding("RC504", condition.key_place)


RULES: Final = (resource_tags, tagging_action, pass_role, trust, network, exemption, region)
