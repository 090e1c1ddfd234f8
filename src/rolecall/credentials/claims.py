"""What a session token says. Sealed into the token (design: sessions are sealed, not stored)."""

from __future__ import annotations

import enum
from collections.abc import Mapping
from typing import Any

from msgspec import Struct, field


class SessionKind(enum.Enum):
    ASSUMED_ROLE = "role"
    SESSION_TOKEN = "user"  # GetSessionToken
    FEDERATED_USER = "federated"  # GetFederationToken
    ASSUMED_ROOT = "root"  # AssumeRoot


class StudioClaim(Struct, frozen=True, forbid_unknown_fields=True):
    """Who acts for Studio: a user profile, a space, or both.

    A private space belongs to a user, so its sessions have both; a shared one is nobody's, and has no user.
    """

    domain_id: str
    user_profile_name: str | None = None
    space_name: str | None = None
    app: str | None = None


class SessionClaims(Struct, frozen=True, omit_defaults=True, forbid_unknown_fields=True):
    """The content of a session token. Times are epoch seconds.

    holder_id: unique id of the role (AROA…), the user (AIDA…) or the account id for root; a recreated holder
    has another id, which ends its sessions. holder_arn: its ARN with path. secret: base64, the session's own
    secret access key. policies: inline session policy texts; policy_arns: managed session policies.
    Unknown fields are refused: a claim that this version does not know may be a restriction.
    """

    kind: SessionKind
    access_key_id: str
    secret: str
    account: str
    holder_id: str
    holder_arn: str
    session_name: str
    issued: int
    expires: int
    policies: tuple[str, ...] = ()
    policy_arns: tuple[str, ...] = ()
    tags: Mapping[str, str] = field(default_factory=dict)
    transitive_tag_keys: tuple[str, ...] = ()
    source_identity: str | None = None
    federated_provider: str | None = None
    mfa_time: int | None = None
    chained: bool = False
    studio: StudioClaim | None = None
    request_keys: Mapping[str, str] = field(default_factory=dict)  # saml:sub … that stay in later requests

    def __repr__(self) -> str:
        return f"SessionClaims({self.kind.value}, {self.access_key_id}, {self.holder_arn}, {self.session_name})"

    def __rich_repr__(self) -> list[tuple[str, Any]]:
        """Neither form shows the secret: they end up in tracebacks and logs."""
        return [("holder_arn", self.holder_arn), ("session_name", self.session_name)]
