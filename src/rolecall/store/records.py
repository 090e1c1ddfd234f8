"""The few kinds of rows everything is kept in. Services see these values, never SQL.

item       a thing with a name and an ARN: a user, a role, a training job. Body changes in place; existence
           is history (valid from a version to a version).
link       a relation of an item: attached policy, inline policy, boundary, trust, group membership, default
           version. Never updated in place: closed and opened anew.
tag        likewise.
document   text kept once under its SHA-256.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from msgspec import Struct, field


class Item(Struct, frozen=True, kw_only=True):
    """One live thing. `id` is assigned by the store (0 before).

    service/type as botocore and the ARN spell them ("iam", "role"; "sagemaker", "training-job"). `region` is
    "" for global services. `name` is unique (case-insensitively when `folded_name` differs from name) among the
    live items of (account, region, service, type, parent); whether case counts is settled when the item is added,
    and a lookup by name follows it. `parent` groups children ("" at top level; the domain
    id of a user profile; the policy ARN of a policy version). `status` feeds list filters. `next_at` is when the
    life cycle moves it on by itself (None: never).
    """

    id: int = 0
    account: str
    region: str = ""
    service: str
    type: str
    name: str
    folded_name: str = ""  # name.lower() for names judged without case; else empty, and the store fills in `name`
    parent: str = ""
    arn: str
    unique_id: str = ""
    path: str = ""
    status: str = ""
    created: datetime
    modified: datetime
    next_at: datetime | None = None
    body: Mapping[str, Any] = field(default_factory=dict)


class Link(Struct, frozen=True, kw_only=True):
    """A relation from an item. relation e.g. "attached-policy"; name e.g. an inline policy's; target an ARN,
    an item's unique id or a document hash. Unique among live links of (item, relation, name)."""

    id: int = 0
    item_id: int
    relation: str
    name: str = ""
    target: str
    created: datetime | None = None


class Listing(Struct, frozen=True, kw_only=True):
    """A page of items: equal filters, ranges, order and where to go on. Served from indexes."""

    account: str
    service: str
    type: str
    region: str = ""
    parent: str | None = ""  # None: any parent
    name_contains: str | None = None
    name_from: str | None = None  # this name counts in
    name_until: str | None = None  # this one does not
    path_prefix: str | None = None
    status: str | None = None
    created_after: datetime | None = None
    created_before: datetime | None = None
    modified_after: datetime | None = None
    modified_before: datetime | None = None
    sort: str = "name"  # name | created | modified | status
    descending: bool = False
    limit: int = 100
    after: str | None = None  # opaque token of the previous page


class Page(Struct, frozen=True):
    items: tuple[Item, ...]
    next: str | None = None


class LogEvent(Struct, frozen=True):
    """A line of a log stream. stream: the id of its item; time, ingested: milliseconds since 1970. `sequence` is
    assigned by the store (0 before) and tells lines of one time apart."""

    stream: int
    time: int
    ingested: int
    message: str
    sequence: int = 0


class LogListing(Struct, frozen=True, kw_only=True):
    """Lines of a stream by time, then sequence. since counts in, until does not; `after` is the (time, sequence)
    of a line: only lines beyond it, in the direction of the listing."""

    stream: int
    since: int | None = None
    until: int | None = None
    after: tuple[int, int] | None = None
    descending: bool = False
    limit: int = 100


class AuditRecord(Struct, frozen=True, kw_only=True):
    """One CloudTrail-format event and the columns it is found by."""

    event_id: str
    request_id: str
    time: datetime
    account: str
    source: str  # iam.amazonaws.com
    name: str  # CreateUser
    principal: str
    error_code: str = ""
    read_only: bool
    event: Mapping[str, Any]
    decisions: Mapping[str, Any] = field(default_factory=dict)  # what `explain` needs to decide again


class AuditListing(Struct, frozen=True, kw_only=True):
    """A page of the audit trail of an account, newest first. Filters are equality but for the prefix; times
    include their ends."""

    account: str
    since: datetime | None = None
    until: datetime | None = None
    event_id: str | None = None
    name: str | None = None
    principal: str | None = None
    principal_prefix: str | None = None
    source: str | None = None
    read_only: bool | None = None
    limit: int = 50
    after: str | None = None  # opaque token of the previous page


class AuditPage(Struct, frozen=True):
    records: tuple[AuditRecord, ...]
    next: str | None = None
