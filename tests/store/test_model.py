"""The store against plain dictionaries: any sequence of changes leaves what the dictionaries hold."""

from __future__ import annotations

from typing import Any

import msgspec
import pytest
from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import (
    Bundle,
    RuleBasedStateMachine,
    consumes,
    initialize,
    invariant,
    multiple,
    rule,
    run_state_machine_as_test,
)

from rolecall.store import open_store
from rolecall.store.errors import NameTaken
from rolecall.store.ports import Store, Unit
from rolecall.store.records import Item, Listing
from rolecall.store.schema import ORDERS
from store.samples import ACCOUNT, NOON, later

KINDS = {"user": True, "training-job": False}  # type → whether its names are judged without case

types = st.sampled_from(sorted(KINDS))
names = st.text(alphabet="abAB-é", min_size=1, max_size=3)
parents = st.sampled_from(["", "p"])
statuses = st.sampled_from(["", "InProgress", "Completed"])
times = st.integers(0, 5).map(later)
words = st.sampled_from(["a", "b", "c", ""])
bodies = st.dictionaries(words, st.recursive(st.none() | st.booleans() | st.integers(-9, 9) | words, st.lists))


class _Refused(Exception):
    """A unit that gives up at its end."""


class StoreModel(RuleBasedStateMachine):
    """`items`, `links` and `tags` are what must be there; keys are ids as the store gave them."""

    live: Bundle[int] = Bundle("live")
    place: str | None = None

    @initialize()
    def open(self) -> None:
        self.store: Store = open_store(self.place)
        self.items: dict[int, Item] = {}
        self.links: dict[tuple[int, str, str], str] = {}
        self.tags: dict[int, dict[str, str]] = {}
        self.steps = 0
        self.made = 0

    def teardown(self) -> None:
        if hasattr(self, "store"):
            self.store.close()

    def write(self, work: Any) -> Any:
        self.steps += 1
        return self.store.write_sync(work)

    @staticmethod
    def judged(item: Item) -> tuple[str, str, str]:
        return item.type, item.parent, item.name.lower() if KINDS[item.type] else item.name

    @rule(
        target=live,
        type=types,
        name=names,
        parent=parents,
        status=statuses,
        created=times,
        next_at=st.none() | times,
        body=bodies,
        tags=st.dictionaries(words, words),
    )
    def add(self, tags: dict[str, str], **fields: Any) -> Any:
        self.made += 1
        folded = fields["name"].lower() if KINDS[fields["type"]] else ""
        item = Item(
            account=ACCOUNT,
            service="s",
            arn=f"arn:{self.made}",
            unique_id=f"ID{self.made}" if self.made % 2 else "",
            folded_name=folded,
            modified=NOON,
            **fields,
        )
        taken = self.judged(item) in {self.judged(other) for other in self.items.values()}
        try:
            added = self.store.write_sync(lambda unit: unit.add_item(item, tags))
        except NameTaken:
            assert taken
            return multiple()
        assert not taken
        self.steps += 1
        assert added == msgspec.structs.replace(item, id=added.id, folded_name=folded or item.name)
        self.items[added.id] = added
        self.tags[added.id] = dict(tags)
        return added.id

    @rule(id=live, name=names, status=statuses, modified=times, body=bodies)
    def change(self, id: int, **fields: Any) -> None:
        item = msgspec.structs.replace(self.items[id], **fields)
        others = {self.judged(other) for other in self.items.values() if other.id != id}
        try:
            changed = self.store.write_sync(lambda unit: unit.change_item(item))
        except NameTaken:
            assert self.judged(item) in others
            return
        assert self.judged(item) not in others
        self.steps += 1
        self.items[id] = changed
        for name, value in fields.items():
            assert getattr(changed, name) == value

    @rule(id=consumes(live))
    def remove(self, id: int) -> None:
        self.write(lambda unit: unit.remove_item(id))
        del self.items[id], self.tags[id]
        self.links = {key: target for key, target in self.links.items() if key[0] != id}

    @rule(id=live, relation=words, name=words, to=words)
    def link(self, id: int, relation: str, name: str, to: str) -> None:
        self.write(lambda unit: unit.link(id, relation, to, name=name))
        self.links[id, relation, name] = to

    @rule(id=live, relation=words, name=st.none() | words, to=st.none() | words)
    def unlink(self, id: int, relation: str, name: str | None, to: str | None) -> None:
        ended = [
            key
            for key, old in self.links.items()
            if key[:2] == (id, relation) and name in (None, key[2]) and to in (None, old)
        ]
        assert self.write(lambda unit: unit.unlink(id, relation, name=name, target=to)) == len(ended)
        for key in ended:
            del self.links[key]

    @rule(id=live, tags=st.dictionaries(words, words))
    def set_tags(self, id: int, tags: dict[str, str]) -> None:
        self.write(lambda unit: unit.set_tags(id, tags))
        self.tags[id] |= tags

    @rule(id=live, keys=st.lists(words))
    def remove_tags(self, id: int, keys: list[str]) -> None:
        self.write(lambda unit: unit.remove_tags(id, keys))
        for key in keys:
            self.tags[id].pop(key, None)

    @rule(id=live)
    def refused(self, id: int) -> None:
        def work(unit: Unit) -> None:
            unit.remove_item(id)
            raise _Refused

        with pytest.raises(_Refused):
            self.store.write_sync(work)

    @rule(
        type=types,
        parent=st.none() | parents,
        status=st.none() | statuses,
        contains=st.none() | names,
        after=st.none() | times,
        sort=st.sampled_from(sorted(ORDERS)),
        descending=st.booleans(),
        limit=st.integers(1, 4),
    )
    def list_items(
        self,
        type: str,
        parent: str | None,
        status: str | None,
        contains: str | None,
        after: Any,
        sort: str,
        descending: bool,
        limit: int,
    ) -> None:
        listing = Listing(
            account=ACCOUNT,
            service="s",
            type=type,
            parent=parent,
            status=status,
            name_contains=contains,
            created_after=after,
            sort=sort,
            descending=descending,
            limit=limit,
        )
        wanted = [
            item
            for item in self.items.values()
            if item.type == type
            and parent in (None, item.parent)
            and status in (None, item.status)
            and (contains is None or _ascii_lower(contains) in _ascii_lower(item.name))
            and (after is None or item.created > after)
        ]
        wanted.sort(key=lambda item: tuple(getattr(item, name) for name in ORDERS[sort]), reverse=descending)
        seen: list[Item] = []
        with self.store.read() as reader:
            while True:
                page = reader.items(listing)
                assert not {item.id for item in seen} & {item.id for item in page.items}, "a page repeats another"
                seen += page.items
                if page.next is None:
                    break
                listing = msgspec.structs.replace(listing, after=page.next)
        assert seen == wanted

    @invariant()
    def everything_is_as_in_the_model(self) -> None:
        if not hasattr(self, "store"):
            return
        with self.store.read() as reader:
            assert reader.version(f"account:{ACCOUNT}") == self.steps
            for item in self.items.values():
                assert reader.item_by_id(item.id) == reader.item_by_arn(item.arn) == item
                assert reader.item(ACCOUNT, "s", item.type, item.name, parent=item.parent) == item
                assert (reader.item_by_unique_id(item.unique_id) == item) is (item.unique_id != "")
                assert list(reader.tags(item.id).items()) == list(self.tags[item.id].items())
                links = {(link.item_id, link.relation, link.name): link.target for link in reader.links(item.id)}
                assert links == {key: target for key, target in self.links.items() if key[0] == item.id}
            for target in ("a", ""):
                found = {(link.item_id, link.name) for link in reader.linked_to("b", target)}
                assert found == {(i, n) for (i, r, n), t in self.links.items() if r == "b" and t == target}
            for type in KINDS:
                assert reader.count(ACCOUNT, "s", type, parent=None) == sum(
                    item.type == type for item in self.items.values()
                )
            due = sorted((i.next_at, i.id) for i in self.items.values() if i.next_at and i.next_at <= later(3))
            assert [item.id for item in reader.due(later(3), limit=1000)] == [id for _, id in due]


def _ascii_lower(text: str) -> str:
    """Names are ASCII at AWS; databases fold nothing else."""
    return "".join(letter.lower() if letter.isascii() else letter for letter in text)


def test_any_sequence_of_changes_leaves_what_the_model_holds() -> None:
    run_state_machine_as_test(
        StoreModel,
        settings=settings(
            max_examples=60,
            stateful_step_count=30,
            deadline=None,
            suppress_health_check=[HealthCheck.too_slow, HealthCheck.filter_too_much],
        ),
    )


@pytest.mark.slow
def test_any_sequence_of_changes_leaves_what_the_model_holds_on_postgresql(schema_url: str) -> None:
    import psycopg

    class OnPostgresql(StoreModel):
        place = schema_url

        def teardown(self) -> None:
            super().teardown()
            with psycopg.connect(schema_url, autocommit=True) as connection:
                connection.execute("TRUNCATE item, link, tag, version CASCADE")

    run_state_machine_as_test(
        OnPostgresql,
        settings=settings(
            max_examples=12,
            stateful_step_count=25,
            deadline=None,
            suppress_health_check=[HealthCheck.too_slow, HealthCheck.filter_too_much],
        ),
    )
