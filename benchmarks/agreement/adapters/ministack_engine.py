"""Answers neutral decision requests with ministack's evaluator, one JSON line each, until the input ends.

It knows identity policies, boundary, session policies and the policy of the resource; no guardrails. Every
condition key has the request's value, also those that ministack would take from itself. Runs in its environment.
"""

import json
import sys
from typing import Any

from ministack.core import iam_evaluator as evaluator

TYPES = {
    "user": "User",
    "role_session": "AssumedRole",
    "service_linked_role": "AssumedRole",
    "federated_user": "FederatedUser",
    "root": "Root",
}
OUTCOMES = {"Allow": "allow", "Deny": "explicit_deny", "ImplicitDeny": "implicit_deny"}
values: dict[str, Any] = {}
evaluator._resolve_condition_key = lambda key, _: values.get(key.lower())


def answer(asked: dict[str, Any]) -> str:
    principal, resource = asked["principal"], asked["resource"]
    if asked["action"] in evaluator._ALWAYS_ALLOWED_ACTIONS or principal["type"] == "root":
        return "allow"
    values.clear()
    for key, held in asked["context"].items():
        if held:
            values[key.lower()] = held if len(held) > 1 or key in asked["lists"] else held[0]
    context = evaluator.EvalContext(
        principal_arn=principal["arn"],
        principal_type=TYPES.get(principal["type"], "User"),
        principal_account=principal["account"],
        action=asked["action"],
        resource_arn=resource["arn"],
        region="us-east-1",
        source_ip="",
        secure_transport=True,
    )
    limits = []
    if asked["boundary"]:
        limits.append([parsed(asked["boundary"])])
    if asked["session_policies"]:
        limits.append([parsed(policy) for policy in asked["session_policies"]])
    identity = evaluator.evaluate(context, [parsed(policy) for policy in asked["identity_policies"]], *limits)
    attached = asked["resource_policy"]
    if attached is None:
        return OUTCOMES[identity.decision]
    combined = evaluator.combine_resource_policy(
        identity,
        context,
        attached["document"],
        resource["account"],
        required=asked["action"].startswith(("kms:", "sts:")),
        limits=tuple(limits),
    )
    return OUTCOMES[combined.decision]


def parsed(policy: dict[str, Any]) -> list[Any]:
    return evaluator.parse_policy_document(policy["document"])


for line in sys.stdin:
    try:
        said = answer(json.loads(line))
    except Exception as error:
        said = f"error: {type(error).__name__}: {error}"
    print(json.dumps(said), flush=True)
