"""Why another engine decides otherwise: every kind of disagreement, as the smallest question shows it.

The first kind of the table that fits names the disagreement. A kind says what rolecall does and where that is
settled; a question that no kind fits is unsettled, and the run fails.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Final

from msgspec import Struct

from rolecall.decision import PoliciesInForce, Request
from rolecall.decision.applicability import applicable, takes_a_role
from rolecall.decision.call_limits import limited, needs_no_permission
from rolecall.decision.request import PrincipalType
from rolecall.decision.rules import is_root
from rolecall.policy.document import Condition, Policy, PolicyType, Statement
from rolecall.policy.operators import Family, Operator, Quantifier, parse_network, parse_number, parse_operator
from rolecall.policy.truth import Truth
from rolecall.policy.variables import Variable, parse_template


class Small(Struct, frozen=True):
    """The smallest question that two engines decide differently."""

    request: Request
    policies: PoliciesInForce
    wanted: str
    answered: str

    def documents(self) -> Iterator[Policy]:
        for kind in PolicyType:
            if kind is not PolicyType.TRUST:
                for policy in self.policies.of(kind):
                    yield policy.document

    def statements(self) -> Iterator[Statement]:
        for document in self.documents():
            yield from document.statements

    def conditions(self) -> Iterator[tuple[Operator, Condition]]:
        for statement in self.statements():
            for condition in statement.conditions:
                operator = parse_operator(condition.operator)
                if operator is not None:
                    yield operator, condition

    def templates(self) -> Iterator[str]:
        """The texts in which variables may stand."""
        for statement in self.statements():
            yield from statement.resources or ()
            yield from statement.not_resources or ()
            for condition in statement.conditions:
                yield from condition.values

    def seen(self, condition: Condition) -> tuple[str, ...]:
        return self.request.context.get(condition.key) or ()

    def exempt(self) -> set[PolicyType]:
        """Policy types that are there and do not count."""
        exempt = applicable(self.request, self.policies, "reference").exempt
        return {kind for kind in exempt if self.policies.of(kind)} | {
            kind
            for kind, levels in ((PolicyType.SCP, self.policies.scps), (PolicyType.RCP, self.policies.rcps))
            if levels and kind in exempt
        }


class Kind(Struct, frozen=True):
    """rule: what rolecall does. section: of docs/SEMANTICS.md. fits: whether a small question is of this kind."""

    rule: str
    section: str
    fits: Callable[[Small], bool]


def _condition(test: Callable[[Small, Operator, Condition], bool]) -> Callable[[Small], bool]:
    return lambda small: any(test(small, operator, condition) for operator, condition in small.conditions())


def _variables(condition: Condition) -> list[Variable]:
    return [
        segment for value in condition.values for segment in parse_template(value) if isinstance(segment, Variable)
    ]


def _family(family: Family, unreadable: Callable[[str], bool]) -> Callable[[Small], bool]:
    """An operator of a family on a value that it cannot read, on either side."""

    def test(small: Small, operator: Operator, condition: Condition) -> bool:
        return operator.base.family is family and any(
            unreadable(value) for value in (*condition.values, *small.seen(condition))
        )

    return _condition(test)


def _no_arn(value: str) -> bool:
    return value.count(":") < 5


def _names_a_principal(small: Small, *beginnings: str) -> bool:
    return any(
        entry.value.startswith(beginnings)
        for statement in small.statements()
        for entry in statement.principals or ()
    )


def _session_beside_a_direct_grant(small: Small) -> bool:
    return bool(small.policies.session) and small.policies.resource is not None and small.wanted == "allow"


def _prefix_is_a_pattern(small: Small) -> bool:
    return any(
        "*" in prefix or "?" in prefix
        for statement in small.statements()
        for action in statement.actions or statement.not_actions or ()
        for prefix, colon, _ in (action.partition(":"),)
        if colon
    )


def _service_is_a_pattern(small: Small) -> bool:
    return any(
        any(letter in part for letter in "*?") and part != "*"
        for statement in small.statements()
        for pattern in statement.resources or statement.not_resources or ()
        for part in pattern.split(":")[:5]
    )


KINDS: Final = (
    Kind(
        "Some credentials cannot make some calls, whatever policies say: federated users call no IAM, role "
        "sessions get no further sessions, GetSessionToken's without MFA call no IAM, root users take no roles",
        "7.3",
        lambda small: limited(small.request).truth is Truth.YES,
    ),
    Kind(
        "GetCallerIdentity and GetSessionToken need no permission, and no Deny takes it away",
        "7.6",
        lambda small: needs_no_permission(small.request),
    ),
    Kind(
        "Taking a role needs the role's trust policy: an identity policy alone grants nothing",
        "7.3",
        lambda small: takes_a_role(small.request.action) and small.answered == "allow",
    ),
    Kind(
        "Resource control policies reach the listed services only, neither service-linked roles nor resources of "
        "the management account, and nothing that has no resource",
        "7.5",
        lambda small: PolicyType.RCP in small.exempt(),
    ),
    Kind(
        "Service control policies bind neither the management account nor service-linked roles and service "
        "principals",
        "7.5",
        lambda small: PolicyType.SCP in small.exempt(),
    ),
    Kind(
        "Service principals and anonymous callers have no identity policies, boundary or session policies",
        "7.5",
        lambda small: bool({PolicyType.IDENTITY, PolicyType.BOUNDARY, PolicyType.SESSION} & small.exempt()),
    ),
    Kind(
        "IAM's actions have no resource policies; a role's trust policy is about taking the role alone",
        "7.8",
        lambda small: PolicyType.RESOURCE in small.exempt(),
    ),
    Kind(
        "A federated user has what its session policy gives of its user's permissions, and nothing without one",
        "7.3",
        lambda small: (
            small.request.principal.type is PrincipalType.FEDERATED_USER
            and (
                (not small.policies.session and small.answered == "allow")
                or (bool(small.policies.session) and small.wanted == "allow" and small.policies.resource is None)
            )
        ),
    ),
    Kind(
        "The root user needs no identity policy in its account",
        "7.5",
        lambda small: is_root(small.request) and small.wanted == "allow",
    ),
    Kind(
        "A resource policy that names the user, the session or everybody grants alone within an account: a silent "
        "session policy does not limit it",
        "7.3",
        _session_beside_a_direct_grant,
    ),
    Kind(
        "A VPC endpoint policy limits those whom its Principal names",
        "7.1",
        lambda small: small.policies.endpoint is not None,
    ),
    Kind(
        "NotPrincipal denies everybody whose layers are not all listed: account and user; account, role, session",
        "6.3",
        lambda small: any(statement.not_principals is not None for statement in small.statements()),
    ),
    Kind(
        "A principal may be named by its unique id",
        "6.1",
        lambda small: _names_a_principal(small, "AIDA", "AROA"),
    ),
    Kind(
        "A canonical user id names its account",
        "6.1",
        lambda small: any(
            entry.kind == "CanonicalUser" for each in small.statements() for entry in each.principals or ()
        ),
    ),
    Kind(
        "A caller's identity provider is named under Federated",
        "6.1",
        lambda small: small.request.principal.federated_provider is not None,
    ),
    Kind(
        "A role's ARN has its path",
        "6.1",
        lambda small: (
            "/" in (small.request.principal.role_arn or "").partition(":role/")[2]
            and any(":role/" in entry.value for each in small.statements() for entry in each.principals or ())
        ),
    ),
    Kind(
        "ForAnyValue with IfExists holds when the key is absent",
        "4.2",
        _condition(
            lambda small, operator, condition: (
                operator.quantifier is Quantifier.ANY and operator.if_exists and not small.seen(condition)
            )
        ),
    ),
    Kind(
        "A set operator may stand before Null; ForAllValues holds when the key is absent",
        "4.4",
        _condition(
            lambda _, operator, __: (
                operator.base.family is Family.NULL and operator.quantifier is not Quantifier.ONE
            )
        ),
    ),
    Kind(
        "A set of nothing but empty strings satisfies ForAllValues",
        "4.4",
        _condition(
            lambda small, operator, condition: (
                operator.quantifier is Quantifier.ALL
                and bool(small.seen(condition))
                and not any(small.seen(condition))
            )
        ),
    ),
    Kind(
        "A condition with an empty list of values is equal to nothing; a negated one holds",
        "4.1",
        _condition(lambda _, __, condition: not condition.values),
    ),
    Kind(
        "Variables live in documents of version 2012-10-17 only",
        "1.3",
        lambda small: (
            any(not document.variables for document in small.documents())
            and any("${" in text for text in small.templates())
        ),
    ),
    Kind(
        "What is no ARN of six parts is equal to no ARN, on either side: a negated operator holds",
        "4.11",
        _family(Family.ARN, _no_arn),
    ),
    Kind(
        "Variables may stand in any part of an ARN under an ARN operator",
        "4.11",
        _condition(
            lambda _, operator, condition: operator.base.family is Family.ARN and bool(_variables(condition))
        ),
    ),
    Kind(
        "What is no address is in no range: NotIpAddress holds",
        "4.10",
        _family(Family.IP, lambda value: parse_network(value) is None),
    ),
    Kind(
        "Addresses compare as numbers, however they are spelled; an IPv4-mapped IPv6 address is IPv4",
        "4.10",
        _family(Family.IP, lambda _: True),
    ),
    Kind(
        "What is no number, from its first character to its last, satisfies no Numeric operator",
        "4.6",
        _family(Family.NUMERIC, lambda value: parse_number(value) is None),
    ),
    Kind("Dates and epoch seconds compare with each other", "4.7", _family(Family.DATE, lambda _: True)),
    Kind(
        "A variable of a key that may have several values stays unresolved, whatever its default",
        "5",
        lambda small: any(
            segment.key.lower() in small.request.context.multivalued
            for text in small.templates()
            for segment in parse_template(text)
            if isinstance(segment, Variable)
        ),
    ),
    Kind(
        "A variable without value: a positive condition does not match, a negated one does not block",
        "5",
        _condition(
            lambda small, _, condition: any(
                small.request.context.get(variable.key) is None for variable in _variables(condition)
            )
        ),
    ),
    Kind(
        "A key that holds the empty string puts in the empty string, not the default",
        "5",
        lambda small: any(
            small.request.context.get(segment.key) == ("",)
            for text in small.templates()
            for segment in parse_template(text)
            if isinstance(segment, Variable)
        ),
    ),
    Kind(
        "One value of a key that may have several is compared like any other",
        "4.3",
        _condition(
            lambda small, operator, condition: (
                operator.quantifier is Quantifier.ONE
                and condition.key.lower() in small.request.context.multivalued
                and len(small.seen(condition)) == 1
            )
        ),
    ),
    Kind(
        "Several values under an operator without set operator do not match",
        "4.3",
        _condition(
            lambda small, operator, condition: (
                operator.quantifier is Quantifier.ONE and len(small.seen(condition)) > 1
            )
        ),
    ),
    Kind("A prefix may be a pattern: `*:*` is every action", "2", _prefix_is_a_pattern),
    Kind(
        "An ARN that ends early is filled up with `*` in identity policies, boundaries and session policies",
        "3",
        lambda small: any(
            pattern != "*" and pattern.count(":") < 5
            for each in small.statements()
            for pattern in each.resources or each.not_resources or ()
        ),
    ),
    Kind("A wildcard may stand inside any part of an ARN", "3", _service_is_a_pattern),
    Kind(
        "A NotResource entry whose variable has no value excludes nothing",
        "5",
        lambda small: any("${" in pattern for each in small.statements() for pattern in each.not_resources or ()),
    ),
)


def kind_of(small: Small) -> Kind | None:
    """The kind of a disagreement; None when it is unsettled."""
    return next((kind for kind in KINDS if kind.fits(small)), None)
