"""One document under a lint: what rules get to see, and how they say what they found."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from msgspec import Struct

from rolecall.analysis.lint.codes import CODES
from rolecall.analysis.lint.finding import Finding, Fix, Place
from rolecall.analysis.lint.knowledge import Knowledge
from rolecall.analysis.lint.patterns import has_wildcard
from rolecall.analysis.lint.view import Condition, Document, Statement, Value
from rolecall.decision.reference.actions import action_matches
from rolecall.policy.document import PolicyType
from rolecall.policy.findings import Severity
from rolecall.policy.glob import Fragment
from rolecall.policy.json_reader import Locator
from rolecall.policy.operators import holds
from rolecall.policy.truth import Truth
from rolecall.policy.variables import Resolution


class Options(Struct, frozen=True):
    """resource_type: what a resource policy hangs on, as CloudFormation names it (AWS::S3::Bucket).

    asked_for: codes that are not said by default and are wanted.
    """

    resource_type: str | None = None
    asked_for: frozenset[str] = frozenset()


class Look(Struct, frozen=True):
    """A document, its type, and what is known."""

    document: Document
    kind: PolicyType
    knowledge: Knowledge
    options: Options
    locator: Locator

    @property
    def statements(self) -> tuple[Statement, ...]:
        return self.document.statements

    @property
    def text(self) -> str:
        return self.document.text

    def finding(
        self,
        code: str,
        place: Place,
        values: Mapping[str, str] | None = None,
        *,
        wording: int = 0,
        detail: str = "",
        also: tuple[str, ...] = (),
        fix: Fix | None = None,
        severity: Severity | None = None,
    ) -> Finding:
        row = CODES[code]
        return Finding(
            code=code,
            severity=severity or row.severity,
            message=row.text(values or {}, wording),
            path=place.path,
            span=self.locator.span(place.node),
            named=place.of_name,
            also=also,
            detail=detail,
            fix=fix,
        )


def named(values: tuple[Value, ...] | None, action: str) -> Value | None:
    """The entry that spells this action out."""
    return next((value for value in values or () if value.folded == action.lower()), None)


def covering(values: tuple[Value, ...] | None, action: str) -> Value | None:
    """The first entry with a wildcard that matches this action."""
    return next(
        (value for value in values or () if has_wildcard(value.text) and action_matches(value.text, action)), None
    )


def speaks_of(statement: Statement, action: str) -> bool:
    """Whether the statement's actions hold this one."""
    if statement.not_actions is not None:
        return not any(action_matches(value.text, action) for value in statement.not_actions)
    return any(action_matches(value.text, action) for value in statement.actions or ())


def when_absent(condition: Condition) -> bool | None:
    """Whether a condition holds for a request without its key; None for an operator that does not exist."""
    return _asked(condition, None)


def when_present(condition: Condition, seen: str) -> bool | None:
    """Whether it holds for a request that has this one value under the key."""
    return _asked(condition, (seen,))


def _asked(condition: Condition, seen: tuple[str, ...] | None) -> bool | None:
    if condition.operator is None:
        return None
    wanted = [Resolution((Fragment(text),)) for text in condition.texts]
    return holds(condition.operator, wanted, seen) is Truth.YES


def demands(statement: Statement, key: str) -> bool:
    """Whether some condition of the statement fails for a request without the key."""
    return any(when_absent(each) is False for each in statement.conditions if each.folded == key.lower())


def sagemaker_keys(statement: Statement, *prefixes: str) -> Iterator[Condition]:
    """The conditions on keys with one of these (folded) prefixes whose operator exists."""
    for condition in statement.conditions:
        if condition.operator is not None and condition.folded.startswith(prefixes):
            yield condition
