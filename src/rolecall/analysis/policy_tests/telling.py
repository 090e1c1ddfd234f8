"""Tell a case's failure: what was expected, what came, and the statements that decided it, with their lines."""

from __future__ import annotations

import textwrap
from collections.abc import Iterable, Iterator
from typing import Final

from rolecall.analysis.policy_tests.expansion import Question
from rolecall.analysis.policy_tests.reasons import Placed, is_about, placed
from rolecall.analysis.policy_tests.running import Engine, Result, Verdict, why
from rolecall.analysis.worlds.documents import Document
from rolecall.authorization.trust_texts import CODE
from rolecall.decision.policies import SourcedPolicy
from rolecall.decision.procedure import evaluate
from rolecall.decision.reference.result import ElementResult, StatementResult
from rolecall.decision.result import Outcome
from rolecall.decision.trace_text import TYPE_NAMES
from rolecall.decision.wording import denial_message
from rolecall.policy.document import Effect, PolicyType
from rolecall.policy.truth import Truth

WIDTH: Final = 100
SHOWN: Final = 5  # statements that came near; more would hide the nearest


class Teller:
    """Tells results. documents: where every policy stands."""

    def __init__(self, documents: Iterable[Document], engine: Engine) -> None:
        self._engine = engine
        self._documents = {id(document.policy): document for document in documents}

    def headline(self, result: Result) -> str:
        """What went wrong, in one line."""
        verdict, case = result.verdict, result.case
        assert verdict is not None
        if result.unmet:
            return f"expected {case.expect} because of {case.because}, got {case.expect} for another reason"
        expected = case.expect if case.because is None else f"{case.expect} because of {case.because}"
        return f"expected {expected}, got {verdict.got}"

    def lines(self, result: Result) -> Iterator[str]:
        """The whole story of a failed case."""
        verdict = result.verdict
        assert verdict is not None
        question = verdict.question
        yield from _labelled("expected", self.headline(result).removeprefix("expected ").rpartition(", got ")[0])
        yield from _labelled("got", self._got(result, verdict))
        yield from _labelled("asked", f"{question.request.action} on {question.request.resource.arn}")
        yield from _labelled("as", question.request.principal.arn)
        if result.unmet:
            for reason in why(verdict, self._engine):
                yield from _labelled("reason", str(reason))
        yield from self._deciding(verdict)

    def _got(self, result: Result, verdict: Verdict) -> str:
        question, decision = verdict.question, verdict.decision
        if verdict.untrusted is not None:
            return f"{CODE}: {verdict.untrusted}"
        if verdict.allowed:
            return "allow"
        if question.across and decision.allowed:
            return "deny: a role is passed only within its account"
        if question.trusting:
            return f"deny: the role does not trust {question.request.principal.arn}, so it cannot be passed to it"
        message = denial_message(question.request, question.policies, decision, printed_resource=question.printed)
        return f"deny: {message}"

    def _deciding(self, verdict: Verdict) -> Iterator[str]:
        by = verdict.decision.by
        if by is None or verdict.untrusted is not None:
            return
        question = verdict.question
        evaluation = evaluate(question.request, question.policies, profile=self._engine.profile)
        held = list(placed(question.request, evaluation))
        kind = by.policy_type
        if verdict.decision.outcome is Outcome.IMPLICIT_DENY:
            yield from self._missing(kind, held, question)
            return
        effect = Effect.ALLOW if verdict.decision.allowed else Effect.DENY
        for type, policy, result in held:
            for statement in result.statements:
                if statement.truth is Truth.YES and statement.statement.effect is effect:
                    if effect is Effect.ALLOW and type is not kind:
                        continue
                    verb = "allowed by" if effect is Effect.ALLOW else "denied by"
                    yield from _wrap(f"{verb} {self._named(type, policy, statement)}", 2)
                    for element in statement.elements:
                        if element.condition is not None:
                            yield from _element(element, "holds")

    def _missing(self, kind: PolicyType, held: list[Placed], question: Question) -> Iterator[str]:
        """What the Allow statements of the type that lacked an allow were missing."""
        policies = [(policy, result) for type, policy, result in held if type is kind]
        near = [
            (policy, statement)
            for policy, result in policies
            for statement in result.statements
            if statement.statement.effect is Effect.ALLOW and is_about(statement)
        ]
        name = TYPE_NAMES[kind.value]
        if not policies:
            yield from _wrap(f"there is no {name}", 2)
        elif not near:
            names = ", ".join(dict.fromkeys(policy.name or policy.arn or "?" for policy, _ in policies))
            yield from _wrap(f"no {name} has a statement for {question.request.action} ({names})", 2)
        near.sort(key=lambda each: sum(element.truth is not Truth.YES for element in each[1].elements))
        for policy, statement in near[:SHOWN]:
            yield from _wrap(f"{self._named(kind, policy, statement)} allows it, but", 2)
            for element in statement.elements:
                if element.truth is not Truth.YES:
                    yield from _element(element, "fails")
        if len(near) > SHOWN:
            yield from _wrap(f"… and {len(near) - SHOWN} more statements about it", 2)

    def _named(self, kind: PolicyType, policy: SourcedPolicy, result: StatementResult) -> str:
        statement = result.statement
        document = self._documents.get(id(policy.document))
        sid = f" {statement.sid}" if statement.sid else ""
        where = "" if document is None or not document.ours else f" ({document.where(statement)})"
        name = policy.name or policy.arn or ""
        return f"{TYPE_NAMES[kind.value]} {name}, statement {statement.index}{sid}{where}"


def _element(element: ElementResult, what: str) -> Iterator[str]:
    title = element.element.value
    if element.condition is not None:
        title = f"{title} {element.condition.operator} {element.condition.key}"
    yield from _wrap(f"{title} {what}", 6)
    yield from _wrap(f"wanted  {', '.join(element.wanted)}", 8, 16)
    seen = "nothing: the request has no such key" if element.seen is None else ", ".join(element.seen)
    yield from _wrap(f"seen    {seen}", 8, 16)
    if element.note:
        yield from _wrap(f"note    {element.note}", 8, 16)


def _labelled(label: str, text: str) -> Iterator[str]:
    yield from _wrap(f"{label:<10}{text}", 2, 12)


def _wrap(text: str, indent: int, hanging: int | None = None) -> list[str]:
    return textwrap.wrap(
        text,
        WIDTH,
        initial_indent=" " * indent,
        subsequent_indent=" " * (indent + 2 if hanging is None else hanging),
        break_on_hyphens=False,
        break_long_words=False,
    )
