"""Which members does SageMaker's API give back? Answers are cut to botocore's output shapes.

A handler offers everything it knows of a resource; what the operation's shape does not have is left out, and
what is unset is absent (clients validate answers against the model, an empty structure is an error to them).
"""

from __future__ import annotations

import base64
import functools
from collections.abc import Callable, Mapping
from datetime import UTC, datetime
from typing import Any, Final, cast

from rolecall.wire import models


def output_shape(operation: str) -> Any:
    return models.operation("sagemaker", operation).output_shape


@functools.cache
def listed(operation: str) -> tuple[str, Any]:
    """The output member that holds a page of summaries, and the shape of one summary."""
    for name, member in output_shape(operation).members.items():
        if member.type_name == "list":
            return name, member.member
    raise LookupError(f"{operation} lists nothing")


@functools.cache
def refusals(operation: str) -> frozenset[str]:
    """The error codes that the model declares for an operation."""
    return frozenset(shape.name for shape in models.operation("sagemaker", operation).error_shapes)


@functools.cache
def shows_tags(operation: str) -> bool:
    """Whether an answer holds the tags of its resource, itself or in its one structure."""
    shape = output_shape(operation)
    members = {} if shape is None else shape.members
    inner = [one.members for one in members.values() if one.type_name == "structure"] if len(members) == 1 else []
    return any("Tags" in held for held in (members, *inner))


def answer(operation: str, known: Mapping[str, Any]) -> dict[str, Any]:
    """The members of an operation's output among those known."""
    shape = output_shape(operation)
    return cast(dict[str, Any], fit(known, shape)) if shape is not None else {}


def fit(value: Any, shape: Any) -> Any:
    """A stored value in the form of a shape: its members only, times as times."""
    return _FITTING.of(shape)(value)


def _same(value: Any) -> Any:
    return value


class _Fitting(models.Compiled[Callable[[Any], Any]]):
    """One function for each shape; `_same` for a shape whose values stay as they are."""

    def compile(self, shape: Any) -> Callable[[Any], Any]:
        match shape.type_name:
            case "structure":
                return self._structure(shape)
            case "list":
                inner = self.of(shape.member)
                return list if inner is _same else lambda value: [inner(one) for one in value]
            case "map":
                inner = self.of(shape.value)
                if inner is _same:
                    return dict
                return lambda value: {key: inner(one) for key, one in value.items()}
            case "timestamp":
                return _time
            case "blob":
                return _bytes
        return _same

    def _structure(self, shape: Any) -> Callable[[Any], Any]:
        members = {name: self.of(member) for name, member in shape.members.items()}

        def fitted(value: Mapping[str, Any]) -> dict[str, Any]:
            found = {}
            for name, held in value.items():
                if held is not None and name in members:
                    inner = members[name]
                    found[name] = held if inner is _same else inner(held)
            return found

        return fitted


def _time(value: Any) -> Any:
    return datetime.fromtimestamp(value, UTC) if isinstance(value, int | float) else value


def _bytes(value: Any) -> Any:
    return base64.b64decode(value) if isinstance(value, str) else value


_FITTING: Final = _Fitting()


def storable(value: Any) -> Any:
    """A parameter as it is kept: times as epoch seconds, bytes as base64, tuples as lists."""
    match value:
        case datetime():
            return value.timestamp()
        case bytes():
            return base64.b64encode(value).decode("ascii")
        case Mapping():
            return {key: storable(one) for key, one in value.items()}
        case list() | tuple():
            return [storable(one) for one in value]
    return value
