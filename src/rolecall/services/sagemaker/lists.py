"""Lists: a page of resources, or all of them, as the store's indexes give them.

Filters that are no column of the store are applied while reading; orders that no index has are sorted here.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from datetime import datetime
from typing import Any, Final

import msgspec

from rolecall.services import walking
from rolecall.services.call import Call
from rolecall.services.sagemaker import errors, lifecycle, model
from rolecall.services.sagemaker.inlist import needs_room, page_of
from rolecall.services.sagemaker.items import SERVICE, Body, Hooks, id_of, view
from rolecall.services.sagemaker.paths import values
from rolecall.services.sagemaker.resources import ASCENDING, ResourceType
from rolecall.store.errors import BadPageToken
from rolecall.store.ports import Reader
from rolecall.store.records import Item, Listing

PAGE: Final = 10  # items of a page when MaxResults is absent
SORTS: Final[Mapping[str, str]] = {
    "Name": "name",
    "IMAGE_NAME": "name",
    "PipelineExecutionArn": "name",
    "CreationTime": "created",
    "CREATION_TIME": "created",
    "VERSION": "created",
    "LastModifiedTime": "modified",
    "LAST_MODIFIED_TIME": "modified",
    "NAME": "name",
    "CreateDate": "created",
    "HubName": "name",
    "HubStatus": "status",
    "STATUS": "status",
    "Status": "status",
    "FeatureGroupStatus": "status",
    # Every group's offline store has the same status, so any order is right.
    "OfflineStoreStatus": "status",
}
TIMES: Final[Mapping[str, str]] = {
    "CreationTimeAfter": "created_after",
    "CreatedAfter": "created_after",
    "CreationTimeBefore": "created_before",
    "CreatedBefore": "created_before",
    "LastModifiedTimeAfter": "modified_after",
    "ModifiedTimeAfter": "modified_after",
    "LastModifiedTimeBefore": "modified_before",
    "ModifiedTimeBefore": "modified_before",
}


def list_page(call: Call, reader: Reader, kind: ResourceType, hooks: Hooks) -> Mapping[str, Any]:
    member, shape = model.listed(call.operation)
    items, token = page(call, reader, kind, hooks, listing(call, kind))
    made: Body = {member: [model.fit(one, shape) for one in items]}
    if token:
        made["NextToken"] = token
    return made


def listing(call: Call, kind: ResourceType) -> Listing:
    """What a List request asks the store for."""
    given = call.parameters
    parent = given.get(f"{kind.parent}Equals") or given.get(kind.parent) if kind.parent else ""
    return Listing(
        account=call.account,
        service=SERVICE,
        type=kind.type,
        region=call.region,
        parent=id_of(str(parent)) if parent else (None if kind.parent else ""),
        name_contains=given.get("NameContains") or given.get(f"{kind.noun}NameContains"),
        status=given.get("StatusEquals")
        or given.get(f"{kind.noun}StatusEquals")
        or (given.get(kind.status) if kind.status else None),
        sort=SORTS.get(str(given.get("SortBy") or kind.sort), "name"),
        descending=str(given.get("SortOrder") or kind.order).capitalize() != ASCENDING,
        limit=int(given.get("MaxResults") or kind.page),
        after=given.get("NextToken"),
        **{column: given[name] for name, column in TIMES.items() if given.get(name) is not None},
    )


def page(
    call: Call, reader: Reader, kind: ResourceType, hooks: Hooks, wanted: Listing
) -> tuple[list[Body], str | None]:
    """The things of one page, and the token of the next.

    The store answers from its indexes; the few filters that are not columns are applied here, reading on until
    the page is full. Never more is read than still fits, so the store's token is always the right one.
    """
    needs_room(wanted.limit)
    sorted_by = kind.sorts.get(str(call.parameters.get("SortBy")))
    if sorted_by is not None:
        return _sorted(call, reader, kind, hooks, wanted, sorted_by)
    shown: list[Body] = []
    token = wanted.after
    while True:
        try:
            part = reader.items(msgspec.structs.replace(wanted, limit=wanted.limit - len(shown), after=token))
        except BadPageToken as bad:
            raise errors.refuse("next token") from bad
        for item in _at(part.items, call.now):
            known = view(call, reader, kind, hooks, item)
            if _wanted(call, kind, known):
                shown.append(known)
        token = part.next
        if token is None or len(shown) >= wanted.limit:
            return shown, token


def _wanted(call: Call, kind: ResourceType, known: Body) -> bool:
    """Whether a thing passes the filters of a List request that are not columns of the store."""
    return all(_passes(known, name, path, call.parameters) for name, path in kind.filters.items())


def _sorted(
    call: Call, reader: Reader, kind: ResourceType, hooks: Hooks, wanted: Listing, path: str
) -> tuple[list[Body], str | None]:
    """A page in an order that no index has: everything is read and sorted."""
    everything = msgspec.structs.replace(wanted, sort="name", descending=False, limit=100, after=None)
    known = [view(call, reader, kind, hooks, item) for item in living(reader, everything, call.now)]
    fitting = [one for one in known if _wanted(call, kind, one)]
    fitting.sort(key=lambda one: _rank(next(values(one, path), "")), reverse=wanted.descending)
    return page_of(fitting, wanted.limit, wanted.after)


def _rank(value: object) -> tuple[float, str]:
    """Numbers and times by size, the rest by letters."""
    if isinstance(value, datetime):
        return (value.timestamp(), "")
    return (float(value), "") if isinstance(value, int | float) else (0.0, str(value))


def every(
    call: Call, reader: Reader, kind: ResourceType, parent: str | None = "", *, latest_first: bool = False
) -> Iterator[Item]:
    """All of a kind in the caller's account and region that is there now; in one parent, or in any (None)."""
    wanted = Listing(
        account=call.account,
        service=SERVICE,
        type=kind.type,
        region=call.region,
        parent=parent,
        sort="created" if latest_first else "name",
        descending=latest_first,
    )
    return living(reader, wanted, call.now)


def living(reader: Reader, wanted: Listing, now: datetime) -> Iterator[Item]:
    """Everything that a listing gives, page after page, as it is at an instant."""
    return _at(walking.every(reader, wanted), now)


def _at(items: Iterable[Item], now: datetime) -> Iterator[Item]:
    for item in items:
        there = lifecycle.at(item, now)
        if there is not None:
            yield there


def _passes(known: Mapping[str, Any], name: str, path: str, given: Mapping[str, Any]) -> bool:
    """Whether a thing passes one filter of the row; a filter without path is accepted and changes nothing."""
    wanted = given.get(name)
    if wanted is None or not path:
        return True
    if isinstance(wanted, datetime):
        times = [
            value.timestamp() if isinstance(value, datetime) else float(value) for value in values(known, path)
        ]
        edge = wanted.timestamp()
        return any(at >= edge if name.endswith("After") else at <= edge for at in times)
    held = [str(value) for value in values(known, path)]
    if name.endswith("Contains"):
        return any(str(wanted).lower() in value.lower() for value in held)
    if name.endswith("Prefix"):
        return any(value.startswith(str(wanted)) for value in held)
    return str(wanted) in held
