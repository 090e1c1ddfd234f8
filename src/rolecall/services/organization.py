"""Which organization is an account in, and what stands above it? Read by whoever decides or serves.

The organization, its root, its units, its member accounts and its policies are items of the management account
(`services.organizations` makes them). A node's policies hang on it by links of the relation `attached(type)`.
Everything that is changed here touches the version of the scope `organization`, so that a decision which rests on
that version rests on all of it.
"""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator
from typing import Final

from msgspec import Struct

from rolecall.decision.full_access import FULL_RCP, FULL_SCP, AwsControlPolicy
from rolecall.decision.policies import Level, SourcedPolicy
from rolecall.decision.world import ControlPolicies
from rolecall.policy.document import PolicyType
from rolecall.services import accounts, parsed_policies
from rolecall.store.ports import Reader
from rolecall.store.records import Item

SERVICE: Final = "organizations"
SCOPE: Final = "organization"

SCP: Final = "SERVICE_CONTROL_POLICY"
RCP: Final = "RESOURCE_CONTROL_POLICY"
KEPT_BY_AWS: Final = {SCP: FULL_SCP, RCP: FULL_RCP}
PARSED_AS: Final = {SCP: PolicyType.SCP, RCP: PolicyType.RCP}

ALL_FEATURES: Final = "ALL"
SUSPENDED: Final = "SUSPENDED"
# Members of an organization's body: trusted services and the features of centralized root access, since when.
SERVICE_ACCESS: Final = "ServiceAccess"
ROOT_FEATURES: Final = "RootFeatures"
# Member of an account's body: the services that it administers for the organization, since when.
ADMINISTERS: Final = "Administers"
POLICY_TYPES: Final = "PolicyTypes"
CREDENTIALS_MANAGEMENT: Final = "RootCredentialsManagement"
ROOT_SESSIONS: Final = "RootSessions"
IAM: Final = "iam.amazonaws.com"
PARTY: Final = "handshake-party"  # from a handshake to the account that is asked
RESOURCE_POLICY: Final = "resource-policy"  # an organization has one at most, and so its name is always the same

NO_CONTROL: Final = ControlPolicies()
CLOSED: Final = ControlPolicies(closed=True)


class Membership(Struct, frozen=True):
    """An account's place. path: the root and the units above the account, root first."""

    organization: Item
    path: tuple[Item, ...]
    account: Item

    @property
    def root(self) -> Item:
        return self.path[0]

    @property
    def management_account(self) -> str:
        return self.organization.account

    @property
    def manages(self) -> bool:
        """Whether the account is the management account."""
        return self.account.name == self.organization.account

    def administers(self, service: str) -> bool:
        """Whether the account manages the organization, or administers this service for it."""
        return self.manages or service in self.account.body.get(ADMINISTERS, {})

    @property
    def administers_any(self) -> bool:
        return self.manages or bool(self.account.body.get(ADMINISTERS))

    @property
    def paths(self) -> str:
        """As aws:PrincipalOrgPaths spells it: o-…/r-…/ou-…/"""
        return "/".join((self.organization.name, *(node.unique_id for node in self.path), ""))


def member_id(account: str) -> str:
    """The unique id under which the account's membership is found."""
    return f"member/{account}"


def attached(type: str) -> str:
    """The relation from a node to its policies of a type."""
    return f"policy/{type}"


def membership(reader: Reader, account: str) -> Membership | None:
    """Where an account is; None for one that is in no organization."""
    member = reader.item_by_unique_id(member_id(account))
    if member is None:
        return None
    path = tuple(above_node(reader, member))[::-1]
    organization = reader.item_by_unique_id(path[0].parent)
    assert organization is not None, "a root belongs to an organization"
    return Membership(organization, path, member)


def above_node(reader: Reader, node: Item) -> Iterator[Item]:
    """The units above a node and the root, nearest first."""
    while node.type != "root":
        parent = reader.item_by_unique_id(node.parent)
        assert parent is not None, f"{node.arn} hangs on {node.parent}"
        yield parent
        node = parent


