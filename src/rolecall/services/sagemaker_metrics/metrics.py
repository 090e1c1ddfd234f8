"""BatchPutMetrics and BatchGetMetrics.

The points of one metric of one trial component are one item. DescribeTrialComponent shows a summary of each, which
is kept in the trial component itself.
"""

from __future__ import annotations

import math
import statistics
from collections.abc import Callable, Mapping, Sequence
from datetime import datetime
from typing import Any, Final

import msgspec

from rolecall.services.call import Call, Operation
from rolecall.services.sagemaker_items import found, noted
from rolecall.store.ports import Reader, Unit
from rolecall.store.records import Item

SERVICE: Final = "sagemaker-metrics"
TYPE: Final = "metric"
COMPONENT: Final = "experiment-trial-component"
MOST_POINTS: Final = 10_000  # of one metric that a component keeps; AWS refuses more with METRIC_LIMIT_EXCEEDED
PERIODS: Final[Mapping[str, int]] = {"OneMinute": 60, "FiveMinute": 300, "OneHour": 3600}

# (seconds since 1970, step or None, value), in the order in which they came
Point = tuple[float, int | None, float]


def put(call: Call, unit: Unit) -> Mapping[str, Any]:
    data = call.parameters["MetricData"]
    component = found(call, unit, COMPONENT, str(call.parameters["TrialComponentName"]))
    if component is None:
        return {"Errors": [_error("VALIDATION_ERROR", index) for index in range(len(data))]}
    errors: list[dict[str, Any]] = []
    for name, given in _by_name(data).items():
        item = _series(unit, component, name)
        points = [*_points(item)]
        for index, one in given:
            if len(points) >= MOST_POINTS:
                errors.append(_error("METRIC_LIMIT_EXCEEDED", index))
            elif not math.isfinite(float(one["Value"])):
                errors.append(_error("VALIDATION_ERROR", index))
            else:
                points.append((_seconds(one["Timestamp"]), one.get("Step"), float(one["Value"])))
        if not points:
            continue
        _keep(call, unit, component, name, item, points)
        component = _summarized(unit, component, name, points)
    return {"Errors": sorted(errors, key=lambda one: int(one["MetricIndex"]))}


def _by_name(data: Sequence[Mapping[str, Any]]) -> dict[str, list[tuple[int, Mapping[str, Any]]]]:
    made: dict[str, list[tuple[int, Mapping[str, Any]]]] = {}
    for index, one in enumerate(data):
        made.setdefault(str(one["MetricName"]), []).append((index, one))
    return made


def _error(code: str, index: int) -> dict[str, Any]:
    return {"Code": code, "MetricIndex": index}


def _seconds(when: object) -> float:
    return when.timestamp() if isinstance(when, datetime) else float(str(when))


def _series(reader: Reader, component: Item, name: str) -> Item | None:
    return reader.item(component.account, SERVICE, TYPE, name, region=component.region, parent=str(component.id))


def _points(item: Item | None) -> list[Point]:
    held = item.body["Points"] if item is not None else []
    return [(float(when), None if step is None else int(step), float(value)) for when, step, value in held]


def _keep(call: Call, unit: Unit, component: Item, name: str, item: Item | None, points: Sequence[Point]) -> None:
    body = {"Points": [list(point) for point in points]}
    if item is not None:
        unit.change_item(msgspec.structs.replace(item, body=body, modified=call.now))
        return
    unit.add_item(
        Item(
            account=component.account,
            region=component.region,
            service=SERVICE,
            type=TYPE,
            name=name,
            parent=str(component.id),
            arn=f"{component.arn}/{component.id}/{name}",
            created=call.now,
            modified=call.now,
            body=body,
        )
    )


def _summarized(unit: Unit, component: Item, name: str, points: Sequence[Point]) -> Item:
    """The trial component with the summary of a metric that DescribeTrialComponent shows."""
    values = [value for _, _, value in points]
    summary = {
        "MetricName": name,
        "SourceArn": component.arn,
        "TimeStamp": max(when for when, _, _ in points),
        "Max": max(values),
        "Min": min(values),
        "Last": values[-1],
        "Count": len(values),
        "Avg": _mean(values),
        "StdDev": statistics.pstdev(values),
    }
    others = [one for one in component.body.get("_Metrics") or () if one["MetricName"] != name]
    return noted(unit, component, {"_Metrics": [*others, summary]})


def _mean(values: Sequence[float]) -> float:
    """The mean; the sum of what is divided first stays in the range of floats."""
    return math.fsum(value / len(values) for value in values)


def get(call: Call, reader: Reader) -> Mapping[str, Any]:
    return {"MetricQueryResults": [_queried(call, reader, one) for one in call.parameters["MetricQueries"]]}


def _queried(call: Call, reader: Reader, query: Mapping[str, Any]) -> dict[str, Any]:
    kind = str(query["ResourceArn"]).split(":", 5)[-1].partition("/")[0]
    source = found(call, reader, kind, str(query["ResourceArn"]))
    if source is None:
        text = f"{query['ResourceArn']} does not exist."
        return {"Status": "ValidationError", "Message": text, "XAxisValues": [], "MetricValues": []}
    by_step = query["XAxisType"] == "IterationNumber"
    if by_step != (query["Period"] == "IterationNumber"):
        text = "XAxisType and Period must both be IterationNumber, or neither."
        return {"Status": "ValidationError", "Message": text, "XAxisValues": [], "MetricValues": []}
    item = _series(reader, source, str(query["MetricName"])) if kind == COMPONENT else None
    places: dict[int, list[float]] = {}
    for when, step, value in _points(item):
        at = step if by_step else int(when // PERIODS[query["Period"]]) * PERIODS[query["Period"]]
        if at is not None and _inside(at, query):
            places.setdefault(at, []).append(value)
    stat = STATS[query["MetricStat"]]
    axis = sorted(places)
    return {"Status": "Complete", "XAxisValues": axis, "MetricValues": [stat(places[at]) for at in axis]}


def _inside(at: int, query: Mapping[str, Any]) -> bool:
    start, end = query.get("Start"), query.get("End")
    return (start is None or at >= start) and (end is None or at <= end)


STATS: Final[Mapping[str, Callable[[list[float]], float]]] = {
    "Min": min,
    "Max": max,
    "Avg": _mean,
    "Count": lambda values: float(len(values)),
    "StdDev": statistics.pstdev,
    "Last": lambda values: values[-1],
}

OPERATIONS: Final[Mapping[str, Operation]] = {
    "BatchPutMetrics": Operation(put, writes=True),
    "BatchGetMetrics": Operation(get, writes=False),
}
