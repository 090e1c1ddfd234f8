"""What a world file says, and what is refused, with the line."""

from __future__ import annotations

import json
from pathlib import Path

import msgspec
import pytest
from msgspec import Struct

from rolecall import catalog
from rolecall.analysis.worlds import Library, WorldFile, read_world
from rolecall.errors import InputError
from rolecall.policy.document import PolicyType

CASES = Path(__file__).parents[2] / "cases" / "worlds"
POLICY = json.dumps({"Version": "2012-10-17", "Statement": [{"Effect": "Allow", "Action": "*", "Resource": "*"}]})


class Refused(Struct, frozen=True, forbid_unknown_fields=True):
    name: str
    source: str
    text: str
    at: str
    says: str


REFUSED = msgspec.yaml.decode((CASES / "refused.yaml").read_bytes(), type=list[Refused])


def world(text: str, **files: str) -> WorldFile:
    held = {"world.yaml": text, **{name.replace("__", "/") + ".json": body for name, body in files.items()}}

    def read_file(name: str) -> str:
        if name not in held:
            raise FileNotFoundError(2, "No such file or directory")
        return held[name]

    return read_world(Library(read_file, catalog.load()), "world.yaml")


@pytest.mark.parametrize("case", REFUSED, ids=lambda case: case.name)
def test_a_mistake_is_told_with_its_line(case: Refused) -> None:
    with pytest.raises(InputError) as told:
        world(case.text)
    assert str(told.value).startswith(f"world.yaml:{case.at}: ")
    assert case.says in str(told.value)


def test_an_unquoted_account_and_version_are_texts() -> None:
    found = world(
        """
account: 123456789012
policies:
  P: {Version: 2012-10-17, Statement: {Effect: Allow, Action: 's3:*', Resource: '*'}}
"""
    )
    assert list(found.accounts) == ["123456789012"]
    text = json.loads(found.accounts["123456789012"].policies["P"].text.json)
    assert text["Version"] == "2012-10-17"


def test_yes_and_no_are_texts() -> None:
    found = world("users: {ann: {tags: {a: yes, b: no, c: on, d: true}}}")
    assert found.accounts["123456789012"].users["ann"].tags == {"a": "yes", "b": "no", "c": "on", "d": "true"}


def test_json_and_yaml_say_the_same() -> None:
    text = {"users": {"ann": {"tags": {"team": "fraud"}}}, "region": "eu-west-1"}
    library = Library({"w.json": json.dumps(text)}.__getitem__, catalog.load())
    found = read_world(library, "w.json")
    again = world("region: eu-west-1\nusers:\n  ann:\n    tags: {team: fraud}\n")
    assert found.accounts == again.accounts
    assert found.region == again.region


def test_a_duplicate_key_in_json_is_refused() -> None:
    library = Library({"w.json": '{"users": {}, "users": {}}'}.__getitem__, catalog.load())
    with pytest.raises(InputError, match=r'w\.json:1:15: duplicate key "users"'):
        read_world(library, "w.json")


def test_an_alias_that_contains_itself_is_refused() -> None:
    with pytest.raises(InputError, match="nested deeper"):
        world("users: &a {ann: *a}")


def test_a_file_attached_twice_is_one_document() -> None:
    found = world(
        """
roles:
  A: {trust: sagemaker.amazonaws.com, policies: [p.json]}
  B: {trust: sagemaker.amazonaws.com, policies: [p.json], boundary: p.json}
""",
        p=POLICY,
    )
    roles = found.accounts["123456789012"].roles
    assert roles["A"].policies[0].document is roles["B"].policies[0].document
    boundary = roles["B"].boundary
    assert boundary is not None
    assert (boundary.document.kind, boundary.arn) == (
        PolicyType.BOUNDARY,
        "arn:aws:iam::123456789012:policy/p",
    )


def test_a_statement_in_the_middle_of_a_world_has_its_line() -> None:
    found = world(
        """
roles:
  A:
    trust: sagemaker.amazonaws.com
    policies:
      - Version: 2012-10-17
        Statement:
          - Effect: Allow
            Action: s3:*
            Resource: '*'
          - Effect: Deny
            Action: s3:Delete*
            Resource: '*'
"""
    )
    document = found.accounts["123456789012"].roles["A"].policies[0].document
    assert [document.where(index) for index in (0, 1)] == ["world.yaml:8", "world.yaml:11"]


def test_files_are_found_beside_the_file_that_names_them() -> None:
    library = Library({"a/w.yaml": "policies: {P: ../b/p.json}", "b/p.json": POLICY}.__getitem__, catalog.load())
    found = read_world(library, "a/w.yaml")
    assert found.accounts["123456789012"].policies["P"].text.source.name == "b/p.json"


def test_short_trust_names_services_accounts_and_principals() -> None:
    found = world(
        """
roles:
  A:
    trust: [sagemaker.amazonaws.com, "111122223333", "arn:aws:iam::123456789012:saml-provider/Okta"]
"""
    )
    said = json.loads(found.accounts["123456789012"].roles["A"].trust.text)["Statement"][0]
    assert said == {
        "Effect": "Allow",
        "Principal": {
            "Service": ["sagemaker.amazonaws.com"],
            "AWS": ["111122223333"],
            "Federated": ["arn:aws:iam::123456789012:saml-provider/Okta"],
        },
        "Action": "sts:AssumeRole",
    }
