"""Values inside a body, by dotted path: `ResourceConfig.InstanceType`, `InputDataConfig[].CompressionType`."""

from __future__ import annotations

import copy
from collections.abc import Iterator, Mapping
from typing import Any


def values(body: object, path: str) -> Iterator[Any]:
    """Every value at a path."""
    step, _, rest = path.partition(".")
    if not isinstance(body, Mapping):
        return
    value = body.get(step.removesuffix("[]"))
    if value is None:
        return
    for one in value if step.endswith("[]") else (value,):
        if rest:
            yield from values(one, rest)
        else:
            yield one


def with_defaults(body: Mapping[str, Any], defaults: Mapping[str, Any]) -> dict[str, Any]:
    """The body with what is absent filled in, only inside structures that are there."""
    filled = copy.deepcopy(dict(body))
    for path, value in defaults.items():
        _fill(filled, path, value)
    return filled


def _fill(body: dict[str, Any], path: str, value: object) -> None:
    step, _, rest = path.partition(".")
    if not rest:
        if body.get(step) is None:
            body[step] = copy.deepcopy(value)
        return
    inner = body.get(step.removesuffix("[]"))
    if inner is None:
        return
    for one in inner if step.endswith("[]") else (inner,):
        _fill(one, rest, value)


def merged(old: Mapping[str, Any], new: Mapping[str, Any]) -> dict[str, Any]:
    """`old` with the members of `new`; structures are merged member by member, lists replaced."""
    made = dict(old)
    for key, value in new.items():
        before = made.get(key)
        made[key] = merged(before, value) if isinstance(before, Mapping) and isinstance(value, Mapping) else value
    return made