def control_policies(reader: Reader, account: str) -> ControlPolicies:
    """The guardrails above an account, as decisions need them. A stored policy that cannot be read raises."""
    found = membership(reader, account)
    if found is None:
        # One that was closed stays so when it is taken out of its organization.
        return CLOSED if accounts.is_closed(reader, account) else NO_CONTROL
    nodes = (*found.path, found.account)
    enabled = found.root.body.get(POLICY_TYPES, ())

    def levels(type: str) -> tuple[Level, ...]:
        return tuple(_level(reader, node, type) for node in nodes) if type in enabled else ()

    return ControlPolicies(
        scps=levels(SCP),
        rcps=levels(RCP),
        management_account=found.manages,
        organization_id=found.organization.name,
        organization_path=found.paths,
        managed_by=found.management_account,
        delegated_administrator=bool(found.account.body.get(ADMINISTERS)),
        delegation_policy=_delegation_policy(reader, found.organization),
        closed=found.account.status == SUSPENDED,
    )


def resource_policy(reader: Reader, organization: Item) -> Item | None:
    """The organization's resource policy, which says what members may do besides reading."""
    return reader.item(organization.account, SERVICE, "resourcepolicy", RESOURCE_POLICY)


def _delegation_policy(reader: Reader, organization: Item) -> SourcedPolicy | None:
    item = resource_policy(reader, organization)
    if item is None:
        return None
    return SourcedPolicy(parsed_policies.of_digest(reader, item.body["Content"], PolicyType.RESOURCE), item.arn)


def arn_of(reader: Reader, account: str, ident: str) -> str | None:
    """The ARN of what has an id in the organization of an account; None when nothing has it."""
    found = membership(reader, account)
    if found is None:
        if not ident.startswith("h-"):
            return None
    else:
        if ident == found.organization.name:
            return found.organization.arn
        for kept in KEPT_BY_AWS.values():
            if ident == kept.id:
                return kept.arn
    item = reader.item_by_unique_id(member_id(ident) if ident.isdigit() else ident)
    if item is None or item.service != SERVICE:
        return None
    if item.type == "handshake":
        return item.arn if found is None or concerns(reader, item, account, found) else None
    return item.arn if found is not None and item.account == found.management_account else None


def concerns(reader: Reader, handshake: Item, account: str, found: Membership | None) -> bool:
    """Whether an account is a party of a handshake: it was asked, or manages the organization that asks."""
    if any(link.target == account for link in reader.links(handshake.id, PARTY)):
        return True
    return found is not None and handshake.account == found.management_account


def _level(reader: Reader, node: Item, type: str) -> Level:
    return tuple(_policy(reader, link.target, type) for link in reader.links(node.id, attached(type)))


def _policy(reader: Reader, ident: str, type: str) -> SourcedPolicy:
    by_aws: AwsControlPolicy = KEPT_BY_AWS[type]
    if ident == by_aws.id:
        return by_aws.policy
    item = reader.item_by_unique_id(ident)
    if item is None:
        raise parsed_policies.Unreadable(f"policy {ident} is attached but not stored")
    document = parsed_policies.of_digest(reader, item.body["Content"], PARSED_AS[type])
    return SourcedPolicy(document, item.arn, item.name)


class ControlCache:
    """What stands above accounts, by the organization's version.

    INVARIANT: as for principals, only committed snapshots may fill it; one cache belongs to one store. A change of
    any organization empties it: that is rare, and asking is not.
    """

    def __init__(self, limit: int = 10_000) -> None:
        self._limit = limit
        self._version = -1
        self._known: dict[str, ControlPolicies] = {}
        self._lock = threading.Lock()

    def get(self, account: str, version: int, make: Callable[[], ControlPolicies]) -> ControlPolicies:
        if version == self._version:
            known = self._known.get(account)
            if known is not None:
                return known
        made = make()
        with self._lock:
            if version > self._version:
                self._version, self._known = version, {}
            if version == self._version:
                while len(self._known) >= self._limit:
                    del self._known[next(iter(self._known))]
                self._known[account] = made
        return made


def may_use_root_of(reader: Reader, account: str, target: str, feature: str = ROOT_SESSIONS) -> bool:
    """Whether principals of an account may be given sessions as the root user of another (sts:AssumeRoot).

    The organization has the feature on, the account manages it or administers IAM for it, and the target is an
    open member of it, not the management account (IAM User Guide, "Centrally manage root access for member
    accounts").
    """
    theirs, owner = membership(reader, account), membership(reader, target)
    if theirs is None or owner is None or theirs.organization.id != owner.organization.id:
        return False
    if feature not in theirs.organization.body.get(ROOT_FEATURES, ()):
        return False
    return theirs.administers(IAM) and not owner.manages and owner.account.status != SUSPENDED
