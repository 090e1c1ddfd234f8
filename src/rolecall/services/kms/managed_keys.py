"""Keys that AWS manages: alias/aws/s3 and its like come into being when they are first named.

Their policy lets everybody of the account use them through their service, and through nothing else; nobody can
change it (KMS Developer Guide, "AWS managed keys").
"""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from typing import Any, Final

from rolecall.services.call import Call
from rolecall.services.kms import aliases, keys
from rolecall.services.kms.lookups import BY_AWS, alias_arn
from rolecall.store.ports import Reader, Unit

NAME: Final = re.compile(r"(?:arn:[a-z0-9-]+:kms:[a-z0-9-]+:\d{12}:)?(alias/aws/([a-z0-9-]+))")
# Services whose key is there for whoever names it; the description AWS gives it.
SERVICES: Final[Mapping[str, str]] = {
    "ebs": "Default key that protects my EBS volumes when no other key is defined",
    "ecr": "Default key that protects my ECR data when no other key is defined",
    "elasticfilesystem": "Default key that protects my EFS filesystems when no other key is defined",
    "s3": "Default key that protects my S3 objects when no other key is defined",
    "secretsmanager": "Default key that protects my Secrets Manager data when no other key is defined",
    "ssm": "Default key that protects my SSM parameters when no other key is defined",
}
USING: Final = (
    "kms:Encrypt",
    "kms:Decrypt",
    "kms:ReEncrypt*",
    "kms:GenerateDataKey*",
    "kms:CreateGrant",
    "kms:DescribeKey",
)
LOOKING: Final = ("kms:Describe*", "kms:Get*", "kms:List*", "kms:RevokeGrant")


def wanted(parameters: Mapping[str, Any]) -> str | None:
    """The service whose key a request names by its predefined alias."""
    for member in ("KeyId", "SourceKeyId", "DestinationKeyId"):
        found = NAME.fullmatch(str(parameters.get(member) or ""))
        if found is not None and found[2] in SERVICES:
            return found[2]
    return None


def missing(reader: Reader, parameters: Mapping[str, Any], account: str, region: str, partition: str) -> bool:
    """Whether a request names such a key before it is there."""
    service = wanted(parameters)
    return service is not None and reader.item_by_arn(_alias(partition, region, account, service)) is None


def ensure(call: Call, unit: Unit) -> None:
    """Make the key that a request names, unless it is there."""
    service = wanted(call.parameters)
    if service is None or unit.item_by_arn(_alias(call.partition, call.region, call.account, service)) is not None:
        return
    key = keys.add(
        call,
        unit,
        policy(call.partition, call.account, call.region, service),
        description=SERVICES[service],
        manager=BY_AWS,
    )
    aliases.add(unit, key, f"alias/aws/{service}", call)


def policy(partition: str, account: str, region: str, service: str) -> str:
    through = {
        "Sid": f"Allow access through {service} for all principals in the account",
        "Effect": "Allow",
        "Principal": {"AWS": "*"},
        "Action": list(USING),
        "Resource": "*",
        "Condition": {
            "StringEquals": {
                "kms:CallerAccount": account,
                "kms:ViaService": f"{service}.{region}.amazonaws.com",
            }
        },
    }
    directly = {
        "Sid": "Allow direct access to key metadata to the account",
        "Effect": "Allow",
        "Principal": {"AWS": f"arn:{partition}:iam::{account}:root"},
        "Action": list(LOOKING),
        "Resource": "*",
    }
    return json.dumps({"Version": "2012-10-17", "Id": f"auto-{service}-2", "Statement": [through, directly]})


def _alias(partition: str, region: str, account: str, service: str) -> str:
    return alias_arn(partition, region, account, f"alias/aws/{service}")
