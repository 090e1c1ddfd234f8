"""Write a parsed policy back as JSON: `parse(print(p)) = p`, positions aside.

One value is written bare and several as a list, as people write them.
"""

from __future__ import annotations

import json
from collections.abc import Sequence

from msgspec.structs import replace

from rolecall.policy.document import Policy, PrincipalEntry, Statement

Json = None | bool | int | float | str | list["Json"] | dict[str, "Json"]


def to_data(policy: Policy) -> dict[str, Json]:
    """The policy as JSON data."""
    data: dict[str, Json] = {"Version": policy.version}
    if policy.id is not None:
        data["Id"] = policy.id
    data["Statement"] = [_statement(statement) for statement in policy.statements]
    return data


def to_text(policy: Policy, indent: int | None = 2) -> str:
    """The policy as JSON text."""
    return json.dumps(to_data(policy), indent=indent, ensure_ascii=False)


def without_positions(policy: Policy) -> Policy:
    """The same policy, forgetting where its parts stood in a text."""
    return replace(
        policy,
        statements=tuple(
            replace(
                statement,
                span=None,
                conditions=tuple(replace(condition, span=None) for condition in statement.conditions),
            )
            for statement in policy.statements
        ),
    )


def _one_or_many(values: Sequence[str]) -> Json:
    return values[0] if len(values) == 1 else list(values)


def _statement(statement: Statement) -> Json:
    data: dict[str, Json] = {}
    if statement.sid is not None:
        data["Sid"] = statement.sid
    data["Effect"] = statement.effect.value
    for name, entries in (("Principal", statement.principals), ("NotPrincipal", statement.not_principals)):
        if entries is not None:
            data[name] = _principals(entries)
    for name, values in (
        ("Action", statement.actions),
        ("NotAction", statement.not_actions),
        ("Resource", statement.resources),
        ("NotResource", statement.not_resources),
    ):
        if values is not None:
            data[name] = _one_or_many(values)
    if statement.conditions:
        blocks: dict[str, dict[str, Json]] = {}
        for condition in statement.conditions:
            blocks.setdefault(condition.operator, {})[condition.key] = _one_or_many(condition.values)
        data["Condition"] = {operator: dict(block) for operator, block in blocks.items()}
    return data


def _principals(entries: Sequence[PrincipalEntry]) -> Json:
    if any(entry.kind == "*" for entry in entries):
        return "*"
    kinds: dict[str, list[str]] = {}
    for entry in entries:
        kinds.setdefault(entry.kind, []).append(entry.value)
    return {kind: _one_or_many(values) for kind, values in kinds.items()}
