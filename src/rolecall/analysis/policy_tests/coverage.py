"""Which statements and conditions does no case touch?

A statement counts as touched when it matched in a case. A condition counts as touched when cases show it both
ways, each time in a statement whose other elements match: once holding, and once failing. Untouched is what could
be taken out, or turned round, without a test noticing.
"""

from __future__ import annotations

from collections.abc import Iterable

from msgspec import Struct

from rolecall.analysis.policy_tests.reasons import placed
from rolecall.analysis.policy_tests.running import Engine, Result
from rolecall.analysis.worlds.documents import Document
from rolecall.decision.procedure import evaluate
from rolecall.decision.reference.result import Element, StatementResult
from rolecall.policy.document import Condition, PolicyType, Statement
from rolecall.policy.truth import Truth


class Untouched(Struct, frozen=True):
    """A statement, or one of its conditions; lack says what no case shows."""

    document: Document
    statement: Statement
    lack: str
    condition: Condition | None = None

    @property
    def where(self) -> str:
        span = self.statement.span if self.condition is None else self.condition.span
        return self.document.file if span is None else f"{self.document.file}:{span.start.line}"

    @property
    def named(self) -> str:
        sid = f" {self.statement.sid}" if self.statement.sid else ""
        title = "" if self.document.title == self.document.file else f"{self.document.title}, "
        what = f"{title}statement {self.statement.index}{sid}"
        if self.condition is not None:
            what += f", condition {self.condition.operator} {self.condition.key}"
        return what


class Coverage(Struct, frozen=True):
    total: int
    untouched: tuple[Untouched, ...]

    @property
    def percent(self) -> int:
        """Rounded down, so that 100 means all."""
        return 100 if not self.total else 100 * (self.total - len(self.untouched)) // self.total


class _Seen:
    """What cases showed of one statement: that it matched; and which conditions held and which failed."""

    def __init__(self) -> None:
        self.matched = False
        self.held: set[int] = set()
        self.failed: set[int] = set()

    def note(self, result: StatementResult) -> None:
        self.matched = self.matched or result.truth is Truth.YES
        plain = [each for each in result.elements if each.element is not Element.CONDITION]
        if any(each.truth is not Truth.YES for each in plain):
            return
        conditions = [each for each in result.elements if each.element is Element.CONDITION]
        for number, condition in enumerate(conditions):
            (self.held if condition.truth is Truth.YES else self.failed).add(number)


def coverage(results: Iterable[Result], documents: Iterable[Document], engine: Engine) -> Coverage:
    """What the cases touch of our own policies; session policies of the cases themselves do not count."""
    ours = [each for each in documents if each.ours and each.kind is not PolicyType.SESSION]
    seen: dict[tuple[int, int], _Seen] = {}
    for result in results:
        if result.verdict is None:
            continue
        for question in result.plan.questions[: result.verdict.asked]:
            evaluation = evaluate(question.request, question.policies, profile=engine.profile)
            for _, policy, said in placed(question.request, evaluation):
                for found in said.statements:
                    key = (id(policy.document), found.statement.index)
                    seen.setdefault(key, _Seen()).note(found)
    total = 0
    untouched: list[Untouched] = []
    for document in ours:
        for statement in document.policy.statements:
            total += 1 + len(statement.conditions)
            noted = seen.get((id(document.policy), statement.index), _Seen())
            if not noted.matched:
                untouched.append(Untouched(document, statement, "never matched"))
            for number, condition in enumerate(statement.conditions):
                lack = _lack(number in noted.held, number in noted.failed)
                if lack is not None:
                    untouched.append(Untouched(document, statement, lack, condition))
    return Coverage(total, tuple(untouched))


def _lack(held: bool, failed: bool) -> str | None:
    if held and failed:
        return None
    if held:
        return "never seen to fail"
    return "never seen to hold" if failed else "never reached"
