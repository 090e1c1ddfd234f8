"""What STS must know before a call is authorized.

A wrong one-time code is told before a missing permission, and `aws:MultiFactorAuthPresent` of an AssumeRole call
is that of the code it carries. Calls with a token in place of a signature have no caller until the token is
verified: then it is a nobody for whom a provider vouches.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from datetime import datetime
from typing import Any, Final

from msgspec import Struct, field

from rolecall.authorization.caller import Caller
from rolecall.decision.request import Principal, PrincipalType
from rolecall.services.call import Platform
from rolecall.services.sts import mfa, saml, web_identity
from rolecall.services.sts.errors import fault
from rolecall.store.ports import Reader

ROLE_ARN: Final = re.compile(r"arn:[a-z0-9-]+:iam::[0-9]{12}:role/[!-~]+")

# Operations that nobody signs.
UNSIGNED: Final = frozenset({"AssumeRoleWithWebIdentity", "AssumeRoleWithSAML"})

Keys = Mapping[str, str | tuple[str, ...]]


class Prepared(Struct, frozen=True):
    """The caller as authorization shall see it, and condition keys that only STS knows (ApiCall.token_keys).

    For unsigned calls the caller's account is the role's.
    """

    caller: Caller
    keys: Keys = field(default_factory=dict)


def prepare(
    operation: str,
    parameters: Mapping[str, Any],
    caller: Caller | None,
    reader: Reader,
    now: datetime,
    platform: Platform,
    partition: str = "aws",
) -> Prepared:
    """Called for every STS call before authorization; raises AwsError for what STS refuses by itself.

    The parameters are those that passed the model's constraints. caller: None for unsigned operations.
    """
    if "RoleArn" in parameters and not ROLE_ARN.fullmatch(parameters["RoleArn"]):
        raise fault("bad role ARN", arn=parameters["RoleArn"])
    if operation == "AssumeRoleWithWebIdentity":
        return _web_identity(parameters, reader, now, partition)
    if operation == "AssumeRoleWithSAML":
        return _saml(parameters, reader, now)
    if caller is None:
        raise fault("unsigned", operation=operation)
    if operation not in ("AssumeRole", "GetSessionToken"):
        return Prepared(caller)
    if mfa.verified(parameters, caller, reader, now, platform) is None:
        return Prepared(caller)
    return Prepared(caller, {"aws:MultiFactorAuthPresent": "true", "aws:MultiFactorAuthAge": "0"})


def _web_identity(parameters: Mapping[str, Any], reader: Reader, now: datetime, partition: str) -> Prepared:
    identity = web_identity.verified(parameters, reader, now, partition)
    keys = {
        **identity.keys(),
        **token_keys(identity.tags, identity.transitive, identity.source_identity),
        "aws:FederatedProvider": identity.provider_arn,
    }
    return Prepared(vouched_for(identity.provider_arn, parameters["RoleArn"]), keys)


def _saml(parameters: Mapping[str, Any], reader: Reader, now: datetime) -> Prepared:
    identity = saml.verified(parameters, reader, now)
    keys = {
        **identity.keys(),
        **token_keys(identity.tags, identity.transitive, identity.source_identity),
        "aws:FederatedProvider": identity.provider_arn,
    }
    return Prepared(vouched_for(identity.provider_arn, parameters["RoleArn"]), keys)


def token_keys(
    tags: Mapping[str, str], transitive: tuple[str, ...], source_identity: str | None
) -> dict[str, str | tuple[str, ...]]:
    """Keys of what a token or assertion asks for. Those without a prefix say which rows apply (`$auth`)."""
    keys: dict[str, str | tuple[str, ...]] = {f"aws:RequestTag/{key}": value for key, value in tags.items()}
    if tags:
        keys["aws:TagKeys"] = keys["TokenTags"] = tuple(tags)
    if transitive:
        keys["sts:TransitiveTagKeys"] = transitive
    if source_identity is not None:
        keys["sts:SourceIdentity"] = keys["TokenSourceIdentity"] = source_identity
    return keys


def vouched_for(provider: str, role_arn: str) -> Caller:
    principal = Principal(
        arn="*", account=role_arn.split(":")[4], type=PrincipalType.ANONYMOUS, federated_provider=provider
    )
    return Caller(principal, access_key_id="")
