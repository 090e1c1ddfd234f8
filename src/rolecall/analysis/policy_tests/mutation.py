"""Would the cases notice if a policy said something else?

Each mutant is one policy with one change that a hurried editor could make: a statement gone, a condition gone or
turned round, an action or resource widened, a NotAction forgotten. A mutant that no case notices is a hole in the
tests, or a part of the policy that does nothing. Changes that cannot change anything are not made (`reach`).
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Final

from msgspec import Struct
from msgspec.structs import replace

from rolecall.analysis.policy_tests.expansion import Plan, Question
from rolecall.analysis.policy_tests.reach import names_all, reaches_more
from rolecall.analysis.policy_tests.running import Engine, Result, run
from rolecall.analysis.worlds.documents import Document
from rolecall.catalog import Catalog
from rolecall.decision.policies import PoliciesInForce, SourcedPolicy
from rolecall.policy.document import Condition, Policy, PolicyType, PrincipalEntry, Span, Statement
from rolecall.policy.operators import Quantifier, parse_operator

# Operators and what turning them round makes of them.
TURNED: Final[Mapping[str, str]] = {
    one: other
    for pair in (
        ("StringEquals", "StringNotEquals"),
        ("StringEqualsIgnoreCase", "StringNotEqualsIgnoreCase"),
        ("StringLike", "StringNotLike"),
        ("NumericEquals", "NumericNotEquals"),
        ("NumericLessThan", "NumericGreaterThanEquals"),
        ("NumericGreaterThan", "NumericLessThanEquals"),
        ("DateEquals", "DateNotEquals"),
        ("DateLessThan", "DateGreaterThanEquals"),
        ("DateGreaterThan", "DateLessThanEquals"),
        ("IpAddress", "NotIpAddress"),
        ("ArnEquals", "ArnNotEquals"),
        ("ArnLike", "ArnNotLike"),
    )
    for one, other in (pair, pair[::-1])
}
TURNED_VALUES: Final = {"true": "false", "false": "true"}
OTHER_QUANTIFIER: Final = {"ForAllValues": "ForAnyValue", "ForAnyValue": "ForAllValues"}
WILD: Final = re.compile(r"[*?]")


class Mutant(Struct, frozen=True):
    """One changed policy. change: what was done, in words; span: where."""

    document: Document
    statement: Statement
    change: str
    policy: Policy
    span: Span | None

    @property
    def where(self) -> str:
        return self.document.file if self.span is None else f"{self.document.file}:{self.span.start.line}"

    @property
    def named(self) -> str:
        sid = f" {self.statement.sid}" if self.statement.sid else ""
        title = "" if self.document.title == self.document.file else f"{self.document.title}, "
        return f"{title}statement {self.statement.index}{sid}: {self.change}"


class Mutation(Struct, frozen=True):
    """How many mutants there were, and which nobody noticed."""

    total: int
    survivors: tuple[Mutant, ...]


def mutants(document: Document, catalog: Catalog) -> Iterator[Mutant]:
    """Every mutant of a document, in the order of its statements."""
    policy = document.policy
    for place, statement in enumerate(policy.statements):
        before, after = policy.statements[:place], policy.statements[place + 1 :]
        yield Mutant(document, statement, "dropped", replace(policy, statements=before + after), statement.span)
        for change, changed, span in _changes(statement, document.kind, catalog):
            if changed != statement:
                made = replace(policy, statements=(*before, changed, *after))
                yield Mutant(document, statement, change, made, span)


def _changes(
    statement: Statement, kind: PolicyType, catalog: Catalog
) -> Iterator[tuple[str, Statement, Span | None]]:
    """(what, the statement, where) of every change of one statement but dropping it."""
    at = statement.span
    if statement.actions is not None and kind is not PolicyType.TRUST and reaches_more(statement, catalog):
        wide = _wider(statement.actions)
        yield f"Action widened to {', '.join(wide)}", replace(statement, actions=wide), at
    if statement.resources is not None and not names_all(statement, catalog):
        yield "Resource widened to *", replace(statement, resources=("*",)), at
    if statement.principals is not None:
        everyone = (PrincipalEntry("*", "*"),)
        yield "Principal widened to *", replace(statement, principals=everyone), at
    if statement.not_actions is not None:
        yield "NotAction dropped", replace(statement, not_actions=None, actions=("*",)), at
    if statement.not_resources is not None:
        yield "NotResource dropped", replace(statement, not_resources=None, resources=("*",)), at
    if statement.not_principals is not None:
        everyone = (PrincipalEntry("*", "*"),)
        yield "NotPrincipal dropped", replace(statement, not_principals=None, principals=everyone), at
    for place, condition in enumerate(statement.conditions):
        before, after = statement.conditions[:place], statement.conditions[place + 1 :]
        span = condition.span or at
        named = f"condition {condition.operator} {condition.key}"
        yield f"{named} dropped", replace(statement, conditions=before + after), span
        for change, changed in _changed_conditions(condition):
            yield f"{named} {change}", replace(statement, conditions=(*before, changed, *after)), span


def _wider(actions: Sequence[str]) -> tuple[str, ...]:
    """Every action of the services; of whole services everything."""
    services = tuple(dict.fromkeys(f"{action.partition(':')[0]}:*" for action in actions if action != "*"))
    return ("*",) if "*" in actions or set(services) == set(actions) else services


def _changed_conditions(condition: Condition) -> Iterator[tuple[str, Condition]]:
    operator = parse_operator(condition.operator)
    if operator is None:
        return
    base, quantifier = operator.base.name, operator.quantifier.value

    def spelled(base: str = base, quantifier: str = quantifier, if_exists: bool = operator.if_exists) -> str:
        prefix = f"{quantifier}:" if quantifier else ""
        return f"{prefix}{base}{'IfExists' if if_exists else ''}"

    if base in TURNED:
        turned = spelled(base=TURNED[base])
        yield f"turned into {turned}", replace(condition, operator=turned)
    elif base in ("Bool", "Null"):
        values = tuple(TURNED_VALUES.get(value.lower(), value) for value in condition.values)
        yield f"turned into {', '.join(values)}", replace(condition, values=values)
    if operator.quantifier is not Quantifier.ONE:
        other = spelled(quantifier=OTHER_QUANTIFIER[quantifier])
        yield f"turned into {other}", replace(condition, operator=other)
    if operator.if_exists:
        yield "loses IfExists", replace(condition, operator=spelled(if_exists=False))
    for place, value in enumerate(condition.values):
        if WILD.search(value) and value != "*" and base in ("StringLike", "StringNotLike", "ArnLike", "ArnEquals"):
            wider = (*condition.values[:place], "*", *condition.values[place + 1 :])
            yield f"{value} widened to *", replace(condition, values=wider)


def mutate(results: Sequence[Result], documents: Iterable[Document], engine: Engine, catalog: Catalog) -> Mutation:
    """Run the cases that a document takes part in against each of its mutants. As they are, all of them pass."""
    using: dict[int, list[Plan]] = {}
    for result in results:
        if result.verdict is not None:
            for ident in {id(policy.document) for each in result.plan.questions for policy in _all(each.policies)}:
                using.setdefault(ident, []).append(result.plan)
    total = 0
    survivors: list[Mutant] = []
    for document in documents:
        if not document.ours or document.kind is PolicyType.SESSION:
            continue
        for mutant in mutants(document, catalog):
            total += 1
            if not any(_notices(each, mutant, engine) for each in using.get(id(document.policy), ())):
                survivors.append(mutant)
    return Mutation(total, tuple(survivors))


def _notices(plan: Plan, mutant: Mutant, engine: Engine) -> bool:
    questions = tuple(_swapped(each, mutant.document.policy, mutant.policy) for each in plan.questions)
    return not run(replace(plan, questions=questions), engine).passed


def _swapped(question: Question, old: Policy, new: Policy) -> Question:
    def one(held: SourcedPolicy) -> SourcedPolicy:
        return replace(held, document=new) if held.document is old else held

    def maybe(held: SourcedPolicy | None) -> SourcedPolicy | None:
        return None if held is None else one(held)

    policies = question.policies
    if all(held.document is not old for held in _all(policies)):
        return question
    return replace(
        question,
        policies=PoliciesInForce(
            identity=tuple(map(one, policies.identity)),
            boundary=maybe(policies.boundary),
            session=policies.session,
            scps=tuple(tuple(map(one, level)) for level in policies.scps),
            rcps=tuple(tuple(map(one, level)) for level in policies.rcps),
            endpoint=maybe(policies.endpoint),
            resource=maybe(policies.resource),
        ),
    )


def _all(policies: PoliciesInForce) -> Iterator[SourcedPolicy]:
    for kind in PolicyType:
        if kind is not PolicyType.TRUST:  # the same one as RESOURCE
            yield from policies.of(kind)
