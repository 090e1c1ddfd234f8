"""A world's organization becomes a server's, whatever was attached before, and comes back as it was."""

from __future__ import annotations

import copy
import json
from collections.abc import Iterator, Mapping
from typing import Any

import pytest
from botocore.exceptions import ClientError
from hypothesis import given, settings
from hypothesis import strategies as st

from rolecall import catalog
from rolecall.analysis.worlds import Library, WorldFile, read_world
from rolecall.analysis.worlds.plain import FileWorld
from rolecall.decision.policies import Level
from rolecall.errors import InputError
from rolecall.seeds import exporting
from rolecall.seeds.applying import apply
from rolecall.seeds.in_process import Clients
from rolecall.server.assembly import Server
from rolecall.server.settings import Settings
from rolecall.services.iam.world import StoreWorld

MANAGER, RESEARCH, SANDBOX = "999999999999", "123456789012", "222233334444"
ACCOUNTS = (MANAGER, RESEARCH, SANDBOX)


def scp(effect: str, *actions: str) -> dict[str, Any]:
    return {"Version": "2012-10-17", "Statement": [{"Effect": effect, "Action": list(actions), "Resource": "*"}]}


def rcp(*actions: str) -> dict[str, Any]:
    return {
        "Version": "2012-10-17",
        "Statement": [{"Effect": "Deny", "Principal": "*", "Action": list(actions), "Resource": "*"}],
    }


WORLD: dict[str, Any] = {
    "region": "us-east-1",
    "organization": {
        "id": "o-exampleorg",
        "management_account": MANAGER,
        "root_id": "r-ab12",
        "scps": [{"name": "no-root-keys", "document": scp("Deny", "iam:CreateAccessKey")}],
        "rcps": [{"name": "identity", "document": rcp("sts:AssumeRole")}],
        "accounts": [MANAGER],
        "units": {
            "sandbox": {"id": "ou-ab12-sandboxx", "accounts": [SANDBOX]},
            "workloads": {
                "id": "ou-ab12-workload",
                "units": {
                    "research": {
                        "id": "ou-ab12-research",
                        "full_aws_access": False,
                        "scps": [{"name": "allowed", "document": scp("Allow", "sagemaker:*", "iam:*")}],
                        "accounts": [RESEARCH],
                    }
                },
            },
        },
    },
    "accounts": {
        MANAGER: {},
        RESEARCH: {
            "users": {"ann": {}},
            "scps": [{"name": "no-studio", "document": scp("Deny", "sagemaker:CreateDomain")}],
        },
        SANDBOX: {},
    },
}


def read(world: Mapping[str, Any]) -> WorldFile:
    return read_world(Library({"w.json": json.dumps(world)}.__getitem__, catalog.load()), "w.json")


@pytest.fixture
def clients() -> Iterator[Clients]:
    with Clients(Server(Settings(ephemeral=True, accounts=ACCOUNTS)), "us-east-1") as made:
        yield made


def seed(world: Mapping[str, Any], clients: Clients) -> list[str]:
    return [str(change) for change in apply(read(world), clients.of_root, clients.wish)]


def test_applying_an_organization_twice_changes_nothing(clients: Clients) -> None:
    """Also where its own guardrails bind the root users who apply it."""
    assert "made organization o-exampleorg" in seed(WORLD, clients)
    assert seed(WORLD, clients) == []


def test_an_organization_comes_back_as_it_was_applied(clients: Clients) -> None:
    seed(WORLD, clients)
    exported = exporting.export(ACCOUNTS, "us-east-1", clients.of_root)
    assert exported["organization"] == WORLD["organization"]
    assert exported["accounts"][RESEARCH]["scps"] == WORLD["accounts"][RESEARCH]["scps"]
    assert seed(exported, clients) == []


def test_what_hangs_on_a_place_besides_is_taken_off(clients: Clients) -> None:
    seed(WORLD, clients)
    world = copy.deepcopy(WORLD)
    del world["organization"]["scps"]
    world["organization"]["units"]["workloads"]["units"]["research"]["full_aws_access"] = True
    changes = seed(world, clients)
    assert "changed the root: no-root-keys detached" in changes
    assert "changed research: full access attached" in changes
    assert exporting.export(ACCOUNTS, "us-east-1", clients.of_root)["organization"] == (
        {
            **world["organization"],
            "units": {
                **world["organization"]["units"],
                "workloads": {
                    "id": "ou-ab12-workload",
                    "units": {
                        "research": {
                            name: held
                            for name, held in WORLD["organization"]["units"]["workloads"]["units"][
                                "research"
                            ].items()
                            if name != "full_aws_access"
                        }
                    },
                },
            },
        }
    )


