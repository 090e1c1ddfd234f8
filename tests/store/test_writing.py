"""Units of work: all or nothing each, answered after the commit, apart from each other."""

from __future__ import annotations

import asyncio
import sqlite3
import threading
from datetime import datetime
from pathlib import Path

import pytest

from rolecall.store import open_store
from rolecall.store.errors import ReadStillOpen, StoreBusy, StoreClosed, StoreFailed
from rolecall.store.ports import Store, Unit
from store.samples import ACCOUNT, NOON, later, record, user

SCOPE = f"account:{ACCOUNT}"


class Refused(Exception):
    pass


def _add_then_refuse(unit: Unit) -> None:
    alice = unit.add_item(user("Refused"), {"a": "b"})
    unit.link(alice.id, "boundary", "arn:b")
    unit.record(record("refused"))
    unit.put_setting("refused", "x")
    unit.touch("organization")
    raise Refused("no")


def test_a_unit_that_raises_leaves_nothing(store: Store) -> None:
    with pytest.raises(Refused, match="no"):
        store.write_sync(_add_then_refuse)
    with store.read() as reader:
        assert reader.count(ACCOUNT, "iam", "user") == 0
        assert reader.linked_to("boundary", "arn:b") == ()
        assert reader.audit_by_request("refused") is None
        assert reader.setting("refused") is None
        assert reader.version("organization") == reader.version(SCOPE) == 0


def test_units_of_one_batch_fail_each_for_itself(store: Store) -> None:
    async def all_at_once() -> list[object]:
        works = [
            store.write(_add_then_refuse if n % 3 == 0 else lambda unit, n=n: unit.add_item(user(f"U{n}")).name)
            for n in range(30)
        ]
        return await asyncio.gather(*works, return_exceptions=True)

    results = asyncio.run(all_at_once())
    for n, result in enumerate(results):
        assert isinstance(result, Refused) if n % 3 == 0 else result == f"U{n}"
    with store.read() as reader:
        assert reader.count(ACCOUNT, "iam", "user") == 20
        assert reader.version(SCOPE) == 20


def test_an_answered_unit_is_seen_by_the_next_read(store: Store) -> None:
    async def one_after_another() -> None:
        for n in range(20):
            await store.write(lambda unit, n=n: unit.add_item(user(f"U{n}")))
            with store.read() as reader:
                assert reader.item(ACCOUNT, "iam", "user", f"U{n}") is not None

    asyncio.run(one_after_another())


