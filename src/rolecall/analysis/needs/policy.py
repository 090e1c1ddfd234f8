"""The least policy that lets a call through, and the least one for the role that it passes.

Statements name the exact resources. Two conditions are kept because without them a permission reaches much further
than the call: to which service a role may be handed, and that tags are only for what is being made.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any, Final

from rolecall.analysis.needs.finding import Need, Needs

KEPT: Final = ("iam:PassedToService", "sagemaker:TaggingAction")
VERSION: Final = "2012-10-17"
WITHOUT_RESOURCE: Final = "*"


def least_policy(needs: Needs, *, with_beside: bool = False) -> dict[str, Any]:
    """An identity-based policy for the caller. with_beside: also the documented actions of other services."""
    found = [*needs.checks, *(needs.beside if with_beside else ())]
    return {"Version": VERSION, "Statement": _statements(found)}


def role_policy(needs: Needs, role: str) -> dict[str, Any]:
    """An identity-based policy for one of the roles that the call passes."""
    found = next((one.needs for one in needs.roles if one.role == role), ())
    return {"Version": VERSION, "Statement": _statements(found)}


def _statements(needs: Iterable[Need]) -> list[dict[str, Any]]:
    """One statement for each set of conditions and resources; actions that share them stand together."""
    grouped: dict[tuple[tuple[tuple[str, str], ...], str], list[str]] = {}
    for need in needs:
        conditions = tuple((key, need.keys[key][0]) for key in KEPT if need.keys.get(key))
        actions = grouped.setdefault((conditions, need.resource), [])
        if need.action not in actions:
            actions.append(need.action)
    merged: dict[tuple[tuple[tuple[str, str], ...], tuple[str, ...]], list[str]] = {}
    for (conditions, resource), actions in grouped.items():
        merged.setdefault((conditions, tuple(actions)), []).append(resource)
    made: list[dict[str, Any]] = []
    for (conditions, allowed), resources in merged.items():
        statement: dict[str, Any] = {
            "Effect": "Allow",
            "Action": _one_or_all(list(allowed)),
            "Resource": WITHOUT_RESOURCE if WITHOUT_RESOURCE in resources else _one_or_all(resources),
        }
        if conditions:
            statement["Condition"] = {"StringEquals": dict(conditions)}
        made.append(statement)
    return made


def _one_or_all(values: Sequence[str]) -> str | list[str]:
    return values[0] if len(values) == 1 else list(values)
