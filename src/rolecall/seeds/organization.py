"""Make an organization as a world says: its units, where its accounts are, and what is attached where.

Done by the root user of the management account; an account that is not a member yet is invited and accepts. What
hangs on a root, unit or account that the world names is afterwards what it says and nothing besides. Accounts and
units that it does not name are left alone. Everything is attached before anything is detached, so that no level is
ever without its guardrails while this goes on.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from typing import Any, Final

from msgspec import Struct

from rolecall.analysis.worlds.documents import Attached
from rolecall.analysis.worlds.format import Guardrails, Organization, Unit, WorldFile
from rolecall.decision.full_access import FULL_RCP, FULL_SCP
from rolecall.errors import InputError
from rolecall.seeds.changes import Changes, ClientFor
from rolecall.seeds.sagemaker import Wish

SCP: Final = "SERVICE_CONTROL_POLICY"
RCP: Final = "RESOURCE_CONTROL_POLICY"
TYPES: Final = (SCP, RCP)
BY_AWS: Final = frozenset({FULL_SCP.id, FULL_RCP.id})


class Place(Struct, frozen=True):
    """A node of the server's organization and what the world wants on it."""

    id: str
    name: str
    guardrails: Guardrails


class OrganizationSeed:
    """wish: None where ids cannot be chosen, on a server that is running elsewhere."""

    def __init__(self, world: WorldFile, client: ClientFor, changes: Changes, wish: Wish | None) -> None:
        assert world.organization is not None
        self.world = world
        self.organization: Organization = world.organization
        self.client_for = client
        self.client = client(self.organization.management_account, "organizations")
        self.changes = changes
        self.wish = wish

    def apply(self) -> None:
        root = self._root()
        places = list(self._places(root, self.organization.root, root["Id"]))
        policies = _Policies(self.client, self.changes)
        for place in places:
            for type, wanted in ((SCP, place.guardrails.scps), (RCP, place.guardrails.rcps)):
                self._attach(place, type, wanted, policies)

    # The tree

    def _root(self) -> Mapping[str, Any]:
        wanted = self.organization
        errors = self.client.exceptions
        try:
            found = self.client.describe_organization()["Organization"]
        except errors.AWSOrganizationsNotInUseException:
            if self.wish is None:
                raise InputError(
                    f"organization {wanted.id}: the id can be chosen only when a server starts with --seed; make "
                    "the organization and write its id here"
                ) from None
            self.wish("o-", wanted.id)
            self.wish("r-", wanted.root.id)
            found = self.client.create_organization(FeatureSet="ALL")["Organization"]
            self.changes.made(f"organization {found['Id']}")
        if found["Id"] != wanted.id or found["MasterAccountId"] != wanted.management_account:
            raise InputError(
                f"account {wanted.management_account} is in organization {found['Id']}, managed by "
                f"{found['MasterAccountId']}; the world says that it manages {wanted.id}"
            )
        root = self.client.list_roots()["Roots"][0]
        enabled = {each["Type"] for each in root["PolicyTypes"]}
        for type in TYPES:
            if type not in enabled:
                self.client.enable_policy_type(RootId=root["Id"], PolicyType=type)
                self.changes.changed(f"organization {found['Id']}: {type} enabled")
        return dict(root)

    def _places(self, root: Mapping[str, Any], unit: Unit, ident: str) -> Iterator[Place]:
        """The node of a unit and those below it, made where they are missing."""
        yield Place(ident, unit.name, unit.guardrails)
        for account in unit.accounts:
            if self._member(account, root["Id"], ident):
                known = self.world.accounts.get(account)
                yield Place(account, f"account {account}", known.guardrails if known else Guardrails())
        for inner in unit.units:
            yield from self._places(root, inner, self._unit(inner, root["Id"], ident))

    def _unit(self, unit: Unit, root: str, parent: str) -> str:
        pages = self.client.get_paginator("list_organizational_units_for_parent").paginate(ParentId=parent)
        found = {each["Name"]: each["Id"] for page in pages for each in page["OrganizationalUnits"]}
        if unit.name in found:
            return str(found[unit.name])
        if self.wish is not None:
            self.wish(f"ou-{root.removeprefix('r-')}-", unit.id)
        made = self.client.create_organizational_unit(ParentId=parent, Name=unit.name)["OrganizationalUnit"]
        self.changes.made(f"unit {unit.name}")
        if made["Id"] != unit.id:
            self.changes.left_out(f"the id {unit.id} of unit {unit.name}: it is {made['Id']}")
        return str(made["Id"])

    def _member(self, account: str, root: str, parent: str) -> bool:
        """See that an account is a member in its place; False where this server has no such account."""
        errors = self.client.exceptions
        try:
            self.client.describe_account(AccountId=account)
        except errors.AccountNotFoundException:
            try:
                theirs = self.client_for(account, "organizations")
            except InputError as problem:
                self.changes.left_out(f"account {account} in the organization: {problem}")
                return False
            invitation = self.client.invite_account_to_organization(Target={"Id": account, "Type": "ACCOUNT"})
            theirs.accept_handshake(HandshakeId=invitation["Handshake"]["Id"])
            self.changes.made(f"account {account} a member of the organization")
        (above,) = self.client.list_parents(ChildId=account)["Parents"]
        if above["Id"] != parent:
            self.client.move_account(AccountId=account, SourceParentId=above["Id"], DestinationParentId=parent)
            if above["Id"] != root:
                self.changes.changed(f"account {account}: moved")
        return True

    # What is attached

    def _attach(self, place: Place, type: str, wanted: tuple[Attached, ...], policies: _Policies) -> None:
        pages = self.client.get_paginator("list_policies_for_target").paginate(TargetId=place.id, Filter=type)
        held = {each["Id"]: each["Name"] for page in pages for each in page["Policies"]}
        names = {policies.of(type, each): each.name for each in wanted}
        if type == RCP or place.guardrails.full_access:
            names.setdefault(FULL_SCP.id if type == SCP else FULL_RCP.id, "full access")
        for ident in [ident for ident in names if ident not in held]:
            self.client.attach_policy(PolicyId=ident, TargetId=place.id)
            self.changes.changed(f"{place.name}: {names[ident]} attached")
        for ident in sorted(held.keys() - names.keys()):
            self.client.detach_policy(PolicyId=ident, TargetId=place.id)
            self.changes.changed(f"{place.name}: {held[ident]} detached")


