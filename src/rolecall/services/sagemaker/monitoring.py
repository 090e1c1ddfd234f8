"""Monitoring schedules: their executions and their alerts.

Executions are computed from the schedule's expression and the times in which it was not stopped; each completes
without violations after a minute, and no processing job is made for it. So each schedule has one alert, of its own
name, which is never raised.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from datetime import UTC, datetime, timedelta
from typing import Any, Final

import msgspec

from rolecall.services.call import Call, Operation
from rolecall.services.sagemaker import model
from rolecall.services.sagemaker.errors import refuse
from rolecall.services.sagemaker.inlist import page_of
from rolecall.services.sagemaker.items import Body, Hooks, add, answer, find, named, turn
from rolecall.services.sagemaker.lists import PAGE, every
from rolecall.services.sagemaker.lives import Turn
from rolecall.services.sagemaker.paths import values
from rolecall.services.sagemaker.resources import BY_NOUN, BY_TYPE, ResourceType
from rolecall.store.ports import Reader, Unit
from rolecall.store.records import Item

SCHEDULE: Final = BY_TYPE["monitoring-schedule"]
# What a schedule has run outlives its configuration and itself; it has no name that an operation knows.
HISTORY: Final = ResourceType(
    type="monitoring-history", noun="MonitoringExecution", verbs="", arn="monitoring-schedule/{key}"
)
KEPT: Final = 500  # executions of a configuration that is no more, the latest ones
NOW: Final = "NOW"
# The expressions that are documented: an hour of the day, every so many hours from one on, or every hour.
EXPRESSION: Final = re.compile(
    r"cron\(0 (?:(?P<every>\*)|(?P<hour>[01]?\d|2[0-3])(?:/(?P<step>0?[1-9]|1\d|2[0-4]))?) \? \* \* \*\)"
)
EXECUTION_SECONDS: Final = 60.0
ALERT_PAGE: Final = 100
ALERT: Final[Mapping[str, Any]] = {
    "AlertStatus": "OK",
    "DatapointsToAlert": 1,
    "EvaluationPeriod": 1,
    "Actions": {"ModelDashboardIndicator": {"Enabled": True}},
}


# ---- schedules


def _completed(call: Call, unit: Unit, body: Body) -> Body:
    """A schedule with what follows from its configuration: what it monitors, and which endpoint."""
    config = body["MonitoringScheduleConfig"]
    inline, name = config.get("MonitoringJobDefinition"), config.get("MonitoringJobDefinitionName")
    kind = config.get("MonitoringType")
    if bool(inline) == bool(name) or (name and not kind):
        raise refuse("schedule definition")
    timing = config.get("ScheduleConfig") or {}
    expression = str(timing.get("ScheduleExpression") or NOW)
    if expression != NOW and not EXPRESSION.fullmatch(expression):
        raise refuse("schedule expression", text=expression)
    windowed = timing.get("DataAnalysisStartTime") or timing.get("DataAnalysisEndTime")
    if windowed and expression != NOW:
        raise refuse("schedule window")
    if name:
        held = find(call, unit, BY_NOUN[f"{kind}JobDefinition"], str(name)).body
        endpoint = next(values(held, f"{kind}JobInput.EndpointInput.EndpointName"), None)
    else:
        endpoint = next(values(inline, "MonitoringInputs[].EndpointInput.EndpointName"), None)
    return {
        **body,
        "EndpointName": endpoint,
        "MonitoringJobDefinitionName": name,
        "MonitoringType": kind or "DataQuality",
    }


def _update(call: Call, unit: Unit, item: Item, new: Body) -> Body:
    """What ran under the old configuration is kept; the new one counts from now on."""
    _remember(call, unit, item)
    return {**_completed(call, unit, new), "_Since": call.now.timestamp()}


def start_schedule(call: Call, unit: Unit) -> Mapping[str, Any]:
    item = named(call, unit, SCHEDULE)
    pauses = [list(one) for one in item.body.get("_Pauses") or ()]
    if pauses and pauses[-1][1] is None:
        pauses[-1][1] = call.now.timestamp()
    return _turned(call, unit, item, SCHEDULE.life.start, pauses)


def stop_schedule(call: Call, unit: Unit) -> Mapping[str, Any]:
    item = named(call, unit, SCHEDULE)
    pauses = [*(item.body.get("_Pauses") or ()), [call.now.timestamp(), None]]
    return _turned(call, unit, item, SCHEDULE.life.stop, pauses)


def _turned(call: Call, unit: Unit, item: Item, to: Turn | None, pauses: list[Any]) -> Mapping[str, Any]:
    assert to is not None, "schedules are started and stopped"
    turned = turn(call, unit, SCHEDULE, item, to, _Pauses=pauses)
    assert turned is not None, "neither ends a schedule"
    return answer(call, unit, SCHEDULE, HOOKS["monitoring-schedule"], turned)


def _show(call: Call, reader: Reader, item: Item, shown: Body) -> Body:
    if call.operation == "DescribeMonitoringSchedule":
        latest = max(_executions(call, item), key=lambda one: float(one["ScheduledTime"]), default=None)
        shown["LastMonitoringExecutionSummary"] = latest
    return shown


def _remember(call: Call, unit: Unit, item: Item) -> None:
    """Executions stay when their schedule changes or goes."""
    ran = list(_executions(call, item))[-KEPT:]
    if ran:
        key = f"{item.name}/{item.id}-{int(call.now.timestamp() * 1000)}"
        add(call, unit, HISTORY, key, {"_Executions": ran})


# ---- executions


def _executions(call: Call, item: Item) -> Iterator[Body]:
    """What a schedule has run by now."""
    scale = float(item.body.get("_scale", 1.0))
    lasting = EXECUTION_SECONDS / scale if scale > 0 else 0.0
    for at in _times(item, call.now):
        end = at + timedelta(seconds=lasting)
        yield {
            "MonitoringScheduleName": item.name,
            "ScheduledTime": at.timestamp(),
            "CreationTime": at.timestamp(),
            "LastModifiedTime": min(end, call.now).timestamp(),
            "MonitoringExecutionStatus": "Completed" if end <= call.now else "InProgress",
            "EndpointName": item.body.get("EndpointName"),
            "MonitoringJobDefinitionName": item.body.get("MonitoringJobDefinitionName"),
            "MonitoringType": item.body.get("MonitoringType"),
        }


def _times(item: Item, now: datetime) -> Iterator[datetime]:
    """When a schedule ran: by its expression, from when that was in force, without its pauses."""
    began = item.body.get("_Started")
    if began is None or item.body.get("_arrival"):  # until an update arrives, nothing runs
        return
    first = datetime.fromtimestamp(max(float(began), float(item.body.get("_Since") or 0)), UTC)
    timing = item.body["MonitoringScheduleConfig"].get("ScheduleConfig") or {}
    match = EXPRESSION.fullmatch(str(timing.get("ScheduleExpression") or NOW))
    if match is None:
        yield first
        return
    pauses = [(float(start), float(end or now.timestamp() + 1)) for start, end in item.body.get("_Pauses") or ()]
    hour = first.replace(minute=0, second=0, microsecond=0) + timedelta(hours=1)
    while hour <= now:
        running = not any(start <= hour.timestamp() < end for start, end in pauses)
        if running and _is_due(hour.hour, match):
            yield hour
        hour += timedelta(hours=1)


def _is_due(hour: int, expression: re.Match[str]) -> bool:
    if expression["every"]:
        return True
    first, step = int(expression["hour"]), expression["step"]
    return hour == first if step is None else hour >= first and (hour - first) % int(step) == 0


def list_executions(call: Call, reader: Reader) -> Mapping[str, Any]:
    given = call.parameters
    name = given.get("MonitoringScheduleName")
    schedules = [one for one in every(call, reader, SCHEDULE) if name in (None, one.name)]
    ran = [one for item in schedules for one in _executions(call, item)]
    ran += [one for item in every(call, reader, HISTORY) for one in item.body["_Executions"]]
    found = [one for one in ran if name in (None, one["MonitoringScheduleName"]) and _fits(one, given)]
    sort = str(given.get("SortBy") or "CreationTime").replace("Status", "MonitoringExecutionStatus")
    return _page(call, found, sort, "MonitoringExecutionSummaries", PAGE)


def _fits(execution: Body, given: Mapping[str, Any]) -> bool:
    equal = {
        "EndpointName": "EndpointName",
        "StatusEquals": "MonitoringExecutionStatus",
        "MonitoringJobDefinitionName": "MonitoringJobDefinitionName",
        "MonitoringTypeEquals": "MonitoringType",
    }
    if any(given.get(member) not in (None, execution[path]) for member, path in equal.items()):
        return False
    for member in ("ScheduledTime", "CreationTime", "LastModifiedTime"):
        after, before = given.get(f"{member}After"), given.get(f"{member}Before")
        if after is not None and execution[member] <= after.timestamp():
            return False
        if before is not None and execution[member] >= before.timestamp():
            return False
    return True


# ---- alerts


def _alert(item: Item) -> Body:
    times = {"CreationTime": item.created, "LastModifiedTime": item.created}
    return {"MonitoringAlertName": item.name, **times, **ALERT, **(item.body.get("_Alert") or {})}


def list_alerts(call: Call, reader: Reader) -> Mapping[str, Any]:
    alerts = [_alert(named(call, reader, SCHEDULE))]
    return _page(call, alerts, "MonitoringAlertName", "MonitoringAlertSummaries", ALERT_PAGE)


def list_alert_history(call: Call, reader: Reader) -> Mapping[str, Any]:
    """Nothing: no alert was ever raised. Who asks for one schedule must name one that is there."""
    if call.parameters.get("MonitoringScheduleName"):
        named(call, reader, SCHEDULE)
    return _page(call, [], "CreationTime", "MonitoringAlertHistory", ALERT_PAGE)


def update_alert(call: Call, unit: Unit) -> Mapping[str, Any]:
    item = named(call, unit, SCHEDULE)
    given = call.parameters
    if given["MonitoringAlertName"] != item.name:
        raise refuse("alert unknown", name=given["MonitoringAlertName"], arn=item.arn)
    if given["DatapointsToAlert"] > given["EvaluationPeriod"]:
        raise refuse("alert datapoints")
    changed: Body = {
        "DatapointsToAlert": given["DatapointsToAlert"],
        "EvaluationPeriod": given["EvaluationPeriod"],
        "LastModifiedTime": call.now.timestamp(),
    }
    unit.change_item(_with_alert(item, changed))
    return {"MonitoringScheduleArn": item.arn, "MonitoringAlertName": item.name}


def _with_alert(item: Item, alert: Body) -> Item:
    return msgspec.structs.replace(item, body={**item.body, "_Alert": alert})


def _page(call: Call, found: list[Body], sort: str, member: str, size: int) -> Mapping[str, Any]:
    found = sorted(found, key=lambda one: one[sort], reverse=call.parameters.get("SortOrder") != "Ascending")
    limit = int(call.parameters.get("MaxResults") or size)
    shown, token = page_of(found, limit, call.parameters.get("NextToken"))
    shape = model.output_shape(call.operation).members[member].member
    made: Body = {member: [model.fit(one, shape) for one in shown]}
    return {**made, "NextToken": token} if token else made


HOOKS: Final = {"monitoring-schedule": Hooks(prepare=_completed, show=_show, update=_update, delete=_remember)}

OPERATIONS: Final = {
    "StartMonitoringSchedule": Operation(start_schedule, writes=True),
    "StopMonitoringSchedule": Operation(stop_schedule, writes=True),
    "ListMonitoringExecutions": Operation(list_executions, writes=False),
    "ListMonitoringAlerts": Operation(list_alerts, writes=False),
    "ListMonitoringAlertHistory": Operation(list_alert_history, writes=False),
    "UpdateMonitoringAlert": Operation(update_alert, writes=True),
}
