"""Every statement but the listings', as SQLAlchemy Core. Names say what is asked; values are bound by name."""

from __future__ import annotations

from typing import Any, Final

from sqlalchemy import ColumnElement, Select, bindparam, func, insert, literal_column, select, update
from sqlalchemy import delete as delete_from
from sqlalchemy.schema import Table

from rolecall.store.rows import AUDIT_COLUMNS, ITEM_COLUMNS, KEY_COLUMNS, LINK_COLUMNS
from rolecall.store.schema import access_key, audit, document, item, link, metadata, setting, tag, version
from rolecall.store.session import Statement


def columns(table: Table, names: tuple[str, ...]) -> tuple[ColumnElement[object], ...]:
    return tuple(table.c[name] for name in names)


def same(table: Table, *names: str) -> list[ColumnElement[bool]]:
    """Equality of columns with bind parameters of their names."""
    return [table.c[name] == bindparam(name) for name in names]


def alive(table: Table) -> ColumnElement[bool]:
    return table.c.valid_to.is_(None)


def _items() -> Select[*tuple[Any, ...]]:
    return select(*columns(item, ITEM_COLUMNS)).where(alive(item))


def _insert(table: Table, names: tuple[str, ...]) -> Statement:
    return Statement(insert(table).values({name: bindparam(name) for name in names}).returning(table.c.id))


_ZERO: Final[ColumnElement[int]] = literal_column("0")
_EMPTY: Final[ColumnElement[str]] = literal_column("''")

KIND: Final = ("account", "service", "type", "region")
PLACE: Final = (*KIND, "parent")

# ---- items
ITEM_BY_FOLDED_NAME: Final = Statement(_items().where(*same(item, *PLACE, "folded_name")))
ITEM_BY_LOWER_NAME: Final = Statement(_items().where(*same(item, *PLACE, "folded_name"), item.c.folds != _ZERO))
ITEM_BY_ARN: Final = Statement(_items().where(*same(item, "arn")))
ITEM_BY_UNIQUE_ID: Final = Statement(_items().where(*same(item, "unique_id"), item.c.unique_id != _EMPTY))
ITEM_BY_ID: Final = Statement(_items().where(*same(item, "id")))
ITEM_DUE: Final = Statement(
    _items()
    .where(item.c.next_at.is_not(None), item.c.next_at <= bindparam("now"))
    .order_by(item.c.next_at, item.c.id)
    .limit(bindparam("limit"))
)
NEXT_DUE: Final = Statement(
    select(item.c.next_at)
    .where(alive(item), item.c.next_at.is_not(None))
    .order_by(item.c.next_at, item.c.id)
    .limit(literal_column("1"))
)
COUNT_IN_PARENT: Final = Statement(select(func.count()).select_from(item).where(alive(item), *same(item, *PLACE)))
COUNT_ANYWHERE: Final = Statement(select(func.count()).select_from(item).where(alive(item), *same(item, *KIND)))
CENSUS: Final = Statement(
    select(item.c.type, item.c.status, func.count())
    .where(alive(item), *same(item, "service"))
    .group_by(item.c.type, item.c.status)
)
ITEM_RULES: Final = Statement(
    select(item.c.account, item.c.service, item.c.folds, item.c.arn, item.c.unique_id).where(
        alive(item), *same(item, "id")
    )
)
ITEM_INSERT: Final = _insert(item, (*ITEM_COLUMNS[1:], "folds", "valid_from"))
_CHANGED: Final = (
    "name",
    "folded_name",
    "parent",
    "arn",
    "unique_id",
    "path",
    "status",
    "created",
    "modified",
    "next_at",
    "body",
)
ITEM_UPDATE: Final = Statement(
    update(item).where(alive(item), item.c.id == bindparam("at")).values({n: bindparam(n) for n in _CHANGED})
)
ITEM_END: Final = Statement(
    update(item).where(alive(item), item.c.id == bindparam("at")).values(valid_to=bindparam("revision"))
)

# ---- links
_LINKS: Final = select(*columns(link, LINK_COLUMNS)).where(alive(link))
_LINK_ORDER: Final = (link.c.relation, link.c.name, link.c.id)
LINKS_OF: Final = Statement(_LINKS.where(*same(link, "item_id")).order_by(*_LINK_ORDER))
LINKS_OF_RELATION: Final = Statement(_LINKS.where(*same(link, "item_id", "relation")).order_by(*_LINK_ORDER))
LINKS_TO: Final = Statement(_LINKS.where(*same(link, "relation", "target")).order_by(link.c.id))
LINK_INSERT: Final = _insert(link, (*LINK_COLUMNS[1:], "valid_from"))
LINK_END: Final[dict[tuple[str, ...], Statement]] = {
    names: Statement(
        update(link)
        .where(alive(link), *(link.c[name] == bindparam(f"of_{name}") for name in names))
        .values(valid_to=bindparam("revision"))
    )
    for names in (
        ("item_id",),
        ("item_id", "relation"),
        ("item_id", "relation", "name"),
        ("item_id", "relation", "target"),
        ("item_id", "relation", "name", "target"),
    )
}

