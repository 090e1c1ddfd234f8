"""Answers neutral decision requests as moto's own check does, one JSON line each, until the input ends.

What moto asks: the caller's identity policies without their conditions; for AssumeRole the role's trust policy;
for S3 the bucket's policy, which for callers without a signature must allow. It knows no boundaries, session
policies or guardrails. Runs in the peers' environment.
"""

import json
import sys
from typing import Any

from moto.iam.access_control import IAMPolicy, PermissionResult


def answer(asked: dict[str, Any]) -> str:
    action, resource = asked["action"], asked["resource"]["arn"]
    principal = asked["principal"]
    if action == "sts:GetCallerIdentity":
        return "allow"
    if principal["type"] == "root":
        return "allow"
    attached = asked["resource_policy"]
    on_bucket = PermissionResult.NEUTRAL
    if attached and action.startswith("s3:"):
        on_bucket = ask(attached, action, resource)
    if on_bucket is PermissionResult.DENIED:
        return "explicit_deny"
    if principal["type"] == "anonymous":
        return "allow" if on_bucket is PermissionResult.PERMITTED else "implicit_deny"
    said = [ask(policy, action, resource) for policy in asked["identity_policies"]]
    if PermissionResult.DENIED in said:
        return "explicit_deny"
    permitted = PermissionResult.PERMITTED in said
    if action == "sts:AssumeRole" and attached:
        values = {key: values[0] for key, values in asked["context"].items() if values}
        trust = ask(attached, action, resource, principal["arn"], values)
        permitted = permitted and trust is PermissionResult.PERMITTED
    return "allow" if permitted else "implicit_deny"


def ask(policy: dict[str, Any], *question: Any) -> PermissionResult:
    return IAMPolicy(json.dumps(policy["document"])).is_action_permitted(*question)


for line in sys.stdin:
    try:
        said = answer(json.loads(line))
    except Exception as error:
        said = f"error: {type(error).__name__}: {error}"
    print(json.dumps(said), flush=True)
