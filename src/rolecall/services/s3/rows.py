"""The rows of S3 in the store: buckets, keys as they are now, versions, uploads and their parts.

A key has a row of type `object` while its newest version is no delete marker: what a plain listing goes through.
Every version has a row of type `version` with everything about it; those of a key follow each other newest first.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from datetime import datetime
from typing import Any, Final

from rolecall.services.s3.names import NULL, SEPARATOR, after, stored, version_place
from rolecall.services.walking import every
from rolecall.store.ports import Reader, Unit
from rolecall.store.records import Item, Listing

SERVICE: Final = "s3"
BLOB: Final = "blob"
HIGHEST: Final = 2**63 - 1


def bucket(reader: Reader, partition: str, name: str) -> Item | None:
    item = reader.item_by_arn(f"arn:{partition}:s3:::{name}")
    return item if item is not None and item.type == "bucket" else None


def current(reader: Reader, home: Item, key: str) -> Item | None:
    """The version that a key without a version id means; None where there is none, or a delete marker."""
    row = reader.item(home.account, SERVICE, "object", stored(key), parent=home.unique_id)
    return None if row is None else reader.item_by_unique_id(row.status)


def version(reader: Reader, home: Item, key: str, ident: str) -> Item | None:
    return reader.item_by_unique_id(version_place(home.unique_id, key, ident))


def named(reader: Reader, home: Item, key: str, ident: str | None) -> Item | None:
    return current(reader, home, key) if ident is None else version(reader, home, key, ident)


def newest(reader: Reader, home: Item, key: str) -> Item | None:
    """The newest version of a key, delete markers included."""
    start = stored(key) + SEPARATOR
    page = reader.items(
        Listing(
            account=home.account,
            service=SERVICE,
            type="version",
            parent=home.unique_id,
            name_from=start,
            name_until=after(start),
            limit=1,
        )
    )
    return page.items[0] if page.items else None


def add(
    unit: Unit, home: Item, key: str, body: Mapping[str, Any], tags: Mapping[str, str], now: datetime, nth: int = 0
) -> tuple[Item, list[str]]:
    """Write a version and make it the key's present one; gives the blobs that nothing names any more.

    The version id in the body says whether it takes the place of the null version.
    """
    ident = str(body["VersionId"])
    gone: list[str] = []
    if ident == NULL:
        old = version(unit, home, key, NULL)
        if old is not None:
            gone += end(unit, old)
    place = version_place(home.unique_id, key, ident)
    item = unit.add_item(
        Item(
            account=home.account,
            service=SERVICE,
            type="version",
            name=f"{stored(key)}{SEPARATOR}{HIGHEST - unit.revision:016x}{0xFFFF - nth:04x}{ident}",
            parent=home.unique_id,
            arn=f"s3-version:{place}",
            unique_id=place,
            created=now,
            modified=now,
            body={**body, "Key": key},
        ),
        tags,
    )
    for number, part in enumerate(body.get("Parts", ())):
        unit.link(item.id, BLOB, part["Blob"], name=str(number))
    point(unit, home, key, None if body.get("Marker") else item, now)
    return item, gone


def end(unit: Unit, item: Item) -> list[str]:
    """Take a version away; gives its blobs."""
    unit.remove_item(item.id)
    return blobs_of(item)


def blobs_of(item: Item) -> list[str]:
    return [part["Blob"] for part in item.body.get("Parts", ())]


def point(unit: Unit, home: Item, key: str, item: Item | None, now: datetime) -> None:
    """Let the key's row of a plain listing stand for this version; None: for none."""
    row = unit.item(home.account, SERVICE, "object", stored(key), parent=home.unique_id)
    if item is None:
        if row is not None:
            unit.remove_item(row.id)
        return
    shown = {name: item.body[name] for name in LISTED if name in item.body}
    changed = Item(
        id=0 if row is None else row.id,
        account=home.account,
        service=SERVICE,
        type="object",
        name=stored(key),
        parent=home.unique_id,
        arn=f"s3-object:{home.unique_id}/{stored(key)}",
        status=item.unique_id,
        created=item.created,
        modified=item.modified,
        body=shown,
    )
    if row is None:
        unit.add_item(changed)
    else:
        unit.change_item(changed)


LISTED: Final = ("Size", "ETag", "StorageClass", "ChecksumAlgorithm", "ChecksumType", "Owner")


def upload(reader: Reader, home: Item, key: str, ident: str) -> Item | None:
    item = reader.item_by_unique_id(f"s3-upload/{ident}") if ident else None
    fits = item is not None and item.type == "upload" and item.parent == home.unique_id
    return item if item is not None and fits and item.body["Key"] == key else None


def parts(reader: Reader, home: Item, upload_id: str) -> Iterator[Item]:
    """The parts of an upload by number."""
    return every(reader, Listing(account=home.account, service=SERVICE, type="part", parent=f"upload/{upload_id}"))


def part(reader: Reader, home: Item, upload_id: str, number: int) -> Item | None:
    return reader.item(home.account, SERVICE, "part", f"{number:05d}", parent=f"upload/{upload_id}")
