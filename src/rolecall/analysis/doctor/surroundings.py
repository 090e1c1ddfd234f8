"""What is known around a role, whether it comes from a world file, an export or policy files alone.

Adds the private space in which canonical calls are made, and the changes that repairs make.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final

from msgspec import Struct, field
from msgspec.structs import replace

from rolecall.analysis.worlds.format import DEFAULT_REGION, WorldFile
from rolecall.analysis.worlds.plain import FileWorld
from rolecall.authorization.api_call import Ports
from rolecall.authorization.facts import Entities, Facts
from rolecall.decision.full_access import FULL_SCP
from rolecall.decision.policies import Level, SourcedPolicy
from rolecall.decision.world import ControlPolicies, PrincipalRecord, World
from rolecall.policy.document import PolicyType
from rolecall.policy.parser import parse

# Facts and entities where there are none: an export of an account does not hold them.
NOTHING: Final = FileWorld(WorldFile(DEFAULT_REGION, {}))


class Surroundings(Struct, frozen=True):
    """A world with facts. states: of resources that are there for the examination only.

    keys: KMS keys that it may not know of, and that then have the key policy that AWS makes.
    scps: a level of service control policies that the world does not know of.
    """

    world: World
    facts: Facts = NOTHING
    entities: Entities = NOTHING
    states: Mapping[str, Mapping[str, Any]] = field(default_factory=dict)
    keys: tuple[str, ...] = ()
    scps: Level = ()

    @property
    def ports(self) -> Ports:
        return Ports(self, self.entities, self)

    # decision.world.World

    def principal(self, arn: str) -> PrincipalRecord | None:
        return self.world.principal(arn)

    def control_policies(self, account: str) -> ControlPolicies:
        known = self.world.control_policies(account)
        if not self.scps:
            return known
        return replace(known, scps=(*known.scps, (FULL_SCP.policy, *self.scps)))

    def resource_policy(self, arn: str) -> SourcedPolicy | None:
        known = self.world.resource_policy(arn)
        return default_key_policy(arn) if known is None and arn in self.keys else known

    # authorization.facts.Facts

    def tags_of(self, arn: str) -> Mapping[str, str]:
        return self.facts.tags_of(arn)

    def state_of(self, arn: str) -> Mapping[str, Any] | None:
        return self.states.get(arn) or self.facts.state_of(arn)

    def trust_policy(self, role_arn: str) -> SourcedPolicy | None:
        return self.resource_policy(role_arn)


def default_key_policy(arn: str) -> SourcedPolicy:
    """What AWS gives a key whose maker says nothing: the account's IAM policies decide ("Default key policy")."""
    parts = arn.split(":", 5)
    statement = {
        "Effect": "Allow",
        "Principal": {"AWS": f"arn:{parts[1]}:iam::{parts[4]}:root"},
        "Action": "kms:*",
        "Resource": "*",
    }
    return SourcedPolicy(parse({"Version": "2012-10-17", "Statement": [statement]}, PolicyType.RESOURCE))
