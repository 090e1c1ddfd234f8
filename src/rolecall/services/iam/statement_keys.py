"""Which condition keys does a statement speak of? Those of its conditions and of its policy variables."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from rolecall.policy.document import Policy, Statement
from rolecall.policy.variables import parse_template, variables_of


def keys_of(policies: Iterable[Policy]) -> tuple[str, ...]:
    """Every key of the policies in order; of spellings that differ by case the first."""
    found: dict[str, str] = {}
    for policy in policies:
        for statement in policy.statements:
            for key in statement_keys(statement, policy.variables):
                found.setdefault(key.lower(), key)
    return tuple(found.values())


def statement_keys(statement: Statement, variables: bool) -> Iterator[str]:
    """Keys of variables in resources and condition values count where variables are live."""
    for pattern in (*(statement.resources or ()), *(statement.not_resources or ())):
        yield from variables_of(parse_template(pattern, variables))
    for condition in statement.conditions:
        yield condition.key
        for value in condition.values:
            yield from variables_of(parse_template(value, variables))
