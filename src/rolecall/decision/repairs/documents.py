"""A policy document with a change carried out: JSON in, JSON out, everything else as its author wrote it."""

from __future__ import annotations

import copy
from collections.abc import Mapping
from typing import Any

from rolecall.decision.repairs.views import ChangeView
from rolecall.decision.repairs.words import statement_data
from rolecall.policy.document import PolicyType
from rolecall.policy.parser import parse


class DocumentChanged(Exception):
    """The document is not the one that the change was computed for."""


def new_document(change: ChangeView) -> dict[str, Any]:
    """The document of a policy that is still to be made."""
    assert change.after is not None
    return {"Version": "2012-10-17", "Statement": [change.after]}


def edited(document: Mapping[str, Any], change: ChangeView) -> dict[str, Any]:
    """The document after the change; raises DocumentChanged when its statement is not what it was."""
    made = copy.deepcopy(dict(document))
    held = made["Statement"]
    statements: list[Any] = held if isinstance(held, list) else [held]
    if change.statement is None:
        assert change.after is not None
        made["Statement"] = [*statements, change.after]
        return made
    kind = PolicyType(change.policy_type)
    parsed = parse(document, kind).statements
    if change.statement >= len(parsed) or not _same(statement_data(parsed[change.statement]), change.before, kind):
        raise DocumentChanged(f"statement {change.statement} has changed since the request was decided")
    if change.after is None:
        del statements[change.statement]
    else:
        statements[change.statement] = _rewritten(statements[change.statement], change, kind)
    made["Statement"] = statements
    return made


def _same(now: Mapping[str, Any] | None, then: Mapping[str, Any] | None, kind: PolicyType) -> bool:
    return _comparable(now, kind) == _comparable(then, kind)


def _comparable(statement: Mapping[str, Any] | None, kind: PolicyType) -> dict[str, Any]:
    # A stored trust policy names users and roles by their unique ids; what IAM shows are their ARNs.
    return {
        name: value
        for name, value in (statement or {}).items()
        if not (kind is PolicyType.TRUST and name == "Principal")
    }


def _rewritten(statement: Mapping[str, Any], change: ChangeView, kind: PolicyType) -> dict[str, Any]:
    """Only the elements that differ are written; to the principals of a trust policy, what is new is added."""
    before, after = change.before or {}, change.after or {}
    made = dict(statement)
    for name in (*before, *(name for name in after if name not in before)):
        if before.get(name) == after.get(name):
            continue
        if name not in after:
            del made[name]
        elif name == "Principal" and kind is PolicyType.TRUST:
            made[name] = _with_principals(statement.get(name), before.get(name), after[name])
        else:
            made[name] = after[name]
    return made


def _with_principals(now: Any, before: Any, after: Any) -> Any:
    if not isinstance(now, dict) or not isinstance(before, dict) or not isinstance(after, dict):
        return after
    made = {kind: _listed(values) for kind, values in now.items()}
    for kind, values in after.items():
        for value in _listed(values):
            if value not in _listed(before.get(kind, [])) and value not in made.get(kind, []):
                made.setdefault(kind, []).append(value)
    return {kind: values[0] if len(values) == 1 else values for kind, values in made.items()}


def _listed(values: Any) -> list[str]:
    return [values] if isinstance(values, str) else list(values)
