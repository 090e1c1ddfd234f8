"""Customer managed policies and their versions; AWS's are shown beside them."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from datetime import datetime
from typing import Any, Final

import msgspec

from rolecall.catalog.managed_policies import ManagedPolicy
from rolecall.policy.document import PolicyType
from rolecall.services.call import Call, Operation
from rolecall.services.iam import attachments, boundaries, tags
from rolecall.services.iam.documents import checked, encoded, kept, size
from rolecall.services.iam.entities import POLICY, add, every, path_prefix, second
from rolecall.services.iam.errors import fault
from rolecall.services.iam.lookups import checked_arn, policy
from rolecall.services.iam.paging import page
from rolecall.services.iam.quotas import POLICY_CHARACTERS, VERSIONS_PER_POLICY
from rolecall.services.managed_policies import (
    aws_policies,
    aws_policy,
    aws_policy_id,
    customer_policy,
    default_version,
    is_aws_managed,
    version,
)
from rolecall.store.ports import Reader, Unit
from rolecall.store.records import Item

POLICY_PATH: Final = re.compile(r"((/[A-Za-z0-9.,+@=_-]+)*)/")

# AWS does not publish all dates of its policies; the beginning of IAM's managed policies stands for them.
UNKNOWN_DATE: Final = datetime.fromisoformat("2015-02-06T18:41:00+00:00")


def brief(item: Item, reader: Reader) -> dict[str, Any]:
    """A customer managed policy as lists and CreatePolicy show it."""
    return {
        "PolicyName": item.name,
        "PolicyId": item.unique_id,
        "Arn": item.arn,
        "Path": item.path,
        "DefaultVersionId": default_version(reader, item),
        **_use(reader, item.account, item.arn),
        "IsAttachable": True,
        "CreateDate": item.created,
        "UpdateDate": item.modified,
    }


def aws_brief(managed: ManagedPolicy, account: str, reader: Reader) -> dict[str, Any]:
    return {
        "PolicyName": managed.name,
        "PolicyId": aws_policy_id(managed, reader),
        "Arn": managed.arn,
        "Path": managed.path,
        "DefaultVersionId": managed.version,
        **_use(reader, account, managed.arn),
        "IsAttachable": True,
        "CreateDate": _date(managed.created),
        "UpdateDate": _date(managed.updated or managed.created),
    }


def _use(reader: Reader, account: str, arn: str) -> dict[str, int]:
    return {
        "AttachmentCount": attachments.count(reader, account, attachments.RELATION, arn),
        "PermissionsBoundaryUsageCount": attachments.count(reader, account, boundaries.RELATION, arn),
    }


def _date(text: str) -> datetime:
    return datetime.fromisoformat(text) if text else UNKNOWN_DATE


def versions_of(item: Item, reader: Reader) -> list[Item]:
    """The versions of a policy, newest first."""
    found = every(reader, item.account, "policy-version", parent=item.arn)
    return sorted(found, key=lambda one: number_of(one.name), reverse=True)


def number_of(version_id: str) -> int:
    return int(version_id[1:])


def version_view(one: Item, default: str, reader: Reader | None = None) -> dict[str, Any]:
    """A version; with its document when a reader is given."""
    view: dict[str, Any] = {
        "VersionId": one.name,
        "IsDefaultVersion": one.name == default,
        "CreateDate": one.created,
    }
    if reader is not None:
        view["Document"] = encoded(kept(reader, one.body["Document"]))
    return view


def add_version(call: Call, unit: Unit, item: Item, text: str) -> Item:
    """The next version of a policy; numbers are never used again."""
    number = item.body["LastVersion"] + 1
    now = second(call.now)
    unit.change_item(
        msgspec.structs.replace(item, body={**item.body, "LastVersion": number}, modified=now),
    )
    return unit.add_item(
        Item(
            account=item.account,
            service="iam",
            type="policy-version",
            name=f"v{number}",
            parent=item.arn,
            arn=f"{item.arn}:v{number}",
            created=now,
            modified=now,
            body={"Document": unit.put_document(text)},
        )
    )


def checked_document(text: str) -> str:
    checked(text, PolicyType.IDENTITY)
    if size(text) > POLICY_CHARACTERS:
        raise fault("quota", quota="PolicySize", limit=POLICY_CHARACTERS)
    return text


def create_policy(call: Call, unit: Unit) -> Mapping[str, Any]:
    path = call.parameters.get("Path") or "/"
    if not POLICY_PATH.fullmatch(path):
        raise fault("bad path", member="path")
    text = checked_document(call.parameters["PolicyDocument"])
    body: dict[str, Any] = {"LastVersion": 0}
    if call.parameters.get("Description"):
        body["Description"] = call.parameters["Description"]
    item = add(call, unit, POLICY, body=body, tags=tags.requested(call))
    first = add_version(call, unit, item, text)
    unit.link(item.id, "default-version", first.name)
    return {"Policy": tags.with_tags(brief(item, unit), unit.tags(item.id))}


def get_policy(call: Call, reader: Reader) -> Mapping[str, Any]:
    arn = checked_arn(call.parameters["PolicyArn"])
    if is_aws_managed(arn):
        return {"Policy": {**aws_brief(_aws(arn, reader), call.account, reader), "Tags": []}}
    item = policy(call, reader)
    view = brief(item, reader)
    if "Description" in item.body:
        view["Description"] = item.body["Description"]
    view["Tags"] = tags.shown(reader.tags(item.id))
    return {"Policy": view}


def _aws(arn: str, reader: Reader) -> ManagedPolicy:
    managed = aws_policy(reader, arn)
    if managed is None:
        raise fault("no policy", arn=arn)
    return managed


def delete_policy(call: Call, unit: Unit) -> Mapping[str, Any]:
    item = policy(call, unit)
    for relation in (attachments.RELATION, boundaries.RELATION):
        if unit.linked_to(relation, item.arn):
            raise fault("policy attached")
    versions = versions_of(item, unit)
    if len(versions) > 1:
        raise fault("policy has versions")
    for one in versions:
        unit.remove_item(one.id)
    unit.remove_item(item.id)
    return {}


def list_policies(call: Call, reader: Reader) -> Mapping[str, Any]:
    scope = call.parameters.get("Scope") or "All"
    prefix = path_prefix(call)
    used_as = {
        None: (attachments.RELATION, boundaries.RELATION),
        "PermissionsPolicy": (attachments.RELATION,),
        "PermissionsBoundary": (boundaries.RELATION,),
    }[call.parameters.get("PolicyUsageFilter")]
    only_used = bool(call.parameters.get("OnlyAttached")) or call.parameters.get("PolicyUsageFilter") is not None

    def candidates() -> Iterator[tuple[str, Item | ManagedPolicy]]:
        # Customer policies first; "0" and "1" keep a marker's order across the two.
        if scope in ("All", "Local"):
            for item in every(reader, call.account, "policy", prefix=prefix):
                yield f"0{item.name}", item
        if scope in ("All", "AWS"):
            for managed in sorted(aws_policies(reader).values(), key=lambda one: (one.name, one.path)):
                if managed.path.startswith(prefix):
                    yield f"1{managed.name}\n{managed.path}", managed

    def is_wanted(arn: str) -> bool:
        return not only_used or any(attachments.count(reader, call.account, one, arn) for one in used_as)

    wanted = (pair for pair in candidates() if is_wanted(pair[1].arn))
    found, tail = page(call, wanted, lambda pair: pair[0])
    return {
        "Policies": [
            brief(one, reader) if isinstance(one, Item) else aws_brief(one, call.account, reader)
            for _, one in found
        ],
        **tail,
    }


def create_policy_version(call: Call, unit: Unit) -> Mapping[str, Any]:
    item = policy(call, unit)
    text = checked_document(call.parameters["PolicyDocument"])
    if len(versions_of(item, unit)) >= VERSIONS_PER_POLICY:
        raise fault("policy versions")
    one = add_version(call, unit, item, text)
    if call.parameters.get("SetAsDefault"):
        unit.link(item.id, "default-version", one.name)
    return {"PolicyVersion": version_view(one, default_version(unit, item))}


def _version(call: Call, reader: Reader, item: Item) -> Item:
    version_id = call.parameters["VersionId"]
    one = version(reader, item, version_id)
    if one is None:
        raise fault("no policy version", arn=item.arn, version=version_id)
    return one


def _versioned(call: Call, reader: Reader) -> Item:
    """The policy whose version the request names; a missing one is told as a missing version."""
    arn = call.parameters["PolicyArn"]
    if not is_aws_managed(checked_arn(arn)) and customer_policy(reader, call.account, arn) is None:
        raise fault("no policy version", arn=arn, version=call.parameters["VersionId"])
    return policy(call, reader)


def get_policy_version(call: Call, reader: Reader) -> Mapping[str, Any]:
    arn = checked_arn(call.parameters["PolicyArn"])
    if is_aws_managed(arn):
        managed = _aws(arn, reader)
        if call.parameters["VersionId"] != managed.version:
            raise fault("no policy version", arn=arn, version=call.parameters["VersionId"])
        return {"PolicyVersion": aws_version(managed, with_document=True)}
    item = _versioned(call, reader)
    one = _version(call, reader, item)
    return {"PolicyVersion": version_view(one, default_version(reader, item), reader)}


def aws_version(managed: ManagedPolicy, *, with_document: bool = False) -> dict[str, Any]:
    return {
        "VersionId": managed.version,
        "IsDefaultVersion": True,
        "CreateDate": _date(managed.updated or managed.created),
        **({"Document": encoded(managed.text)} if with_document else {}),
    }


def list_policy_versions(call: Call, reader: Reader) -> Mapping[str, Any]:
    arn = checked_arn(call.parameters["PolicyArn"])
    if is_aws_managed(arn):
        return {"Versions": [aws_version(_aws(arn, reader))], "IsTruncated": False}
    item = policy(call, reader)
    # Newest first, so the marker counts down from a number that no policy reaches.
    found, tail = page(call, versions_of(item, reader), lambda one: f"{10**9 - number_of(one.name):010d}")
    default = default_version(reader, item)
    return {"Versions": [version_view(one, default) for one in found], **tail}


def set_default_policy_version(call: Call, unit: Unit) -> Mapping[str, Any]:
    item = _versioned(call, unit)
    one = _version(call, unit, item)
    unit.link(item.id, "default-version", one.name)
    unit.change_item(msgspec.structs.replace(item, modified=second(call.now)))
    return {}


def delete_policy_version(call: Call, unit: Unit) -> Mapping[str, Any]:
    item = _versioned(call, unit)
    one = _version(call, unit, item)
    if one.name == default_version(unit, item):
        raise fault("default version")
    unit.remove_item(one.id)
    return {}


OPERATIONS: Final = {
    "CreatePolicy": Operation(handler=create_policy, writes=True),
    "GetPolicy": Operation(handler=get_policy, writes=False),
    "DeletePolicy": Operation(handler=delete_policy, writes=True),
    "ListPolicies": Operation(handler=list_policies, writes=False),
    "CreatePolicyVersion": Operation(handler=create_policy_version, writes=True),
    "GetPolicyVersion": Operation(handler=get_policy_version, writes=False),
    "ListPolicyVersions": Operation(handler=list_policy_versions, writes=False),
    "SetDefaultPolicyVersion": Operation(handler=set_default_policy_version, writes=True),
    "DeletePolicyVersion": Operation(handler=delete_policy_version, writes=True),
}
