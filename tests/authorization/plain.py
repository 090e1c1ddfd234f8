"""A call with everything that authorization may ask given as dicts."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any

from rolecall.authorization.api_call import ApiCall, Ports
from rolecall.authorization.caller import Caller
from rolecall.credentials.claims import SessionClaims, SessionKind, StudioClaim
from rolecall.decision.policies import SourcedPolicy
from rolecall.decision.request import Principal, PrincipalType
from rolecall.decision.world import ControlPolicies, PrincipalRecord

ACCOUNT = "123456789012"
NOW = datetime(2026, 11, 23, 21, 30, 50, tzinfo=UTC)
USER = Principal(
    arn=f"arn:aws:iam::{ACCOUNT}:user/caller",
    account=ACCOUNT,
    type=PrincipalType.USER,
    unique_id="AIDACALLER",
    user_id="AIDACALLER",
)


class PlainFacts:
    def __init__(
        self,
        tags: Mapping[str, Mapping[str, str]] | None = None,
        state: Mapping[str, Mapping[str, Any]] | None = None,
        trust: Mapping[str, SourcedPolicy] | None = None,
    ) -> None:
        self._tags, self._state, self._trust = tags or {}, state or {}, trust or {}

    def tags_of(self, arn: str) -> Mapping[str, str]:
        return self._tags.get(arn, {})

    def state_of(self, arn: str) -> Mapping[str, Any] | None:
        return self._state.get(arn)

    def trust_policy(self, role_arn: str) -> SourcedPolicy | None:
        return self._trust.get(role_arn)


class PlainEntities:
    """Names of one account: "user/ann" -> ARN."""

    def __init__(self, arns: Mapping[str, str] | None = None) -> None:
        self._arns = arns or {}

    def organization_arn(self, account: str, ident: str) -> str | None:
        return None

    def entity_arn(self, account: str, kind: str, name: str) -> str | None:
        return self._arns.get(f"{kind}/{name}")

    def key_owner(self, account: str, access_key_id: str) -> str | None:
        return self._arns.get(f"key/{access_key_id}")

    def credential_service(self, account: str, credential_id: str) -> str | None:
        return self._arns.get(f"credential/{credential_id}")

    def service_linked_role(self, account: str, service: str) -> str | None:
        return self._arns.get(f"service/{service}")


class PlainWorld:
    def __init__(
        self,
        principals: Mapping[str, PrincipalRecord] | None = None,
        control: Mapping[str, ControlPolicies] | None = None,
    ) -> None:
        self._principals, self._control = principals or {}, control or {}

    def principal(self, arn: str) -> PrincipalRecord | None:
        return self._principals.get(arn)

    def control_policies(self, account: str) -> ControlPolicies:
        return self._control.get(account, ControlPolicies())

    def resource_policy(self, arn: str) -> SourcedPolicy | None:
        return None


def ports(
    *,
    tags: Mapping[str, Mapping[str, str]] | None = None,
    state: Mapping[str, Mapping[str, Any]] | None = None,
    trust: Mapping[str, SourcedPolicy] | None = None,
    entities: Mapping[str, str] | None = None,
    world: PlainWorld | None = None,
) -> Ports:
    return Ports(PlainFacts(tags, state, trust), PlainEntities(entities), world or PlainWorld())


def session(**given: Any) -> SessionClaims:
    """Claims of a role session that was made a minute ago."""
    made: dict[str, Any] = {
        "kind": SessionKind.ASSUMED_ROLE,
        "access_key_id": "ASIAEXAMPLE",
        "secret": "secret",
        "account": ACCOUNT,
        "holder_id": "AROAROLE",
        "holder_arn": f"arn:aws:iam::{ACCOUNT}:role/path/R",
        "session_name": "me",
        "issued": int(NOW.timestamp()) - 60,
        "expires": int(NOW.timestamp()) + 3600,
        **given,
    }
    return SessionClaims(**made)


def role_caller(claims: SessionClaims) -> Caller:
    principal = Principal(
        arn=f"arn:aws:sts::{ACCOUNT}:assumed-role/R/{claims.session_name}",
        account=ACCOUNT,
        type=PrincipalType.ROLE_SESSION,
        role_arn=claims.holder_arn,
        unique_id=claims.holder_id,
        user_id=f"{claims.holder_id}:{claims.session_name}",
        tags=claims.tags,
    )
    return Caller(principal, claims.access_key_id, claims)


def studio_caller(**claim: str) -> Caller:
    return role_caller(session(studio=StudioClaim(**claim)))


def call(
    service: str,
    operation: str,
    parameters: Mapping[str, object],
    caller: Caller | None = None,
    **given: Any,
) -> ApiCall:
    who = caller or Caller(USER, "AKIAEXAMPLE")
    made: dict[str, Any] = {
        "service": service,
        "operation": operation,
        "parameters": parameters,
        "caller": who,
        "account": who.principal.account,
        "region": "us-east-1",
        "now": NOW,
        "source_ip": "203.0.113.7",
        **given,
    }
    return ApiCall(**made)
