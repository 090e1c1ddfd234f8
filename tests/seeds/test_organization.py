"""A world's organization becomes a server's, whatever was attached before, and comes back as it was."""

from __future__ import annotations

import copy
import json
from collections.abc import Iterator, Mapping
from typing import Any

import pytest
from botocore.exceptions import ClientError

from rolecall import catalog
from rolecall.analysis.worlds import Library, WorldFile, read_world
from rolecall.errors import InputError
from rolecall.seeds import exporting
from rolecall.seeds.applying import apply
from rolecall.seeds.in_process import Clients
from rolecall.server.assembly import Server
from rolecall.server.settings import Settings

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
