"""Make the IAM entities of an account as a world says. Entities that the world does not name are left alone.

An entity that it names is afterwards as the file says: what is attached besides is taken off. A seed that once
granted something and does not any more must not leave it granted.
"""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from typing import Any, Final

from botocore.exceptions import ClientError
from msgspec import Struct

from rolecall.analysis.worlds.documents import Attached
from rolecall.analysis.worlds.format import Account, Group, ManagedPolicy, Role, User
from rolecall.errors import InputError
from rolecall.seeds.changes import Changes

VERSIONS: Final = 5
# A role whose trust names somebody who is still to be made starts with this one.
NOBODY: Final = {
    "Version": "2012-10-17",
    "Statement": [{"Effect": "Deny", "Principal": {"AWS": "*"}, "Action": "sts:AssumeRole"}],
}


class Kind(Struct, frozen=True):
    """A kind of entity, as the names of operations and members spell it."""

    word: str
    noun: str

    @property
    def member(self) -> str:
        return f"{self.noun}Name"


USER: Final = Kind("user", "User")
GROUP: Final = Kind("group", "Group")
ROLE: Final = Kind("role", "Role")


class IamSeed:
    """One account."""

    def __init__(self, client: Any, account: Account, changes: Changes) -> None:
        self.client = client
        self.account = account
        self.changes = changes

    def first(self) -> None:
        """What others may name: managed policies, users, groups, and roles without anything attached."""
        for policy in self.account.policies.values():
            self._policy(policy)
        for group in self.account.groups.values():
            self._exists(GROUP, group, {})
        for user in self.account.users.values():
            self._exists(USER, user, {"Tags": _tag_list(user.tags)} if user.tags else {})
        for role in self.account.roles.values():
            self._role_exists(role)

    def then(self) -> None:
        """What everything is like."""
        for group in self.account.groups.values():
            self._attachments(GROUP, group.name, group.policies)
        for user in self.account.users.values():
            self._attachments(USER, user.name, user.policies)
            self._boundary(USER, user.name, user.boundary)
            self._tags(USER, user.name, user.tags)
            self._groups(user)
        for role in self.account.roles.values():
            if role.service is not None:
                continue  # belongs to its service
            self._trust(role)
            self._attachments(ROLE, role.name, role.policies)
            self._boundary(ROLE, role.name, role.boundary)
            self._tags(ROLE, role.name, role.tags)

    # Entities

    def _exists(self, kind: Kind, entity: User | Group | Role, more: Mapping[str, Any]) -> None:
        found = self._get(kind, entity.name)
        if found is None:
            create = getattr(self.client, f"create_{kind.word}")
            create(**{kind.member: entity.name, "Path": entity.path, **more})
            self.changes.made(f"{kind.word} {entity.name}")
        elif found["Path"] != entity.path:
            raise InputError(
                f"{kind.word} {entity.name} is there with the path {found['Path']}, the world says {entity.path}: "
                "IAM does not move it"
            )

    def _get(self, kind: Kind, name: str) -> Mapping[str, Any] | None:
        try:
            found = getattr(self.client, f"get_{kind.word}")(**{kind.member: name})
        except self.client.exceptions.NoSuchEntityException:
            return None
        return dict(found[kind.noun])

    def _role_exists(self, role: Role) -> None:
        if role.service is not None:
            if self._get(ROLE, role.name) is None:
                self.client.create_service_linked_role(AWSServiceName=role.service)
                self.changes.made(f"service-linked role {role.name}")
            return
        more: dict[str, Any] = {"AssumeRolePolicyDocument": role.trust.text}
        if role.tags:
            more["Tags"] = _tag_list(role.tags)
        if role.description is not None:
            more["Description"] = role.description
        if role.max_session is not None:
            more["MaxSessionDuration"] = role.max_session
        try:
            self._exists(ROLE, role, more)
        except self.client.exceptions.MalformedPolicyDocumentException:
            self._exists(ROLE, role, {**more, "AssumeRolePolicyDocument": json.dumps(NOBODY)})

    def _trust(self, role: Role) -> None:
        found = self._get(ROLE, role.name)
        assert found is not None, "made in `first`"
        if found["AssumeRolePolicyDocument"] != json.loads(role.trust.text):
            self.client.update_assume_role_policy(RoleName=role.name, PolicyDocument=role.trust.text)
            if found["AssumeRolePolicyDocument"] != NOBODY:
                self.changes.changed(f"the trust policy of role {role.name}")
        wanted = {
            "Description": role.description,
            "MaxSessionDuration": role.max_session,
        }
        if any(value is not None and found.get(name) != value for name, value in wanted.items()):
            given = {name: value for name, value in wanted.items() if value is not None}
            self.client.update_role(RoleName=role.name, **given)
            self.changes.changed(f"role {role.name}")

    # Managed policies

    def _policy(self, policy: ManagedPolicy) -> None:
        name, arn, text = policy.name, policy.arn, policy.text.json
        try:
            found = self.client.get_policy(PolicyArn=arn)["Policy"]
        except self.client.exceptions.NoSuchEntityException:
            more: dict[str, Any] = {"Description": policy.description} if policy.description else {}
            if policy.tags:
                more["Tags"] = _tag_list(policy.tags)
            self.client.create_policy(PolicyName=name, Path=policy.path, PolicyDocument=text, **more)
            self.changes.made(f"managed policy {name}")
            return
        version = self.client.get_policy_version(PolicyArn=arn, VersionId=found["DefaultVersionId"])
        if version["PolicyVersion"]["Document"] == json.loads(text):
            return
        known = self.client.list_policy_versions(PolicyArn=arn)["Versions"]
        if len(known) >= VERSIONS:
            oldest = min(
                (each for each in known if not each["IsDefaultVersion"]), key=lambda each: each["CreateDate"]
            )
            self.client.delete_policy_version(PolicyArn=arn, VersionId=oldest["VersionId"])
        self.client.create_policy_version(PolicyArn=arn, PolicyDocument=text, SetAsDefault=True)
        self.changes.changed(f"managed policy {name}")

    # What hangs on an entity

    def _attachments(self, kind: Kind, name: str, policies: Sequence[Attached]) -> None:
        self._attached(kind, name, {policy.arn for policy in policies if policy.arn is not None})
        self._inline(kind, name, {each.name: each.document.text for each in policies if each.arn is None})

    def _attached(self, kind: Kind, name: str, wanted: set[str]) -> None:
        who = {kind.member: name}
        pages = self.client.get_paginator(f"list_attached_{kind.word}_policies").paginate(**who)
        held = {each["PolicyArn"] for page in pages for each in page["AttachedPolicies"]}
        for arn in sorted(wanted - held):
            self._do(f"attach_{kind.word}_policy", **who, PolicyArn=arn)
            self.changes.changed(f"{kind.word} {name}: attached {arn}")
        for arn in sorted(held - wanted):
            self._do(f"detach_{kind.word}_policy", **who, PolicyArn=arn)
            self.changes.changed(f"{kind.word} {name}: detached {arn}")

    def _inline(self, kind: Kind, name: str, wanted: Mapping[str, str]) -> None:
        who = {kind.member: name}
        pages = self.client.get_paginator(f"list_{kind.word}_policies").paginate(**who)
        held = [each for page in pages for each in page["PolicyNames"]]
        for policy, text in wanted.items():
            if policy in held:
                found = getattr(self.client, f"get_{kind.word}_policy")(**who, PolicyName=policy)
                if found["PolicyDocument"] == json.loads(text):
                    continue
            self._do(f"put_{kind.word}_policy", **who, PolicyName=policy, PolicyDocument=text)
            self.changes.changed(f"{kind.word} {name}: inline policy {policy}")
        for policy in held:
            if policy not in wanted:
                self._do(f"delete_{kind.word}_policy", **who, PolicyName=policy)
                self.changes.changed(f"{kind.word} {name}: inline policy {policy} deleted")

    def _boundary(self, kind: Kind, name: str, wanted: Attached | None) -> None:
        found = self._get(kind, name) or {}
        held = (found.get("PermissionsBoundary") or {}).get("PermissionsBoundaryArn")
        arn = None if wanted is None else wanted.arn
        if held == arn:
            return
        if arn is None:
            self._do(f"delete_{kind.word}_permissions_boundary", **{kind.member: name})
        else:
            self._do(f"put_{kind.word}_permissions_boundary", **{kind.member: name, "PermissionsBoundary": arn})
        self.changes.changed(f"{kind.word} {name}: boundary {arn or 'removed'}")

    def _tags(self, kind: Kind, name: str, wanted: Mapping[str, str]) -> None:
        who = {kind.member: name}
        pages = self.client.get_paginator(f"list_{kind.word}_tags").paginate(**who)
        held = {each["Key"]: each["Value"] for page in pages for each in page["Tags"]}
        if held == dict(wanted):
            return
        gone = [key for key in held if key not in wanted]
        if gone:
            self._do(f"untag_{kind.word}", **who, TagKeys=gone)
        if wanted:
            self._do(f"tag_{kind.word}", **who, Tags=_tag_list(wanted))
        self.changes.changed(f"{kind.word} {name}: tags")

    def _groups(self, user: User) -> None:
        pages = self.client.get_paginator("list_groups_for_user").paginate(UserName=user.name)
        held = {each["GroupName"] for page in pages for each in page["Groups"]}
        for group in [each for each in user.groups if each not in held]:
            self._do("add_user_to_group", GroupName=group, UserName=user.name)
            self.changes.changed(f"user {user.name}: in group {group}")
        for group in sorted(held - set(user.groups)):
            self._do("remove_user_from_group", GroupName=group, UserName=user.name)
            self.changes.changed(f"user {user.name}: not in group {group} any more")

    def _do(self, operation: str, **parameters: Any) -> None:
        getattr(self.client, operation)(**parameters)


def _tag_list(tags: Mapping[str, str]) -> list[dict[str, str]]:
    return [{"Key": key, "Value": value} for key, value in tags.items()]


def told(error: ClientError) -> str:
    """An AWS error in one line."""
    found = error.response.get("Error", {})
    return f"{error.operation_name}: {found.get('Code')}: {found.get('Message')}"
