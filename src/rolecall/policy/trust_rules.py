"""Would IAM take this trust policy? What CreateRole checks beyond the grammar (SEMANTICS 1.2, 1.4, 6.1)."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from typing import Any, Final

from rolecall.policy.document import PrincipalEntry
from rolecall.policy.syntax_rules import Statement, listed

# The two blanks are AWS's.
BAD_ACTION: Final = (
    "Trust Policy statement actions can only be sts:AssumeRole, "
    "sts:AssumeRoleWithSAML,  and sts:AssumeRoleWithWebIdentity"
)
HAS_RESOURCE: Final = "Has prohibited field Resource."
NO_PRINCIPAL: Final = "Missing required field Principal"
EMPTY_PRINCIPAL: Final = "Missing required field Principal cannot be empty!"
NOT_PRINCIPAL: Final = "AssumeRole policy must not contain NotPrincipal field."
NO_OBJECT: Final = "Principal must be a JSON object."
BAD_FEDERATED: Final = "Federated principals must be valid domain names or SAML metadata ARNs"
COGNITO_NEEDS_CONDITION: Final = "A condition block must be present for the Cognito provider"
NOT_SCOPED: Final = (
    "Trust policy with trusted principal {principal} must evaluate, using StringEquals, StringLike or "
    "StringEqualsIgnoreCase, {claims} which is not scoped to all."
)

ACTIONS: Final = frozenset(
    name.lower()
    for name in (
        "sts:AssumeRole",
        "sts:AssumeRoleWithSAML",
        "sts:AssumeRoleWithWebIdentity",
        "sts:DecodeAuthorizationMessage",
        "sts:GetAccessKeyInfo",
        "sts:GetCallerIdentity",
        "sts:GetFederationToken",
        "sts:GetServiceBearerToken",
        "sts:GetSessionToken",
        "sts:SetContext",
        "sts:SetSourceIdentity",
        "sts:TagSession",
    )
)

# OpenID Connect providers that many tenants share, and the claims one of which must tell the tenant.
SHARED_PROVIDERS: Final[Mapping[str, tuple[str, ...]]] = {
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
SCOPING_OPERATORS: Final = frozenset({"StringEquals", "StringLike", "StringEqualsIgnoreCase"})
COGNITO: Final = "cognito-identity.amazonaws.com"
PROVIDER: Final = re.compile(r"arn:[^:]+:iam::[0-9]{12}:(?:saml|oidc)-provider/(?P<name>.+)")
DOMAIN: Final = re.compile(r"[a-z0-9-]+(\.[a-z0-9-]+)+(/.*)?", re.IGNORECASE)


def action_error(actions: Iterable[str]) -> str | None:
    return None if all(action.lower() in ACTIONS for action in actions) else BAD_ACTION


def principal_element_error(statement: Statement) -> str | None:
    """Whether the statement has a Principal of the right shape."""
    if "NotPrincipal" in statement:
        return NOT_PRINCIPAL
    if "Principal" not in statement:
        return NO_PRINCIPAL
    principal = statement["Principal"]
    if principal in ({}, ""):
        return EMPTY_PRINCIPAL
    if not isinstance(principal, Mapping) and principal != "*":
        return NO_OBJECT
    return None


def federation_error(statement: Statement, principals: tuple[PrincipalEntry, ...]) -> str | None:
    """Whether each identity provider is one, and whether shared ones are limited to a tenant."""
    for entry in principals:
        if entry.kind != "Federated":
            continue
        provider = PROVIDER.fullmatch(entry.value)
        if provider is None and DOMAIN.fullmatch(entry.value) is None:
            return BAD_FEDERATED
        if statement["Effect"] != "Allow":
            continue
        if entry.value == COGNITO and not statement.get("Condition"):
            return COGNITO_NEEDS_CONDITION
        name = provider["name"] if provider else entry.value
        claims = tuple(f"{name}:{claim}" for claim in SHARED_PROVIDERS.get(name, ()))
        if claims and not _scoped(statement.get("Condition", {}), claims):
            return NOT_SCOPED.format(principal=entry.value, claims=" or ".join(claims))
    return None


def _scoped(block: Mapping[str, Mapping[str, Any]], claims: tuple[str, ...]) -> bool:
    """Whether some condition on one of the claims asks for more than `*`."""
    wanted = {claim.lower() for claim in claims}
    return any(
        key.lower() in wanted and any(set(str(value)) - {"*"} for value in listed(values))
        for operator, keys in block.items()
        if operator in SCOPING_OPERATORS
        for key, values in keys.items()
    )
