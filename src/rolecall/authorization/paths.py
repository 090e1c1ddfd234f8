"""Which values does a request path find in the parameters of a call?

A path is a JMESPath of the few forms that the key table and the requirement rows use: members joined by dots,
`Member[]` for every element of a list, and a last `*` for every entry of a map. Each value comes with its
place: the list elements that lead to it. Values of one place belong together (the file system of one channel),
which `condition_keys` needs for keys that take a single value.
"""

from __future__ import annotations

import base64
import functools
from collections.abc import Iterator, Mapping
from datetime import UTC, datetime

from msgspec import Struct

Place = tuple[tuple[str, int], ...]  # (path of the list, index in it), outermost first


class Found(Struct, frozen=True):
    """A value at the end of a path. name: the map key that a last `*` stood for."""

    place: Place
    value: object
    name: str = ""


class Step(Struct, frozen=True):
    """One member of a path. trail: the path up to and including it, which names a list."""

    member: str
    many: bool
    trail: str


@functools.lru_cache(maxsize=4096)
def steps(path: str) -> tuple[Step, ...]:
    """The steps of a path."""
    made: list[Step] = []
    for part in path.split("."):
        trail = f"{made[-1].trail}.{part}" if made else part
        made.append(Step(part.removesuffix("[]"), part.endswith("[]"), trail))
    return tuple(made)


def find(path: str, parameters: object, default: str | None = None) -> tuple[Found, ...]:
    """Every value at a path, in the order of the request.

    default: what an absent last member counts as where its parent is present; an absent parent gives nothing
    at all, so that an unused alternative of a request adds no default of its own.
    """
    return tuple(_walk(steps(path), parameters, (), default))


def present(path: str, parameters: object) -> bool:
    """Whether a path leads to something other than nothing, an empty list or an empty map."""
    bare = path.removesuffix("[]")
    return any(found.value not in ({}, [], ()) for found in find(bare, parameters))


def text_of(value: object) -> str | None:
    """A value as the request context holds it; None for what has no single text (a structure, a list)."""
    match value:
        case bool():
            return "true" if value else "false"
        case str():
            return value
        case int():
            return str(value)
        case float():
            return str(int(value)) if value.is_integer() else repr(value)
        case datetime():
            return instant(value)
        case bytes():
            return base64.b64encode(value).decode("ascii")
    return None


def instant(time: datetime) -> str:
    """A time as condition keys and records spell it: 2026-11-23T21:30:50Z."""
    return _instant(time.replace(microsecond=0))


@functools.lru_cache(maxsize=256)
def _instant(time: datetime) -> str:
    return time.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")


def _walk(rest: tuple[Step, ...], value: object, place: Place, default: str | None) -> Iterator[Found]:
    if not rest:
        if value is not None:
            yield Found(place, value)
        return
    if not isinstance(value, Mapping):
        return
    step, rest = rest[0], rest[1:]
    if step.member == "*":
        for name, entry in value.items():
            if entry is not None:
                yield Found(place, entry, str(name))
        return
    inner = value.get(step.member)
    if inner is None:
        if not rest and default is not None and not step.many:
            yield Found(place, default)
    elif not step.many:
        yield from _walk(rest, inner, place, default)
    elif isinstance(inner, list | tuple):
        for index, element in enumerate(inner):
            yield from _walk(rest, element, (*place, (step.trail, index)), default)