def test_no_update_is_lost_between_threads(store: Store) -> None:
    def count_up(unit: Unit) -> None:
        unit.put_setting("n", str(int(unit.setting("n") or "0") + 1))

    threads = [threading.Thread(target=lambda: [store.write_sync(count_up) for _ in range(15)]) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    with store.read() as reader:
        assert reader.setting("n") == "60"


def test_a_read_stays_at_its_snapshot(store: Store, kind: str) -> None:
    if kind == "sqlite-memory":
        pytest.skip("in memory a reader has the database to itself: nothing is committed meanwhile")
    with store.read() as reader:
        assert reader.version(SCOPE) == 0
        thread = threading.Thread(target=lambda: store.write_sync(lambda unit: unit.add_item(user("Alice"))))
        thread.start()
        thread.join()
        assert reader.version(SCOPE) == 0
        assert reader.item(ACCOUNT, "iam", "user", "Alice") is None
        with store.read() as newer:
            assert newer.version(SCOPE) == 1


def test_a_unit_inside_a_read_is_refused(store: Store) -> None:
    async def mistaken() -> None:
        with store.read():
            await store.write(lambda unit: unit.touch("x"))

    with pytest.raises(ReadStillOpen):
        asyncio.run(mistaken())
    with store.read(), store.read(), pytest.raises(ReadStillOpen):
        store.write_sync(lambda unit: unit.touch("x"))
    store.write_sync(lambda unit: unit.touch("x"))


def test_a_unit_that_waits_for_another_is_refused(store: Store) -> None:
    with pytest.raises(StoreFailed, match="same unit"):
        store.write_sync(lambda _: store.write_sync(lambda unit: unit.touch("x")))


def test_a_cancelled_caller_does_not_stop_the_writer(store: Store) -> None:
    async def impatient() -> None:
        waiting = asyncio.ensure_future(store.write(lambda unit: unit.add_item(user("Alice"))))
        await asyncio.sleep(0)
        waiting.cancel()
        with pytest.raises(asyncio.CancelledError):
            await waiting
        await store.write(lambda unit: unit.add_item(user("Bob")))

    asyncio.run(impatient())
    with store.read() as reader:
        assert reader.item(ACCOUNT, "iam", "user", "Bob") is not None
    pause = threading.Event()
    while True:  # nobody was told when Alice came
        with store.read() as reader:
            if reader.item(ACCOUNT, "iam", "user", "Alice") is not None:
                break
        pause.wait(0.01)


def test_a_closed_store_says_so(store: Store) -> None:
    store.close()
    with pytest.raises(StoreClosed):
        store.write_sync(lambda unit: None)
    with pytest.raises(StoreClosed), store.read():
        pass


def test_late_records_are_there_after_close(place: str | None) -> None:
    if place is None:
        pytest.skip("what is in memory ends with its store")
    store = open_store(place)
    for n in range(1200):
        store.record_later(record(f"r{n}"))
    store.close()
    store = open_store(place)
    with store.read() as reader:
        assert all(reader.audit_by_request(f"r{n}") is not None for n in range(1200))
    store.close()


def test_late_records_come_by_themselves(store: Store) -> None:
    key = {"access_key_id": "AKIA1", "account": ACCOUNT, "item_id": 0, "sealed_secret": b"", "status": "Active"}
    store.write_sync(lambda unit: unit.add_access_key(key | {"created": NOON}))
    store.record_later(record("late"))
    store.note_key_use("AKIA1", later(2), "iam", "us-east-1")
    store.note_key_use("AKIANONE", later(2), "iam", "us-east-1")

    def seen() -> tuple[bool, datetime | None]:
        with store.read() as reader:
            row = reader.access_key("AKIA1")
            assert row is not None
            return reader.audit_by_request("late") is not None, row["last_used_at"]

    pause = threading.Event()
    while seen() != (True, later(2)):  # the suite's own time limit ends a wait for nothing
        pause.wait(0.01)


def test_the_last_of_several_late_settings_counts_and_nothing_is_touched(store: Store) -> None:
    with store.read() as reader:
        before = reader.version(f"account:{ACCOUNT}")
    for value in ("first", "second"):
        store.put_setting_later("new", value)
    store.write_sync(lambda unit: unit.put_setting("known", "old"))
    store.put_setting_later("known", "newer")
    pause = threading.Event()
    while True:
        with store.read() as reader:
            if (reader.setting("new"), reader.setting("known")) == ("second", "newer"):
                assert reader.version(f"account:{ACCOUNT}") == before
                return
        pause.wait(0.01)


def test_an_older_use_of_a_key_does_not_replace_a_newer(store: Store) -> None:
    key = {"access_key_id": "AKIA1", "account": ACCOUNT, "item_id": 0, "sealed_secret": b"", "status": "Active"}
    store.write_sync(lambda unit: unit.add_access_key(key | {"created": NOON, "last_used_at": later(5)}))
    store.note_key_use("AKIA1", later(2), "iam", "us-east-1")
    store.record_later(record("late"))
    pause = threading.Event()
    while True:
        with store.read() as reader:
            if reader.audit_by_request("late") is not None:
                row = reader.access_key("AKIA1")
                break
        pause.wait(0.01)
    assert row is not None
    assert row["last_used_at"] == later(5)


def test_the_data_version_moves_with_every_commit_and_rests_otherwise(store: Store) -> None:
    first = store.data_version()
    with store.read() as reader:
        reader.version(SCOPE)
    assert store.data_version() == first
    store.write_sync(lambda unit: unit.touch("x"))
    second = store.data_version()
    assert second != first
    assert store.data_version() == second


def test_two_processes_on_one_database_see_each_other(place: str | None) -> None:
    """Two stores share nothing but the database, as two processes do."""
    if place is None:
        pytest.skip("what is in memory belongs to one store")
    one, two = open_store(place), open_store(place)
    before = two.data_version()
    alice = one.write_sync(lambda unit: unit.add_item(user("Alice")))
    assert two.data_version() != before
    with two.read() as reader:
        assert reader.item_by_id(alice.id) == alice
        assert reader.version(SCOPE) == 1

    def count_up(unit: Unit) -> int:
        unit.touch(SCOPE)
        unit.put_setting("n", str(int(unit.setting("n") or "0") + 1))
        return unit.revision

    revisions: list[int] = []
    threads = [
        threading.Thread(
            target=lambda store=store: revisions.extend(store.write_sync(count_up) for _ in range(25))
        )
        for store in (one, two, one, two)
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    with one.read() as reader:
        assert reader.setting("n") == "100"
        assert reader.version(SCOPE) == 101
    assert len(set(revisions)) == 100
    one.close()
    two.close()


def test_a_name_is_given_to_one_of_two_gateways(place: str | None) -> None:
    if place is None:
        pytest.skip("what is in memory belongs to one store")
    stores = open_store(place), open_store(place)
    outcomes: list[str] = []

    def claim(store: Store) -> None:
        for n in range(10):
            try:
                store.write_sync(lambda unit, n=n: unit.add_item(user(f"U{n}")))
                outcomes.append("added")
            except Exception as error:
                outcomes.append(type(error).__name__)

    threads = [threading.Thread(target=claim, args=(store,)) for store in stores]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(outcomes) == ["NameTaken"] * 10 + ["added"] * 10
    for store in stores:
        store.close()


def test_a_transaction_that_the_database_ended_keeps_and_acknowledges_nothing(tmp_path: Path) -> None:
    """SQLite ends a whole transaction by itself when a disk fails: units that had run must not be answered."""
    store = open_store(str(tmp_path / "x.db"))
    queued = threading.Event()

    def first(unit: Unit) -> None:
        queued.wait()
        unit.put_setting("beside", "1")

    def fail(unit: Unit) -> None:
        unit._session._connection.execute("ROLLBACK")  # type: ignore[attr-defined]
        raise OSError("the disk failed")

    async def together() -> list[object]:
        works = [asyncio.ensure_future(store.write(work)) for work in (first, fail, _add_then_refuse)]
        await asyncio.sleep(0)
        queued.set()
        return await asyncio.gather(*works, return_exceptions=True)

    assert [type(result) for result in asyncio.run(together())[:2]] == [StoreFailed, StoreFailed]
    store.write_sync(lambda unit: unit.put_setting("after", "1"))
    with store.read() as reader:
        assert (reader.setting("beside"), reader.setting("after")) == (None, "1")
    store.close()


def test_a_database_that_another_process_holds_is_busy(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("rolecall.store.sqlite.BUSY_MILLISECONDS", 20)
    store = open_store(str(tmp_path / "x.db"))
    other = sqlite3.connect(tmp_path / "x.db", isolation_level=None)
    other.execute("BEGIN IMMEDIATE")
    store.record_later(record("waits"))
    with pytest.raises(StoreBusy, match="nothing was written"):
        store.write_sync(lambda unit: unit.put_setting("a", "b"))
    other.execute("ROLLBACK")
    other.close()
    store.write_sync(lambda unit: unit.put_setting("c", "d"))
    with store.read() as reader:
        assert (reader.setting("a"), reader.setting("c")) == (None, "d")
        assert reader.audit_by_request("waits") is not None
    store.close()
