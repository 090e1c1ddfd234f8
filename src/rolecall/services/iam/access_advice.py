"""Last-accessed data: which services could an entity use, and when did it last call them? From our own audit log.

A job keeps what was asked and when. Its report is read from the log when somebody fetches it, up to the moment in
which the job was made: attempts count, also those that were denied ("GenerateServiceLastAccessedDetails").
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from datetime import datetime, timedelta
from typing import Any, Final

from msgspec import Struct

from rolecall import catalog
from rolecall.services.call import Call, Operation
from rolecall.services.iam import attachments
from rolecall.services.iam.entities import second
from rolecall.services.iam.errors import fault
from rolecall.services.iam.granted_services import KINDS, Granting, policies_of, services_of
from rolecall.services.iam.groups import members_of
from rolecall.services.iam.lookups import checked_arn
from rolecall.services.iam.paging import page
from rolecall.services.managed_policies import document
from rolecall.store.ports import Reader, Unit
from rolecall.store.records import AuditListing, AuditRecord, Item

TYPE: Final = "access-advice-job"
TRACKED: Final = timedelta(days=400)
HEX: Final = "0123456789abcdef"
UUID: Final = (8, 4, 4, 4, 12)
# Services whose name in the log is not their namespace.
SOURCES: Final = {"cloudwatch": "monitoring"}
ENTITIES: Final = ("user", "role", "group", "policy")


class Use(Struct, frozen=True):
    """The last call of one entity to one service, or one of its operations."""

    entity: Item
    at: datetime
    region: str


def generate(call: Call, unit: Unit) -> Mapping[str, Any]:
    arn = checked_arn(call.parameters["Arn"])
    _subject(call, unit, arn)
    return add_job(
        call,
        unit,
        TYPE,
        Arn=arn,
        Granularity=call.parameters.get("Granularity") or "SERVICE_LEVEL",
        Caller=_caller(call),
    )


def add_job(call: Call, unit: Unit, type: str, **asked: Any) -> Mapping[str, Any]:
    """Keep what a report is asked about, for whoever comes back with the job's id."""
    ident = "-".join(call.platform.new_id("", length, HEX) for length in UUID)
    now = second(call.now)
    unit.add_item(
        Item(
            account=call.account,
            service="iam",
            type=type,
            name=ident,
            arn=f"arn:{call.partition}:iam::{call.account}:{type}/{ident}",
            created=now,
            modified=now,
            body=asked,
        )
    )
    return {"JobId": ident}


def get(call: Call, reader: Reader) -> Mapping[str, Any]:
    job = _job(call, reader)
    policies, entities = _subject(call, reader, job.body["Arn"])
    services, tail = page(call, services_of(policies), str)
    detailed = job.body["Granularity"] == "ACTION_LEVEL"
    views = [_service(name, policies, entities, job, reader, detailed) for name in services]
    return {**_job_view(job), "JobType": job.body["Granularity"], "ServicesLastAccessed": views, **tail}


def get_with_entities(call: Call, reader: Reader) -> Mapping[str, Any]:
    job = _job(call, reader)
    _, entities = _subject(call, reader, job.body["Arn"])
    service = call.parameters["ServiceNamespace"]
    if service not in catalog.load().services():
        raise fault("no service", service=service)
    dated = [(entity, _last(entity, service, None, job, reader)) for entity in entities]
    dated.sort(key=lambda pair: pair[1].at.timestamp() if pair[1] else 0.0, reverse=True)
    order = {entity.id: f"{place:06d}" for place, (entity, _) in enumerate(dated)}
    found, tail = page(call, dated, lambda pair: order[pair[0].id])
    views = [
        {"EntityInfo": _info(entity), **({} if use is None else {"LastAuthenticated": use.at})}
        for entity, use in found
    ]
    return {**_job_view(job), "EntityDetailsList": views, **tail}


def list_policies_granting(call: Call, reader: Reader) -> Mapping[str, Any]:
    entity = reader.item_by_arn(checked_arn(call.parameters["Arn"]))
    if entity is None or (entity.account, entity.service) != (call.account, "iam") or entity.type not in KINDS:
        raise fault("no entity", arn=call.parameters["Arn"])
    policies = list(policies_of(entity, reader))
    known = catalog.load().services()
    for service in call.parameters["ServiceNamespaces"]:
        if service not in known:
            raise fault("no service", service=service)
    wanted = sorted(set(call.parameters["ServiceNamespaces"]))
    services, tail = page(call, wanted, str)
    return {
        "PoliciesGrantingServiceAccess": [
            {"ServiceNamespace": name, "Policies": [dict(each.named) for each in policies if each.grants(name)]}
            for name in services
        ],
        **tail,
    }


