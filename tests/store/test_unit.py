"""What a unit of work changes, and what a reader then sees; on every kind of database."""

from __future__ import annotations

import hashlib
from datetime import timedelta, timezone

import msgspec
import pytest

from rolecall.store import open_store
from rolecall.store.errors import NameTaken, NotFound, Unstorable
from rolecall.store.ports import Store, Unit
from rolecall.store.records import AuditListing, Item
from store.samples import ACCOUNT, NOON, job, later, record, user


def test_an_added_item_is_found_in_every_way(store: Store) -> None:
    added = store.write_sync(lambda unit: unit.add_item(user("Alice", body={"a": [1, {"b": None}], "ü": "☃"})))
    assert added.id > 0
    with store.read() as reader:
        assert reader.item(ACCOUNT, "iam", "user", "Alice") == added
        assert reader.item_by_arn(added.arn) == added
        assert reader.item_by_unique_id(added.unique_id) == added
        assert reader.item_by_id(added.id) == added
        assert added.body == {"a": [1, {"b": None}], "ü": "☃"}
        assert reader.item("999999999999", "iam", "user", "Alice") is None
        assert reader.item_by_unique_id("") is None


@pytest.mark.parametrize(
    ("asked", "found"),
    [("Alice", True), ("alice", True), ("ALICE", True), ("alic", False), ("alice\0", False), ("\ud800", False)],
)
def test_a_folded_name_is_found_in_any_case(store: Store, asked: str, found: bool) -> None:
    store.write_sync(lambda unit: unit.add_item(user("Alice")))
    with store.read() as reader:
        item = reader.item(ACCOUNT, "iam", "user", asked)
    assert (item is not None) is found
    if item is not None:
        assert item.name == "Alice"


def test_a_name_that_is_not_folded_is_found_in_its_own_case_only(store: Store) -> None:
    store.write_sync(lambda unit: (unit.add_item(job("Train")), unit.add_item(job("train"))))
    with store.read() as reader:
        for name in ("Train", "train"):
            item = reader.item(ACCOUNT, "sagemaker", "training-job", name, region="us-east-1")
            assert item is not None
            assert item.name == name
        assert reader.item(ACCOUNT, "sagemaker", "training-job", "TRAIN", region="us-east-1") is None
        assert reader.item(ACCOUNT, "sagemaker", "training-job", "train", region="eu-west-1") is None


@pytest.mark.parametrize(
    ("second", "what"),
    [
        (user("ALICE", arn="arn:other", unique_id="AIDAOTHER"), "name"),
        (user("Bob", arn=f"arn:aws:iam::{ACCOUNT}:user/Alice"), "arn"),
        (user("Bob", unique_id="AIDAFIRST"), "unique_id"),
    ],
    ids=["name", "arn", "unique_id"],
)
def test_a_taken_name_is_refused_and_the_unit_may_go_on(store: Store, second: Item, what: str) -> None:
    store.write_sync(lambda unit: unit.add_item(user("Alice", unique_id="AIDAFIRST")))

    def work(unit: Unit) -> str:
        try:
            unit.add_item(second)
        except NameTaken as taken:
            unit.add_item(user("Carol"))
            return taken.what
        return "added"

    assert store.write_sync(work) == what
    with store.read() as reader:
        assert reader.item(ACCOUNT, "iam", "user", "Carol") is not None
        assert reader.count(ACCOUNT, "iam", "user") == 2


def test_a_name_is_free_again_after_its_item_was_removed(store: Store) -> None:
    first = store.write_sync(lambda unit: unit.add_item(user("Alice", unique_id="AIDAONE"), {"team": "a"}))
    store.write_sync(lambda unit: unit.link(first.id, "attached-policy", "arn:p", name="arn:p"))
    store.write_sync(lambda unit: unit.remove_item(first.id))
    with store.read() as reader:
        assert reader.item_by_id(first.id) is None
        assert reader.item_by_unique_id("AIDAONE") is None
        assert reader.links(first.id) == ()
        assert reader.linked_to("attached-policy", "arn:p") == ()
        assert reader.tags(first.id) == {}
    second = store.write_sync(lambda unit: unit.add_item(user("alice", arn=first.arn)))
    assert second.id != first.id


def test_a_changed_item_is_read_as_it_was_given_back(store: Store) -> None:
    added = store.write_sync(lambda unit: unit.add_item(user("Alice", next_at=later(5))))
    renamed = msgspec.structs.replace(
        added,
        name="Alicia",
        arn="arn:aws:iam::123456789012:user/Alicia",
        path="/x/",
        status="Gone",
        modified=later(9),
        next_at=None,
        body={"n": 1.5},
    )
    changed = store.write_sync(lambda unit: unit.change_item(renamed))
    with store.read() as reader:
        assert reader.item_by_id(added.id) == changed
        assert reader.item(ACCOUNT, "iam", "user", "ALICIA") == changed
        assert reader.item(ACCOUNT, "iam", "user", "Alice") is None
        assert reader.item_by_arn(added.arn) is None
    assert (changed.path, changed.status, changed.modified, changed.next_at) == ("/x/", "Gone", later(9), None)
    assert changed.body == {"n": 1.5}


