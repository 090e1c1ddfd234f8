"""What authorization looks up never raises; what does not exist has no tags, no state and no trust."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from rolecall.policy.document import PolicyType
from rolecall.policy.parser import parse
from rolecall.services.facts import StoreFacts
from rolecall.store import open_store
from rolecall.store.ports import Store, Unit
from rolecall.store.records import Item

NOW = datetime(2026, 11, 23, tzinfo=UTC)
SPACE = "arn:aws:sagemaker:us-east-1:123456789012:space/d-1/sp"
ROLE = "arn:aws:iam::123456789012:role/path/exec"
TRUST = (
    '{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Action":"sts:AssumeRole",'
    '"Principal":{"Service":"sagemaker.amazonaws.com"}}]}'
)


@pytest.fixture(scope="module")
def store() -> Iterator[Store]:
    opened = open_store(None)

    def fill(unit: Unit) -> None:
        unit.add_item(
            Item(
                account="123456789012",
                region="us-east-1",
                service="sagemaker",
                type="space",
                name="sp",
                parent="d-1",
                arn=SPACE,
                created=NOW,
                modified=NOW,
                body={"SpaceSharingSettings": {"SharingType": "Private"}, "_phase": "InService"},
            ),
            {"team": "blue"},
        )
        for name, arn, text in (
            ("exec", ROLE, TRUST),
            ("broken", ROLE.replace("exec", "broken"), "{not a policy"),
        ):
            role = unit.add_item(
                Item(
                    account="123456789012",
                    service="iam",
                    type="role",
                    name=name,
                    arn=arn,
                    unique_id=f"AROA{name.upper()}",
                    created=NOW,
                    modified=NOW,
                )
            )
            unit.link(role.id, "trust", unit.put_document(text))

    opened.write_sync(fill)
    yield opened
    opened.close()


def test_tags_of_what_is_there(store: Store) -> None:
    with store.read() as reader:
        assert StoreFacts(reader).tags_of(SPACE) == {"team": "blue"}


def test_state_holds_no_notes_of_the_service(store: Store) -> None:
    with store.read() as reader:
        assert StoreFacts(reader).state_of(SPACE) == {"SpaceSharingSettings": {"SharingType": "Private"}}


def test_trust_of_a_role_with_its_path(store: Store) -> None:
    with store.read() as reader:
        policy = StoreFacts(reader).trust_policy(ROLE)
        assert policy is not None
        assert policy.document == parse(TRUST, PolicyType.TRUST)
        # A role's ARN without its path is another role.
        assert StoreFacts(reader).trust_policy(ROLE.replace("path/", "")) is None


def test_a_trust_policy_that_cannot_be_read_trusts_nobody(store: Store) -> None:
    with store.read() as reader:
        assert StoreFacts(reader).trust_policy(ROLE.replace("exec", "broken")) is None


@given(arn=st.one_of(st.text(), st.text(alphabet="arn:aws/*?-0123456789", max_size=60)))
def test_nothing_raises_for_what_is_not_there(store: Store, arn: str) -> None:
    with store.read() as reader:
        facts = StoreFacts(reader)
        assert (dict(facts.tags_of(arn)), facts.state_of(arn), facts.trust_policy(arn)) == ({}, None, None)
