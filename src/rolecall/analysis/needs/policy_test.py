"""A policy test of a call: a world with the least policy, the call that it allows, and what must stay denied.

For each need there is a case without it, so that whoever changes the policy sees what it was for.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Any, Final

import msgspec

from rolecall.analysis.needs.finding import Needs
from rolecall.analysis.needs.policy import least_policy

__test__ = False
CALLER: Final = "Caller"


def test_file(needs: Needs) -> dict[str, Any]:
    """The content of a `.rolecall.yaml` file."""
    roles: dict[str, Any] = {
        CALLER: {"trust": needs.account, "policies": [{"name": "least", "document": least_policy(needs)}]}
    }
    for one in needs.roles:
        path, _, name = one.role.partition(":role/")[2].rpartition("/")
        roles[name] = {"trust": one.service, **({"path": f"/{path}/"} if path else {})}
    call = {"call": f"{needs.service}:{needs.operation}", "parameters": _plain(needs.parameters)}
    cases: list[dict[str, Any]] = [
        {"name": f"{needs.operation} as it is made", "principal": f"role/{CALLER}", **call, "expect": "allow"}
    ]
    for need in dict.fromkeys(check.action for check in needs.checks if not check.when):
        short = need.partition(":")[2]
        without = f"{CALLER}Without{short}"
        if without not in roles:
            policy = _without(least_policy(needs), need)
            policies = [{"name": "least", "document": policy}] if policy["Statement"] else []
            roles[without] = {"trust": needs.account, "policies": policies}
        cases.append(
            {
                "name": f"{needs.operation} without {need}",
                "principal": f"role/{without}",
                **call,
                "expect": "deny",
                "because": need,
            }
        )
    return {"world": {"account": needs.account, "region": needs.region, "roles": roles}, "cases": cases}


def _without(policy: Mapping[str, Any], action: str) -> dict[str, Any]:
    kept: list[dict[str, Any]] = []
    for statement in policy["Statement"]:
        actions = statement["Action"]
        left = [one for one in ([actions] if isinstance(actions, str) else actions) if one != action]
        if left:
            kept.append({**statement, "Action": left[0] if len(left) == 1 else left})
    return {**policy, "Statement": kept}


def _plain(value: Any) -> Any:
    """Parameters as a file holds them."""
    match value:
        case Mapping():
            return {name: _plain(inner) for name, inner in value.items()}
        case list() | tuple():
            return [_plain(inner) for inner in value]
        case datetime():
            return value.isoformat()
        case bytes():
            return value.decode("utf-8", "replace")
    return msgspec.to_builtins(value)


test_file.__test__ = False  # type: ignore[attr-defined]  # a name like this is no test to pytest
