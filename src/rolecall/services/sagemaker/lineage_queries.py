"""QueryLineage: what led to what, by the associations of lineage.py."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any, Final

from rolecall.services.call import Call, Operation
from rolecall.services.sagemaker.errors import refuse
from rolecall.services.sagemaker.inlist import page_of
from rolecall.services.sagemaker.items import Body
from rolecall.services.sagemaker.lineage import KINDS, arriving, entity, leaving, type_of
from rolecall.services.sagemaker.lists import PAGE
from rolecall.store.ports import Reader
from rolecall.store.records import Item

DEPTH: Final = 10  # when MaxDepth is absent


def query(call: Call, reader: Reader) -> Mapping[str, Any]:
    """Walk the associations from where the caller starts, breadth first, as deep as asked."""
    given = call.parameters
    starts = [entity(call, reader, str(arn)) for arn in given.get("StartArns") or ()]
    if not starts:
        raise refuse("no start")
    direction = str(given.get("Direction") or "Both")
    seen: dict[str, Item] = {item.arn: item for item in starts}
    edges: dict[tuple[str, str], Body] = {}
    reached: dict[str, Item] = {}
    ring = starts
    for _ in range(int(given.get("MaxDepth") or DEPTH)):
        following: list[Item] = []
        for item in ring:
            for edge, other in _neighbours(call, reader, item, direction):
                edges[str(edge["SourceArn"]), str(edge["DestinationArn"])] = edge
                if other.arn not in seen:
                    seen[other.arn] = reached[other.arn] = other
                    following.append(other)
        ring = following
    wanted = [item for item in reached.values() if _fits(item, given.get("Filters") or {})]
    shown, token = page_of(wanted, int(given.get("MaxResults") or PAGE), given.get("NextToken"))
    answer: Body = {"Vertices": [_vertex(item) for item in shown]}
    if given.get("IncludeEdges"):
        answer["Edges"] = list(edges.values())
    return {**answer, "NextToken": token} if token else answer


def _neighbours(call: Call, reader: Reader, item: Item, direction: str) -> Iterator[tuple[Body, Item]]:
    held: list[tuple[Item, str]] = []
    if direction in ("Both", "Descendants"):
        held += [(one, "DestinationArn") for one in leaving(call, reader, item)]
    if direction in ("Both", "Ascendants"):
        held += [(one, "SourceArn") for one in arriving(reader, item)]
    for association, end in held:
        other = reader.item_by_arn(str(association.body[end]))
        if other is not None:
            edge = {name: association.body[name] for name in ("SourceArn", "DestinationArn", "AssociationType")}
            yield edge, other


def _vertex(item: Item) -> Body:
    return {"Arn": item.arn, "Type": type_of(item), "LineageType": KINDS[item.type][0]}


def _fits(item: Item, filters: Mapping[str, Any]) -> bool:
    if filters.get("LineageTypes") and KINDS[item.type][0] not in filters["LineageTypes"]:
        return False
    if filters.get("Types") and type_of(item) not in filters["Types"]:
        return False
    held = item.body.get("Properties") or {}
    if any(held.get(name) != value for name, value in (filters.get("Properties") or {}).items()):
        return False
    bounds = (
        ("CreatedAfter", "CreatedBefore", item.created),
        ("ModifiedAfter", "ModifiedBefore", item.modified),
    )
    return all(
        (filters.get(after) is None or at >= filters[after])
        and (filters.get(before) is None or at <= filters[before])
        for after, before, at in bounds
    )


OPERATIONS: Final = {"QueryLineage": Operation(query, writes=False)}
