"""AssumeRole: a session of a role for a caller whom its trust policy lets in.

Whether the caller may assume the role, tag the session and set its source identity was decided before the handler
is called (authorization, with the trust policy as resource policy). Here the session is measured and made.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final

import msgspec

from rolecall.credentials.claims import SessionClaims, SessionKind
from rolecall.services.access_key_ids import TEMPORARY, new_access_key_id
from rolecall.services.call import Call, Operation
from rolecall.services.sts import mfa
from rolecall.services.sts.errors import fault
from rolecall.services.sts.sessions import Tags, checked_policies, checked_tags, issue, session_tags, sizes
from rolecall.services.unserved import refused
from rolecall.store.ports import Reader, Unit
from rolecall.store.records import Item

DEFAULT_DURATION: Final = 3600
LONGEST_CHAINED: Final = 3600


def role_of(call: Call, reader: Reader) -> Item:
    """The role that the request names. One that does not exist is refused like one that does not trust."""
    arn = call.parameters["RoleArn"]
    role = reader.item_by_arn(arn)
    if role is None or (role.service, role.type) != ("iam", "role"):
        raise fault(
            "not authorized", caller=call.caller.principal.arn, action=f"sts:{call.operation}", resource=arn
        )
    return role


def duration_of(call: Call, role: Item, *, chained: bool) -> int:
    duration: int = call.parameters.get("DurationSeconds") or DEFAULT_DURATION
    if chained and duration > LONGEST_CHAINED:
        raise fault("above an hour when chaining")
    if duration > role.body.get("MaxSessionDuration", DEFAULT_DURATION):
        raise fault("above the role's maximum")
    return duration


def source_identity_of(call: Call) -> str | None:
    """The source identity of the new session: once set it goes on through every role and cannot change."""
    given: str | None = call.parameters.get("SourceIdentity")
    if given is not None and given.lower().startswith("aws:"):
        raise fault("reserved source identity", value=given)
    session = call.caller.session
    carried = None if session is None else session.source_identity
    if given is not None and carried is not None and given != carried:
        raise fault(
            "not authorized",
            caller=call.caller.principal.arn,
            action="sts:SetSourceIdentity",
            resource=call.parameters["RoleArn"],
        )
    return given or carried


def assume_role(call: Call, unit: Unit) -> Mapping[str, Any]:
    if call.parameters.get("ProvidedContexts"):
        # A context that is dropped would be a session without what its policies ask for.
        raise refused(
            "sts:AssumeRole with ProvidedContexts", "IAM Identity Center, which asserts them, is not served"
        )
    role = role_of(call, unit)
    code = mfa.verified(call.parameters, call.caller, unit, call.now, call.platform)
    before = call.caller.session
    tags = session_tags(
        checked_tags(call.parameters.get("Tags") or ()), call.parameters.get("TransitiveTagKeys") or (), before
    )
    claims = role_claims(call, unit, role, tags, call.parameters["RoleSessionName"], chained=before is not None)
    claims = msgspec.structs.replace(
        claims,
        source_identity=source_identity_of(call),
        mfa_time=None if code is None else claims.issued,
        chained=before is not None,
    )
    answer = role_answer(call, role, claims)
    if code is not None:
        mfa.spend(unit, *code)
    return answer


def role_claims(
    call: Call, reader: Reader, role: Item, tags: Tags, session_name: str, *, chained: bool = False
) -> SessionClaims:
    """What is the same for every way to a role."""
    duration = duration_of(call, role, chained=chained)
    texts, arns = checked_policies(call, reader, role.account)
    issued = int(call.now.timestamp())
    return SessionClaims(
        kind=SessionKind.ASSUMED_ROLE,
        access_key_id=new_access_key_id(call.platform, TEMPORARY, role.account),
        secret=call.platform.new_secret(),
        account=role.account,
        holder_id=role.unique_id,
        holder_arn=role.arn,
        session_name=session_name,
        issued=issued,
        expires=issued + duration,
        policies=texts,
        policy_arns=arns,
        tags=tags.values,
        transitive_tag_keys=tags.transitive,
    )


def role_answer(call: Call, role: Item, claims: SessionClaims) -> dict[str, Any]:
    credentials, percent = issue(call, claims)
    answer: dict[str, Any] = {
        "Credentials": credentials,
        "AssumedRoleUser": {
            "AssumedRoleId": f"{role.unique_id}:{claims.session_name}",
            "Arn": f"arn:{call.partition}:sts::{role.account}:assumed-role/{role.name}/{claims.session_name}",
        },
    }
    answer |= sizes(call, credentials)
    if claims.policies or claims.policy_arns or claims.tags:
        answer["PackedPolicySize"] = percent
    if claims.source_identity is not None:
        answer["SourceIdentity"] = claims.source_identity
    return answer


OPERATIONS: Final = {"AssumeRole": Operation(handler=assume_role, writes=True)}
