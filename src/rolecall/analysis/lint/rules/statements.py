"""Statements beside each other: two that say the same."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

from rolecall.analysis.lint.edits import drop_item
from rolecall.analysis.lint.finding import Finding, Fix
from rolecall.analysis.lint.look import Look
from rolecall.analysis.lint.view import Statement
from rolecall.policy.json_reader import ArrayNode


def redundant(look: Look) -> Iterator[Finding]:
    """The later of two statements with the same elements, Sids apart."""
    seen: set[object] = set()
    node = look.document.node
    held = None if node is None else node.get("Statement")
    for statement in look.statements:
        if statement.effect is None:
            continue
        meaning = _meaning(statement)
        if meaning in seen and isinstance(held, ArrayNode):
            edit = drop_item(look.text, held, statement.number)
            fix = Fix("remove the statement", (edit,))
            yield look.finding("REDUNDANT_STATEMENT", statement.place, fix=fix)
        seen.add(meaning)


def _meaning(statement: Statement) -> object:
    """What of a statement counts for decisions, in no order."""

    def folded(name: str) -> object:
        values = getattr(statement, name)
        return None if values is None else frozenset(value.folded for value in values)

    def exact(name: str) -> object:
        values = getattr(statement, name)
        return None if values is None else frozenset(value.text for value in values)

    def who(name: str) -> object:
        values = getattr(statement, name)
        return None if values is None else frozenset((each.kind, each.text) for each in values)

    return (
        statement.effect,
        folded("actions"),
        folded("not_actions"),
        exact("resources"),
        exact("not_resources"),
        who("principals"),
        who("not_principals"),
        frozenset((each.name.lower(), each.folded, frozenset(each.texts)) for each in statement.conditions),
    )


RULES: Final = (redundant,)
