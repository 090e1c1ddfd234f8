"""A snapshot is the whole state in one file; it is restored where nothing is, into either database."""

from __future__ import annotations

import sqlite3
import stat
import threading
from pathlib import Path

import pytest

from rolecall.store import open_store, snapshots
from rolecall.store.errors import CannotOpen, SchemaTooNew
from rolecall.store.ports import Store, Unit
from rolecall.store.records import AuditListing, Item, Listing
from store.samples import NOON, record, user

ACCOUNT = "123456789012"
EVERYWHERE = ("sqlite-file", "postgresql")


@pytest.fixture(params=EVERYWHERE)
def kind(request: pytest.FixtureRequest) -> str:
    return str(request.param)


def fill(store: Store) -> Item:
    def work(unit: Unit) -> Item:
        made = unit.add_item(user("one"), {"team": "ml", "émoji": "✓"})
        unit.link(made.id, "inline", unit.put_document('{"Version":"2012-10-17"}'), name="p")
        key = {
            "access_key_id": "AKIAONE",
            "account": ACCOUNT,
            "item_id": made.id,
            "sealed_secret": b"\x00\xffkey1",
        }
        unit.add_access_key({**key, "status": "Active", "created": NOON})
        unit.put_setting("a", "b")
        unit.record(record("r-1"))
        return made

    return store.write_sync(work)


def look(store: Store, made: Item) -> tuple[object, ...]:
    with store.read() as reader:
        found = reader.item_by_arn(made.arn)
        assert found is not None
        return (
            found,
            reader.tags(found.id),
            reader.links(found.id),
            reader.access_key("AKIAONE"),
            reader.setting("a"),
            reader.version(f"account:{ACCOUNT}"),
            reader.audit_by_request("r-1"),
        )


def second_place(target: str, tmp_path: Path, request: pytest.FixtureRequest) -> str:
    if target == "sqlite-file":
        return str(tmp_path / "restored")
    return str(request.getfixturevalue("other_schema_url"))


@pytest.mark.parametrize("target", EVERYWHERE)
def test_what_is_restored_is_what_was_saved(
    store: Store, place: str, target: str, tmp_path: Path, request: pytest.FixtureRequest
) -> None:
    made = fill(store)
    before = look(store, made)
    file = tmp_path / "s.db"
    saved = snapshots.save(place, file)
    assert (saved["item"], saved["access_key"], saved["audit"]) == (1, 1, 1)
    where = second_place(target, tmp_path, request)
    restored = snapshots.restore(file, where)
    assert restored == saved
    again = open_store(where)
    try:
        assert look(again, made) == before
        # Rows and units are numbered on from where they were.
        other = again.write_sync(lambda unit: (unit.add_item(user("two")).id, unit.revision))
        (link,) = look(again, made)[2]  # type: ignore[misc]
        assert other[0] > made.id
        assert other[1] > 1
        assert link.id > 0
    finally:
        again.close()


def test_a_snapshot_is_taken_between_units_never_inside_one(store: Store, place: str, tmp_path: Path) -> None:
    """Every unit makes a pair; a snapshot never has half of one."""
    stop = threading.Event()

    def writing() -> None:
        number = 0
        while not stop.is_set():
            number += 1

            def pair(unit: Unit, number: int = number) -> None:
                unit.add_item(user(f"left-{number}"))
                unit.add_item(user(f"right-{number}"))

            store.write_sync(pair)

    writer = threading.Thread(target=writing)
    writer.start()
    try:
        for number in range(5):
            file = tmp_path / f"s{number}.db"
            snapshots.save(place, file)
            with sqlite3.connect(file) as connection:
                names = {row[0] for row in connection.execute("SELECT name FROM item")}
            assert {name.replace("left", "right") for name in names if name.startswith("left")} == {
                name for name in names if name.startswith("right")
            }
    finally:
        stop.set()
        writer.join()
    assert names


def test_nothing_is_written_over(store: Store, place: str, tmp_path: Path) -> None:
    fill(store)
    file = tmp_path / "s.db"
    snapshots.save(place, file)
    with pytest.raises(CannotOpen, match="exists already"):
        snapshots.save(place, file)
    with pytest.raises(CannotOpen, match="already"):
        snapshots.restore(file, place)
    with store.read() as reader:
        assert len(reader.items(Listing(account=ACCOUNT, service="iam", type="user")).items) == 1
        assert len(reader.audit(AuditListing(account=ACCOUNT)).records) == 1


def test_a_snapshot_may_be_read_by_its_owner_only(store: Store, place: str, tmp_path: Path) -> None:
    file = tmp_path / "s.db"
    snapshots.save(place, file)
    assert stat.S_IMODE(file.stat().st_mode) == 0o600
    assert [path.name for path in tmp_path.glob(".*")] == []


def test_what_is_no_snapshot_is_refused(tmp_path: Path) -> None:
    text = tmp_path / "text"
    text.write_text("hello, this is no database at all " * 100)
    with pytest.raises(CannotOpen, match="text"):
        snapshots.restore(text, str(tmp_path / "elsewhere"))
    with pytest.raises(CannotOpen, match="there is no"):
        snapshots.contents(tmp_path / "missing")
    with pytest.raises(CannotOpen, match="there is no"):
        snapshots.save(str(tmp_path / "nothing"), tmp_path / "s.db")
    assert not (tmp_path / "s.db").exists()


def test_a_cut_off_snapshot_is_noticed(store: Store, place: str, tmp_path: Path) -> None:
    fill(store)
    file = tmp_path / "s.db"
    snapshots.save(place, file)
    whole = file.read_bytes()
    file.write_bytes(whole[: len(whole) // 2])
    with pytest.raises(CannotOpen):
        snapshots.contents(file)
    with pytest.raises(CannotOpen):
        snapshots.restore(file, str(tmp_path / "elsewhere"))
    assert not (tmp_path / "elsewhere" / "rolecall.db").exists()


def test_a_snapshot_of_a_newer_rolecall_is_refused(store: Store, place: str, tmp_path: Path) -> None:
    file = tmp_path / "s.db"
    snapshots.save(place, file)
    with sqlite3.connect(file) as connection:
        connection.execute("UPDATE alembic_version SET version_num = '9999'")
    with pytest.raises(SchemaTooNew, match="newer rolecall"):
        snapshots.restore(file, str(tmp_path / "elsewhere"))
