"""Between rows of the database and the values of records.py: times, JSON bodies, column order."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from typing import Any

import msgspec

from rolecall.store.errors import Unstorable
from rolecall.store.records import AuditRecord, Item, Link
from rolecall.store.session import Row

EPOCH = datetime(1970, 1, 1, tzinfo=UTC)

ITEM_COLUMNS = (
    "id",
    "account",
    "region",
    "service",
    "type",
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
LINK_COLUMNS = ("id", "item_id", "relation", "name", "target", "created")
KEY_COLUMNS = (
    "access_key_id",
    "account",
    "item_id",
    "sealed_secret",
    "status",
    "created",
    "last_used_at",
    "last_used_service",
    "last_used_region",
)
AUDIT_COLUMNS = (
    "event_id",
    "request_id",
    "time",
    "account",
    "source",
    "name",
    "principal",
    "error_code",
    "read_only",
    "event",
    "decisions",
)

_read_json = msgspec.json.Decoder(dict[str, Any]).decode
_encoder = msgspec.json.Encoder()


def to_micros(moment: datetime) -> int:
    if moment.tzinfo is None:
        raise Unstorable(f"a time without a zone: {moment.isoformat()}")
    span = moment - EPOCH
    return (span.days * 86_400 + span.seconds) * 1_000_000 + span.microseconds


def to_datetime(micros: int) -> datetime:
    return EPOCH + timedelta(microseconds=micros)


def to_json(value: Mapping[str, Any]) -> str:
    try:
        return _encoder.encode(value).decode()
    except (UnicodeEncodeError, TypeError, OverflowError, msgspec.MsgspecError) as error:
        raise Unstorable(f"not expressible as JSON: {error}") from None


def item_of(row: Row) -> Item:
    next_at = row[14]
    return Item(
        id=row[0],
        account=row[1],
        region=row[2],
        service=row[3],
        type=row[4],
        name=row[5],
        folded_name=row[6],
        parent=row[7],
        arn=row[8],
        unique_id=row[9],
        path=row[10],
        status=row[11],
        created=to_datetime(row[12]),
        modified=to_datetime(row[13]),
        next_at=None if next_at is None else to_datetime(next_at),
        body=_read_json(row[15]),
    )


def item_values(item: Item) -> dict[str, Any]:
    """What a row of this item holds, without id, case rule and validity."""
    return {
        "account": item.account,
        "region": item.region,
        "service": item.service,
        "type": item.type,
        "name": item.name,
        "folded_name": item.folded_name or item.name,
        "parent": item.parent,
        "arn": item.arn,
        "unique_id": item.unique_id,
        "path": item.path,
        "status": item.status,
        "created": to_micros(item.created),
        "modified": to_micros(item.modified),
        "next_at": None if item.next_at is None else to_micros(item.next_at),
        "body": to_json(item.body),
    }


def link_of(row: Row) -> Link:
    return Link(
        id=row[0], item_id=row[1], relation=row[2], name=row[3], target=row[4], created=to_datetime(row[5])
    )


def key_of(row: Row) -> Mapping[str, Any]:
    key = dict(zip(KEY_COLUMNS, row, strict=True))
    key["created"] = to_datetime(key["created"])
    if key["last_used_at"] is not None:
        key["last_used_at"] = to_datetime(key["last_used_at"])
    return key


def key_values(changes: Mapping[str, Any]) -> dict[str, Any]:
    """Columns of an access key as the database holds them; unknown names are refused."""
    unknown = changes.keys() - set(KEY_COLUMNS)
    if unknown:
        raise Unstorable(f"an access key has no {', '.join(sorted(unknown))}")
    return {name: to_micros(value) if isinstance(value, datetime) else value for name, value in changes.items()}


def audit_of(row: Row) -> AuditRecord:
    return AuditRecord(
        event_id=row[0],
        request_id=row[1],
        time=to_datetime(row[2]),
        account=row[3],
        source=row[4],
        name=row[5],
        principal=row[6],
        error_code=row[7],
        read_only=bool(row[8]),
        event=_read_json(row[9]),
        decisions=_read_json(row[10]),
    )


def audit_values(record: AuditRecord) -> dict[str, Any]:
    # A record must never be refused for odd characters in what a client sent (the event keeps them, escaped).
    return {
        "event_id": record.event_id,
        "request_id": _plain(record.request_id),
        "time": to_micros(record.time),
        "account": record.account,
        "source": _plain(record.source),
        "name": _plain(record.name),
        "principal": _plain(record.principal),
        "error_code": record.error_code,
        "read_only": int(record.read_only),
        "event": _plain_text(record.event),
        "decisions": _plain_text(record.decisions),
    }


def _plain(text: str) -> str:
    return _unicode(text).replace("\0", "\ufffd")


def _unicode(text: str) -> str:
    return text if text.isascii() else text.encode("utf-8", "replace").decode()


def _plain_text(value: Mapping[str, Any]) -> str:
    """A value as JSON, with lone surrogates replaced (JSON text from a client may carry them)."""
    try:
        return _encoder.encode(value).decode()
    except UnicodeEncodeError:
        return to_json(_plain_value(msgspec.to_builtins(value)))
    except (TypeError, OverflowError, msgspec.MsgspecError) as error:
        raise Unstorable(f"not expressible as JSON: {error}") from None


def _plain_value(value: Any) -> Any:
    match value:
        case str():
            return _unicode(value)
        case Mapping():
            return {_unicode(str(key)): _plain_value(member) for key, member in value.items()}
        case list() | tuple():
            return [_plain_value(member) for member in value]
    return value
