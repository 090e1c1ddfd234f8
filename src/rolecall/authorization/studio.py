"""What does Studio add to the calls of its users? Automatic tags on everything they create (SageMaker 5.3).

The tags travel in the request of a session with a Studio claim, so that the caller needs `sagemaker:AddTags` even
where they gave no tag themselves. Users cannot change them: what they sent under these keys is replaced.
"""

from __future__ import annotations

from collections.abc import Mapping

from rolecall.authorization.api_call import ApiCall
from rolecall.authorization.rows.sagemaker import AUTO_TAGGED
from rolecall.credentials.claims import StudioClaim


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


def with_automatic_tags(call: ApiCall) -> Mapping[str, object]:
    """The parameters of a call, with Studio's tags where it creates something that takes tags."""
    studio = call.caller.session.studio if call.caller.session else None
    if studio is None or call.service != "sagemaker" or call.operation not in AUTO_TAGGED:
        return call.parameters
    automatic = automatic_tags(studio, call)
    given = call.parameters.get("Tags")
    kept = [
        tag
        for tag in (given if isinstance(given, list | tuple) else ())
        if not (isinstance(tag, Mapping) and tag.get("Key") in automatic)
    ]
    tags = [*kept, *({"Key": key, "Value": value} for key, value in automatic.items())]
    return {**call.parameters, "Tags": tags}
