"""A world becomes a server's state: once, whatever was there, and back again."""

from __future__ import annotations

import copy
import json
from collections.abc import Iterator, Mapping
from typing import Any

import pytest

from rolecall import catalog
from rolecall.analysis.worlds import Library, WorldFile, read_world
from rolecall.errors import InputError
from rolecall.seeds import exporting
from rolecall.seeds.applying import apply
from rolecall.seeds.in_process import Clients
from rolecall.server.assembly import Server
from rolecall.server.settings import Settings

ACCOUNT, OTHER = "123456789012", "111122223333"
ROLE = f"arn:aws:iam::{ACCOUNT}:role/"


def policy(*actions: str, effect: str = "Allow") -> dict[str, Any]:
    return {"Version": "2012-10-17", "Statement": [{"Effect": effect, "Action": list(actions), "Resource": "*"}]}


WORLD: dict[str, Any] = {
    "region": "eu-west-1",
    "accounts": {
        ACCOUNT: {
            "policies": {
                "Read": {
                    "path": "/x/",
                    "description": "to read",
                    "tags": {"a": "b"},
                    "document": policy("s3:Get*"),
                },
                "Limit": policy("sagemaker:*", "iam:PassRole"),
            },
            "groups": {
                "team": {"path": "/g/", "policies": ["Read", {"name": "own", "document": policy("s3:List*")}]}
            },
            "users": {"ann": {"groups": ["team"], "boundary": "Limit", "tags": {"team": "fraud"}}},
            "roles": {
                # Each trusts the other, and one of another account: somebody has to be first.
                "A": {"trust": [f"{ROLE}B", f"arn:aws:iam::{OTHER}:role/Far"], "tags": {"a": "b"}},
                "B": {"trust": f"{ROLE}A", "max_session_duration": 7200, "description": "b"},
                "Exec": {
                    "path": "/jobs/",
                    "trust": "sagemaker.amazonaws.com",
                    "boundary": "Limit",
                    "policies": [
                        "arn:aws:iam::aws:policy/AmazonSageMakerFullAccess",
                        {"name": "more", "document": policy("s3:*")},
                    ],
                },
            },
            "domains": {
                "research": {
                    "id": "d-research1",
                    "execution_role": "Exec",
                    "space_role": "Exec",
                    "tags": {"stage": "prod"},
                    "user_profiles": {"ann": {"tags": {"team": "fraud"}}, "ben": {"execution_role": "Exec"}},
                    "spaces": {"lab": {"owner": "ann", "tags": {"a": "b"}}, "common": {}},
                }
            },
            "resources": {
                # In the wrong order: a configuration needs its model.
                "endpoint-config/c": {
                    "state": {
                        "ProductionVariants": [
                            {
                                "VariantName": "v",
                                "ModelName": "m",
                                "InstanceType": "ml.m5.large",
                                "InitialInstanceCount": 1,
                            }
                        ]
                    }
                },
                "model/m": {
                    "tags": {"team": "fraud"},
                    "state": {
                        "ExecutionRoleArn": f"arn:aws:iam::{ACCOUNT}:role/jobs/Exec",
                        "PrimaryContainer": {"Image": "i"},
                    },
                },
                "model-package-group/g": {},
            },
        },
        OTHER: {"roles": {"Far": {"trust": ACCOUNT}}},
    },
}


def read(world: Mapping[str, Any]) -> WorldFile:
    return read_world(Library({"w.json": json.dumps(world)}.__getitem__, catalog.load()), "w.json")


@pytest.fixture
def clients() -> Iterator[Clients]:
    with Clients(Server(Settings(ephemeral=True, accounts=(ACCOUNT, OTHER))), "eu-west-1") as made:
        yield made


def seed(world: Mapping[str, Any], clients: Clients) -> list[str]:
    return [str(change) for change in apply(read(world), clients.of_root, clients.wish)]


def export(clients: Clients) -> dict[str, Any]:
    return exporting.export((ACCOUNT, OTHER), "eu-west-1", clients.of_root)


def test_applying_a_world_twice_changes_nothing(clients: Clients) -> None:
    assert "made role A" in seed(WORLD, clients)
    assert seed(WORLD, clients) == []


def test_an_export_seeds_an_equal_server(clients: Clients) -> None:
    seed(WORLD, clients)
    exported = export(clients)
    with Clients(Server(Settings(ephemeral=True, accounts=(ACCOUNT, OTHER))), "eu-west-1") as other:
        seed(exported, other)
        assert export(other) == exported
        assert seed(exported, other) == []


def test_an_export_says_what_the_world_said(clients: Clients) -> None:
    seed(WORLD, clients)
    found = export(clients)["accounts"][ACCOUNT]
    assert found["policies"]["Read"] == WORLD["accounts"][ACCOUNT]["policies"]["Read"]
    assert found["users"]["ann"] == {
        "boundary": f"arn:aws:iam::{ACCOUNT}:policy/Limit",
        "tags": {"team": "fraud"},
        "groups": ["team"],
    }
    assert found["roles"]["B"]["max_session_duration"] == 7200
    assert found["domains"]["research"]["id"] == "d-research1"
    assert found["domains"]["research"]["spaces"]["lab"] == {"owner": "ann", "tags": {"a": "b"}}
    assert set(found["resources"]) == {"endpoint-config/c", "model/m", "model-package-group/g"}