def test_an_account_moves_where_the_world_has_it(clients: Clients) -> None:
    seed(WORLD, clients)
    world = copy.deepcopy(WORLD)
    world["organization"]["units"]["sandbox"]["accounts"] = [SANDBOX, RESEARCH]
    world["organization"]["units"]["workloads"]["units"]["research"]["accounts"] = []
    assert f"changed account {RESEARCH}: moved" in seed(world, clients)
    (above,) = clients.of_root(MANAGER, "organizations").list_parents(ChildId=RESEARCH)["Parents"]
    assert above["Id"] == "ou-ab12-sandboxx"


def test_guardrails_bind_when_the_world_is_applied(clients: Clients) -> None:
    seed(WORLD, clients)
    server = clients._server
    server.judge.guarded = True
    with pytest.raises(ClientError, match="with an explicit deny in a service control policy"):
        clients.of_root(RESEARCH, "iam").create_access_key(UserName="ann")


def test_a_policy_of_the_same_name_and_another_text_is_another_policy(clients: Clients) -> None:
    world = copy.deepcopy(WORLD)
    world["organization"]["units"]["sandbox"]["scps"] = [{"name": "allowed", "document": scp("Deny", "kms:*")}]
    seed(world, clients)
    organizations = clients.of_root(MANAGER, "organizations")
    names = [each["Name"] for each in organizations.list_policies(Filter="SERVICE_CONTROL_POLICY")["Policies"]]
    assert sorted(names) == ["FullAWSAccess", "allowed", "allowed-2", "no-root-keys", "no-studio"]
    assert seed(world, clients) == []


def test_another_organization_is_not_taken_over(clients: Clients) -> None:
    seed(WORLD, clients)
    world = copy.deepcopy(WORLD)
    world["organization"]["id"] = "o-otherother"
    with pytest.raises(InputError, match="is in organization o-exampleorg"):
        seed(world, clients)


def test_ids_can_be_chosen_only_before_a_server_answers(clients: Clients) -> None:
    with pytest.raises(InputError, match="only when a server starts with --seed"):
        apply(read(WORLD), clients.of_root)


POLICIES = [{"name": f"p{number}", "document": scp("Deny", f"s3:Get{number}")} for number in range(3)]
chosen = st.lists(st.sampled_from(POLICIES), max_size=3, unique_by=lambda policy: policy["name"])


@st.composite
def trees(draw: st.DrawFn) -> dict[str, Any]:
    """An organization of the three accounts, anywhere in up to four units, with control policies anywhere."""
    names = ["a", "b", "c", "d"]
    above = {name: draw(st.sampled_from(["", *names[:number]])) for number, name in enumerate(names)}
    homes = {account: draw(st.sampled_from(["", *names])) for account in (RESEARCH, SANDBOX)}

    def unit(name: str) -> dict[str, Any]:
        return {
            "id": f"ou-ab12-unit{name * 4}",
            "scps": draw(chosen),
            "accounts": [account for account, home in homes.items() if home == name],
            "units": {inner: unit(inner) for inner, parent in above.items() if parent == name},
        }

    root = {name: held for name, held in unit("").items() if name != "id"}
    return {
        "organization": {
            **root,
            "id": "o-exampleorg",
            "management_account": MANAGER,
            "root_id": "r-ab12",
            "rcps": draw(st.sampled_from([[], [{"name": "r", "document": rcp("sts:AssumeRole")}]])),
        },
        "accounts": {MANAGER: {}, RESEARCH: {"scps": draw(chosen)}, SANDBOX: {}},
    }


@pytest.mark.slow
@settings(max_examples=12, deadline=None)
@given(trees())
def test_the_server_knows_of_each_account_what_the_world_says(world: dict[str, Any]) -> None:
    server = Server(Settings(ephemeral=True, accounts=ACCOUNTS))
    with Clients(server, "us-east-1") as clients:
        seed(world, clients)
    file = FileWorld(read(world))
    with server.store.read() as reader:
        for account in ACCOUNTS:
            ours, theirs = StoreWorld(reader).control_policies(account), file.control_policies(account)
            assert levels(ours.scps) == levels(theirs.scps)
            assert levels(ours.rcps) == levels(theirs.rcps)
            assert ours.management_account is theirs.management_account
            assert (ours.organization_id, ours.organization_path) == (
                theirs.organization_id,
                theirs.organization_path,
            )


def levels(found: tuple[Level, ...]) -> list[list[str]]:
    """The texts of each level, in an order of their own."""
    return [sorted(repr(policy.document.statements[0].actions) for policy in level) for level in found]