def test_an_item_cannot_be_renamed_to_a_taken_name_but_to_another_case_of_its_own(store: Store) -> None:
    alice = store.write_sync(lambda unit: unit.add_item(user("Alice")))
    store.write_sync(lambda unit: unit.add_item(user("Bob")))
    with pytest.raises(NameTaken):
        store.write_sync(lambda unit: unit.change_item(msgspec.structs.replace(alice, name="BOB", arn="arn:b")))
    upper = store.write_sync(lambda unit: unit.change_item(msgspec.structs.replace(alice, name="ALICE")))
    assert upper.name == "ALICE"


def test_times_are_kept_to_the_microsecond_and_given_back_in_utc(store: Store) -> None:
    elsewhere = NOON.astimezone(timezone(timedelta(hours=5, minutes=30)))
    added = store.write_sync(lambda unit: unit.add_item(user("Alice", created=elsewhere)))
    assert added.created == NOON
    assert added.created.utcoffset() == timedelta(0)
    with pytest.raises(Unstorable, match="zone"):
        store.write_sync(lambda unit: unit.add_item(user("Bob", created=NOON.replace(tzinfo=None))))


def test_links_replace_each_other_by_name_and_are_found_from_both_ends(store: Store) -> None:
    alice, bob = store.write_sync(lambda unit: (unit.add_item(user("Alice")), unit.add_item(user("Bob"))))
    store.write_sync(
        lambda unit: [
            unit.link(alice.id, "inline-policy", "digest-1", name="p"),
            unit.link(alice.id, "inline-policy", "digest-2", name="a"),
            unit.link(alice.id, "inline-policy", "digest-3", name="p"),
            unit.link(alice.id, "boundary", "arn:b"),
            unit.link(bob.id, "boundary", "arn:b"),
        ]
    )
    with store.read() as reader:
        inline = [(link.name, link.target) for link in reader.links(alice.id, "inline-policy")]
        assert inline == [("a", "digest-2"), ("p", "digest-3")]
        assert [link.relation for link in reader.links(alice.id)] == ["boundary", "inline-policy", "inline-policy"]
        assert [link.item_id for link in reader.linked_to("boundary", "arn:b")] == [alice.id, bob.id]
        assert reader.linked_to("inline-policy", "digest-1") == ()
    assert store.write_sync(lambda unit: unit.unlink(alice.id, "inline-policy", target="digest-2")) == 1
    assert store.write_sync(lambda unit: unit.unlink(alice.id, "inline-policy", name="nothing")) == 0
    assert store.write_sync(lambda unit: unit.unlink(alice.id, "inline-policy", name="p", target="digest-3")) == 1
    assert store.write_sync(lambda unit: unit.unlink(alice.id, "boundary")) == 1
    with store.read() as reader:
        assert reader.links(alice.id) == ()


def test_tags_keep_the_order_in_which_they_were_first_set(store: Store) -> None:
    alice = store.write_sync(lambda unit: unit.add_item(user("Alice"), {"b": "1", "a": "2", "c": "3"}))
    store.write_sync(lambda unit: unit.set_tags(alice.id, {"d": "4", "a": "new"}))
    store.write_sync(lambda unit: unit.remove_tags(alice.id, ["b", "nothing"]))
    store.write_sync(lambda unit: unit.set_tags(alice.id, {"b": "again"}))
    with store.read() as reader:
        assert list(reader.tags(alice.id).items()) == [("a", "new"), ("c", "3"), ("d", "4"), ("b", "again")]


def test_documents_are_kept_once_under_their_digest(store: Store) -> None:
    text = '{"Version": "2012-10-17"}  \n ü'
    first = store.write_sync(lambda unit: unit.put_document(text))
    second = store.write_sync(lambda unit: unit.put_document(text))
    assert first == second == hashlib.sha256(text.encode()).hexdigest()
    with store.read() as reader:
        assert reader.document(first) == text
        assert reader.document("0" * 64) is None