def test_an_export_survives_yaml(clients: Clients) -> None:
    seed(WORLD, clients)
    exported = export(clients)
    library = Library({"w.yaml": exporting.as_yaml(exported)}.__getitem__, catalog.load())
    again = read_world(library, "w.yaml")
    assert apply(again, clients.of_root, clients.wish) == ()


def test_what_a_seed_does_not_say_any_more_is_taken_away(clients: Clients) -> None:
    seed(WORLD, clients)
    less = copy.deepcopy(WORLD)
    account = less["accounts"][ACCOUNT]
    account["roles"]["Exec"] |= {"policies": [{"name": "more", "document": policy("s3:GetObject")}]}
    del account["roles"]["Exec"]["boundary"]
    account["users"]["ann"] = {"tags": {"team": "ads"}}
    account["roles"]["B"]["trust"] = "sagemaker.amazonaws.com"
    account["policies"]["Limit"] = policy("sagemaker:List*")
    account["domains"]["research"]["tags"] = {}
    assert sorted(seed(less, clients)) == sorted(
        [
            "changed managed policy Limit",
            "changed user ann: boundary removed",
            "changed user ann: tags",
            "changed user ann: not in group team any more",
            "changed the trust policy of role B",
            "changed role Exec: detached arn:aws:iam::aws:policy/AmazonSageMakerFullAccess",
            "changed role Exec: inline policy more",
            "changed role Exec: boundary removed",
            "changed domain research: tags",
        ]
    )
    found = export(clients)["accounts"][ACCOUNT]
    assert found["roles"]["Exec"]["policies"] == [{"name": "more", "document": policy("s3:GetObject")}]
    assert found["users"]["ann"] == {"tags": {"team": "ads"}}
    assert seed(less, clients) == []


def test_what_a_seed_does_not_name_is_left_alone(clients: Clients) -> None:
    clients.of_root(ACCOUNT, "iam").create_user(UserName="zoe")
    seed(WORLD, clients)
    assert "zoe" in export(clients)["accounts"][ACCOUNT]["users"]


def test_a_managed_policy_keeps_at_most_five_versions(clients: Clients) -> None:
    world: dict[str, Any] = {"accounts": {ACCOUNT: {"policies": {"P": policy("s3:Get*")}}}}
    for number in range(7):
        world["accounts"][ACCOUNT]["policies"]["P"] = policy(f"s3:Get{number}*")
        seed(world, clients)
    assert export(clients)["accounts"][ACCOUNT]["policies"]["P"]["document"] == policy("s3:Get6*")


def test_an_entity_that_would_have_to_move_is_refused(clients: Clients) -> None:
    seed({"accounts": {ACCOUNT: {"users": {"ann": {}}}}}, clients)
    with pytest.raises(InputError, match="IAM does not move it"):
        seed({"accounts": {ACCOUNT: {"users": {"ann": {"path": "/x/"}}}}}, clients)


@pytest.mark.parametrize(
    "world",
    [
        {"accounts": {ACCOUNT: {"scps": [policy("s3:*", effect="Deny")]}}},
        {"accounts": {ACCOUNT: {"full_aws_access": False}}},
    ],
)
def test_guardrails_of_no_organization_are_refused(world: dict[str, Any], clients: Clients) -> None:
    with pytest.raises(InputError, match="the world says of none"):
        seed(world, clients)


def test_what_is_not_served_is_left_out_and_said_so(clients: Clients) -> None:
    resources: dict[str, Any] = {"human-loop/h": {}, "endpoint/e": {"tags": {"a": "b"}}}
    world = {"accounts": {ACCOUNT: {"buckets": {"data": {}}, "resources": resources}}}
    assert seed(world, clients) == [
        "left out bucket data: this server does not serve S3",
        f"left out arn:aws:sagemaker:us-east-1:{ACCOUNT}:human-loop/h: this server does not make such resources",
        "left out endpoint e: its state does not say how to make it "
        '(Missing required parameter in input: "EndpointConfigName")',
    ]


def test_what_the_server_refuses_is_told_in_its_words(clients: Clients) -> None:
    world = copy.deepcopy(WORLD)
    world["accounts"][ACCOUNT]["roles"]["Exec"]["trust"] = "lambda.amazonaws.com"
    with pytest.raises(InputError, match=r"CreateDomain: ValidationException: .*sts:AssumeRole"):
        seed(world, clients)


def test_a_domain_of_another_id_is_not_taken_for_the_world_s(clients: Clients) -> None:
    seed(WORLD, clients)
    other = copy.deepcopy(WORLD)
    other["accounts"][ACCOUNT]["domains"]["research"]["id"] = "d-other"
    with pytest.raises(InputError, match="has the id d-research1 on the server and d-other in the world"):
        seed(other, clients)


def test_on_a_running_server_a_domain_has_the_id_that_it_gets(clients: Clients) -> None:
    world = copy.deepcopy(WORLD)
    with pytest.raises(InputError, match="d-research1 can be chosen only when a server starts"):
        apply(read(world), clients.of_root)
    del world["accounts"][ACCOUNT]["domains"]["research"]["id"]
    assert any(change.what.startswith("domain research (d-") for change in apply(read(world), clients.of_root))
    assert apply(read(world), clients.of_root) == ()