def _job(call: Call, reader: Reader) -> Item:
    """The job of the request, if its caller made it."""
    job = reader.item(call.account, "iam", TYPE, call.parameters["JobId"])
    if job is None or job.body["Caller"] != _caller(call):
        raise fault("no access report", id=call.parameters["JobId"])
    return job


def _job_view(job: Item) -> dict[str, Any]:
    return {"JobStatus": "COMPLETED", "JobCreationDate": job.created, "JobCompletionDate": job.created}


def _caller(call: Call) -> str:
    """Sessions of one role share their jobs."""
    return call.caller.principal.role_arn or call.caller.principal.arn


def _subject(call: Call, reader: Reader, arn: str) -> tuple[list[Granting], list[Item]]:
    """What a report is about: the policies that grant, and the users and roles that could use them."""
    item = reader.item_by_arn(arn)
    is_ours = item is not None and (item.account, item.service) == (call.account, "iam") and item.type in ENTITIES
    if item is not None and is_ours and item.type != "policy":
        return list(policies_of(item, reader)), members_of(item, reader) if item.type == "group" else [item]
    found = document(reader, arn) if is_ours or item is None else None
    if found is None:
        raise fault("no entity", arn=arn)
    holders: dict[int, Item] = {}
    for holder in attachments.uses(reader, call.account, attachments.RELATION, arn):
        for entity in members_of(holder, reader) if holder.type == "group" else [holder]:
            holders[entity.id] = entity
    return [Granting({}, found[0])], list(holders.values())


def _service(
    name: str, policies: list[Granting], entities: list[Item], job: Item, reader: Reader, detailed: bool
) -> dict[str, Any]:
    uses = [use for entity in entities if (use := _last(entity, name, None, job, reader)) is not None]
    view: dict[str, Any] = {
        "ServiceName": catalog.load().service_name(name),
        "ServiceNamespace": name,
        "TotalAuthenticatedEntities": len(uses),
    }
    last = max(uses, key=lambda use: use.at, default=None)
    if last is not None:
        view["LastAuthenticated"] = last.at
        view["LastAuthenticatedEntity"] = last.entity.arn
        view["LastAuthenticatedRegion"] = last.region
    if detailed and last is not None:
        view["TrackedActionsLastAccessed"] = list(_actions(name, policies, entities, job, reader))
    return view


def _actions(
    service: str, policies: list[Granting], entities: list[Item], job: Item, reader: Reader
) -> Iterator[dict[str, Any]]:
    """The operations of a service that the policies allow, each with its last call."""
    for action in sorted(catalog.load().actions(service), key=lambda one: one.name):
        if action.permission_only or not any(each.grants_action(service, action.name) for each in policies):
            continue
        uses = [use for entity in entities if (use := _last(entity, service, action.name, job, reader))]
        last = max(uses, key=lambda use: use.at, default=None)
        view: dict[str, Any] = {"ActionName": action.name}
        if last is not None:
            view |= {
                "LastAccessedEntity": last.entity.arn,
                "LastAccessedTime": last.at,
                "LastAccessedRegion": last.region,
            }
        yield view


def _last(entity: Item, service: str, operation: str | None, job: Item, reader: Reader) -> Use | None:
    """The last call of a user, or of any session of a role, before the job was made."""
    is_role, partition = entity.type == "role", entity.arn.split(":")[1]
    sessions = f"arn:{partition}:sts::{entity.account}:assumed-role/{entity.name}/"
    listing = AuditListing(
        account=entity.account,
        principal=None if is_role else entity.arn,
        principal_prefix=sessions if is_role else None,
        source=f"{SOURCES.get(service, service)}.amazonaws.com",
        name=operation,
        since=max(entity.created, job.created - TRACKED),
        until=job.created + timedelta(seconds=1),
        limit=1,
    )
    records: tuple[AuditRecord, ...] = reader.audit(listing).records
    if not records:
        return None
    return Use(entity, second(records[0].time), records[0].event["awsRegion"])


def _info(entity: Item) -> dict[str, Any]:
    return {
        "Arn": entity.arn,
        "Name": entity.name,
        "Type": KINDS[entity.type],
        "Id": entity.unique_id,
        "Path": entity.path,
    }


OPERATIONS: Final = {
    "GenerateServiceLastAccessedDetails": Operation(handler=generate, writes=True),
    "GetServiceLastAccessedDetails": Operation(handler=get, writes=False),
    "GetServiceLastAccessedDetailsWithEntities": Operation(handler=get_with_entities, writes=False),
    "ListPoliciesGrantingServiceAccess": Operation(handler=list_policies_granting, writes=False),
}
