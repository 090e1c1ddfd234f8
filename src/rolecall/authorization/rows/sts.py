"""What each STS operation needs. An empty row means that AWS asks for no permission (SEMANTICS 7.6).

The resource policy of a role ARN is its trust policy; `sts:AssumeRole*`, `sts:TagSession` and
`sts:SetSourceIdentity` are separate questions of the same caller about the same role, and all must be allowed
(SEMANTICS 7.7). Tags and a source identity that the caller's own session carries on (role chaining) count as
passed: `$auth.TransitiveTagKeys` and `$auth.SourceIdentity` are those of the caller's session.
Operations with a token in place of a signature have their caller and its keys made by
`services.sts.preparation` before authorization.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

from rolecall.authorization.requirement import Requirement

SOURCE: Final = "Service Authorization Reference, AWS Security Token Service"

Keys = tuple[tuple[str, str], ...]

SESSION_NAME: Final[Keys] = (("sts:RoleSessionName", "RoleSessionName"),)
SESSION_KEYS: Final[Keys] = (
    ("sts:ExternalId", "ExternalId"),
    *SESSION_NAME,
    ("sts:SourceIdentity", "SourceIdentity"),
    ("sts:TransitiveTagKeys", "TransitiveTagKeys"),
)


def _on_role(action: str, when: str = "", keys: Keys = SESSION_KEYS) -> Requirement:
    return Requirement(action=action, on="{RoleArn}", when=when, keys=keys, source=SOURCE)


def _federated(operation: str, keys: Keys = ()) -> tuple[Requirement, ...]:
    """Session tags, a source identity and what else is not in `keys` come out of the verified token."""
    return (
        _on_role(f"sts:{operation}", keys=keys),
        _on_role("sts:TagSession", when="$auth.TokenTags", keys=keys),
        _on_role("sts:SetSourceIdentity", when="$auth.TokenSourceIdentity", keys=keys),
    )


# AWS has a duration in the request also where the caller gives none.
TOKEN_KEYS: Final[Keys] = (("sts:IdentityTokenAudience", "Audience"), ("sts:SigningAlgorithm", "SigningAlgorithm"))


def _on_federated_user(action: str, when: str = "") -> Requirement:
    return Requirement(action=action, on="federated-user/{Name}", when=when, source=SOURCE)


ROWS: Final[Mapping[str, tuple[Requirement, ...]]] = {
    "GetCallerIdentity": (),
    "GetSessionToken": (),
    "GetAccessKeyInfo": (Requirement(action="sts:GetAccessKeyInfo", source=SOURCE),),
    "DecodeAuthorizationMessage": (Requirement(action="sts:DecodeAuthorizationMessage", source=SOURCE),),
    "AssumeRole": (
        _on_role("sts:AssumeRole"),
        _on_role("sts:TagSession", when="Tags"),
        _on_role("sts:TagSession", when="$auth.TransitiveTagKeys"),
        _on_role("sts:SetSourceIdentity", when="SourceIdentity"),
        _on_role("sts:SetSourceIdentity", when="$auth.SourceIdentity"),
        _on_role("sts:SetContext", when="ProvidedContexts"),
    ),
    "AssumeRoleWithWebIdentity": _federated("AssumeRoleWithWebIdentity", SESSION_NAME),
    "AssumeRoleWithSAML": _federated("AssumeRoleWithSAML"),
    "AssumeRoot": (
        Requirement(
            action="sts:AssumeRoot",
            on="@root-user:{TargetPrincipal}",
            keys=(("sts:TaskPolicyArn", "TaskPolicyArn.arn"),),
            source=SOURCE,
        ),
    ),
    "GetWebIdentityToken": (
        Requirement(
            action="sts:GetWebIdentityToken",
            when="DurationSeconds",
            keys=(*TOKEN_KEYS, ("sts:DurationSeconds", "DurationSeconds")),
            source=SOURCE,
        ),
        Requirement(
            action="sts:GetWebIdentityToken",
            when="!DurationSeconds",
            keys=(*TOKEN_KEYS, ("sts:DurationSeconds", "'300'")),
            source=SOURCE,
        ),
        Requirement(action="sts:TagGetWebIdentityToken", when="Tags", source=SOURCE),
    ),
    "GetDelegatedAccessToken": (Requirement(action="sts:GetDelegatedAccessToken", source=SOURCE),),
    "GetFederationToken": (
        _on_federated_user("sts:GetFederationToken"),
        _on_federated_user("sts:TagSession", when="Tags"),
    ),
}
