"""Which needs of one exact call does a principal lack? Answered with what is stored (POST /_rolecall/needs).

Conditions look at tags and states of what is there, names stand for resources with ids, and Studio hands down
tags: so the server expands the call as it would if the principal made it, and decides on each check. Whoever may
ask what somebody can do (`asking`) may ask this.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import msgspec
from msgspec import Struct

from rolecall.analysis.needs import Need, lacking, needs_of
from rolecall.authorization.api_call import ApiCall, Ports
from rolecall.authorization.caller import Caller
from rolecall.authorization.requirements import UnknownOperation
from rolecall.decision.request import Request
from rolecall.server.asking import whom
from rolecall.server.dispatch import prepared
from rolecall.server.foreign import TAGS
from rolecall.server.judging import Judge
from rolecall.services.call import Platform
from rolecall.services.facts import StoreFacts
from rolecall.services.iam.lookups import StoreEntities
from rolecall.services.iam.world import StoreWorld
from rolecall.store.ports import Reader
from rolecall.wire.errors import AwsError


class Asked(Struct, frozen=True, forbid_unknown_fields=True, rename={"who": "as"}):
    """The body of a question. service: as botocore spells it. parameters: in the shape of the API."""

    who: str
    service: str
    operation: str
    region: str
    parameters: dict[str, Any] = {}


def read_question(body: bytes) -> Asked:
    try:
        return msgspec.json.decode(body, type=Asked)
    except msgspec.DecodeError as problem:
        raise AwsError("SerializationException", f"the body is no question: {problem}") from None


def answered(asked: Asked, call: ApiCall, reader: Reader, judge: Judge, platform: Platform) -> Mapping[str, Any]:
    """The needs of the call, and for each of its checks whether it is allowed and the denial if not."""
    world = StoreWorld(reader)
    principal, session = whom(asked.who, call, reader, judge, world)
    made = msgspec.structs.replace(
        call,
        service=asked.service,
        operation=asked.operation,
        parameters=asked.parameters,
        region=asked.region,
        caller=Caller(principal, access_key_id="", session_policies=session),
    )
    try:
        ready = prepared(made, reader, platform) if asked.service != "sts" else made
        found = needs_of(
            asked.service,
            asked.operation,
            ready.parameters,
            account=call.account,
            region=asked.region,
            caller=principal,
            ports=Ports(StoreFacts(reader, world), StoreEntities(reader, call.partition), world),
            source_ip=call.source_ip,
        )
    except UnknownOperation as problem:
        raise AwsError("InvalidQuestion", str(problem)) from None
    verdicts = [(one.allowed, one.message) for one in lacking(found, world, judge.profile, session)]
    checks = tuple(
        _shown(need, request, call.account) for need, request in zip(found.checks, found.requests, strict=True)
    )
    told = msgspec.structs.replace(found, checks=checks, requests=(), parameters={})
    return {"needs": msgspec.to_builtins(told), "verdicts": verdicts}


def _shown(need: Need, request: Request, account: str) -> Need:
    """A need without the tags of a resource that belongs to another account."""
    if request.resource.account == account:
        return need
    return msgspec.structs.replace(
        need, keys={key: values for key, values in need.keys.items() if TAGS not in key.lower()}
    )
