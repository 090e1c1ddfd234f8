"""What does Studio add to the calls of its users? Tags on everything they create (SageMaker 5.3).

The tags travel in the request of a session with a Studio claim, so that the caller needs `sagemaker:AddTags` even
where they gave no tag themselves. Automatic tags say where the creator works. Users cannot change them: what they
sent under these keys is replaced. A domain with TagPropagation ENABLED also hands down its own tags, those of the
user profile and those of the space; of two tags of one key the nearer counts, and the user's own before all.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

import msgspec

from rolecall.authorization.api_call import ApiCall
from rolecall.authorization.facts import Facts
from rolecall.authorization.rows.sagemaker import AUTO_TAGGED
from rolecall.credentials.claims import StudioClaim

MOST_TAGS: Final = 50  # of a resource: what is handed down takes the room that is left
NOT_HANDED_DOWN: Final = ("aws:", "sagemaker:")  # tags of AWS, which are not the customer's own


def automatic_tags(studio: StudioClaim, call: ApiCall) -> dict[str, str]:
    """Where the creator works: the domain, and the user profile or the space."""

    def arn(path: str) -> str:
        return f"arn:{call.partition}:sagemaker:{call.region}:{call.account}:{path}"

    tags = {"sagemaker:domain-arn": arn(f"domain/{studio.domain_id}")}
    if studio.user_profile_name:
        tags["sagemaker:user-profile-arn"] = arn(f"user-profile/{studio.domain_id}/{studio.user_profile_name}")
    if studio.space_name:
        tags["sagemaker:space-arn"] = arn(f"space/{studio.domain_id}/{studio.space_name}")
    return tags


def tags_for(call: ApiCall) -> StudioClaim | None:
    """Who works in Studio and creates something that takes tags; None otherwise.

    A version of a model package group takes none: it has those of its group (CreateModelPackage, Tags).
    """
    studio = call.caller.session.studio if call.caller.session else None
    if studio is None or call.service != "sagemaker" or call.operation not in AUTO_TAGGED:
        return None
    versioned = call.operation == "CreateModelPackage" and call.parameters.get("ModelPackageGroupName")
    return None if versioned else studio


def with_automatic_tags(call: ApiCall) -> Mapping[str, object]:
    """The parameters of a call, with Studio's tags where it creates something that takes tags."""
    studio = tags_for(call)
    if studio is None:
        return call.parameters
    automatic = automatic_tags(studio, call)
    kept = [tag for tag in _given(call) if not (isinstance(tag, Mapping) and tag.get("Key") in automatic)]
    return {**call.parameters, "Tags": [*kept, *_members(automatic)]}


def with_propagated_tags(call: ApiCall, facts: Facts) -> Mapping[str, object]:
    """The parameters of a call that has its automatic tags, with what its domain hands down."""
    studio = tags_for(call)
    if studio is None:
        return call.parameters
    places = automatic_tags(studio, call)
    domain = facts.state_of(places["sagemaker:domain-arn"]) or {}
    if domain.get("TagPropagation") != "ENABLED":
        return call.parameters
    given = _given(call)
    has = {tag.get("Key") for tag in given if isinstance(tag, Mapping)}
    inherited: dict[str, str] = {}
    for place in places.values():  # the farthest first
        inherited |= facts.tags_of(place)
    wanted = {
        key: value
        for key, value in inherited.items()
        if key not in has and not key.lower().startswith(NOT_HANDED_DOWN)
    }
    room = max(0, MOST_TAGS - len(given))
    return {**call.parameters, "Tags": [*given, *_members(wanted)[:room]]}


def with_studio_tags(call: ApiCall, facts: Facts) -> Mapping[str, object]:
    """The parameters of a call with everything that Studio adds."""
    tagged = msgspec.structs.replace(call, parameters=with_automatic_tags(call))
    return with_propagated_tags(tagged, facts)


def _given(call: ApiCall) -> list[object]:
    given = call.parameters.get("Tags")
    return list(given) if isinstance(given, list | tuple) else []


def _members(tags: Mapping[str, str]) -> list[dict[str, str]]:
    return [{"Key": key, "Value": value} for key, value in tags.items()]
