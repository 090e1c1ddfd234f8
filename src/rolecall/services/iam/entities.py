"""Users, groups, roles, policies… as stored things: names, ARNs, finding, making, renaming.

Names are unique without regard to case and found with regard to it. The path is part of the ARN, not of the name.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from datetime import datetime
from typing import Any, Final

import msgspec
from msgspec import Struct

from rolecall.services import walking
from rolecall.services.call import Call
from rolecall.services.iam.errors import fault
from rolecall.services.iam.quotas import PER_ACCOUNT
from rolecall.store.errors import NameTaken
from rolecall.store.ports import Reader, Unit
from rolecall.store.records import Item, Listing


class Kind(Struct, frozen=True):
    """What differs between the kinds of entities. `missing` and `exists` are rows of the error table."""

    type: str
    prefix: str
    name_member: str
    id_member: str
    longest_name: int
    missing: str
    exists: str

    @property
    def parameter(self) -> str:
        """The name member as validation messages spell it."""
        return self.name_member[0].lower() + self.name_member[1:]


USER: Final = Kind("user", "AIDA", "UserName", "UserId", 64, "no user", "user exists")
GROUP: Final = Kind("group", "AGPA", "GroupName", "GroupId", 128, "no group", "group exists")
ROLE: Final = Kind("role", "AROA", "RoleName", "RoleId", 64, "no role", "role exists")
POLICY: Final = Kind("policy", "ANPA", "PolicyName", "PolicyId", 128, "no policy", "policy exists")
INSTANCE_PROFILE: Final = Kind(
    "instance-profile",
    "AIPA",
    "InstanceProfileName",
    "InstanceProfileId",
    128,
    "no instance profile",
    "instance-profile exists",
)
SERVER_CERTIFICATE: Final = Kind(
    "server-certificate",
    "ASCA",
    "ServerCertificateName",
    "ServerCertificateId",
    128,
    "no server certificate",
    "server-certificate exists",
)

NAME: Final = re.compile(r"[A-Za-z0-9_+=,.@-]+")
PATH: Final = re.compile(r"/|/[!-~]+/")
PATH_PREFIX: Final = re.compile(r"/[!-~]*")

SERVICE_LINKED_PATH: Final = "/aws-service-role/"


def second(moment: datetime) -> datetime:
    """IAM's times have whole seconds."""
    return moment.replace(microsecond=0)


def check_name(name: str, member: str, longest: int = 128) -> str:
    if not NAME.fullmatch(name):
        raise fault("bad name", member=member)
    if len(name) > longest:
        raise fault("too long", value=name, member=member, limit=longest)
    return name


def check_path(path: str | None, member: str = "path") -> str:
    path = path or "/"
    if not PATH.fullmatch(path):
        raise fault("bad path", member=member)
    if len(path) > 512:
        raise fault("too long", value=path, member=member, limit=512)
    return path


def path_prefix(call: Call) -> str:
    prefix = call.parameters.get("PathPrefix") or "/"
    if not PATH_PREFIX.fullmatch(prefix):
        raise fault("bad path prefix")
    return str(prefix)


def arn_of(call: Call, type: str, path: str, name: str) -> str:
    return f"arn:{call.partition}:iam::{call.account}:{type}{path}{name}"


def root_arn(call: Call) -> str:
    return f"arn:{call.partition}:iam::{call.account}:root"


def look_up(reader: Reader, account: str, kind: Kind, name: str) -> Item | None:
    """The entity with exactly this name, or None."""
    item = reader.item(account, "iam", kind.type, name.lower())
    return item if item is not None and item.name == name else None


def find(call: Call, reader: Reader, kind: Kind, name: str | None = None) -> Item:
    """The entity that the request names; NoSuchEntity when there is none."""
    wanted = call.parameters[kind.name_member] if name is None else name
    item = look_up(reader, call.account, kind, wanted)
    if item is None:
        raise fault(kind.missing, name=wanted)
    return item


def find_changeable_role(call: Call, unit: Reader) -> Item:
    """The role that the request names, unless only AWS may change it."""
    role = find(call, unit, ROLE)
    if is_protected(role):
        raise fault("protected role", name=role.name)
    return role


def is_service_linked(role: Item) -> bool:
    return role.path.startswith(SERVICE_LINKED_PATH)


def is_protected(role: Item) -> bool:
    return is_service_linked(role) or role.name.startswith("AWSReservedSSO_")


def add(
    call: Call,
    unit: Unit,
    kind: Kind,
    *,
    body: Mapping[str, Any] | None = None,
    tags: Mapping[str, str] | None = None,
) -> Item:
    """Make the entity that the request describes by its name and path."""
    name = check_name(call.parameters[kind.name_member], kind.parameter, kind.longest_name)
    path = check_path(call.parameters.get("Path"))
    quota, limit = PER_ACCOUNT[kind.type]
    if unit.count(call.account, "iam", kind.type) >= limit:
        raise fault("quota", quota=quota, limit=limit)
    return insert(call, unit, kind, name, path, body=body, tags=tags)


def insert(
    call: Call,
    unit: Unit,
    kind: Kind,
    name: str,
    path: str,
    *,
    body: Mapping[str, Any] | None = None,
    tags: Mapping[str, str] | None = None,
) -> Item:
    now = second(call.now)
    item = Item(
        account=call.account,
        service="iam",
        type=kind.type,
        name=name,
        folded_name=name.lower(),
        arn=arn_of(call, kind.type, path, name),
        unique_id=call.platform.new_id(kind.prefix),
        path=path,
        created=now,
        modified=now,
        body=dict(body or {}),
    )
    if unit.item(call.account, "iam", kind.type, name.lower()) is not None:
        raise fault(kind.exists, name=name)
    try:
        return unit.add_item(item, tags)
    except NameTaken:
        raise fault(kind.exists, name=name) from None


def rename(call: Call, unit: Unit, kind: Kind, item: Item, name: str | None, path: str | None) -> None:
    """Give an entity another name or path, and so another ARN; its unique id stays."""
    new_name = check_name(name, f"new{kind.name_member}", kind.longest_name) if name else item.name
    new_path = check_path(path, "newPath") if path else item.path
    other = unit.item(call.account, "iam", kind.type, new_name.lower())
    if other is not None and other.id != item.id:
        raise fault(kind.exists, name=new_name)
    unit.change_item(
        msgspec.structs.replace(
            item,
            name=new_name,
            folded_name=new_name.lower(),
            path=new_path,
            arn=arn_of(call, kind.type, new_path, new_name),
            modified=second(call.now),
        )
    )


def change_body(call: Call, unit: Unit, item: Item, **changes: Any) -> Item:
    """Set members of an item's body; None removes one."""
    body = {key: value for key, value in {**item.body, **changes}.items() if value is not None}
    changed = msgspec.structs.replace(item, body=body, modified=second(call.now))
    unit.change_item(changed)
    return changed


def every(
    reader: Reader, account: str, type: str, *, prefix: str | None = None, parent: str | None = ""
) -> Iterator[Item]:
    """All live items of a type in the order of their names, read page by page."""
    listing = Listing(
        account=account,
        service="iam",
        type=type,
        parent=parent,
        path_prefix=None if prefix in (None, "/") else prefix,
    )
    return walking.every(reader, listing)
