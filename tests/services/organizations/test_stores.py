"""An organization decides the same on every store, and a write never rests on guardrails that are gone."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import msgspec
import pytest

from rolecall.authorization.caller import Caller
from rolecall.credentials.keyring import Keyring
from rolecall.decision.world import ControlPolicies
from rolecall.server.platform import ServerPlatform
from rolecall.server.settings import Settings
from rolecall.services import accounts, organizations
from rolecall.services.call import Call
from rolecall.services.iam.authenticate import root
from rolecall.services.iam.world import PrincipalCache, StoreWorld
from rolecall.services.organization import SCOPE
from rolecall.store import open_store
from rolecall.store.ports import Store, Unit

MANAGER, MEMBER = "111111111111", "222222222222"
NOW = datetime(2026, 11, 24, 3, 0, tzinfo=UTC)
DENY = json.dumps(
    {"Version": "2012-10-17", "Statement": [{"Effect": "Deny", "Action": "iam:CreateUser", "Resource": "*"}]}
)


class Quiet:
    """Forwards no calls: what services make in other services is not looked at here."""

    def forward(self, *arguments: Any) -> dict[str, Any]:
        return {}


@pytest.fixture(params=["sqlite-memory", "sqlite-file", "postgresql"])
def opener(request: pytest.FixtureRequest, tmp_path: Path) -> Callable[[], Store]:
    """Opens the same database again, except that one in memory is always new."""
    kind = str(request.param)
    place = {"sqlite-memory": None, "sqlite-file": str(tmp_path / "data")}.get(kind, "")
    if kind == "postgresql":
        place = str(request.getfixturevalue("schema_url"))
    return lambda: open_store(place)


@pytest.fixture
def store(opener: Callable[[], Store]) -> Iterator[Store]:
    opened = opener()
    yield opened
    opened.close()


class Organization:
    """The operations, called as the dispatcher calls them."""

    def __init__(self, store: Store) -> None:
        self.store = store
        self.platform = ServerPlatform(Settings(accounts=(MANAGER, MEMBER)), Keyring.ephemeral())
        self.platform.forwarder = Quiet()

    def do(self, operation: str, account: str = MANAGER, unit: Unit | None = None, **parameters: Any) -> Any:
        call = Call(
            service="organizations",
            operation=operation,
            parameters=parameters,
            caller=Caller(root(account), ""),
            account=account,
            region="us-east-1",
            now=NOW,
            request_id="r",
            platform=self.platform,
        )
        known = organizations.OPERATIONS[operation]
        if unit is not None:
            return known.handler(call, unit)
        if known.writes:
            return self.store.write_sync(lambda unit: known.handler(call, unit))
        with self.store.read() as reader:
            return known.handler(call, reader)

    def guarded(self) -> tuple[str, str]:
        """An organization with a member and a policy that is not attached yet; (root, policy)."""
        self.store.write_sync(lambda unit: accounts.open_account(unit, MEMBER, NOW))
        self.do("CreateOrganization")
        top = self.do("ListRoots")["Roots"][0]["Id"]
        self.do("EnablePolicyType", RootId=top, PolicyType="SERVICE_CONTROL_POLICY")
        invited = self.do("InviteAccountToOrganization", Target={"Type": "ACCOUNT", "Id": MEMBER})["Handshake"]
        self.do("AcceptHandshake", MEMBER, HandshakeId=invited["Id"])
        made = self.do("CreatePolicy", Name="p", Description="", Type="SERVICE_CONTROL_POLICY", Content=DENY)
        return top, made["Policy"]["PolicySummary"]["Id"]


def above(store: Store, cache: PrincipalCache | None = None) -> ControlPolicies:
    with store.read() as reader:
        return StoreWorld(reader, cache).control_policies(MEMBER)


def names(control: ControlPolicies) -> list[list[str]]:
    return [sorted(str(policy.name) for policy in level) for level in control.scps]


def test_levels_are_read_root_first(store: Store) -> None:
    organization = Organization(store)
    top, policy = organization.guarded()
    unit = organization.do("CreateOrganizationalUnit", ParentId=top, Name="u")["OrganizationalUnit"]["Id"]
    organization.do("MoveAccount", AccountId=MEMBER, SourceParentId=top, DestinationParentId=unit)
    organization.do("AttachPolicy", PolicyId=policy, TargetId=unit)
    found = above(store)
    assert names(found) == [["FullAWSAccess"], ["FullAWSAccess", "p"], ["FullAWSAccess"]]
    assert found.organization_path == f"{found.organization_id}/{top}/{unit}/"
    assert found.rcps == ()
    assert not found.management_account


def test_a_change_is_seen_through_the_cache(store: Store) -> None:
    organization, cache = Organization(store), PrincipalCache()
    top, policy = organization.guarded()
    assert names(above(store, cache)) == [["FullAWSAccess"], ["FullAWSAccess"]]
    organization.do("AttachPolicy", PolicyId=policy, TargetId=top)
    assert names(above(store, cache)) == [["FullAWSAccess", "p"], ["FullAWSAccess"]]
    assert above(store, cache) is above(store, cache)  # once per version of the organization


def test_every_write_moves_the_version_and_no_read_does(store: Store) -> None:
    organization = Organization(store)

    def version() -> int:
        with store.read() as reader:
            return reader.version(SCOPE)

    top, policy = organization.guarded()
    before = version()
    organization.do("ListRoots")
    organization.do("DescribePolicy", PolicyId=policy)
    assert version() == before
    organization.do("AttachPolicy", PolicyId=policy, TargetId=top)
    assert version() == before + 1


def test_a_unit_of_work_that_is_given_up_leaves_no_trace_in_the_cache(store: Store) -> None:
    organization, cache = Organization(store), PrincipalCache()
    top, policy = organization.guarded()
    above(store, cache)

    class GivenUp(Exception):
        pass

    def work(unit: Unit) -> None:
        organization.do("AttachPolicy", unit=unit, PolicyId=policy, TargetId=top)
        assert names(StoreWorld(unit).control_policies(MEMBER)) == [["FullAWSAccess", "p"], ["FullAWSAccess"]]
        raise GivenUp

    with pytest.raises(GivenUp):
        store.write_sync(work)
    assert names(above(store, cache)) == [["FullAWSAccess"], ["FullAWSAccess"]]


def test_an_organization_is_there_after_a_restart(opener: Callable[[], Store], request: Any) -> None:
    if "sqlite-memory" in request.node.name:
        return  # gone with its process, by design
    first = opener()
    top, policy = Organization(first).guarded()
    Organization(first).do("AttachPolicy", PolicyId=policy, TargetId=top)
    before = above(first)
    first.close()
    second = opener()
    after = above(second)
    second.close()
    assert names(after) == names(before) == [["FullAWSAccess", "p"], ["FullAWSAccess"]]
    assert msgspec.structs.replace(after, scps=(), rcps=()) == msgspec.structs.replace(before, scps=(), rcps=())


def test_without_any_organization_nothing_is_looked_up(store: Store) -> None:
    with store.read() as reader:
        assert reader.version(SCOPE) == 0
    assert above(store) == ControlPolicies()
