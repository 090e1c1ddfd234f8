"""GetAccountAuthorizationDetails: every user, group, role and policy of the account with what it may do.

The natural export of an account: rolecall's own import reads the same form.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any, Final

from rolecall.services.call import Call, Operation
from rolecall.services.iam import (
    attachments,
    boundaries,
    groups,
    inline_policies,
    instance_profiles,
    policies,
    roles,
    tags,
    users,
)
from rolecall.services.iam.documents import encoded, kept
from rolecall.services.iam.entities import every
from rolecall.services.iam.paging import page
from rolecall.services.managed_policies import aws_policies, aws_policy, default_version
from rolecall.services.role_use import last_used
from rolecall.store.ports import Reader
from rolecall.store.records import Item

# value of Filter -> place in the order of pages
KINDS: Final = ("User", "Group", "Role", "LocalManagedPolicy", "AWSManagedPolicy")
STORED: Final = {"User": "user", "Group": "group", "Role": "role", "LocalManagedPolicy": "policy"}
LISTS: Final = {
    "User": "UserDetailList",
    "Group": "GroupDetailList",
    "Role": "RoleDetailList",
    "LocalManagedPolicy": "Policies",
    "AWSManagedPolicy": "Policies",
}


def get_account_authorization_details(call: Call, reader: Reader) -> Mapping[str, Any]:
    wanted = set(call.parameters.get("Filter") or KINDS)

    def candidates() -> Iterator[tuple[str, str, Item | str]]:
        for place, kind in enumerate(KINDS):
            if kind not in wanted:
                continue
            if kind in STORED:
                for item in every(reader, call.account, STORED[kind]):
                    yield f"{place}{item.name}", kind, item
            else:
                for arn in sorted(aws_policies(reader)):
                    if _is_used(call, reader, arn):
                        yield f"{place}{arn}", kind, arn

    found, tail = page(call, candidates(), lambda entry: entry[0])
    lists: dict[str, list[dict[str, Any]]] = {name: [] for name in LISTS.values()}
    for _, kind, entry in found:
        view = _aws_policy(call, reader, entry) if isinstance(entry, str) else VIEWS[kind](entry, reader)
        lists[LISTS[kind]].append(view)
    return {**lists, **tail}


def _is_used(call: Call, reader: Reader, arn: str) -> bool:
    """Of AWS's policies only those show that the account uses."""
    return any(
        attachments.count(reader, call.account, relation, arn)
        for relation in (attachments.RELATION, boundaries.RELATION)
    )


def _inline(item: Item, reader: Reader) -> list[dict[str, str]]:
    return [
        {"PolicyName": link.name, "PolicyDocument": encoded(kept(reader, link.target))}
        for link in reader.links(item.id, inline_policies.RELATION)
    ]


def _user(user: Item, reader: Reader) -> dict[str, Any]:
    view = {
        **users.brief(user),
        "UserPolicyList": _inline(user, reader),
        "GroupList": [group.name for group in groups.groups_of(user, reader)],
        "AttachedManagedPolicies": attachments.attached(user, reader),
        "Tags": tags.shown(reader.tags(user.id)),
    }
    return boundaries.with_boundary(view, user, reader)


def _group(group: Item, reader: Reader) -> dict[str, Any]:
    return {
        **groups.brief(group),
        "GroupPolicyList": _inline(group, reader),
        "AttachedManagedPolicies": attachments.attached(group, reader),
    }


def _role(role: Item, reader: Reader) -> dict[str, Any]:
    view = roles.created(role, reader)
    view.pop("Description", None)
    view.pop("MaxSessionDuration", None)
    view |= {
        "InstanceProfileList": [
            instance_profiles.brief(profile, reader) for profile in instance_profiles.holding(role, reader)
        ],
        "RolePolicyList": _inline(role, reader),
        "AttachedManagedPolicies": attachments.attached(role, reader),
        "Tags": tags.shown(reader.tags(role.id)),
        "RoleLastUsed": last_used(reader, role.unique_id),
    }
    return boundaries.with_boundary(view, role, reader)


def _policy(item: Item, reader: Reader) -> dict[str, Any]:
    default = default_version(reader, item)
    view = policies.brief(item, reader)
    if "Description" in item.body:
        view["Description"] = item.body["Description"]
    versions = policies.versions_of(item, reader)
    view["PolicyVersionList"] = [policies.version_view(one, default, reader) for one in versions]
    return view


def _aws_policy(call: Call, reader: Reader, arn: str) -> dict[str, Any]:
    managed = aws_policy(reader, arn)
    assert managed is not None, f"{arn} was among AWS's policies a moment ago"
    return {
        **policies.aws_brief(managed, call.account, reader),
        "PolicyVersionList": [policies.aws_version(managed, with_document=True)],
    }


VIEWS: Final = {"User": _user, "Group": _group, "Role": _role, "LocalManagedPolicy": _policy}

OPERATIONS: Final = {
    "GetAccountAuthorizationDetails": Operation(handler=get_account_authorization_details, writes=False)
}
