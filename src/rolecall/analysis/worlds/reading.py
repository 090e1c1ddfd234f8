"""Read a world file into values. Every mistake is an error that says where it stands and what was expected."""

from __future__ import annotations

import base64
import hashlib
import re
from collections.abc import Iterator, Mapping
from typing import Any, Final

from rolecall.analysis.worlds.documents import Library
from rolecall.analysis.worlds.fields import Fields, near
from rolecall.analysis.worlds.format import (
    DEFAULT_ACCOUNT,
    DEFAULT_REGION,
    Account,
    Domain,
    Group,
    ManagedPolicy,
    Organization,
    Resource,
    Role,
    Space,
    Unit,
    User,
    UserProfile,
    WorldFile,
)
from rolecall.analysis.worlds.policies import Policies, guardrails, trusted
from rolecall.analysis.worlds.source import Source, to_python
from rolecall.policy.document import PolicyType
from rolecall.policy.json_reader import Node, NullNode, ObjectNode, StringNode

ACCOUNT_FIELDS: Final = (
    "name",
    "policies",
    "groups",
    "users",
    "roles",
    "domains",
    "buckets",
    "resources",
    "scps",
    "rcps",
    "full_aws_access",
)
TOP: Final = ("region", "organization", "accounts", "account", *ACCOUNT_FIELDS)
ENTITY: Final = ("path", "policies", "boundary", "tags")
ROLE: Final = ("trust", "description", "max_session_duration", "unique_id", *ENTITY)
USER: Final = ("groups", "unique_id", *ENTITY)
GROUP: Final = ("path", "policies")
MANAGED: Final = ("document", "file", "path", "description", "tags")
RESOURCE: Final = ("tags", "policy", "state")
DOMAIN: Final = ("id", "execution_role", "space_role", "user_profiles", "spaces", "tags", "state")
PROFILE: Final = ("execution_role", "tags", "state")
SPACE: Final = ("owner", "tags", "state")
ORGANIZATION: Final = (
    "id",
    "management_account",
    "root_id",
    "scps",
    "rcps",
    "full_aws_access",
    "units",
    "accounts",
)
UNIT: Final = ("id", "scps", "rcps", "full_aws_access", "units", "accounts")

ACCOUNT_ID: Final = re.compile(r"[0-9]{12}")
NAME: Final = re.compile(r"[A-Za-z0-9_+=,.@-]{1,128}")
DOMAIN_ID: Final = re.compile(r"d-[a-z0-9]{1,61}")
PATH: Final = re.compile(r"/|/[\x21-\x7e]+/")


def read_world(library: Library, name: str, account: str = DEFAULT_ACCOUNT) -> WorldFile:
    """The world in a file; raises InputError, and OSError where the file cannot be read."""
    source = library.source(name)
    return world_in(library, source, source.root, account)


def world_in(library: Library, source: Source, node: Node, account: str = DEFAULT_ACCOUNT) -> WorldFile:
    """The world that a node describes. account: whose it is if it does not say."""
    fields = Fields(source, node, "a world", TOP)
    region = fields.text("region") or DEFAULT_REGION
    if fields.node_of("accounts") is None:
        account = fields.text("account") or account
        accounts = {account: _account(library, fields, _account_id(fields, "account", account), region)}
    else:
        for name in ("account", *ACCOUNT_FIELDS):
            if fields.node_of(name) is not None:
                fields.refuse(name, f"{name} belongs into one of the accounts here")
        accounts = {}
        for member in fields.members("accounts"):
            ident = member.key.value
            if not ACCOUNT_ID.fullmatch(ident):
                source.refuse(member.key, f"an account id has 12 digits, not {ident!r}")
            inner = Fields(source, member.value, f"account {ident}", ACCOUNT_FIELDS)
            accounts[ident] = _account(library, inner, ident, region)
    organization = None
    held = fields.node_of("organization")
    if held is not None:
        organization = _organization(library, Fields(source, held, "the organization", ORGANIZATION), accounts)
    return WorldFile(region=region, accounts=accounts, organization=organization, file=source.name)


def unique_id(prefix: str, arn: str) -> str:
    """A stable unique id for an entity that names none."""
    return prefix + base64.b32encode(hashlib.sha256(arn.encode()).digest()).decode()[:17]


def _account_id(fields: Fields, name: str, text: str) -> str:
    if not ACCOUNT_ID.fullmatch(text):
        fields.refuse(name, f"an account id has 12 digits, not {text!r}")
    return text


def _account(library: Library, fields: Fields, ident: str, region: str) -> Account:
    return _Reading(library, fields, ident, region).account()


