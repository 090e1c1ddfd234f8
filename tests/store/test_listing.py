"""Pages: every filter, order and page size gives what a plain sort of all items gives, from an index."""

from __future__ import annotations

import sqlite3
from collections.abc import Callable
from pathlib import Path
from typing import Any

import msgspec
import pytest

from rolecall.store import open_store
from rolecall.store.errors import BadPageToken
from rolecall.store.listing import _statement
from rolecall.store.ports import Reader, Store
from rolecall.store.records import Item, Listing
from rolecall.store.schema import ORDERS
from store.samples import ACCOUNT, job, later, user

JOBS = Listing(account=ACCOUNT, service="sagemaker", type="training-job", region="us-east-1")


def every_page(reader: Reader, listing: Listing) -> list[Item]:
    items: list[Item] = []
    while True:
        page = reader.items(listing)
        assert 0 < len(page.items) <= listing.limit or page.next is None
        assert not {item.id for item in items} & {item.id for item in page.items}, "a page repeats another"
        items += page.items
        if page.next is None:
            return items
        listing = msgspec.structs.replace(listing, after=page.next)


@pytest.fixture
def jobs(store: Store) -> list[Item]:
    """Jobs whose names, times and statuses order them differently, with ties; and others that no listing shows."""
    statuses = ("InProgress", "Completed", "Failed")
    made = [
        job(
            f"{'JobX'[n % 4]}ob-{n * 7 % 13}",
            parent="p" if n % 3 == 0 else "",
            arn=f"arn:{n}",
            path=f"/team{n % 2}/",
            status=statuses[n % 3 if n % 5 else 0],
            created=later(n * 5 % 7),
            modified=later(n * 3 % 11),
        )
        for n in range(13)
    ]
    added = store.write_sync(lambda unit: [unit.add_item(item) for item in made])
    gone = store.write_sync(lambda unit: unit.add_item(job("gone")))
    store.write_sync(lambda unit: unit.remove_item(gone.id))
    store.write_sync(lambda unit: [unit.add_item(job("far", region="eu-west-1")), unit.add_item(user("Alice"))])
    return added


FILTERS: dict[str, tuple[dict[str, Any], Callable[[Item], bool]]] = {
    "any parent": ({"parent": None}, lambda item: True),
    "top level": ({}, lambda item: item.parent == ""),
    "child": ({"parent": "p"}, lambda item: item.parent == "p"),
    "status": ({"parent": None, "status": "Completed"}, lambda item: item.status == "Completed"),
    "name": ({"parent": None, "name_contains": "OB-1"}, lambda item: "ob-1" in item.name.lower()),
    "nothing contained": ({"parent": None, "name_contains": ""}, lambda item: True),
    "path": ({"parent": None, "path_prefix": "/team1"}, lambda item: item.path == "/team1/"),
    "path is no pattern": ({"parent": None, "path_prefix": "/team%"}, lambda item: False),
    "created": (
        {"parent": None, "created_after": later(1), "created_before": later(5)},
        lambda item: later(1) < item.created < later(5),
    ),
    "modified": (
        {"parent": None, "modified_after": later(2), "modified_before": later(8)},
        lambda item: later(2) < item.modified < later(8),
    ),
    "several": (
        {"status": "InProgress", "created_after": later(0), "name_contains": "o"},
        lambda item: item.parent == "" and item.status == "InProgress" and item.created > later(0),
    ),
}


@pytest.mark.parametrize("descending", [False, True], ids=["ascending", "descending"])
@pytest.mark.parametrize("sort", list(ORDERS))
def test_pages_are_the_sorted_and_filtered_items(
    store: Store, jobs: list[Item], sort: str, descending: bool
) -> None:
    for name, (filters, holds) in FILTERS.items():
        listing = msgspec.structs.replace(JOBS, sort=sort, descending=descending, **filters)
        wanted = sorted(
            filter(holds, jobs),
            key=lambda item: tuple(getattr(item, column) for column in ORDERS[sort]),
            reverse=descending,
        )
        with store.read() as reader:
            for limit in (1, 3, 100):
                pages = every_page(reader, msgspec.structs.replace(listing, limit=limit))
                assert pages == wanted, (name, limit)