class _Policies:
    """The organization's policies by what they say: one policy, however many places it hangs in."""

    def __init__(self, client: Any, changes: Changes) -> None:
        self._client = client
        self._changes = changes
        self._names: dict[str, dict[str, tuple[str, str]]] = {}  # type -> name -> (id, text)

    def of(self, type: str, wanted: Attached) -> str:
        """The id of the policy with this text, made or brought up to date where it has to be."""
        known = self._known(type)
        text = json.dumps(json.loads(wanted.document.text), sort_keys=True)
        for number in range(1, 1000):
            name = wanted.name if number == 1 else f"{wanted.name}-{number}"
            if name not in known:
                return self._make(type, name, wanted, text)
            ident, held = known[name]
            if held == text:
                return ident
        raise InputError(f"too many policies are called {wanted.name}")

    def _make(self, type: str, name: str, wanted: Attached, text: str) -> str:
        made = self._client.create_policy(
            Name=name, Description="", Type=type, Content=_compact(wanted.document.text)
        )["Policy"]["PolicySummary"]
        self._known(type)[name] = (made["Id"], text)
        self._changes.made(f"policy {name} of the organization")
        return str(made["Id"])

    def _known(self, type: str) -> dict[str, tuple[str, str]]:
        if type not in self._names:
            found: dict[str, tuple[str, str]] = {}
            for page in self._client.get_paginator("list_policies").paginate(Filter=type):
                for each in page["Policies"]:
                    if each["Id"] not in BY_AWS:
                        policy = self._client.describe_policy(PolicyId=each["Id"])["Policy"]
                        found[each["Name"]] = (
                            each["Id"],
                            json.dumps(json.loads(policy["Content"]), sort_keys=True),
                        )
            self._names[type] = found
        return self._names[type]


def _compact(text: str) -> str:
    """Without white space, which counts against the size of control policies."""
    return json.dumps(json.loads(text), separators=(",", ":"))
