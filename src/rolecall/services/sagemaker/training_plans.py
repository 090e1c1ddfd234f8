"""Training plans: offerings, the plans bought from them, the capacity that they reserve, and extensions.

An offering is made from the question: capacity is always there, begins at the next full hour, lies in zone `a` and
costs nothing. Its id says all of its terms, so none is kept. Plans begin and end in real time, whatever the time
scale. What runs on a plan is not counted against it.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterator, Mapping
from datetime import UTC, datetime, timedelta
from typing import Any, Final

import msgspec
from msgspec import Struct

from rolecall.services.call import Call, Operation
from rolecall.services.sagemaker import model
from rolecall.services.sagemaker import tags as tagging
from rolecall.services.sagemaker.errors import refuse
from rolecall.services.sagemaker.inlist import page_of
from rolecall.services.sagemaker.items import Body, Hooks, add, find, needed, view
from rolecall.services.sagemaker.lists import PAGE, every, list_page
from rolecall.services.sagemaker.resources import BY_TYPE
from rolecall.store.ports import Reader, Unit
from rolecall.store.records import Item
from rolecall.wire import models

PLAN: Final = BY_TYPE["training-plan"]
CAPACITY: Final = BY_TYPE["reserved-capacity"]
HOURS: Final = 24  # of an offering when the question names no duration
FEE: Final = {"UpfrontFee": "0.00", "CurrencyCode": "USD"}

# UltraServer -> the type and the number of its instances.
ULTRASERVERS: Final[Mapping[str, tuple[str, int]]] = {
    "ml.u-p6e-gb200x36": ("ml.p6e-gb200.36xlarge", 9),
    "ml.u-p6e-gb200x72": ("ml.p6e-gb200.36xlarge", 18),
}
_SERVERS: Final = tuple(ULTRASERVERS)
MOST: Final = 256  # instances or UltraServers of one offering: the model's limit for instances
LAST_YEAR: Final = 9900  # in which an offering may begin: it may last for ten years, and years end with 9999


class Terms(Struct, frozen=True):
    """What an offering offers: so many instances (or UltraServers), from when, for how long, for what."""

    instance: str
    count: int
    server: str
    hours: int
    starts: int  # epoch seconds
    targets: tuple[str, ...]

    @property
    def instances(self) -> int:
        return self.count * (ULTRASERVERS[self.server][1] if self.server else 1)

    @property
    def ends(self) -> int:
        return self.starts + self.hours * 3600


def _enum(operation: str, member: str) -> list[str]:
    shape: Any = models.operation("sagemaker", operation).input_shape
    found = shape.members[member]
    return list((found.member if found.type_name == "list" else found).enum)


# ---- offerings


def _id(terms: Terms) -> str:
    """The id of an offering, which says its terms: `_terms` reads them."""
    types, targets = _enum("SearchTrainingPlanOfferings", "InstanceType"), _targets()
    words = (
        types.index(terms.instance),
        terms.count,
        _SERVERS.index(terms.server) + 1 if terms.server else 0,
        terms.hours,
        terms.starts,
        "".join(str(targets.index(one)) for one in terms.targets),
    )
    text = "-".join(map(str, words))
    return f"tpo-{text}-{_check(text)}"


def _check(text: str) -> str:
    return hashlib.sha256(text.encode()).hexdigest()[:8]


def _targets() -> list[str]:
    return _enum("SearchTrainingPlanOfferings", "TargetResources")


def _terms(offering: str) -> Terms:
    word, _, rest = offering.partition("-")
    text, _, check = rest.rpartition("-")
    if word != "tpo" or _check(text) != check:
        raise refuse("offering unknown", name=offering)
    kind, count, server, hours, starts, targets = text.split("-")
    return Terms(
        instance=_enum("SearchTrainingPlanOfferings", "InstanceType")[int(kind)],
        count=int(count),
        server=_SERVERS[int(server) - 1] if int(server) else "",
        hours=int(hours),
        starts=int(starts),
        targets=tuple(_targets()[int(one)] for one in targets),
    )


def search(call: Call, reader: Reader) -> Mapping[str, Any]:
    given = call.parameters
    if given.get("TrainingPlanArn"):
        plan = needed(call, reader, PLAN, str(given["TrainingPlanArn"]))
        offer = _extension(call, plan, int(given.get("DurationHours") or HOURS))
        return {"TrainingPlanOfferings": [], "TrainingPlanExtensionOfferings": [offer]}
    terms = _asked(call)
    before = given.get("EndTimeBefore")
    if terms is None or (before is not None and terms.ends > before.timestamp()):
        return {"TrainingPlanOfferings": []}
    offer = {
        "TrainingPlanOfferingId": _id(terms),
        "TargetResources": list(terms.targets),
        "RequestedStartTimeAfter": given.get("StartTimeAfter"),
        "RequestedEndTimeBefore": before,
        "DurationHours": terms.hours,
        "DurationMinutes": 0,
        **FEE,
        "ReservedCapacityOfferings": [{**_capacity(call, terms), "InstanceCount": terms.instances}],
    }
    return model.answer(call.operation, {"TrainingPlanOfferings": [offer]})


def _asked(call: Call) -> Terms | None:
    """The terms that fit a question; None when nothing does."""
    given = call.parameters
    server = str(given.get("UltraServerType") or "")
    if server and server not in ULTRASERVERS:
        return None
    instance = ULTRASERVERS[server][0] if server else str(given.get("InstanceType") or "")
    if not instance:
        raise refuse("one input", one="InstanceType", other="UltraServerType")
    earliest = max(call.now, given.get("StartTimeAfter") or call.now)
    count = int(given.get("UltraServerCount" if server else "InstanceCount") or 1)
    if earliest.year > LAST_YEAR or count > MOST:
        return None
    starts = earliest.replace(minute=0, second=0, microsecond=0) + timedelta(hours=1)
    return Terms(
        instance=instance,
        count=count,
        server=server,
        hours=int(given.get("DurationHours") or HOURS),
        starts=int(starts.timestamp()),
        targets=tuple(given.get("TargetResources") or _targets()[:1]),
    )


def _capacity(call: Call, terms: Terms) -> Body:
    shown: Body = {
        "ReservedCapacityType": "UltraServer" if terms.server else "Instance",
        "InstanceType": terms.instance,
        "AvailabilityZone": f"{call.region}a",
        "DurationHours": terms.hours,
        "DurationMinutes": 0,
        "StartTime": terms.starts,
        "EndTime": terms.ends,
    }
    if terms.server:
        shown |= {"UltraServerType": terms.server, "UltraServerCount": terms.count}
    return shown


# ---- plans


def create(call: Call, unit: Unit) -> Mapping[str, Any]:
    given = call.parameters
    terms = _terms(str(given["TrainingPlanOfferingId"]))
    tags = tagging.requested(given.get("Tags"))
    spares = int(given.get("SpareInstanceCountPerUltraServer") or 1) * terms.count if terms.server else 0
    body: Body = {
        "DurationHours": terms.hours,
        "DurationMinutes": 0,
        "StartTime": terms.starts,
        "EndTime": terms.ends,
        **FEE,
        "TotalInstanceCount": terms.instances,
        "AvailableInstanceCount": terms.instances,
        "InUseInstanceCount": 0,
        "UnhealthyInstanceCount": 0,
        "TargetResources": list(terms.targets),
        "_Starts": terms.starts,
        "_Ends": terms.ends,
        "_Offering": given["TrainingPlanOfferingId"],
    }
    if terms.server:
        body |= {"TotalUltraServerCount": terms.count, "AvailableSpareInstanceCount": spares}
    plan = add(call, unit, PLAN, str(given["TrainingPlanName"]), body, tags=tags)
    reserved: Body = {
        **_capacity(call, terms),
        "TotalInstanceCount": terms.instances,
        "AvailableInstanceCount": terms.instances,
        "InUseInstanceCount": 0,
        "_Starts": terms.starts,
        "_Ends": terms.ends,
        "_Spares": spares,
    }
    if terms.server:
        reserved["UltraServerSummary"] = {
            "UltraServerType": terms.server,
            "InstanceType": terms.instance,
            "UltraServerCount": terms.count,
            "AvailableSpareInstanceCount": spares,
            "UnhealthyInstanceCount": 0,
        }
    add(call, unit, CAPACITY, "capacity", reserved, parent=plan.name)
    return {"TrainingPlanArn": plan.arn}


def _show(call: Call, reader: Reader, item: Item, shown: Body) -> Body:
    held = every(call, reader, CAPACITY, item.name)
    shown["ReservedCapacitySummaries"] = [view(call, reader, CAPACITY, Hooks(), one) for one in held]
    return shown


def list_plans(call: Call, reader: Reader) -> Mapping[str, Any]:
    """Plans of a status come from an index; other orders than by name are sorted here."""
    wanted = {str(one["Value"]) for one in call.parameters.get("Filters") or ()}
    if len(wanted) > 1:  # a plan has one status
        return {"TrainingPlanSummaries": []}
    given = {**call.parameters, "StatusEquals": next(iter(wanted), None)}
    return list_page(msgspec.structs.replace(call, parameters=given), reader, PLAN, HOOKS[PLAN.type])


def list_servers(call: Call, reader: Reader) -> Mapping[str, Any]:
    given = call.parameters
    item = find(call, reader, CAPACITY, str(given["ReservedCapacityArn"]))
    shown, token = page_of(list(_servers(item)), int(given.get("MaxResults") or PAGE), given.get("NextToken"))
    answer: Body = {"UltraServers": shown}
    return {**answer, "NextToken": token} if token else answer


def _servers(item: Item) -> Iterator[Body]:
    count = int(item.body.get("UltraServerCount") or 0)
    for number in range(count):
        instances = ULTRASERVERS[item.body["UltraServerType"]][1]
        spares = int(item.body["_Spares"]) // count
        yield {
            "UltraServerId": f"us-{_check(f'{item.arn}#{number}')}",
            "UltraServerType": item.body["UltraServerType"],
            "AvailabilityZone": item.body["AvailabilityZone"],
            "InstanceType": item.body["InstanceType"],
            "TotalInstanceCount": instances,
            "ConfiguredSpareInstanceCount": spares,
            "AvailableInstanceCount": instances - spares,
            "InUseInstanceCount": 0,
            "AvailableSpareInstanceCount": spares,
            "UnhealthyInstanceCount": 0,
            "HealthStatus": "OK",
        }


# ---- extensions


def _extension(call: Call, plan: Item, hours: int) -> Body:
    """An offering to go on where a plan ends."""
    ends = float(plan.body["EndTime"])
    text = f"{hours}-{int(ends)}-{plan.name}"
    return {
        "TrainingPlanExtensionOfferingId": f"tpeo-{_check(text)}-{text}",
        "AvailabilityZone": f"{call.region}a",
        "StartDate": datetime.fromtimestamp(ends, UTC),
        "EndDate": datetime.fromtimestamp(ends, UTC) + timedelta(hours=hours),
        "DurationHours": hours,
        **FEE,
    }


def extend(call: Call, unit: Unit) -> Mapping[str, Any]:
    offering = str(call.parameters["TrainingPlanExtensionOfferingId"])
    words = offering.split("-", 4)
    if len(words) < 5 or words[0] != "tpeo" or _check("-".join(words[2:])) != words[1]:
        raise refuse("offering unknown", name=offering)
    plan = find(call, unit, PLAN, words[4])
    offer = _extension(call, plan, int(words[2]))
    if offer["TrainingPlanExtensionOfferingId"] != offering:  # the plan was extended meanwhile
        raise refuse("offering unknown", name=offering)
    bought = {**offer, "ExtendedAt": call.now, "Status": "Active", "PaymentStatus": "Succeeded"}
    history = [*(plan.body.get("_Extensions") or ()), model.storable(bought)]
    _prolong(unit, plan, offer["EndDate"], int(words[2]), {"_Extensions": history})
    for capacity in list(every(call, unit, CAPACITY, plan.name)):
        _prolong(unit, capacity, offer["EndDate"], int(words[2]), {})
    return model.answer(call.operation, {"TrainingPlanExtensions": history})


def _prolong(unit: Unit, item: Item, ends: datetime, hours: int, more: Body) -> None:
    body = {
        **item.body,
        **more,
        "EndTime": ends.timestamp(),
        "_Ends": ends.timestamp(),
        "DurationHours": int(item.body["DurationHours"]) + hours,
    }
    # What is active ends later; what has not begun takes its end from the body when it begins.
    next_at = ends if item.status == "Active" else item.next_at
    unit.change_item(msgspec.structs.replace(item, body=body, next_at=next_at))


def history(call: Call, reader: Reader) -> Mapping[str, Any]:
    given = call.parameters
    plan = find(call, reader, PLAN, str(given["TrainingPlanArn"]))
    held = list(plan.body.get("_Extensions") or ())
    shown, token = page_of(held, int(given.get("MaxResults") or PAGE), given.get("NextToken"))
    answer: Body = {"TrainingPlanExtensions": shown}
    return model.answer(call.operation, {**answer, "NextToken": token})


HOOKS: Final = {"training-plan": Hooks(show=_show)}

OPERATIONS: Final = {
    "SearchTrainingPlanOfferings": Operation(search, writes=False),
    "CreateTrainingPlan": Operation(create, writes=True),
    "ListTrainingPlans": Operation(list_plans, writes=False),
    "ListUltraServersByReservedCapacity": Operation(list_servers, writes=False),
    "ExtendTrainingPlan": Operation(extend, writes=True),
    "DescribeTrainingPlanExtensionHistory": Operation(history, writes=False),
}