def test_a_full_last_page_has_no_token(store: Store, jobs: list[Item]) -> None:
    with store.read() as reader:
        page = reader.items(msgspec.structs.replace(JOBS, parent=None, limit=len(jobs)))
    assert len(page.items) == len(jobs)
    assert page.next is None


def test_paging_goes_on_when_the_last_item_of_a_page_was_removed(store: Store, jobs: list[Item]) -> None:
    listing = msgspec.structs.replace(JOBS, parent=None, limit=4)
    with store.read() as reader:
        whole = [item.id for item in every_page(reader, listing)]
        page = reader.items(listing)
    store.write_sync(lambda unit: unit.remove_item(page.items[-1].id))
    with store.read() as reader:
        rest = every_page(reader, msgspec.structs.replace(listing, after=page.next))
    assert [item.id for item in rest] == whole[4:]


@pytest.mark.parametrize(
    "change", [{"sort": "created"}, {"status": "Failed"}, {"descending": True}, {"account": "1"}]
)
def test_a_token_of_another_listing_is_refused(store: Store, jobs: list[Item], change: dict[str, Any]) -> None:
    listing = msgspec.structs.replace(JOBS, parent=None, limit=2)
    with store.read() as reader:
        token = reader.items(listing).next
        assert token is not None
        with pytest.raises(BadPageToken):
            reader.items(msgspec.structs.replace(listing, after=token, **change))


@pytest.mark.parametrize("token", ["", "x", "☃", "AAAAAAAA", "A" * 5000, "IQoJb3JpZ2luX2Vj"])
def test_a_text_that_is_no_token_is_refused(store: Store, token: str) -> None:
    with store.read() as reader, pytest.raises(BadPageToken):
        reader.items(msgspec.structs.replace(JOBS, after=token))


def test_a_token_fits_into_a_marker_of_iam(store: Store) -> None:
    """Marker has at most 320 characters."""
    names = ["x" * 127 + end for end in "ab"]
    store.write_sync(lambda unit: [unit.add_item(user(name)) for name in names])
    with store.read() as reader:
        page = reader.items(Listing(account=ACCOUNT, service="iam", type="user", limit=1))
    assert page.next is not None
    assert len(page.next) <= 320


@pytest.mark.parametrize("descending", [False, True], ids=["ascending", "descending"])
@pytest.mark.parametrize("follows", [False, True], ids=["first", "next"])
@pytest.mark.parametrize("sort", list(ORDERS))
@pytest.mark.parametrize("filters", [(), ("parent",), ("status",), ("parent", "status")], ids="-".join)
def test_a_page_comes_from_an_index_and_is_never_sorted(
    tmp_path: Path, sort: str, follows: bool, descending: bool, filters: tuple[str, ...]
) -> None:
    if sort == "status" and "status" in filters:
        sort = "name"  # as a listing of one status does
    open_store(str(tmp_path / "x.db")).close()
    statement = _statement(sort, descending, follows, frozenset(filters))
    names = ("account", "service", "type", "region", "parent", "status", "last_name", "last_id", "last_status")
    values = dict.fromkeys((*names, "last_created", "last_modified", "limit"), 1)
    text, bound = statement.prepared("sqlite", values)
    connection = sqlite3.connect(tmp_path / "x.db")
    plan = " ".join(row[3] for row in connection.execute(f"EXPLAIN QUERY PLAN {text}", bound))
    connection.close()
    assert "SEARCH item USING INDEX" in plan
    assert "TEMP B-TREE" not in plan
    if follows:  # the page begins where the last one ended, it does not walk there
        begin = f"({','.join(ORDERS[sort][:-1])}){{}}(" if sort == "status" else f"{sort}{{}}?"
        assert begin.format("<" if descending else ">") in plan
