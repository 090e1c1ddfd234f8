"""What a pipeline definition says (schema version 2020-12-01): its steps, what they wait for, and when each runs.

Steps are simulated: they succeed one after the other where they depend on each other, and side by side where not;
a Fail step fails the execution; a Condition step takes its IfSteps; a Callback step waits for its token. Nothing
that a step names is created.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from typing import Any, Final

from rolecall.services.sagemaker.errors import refuse

STEP_SECONDS: Final = 30.0
CALLBACK_SECONDS: Final = 7 * 86_400.0  # after which a callback step fails; real time, whatever the time scale

Step = dict[str, Any]


def steps_of(definition: str) -> list[dict[str, Any]]:
    """The steps of a definition (schema version 2020-12-01), refused when they cannot be run."""
    try:
        return _steps_of(json.loads(definition))
    except ValueError as bad:
        raise refuse("definition invalid", reason="Expecting start of Json Object.") from bad
    except RecursionError as bad:
        raise refuse("definition invalid", reason="too deeply nested") from bad


def _steps_of(read: Any) -> list[dict[str, Any]]:
    steps = read.get("Steps") if isinstance(read, dict) else None
    if not isinstance(steps, list) or not steps:
        raise refuse("definition invalid", reason="Steps must be a list of at least one step")
    flat = list(_flat(steps, ()))
    names = [str(step["Name"]) for step in flat]
    if len(set(names)) != len(names):
        raise refuse("definition invalid", reason="step names must be unique")
    for step in flat:
        for wanted in step["DependsOn"]:
            if wanted not in names:
                raise refuse("definition invalid", reason=f"{step['Name']} depends on unknown step {wanted}")
    _waves(flat)
    return flat


def _flat(steps: list[Any], after: tuple[str, ...]) -> Iterator[dict[str, Any]]:
    """Steps with those that a condition leads to; each depends on what its arguments take values from."""
    for step in steps:
        if not isinstance(step, dict) or not step.get("Name") or not step.get("Type"):
            raise refuse("definition invalid", reason="a step needs a Name and a Type")
        if not isinstance(step.get("DependsOn") or [], list):
            raise refuse("definition invalid", reason=f"DependsOn of {step['Name']} must be a list")
        then: Any = []
        if step["Type"] == "Condition":
            arguments = step.get("Arguments") or {}
            if not isinstance(arguments, dict):
                raise refuse("definition invalid", reason=f"Arguments of {step['Name']} must be an object")
            then = arguments.get("IfSteps") or []
            if not isinstance(then, list):
                raise refuse("definition invalid", reason=f"IfSteps of {step['Name']} must be a list")
        wanted = {*after, *map(str, step.get("DependsOn") or ()), *_read_from(step.get("Arguments"))}
        yield {**step, "DependsOn": sorted(wanted - {str(step["Name"])})}
        yield from _flat(then, (str(step["Name"]),))


def _read_from(value: object) -> Iterator[str]:
    """Names of steps in {"Get": "Steps.<name>.…"}, outside of nested steps."""
    if isinstance(value, Mapping):
        source = value.get("Get")
        if isinstance(source, str) and source.startswith("Steps."):
            yield source.split(".")[1]
        for name, one in value.items():
            if name not in ("IfSteps", "ElseSteps"):
                yield from _read_from(one)
    elif isinstance(value, list):
        for one in value:
            yield from _read_from(one)


def _waves(steps: list[Step]) -> dict[str, int]:
    """In which wave each step runs, one wave after the other; refused when steps wait for each other."""
    waves: dict[str, int] = {}
    waiting = {str(step["Name"]): step["DependsOn"] for step in steps}
    while waiting:
        ready = [name for name, wanted in waiting.items() if all(one in waves for one in wanted)]
        if not ready:
            raise refuse("definition invalid", reason="steps depend on each other in a circle")
        for name in ready:
            waves[name] = max((waves[one] for one in waiting.pop(name)), default=-1) + 1
    return waves


def plan(steps: list[Step], now: float, scale: float, done: Mapping[str, Step]) -> list[Step]:
    """When each step begins and ends (epoch seconds), by the time they end. What would begin after a failure is
    not run, what runs then is stopped (`Cut`).

    now: when what is not done begins. scale: the time scale, by which a step is shorter. done: steps that have
    ended well, as they were planned.
    """
    waves = _waves(steps)
    seconds = STEP_SECONDS / scale if scale > 0 else 0.0
    planned: dict[str, Step] = {}
    for step in sorted(steps, key=lambda one: waves[str(one["Name"])]):
        name = str(step["Name"])
        if name in done:
            planned[name] = {**done[name], "Wave": waves[name]}
            continue
        start = max((planned[one]["End"] for one in step["DependsOn"]), default=now)
        waits = step["Type"] == "Callback"
        start = max(start, now)
        planned[name] = {
            "Name": name,
            "Wave": waves[name],
            "Start": start,
            "End": start + (CALLBACK_SECONDS if waits else seconds),
            "Fails": waits or step["Type"] == "Fail",  # a callback step fails unless it is answered
        }
    failures = [(one["End"], one["Wave"]) for one in planned.values() if one["Fails"]]
    first = min(failures, default=(float("inf"), 0))
    run = []
    for one in planned.values():
        if (one["End"], one["Wave"]) <= first:
            run.append({**one, "Fails": one["Fails"] and (one["End"], one["Wave"]) == first})
        elif one["Start"] < first[0]:  # it runs when the failure comes, and is stopped
            run.append({**one, "End": first[0], "Fails": False, "Cut": True})
    return sorted(run, key=lambda one: (one["End"], one["Wave"], one["Fails"]))