class _Reading:
    """One account on its way."""

    def __init__(self, library: Library, fields: Fields, ident: str, region: str) -> None:
        self.library = library
        self.fields = fields
        self.source = fields.source
        self.ident = ident
        self.region = region
        managed = {name: self._managed(name, node) for name, node in self._named("policies")}
        self.managed = managed  # grows by the boundaries that are given as files
        self.policies = Policies(library, managed, ident)

    def account(self) -> Account:
        groups = {name: self._group(name, node) for name, node in self._named("groups")}
        roles = {name: self._role(name, node) for name, node in self._named("roles")}
        users = {name: self._user(name, node, groups) for name, node in self._named("users")}
        self.library.parse_unused(policy.text for policy in self.managed.values())
        return Account(
            id=self.ident,
            name=self.fields.text("name"),
            policies=self.managed,
            groups=groups,
            users=users,
            roles=roles,
            domains={name: self._domain(name, node, roles) for name, node in self._named("domains")},
            buckets={name: self._bucket(name, node) for name, node in self._named("buckets")},
            resources=dict(self._resources()),
            guardrails=guardrails(self.library, self.fields, f"account {self.ident}"),
        )

    def _named(self, section: str) -> Iterator[tuple[str, Node]]:
        """Names and bodies of a section; a body may be left out where nothing is required."""
        for member in self.fields.members(section):
            name = member.key.value
            if not NAME.fullmatch(name):
                self.source.refuse(member.key, f"{name!r} is no name: letters, digits and _+=,.@- make one")
            body = member.value
            yield name, body if not _is_nothing(body) else ObjectNode(member.key.start, member.key.end, ())

    def _iam(self, kind: str, path: str, name: str) -> str:
        return f"arn:aws:iam::{self.ident}:{kind}{path}{name}"

    def _sagemaker(self, path: str) -> str:
        return f"arn:aws:sagemaker:{self.region}:{self.ident}:{path}"

    def _path(self, fields: Fields) -> str:
        path = fields.text("path") or "/"
        if not PATH.fullmatch(path):
            fields.refuse("path", f"a path begins and ends with a slash, as in /team/; found {path!r}")
        return path

    def _managed(self, name: str, node: Node) -> ManagedPolicy:
        title = f"managed policy {name}"
        if isinstance(node, StringNode) or (isinstance(node, ObjectNode) and node.get("Statement") is not None):
            text = self.library.text(self.source, node, title)
            return ManagedPolicy(name, self._iam("policy", "/", name), text)
        fields = Fields(self.source, node, title, MANAGED)
        held = fields.node_of("document") or fields.node_of("file")
        if held is None:
            self.source.refuse(node, f"{title} needs a document or a file")
        path = self._path(fields)
        return ManagedPolicy(
            name=name,
            arn=self._iam("policy", path, name),
            text=self.library.text(self.source, held, title),
            path=path,
            description=fields.text("description"),
            tags=fields.tags(),
        )

    def _group(self, name: str, node: Node) -> Group:
        fields = Fields(self.source, node, f"group {name}", GROUP)
        path = self._path(fields)
        attached = self.policies.attached(fields, "policies", PolicyType.IDENTITY, f"group {name}")
        return Group(name, self._iam("group", path, name), path, attached)

    def _user(self, name: str, node: Node, groups: Mapping[str, Group]) -> User:
        fields = Fields(self.source, node, f"user {name}", USER)
        path = self._path(fields)
        arn = self._iam("user", path, name)
        member_of = fields.texts("groups")
        for group in member_of:
            if group not in groups:
                fields.refuse("groups", f"account {self.ident} has no group {group!r}{near(group, groups)}")
        return User(
            name=name,
            arn=arn,
            unique_id=fields.text("unique_id") or unique_id("AIDA", arn),
            path=path,
            groups=member_of,
            policies=self.policies.attached(fields, "policies", PolicyType.IDENTITY, f"user {name}"),
            boundary=self.policies.boundary(fields, f"user {name}, boundary"),
            tags=fields.tags(),
        )

    def _role(self, name: str, node: Node) -> Role:
        fields = Fields(self.source, node, f"role {name}", ROLE)
        path = self._path(fields)
        arn = self._iam("role", path, name)
        return Role(
            name=name,
            arn=arn,
            unique_id=fields.text("unique_id") or unique_id("AROA", arn),
            trust=trusted(self.library, fields, name),
            path=path,
            policies=self.policies.attached(fields, "policies", PolicyType.IDENTITY, f"role {name}"),
            boundary=self.policies.boundary(fields, f"role {name}, boundary"),
            tags=fields.tags(),
            description=fields.text("description"),
            max_session=fields.number("max_session_duration"),
        )

    def _domain(self, name: str, node: Node, roles: Mapping[str, Role]) -> Domain:
        fields = Fields(self.source, node, f"domain {name}", DOMAIN)
        digest = hashlib.sha256(f"{self.ident}/{self.region}/{name}".encode()).hexdigest()
        ident = fields.text("id") or f"d-{digest[:12]}"
        if not DOMAIN_ID.fullmatch(ident):
            fields.refuse("id", f"a domain's id is d- and small letters and digits, not {ident!r}")
        execution = fields.required("execution_role")
        profiles = {
            member.key.value: self._profile(member.key.value, member.value, ident, roles)
            for member in fields.members("user_profiles")
        }
        return Domain(
            name=name,
            id=ident,
            arn=self._sagemaker(f"domain/{ident}"),
            execution_role=self._role_arn(fields, "execution_role", execution, roles),
            space_role=self._optional_role(fields, "space_role", roles),
            chosen=fields.node_of("id") is not None,
            profiles=profiles,
            spaces={
                member.key.value: self._space(member.key.value, member.value, ident, profiles)
                for member in fields.members("spaces")
            },
            tags=fields.tags(),
            state=_state(fields),
        )

    def _profile(self, name: str, node: Node, domain: str, roles: Mapping[str, Role]) -> UserProfile:
        fields = Fields(self.source, _or_empty(node), f"user profile {name}", PROFILE)
        return UserProfile(
            name=name,
            arn=self._sagemaker(f"user-profile/{domain}/{name}"),
            execution_role=self._optional_role(fields, "execution_role", roles),
            tags=fields.tags(),
            state=_state(fields),
        )

    def _space(self, name: str, node: Node, domain: str, profiles: Mapping[str, UserProfile]) -> Space:
        fields = Fields(self.source, _or_empty(node), f"space {name}", SPACE)
        owner = fields.text("owner")
        if owner is not None and owner not in profiles:
            fields.refuse("owner", f"the domain has no user profile {owner!r}{near(owner, profiles)}")
        return Space(name, self._sagemaker(f"space/{domain}/{name}"), owner, fields.tags(), _state(fields))

    def _optional_role(self, fields: Fields, name: str, roles: Mapping[str, Role]) -> str | None:
        text = fields.text(name)
        return None if text is None else self._role_arn(fields, name, text, roles)

    def _role_arn(self, fields: Fields, name: str, text: str, roles: Mapping[str, Role]) -> str:
        if text.startswith("arn:"):
            return text
        if text not in roles:
            fields.refuse(name, f"account {self.ident} has no role {text!r}{near(text, roles)}")
        return roles[text].arn

    def _bucket(self, name: str, node: Node) -> Resource:
        return self._resource(f"arn:aws:s3:::{name}", node, f"bucket {name}")

    def _resources(self) -> Iterator[tuple[str, Resource]]:
        for member in self.fields.members("resources"):
            name = member.key.value
            arn = name if name.startswith("arn:") else self._sagemaker(name)
            if arn.count(":") < 5 or ("/" not in name and not name.startswith("arn:")):
                self.source.refuse(
                    member.key, f"a resource is an ARN or a SageMaker name like model/fraud, not {name!r}"
                )
            yield arn, self._resource(arn, _or_empty(member.value), f"resource {name}")

    def _resource(self, arn: str, node: Node, what: str) -> Resource:
        fields = Fields(self.source, node, what, RESOURCE)
        held = fields.node_of("policy")
        policy = None
        if held is not None:
            policy = self.policies.document(self.source, held, PolicyType.RESOURCE, f"{what}, policy")
        owner = arn.split(":", 5)[4]
        if owner and owner != self.ident:
            self.source.refuse(node, f"{arn} belongs to account {owner}")
        return Resource(arn, self.ident, fields.tags(), policy, _state(fields))


