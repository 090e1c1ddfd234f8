"""Last-accessed data of an organization: which services do control policies leave to a part of it, and who called?

A report is about the root, a unit or an account, named by its path, and about all service control policies that
apply there or one of them. Calls are those of the accounts in that part, from our own audit log; of a report about
a service that nobody may use any more, the calls from before count too ("GenerateOrganizationsAccessReport").
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from datetime import timedelta
from typing import Any, Final

from rolecall import catalog
from rolecall.services import organization
from rolecall.services.call import Call, Operation
from rolecall.services.iam.access_advice import SOURCES, TRACKED, add_job
from rolecall.services.iam.entities import second
from rolecall.services.iam.errors import fault
from rolecall.services.iam.granted_services import grants
from rolecall.services.iam.paging import page
from rolecall.services.organization import POLICY_TYPES, SCP, Membership
from rolecall.services.walking import every
from rolecall.store.ports import Reader, Unit
from rolecall.store.records import AuditListing, AuditRecord, Item, Listing

TYPE: Final = "organizations-access-job"


def generate(call: Call, unit: Unit) -> Mapping[str, Any]:
    found = _managed(call, unit)
    path, policy = call.parameters["EntityPath"], call.parameters.get("OrganizationsPolicyId")
    _node(unit, found, path)
    if policy is not None:
        _text(unit, found, policy)
    return add_job(call, unit, TYPE, EntityPath=path, PolicyId=policy)


def get(call: Call, reader: Reader) -> Mapping[str, Any]:
    job = reader.item(call.account, "iam", TYPE, call.parameters["JobId"])
    if job is None:
        raise fault("no access report", id=call.parameters["JobId"])
    found = _managed(call, reader)
    node = _node(reader, found, job.body["EntityPath"])
    levels = _levels(reader, found, node, job.body["PolicyId"])
    known = catalog.load()
    services = [
        name
        for name in sorted(known.services())
        if all(any(grants(text, name) for text in level) for level in levels)
    ]
    accounts = list(_accounts(reader, found, node))
    views = {name: _detail(name, accounts, job, reader) for name in services}
    listed, tail = page(call, services, str)
    return {
        "JobStatus": "COMPLETED",
        "JobCreationDate": job.created,
        "JobCompletionDate": job.created,
        "NumberOfServicesAccessible": len(services),
        "NumberOfServicesNotAccessed": sum(1 for view in views.values() if "LastAuthenticatedTime" not in view),
        "AccessDetails": [
            {"ServiceName": known.service_name(name), "ServiceNamespace": name, **views[name]} for name in listed
        ],
        **tail,
    }


def _managed(call: Call, reader: Reader) -> Membership:
    """The organization that the caller manages, with service control policies on."""
    found = organization.membership(reader, call.account)
    if found is None or not found.manages:
        raise fault("not the organization's manager")
    if SCP not in found.root.body[POLICY_TYPES]:
        raise fault("control policies off")
    return found


def _node(reader: Reader, found: Membership, path: str) -> Item:
    """What a path such as o-…/r-…/ou-…/444455556666 leads to."""
    parts = path.rstrip("/").split("/")
    ident = parts[-1]
    item = reader.item_by_unique_id(organization.member_id(ident) if ident.isdigit() else ident)
    if item is not None and (item.service, item.account) == (organization.SERVICE, found.management_account):
        above = [each.unique_id for each in organization.above_node(reader, item)][::-1]
        if parts[:-1] == [found.organization.name, *above]:
            return item
    raise fault("no organization entity", path=path)


def _levels(reader: Reader, found: Membership, node: Item, policy: str | None) -> list[list[str]]:
    """The texts of the policies that apply: of each level down to the node, or of the one that is asked about."""
    if policy is not None:
        return [[_text(reader, found, policy)]]
    nodes = [*[*organization.above_node(reader, node)][::-1], node]
    relation = organization.attached(SCP)
    return [[_text(reader, found, link.target) for link in reader.links(each.id, relation)] for each in nodes]


def _text(reader: Reader, found: Membership, ident: str) -> str:
    kept = organization.KEPT_BY_AWS[SCP]
    if ident == kept.id:
        return kept.text
    item = reader.item_by_unique_id(ident)
    ours = item is not None and (item.service, item.account) == (organization.SERVICE, found.management_account)
    text = reader.document(item.body["Content"]) if item is not None and ours and item.type == "policy" else None
    if text is None:
        raise fault("no organization policy", id=ident)
    return text


def _accounts(reader: Reader, found: Membership, node: Item) -> Iterator[Item]:
    """The accounts at a node and below it."""
    if node.type == "account":
        yield node
        return
    for type in ("account", "ou"):
        within = Listing(
            account=found.management_account, service=organization.SERVICE, type=type, parent=node.unique_id
        )
        for item in every(reader, within):
            yield from _accounts(reader, found, item)


def _detail(service: str, accounts: list[Item], job: Item, reader: Reader) -> dict[str, Any]:
    """The last call to a service from any of the accounts, and from how many of them there was one."""
    calls: list[tuple[AuditRecord, Item]] = []
    for account in accounts:
        listing = AuditListing(
            account=account.name,
            source=f"{SOURCES.get(service, service)}.amazonaws.com",
            since=job.created - TRACKED,
            until=job.created + timedelta(seconds=1),
            limit=1,
        )
        calls += [(record, account) for record in reader.audit(listing).records]
    view: dict[str, Any] = {"TotalAuthenticatedEntities": len(calls)}
    if calls:
        record, account = max(calls, key=lambda pair: pair[0].time)
        above = [each.unique_id for each in organization.above_node(reader, account)][::-1]
        found = reader.item_by_unique_id(above[0])
        assert found is not None, "a path begins at a root"
        view["Region"] = record.event.get("awsRegion", "")
        view["EntityPath"] = "/".join((found.parent, *above, account.name))
        view["LastAuthenticatedTime"] = second(record.time)
    return view


OPERATIONS: Final = {
    "GenerateOrganizationsAccessReport": Operation(handler=generate, writes=True),
    "GetOrganizationsAccessReport": Operation(handler=get, writes=False),
}
