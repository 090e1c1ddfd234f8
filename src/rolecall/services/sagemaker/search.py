"""Search over the types that are held: filters on property paths and tags, and visibility conditions.

Search shows what Describe may refuse: it is one action on no resource.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from datetime import datetime
from typing import Any, Final

from rolecall.services.call import Call, Operation
from rolecall.services.sagemaker import model
from rolecall.services.sagemaker import tags as tagging
from rolecall.services.sagemaker.errors import refuse
from rolecall.services.sagemaker.generic import PAGE, PLAIN, Body, every, view
from rolecall.services.sagemaker.hooks import HOOKS
from rolecall.services.sagemaker.inlist import page_of
from rolecall.services.sagemaker.paths import values
from rolecall.services.sagemaker.resources import BY_NOUN
from rolecall.store.ports import Reader

# Searchable resources, and the member of a search record that holds them.
SEARCHED: Final[tuple[str, ...]] = (
    "TrainingJob",
    "HyperParameterTuningJob",
    "Endpoint",
    "Model",
    "ModelPackage",
    "ModelPackageGroup",
    "Pipeline",
    "PipelineExecution",
    "FeatureGroup",
)

Test = Callable[[Body], bool]


def search(call: Call, reader: Reader) -> Mapping[str, Any]:
    given = call.parameters
    noun = str(given["Resource"])
    if noun not in SEARCHED:
        raise refuse("search name", name=noun)
    test = _expression(given.get("SearchExpression") or {})
    hidden = list(given.get("VisibilityConditions") or ())
    if any(not condition.get("Key") for condition in hidden):
        raise refuse("search condition")
    found = [one for one in _records(call, reader, noun) if test(one) and _visible(one, hidden)]
    sort = given.get("SortBy")
    if sort:
        found = [one for one in found if _texts(one, str(sort))]
        found.sort(key=lambda one: _comparable(next(values(one, str(sort)), "")))
    else:
        found.sort(key=lambda one: (one["LastModifiedTime"], one["CreationTime"]))
    if given.get("SortOrder") != "Ascending":
        found.reverse()
    shown, token = page_of(found, int(given.get("MaxResults") or PAGE), given.get("NextToken"))
    shape = model.output_shape("Search").members["Results"].member
    results = [model.fit({noun: {"Model": one} if noun == "Model" else one}, shape) for one in shown]
    made: Body = {"Results": results, "TotalHits": {"Value": len(found), "Relation": "EqualTo"}}
    return {**made, "NextToken": token} if token else made


def _records(call: Call, reader: Reader, noun: str) -> Iterator[Body]:
    kind = BY_NOUN[noun]
    for item in every(call, reader, kind, None if kind.parent else ""):
        shown = view(call, reader, kind, HOOKS.get(kind.type, PLAIN), item)
        shown["Tags"] = tagging.members(reader.tags(item.id))
        yield shown


def _expression(expression: Mapping[str, Any]) -> Test:
    filters = list(expression.get("Filters") or ())
    # Text is searched inside of at most one property of an expression.
    if sum(one.get("Operator") == "Contains" for one in filters) > 1:
        raise refuse("search contains")
    tests = [_filter(one) for one in filters]
    tests += [_nested(one) for one in expression.get("NestedFilters") or ()]
    tests += [_expression(one) for one in expression.get("SubExpressions") or ()]
    combine = any if expression.get("Operator") == "Or" else all
    return lambda record: not tests or combine(test(record) for test in tests)


def _nested(nested: Mapping[str, Any]) -> Test:
    """All filters hold for one element of a list. Their names repeat the path of the list."""
    path = str(nested["NestedPropertyName"])
    tests = [_filter({**one, "Name": str(one["Name"]).removeprefix(f"{path}.")}) for one in nested["Filters"]]

    def holds(record: Body) -> bool:
        return any(
            isinstance(element, Mapping) and all(test(dict(element)) for test in tests)
            for element in values(record, f"{path}[]")
        )

    return holds


def _filter(given: Mapping[str, Any]) -> Test:
    name, value = str(given["Name"]), str(given.get("Value", ""))
    operator = str(given.get("Operator") or ("Equals" if "Value" in given else "Exists"))
    return lambda record: _OPERATORS[operator](_texts(record, name), value)


def _texts(record: Mapping[str, Any], name: str) -> list[str]:
    """The values of a property as texts; `Tags.team` is the value of the tag."""
    if name.startswith("Tags."):
        key = name.removeprefix("Tags.")
        return [tag["Value"] for tag in record.get("Tags", ()) if tag["Key"] == key]
    return [_text(value) for value in values(record, name) if not isinstance(value, Mapping)]


def _text(value: object) -> str:
    match value:
        case bool():
            return "true" if value else "false"
        case datetime():
            return str(value.timestamp())
    return str(value)


def _comparable(value: object) -> tuple[float, str]:
    """Numbers and times by size, texts by letters."""
    text = _text(value)
    try:
        return (float(text), "")
    except ValueError:
        pass
    try:
        return (datetime.fromisoformat(text.replace("Z", "+00:00")).timestamp(), "")
    except ValueError:
        return (0.0, text)


def _any(test: Callable[[Any, Any], bool]) -> Callable[[list[str], str], bool]:
    return lambda seen, wanted: any(test(_comparable(one), _comparable(wanted)) for one in seen)


_OPERATORS: Final[Mapping[str, Callable[[list[str], str], bool]]] = {
    "Equals": lambda seen, wanted: wanted in seen,
    "NotEquals": lambda seen, wanted: wanted not in seen,
    "GreaterThan": _any(lambda one, other: one > other),
    "GreaterThanOrEqualTo": _any(lambda one, other: one >= other),
    "LessThan": _any(lambda one, other: one < other),
    "LessThanOrEqualTo": _any(lambda one, other: one <= other),
    "Contains": lambda seen, wanted: any(wanted.lower() in one.lower() for one in seen),
    "Exists": lambda seen, wanted: bool(seen),
    "NotExists": lambda seen, wanted: not seen,
    "In": lambda seen, wanted: any(one in wanted.split(",") for one in seen),
}


def _visible(record: Body, conditions: list[Mapping[str, str]]) -> bool:
    """A record is hidden when it has the tag with another value; without the tag it stays visible."""
    for condition in conditions:
        seen = _texts(record, str(condition["Key"]))
        if seen and condition.get("Value") not in seen:
            return False
    return True


OPERATIONS: Final = {"Search": Operation(search, writes=False)}
