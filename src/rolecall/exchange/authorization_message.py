"""What does sts:DecodeAuthorizationMessage tell of a denial? AWS's JSON, with the decision as it was made.

The layout is SEMANTICS 9.5. A message is self-contained: it holds the answer itself, compressed, and no reference
to anything stored, so that any gateway with the keys opens it, however long ago the denial was. STS takes messages
of at most 10,240 characters: should one be longer, it leaves out the condition keys with the longest values.
"""

from __future__ import annotations

import zlib
from collections.abc import Mapping
from typing import Any, Final

import msgspec

from rolecall.decision.combination import policy_at
from rolecall.decision.policies import PoliciesInForce
from rolecall.decision.request import PrincipalType, Request
from rolecall.decision.result import Decision, Outcome
from rolecall.policy.document import Statement

# Characters that STS takes, as bytes under base64, less what sealing adds.
MOST_BYTES: Final = 10_240 * 3 // 4 - 64


def decoded_message(request: Request, policies: PoliciesInForce, decision: Decision) -> dict[str, Any]:
    """The decoded message of a decision."""
    by = decision.by
    matched: list[dict[str, Any]] = []
    if by is not None and by.index is not None and by.statement is not None:
        policy = policy_at(policies, by.policy_type, by.index)
        matched.append(_statement(policy.document.statements[by.statement]))
    return {
        "allowed": decision.allowed,
        "explicitDeny": decision.outcome is Outcome.EXPLICIT_DENY,
        "matchedStatements": {"items": matched},
        "failures": {"items": []},
        "context": {
            "principal": _principal(request),
            "action": request.action,
            "resource": request.resource.arn,
            "conditions": {
                "items": [
                    {"key": key, "values": _items(values)}
                    for key, values in sorted(request.context.spelled().items())
                ]
            },
        },
    }


def _items(values: tuple[str, ...]) -> dict[str, Any]:
    return {"items": [{"value": value} for value in values]}


def _principal(request: Request) -> dict[str, str]:
    principal = request.principal
    told = {"id": principal.user_id or principal.unique_id or principal.account}
    if principal.type is PrincipalType.USER:
        told["name"] = principal.arn.rpartition("/")[2]
    return {**told, "arn": principal.arn}


def _statement(statement: Statement) -> dict[str, Any]:
    told: dict[str, Any] = {
        "statementId": statement.sid or "",
        "effect": statement.effect.value.upper(),
        "principals": _items(tuple(entry.value for entry in statement.principals or ())),
        "principalGroups": {"items": []},
        "actions": _items(statement.actions or ()),
        "resources": _items(statement.resources or ()),
        "conditions": {
            "items": [
                {"key": condition.key, "operator": condition.operator, "values": _items(condition.values)}
                for condition in statement.conditions
            ]
        },
    }
    negated = (
        ("notActions", statement.not_actions),
        ("notResources", statement.not_resources),
        ("notPrincipals", tuple(entry.value for entry in statement.not_principals or ()) or None),
    )
    told.update({name: _items(values) for name, values in negated if values is not None})
    return told


def pack(account: str, message: Mapping[str, Any]) -> bytes:
    """A message of an account's denial, small enough to be sealed into what STS takes."""
    kept = msgspec.json.decode(msgspec.json.encode(message))
    conditions: list[dict[str, Any]] = kept["context"]["conditions"]["items"]
    while True:
        packed = zlib.compress(msgspec.json.encode({"account": account, "message": kept}), 9)
        if len(packed) <= MOST_BYTES:
            return packed
        if conditions:
            conditions.remove(max(conditions, key=lambda one: len(str(one["values"]))))
        else:
            kept["matchedStatements"]["items"] = []  # a statement so long tells nobody anything
            kept["context"] = {"action": message["context"]["action"]}


def unpack(packed: bytes, account: str) -> str | None:
    """The JSON text of a message of this account; None when it is none."""
    try:
        held = msgspec.json.decode(zlib.decompress(packed), type=dict[str, Any])
    except (zlib.error, msgspec.DecodeError):
        return None
    if held.get("account") != account or not isinstance(held.get("message"), dict):
        return None
    return msgspec.json.encode(held["message"]).decode()