def _organization(library: Library, fields: Fields, accounts: Mapping[str, Account]) -> Organization:
    ident = fields.required("id")
    managing = _account_id(fields, "management_account", fields.required("management_account"))
    placed: dict[str, str] = {}

    def place(inner: Fields, where: str) -> tuple[str, ...]:
        found = inner.texts("accounts")
        for account in found:
            if account in placed:
                inner.refuse("accounts", f"account {account} is in {placed[account]} already")
            _account_id(inner, "accounts", account)
            placed[account] = where
        return found

    def unit(name: str, inner: Fields, own_id: str) -> Unit:
        return Unit(
            name=name,
            id=own_id,
            guardrails=guardrails(library, inner, name),
            accounts=place(inner, name),
            units=tuple(child(inner, member.key.value, member.value) for member in inner.members("units")),
        )

    def child(above: Fields, name: str, node: Node) -> Unit:
        inner = Fields(above.source, _or_empty(node), f"unit {name}", UNIT)
        return unit(name, inner, inner.text("id") or f"ou-{_digest(ident)[:4]}-{_digest(name)[:8]}")

    root = unit("the root", fields, fields.text("root_id") or f"r-{_digest(ident)[:4]}")
    missing = [account for account in accounts if account not in placed]
    # An account that no unit lists is attached to the root, where AWS creates it.
    root = Unit(root.name, root.id, root.guardrails, (*root.accounts, *missing), root.units)
    return Organization(ident, managing, root)


def _digest(text: str) -> str:
    return hashlib.sha256(text.encode()).hexdigest()


def _state(fields: Fields) -> Mapping[str, Any]:
    return {member.key.value: to_python(member.value) for member in fields.members("state")}


def _is_nothing(node: Node) -> bool:
    return isinstance(node, NullNode)


def _or_empty(node: Node) -> Node:
    return ObjectNode(node.start, node.end, ()) if _is_nothing(node) else node
