"""Identity providers that many tenants share: a trust policy must say which tenant it means.

Anybody may have a token of GitHub or GitLab. A role that trusts such a provider without a condition on the claim
that tells tenants apart would trust everybody, so IAM refuses it.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

from rolecall.policy.document import Condition, Effect, Policy
from rolecall.services.iam.errors import fault

# host and path of the provider -> claims, one of which must be tested
CLAIMS: Final[Mapping[str, tuple[str, ...]]] = {
    "token.actions.githubusercontent.com": ("sub", "job_workflow_ref"),
    "gitlab.com": ("sub",),
    "agent.buildkite.com": ("sub",),
    "app.terraform.io": ("sub",),
    "oidc.codefresh.io": ("sub",),
    "scalr.io": ("sub",),
    "tokens.cloud.shisho.dev": ("sub",),
    "proidc.upbound.io": ("sub",),
    "studio.datachain.ai/api": ("sub",),
    "api.pulumi.com/oidc": ("aud",),
    "sandboxes.cloud": ("aud",),
    "oidc.vercel.com": ("aud",),
}
OPERATORS: Final = frozenset({"stringequals", "stringlike", "stringequalsignorecase"})


def check_tenant(policy: Policy) -> None:
    """Refuse a trust policy that lets in every tenant of a shared provider."""
    for statement in policy.statements:
        if statement.effect is not Effect.ALLOW:
            continue
        for entry in statement.principals or ():
            host = entry.value.partition(":oidc-provider/")[2] if entry.kind == "Federated" else ""
            claims = CLAIMS.get(host)
            if claims is not None and not any(_scopes(host, claims, one) for one in statement.conditions):
                wanted = " or ".join(f"{host}:{claim}" for claim in claims)
                raise fault(
                    "malformed document",
                    text=f"Trust policy with trusted principal {entry.value} must evaluate, using StringEquals, "
                    f"StringLike or StringEqualsIgnoreCase, {wanted} which is not scoped to all.",
                )


def _scopes(host: str, claims: tuple[str, ...], condition: Condition) -> bool:
    keys = {f"{host}:{claim}".lower() for claim in claims}
    return (
        condition.operator.lower() in OPERATORS
        and condition.key.lower() in keys
        and any(value.strip("*") for value in condition.values)
    )
