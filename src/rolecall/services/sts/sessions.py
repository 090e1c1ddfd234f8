"""What every session is made of: its policies, its tags, its credentials."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import UTC, datetime
from typing import Any, Final

from msgspec import Struct

from rolecall.credentials.claims import SessionClaims
from rolecall.credentials.errors import TokenTooLarge
from rolecall.policy.document import PolicyType
from rolecall.policy.validation import MalformedPolicy, validate_for_iam
from rolecall.services.call import Call
from rolecall.services.managed_policies import exists
from rolecall.services.sts.errors import fault
from rolecall.store.ports import Reader
from rolecall.wire.errors import AwsError

POLICY_CHARACTERS: Final = 2048
MANAGED_POLICIES: Final = 10
RESERVED: Final = "aws:"
LEAST_SIZE: Final = "MinimumSessionTokenSize"
LARGEST_TOKEN: Final = 4096  # octets, of which SessionTokenUtilization tells the share


class Tags(Struct, frozen=True):
    """Session tags; `transitive` are the keys that the next role in a chain inherits."""

    values: Mapping[str, str]
    transitive: tuple[str, ...] = ()


def checked_tags(given: Iterable[Mapping[str, str]]) -> dict[str, str]:
    """Tags of a request, in order."""
    tags = list(given)
    if len({tag["Key"].lower() for tag in tags}) < len(tags):
        raise fault("duplicate tags")
    for tag in tags:
        if tag["Key"].lower().startswith(RESERVED):
            raise fault("reserved tag", key=tag["Key"])
    return {tag["Key"]: tag.get("Value", "") for tag in tags}


def session_tags(passed: Mapping[str, str], transitive: Iterable[str], before: SessionClaims | None) -> Tags:
    """Tags passed now together with those that the caller's session hands on (SEMANTICS 7.7)."""
    folded = {key.lower(): key for key in passed}
    named = [key.lower() for key in transitive]
    if any(key not in folded for key in named):
        raise fault("transitive key without tag")
    wanted = tuple(dict.fromkeys(folded[key] for key in named))  # as the tags are spelled, by which they are found
    inherited = {} if before is None else {key: before.tags[key] for key in before.transitive_tag_keys}
    if folded.keys() & {key.lower() for key in inherited}:
        raise fault("inherited tag")
    return Tags({**inherited, **passed}, (*inherited, *wanted))


def checked_policies(call: Call, reader: Reader, account: str) -> tuple[tuple[str, ...], tuple[str, ...]]:
    """Text and ARNs of the session policies in the request, found to be in order."""
    text: str | None = call.parameters.get("Policy")
    arns = tuple(entry["arn"] for entry in call.parameters.get("PolicyArns") or () if entry.get("arn"))
    if len(arns) > MANAGED_POLICIES:
        raise fault("too many policies")
    if len(text or "") + sum(map(len, arns)) > POLICY_CHARACTERS:
        raise fault("policy too long")
    for arn in arns:
        if not exists(reader, account, arn):
            raise fault("no session policy", arn=arn)
    if text is None:
        return (), arns
    try:
        validate_for_iam(text, PolicyType.SESSION)
    except MalformedPolicy as error:
        raise AwsError(error.code, error.message) from None
    return (text,), arns


def issue(call: Call, claims: SessionClaims) -> tuple[dict[str, Any], int]:
    """The credentials of a session, and its packed size in percent."""
    try:
        token, percent = call.platform.seal_session(claims, call.parameters.get(LEAST_SIZE) or 0)
    except TokenTooLarge as error:
        what = "packed policy" if claims.policies or claims.policy_arns else "packed tags"
        raise fault(what, percent=error.percent) from None
    return {
        "AccessKeyId": claims.access_key_id,
        "SecretAccessKey": claims.secret,
        "SessionToken": token,
        "Expiration": datetime.fromtimestamp(claims.expires, UTC),
    }, percent


def sizes(call: Call, credentials: Mapping[str, Any]) -> dict[str, int]:
    """How large the token is, for whoever asked for a size; other answers do without, as recordings show."""
    if call.parameters.get(LEAST_SIZE) is None:
        return {}
    size = len(credentials["SessionToken"])
    return {"SessionTokenSize": size, "SessionTokenUtilization": min(100, size * 100 // LARGEST_TOKEN)}
