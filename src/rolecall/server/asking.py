"""May this principal do that, and what can it do at all? Questions to the server (POST /_rolecall/can-i).

Questions are authorized themselves: about oneself with sts:DecodeAuthorizationMessage, about another principal of
the account with iam:SimulatePrincipalPolicy on it.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final

import msgspec
from msgspec import Struct, field

from rolecall import catalog
from rolecall.analysis.permissions import permissions
from rolecall.analysis.questions import (
    Question,
    Unaskable,
    check,
    gathered,
    nearest_principals,
    principal_of,
)
from rolecall.authorization.api_call import ApiCall
from rolecall.authorization.requirement import Requirement
from rolecall.decision.policies import SourcedPolicy
from rolecall.decision.request import Principal
from rolecall.server.dispatch import denied
from rolecall.server.foreign import told_to
from rolecall.server.judging import Judge
from rolecall.services.facts import StoreFacts
from rolecall.services.iam.entities import every
from rolecall.services.iam.world import StoreWorld
from rolecall.store.ports import Reader
from rolecall.wire.errors import AwsError

ABOUT_ONESELF: Final = (Requirement(action="sts:DecodeAuthorizationMessage", source="STS API Reference"),)


class Asked(Struct, frozen=True, forbid_unknown_fields=True, rename={"who": "as"}):
    """The body of a question. who: the principal, the caller itself when empty. list: everything it can do."""

    who: str = ""
    action: str = ""
    resource: str = "*"
    context: dict[str, tuple[str, ...]] = field(default_factory=dict)
    list: bool = False
    services: tuple[str, ...] = ()
    explain: bool = False


def read_question(body: bytes) -> Asked:
    try:
        return msgspec.json.decode(body, type=Asked)
    except msgspec.DecodeError as problem:
        raise AwsError("SerializationException", f"the body is no question: {problem}") from None


def answered(asked: Asked, call: ApiCall, reader: Reader, judge: Judge) -> Mapping[str, Any]:
    """The answer, once the asker may know it."""
    world = StoreWorld(reader)
    principal, session = whom(asked.who, call, reader, judge, world)
    known = catalog.load()
    if asked.list:
        found = permissions(principal, world, known, call.now, services=asked.services, profile=judge.profile)
        return {"principal": principal.arn, "permissions": [msgspec.to_builtins(each) for each in found]}
    try:
        check(asked.action, asked.resource, asked.context, known)
    except Unaskable as problem:
        raise AwsError("InvalidQuestion", str(problem)) from None
    stored = reader.item_by_arn(asked.resource) if asked.resource != "*" else None
    question = Question(
        principal=principal,
        action=asked.action,
        resource=asked.resource,
        context=asked.context,
        # Another account's resource looks the same whether it is there or not.
        tags=None
        if stored is None or stored.account != call.account
        else StoreFacts(reader).tags_of(asked.resource),
        session=session,
        region=call.region,
    )
    request, policies = gathered(question, world, known, call.now)
    return told_to(call.account, request, policies, judge.profile, with_explanation=asked.explain)


def whom(
    who: str, call: ApiCall, reader: Reader, judge: Judge, world: StoreWorld
) -> tuple[Principal, tuple[SourcedPolicy, ...] | None]:
    """The principal that a question is about, and the policies of its session; raises where the asker may not ask.

    who: an ARN; "" for the asker.
    """
    own = call.caller.principal
    if who in ("", own.arn, own.role_arn):
        _authorize(call, ABOUT_ONESELF, reader, judge)
        return own, call.caller.session_policies
    about = msgspec.structs.replace(
        call, service="iam", operation="SimulatePrincipalPolicy", parameters={"PolicySourceArn": who}
    )
    _authorize(about, None, reader, judge)
    return _principal(who, call, reader, world), None


def _authorize(call: ApiCall, rows: tuple[Requirement, ...] | None, reader: Reader, judge: Judge) -> None:
    judgement = judge.judge(call, reader, rows=rows)
    if judgement.denial is not None:
        raise denied(call, judgement)


def _principal(arn: str, call: ApiCall, reader: Reader, world: StoreWorld) -> Principal:
    found = principal_of(arn, world)
    if found is None or found.account != call.account:
        known = [item.arn for kind in ("user", "role") for item in every(reader, call.account, kind)]
        near = nearest_principals(arn, known)
        hint = f"; did you mean {' or '.join(near)}?" if near else ""
        raise AwsError("NotFound", f"{arn} is no user or role of account {call.account}{hint}", 404)
    return found