def test_access_keys_are_found_by_id_and_by_holder(store: Store) -> None:
    alice = store.write_sync(lambda unit: unit.add_item(user("Alice")))
    row = {"account": ACCOUNT, "item_id": alice.id, "sealed_secret": b"\x00\xff", "status": "Active"}
    root = {"account": ACCOUNT, "item_id": 0, "sealed_secret": b"r", "status": "Active", "created": NOON}
    store.write_sync(
        lambda unit: [
            unit.add_access_key(row | {"access_key_id": "AKIA2", "created": later(2)}),
            unit.add_access_key(row | {"access_key_id": "AKIA1", "created": later(1)}),
            unit.add_access_key(root | {"access_key_id": "AKIAROOT"}),
        ]
    )
    with store.read() as reader:
        key = reader.access_key("AKIA1")
        assert key is not None
        assert key["sealed_secret"] == b"\x00\xff"
        assert (key["created"], key["last_used_at"], key["last_used_service"]) == (later(1), None, None)
        assert [key["access_key_id"] for key in reader.access_keys(ACCOUNT, alice.id)] == ["AKIA1", "AKIA2"]
        assert [key["access_key_id"] for key in reader.access_keys(ACCOUNT, 0)] == ["AKIAROOT"]
    store.write_sync(lambda unit: unit.change_access_key("AKIA1", status="Inactive"))
    store.write_sync(lambda unit: unit.remove_access_key("AKIA2"))
    with store.read() as reader:
        assert [key["status"] for key in reader.access_keys(ACCOUNT, alice.id)] == ["Inactive"]
    store.write_sync(lambda unit: unit.remove_item(alice.id))
    with store.read() as reader:
        assert reader.access_key("AKIA1") is None
        assert reader.access_key("AKIAROOT") is not None


def test_what_is_not_there_cannot_be_changed(store: Store) -> None:
    alice = store.write_sync(lambda unit: unit.add_item(user("Alice")))
    store.write_sync(lambda unit: unit.remove_item(alice.id))
    for work in (
        lambda unit: unit.change_item(alice),
        lambda unit: unit.remove_item(alice.id),
        lambda unit: unit.link(alice.id, "boundary", "arn:b"),
        lambda unit: unit.set_tags(alice.id, {"a": "b"}),
        lambda unit: unit.change_access_key("AKIANONE", status="Active"),
        lambda unit: unit.remove_access_key("AKIANONE"),
    ):
        with pytest.raises(NotFound):
            store.write_sync(work)


def test_each_kind_of_change_moves_the_version_of_its_account_by_one(store: Store) -> None:
    scope = f"account:{ACCOUNT}"
    key = {"account": ACCOUNT, "item_id": 0, "sealed_secret": b"", "status": "Active", "created": NOON}

    def version() -> int:
        with store.read() as reader:
            return reader.version(scope)

    assert version() == 0
    alice = store.write_sync(lambda unit: unit.add_item(user("Alice"), {"a": "b"}))
    assert version() == 1
    for step, work in enumerate(
        (
            lambda unit: unit.change_item(alice),
            lambda unit: unit.link(alice.id, "boundary", "arn:b"),
            lambda unit: unit.unlink(alice.id, "boundary"),
            lambda unit: unit.set_tags(alice.id, {"x": "y"}),
            lambda unit: unit.remove_tags(alice.id, ["x"]),
            lambda unit: unit.add_access_key(key | {"access_key_id": "AKIA1"}),
            lambda unit: unit.change_access_key("AKIA1", status="Inactive"),
            lambda unit: unit.remove_access_key("AKIA1"),
            lambda unit: unit.remove_item(alice.id),
            lambda unit: [unit.touch(scope), unit.touch(scope), unit.touch("organization")],
        ),
        start=2,
    ):
        store.write_sync(work)
        assert version() == step
    with store.read() as reader:
        assert reader.version("organization") == 1


def test_a_last_use_does_not_move_the_version(store: Store) -> None:
    key = {"access_key_id": "AKIA1", "account": ACCOUNT, "item_id": 0, "sealed_secret": b"", "status": "Active"}
    store.write_sync(lambda unit: unit.add_access_key(key | {"created": NOON}))
    store.write_sync(lambda unit: unit.change_access_key("AKIA1", last_used_at=NOON, last_used_service="iam"))
    with store.read() as reader:
        assert reader.version(f"account:{ACCOUNT}") == 1
        row = reader.access_key("AKIA1")
    assert row is not None
    assert (row["last_used_at"], row["last_used_service"], row["last_used_region"]) == (NOON, "iam", None)


def test_a_unit_sees_its_own_changes_and_versions(store: Store) -> None:
    def work(unit: Unit) -> tuple[int, int, int, bool]:
        before = unit.version(f"account:{ACCOUNT}")
        alice = unit.add_item(user("Alice"))
        unit.set_tags(alice.id, {"a": "b"})
        seen = unit.item_by_arn(alice.arn) is not None and unit.tags(alice.id) == {"a": "b"}
        return before, unit.version(f"account:{ACCOUNT}"), unit.revision, seen

    assert store.write_sync(work)[:2] == (0, 1)
    assert store.write_sync(lambda unit: unit.version(f"account:{ACCOUNT}")) == 1


