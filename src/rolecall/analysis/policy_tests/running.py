"""Run cases: decide their questions in order and compare with what was expected."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from datetime import datetime

from msgspec import Struct

from rolecall.analysis.policy_tests.expansion import Model, Plan, Question, plan
from rolecall.analysis.policy_tests.format import Case, TestFile
from rolecall.analysis.policy_tests.reasons import Reason, reasons
from rolecall.authorization.rulings import Decide
from rolecall.catalog import Catalog
from rolecall.decision import compiled
from rolecall.decision.profile import Profile
from rolecall.decision.result import Decision, Outcome
from rolecall.policy.document import PolicyType


class Engine(Struct, frozen=True):
    """How to decide: the fast path; reasons and coverage are the reference evaluator's, which equals it.

    The profile is the one that the deciding function was made for.
    """

    decide: Decide
    profile: Profile = "reference"

    @staticmethod
    def of(profile: Profile = "reference") -> Engine:
        return Engine(compiled.Engine(profile=profile).decide, profile)


class Verdict(Struct, frozen=True):
    """How a case was decided. asked: how many of its questions were asked.

    question: the one that was denied, else the first. untrusted: the service cannot assume a passed role.
    """

    allowed: bool
    question: Question
    decision: Decision
    asked: int
    untrusted: str | None = None

    @property
    def got(self) -> str:
        return "allow" if self.allowed else "deny"


class Result(Struct, frozen=True):
    """A case that was run. unmet: decided as expected, but not for the expected reason."""

    case: Case
    plan: Plan
    verdict: Verdict | None
    unmet: bool = False
    reasons: tuple[Reason, ...] = ()

    @property
    def skipped(self) -> bool:
        return self.verdict is None

    @property
    def passed(self) -> bool:
        return self.verdict is None or (self.verdict.got == self.case.expect and not self.unmet)


def judge(planned: Plan, engine: Engine) -> Verdict:
    """Ask the questions of a case until one is denied."""
    first: Verdict | None = None
    for number, question in enumerate(planned.questions):
        decision = engine.decide(question.request, question.policies)
        if not decision.allowed or question.across:
            return Verdict(False, question, decision, number + 1)
        first = first or Verdict(True, question, decision, len(planned.questions))
    if first is None:
        raise AssertionError("every operation that a case may name asks something")
    if planned.unassumable is not None:
        return Verdict(False, first.question, first.decision, first.asked, planned.unassumable)
    return first


def why(verdict: Verdict, engine: Engine) -> tuple[Reason, ...]:
    """The reasons of a verdict."""
    question = verdict.question
    action = question.request.action
    if verdict.untrusted is not None:
        return (Reason(PolicyType.TRUST.value, "iam:PassRole"),)
    if not verdict.allowed and verdict.decision.allowed:
        return (Reason("account", action),)
    found = reasons(question.request, question.policies, verdict.decision, engine.profile)
    if not question.trusting:
        return found
    # Of a role that is passed the case may also say that the passing failed.
    return (*found, *(Reason(each.type, "iam:PassRole", each.policy, each.arn, each.statement) for each in found))


def run(planned: Plan, engine: Engine) -> Result:
    """The result of one case."""
    case = planned.case
    if case.skip is not None:
        return Result(case, planned, None)
    verdict = judge(planned, engine)
    if case.because is None or verdict.got != case.expect:
        return Result(case, planned, verdict)
    found = why(verdict, engine)
    met = any(reason.meets(case.because) for reason in found)
    return Result(case, planned, verdict, not met, found)


def plans(
    file: TestFile, catalog: Catalog, model: Model, now: datetime, chosen: Iterable[Case] | None = None
) -> Iterator[Plan]:
    """The questions of the cases of a file; raises InputError for what a case names and nobody has."""
    for case in file.cases if chosen is None else chosen:
        yield plan(case, file.world, catalog, model, now)


def outcome_word(decision: Decision) -> str:
    return {
        Outcome.ALLOW: "allow",
        Outcome.EXPLICIT_DENY: "explicit deny",
        Outcome.IMPLICIT_DENY: "implicit deny",
        Outcome.UNDETERMINED: "undetermined",
    }[decision.outcome]
