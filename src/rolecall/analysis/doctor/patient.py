"""Who is examined, and for what: the role, the Studio domain it works in, the data it works with."""

from __future__ import annotations

import enum
from collections.abc import Mapping
from datetime import datetime
from typing import Final

from msgspec import Struct, field

from rolecall.authorization.caller import Caller
from rolecall.credentials.claims import SessionClaims, SessionKind, StudioClaim
from rolecall.decision.request import Principal, PrincipalType
from rolecall.decision.world import PrincipalRecord

# The name of everything that canonical requests name; repairs say `*` in its place.
SAMPLE: Final = "rolecall-doctor"
SESSION: Final = "SageMaker"  # the name under which SageMaker opens its sessions
LIFETIME: Final = 3600
AGE: Final = 60
SAMPLE_DOMAIN: Final = "d-rolecalldoctor"


class Use(enum.Enum):
    """What SageMaker does with a role."""

    JOBS = "jobs"
    ENDPOINTS = "endpoints"
    NOTEBOOKS = "notebooks"
    STUDIO = "studio"
    PIPELINES = "pipelines"


class Studio(Struct, frozen=True):
    """A domain. profile, space: who works there. tags: what Studio copies onto what is created, when told to.

    workers: who works as which role ("user profile ann" -> ARN); empty where nobody knows.
    """

    domain: str
    profile: str | None = SAMPLE
    space: str | None = SAMPLE
    tags: Mapping[str, str] = field(default_factory=dict)
    workers: Mapping[str, str] = field(default_factory=dict)


class Data(Struct, frozen=True):
    """What jobs work with. inputs, outputs: `bucket` or `bucket/prefix`. keys: ARNs of KMS keys."""

    inputs: tuple[str, ...] = ()
    outputs: tuple[str, ...] = ()
    keys: tuple[str, ...] = ()
    network: bool = False


class Patient(Struct, frozen=True, kw_only=True):
    """A role under examination.

    studio: None outside Studio. caller: who makes the calls and passes the role; None: the role itself.
    uses: what it is for; empty: follow from the rest.
    """

    role: PrincipalRecord
    region: str
    now: datetime
    partition: str = "aws"
    studio: Studio | None = None
    caller: PrincipalRecord | None = None
    uses: frozenset[Use] = frozenset()
    data: Data = Data()

    @property
    def account(self) -> str:
        return self.role.account

    def worker(self, studio: Studio | None = None) -> Caller:
        """The role as SageMaker works with it."""
        return session(self.role, self.now, self.partition, studio)

    def asker(self, studio: Studio | None = None) -> Caller:
        """Whoever makes the calls."""
        if self.caller is None:
            return self.worker(studio)
        if ":user/" not in self.caller.arn:
            return session(self.caller, self.now, self.partition)
        user = Principal(
            self.caller.arn,
            self.caller.account,
            PrincipalType.USER,
            unique_id=self.caller.unique_id,
            user_id=self.caller.unique_id,
            tags=self.caller.tags,
        )
        return Caller(user, "AKIADOCTOR")


def session(role: PrincipalRecord, now: datetime, partition: str, studio: Studio | None = None) -> Caller:
    """A session of a role; in Studio with the claim that Studio's sessions have."""
    claim = None
    if studio is not None:
        claim = StudioClaim(domain_id=studio.domain, user_profile_name=studio.profile, space_name=studio.space)
    issued = int(now.timestamp()) - AGE
    claims = SessionClaims(
        kind=SessionKind.ASSUMED_ROLE,
        access_key_id="ASIADOCTOR",
        secret="",
        account=role.account,
        holder_id=role.unique_id,
        holder_arn=role.arn,
        session_name=SESSION,
        issued=issued,
        expires=issued + LIFETIME,
        studio=claim,
    )
    name = role.arn.rpartition("/")[2]
    principal = Principal(
        arn=f"arn:{partition}:sts::{role.account}:assumed-role/{name}/{SESSION}",
        account=role.account,
        type=PrincipalType.ROLE_SESSION,
        role_arn=role.arn,
        unique_id=role.unique_id,
        user_id=f"{role.unique_id}:{SESSION}",
        tags=role.tags,
    )
    return Caller(principal, claims.access_key_id, claims)