def test_revisions_rise_from_unit_to_unit(store: Store) -> None:
    revisions = [store.write_sync(lambda unit: unit.revision) for _ in range(5)]
    assert revisions == sorted(set(revisions))


def test_due_items_come_in_the_order_of_their_time(store: Store) -> None:
    names = [("c", 3), ("a", 1), ("b", 2), ("never", None)]
    store.write_sync(
        lambda unit: [unit.add_item(job(name, next_at=None if at is None else later(at))) for name, at in names]
    )
    with store.read() as reader:
        assert [item.name for item in reader.due(later(2))] == ["a", "b"]
        assert [item.name for item in reader.due(later(9), limit=1)] == ["a"]
        assert reader.due(NOON) == ()


def test_settings_are_replaced(store: Store) -> None:
    store.write_sync(lambda unit: [unit.put_setting("k", "1"), unit.put_setting("k", "2")])
    with store.read() as reader:
        assert reader.setting("k") == "2"
        assert reader.setting("other") is None


def test_a_record_is_found_by_its_request_and_keeps_what_a_client_sent(store: Store) -> None:
    odd = {"requestParameters": {"userName": "a\0\x1f☃", "list": ["x\ud800y"]}}
    store.write_sync(lambda unit: unit.record(record("r-1", event=odd, principal="a\0b")))
    with store.read() as reader:
        found = reader.audit_by_request("r-1")
        assert reader.audit_by_request("r-2") is None
    assert found is not None
    assert found.event == {"requestParameters": {"userName": "a\0\x1f☃", "list": ["x?y"]}}
    assert found.principal == "a\ufffdb"
    assert found.decisions == {"rests_on": ["account:123456789012"]}
    assert (found.time, found.read_only) == (NOON, False)


@pytest.mark.parametrize(
    ("filters", "names"),
    [
        ({}, ["e", "d", "c", "b", "a"]),
        ({"principal": "Alice"}, ["e", "c", "a"]),
        ({"name": "DeleteUser"}, ["d", "b"]),
        ({"read_only": True}, ["e"]),
        ({"event_id": "event-of-c"}, ["c"]),
        ({"source": "sts.amazonaws.com"}, []),
        ({"since": later(1), "until": later(3)}, ["d", "c", "b"]),
        ({"since": later(1), "principal": "Alice"}, ["e", "c"]),
    ],
    ids=["all", "principal", "name", "read_only", "event_id", "source", "time", "time and principal"],
)
@pytest.mark.parametrize("limit", [1, 2, 50])
def test_the_trail_is_listed_newest_first(
    store: Store, filters: dict[str, object], names: list[str], limit: int
) -> None:
    for seconds, name in enumerate("abcde"):
        changes = {
            "time": later(seconds),
            "principal": "Alice" if seconds % 2 == 0 else "Bob",
            "name": "CreateUser" if seconds % 2 == 0 else "DeleteUser",
            "read_only": name == "e",
        }
        store.write_sync(lambda unit, name=name, changes=changes: unit.record(record(name, **changes)))
    listing = AuditListing(account=ACCOUNT, limit=limit, **filters)  # type: ignore[arg-type]
    seen: list[str] = []
    with store.read() as reader:
        while True:
            page = reader.audit(listing)
            assert len(page.records) <= limit
            seen += [found.request_id for found in page.records]
            if page.next is None:
                break
            listing = msgspec.structs.replace(listing, after=page.next)
    assert seen == names


def test_state_is_there_when_the_store_is_opened_again(place: str | None) -> None:
    if place is None:
        pytest.skip("what is in memory ends with its store")
    store = open_store(place)
    alice = store.write_sync(lambda unit: unit.add_item(user("Alice"), {"a": "b"}))
    revision = store.write_sync(lambda unit: unit.revision)
    store.close()
    store = open_store(place)
    with store.read() as reader:
        assert reader.item_by_id(alice.id) == alice
        assert reader.tags(alice.id) == {"a": "b"}
    assert store.write_sync(lambda unit: unit.revision) > revision
    store.close()


def test_text_that_is_no_unicode_is_refused_as_a_value(store: Store) -> None:
    for item in (user("\ud800", folded_name=""), user("Alice", body={"x": "\ud800"})):
        with pytest.raises(Unstorable):
            store.write_sync(lambda unit, item=item: unit.add_item(item))
    with pytest.raises(Unstorable):
        store.write_sync(lambda unit: unit.put_document("\ud800"))
