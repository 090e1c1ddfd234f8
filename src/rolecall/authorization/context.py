"""Which global condition keys does a call have? (SEMANTICS 10, and 5.1 for the principal's)

One function per kind of key, in the order of the section. Keys of services are `condition_keys`' affair; both are
put together in `requirements`.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Final

from rolecall.authorization.api_call import ApiCall, Ports
from rolecall.authorization.condition_keys import Values
from rolecall.authorization.paths import instant
from rolecall.credentials.claims import SessionKind
from rolecall.decision.derived_keys import PRINCIPAL_TYPES, organization_keys
from rolecall.decision.request import Principal, PrincipalType

# Families that hold the tags of the resource, by the service of the action.
RESOURCE_TAGS: Final[Mapping[str, tuple[str, ...]]] = {
    "iam": ("aws:ResourceTag/", "iam:ResourceTag/"),
    "sts": ("aws:ResourceTag/", "iam:ResourceTag/"),
    "sagemaker": ("aws:ResourceTag/", "sagemaker:ResourceTag/"),
    "ecr": ("aws:ResourceTag/", "ecr:ResourceTag/"),
}
# Where the services that have one home report from (SEMANTICS 10.5).
HOME_REGIONS: Final[Mapping[str, str]] = {
    "aws": "us-east-1",
    "aws-cn": "cn-north-1",
    "aws-us-gov": "us-gov-west-1",
}


# How services spell a tag in a list: KMS in a way of its own.
TAG_MEMBERS: Final = (("Key", "Value"), ("TagKey", "TagValue"))

AT_HOME: Final = frozenset({"iam", "organizations"})


def call_keys(call: ApiCall, ports: Ports) -> Values:
    """What is the same for every requirement of a call."""
    principal = call.caller.principal
    return {
        **principal_keys(principal, ports),
        **session_keys(call),
        **network_keys(call),
        **request_keys(call, ports),
        **{key: value for key, value in call.token_keys.items() if ":" in key},
    }


def principal_keys(principal: Principal, ports: Ports) -> Values:
    made: Values = {"aws:PrincipalIsAWSService": _boolean(principal.type is PrincipalType.SERVICE)}
    match principal.type:
        case PrincipalType.ANONYMOUS:
            return {
                "aws:PrincipalAccount": "anonymous",
                "aws:PrincipalType": "Anonymous",
                "aws:userid": "anonymous",
            }
        case PrincipalType.SERVICE:
            made["aws:PrincipalServiceName"] = principal.arn
            made["aws:PrincipalServiceNamesList"] = (principal.arn,)
            return made
        case PrincipalType.USER:
            made["aws:username"] = principal.arn.rpartition("/")[2]
    made["aws:PrincipalArn"] = principal.role_arn or principal.arn
    made["aws:PrincipalAccount"] = principal.account
    made["aws:PrincipalType"] = PRINCIPAL_TYPES[principal.type]
    if principal.user_id:
        made["aws:userid"] = principal.user_id
    for key, value in principal.tags.items():
        made[f"aws:PrincipalTag/{key}"] = value
    made.update(organization_keys("Principal", ports.world.control_policies(principal.account)))
    return made


def session_keys(call: ApiCall) -> Values:
    """Keys of temporary credentials; long-term keys have none of them."""
    session = call.caller.session
    if session is None:
        return {}
    made: Values = {
        "aws:TokenIssueTime": instant(datetime.fromtimestamp(session.issued, UTC)),
        "aws:MultiFactorAuthPresent": _boolean(session.mfa_time is not None),
    }
    if session.mfa_time is not None:
        made["aws:MultiFactorAuthAge"] = str(max(0, int(call.now.timestamp()) - session.mfa_time))
    if session.federated_provider and session.kind is SessionKind.ASSUMED_ROLE:
        made["aws:FederatedProvider"] = session.federated_provider
    if session.kind is SessionKind.ASSUMED_ROOT:
        made["aws:AssumedRoot"] = "true"
    if session.source_identity:
        made["aws:SourceIdentity"] = session.source_identity
    made.update(session.request_keys)
    return made


def network_keys(call: ApiCall) -> Values:
    made: Values = {"aws:SecureTransport": _boolean(call.secure)}
    if call.source_ip:
        made["aws:SourceIp"] = call.source_ip
    return made


def request_keys(call: ApiCall, ports: Ports) -> Values:
    region = HOME_REGIONS.get(call.partition, call.region) if call.service in AT_HOME else call.region
    made: Values = {
        "aws:CurrentTime": instant(call.now),
        "aws:EpochTime": str(int(call.now.timestamp())),
        "aws:RequestedRegion": region,
        "aws:ViaAWSService": _boolean(bool(call.called_via)),
    }
    if call.user_agent:
        made["aws:UserAgent"] = call.user_agent
    if call.referer:
        made["aws:referer"] = call.referer
    if call.called_via:
        made["aws:CalledVia"] = call.called_via
        made["aws:CalledViaFirst"] = call.called_via[0]
        made["aws:CalledViaLast"] = call.called_via[-1]
    if call.source and call.caller.principal.type is PrincipalType.SERVICE:
        made["aws:SourceArn"], made["aws:SourceAccount"] = call.source
        made.update(source_organization_keys(call.source[1], ports))
    return made


def source_organization_keys(account: str, ports: Ports) -> Values:
    """The organization of the account on whose behalf a service principal calls."""
    return organization_keys("Source", ports.world.control_policies(account))


def resource_keys(account: str, ports: Ports) -> Values:
    """Keys of the account that a resource is in."""
    above = ports.world.control_policies(account)
    return {"aws:ResourceAccount": account, **organization_keys("Resource", above)}


def resource_tag_keys(action: str, tags: Mapping[str, str]) -> Values:
    """The tags of a resource under every family that the service knows them by."""
    families = RESOURCE_TAGS.get(action.partition(":")[0].lower(), ("aws:ResourceTag/",))
    return {family + key: value for key, value in tags.items() for family in families}


def request_tag_keys(call: ApiCall) -> Values:
    """Tags that the request attaches, and the keys of those that it attaches or removes."""
    tags = requested_tags(call.parameters)
    made: Values = {f"aws:RequestTag/{key}": value for key, value in tags.items()}
    removed = call.parameters.get("TagKeys") or call.parameters.get("tagKeys") or call.parameters.get("tags")
    keys = tuple(tags) or (tuple(map(str, removed)) if isinstance(removed, list | tuple) else ())
    if keys:
        made["aws:TagKeys"] = keys
    return made


def requested_tags(parameters: Mapping[str, object]) -> dict[str, str]:
    """The tags in a request, in order. Of keys that come twice the last counts; the service refuses them later."""
    tags = parameters.get("Tags") or parameters.get("tags")
    made: dict[str, str] = {}
    if isinstance(tags, Mapping):
        return {str(key): str(value) for key, value in tags.items()}
    for tag in tags if isinstance(tags, list | tuple) else ():
        if not isinstance(tag, Mapping):
            continue
        for key, value in TAG_MEMBERS:
            if isinstance(tag.get(key), str):
                made[tag[key]] = str(tag.get(value) or "")
    return made


def _boolean(value: bool) -> str:
    return "true" if value else "false"
