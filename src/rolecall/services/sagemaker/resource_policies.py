"""Policies on resources: of model package groups (other accounts deploy from them or register into them) and of
endpoints. What they grant is decided elsewhere; here they are put, shown and taken away.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final

from rolecall.policy.document import PolicyType
from rolecall.policy.findings import PolicyError
from rolecall.policy.parser import parse
from rolecall.services.call import Call, Operation
from rolecall.services.resource_policies import RELATION, digest_of
from rolecall.services.sagemaker.errors import refuse
from rolecall.services.sagemaker.items import named
from rolecall.services.sagemaker.resources import BY_TYPE, ResourceType
from rolecall.store.ports import Reader, Unit

GROUP: Final = BY_TYPE["model-package-group"]
ENDPOINT: Final = BY_TYPE["endpoint"]
WITHOUT_POLICY: Final = ("Deleting", "Failed")  # statuses in which an endpoint takes none


def _put(kind: ResourceType, call: Call, unit: Unit) -> Mapping[str, Any]:
    item = named(call, unit, kind)
    text = str(call.parameters["ResourcePolicy"])
    if kind is ENDPOINT and item.status in WITHOUT_POLICY:
        raise refuse("no policy now", arn=item.arn, status=item.status)
    if not text.isascii():
        raise refuse("policy invalid", reason="only ASCII characters are allowed")
    try:
        parse(text, PolicyType.RESOURCE)
    except PolicyError as problem:
        raise refuse("policy invalid", reason=problem.message) from None
    unit.link(item.id, RELATION, unit.put_document(text))
    return {kind.arn_member: item.arn}


def _get(kind: ResourceType, call: Call, reader: Reader) -> Mapping[str, Any]:
    item = named(call, reader, kind)
    digest = digest_of(reader, item)
    text = None if digest is None else reader.document(digest)
    if text is None:
        raise refuse("no policy", arn=item.arn)
    shown = {kind.name_member: item.name, kind.arn_member: item.arn} if kind is ENDPOINT else {}
    return {**shown, "ResourcePolicy": text}


def _delete(kind: ResourceType, call: Call, unit: Unit) -> Mapping[str, Any]:
    unit.unlink(named(call, unit, kind).id, RELATION)
    return {}


def _operations(kind: ResourceType) -> dict[str, Operation]:
    """The three operations of a kind of resource."""
    return {
        f"Put{kind.noun}Policy": Operation(lambda call, unit: _put(kind, call, unit), writes=True),
        f"Get{kind.noun}Policy": Operation(lambda call, reader: _get(kind, call, reader), writes=False),
        f"Delete{kind.noun}Policy": Operation(lambda call, unit: _delete(kind, call, unit), writes=True),
    }


OPERATIONS: Final = {**_operations(GROUP), **_operations(ENDPOINT)}
