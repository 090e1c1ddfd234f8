"""Lineage: artifacts, actions and contexts, and the associations between them.

An association is kept as an item that lies in its source and is linked to its destination, so that either end
finds it without reading all of them. Nothing is tracked by itself but the components of jobs (experiments.py).
Each account has the one lineage group that AWS gives it, without a resource policy: it is shared by AWS RAM.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any, Final

from rolecall.services.call import Call, Operation
from rolecall.services.sagemaker import lifecycle, model
from rolecall.services.sagemaker import tags as tagging
from rolecall.services.sagemaker.errors import refuse
from rolecall.services.sagemaker.inlist import page_of
from rolecall.services.sagemaker.items import (
    NOT_KEPT,
    SERVICE,
    Body,
    Hooks,
    acting,
    add,
    change,
    find,
    id_of,
    view,
    without,
)
from rolecall.services.sagemaker.lists import PAGE, living
from rolecall.services.sagemaker.resources import BY_TYPE
from rolecall.store.errors import NameTaken
from rolecall.store.ports import Reader, Unit
from rolecall.store.records import Item, Listing

ARTIFACT: Final = BY_TYPE["artifact"]
ASSOCIATION: Final = "association"
DESTINATION: Final = "association-destination"  # the link from an association to the ARN of its destination
GROUP: Final = "sagemaker-default-lineage-group"

# Type of an item -> its LineageType, and the member with the type that its maker gave it.
KINDS: Final[Mapping[str, tuple[str, str]]] = {
    "artifact": ("Artifact", "ArtifactType"),
    "action": ("Action", "ActionType"),
    "context": ("Context", "ContextType"),
    "experiment-trial-component": ("TrialComponent", "Source.SourceType"),
    "experiment": ("Context", ""),
}


# ---- artifacts


def artifact_id(source: Mapping[str, Any]) -> str:
    """The id of the artifact with a source."""
    types = sorted((str(one["SourceIdType"]), str(one["Value"])) for one in source.get("SourceTypes") or ())
    return hashlib.sha256(json.dumps([source["SourceUri"], types]).encode()).hexdigest()[:32]


def resolved(
    operation: str, parameters: Mapping[str, Any], account: str, region: str, partition: str
) -> Mapping[str, Any]:
    """The parameters of DeleteArtifact with the ARN that a source stands for: authorization asks for it."""
    source = parameters.get("Source")
    if operation != "DeleteArtifact" or parameters.get("ArtifactArn") or not isinstance(source, Mapping):
        return parameters
    if not isinstance(source.get("SourceUri"), str):
        return parameters
    arn = f"arn:{partition}:{SERVICE}:{region}:{account}:{ARTIFACT.path(artifact_id(source))}"
    return {**parameters, "ArtifactArn": arn}


def create_artifact(call: Call, unit: Unit) -> Mapping[str, Any]:
    tags = tagging.requested(call.parameters.get("Tags"))
    body = {name: value for name, value in call.parameters.items() if name not in NOT_KEPT}
    item = add(call, unit, ARTIFACT, artifact_id(call.parameters["Source"]), body, tags=tags)
    return {"ArtifactArn": item.arn}


def _artifact(call: Call, reader: Reader) -> Item:
    arn = call.parameters.get("ArtifactArn")
    if not arn:
        raise refuse("artifact not named")
    return find(call, reader, ARTIFACT, str(arn))


def describe_artifact(call: Call, reader: Reader) -> Mapping[str, Any]:
    shown = view(call, reader, ARTIFACT, HOOKS["artifact"], _artifact(call, reader))
    return model.answer(call.operation, shown)


def update_artifact(call: Call, unit: Unit) -> Mapping[str, Any]:
    new = {name: value for name, value in call.parameters.items() if name != "ArtifactArn"}
    item, new = without(_artifact(call, unit), new)
    changed = change(call, unit, ARTIFACT, item, {**new, "LastModifiedBy": acting(call, ARTIFACT)})
    return {"ArtifactArn": changed.arn}


def delete_artifact(call: Call, unit: Unit) -> Mapping[str, Any]:
    item = _artifact(call, unit)
    forget(call, unit, item)
    unit.remove_item(item.id)
    return {"ArtifactArn": item.arn}


def _show(call: Call, reader: Reader, item: Item, shown: Body) -> Body:
    shown["LineageGroupArn"] = _group_arn(call)
    if item.type == ARTIFACT.type and "ArtifactName" not in item.body:
        del shown["ArtifactName"]  # its id is no name
    return shown


# ---- associations


def entity(call: Call, reader: Reader, arn: str) -> Item:
    """A live thing that lineage knows, of the caller's account: questions about lineage name no resource that
    could be decided on, and groups of other accounts are shared by AWS RAM, which is not there."""
    item = reader.item_by_arn(arn)
    if item is None or item.service != SERVICE or item.type not in KINDS:
        raise refuse("entity unknown", arn=arn)
    if (item.account, item.region) != (call.account, call.region):
        raise refuse("entity unknown", arn=arn)
    there = lifecycle.at(item, call.now)
    if there is None:
        raise refuse("entity unknown", arn=arn)
    return there


def add_association(call: Call, unit: Unit) -> Mapping[str, Any]:
    given = call.parameters
    source = entity(call, unit, str(given["SourceArn"]))
    destination = entity(call, unit, str(given["DestinationArn"]))
    ends = {"SourceArn": source.arn, "DestinationArn": destination.arn}
    item = Item(
        account=source.account,
        region=call.region,
        service=SERVICE,
        type=ASSOCIATION,
        name=destination.arn,
        parent=source.arn,
        arn=f"{ASSOCIATION}:{source.arn}>{destination.arn}",  # AWS gives associations no ARN
        created=call.now,
        modified=call.now,
        body={
            **ends,
            "AssociationType": given.get("AssociationType") or "AssociatedWith",
            "CreatedBy": acting(call, ARTIFACT),
        },
    )
    try:
        held = unit.add_item(item)
    except NameTaken as taken:
        raise refuse("association taken", source=source.arn, destination=destination.arn) from taken
    unit.link(held.id, DESTINATION, destination.arn)
    return ends


def delete_association(call: Call, unit: Unit) -> Mapping[str, Any]:
    source, destination = str(call.parameters["SourceArn"]), str(call.parameters["DestinationArn"])
    held = unit.item_by_arn(f"{ASSOCIATION}:{source}>{destination}")
    if held is None or held.region != call.region:
        raise refuse("association unknown", source=source, destination=destination)
    unit.remove_item(held.id)
    return {"SourceArn": source, "DestinationArn": destination}


def forget(call: Call, unit: Unit, item: Item) -> None:
    """The associations of an entity end with it."""
    for held in {each.id: each for each in (*leaving(call, unit, item), *arriving(unit, item))}:  # to itself: once
        unit.remove_item(held)


def leaving(call: Call, reader: Reader, item: Item) -> list[Item]:
    return list(living(reader, _associations(call, item.account, item.arn), call.now))


def arriving(reader: Reader, item: Item) -> list[Item]:
    found = (reader.item_by_id(link.item_id) for link in reader.linked_to(DESTINATION, item.arn))
    return [one for one in found if one is not None]


def _associations(call: Call, account: str, source: str | None) -> Listing:
    return Listing(account=account, service=SERVICE, type=ASSOCIATION, region=call.region, parent=source)


def list_associations(call: Call, reader: Reader) -> Mapping[str, Any]:
    """From an end when one is given; without, all associations are read."""
    given = call.parameters
    if given.get("DestinationArn") and not given.get("SourceArn"):
        held = arriving(reader, entity(call, reader, str(given["DestinationArn"])))
    else:
        source = entity(call, reader, str(given["SourceArn"])).arn if given.get("SourceArn") else None
        held = list(living(reader, _associations(call, call.account, source), call.now))
    found = [one for one in (_summary(reader, item) for item in held) if _asked(one, given)]
    found.sort(key=lambda one: str(one.get(str(given.get("SortBy") or "CreationTime")) or ""))
    if given.get("SortOrder") != "Ascending":
        found.reverse()
    member, shape = model.listed(call.operation)
    shown, token = page_of(found, int(given.get("MaxResults") or PAGE), given.get("NextToken"))
    answer: Body = {member: [model.fit(one, shape) for one in shown]}
    return {**answer, "NextToken": token} if token else answer


def _summary(reader: Reader, item: Item) -> Body:
    shown: Body = {**item.body, "CreationTime": item.created}
    for end in ("Source", "Destination"):
        held = reader.item_by_arn(str(item.body[f"{end}Arn"]))
        if held is not None:
            shown[f"{end}Type"] = type_of(held)
            shown[f"{end}Name"] = held.body.get("ArtifactName") or held.name
    return shown


def _asked(one: Body, given: Mapping[str, Any]) -> bool:
    same = ("DestinationArn", "SourceType", "DestinationType", "AssociationType")
    if any(given.get(name) and one.get(name) != given[name] for name in same):
        return False
    after, before = given.get("CreatedAfter"), given.get("CreatedBefore")
    made = one["CreationTime"]
    return bool((after is None or made >= after) and (before is None or made <= before))


def type_of(entity: Item) -> str | None:
    """The type that its maker gave an entity."""
    lineage, member = KINDS[entity.type]
    outer, _, inner = member.partition(".")
    value = entity.body.get(outer)
    if inner:
        value = (value or {}).get(inner)
    return str(value) if value else lineage


# ---- the lineage group


def _group_arn(call: Call) -> str:
    return f"arn:{call.partition}:{SERVICE}:{call.region}:{call.account}:lineage-group/{GROUP}"


def _group(call: Call) -> Body:
    began = datetime(2021, 12, 1, tzinfo=UTC)
    return {
        "LineageGroupName": GROUP,
        "LineageGroupArn": _group_arn(call),
        "DisplayName": GROUP,
        "Description": "Default Lineage Group",
        "CreationTime": began,
        "LastModifiedTime": began,
        "CreatedBy": {},
        "LastModifiedBy": {},
    }


def _named_group(call: Call) -> Body:
    name = str(call.parameters["LineageGroupName"])
    if id_of(name) != GROUP or (name.startswith("arn:") and name != _group_arn(call)):
        raise refuse("lineage group unknown", name=name)
    return _group(call)


def describe_group(call: Call, reader: Reader) -> Mapping[str, Any]:
    return model.answer(call.operation, _named_group(call))


def list_groups(call: Call, reader: Reader) -> Mapping[str, Any]:
    given, group = call.parameters, _group(call)
    after, before = given.get("CreatedAfter"), given.get("CreatedBefore")
    made = group["CreationTime"]
    fits = (after is None or made >= after) and (before is None or made <= before)
    page_of([], 1, given.get("NextToken"))
    member, shape = model.listed(call.operation)
    return {member: [model.fit(group, shape)] if fits else []}


def group_policy(call: Call, reader: Reader) -> Mapping[str, Any]:
    raise refuse("no group policy", arn=_named_group(call)["LineageGroupArn"])


_ENTITY: Final = Hooks(show=_show, delete=forget)

HOOKS: Final = {"action": _ENTITY, "artifact": _ENTITY, "context": _ENTITY}

OPERATIONS: Final = {
    "CreateArtifact": Operation(create_artifact, writes=True),
    "DescribeArtifact": Operation(describe_artifact, writes=False),
    "UpdateArtifact": Operation(update_artifact, writes=True),
    "DeleteArtifact": Operation(delete_artifact, writes=True),
    "AddAssociation": Operation(add_association, writes=True),
    "DeleteAssociation": Operation(delete_association, writes=True),
    "ListAssociations": Operation(list_associations, writes=False),
    "DescribeLineageGroup": Operation(describe_group, writes=False),
    "ListLineageGroups": Operation(list_groups, writes=False),
    "GetLineageGroupPolicy": Operation(group_policy, writes=False),
}
