"""Make an account as GetAccountAuthorizationDetails says: users, groups, roles, policies with their ids and dates.

What the details name is afterwards as they say; what they do not name stays, and so does what they have no member
for (keys, passwords, the session duration of a role without instance profile). Doing it twice changes nothing the
second time. Quotas are not looked at, and documents are not held to what IAM accepts today: another IAM keeps them
already. They must be readable, though.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import datetime
from typing import Any

import msgspec

from rolecall.policy.document import PolicyType
from rolecall.services import role_use
from rolecall.services.iam import attachments, boundaries, groups, inline_policies, instance_profiles, trust
from rolecall.services.iam.entities import GROUP, INSTANCE_PROFILE, POLICY, ROLE, USER, Kind
from rolecall.services.iam.imported_values import (
    CannotImport,
    check_service_linked,
    moment,
    readable,
    same,
    told_by_profiles,
)
from rolecall.services.managed_policies import AWS, exists, is_aws_managed
from rolecall.store.errors import NameTaken
from rolecall.store.ports import Unit
from rolecall.store.records import Item
from rolecall.store.scopes import principals_scope


class Tally(msgspec.Struct):
    """How many entities were made, changed and left alone; what is attached and nobody has."""

    made: int = 0
    changed: int = 0
    unchanged: int = 0
    missing_policies: list[str] = msgspec.field(default_factory=list)


class Import:
    """One part of an account's details in one unit of work.

    changes_aws: whether it may change what AWS's policies say, which all accounts share.
    """

    def __init__(self, unit: Unit, account: str, partition: str = "aws", *, changes_aws: bool = False) -> None:
        self.unit = unit
        self.account = account
        self.partition = partition
        self.changes_aws = changes_aws
        self.tally = Tally()
        self._missing: dict[str, None] = {}

    def apply(self, details: Mapping[str, Any]) -> Tally:
        """Make true what a part says; raises CannotImport."""
        for found in details.get("Policies") or ():
            self._tell(*self._policy(found))
        for found in details.get("GroupDetailList") or ():
            self._tell(*self._group(found))
        for found in details.get("UserDetailList") or ():
            self._tell(*self._user(found))
        roles = list(details.get("RoleDetailList") or ())
        for found in roles:
            self._tell(*self._role(found))
        self.settle(found["RoleName"] for found in roles)
        self.tally.missing_policies = list(self._missing)
        return self.tally

    def settle(self, role_names: Iterable[str]) -> None:
        """Bind the principals of trust policies to the users and roles that are there by now."""
        for name in role_names:
            role = self.unit.item(self.account, "iam", ROLE.type, name.lower())
            if role is None:
                raise CannotImport(f"there is no role {name} in account {self.account}")
            self._trust(role, trust.shown(role, self.unit))

    def _tell(self, made: bool, changed: bool) -> None:
        if made:
            self.tally.made += 1
        elif changed:
            self.tally.changed += 1
        else:
            self.tally.unchanged += 1

    # ---- entities: (made, changed) each

    def _user(self, found: Mapping[str, Any]) -> tuple[bool, bool]:
        used = found.get("PasswordLastUsed")
        body = {} if used is None else {"PasswordLastUsed": moment(used).isoformat()}
        user, made, changed = self._entity(USER, found, body)
        changed |= self._grants(user, found, "UserPolicyList")
        changed |= self._boundary(user, found)
        changed |= self._tags(user, found)
        changed |= self._groups(user, found.get("GroupList") or ())
        return made, changed

    def _group(self, found: Mapping[str, Any]) -> tuple[bool, bool]:
        group, made, changed = self._entity(GROUP, found)
        return made, self._grants(group, found, "GroupPolicyList") or changed

    def _role(self, found: Mapping[str, Any]) -> tuple[bool, bool]:
        text = readable(found["AssumeRolePolicyDocument"], PolicyType.TRUST, found["Arn"])
        check_service_linked(found, text)
        role, made, changed = self._entity(ROLE, found, told_by_profiles(found))
        if made or not same(trust.shown(role, self.unit), text):
            changed |= self._trust(role, text)
        changed |= self._grants(role, found, "RolePolicyList")
        changed |= self._boundary(role, found)
        changed |= self._tags(role, found)
        for profile in found.get("InstanceProfileList") or ():
            changed |= self._profile(role, profile)
        used = found.get("RoleLastUsed") or {}
        if used.get("LastUsedDate") is not None and not role_use.last_used(self.unit, role.unique_id):
            at = moment(used["LastUsedDate"]).isoformat()
            self.unit.put_setting(role_use.SETTING + role.unique_id, f"{at} {used.get('Region', '')}")
        return made, changed

    def _profile(self, role: Item, found: Mapping[str, Any]) -> bool:
        profile, made, changed = self._entity(INSTANCE_PROFILE, found)
        held = [link.target for link in self.unit.links(profile.id, instance_profiles.RELATION)]
        if held != [role.unique_id]:
            self.unit.link(profile.id, instance_profiles.RELATION, role.unique_id)
            return True
        return made or changed

    def _policy(self, found: Mapping[str, Any]) -> tuple[bool, bool]:
        arn = str(found["Arn"])
        owner = AWS if is_aws_managed(arn) else self.account
        if owner == AWS and not self.changes_aws:
            raise CannotImport(f"{arn} is a policy of AWS that all accounts share: their operator imports it")
        body = {"Description": found["Description"]} if found.get("Description") else {}
        item, made, changed = self._entity(POLICY, found, body, owner)
        changed |= self._versions(item, found)
        if owner == AWS and (made or changed):
            self._touch_users(arn)
        return made, changed

    def _touch_users(self, arn: str) -> None:
        """Whoever has a policy of AWS attached, in whichever account, may something else now."""
        for relation in (attachments.RELATION, boundaries.RELATION):
            for link in self.unit.linked_to(relation, arn):
                holder = self.unit.item_by_id(link.item_id)
                if holder is not None:
                    self.unit.touch(f"account:{holder.account}")
                    self.unit.touch(principals_scope(holder.account))

    def _versions(self, item: Item, found: Mapping[str, Any]) -> bool:
        changed = False
        default = str(found["DefaultVersionId"])
        numbers = [int(default[1:]) if default[1:].isdigit() else 1]
        for one in found.get("PolicyVersionList") or ():
            name = str(one["VersionId"])
            numbers.append(int(name[1:].partition(".")[0]))
            text = readable(one["Document"], PolicyType.IDENTITY, f"{item.arn} {name}")
            present = self.unit.item(item.account, "iam", "policy-version", name, parent=item.arn)
            if present is not None and same(self.unit.document(present.body["Document"]) or "", text):
                continue
            changed = True
            if present is not None:
                self.unit.remove_item(present.id)
            self.unit.add_item(
                Item(
                    account=item.account,
                    service="iam",
                    type="policy-version",
                    name=name,
                    parent=item.arn,
                    arn=f"{item.arn}:{name}",
                    created=moment(one.get("CreateDate") or found["CreateDate"]),
                    modified=moment(one.get("CreateDate") or found["CreateDate"]),
                    body={"Document": self.unit.put_document(text)},
                )
            )
        if self.unit.item(item.account, "iam", "policy-version", default, parent=item.arn) is None:
            raise CannotImport(f"{item.arn}: its default version {default} is not among its versions")
        if [link.target for link in self.unit.links(item.id, "default-version")] != [default]:
            self.unit.link(item.id, "default-version", default)
            changed = True
        last = max(*numbers, item.body.get("LastVersion", 0))
        updated = moment(found.get("UpdateDate") or found["CreateDate"])
        if (item.body.get("LastVersion"), item.modified) != (last, updated):
            body = {**item.body, "LastVersion": last}
            self.unit.change_item(msgspec.structs.replace(item, body=body, modified=updated))
            return True
        return changed

    def _entity(
        self, kind: Kind, found: Mapping[str, Any], body: Mapping[str, Any] | None = None, owner: str | None = None
    ) -> tuple[Item, bool, bool]:
        """The entity, and whether it was made or changed. One that is there keeps its id."""
        account, arn, name = owner or self.account, str(found["Arn"]), str(found[kind.name_member])
        path = str(found.get("Path") or "/")
        if arn != f"arn:{self.partition}:iam::{account}:{kind.type}{path}{name}":
            raise CannotImport(f"{arn} is not the ARN of the {kind.type} {path}{name} of account {account}")
        item = self.unit.item(account, "iam", kind.type, name.lower())
        if item is None:
            created = moment(found["CreateDate"])
            return self._insert(kind, account, name, path, arn, found, created, dict(body or {})), True, True
        wanted = msgspec.structs.replace(item, name=name, path=path, arn=arn, body={**item.body, **(body or {})})
        if wanted == item:
            return item, False, False
        return self.unit.change_item(wanted), False, True

    def _insert(
        self,
        kind: Kind,
        account: str,
        name: str,
        path: str,
        arn: str,
        found: Mapping[str, Any],
        created: datetime,
        body: dict[str, Any],
    ) -> Item:
        tags = {tag["Key"]: tag.get("Value", "") for tag in found.get("Tags") or ()}
        try:
            return self.unit.add_item(
                Item(
                    account=account,
                    service="iam",
                    type=kind.type,
                    name=name,
                    folded_name=name.lower(),
                    arn=arn,
                    unique_id=str(found[kind.id_member]),
                    path=path,
                    created=created,
                    modified=created,
                    body=body,
                ),
                tags,
            )
        except NameTaken as taken:
            raise CannotImport(f"{arn}: {taken}") from None

    # ---- what hangs on entities: whether anything changed

    def _grants(self, item: Item, found: Mapping[str, Any], inline: str) -> bool:
        changed = False
        wanted = {
            str(one["PolicyName"]): readable(one["PolicyDocument"], PolicyType.IDENTITY, item.arn)
            for one in found.get(inline) or ()
        }
        present = {link.name: link.target for link in self.unit.links(item.id, inline_policies.RELATION)}
        for name, text in wanted.items():
            if name not in present or not same(self.unit.document(present[name]) or "", text):
                self.unit.link(item.id, inline_policies.RELATION, self.unit.put_document(text), name=name)
                changed = True
        for name in present.keys() - wanted.keys():
            self.unit.unlink(item.id, inline_policies.RELATION, name=name)
            changed = True
        arns = {str(one["PolicyArn"]) for one in found.get("AttachedManagedPolicies") or ()}
        attached = {link.target for link in self.unit.links(item.id, attachments.RELATION)}
        for arn in sorted(arns - attached):
            self._known(arn)
            self.unit.link(item.id, attachments.RELATION, arn, name=arn)
        for arn in attached - arns:
            self.unit.unlink(item.id, attachments.RELATION, target=arn)
        return changed or arns != attached

    def _boundary(self, item: Item, found: Mapping[str, Any]) -> bool:
        wanted = (found.get("PermissionsBoundary") or {}).get("PermissionsBoundaryArn")
        if boundaries.of(item, self.unit) == wanted:
            return False
        if wanted is None:
            self.unit.unlink(item.id, boundaries.RELATION)
        else:
            self._known(wanted)
            self.unit.link(item.id, boundaries.RELATION, wanted)
        return True

    def _tags(self, item: Item, found: Mapping[str, Any]) -> bool:
        wanted = {tag["Key"]: tag.get("Value", "") for tag in found.get("Tags") or ()}
        present = self.unit.tags(item.id)
        if wanted == present:
            return False
        self.unit.remove_tags(item.id, [key for key in present if key not in wanted])
        self.unit.set_tags(item.id, wanted)
        return True

    def _groups(self, user: Item, names: Iterable[str]) -> bool:
        wanted = set()
        for name in names:
            group = self.unit.item(self.account, "iam", GROUP.type, name.lower())
            if group is None:
                raise CannotImport(f"{user.arn} is in the group {name}, which is not there")
            wanted.add(group.unique_id)
        present = {link.target for link in self.unit.links(user.id, groups.RELATION)}
        for ident in sorted(wanted - present):
            self.unit.link(user.id, groups.RELATION, ident, name=ident)
        for ident in present - wanted:
            self.unit.unlink(user.id, groups.RELATION, target=ident)
        return wanted != present

    def _trust(self, role: Item, text: str) -> bool:
        """Keep a trust policy with the ids of the principals that are there; others stay as they are written."""
        bound = trust.rewrite(text, lambda kind, value: trust.stored_principal(self.unit, kind, value) or value)
        links = self.unit.links(role.id, trust.RELATION)
        if links and self.unit.document(links[0].target) == bound:
            return False
        self.unit.link(role.id, trust.RELATION, self.unit.put_document(bound))
        return True

    def _known(self, arn: str) -> None:
        if not exists(self.unit, self.account, arn):
            self._missing[arn] = None
