"""Lint one policy document: every rule over every part of it.

A rule is a function of a `Look`; adding one means a row of `codes/`, a function here or in a module beside, and an
example in `examples/`, from which its page in docs/findings is written.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Final

from msgspec import Struct

from rolecall.analysis.lint.codes import CODES
from rolecall.analysis.lint.finding import Finding, ordered
from rolecall.analysis.lint.knowledge import Knowledge
from rolecall.analysis.lint.look import Look, Options
from rolecall.analysis.lint.rules import (
    actions,
    addresses,
    condition_names,
    condition_values,
    control,
    elements,
    permissive,
    principals,
    resources,
    role_grants,
    sizes,
    statements,
    tag_services,
    trust,
    variables,
)
from rolecall.analysis.lint.sagemaker import guards, keys
from rolecall.analysis.lint.sagemaker import resources as sagemaker_resources
from rolecall.analysis.lint.sagemaker import statements as sagemaker_statements
from rolecall.analysis.lint.view import view
from rolecall.policy.document import PolicyType, Position, Span
from rolecall.policy.json_reader import JsonError, JsonFault, Locator, read

ANYTHING: Final = Options()
Rule = Callable[[Look], Iterator[Finding]]

RULES: Final[tuple[Rule, ...]] = (
    *elements.RULES,
    *sizes.RULES,
    *principals.RULES,
    *trust.RULES,
    *control.RULES,
    *actions.RULES,
    *resources.RULES,
    *variables.RULES,
    *condition_names.RULES,
    *condition_values.RULES,
    *addresses.RULES,
    *permissive.RULES,
    *tag_services.RULES,
    *role_grants.RULES,
    *statements.RULES,
    *keys.RULES,
    *guards.RULES,
    *sagemaker_resources.RULES,
    *sagemaker_statements.RULES,
)


class Read(Struct, frozen=True):
    """A text that was read as a policy, or the one finding that says why it could not be."""

    look: Look | None
    findings: tuple[Finding, ...] = ()


def look_at(text: str, kind: PolicyType, knowledge: Knowledge, options: Options = ANYTHING) -> Read:
    """The document in a text, ready for rules."""
    try:
        root = read(text)
    except JsonError as error:
        return Read(None, (_unreadable(text, error),))
    return Read(Look(view(text, root), kind, knowledge, options, Locator(text)))


def lint(text: str, kind: PolicyType, knowledge: Knowledge, options: Options = ANYTHING) -> tuple[Finding, ...]:
    """Everything there is to say about one document by itself, in the order of its text."""
    found = look_at(text, kind, knowledge, options)
    return found.findings if found.look is None else findings_of(found.look)


def findings_of(look: Look) -> tuple[Finding, ...]:
    found = (finding for rule in RULES for finding in rule(look))
    return ordered(finding for finding in _settled(found) if _is_said(finding, look))


def _is_said(finding: Finding, look: Look) -> bool:
    row = CODES[finding.code]
    return row.concerns(look.kind) and (row.default or finding.code in look.options.asked_for)


def _settled(found: Iterator[Finding]) -> Iterator[Finding]:
    """Where two rules meet at one place, the more telling one stays."""
    kept = list(found)
    places = {(finding.path, code) for finding in kept for code in finding.codes}
    for finding in kept:
        better = YIELDS.get(finding.code, ())
        if not any((finding.path, code) in places for code in better):
            yield finding


# A finding of the left code is not said where one of the right stands at the same place.
YIELDS: Final = {
    "WILDCARD_WITHOUT_LIKE_OPERATOR": ("WILDCARD_USAGE_TOO_PERMISSIVE",),
    "UNSUPPORTED_WILDCARD_IN_PRINCIPAL": ("INVALID_FEDERATED_PRINCIPAL_SYNTAX_IN_ROLE_TRUST_POLICY",),
}


def _unreadable(text: str, error: JsonError) -> Finding:
    position = error.position or Position(1, 1, 0)
    span = Span(position, position)
    if error.fault is JsonFault.DUPLICATE_KEY:
        name = error.message.partition('"')[2].removesuffix('"')
        row = CODES["RC118"]
        end = Position(position.line, position.column + len(name) + 2, position.offset + len(name) + 2)
        return Finding("RC118", row.severity, row.text({"name": name}), span=Span(position, end))
    row = CODES["JSON_SYNTAX_ERROR"]
    values = {"index": str(position.offset), "line": str(position.line), "column": str(position.column)}
    wording = 0 if error.position else 1
    message = row.text(values, wording)
    return Finding("JSON_SYNTAX_ERROR", row.severity, message, span=span, detail=f"{error.message}.".capitalize())
