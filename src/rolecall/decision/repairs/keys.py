"""Which condition keys can a caller change, in which words, and which keys move together?

Who the caller is, whose resource it is, and what a service says of itself cannot be changed by asking otherwise:
such keys are never part of a suggested change.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

from msgspec import Struct

from rolecall.decision.request import Request
from rolecall.policy.arn import parse_arn

# Facts about caller, resource and calling service, in lower case.
FIXED: Final = frozenset(
    {
        "aws:principalarn",
        "aws:principalaccount",
        "aws:principaltype",
        "aws:principalorgid",
        "aws:principalorgpaths",
        "aws:principalisawsservice",
        "aws:principalservicename",
        "aws:principalservicenameslist",
        "aws:userid",
        "aws:username",
        "aws:resourceaccount",
        "aws:resourceorgid",
        "aws:resourceorgpaths",
        "aws:viaawsservice",
        "aws:calledvia",
        "aws:calledviafirst",
        "aws:calledvialast",
        "aws:sourcearn",
        "aws:sourceaccount",
        "aws:sourceorgid",
        "aws:sourceorgpaths",
        "aws:federatedprovider",
        "aws:epochtime",
        "iam:passedtoservice",
        "sagemaker:taggingaction",
    }
)

REQUEST_TAG: Final = "aws:requesttag/"
PRINCIPAL_TAG: Final = "aws:principaltag/"
RESOURCE_TAGS: Final = ("aws:resourcetag/", "sagemaker:resourcetag/", "iam:resourcetag/")
# Which families hold a resource's tags, by service, as written.
TAG_FAMILIES: Final[Mapping[str, tuple[str, ...]]] = {
    "sagemaker": ("aws:ResourceTag/", "sagemaker:ResourceTag/"),
    "iam": ("aws:ResourceTag/", "iam:ResourceTag/"),
    "sts": ("aws:ResourceTag/", "iam:ResourceTag/"),
}
# What is made by a call has the tags of its request.
MAKING: Final = ("create", "import", "register")


class Wording(Struct, frozen=True):
    """How a change of keys that start so is told; {name} is what follows the prefix."""

    prefix: str
    set: str
    remove: str


WORDINGS: Final = (
    Wording(REQUEST_TAG, "send the tag {name}={values} with the request", "leave out the tag {name}"),
    Wording("aws:tagkeys", "send these tag keys and no others: {values}", "send no tags"),
    *(
        Wording(family, "give the resource the tag {name}={values}", "take the tag {name} off the resource")
        for family in RESOURCE_TAGS
    ),
    Wording(
        PRINCIPAL_TAG,
        "give the caller (or the session) the tag {name}={values}",
        "take the tag {name} off the caller",
    ),
    Wording("aws:sourceip", "call from the address {values}", "call through a VPC endpoint"),
    Wording("aws:multifactorauthpresent", "sign in with MFA ({key}={values})", "use long-term credentials"),
    Wording("aws:multifactorauthage", "sign in with MFA at most {values} seconds before", "sign in without MFA"),
    Wording("aws:tokenissuetime", "use credentials issued at {values}", "use long-term credentials"),
    Wording("aws:currenttime", "call at {values}", "call at another time"),
    Wording("aws:securetransport", "call over TLS ({key}={values})", "call without TLS"),
    Wording("aws:requestedregion", "call in the region {values}", "call without a region"),
    Wording("aws:sourcevpce", "call through the VPC endpoint {values}", "call outside VPC endpoints"),
    Wording("aws:sourcevpc", "call from the VPC {values}", "call from outside VPCs"),
    Wording("aws:sourceidentity", "open the session with the source identity {values}", "set no source identity"),
    Wording("aws:useragent", "call with the user agent {values}", "send no user agent"),
    Wording("sts:externalid", "send the external id {values}", "send no external id"),
    Wording("sts:rolesessionname", "name the session {values}", "name no session"),
    Wording("", "ask with {key} = {values}", "ask without {key}"),
)


def is_changeable(key: str) -> bool:
    return key.lower() not in FIXED


def wording(key: str) -> Wording:
    folded = key.lower()
    return next(each for each in WORDINGS if folded.startswith(each.prefix))


class Tied(Struct, frozen=True):
    """A key and its new values; None: the key goes."""

    key: str
    values: tuple[str, ...] | None


class Consequences(Struct, frozen=True):
    """What else is true of a request when a key changes."""

    keys: tuple[Tied, ...]
    resource_tags: Mapping[str, str]
    resource_arn: str
    principal_tags: Mapping[str, str]


def tied_keys(request: Request, key: str, values: tuple[str, ...] | None) -> Consequences:
    """What moves with a key: a tag's TagKeys, the tags of what is made, every family of a resource's tags."""
    folded = key.lower()
    made: list[Tied] = []
    tags, arn, principal = request.resource.tags, request.resource.arn, request.principal.tags
    family = next((each for each in RESOURCE_TAGS if folded.startswith(each)), None)
    if folded.startswith(REQUEST_TAG):
        name = key[len(REQUEST_TAG) :]
        made.append(Tied("aws:TagKeys", _tag_keys(request, name, values)))
        if request.operation.startswith(MAKING) and arn != "*":
            made += _families(request, name, values)
            tags = _tagged(tags, name, values)
    elif family is not None:
        name = key[len(family) :]
        made += [one for one in _families(request, name, values) if one.key.lower() != folded]
        tags = _tagged(tags, name, values)
    elif folded == "aws:tagkeys":
        wanted = {each.lower() for each in values or ()}
        made += [
            Tied(known, None)
            for known in request.context.spelled()
            if known.lower().startswith(REQUEST_TAG) and known[len(REQUEST_TAG) :].lower() not in wanted
        ]
    elif folded.startswith(PRINCIPAL_TAG):
        principal = _tagged(principal, key[len(PRINCIPAL_TAG) :], values)
    elif folded == "aws:requestedregion" and values:
        arn = _in_region(request, values[0])
    return Consequences(tuple(made), tags, arn, principal)


def _tag_keys(request: Request, name: str, values: tuple[str, ...] | None) -> tuple[str, ...] | None:
    others = tuple(each for each in request.context.get("aws:TagKeys") or () if each.lower() != name.lower())
    return (*others, name) if values else others or None


def _families(request: Request, name: str, values: tuple[str, ...] | None) -> list[Tied]:
    return [Tied(family + name, values) for family in TAG_FAMILIES.get(request.service, ("aws:ResourceTag/",))]


def _tagged(tags: Mapping[str, str], name: str, values: tuple[str, ...] | None) -> Mapping[str, str]:
    others = {key: value for key, value in tags.items() if key.lower() != name.lower()}
    return {**others, name: values[0]} if values else others


def _in_region(request: Request, region: str) -> str:
    """The resource where the call goes, if it was where the call went before."""
    arn, before = parse_arn(request.resource.arn), request.context.get("aws:RequestedRegion")
    if arn is None or not arn.region or before != (arn.region,):
        return request.resource.arn
    return f"arn:{arn.partition}:{arn.service}:{region}:{arn.account}:{arn.resource}"
