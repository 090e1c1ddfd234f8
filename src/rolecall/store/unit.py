"""The changes of one unit of work (ports.Unit). Knows nothing of batches and commits.

Uniqueness is asked before a row is written, so that NameTaken leaves the transaction usable; the unique indexes
are the backstop against races between processes.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Mapping
from typing import Any

from rolecall.store import log_lines
from rolecall.store import statements as sql
from rolecall.store.errors import NameTaken, NotFound
from rolecall.store.reader import SqlReader
from rolecall.store.records import AuditRecord, Item, Link, LogEvent
from rolecall.store.rows import (
    ITEM_COLUMNS,
    KEY_COLUMNS,
    audit_values,
    item_of,
    item_values,
    key_values,
    link_of,
)
from rolecall.store.scopes import PRINCIPALS, principals_scope
from rolecall.store.session import Row, Session, Taken


class SqlUnit(SqlReader):
    def __init__(self, session: Session, revision: int, now: int) -> None:
        super().__init__(session)
        self.revision = revision
        self._now = now  # microseconds: when links are opened
        self._touched: set[str] = set()
        self.moved: frozenset[str] = frozenset()  # the scopes that moved, once the unit is finished
        self._owners: dict[int, tuple[str, str]] = {}  # account and service of items

    # ---- versions
    def touch(self, scope: str) -> None:
        self._touched.add(scope)

    def version(self, scope: str) -> int:
        return super().version(scope) + (scope in self._touched)

    def finish(self) -> None:
        """Move the touched scopes on. Last and in one order, so that two gateways wait for each other briefly and
        never in a circle."""
        for scope in sorted(self._touched):
            if not self._session.run(sql.VERSION_STEP, {"at": scope}):
                self._session.run(sql.VERSION_INSERT, {"scope": scope, "number": 1})
        self.moved = frozenset(self._touched)
        self._touched.clear()

    def _touch_account(self, account: str, service: str = PRINCIPALS) -> None:
        self._touched.add(f"account:{account}")
        if service == PRINCIPALS:
            self._touched.add(principals_scope(account))

    def _touch_item(self, item_id: int) -> None:
        owner = self._owners.get(item_id)
        if owner is None:
            account, service = self._rules(item_id)[:2]
            owner = self._owners[item_id] = (account, service)
        self._touch_account(*owner)

    def _rules(self, item_id: int) -> Row:
        row = self._session.first(sql.ITEM_RULES, {"id": item_id})
        if row is None:
            raise NotFound(f"no live item has the id {item_id}")
        return row

    # ---- items
    def add_item(self, item: Item, tags: Mapping[str, str] | None = None) -> Item:
        values = item_values(item)
        folds = item.folded_name != "" and item.folded_name == item.name.lower()
        row = values | {"folds": int(folds), "valid_from": self.revision}
        if self._session.refusals_are_harmless:
            try:
                item_id = int(self._session.insert(sql.ITEM_INSERT, row)[0])
            except Taken:
                self._check_new(item, values)  # says which it was
                raise
        else:
            self._check_new(item, values)
            item_id = int(self._session.insert(sql.ITEM_INSERT, row)[0])
        self._owners[item_id] = (item.account, item.service)
        self._touch_account(item.account, item.service)
        for position, (key, value) in enumerate((tags or {}).items(), 1):
            self._insert_tag(item_id, key, value, position)
        return _as_read(item_id, values)

    def _check_new(self, item: Item, values: Mapping[str, Any]) -> None:
        self._check_name(values, None)
        self._check_arn(item.arn)
        self._check_unique_id(item.unique_id)

    def change_item(self, item: Item) -> Item:
        account, service, folds, arn, unique_id = self._rules(item.id)
        values = item_values(item) | {"account": account}
        values["folded_name"] = item.name.lower() if folds else item.name
        self._check_name(values, item.id)
        if item.arn != arn:
            self._check_arn(item.arn)
        if item.unique_id != unique_id:
            self._check_unique_id(item.unique_id)
        self._session.run(sql.ITEM_UPDATE, values | {"at": item.id})
        self._touch_account(account, service)
        return _as_read(item.id, values)

    def remove_item(self, item_id: int) -> None:
        self._touch_item(item_id)
        self._session.run(sql.ACCESS_KEYS_DELETE, {"of_account": self._owners[item_id][0], "of_item": item_id})
        self._session.run(sql.LINK_END[("item_id",)], {"of_item_id": item_id, "revision": self.revision})
        self._session.run(sql.TAGS_END, {"of_item": item_id, "revision": self.revision})
        if not self._session.run(sql.ITEM_END, {"at": item_id, "revision": self.revision}):
            raise NotFound(f"no live item has the id {item_id}")
        del self._owners[item_id]

    def _check_name(self, values: Mapping[str, Any], own_id: int | None) -> None:
        place = {name: values[name] for name in (*sql.PLACE, "folded_name")}
        row = self._session.first(sql.ITEM_BY_FOLDED_NAME, place)
        if row is not None and row[0] != own_id:
            raise NameTaken("name", str(values["name"]))

    def _check_arn(self, arn: str) -> None:
        if self._session.first(sql.ITEM_BY_ARN, {"arn": arn}) is not None:
            raise NameTaken("arn", arn)

    def _check_unique_id(self, unique_id: str) -> None:
        if unique_id and self._session.first(sql.ITEM_BY_UNIQUE_ID, {"unique_id": unique_id}) is not None:
            raise NameTaken("unique_id", unique_id)

    # ---- links
    def link(self, item_id: int, relation: str, target: str, *, name: str = "") -> Link:
        self._touch_item(item_id)
        self._end_links({"item_id": item_id, "relation": relation, "name": name})
        values = {
            "item_id": item_id,
            "relation": relation,
            "name": name,
            "target": target,
            "created": self._now,
            "valid_from": self.revision,
        }
        row = self._session.insert(sql.LINK_INSERT, values)
        return link_of((row[0], item_id, relation, name, target, self._now))

    def unlink(self, item_id: int, relation: str, *, name: str | None = None, target: str | None = None) -> int:
        self._touch_item(item_id)
        which = {"item_id": item_id, "relation": relation, "name": name, "target": target}
        return self._end_links({column: value for column, value in which.items() if value is not None})

    def _end_links(self, which: Mapping[str, Any]) -> int:
        values = {f"of_{column}": value for column, value in which.items()}
        return self._session.run(sql.LINK_END[tuple(which)], values | {"revision": self.revision})

    # ---- tags
    def set_tags(self, item_id: int, tags: Mapping[str, str]) -> None:
        self._touch_item(item_id)
        rows = self._session.all(sql.TAGS_OF, {"item_id": item_id})
        present = {key: (value, position) for key, value, position in rows}
        last = rows[-1][2] if rows else 0
        for key, value in tags.items():
            old = present.get(key)
            if old is None:
                last += 1
                position = last
            elif old[0] == value:
                continue
            else:
                position = old[1]
                self._end_tag(item_id, key)
            self._insert_tag(item_id, key, value, position)

    def _insert_tag(self, item_id: int, key: str, value: str, position: int) -> None:
        row = {"item_id": item_id, "key": key, "value": value, "position": position}
        self._session.insert(sql.TAG_INSERT, row | {"valid_from": self.revision})

    def remove_tags(self, item_id: int, keys: Iterable[str]) -> None:
        self._touch_item(item_id)
        for key in keys:
            self._end_tag(item_id, key)

    def _end_tag(self, item_id: int, key: str) -> None:
        self._session.run(sql.TAG_END, {"of_item": item_id, "of_key": key, "revision": self.revision})

    # ---- documents, settings
    def put_document(self, text: str) -> str:
        digest = hashlib.sha256(text.encode("utf-8", "surrogatepass")).hexdigest()
        if self.document(digest) is None:
            self._session.run(sql.DOCUMENT_INSERT, {"digest": digest, "text": text})
        return digest

    def put_setting(self, key: str, value: str) -> None:
        if not self._session.run(sql.SETTING_UPDATE, {"at": key, "value": value}):
            self._session.run(sql.SETTING_INSERT, {"key": key, "value": value})

    # ---- access keys
    def add_access_key(self, row: Mapping[str, Any]) -> None:
        values = dict.fromkeys(KEY_COLUMNS) | key_values(row)
        if self.access_key(str(values["access_key_id"])) is not None:
            raise NameTaken("access_key_id", str(values["access_key_id"]))
        self._session.run(sql.ACCESS_KEY_INSERT, values)
        self._touch_account(str(values["account"]))

    def change_access_key(self, access_key_id: str, **changes: Any) -> None:
        old = self._key(access_key_id)
        values = key_values(dict(old) | changes)
        del values["access_key_id"]
        self._session.run(sql.ACCESS_KEY_UPDATE, values | {"at": access_key_id})
        if any(not name.startswith("last_used_") for name in changes):
            self._touch_account(str(old["account"]))

    def remove_access_key(self, access_key_id: str) -> None:
        old = self._key(access_key_id)
        self._session.run(sql.ACCESS_KEY_DELETE, {"at": access_key_id})
        self._touch_account(str(old["account"]))

    def _key(self, access_key_id: str) -> Mapping[str, Any]:
        row = self.access_key(access_key_id)
        if row is None:
            raise NotFound(f"no access key {access_key_id}")
        return row

    # ---- everything
    def clear(self) -> None:
        for statement in sql.CLEAR:
            self._session.run(statement, {})
        for (scope,) in self._session.all(sql.VERSION_SCOPES, {}):
            if scope != sql.REVISION:
                self._touched.add(scope)
        self._owners.clear()

    # ---- lines of logs
    def add_log_events(self, events: Iterable[LogEvent]) -> None:
        for event in events:
            log_lines.add(self._session, event)

    def remove_log_events(self, stream: int, before: int | None = None) -> None:
        log_lines.remove(self._session, stream, before)

    # ---- audit
    def record(self, record: AuditRecord) -> None:
        self._session.run(sql.AUDIT_INSERT, audit_values(record))


def _as_read(item_id: int, values: Mapping[str, Any]) -> Item:
    return item_of((item_id, *(values[name] for name in ITEM_COLUMNS[1:])))
