"""Search over the types that are held: filters on property paths and tags, visibility conditions, suggestions.

Search shows what Describe may refuse: it is one action on no resource.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from datetime import UTC, datetime
from typing import Any, Final

from rolecall.services.call import Call, Operation
from rolecall.services.sagemaker import experiments, lifecycle, model
from rolecall.services.sagemaker import tags as tagging
from rolecall.services.sagemaker.errors import refuse
from rolecall.services.sagemaker.hooks import HOOKS
from rolecall.services.sagemaker.inlist import page_of
from rolecall.services.sagemaker.items import PLAIN, SERVICE, Body, view
from rolecall.services.sagemaker.lists import PAGE, every
from rolecall.services.sagemaker.paths import values
from rolecall.services.sagemaker.resources import BY_TYPE, ResourceType
from rolecall.store.ports import Reader
from rolecall.store.records import Item

# Searchable resource -> the type that is searched, and the member of a search record that holds what is found
# (SearchRecord has none for images).
SEARCHED: Final[Mapping[str, tuple[str, str]]] = {
    "TrainingJob": ("training-job", "TrainingJob"),
    "HyperParameterTuningJob": ("hyper-parameter-tuning-job", "HyperParameterTuningJob"),
    "Job": ("job", "Job"),
    "Experiment": ("experiment", "Experiment"),
    "ExperimentTrial": ("experiment-trial", "Trial"),
    "ExperimentTrialComponent": ("experiment-trial-component", "TrialComponent"),
    "Endpoint": ("endpoint", "Endpoint"),
    "Model": ("model", "Model"),
    "ModelPackage": ("model-package", "ModelPackage"),
    "ModelPackageGroup": ("model-package-group", "ModelPackageGroup"),
    "ModelCard": ("model-card", "ModelCard"),
    "Pipeline": ("pipeline", "Pipeline"),
    "PipelineVersion": ("pipeline-version", "PipelineVersion"),
    "PipelineExecution": ("pipeline-execution", "PipelineExecution"),
    "FeatureGroup": ("feature-group", "FeatureGroup"),
    "FeatureMetadata": ("feature-group", "FeatureMetadata"),
    "Image": ("image", "Image"),
    "ImageVersion": ("image-version", "ImageVersion"),
    "Project": ("project", "Project"),
    "HubContent": ("hub-content", "HubContent"),
}

# Properties that GetSearchSuggestions completes: the words before the dot.
SUGGESTED: Final = ("HyperParameters", "Metrics", "Tags")

Test = Callable[[Body], bool]


def search(call: Call, reader: Reader) -> Mapping[str, Any]:
    given = call.parameters
    noun = str(given["Resource"])
    if noun not in SEARCHED:
        raise refuse("search name", name=noun)
    expression = given.get("SearchExpression") or {}
    test = _expression(expression)
    hidden = list(given.get("VisibilityConditions") or ())
    if any(not condition.get("Key") for condition in hidden):
        raise refuse("search condition")
    records = _records(call, reader, noun, expression)
    found = [one for one in records if test(one) and _visible(one, hidden)]
    sort = given.get("SortBy")
    if sort:
        found = [one for one in found if _texts(one, str(sort))]
        found.sort(key=lambda one: _comparable(next(_values(one, str(sort)), "")))
    else:
        found.sort(key=lambda one: (one["LastModifiedTime"], one["CreationTime"]))
    if given.get("SortOrder") != "Ascending":
        found.reverse()
    shown, token = page_of(found, int(given.get("MaxResults") or PAGE), given.get("NextToken"))
    shape = model.output_shape("Search").members["Results"].member
    member = SEARCHED[noun][1]
    results = [model.fit({member: {"Model": one} if noun == "Model" else one}, shape) for one in shown]
    made: Body = {"Results": results, "TotalHits": {"Value": len(found), "Relation": "EqualTo"}}
    return {**made, "NextToken": token} if token else made


def _records(call: Call, reader: Reader, noun: str, expression: Mapping[str, Any]) -> Iterator[Body]:
    """The one that the expression names, else all of a type, since any property may be asked for."""
    kind = BY_TYPE[SEARCHED[noun][0]]
    for item in _candidates(call, reader, kind, expression):
        shown = view(call, reader, kind, HOOKS.get(kind.type, PLAIN), item)
        if noun == "FeatureMetadata":
            yield from _features(shown)
            continue
        shown["Tags"] = tagging.members(tagging.of(reader, item))
        if noun == "ExperimentTrialComponent":
            shown["Parents"] = list(experiments.parents(reader, item))
        yield shown


def _candidates(call: Call, reader: Reader, kind: ResourceType, expression: Mapping[str, Any]) -> Iterator[Item]:
    name = _named(expression, kind)
    if name is None:
        yield from every(call, reader, kind, None if kind.parent else "")
        return
    item = reader.item(call.account, SERVICE, kind.type, name, region=call.region)
    alive = lifecycle.at(item, call.now) if item is not None else None
    if alive is not None:
        yield alive


def _named(expression: Mapping[str, Any], kind: ResourceType) -> str | None:
    """The name that whatever is found must have; None where others may be found, or names lie in a parent."""
    if kind.parent or kind.key or expression.get("Operator") == "Or":
        return None
    for one in expression.get("Filters") or ():
        if one["Name"] == kind.name_member and one.get("Operator", "Equals") == "Equals" and "Value" in one:
            return str(one["Value"])
    return None


def _features(group: Body) -> Iterator[Body]:
    """The features of a group, each a record of its own."""
    same = ("FeatureGroupArn", "FeatureGroupName", "CreationTime", "LastModifiedTime")
    told = group.get("_Metadata") or {}
    for feature in group.get("FeatureDefinitions") or ():
        said = dict(told.get(feature["FeatureName"]) or {})
        if said:
            said["LastModifiedTime"] = datetime.fromtimestamp(said["LastModifiedTime"], UTC)
        yield {**{member: group[member] for member in same}, **feature, **said}


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
    """The values of a property as texts; `Tags.team` is the tag's, `Metrics.loss` the metric's last."""
    head, _, rest = name.partition(".")
    if head == "Tags":
        return [tag["Value"] for tag in record.get("Tags", ()) if tag["Key"] == rest]
    if head == "Metrics" and rest:
        return [_text(one["Last"]) for one in record.get("Metrics") or () if one.get("MetricName") == rest]
    return [_text(value) for value in _values(record, name) if not isinstance(value, Mapping)]


def _values(value: object, path: str) -> Iterator[Any]:
    """What stands at a path, through lists; the rest of a path may be one key of a map."""
    if isinstance(value, list):
        for one in value:
            yield from _values(one, path)
    elif not path:
        yield value
    elif isinstance(value, Mapping):
        step, _, rest = path.partition(".")
        if value.get(path) is not None:
            yield from _values(value[path], "")
        elif value.get(step) is not None:
            yield from _values(value[step], rest)


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


def suggest(call: Call, reader: Reader) -> Mapping[str, Any]:
    """Names of hyperparameters, metrics and tags that what is held has, and that begin as the hint does."""
    noun = str(call.parameters["Resource"])
    if noun not in SEARCHED:
        raise refuse("search name", name=noun)
    query = (call.parameters.get("SuggestionQuery") or {}).get("PropertyNameQuery") or {}
    hint = str(query.get("PropertyNameHint") or "").lower()
    names = {name for record in _records(call, reader, noun, {}) for name in _suggested(record)}
    found = sorted(name for name in names if name.lower().startswith(hint))
    return {"PropertyNameSuggestions": [{"PropertyName": name} for name in found]}


def _suggested(record: Body) -> Iterator[str]:
    for head in SUGGESTED:
        held = record.get(head) or ()
        if isinstance(held, Mapping):
            yield from (f"{head}.{name}" for name in held)
        else:
            yield from (f"{head}.{one.get('Key') or one.get('MetricName')}" for one in held)


OPERATIONS: Final = {
    "Search": Operation(search, writes=False),
    "GetSearchSuggestions": Operation(suggest, writes=False),
}
