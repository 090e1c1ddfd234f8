"""The control policies that AWS keeps itself: they allow all, and are attached when their type is switched on."""

from __future__ import annotations

import json
from typing import Final

from msgspec import Struct

from rolecall.decision.policies import SourcedPolicy
from rolecall.policy.document import PolicyType
from rolecall.policy.parser import parse


class AwsControlPolicy(Struct, frozen=True):
    """One of them. id: in place of the random id of a customer's policy. kind: the path of its ARN."""

    id: str
    name: str
    kind: str
    description: str
    text: str
    policy: SourcedPolicy

    @property
    def arn(self) -> str:
        assert self.policy.arn is not None
        return self.policy.arn


def _made(name: str, type: PolicyType, kind: str, description: str, statement: dict[str, str]) -> AwsControlPolicy:
    text = json.dumps({"Version": "2012-10-17", "Statement": [statement]})
    arn = f"arn:aws:organizations::aws:policy/{kind}/p-{name}"
    return AwsControlPolicy(
        f"p-{name}", name, kind, description, text, SourcedPolicy(parse(text, type), arn, name)
    )


FULL_SCP: Final = _made(
    "FullAWSAccess",
    PolicyType.SCP,
    "service_control_policy",
    "Allows access to every operation",
    {"Effect": "Allow", "Action": "*", "Resource": "*"},
)
FULL_RCP: Final = _made(
    "RCPFullAWSAccess",
    PolicyType.RCP,
    "resource_control_policy",
    "Allows access to every resource",
    {"Effect": "Allow", "Principal": "*", "Action": "*", "Resource": "*"},
)
