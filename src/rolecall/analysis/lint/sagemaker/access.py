"""What may a principal do with all its policies together? Asked of the decision engine, with conditions unknown.

Every condition key that the policies mention and the question does not settle is unknown, so an answer is
"certainly", "perhaps" or "no", and "no" is never wrong.
"""

from __future__ import annotations

import enum
import re
from collections.abc import Iterator, Mapping
from typing import Final

from msgspec import Struct

from rolecall.analysis.lint.look import Look
from rolecall.analysis.lint.patterns import opened, overlap_arn
from rolecall.analysis.lint.view import Statement, Value
from rolecall.authorization.rows.sagemaker import ROWS
from rolecall.decision import (
    Context,
    Outcome,
    PoliciesInForce,
    Principal,
    PrincipalType,
    Request,
    Resource,
    SourcedPolicy,
    decide,
)
from rolecall.decision.reference.actions import action_matches
from rolecall.policy import parser
from rolecall.policy.arn import PARTS
from rolecall.policy.document import Policy
from rolecall.policy.findings import PolicyError
from rolecall.policy.variables import parse_template, variables_of

ANY_ACCOUNT: Final = "111122223333"
REGION: Final = "us-east-1"
SAMPLE: Final = "example"
_MEMBER: Final = re.compile(r"\{[^{}]*\}")
_ACCOUNT: Final = re.compile(r":(\d{12}):")


class Use(enum.Enum):
    """What is known of the principal."""

    PRINCIPAL = "principal"
    PERSON = "person"
    EXECUTION_ROLE = "execution-role"
    STUDIO_ROLE = "studio-role"


class Bundle(Struct, frozen=True):
    """All policies of one principal. buckets: where its jobs keep their data."""

    identity: tuple[Look, ...]
    boundary: Look | None = None
    trust: Look | None = None
    use: Use = Use.PRINCIPAL
    buckets: tuple[str, ...] = ()


class Access(Struct, frozen=True):
    """A bundle, parsed, ready to be asked."""

    bundle: Bundle
    policies: PoliciesInForce
    keys: frozenset[str]
    account: str

    def outcome(
        self,
        action: str,
        arn: str,
        known: Mapping[str, str | tuple[str, ...]] | None = None,
        *,
        absent: tuple[str, ...] = (),
        boundary: bool = True,
    ) -> Outcome:
        """known: keys with values, absent: keys without one; whatever else the policies mention is unknown."""
        settled = {key.lower() for key in known or {}} | set(absent)
        context = Context(dict(known or {}), unknown=self.keys - settled)
        policies = self.policies if boundary else PoliciesInForce(identity=self.policies.identity)
        principal = Principal(
            arn=f"arn:aws:sts::{self.account}:assumed-role/{SAMPLE}/{SAMPLE}",
            account=self.account,
            type=PrincipalType.ROLE_SESSION,
            role_arn=f"arn:aws:iam::{self.account}:role/{SAMPLE}",
        )
        return decide(Request(principal, action, Resource(arn, self.account), context), policies).outcome

    def perhaps(
        self,
        action: str,
        arn: str,
        known: Mapping[str, str | tuple[str, ...]] | None = None,
        *,
        absent: tuple[str, ...] = (),
        boundary: bool = True,
    ) -> bool:
        said = self.outcome(action, arn, known, absent=absent, boundary=boundary)
        return said in (Outcome.ALLOW, Outcome.UNDETERMINED)

    def certainly(self, action: str, arn: str, known: Mapping[str, str] | None = None) -> bool:
        return self.outcome(action, arn, known) is Outcome.ALLOW

    def arn(self, service: str, own: str) -> str:
        """A sample ARN; IAM and S3 have no Region."""
        region = "" if service in ("iam", "s3") else REGION
        account = "" if service == "s3" else self.account
        return f"arn:aws:{service}:{region}:{account}:{own}"

    def samples(self, action: str, template: str) -> Iterator[str]:
        """ARNs of a type, one for each way in which an Allow statement names such resources for the action."""
        open_template = template.replace(SAMPLE, "*")
        for _, statement in self.allowing(action):
            for value in statement.resources or ():
                if overlap_arn(value.text, open_template):
                    yield self._sample(value.text, template)
            if statement.not_resources is not None:
                yield template

    def _sample(self, pattern: str, template: str) -> str:
        """An ARN that the pattern matches, with the parts of the template where the pattern says nothing."""
        if pattern == "*":
            return template
        wanted = opened(pattern).split(":", PARTS - 1)
        wanted += ["*"] * (PARTS - len(wanted))
        given = template.split(":", PARTS - 1)
        return ":".join(
            part if one == "*" else one.replace("*", SAMPLE).replace("?", "x")
            for one, part in zip(wanted, given, strict=True)
        )

    def allowing(self, action: str) -> Iterator[tuple[Look, Statement]]:
        """The Allow statements of identity policies that speak of the action."""
        for look in self.bundle.identity:
            for statement in look.statements:
                if statement.allows and entry_for(statement, action) is not None:
                    yield look, statement


def entry_for(statement: Statement, action: str) -> Value | None:
    """The entry of Action, or the first of NotAction, by which a statement speaks of an action."""
    if statement.not_actions is not None:
        listed = any(action_matches(value.text, action) for value in statement.not_actions)
        return None if listed or not statement.not_actions else statement.not_actions[0]
    return next((value for value in statement.actions or () if action_matches(value.text, action)), None)


def access(bundle: Bundle) -> Access | None:
    """The bundle parsed; None if a document of it cannot be."""
    try:
        identity = tuple(SourcedPolicy(parser.parse(look.text, look.kind)) for look in bundle.identity)
        limit = bundle.boundary
        boundary = None if limit is None else SourcedPolicy(parser.parse(limit.text, limit.kind))
    except PolicyError:
        return None
    documents = [each.document for each in (*identity, *([boundary] if boundary else []))]
    account = next(
        (found[1] for look in bundle.identity if (found := _ACCOUNT.search(look.text)) is not None), ANY_ACCOUNT
    )
    keys = frozenset(key for document in documents for key in _keys(document))
    return Access(bundle, PoliciesInForce(identity=identity, boundary=boundary), keys, account)


def _keys(policy: Policy) -> Iterator[str]:
    """Every key that some condition or variable of the policy asks for."""
    for statement in policy.statements:
        for condition in statement.conditions:
            yield condition.key.lower()
            for value in condition.values:
                yield from map(str.lower, variables_of(parse_template(value)))
        for resource in (*(statement.resources or ()), *(statement.not_resources or ())):
            yield from map(str.lower, variables_of(parse_template(resource)))


def own_templates(operation: str) -> tuple[str, ...]:
    """The resources (after the fifth colon) that an operation's own action always needs, as samples."""
    return tuple(
        dict.fromkeys(
            own_part(row.on)
            for row in ROWS.get(operation, ())
            if row.action == f"sagemaker:{operation}" and not row.when and row.on != "*"
        )
    )


def own_part(on: str) -> str:
    """A requirement's resource with samples for its members; one that is a whole ARN stays open."""
    if on.startswith("{") and "|" in on:
        on = on.strip("{}").partition("|")[2] + "{}"
    return _MEMBER.sub(SAMPLE, on)