# ---- tags
TAGS_OF: Final = Statement(
    select(tag.c.key, tag.c.value, tag.c.position)
    .where(alive(tag), *same(tag, "item_id"))
    .order_by(tag.c.position)
)
TAG_INSERT: Final = _insert(tag, ("item_id", "key", "value", "position", "valid_from"))
TAG_END: Final = Statement(
    update(tag)
    .where(alive(tag), tag.c.item_id == bindparam("of_item"), tag.c.key == bindparam("of_key"))
    .values(valid_to=bindparam("revision"))
)
TAGS_END: Final = Statement(
    update(tag).where(alive(tag), tag.c.item_id == bindparam("of_item")).values(valid_to=bindparam("revision"))
)

# ---- documents, settings, versions
DOCUMENT: Final = Statement(select(document.c.text).where(*same(document, "digest")))
DOCUMENT_INSERT: Final = Statement(insert(document).values(digest=bindparam("digest"), text=bindparam("text")))
SETTING: Final = Statement(select(setting.c.value).where(*same(setting, "key")))
SETTING_INSERT: Final = Statement(insert(setting).values(key=bindparam("key"), value=bindparam("value")))
SETTING_UPDATE: Final = Statement(
    update(setting).where(setting.c.key == bindparam("at")).values(value=bindparam("value"))
)
VERSION: Final = Statement(select(version.c.number).where(*same(version, "scope")))
VERSION_INSERT: Final = Statement(insert(version).values(scope=bindparam("scope"), number=bindparam("number")))
VERSION_SET: Final = Statement(
    update(version).where(version.c.scope == bindparam("at")).values(number=bindparam("number"))
)
VERSION_STEP: Final = Statement(
    update(version).where(version.c.scope == bindparam("at")).values(number=version.c.number + literal_column("1"))
)

VERSION_SCOPES: Final = Statement(select(version.c.scope))
REVISION: Final = "revision"  # the scope in `version` that counts units of work, where there is no sequence
# Children before what they point at.
CLEAR: Final = tuple(
    Statement(delete_from(table)) for table in reversed(metadata.sorted_tables) if table not in (document, version)
)

# ---- access keys
ACCESS_KEY: Final = Statement(select(*columns(access_key, KEY_COLUMNS)).where(*same(access_key, "access_key_id")))
ACCESS_KEYS_OF: Final = Statement(
    select(*columns(access_key, KEY_COLUMNS))
    .where(*same(access_key, "account", "item_id"))
    .order_by(access_key.c.created, access_key.c.access_key_id)
)
ACCESS_KEYS_AFTER: Final = Statement(
    select(*columns(access_key, KEY_COLUMNS))
    .where(access_key.c.access_key_id > bindparam("access_key_id"))
    .order_by(access_key.c.access_key_id)
    .limit(bindparam("limit"))
)
ACCESS_KEY_INSERT: Final = Statement(insert(access_key).values({n: bindparam(n) for n in KEY_COLUMNS}))
ACCESS_KEY_UPDATE: Final = Statement(
    update(access_key)
    .where(access_key.c.access_key_id == bindparam("at"))
    .values({n: bindparam(n) for n in KEY_COLUMNS[1:]})
)
ACCESS_KEY_USED: Final = Statement(
    update(access_key)
    .where(
        access_key.c.access_key_id == bindparam("at"),
        access_key.c.last_used_at.is_(None) | (access_key.c.last_used_at < bindparam("last_used_at")),
    )
    .values({n: bindparam(n) for n in ("last_used_at", "last_used_service", "last_used_region")})
)
ACCESS_KEY_DELETE: Final = Statement(delete_from(access_key).where(access_key.c.access_key_id == bindparam("at")))
ACCESS_KEYS_DELETE: Final = Statement(
    delete_from(access_key).where(
        access_key.c.account == bindparam("of_account"), access_key.c.item_id == bindparam("of_item")
    )
)

# ---- audit
AUDIT_BY_REQUEST: Final = Statement(
    select(*columns(audit, AUDIT_COLUMNS)).where(*same(audit, "request_id")).order_by(audit.c.sequence)
)
AUDIT_INSERT: Final = Statement(insert(audit).values({n: bindparam(n) for n in AUDIT_COLUMNS}))
