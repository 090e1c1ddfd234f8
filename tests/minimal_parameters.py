"""Minimal valid parameters of an operation, made from botocore's model: required members, shortest texts.

What is known already is used where a member asks for it: a name for a name, an ARN that the server gave for a
member that takes such ARNs. Everything is deterministic.
"""

from __future__ import annotations

import re
import re._constants as constants  # type: ignore[import-not-found]
import re._parser as parser  # type: ignore[import-not-found]
from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any, Final

from botocore.model import ListShape, MapShape, Shape, StructureShape

from rolecall.wire import models
from rolecall.wire.java_patterns import translate

WHEN: Final = datetime(2026, 1, 1, tzinfo=UTC)
# Characters that are tried first where a class allows several.
LIKED: Final = "a1A-_/. "
ARNS: Final = "*"  # under this name `known` holds every ARN that the server gave
ARN_START: Final = "arn:"


def parameters(service: str, operation: str, known: Mapping[str, Any]) -> dict[str, Any]:
    """known: member name -> value, used wherever it fits the member's own limits."""
    shape = models.operation(service, operation).input_shape
    return {} if shape is None else _structure(shape, known, ())


def _structure(shape: StructureShape, known: Mapping[str, Any], above: tuple[str, ...]) -> dict[str, Any]:
    names = list(shape.required_members)
    if shape.is_tagged_union and not names:
        names = list(shape.members)[:1]
    made = {}
    for name in names:
        value = _value(shape.members[name], name, known, (*above, shape.name))
        if value is not None:
            made[name] = value
    return made


def _value(shape: Shape, name: str, known: Mapping[str, Any], above: tuple[str, ...]) -> Any:
    if shape.name in above:
        return None
    if name in known and fits(shape, known[name]):
        return known[name]
    match shape.type_name:
        case "structure":
            assert isinstance(shape, StructureShape)
            return _structure(shape, known, above)
        case "list":
            assert isinstance(shape, ListShape)
            least = max(int(shape.metadata.get("min", 1)), 1)
            inner = _value(shape.member, name.removesuffix("s"), known, above)
            return [] if inner is None else [inner] * least
        case "map":
            assert isinstance(shape, MapShape)
            if not int(shape.metadata.get("min", 0)):
                return {}
            return {_text(shape.key): _value(shape.value, name, known, above)}
        case "string":
            given = next(
                (arn for arn in known.get(ARNS, ()) if ARN_START in _pattern(shape) and fits(shape, arn)), None
            )
            return given or _text(shape)
        case "integer" | "long":
            return int(shape.metadata.get("min", 1)) or 1
        case "float" | "double":
            return float(shape.metadata.get("min", 0.5)) or 0.5
        case "boolean":
            return True
        case "timestamp":
            return WHEN
        case "blob":
            return b"{}"
    raise AssertionError(f"a shape of type {shape.type_name}")


def _pattern(shape: Shape) -> str:
    return str(shape.metadata.get("pattern", ""))


def fits(shape: Shape, value: Any) -> bool:
    """Whether a known value may stand in a member."""
    if shape.type_name != "string" or not isinstance(value, str):
        return isinstance(value, dict) == (shape.type_name in ("structure", "map")) and not isinstance(value, str)
    held = shape.metadata
    if held.get("enum"):
        return value in held["enum"]
    return (
        int(held.get("min", 0)) <= len(value) <= int(held.get("max", 1 << 30))
        and re.fullmatch(translate(held.get("pattern", "(?s:.*)")), value, re.ASCII) is not None
    )


def _text(shape: Shape) -> str:
    held = shape.metadata
    if held.get("enum"):
        return str(held["enum"][0])
    least, most = int(held.get("min", 0)), int(held.get("max", 1 << 30))
    if "pattern" not in held:
        return "a" * max(least, 1)
    pattern = translate(held["pattern"])
    tree = parser.parse(pattern, re.ASCII)
    for more in range(60):
        text = "".join(_of(item, more) for item in tree)
        if max(least, 1 if most else 0) <= len(text) <= most and re.fullmatch(pattern, text, re.ASCII):
            return text
    raise AssertionError(f"no text made for {held['pattern']!r} of {least} to {most}")


def _of(item: tuple[Any, Any], more: int) -> str:
    """A text for one item of a parsed pattern; `more` repetitions than it must have."""
    kind, value = item
    if kind is constants.LITERAL:
        return chr(value)
    if kind is constants.NOT_LITERAL:
        return "a" if value != ord("a") else "b"
    if kind is constants.ANY:
        return "a"
    if kind is constants.IN:
        return _in(value)
    if kind in (constants.MAX_REPEAT, constants.MIN_REPEAT):
        least, most, inner = value
        return "".join(_of(one, 0) for _ in range(min(least + more, most)) for one in inner)
    if kind is constants.SUBPATTERN:
        return "".join(_of(one, more) for one in value[3])
    if kind is constants.BRANCH:
        # Of "a name or an ARN" the name.
        return min(("".join(_of(one, more) for one in branch) for branch in value[1]), key=len)
    if kind in (constants.AT, constants.ASSERT_NOT, constants.ASSERT):
        return ""
    raise AssertionError(f"a pattern with {kind}")


def _in(items: list[tuple[Any, Any]]) -> str:
    """A character of a class."""
    negated = items[0][0] is constants.NEGATE

    def holds(character: str) -> bool:
        code = ord(character)
        for kind, value in items:
            if kind is constants.LITERAL and value == code:
                return not negated
            if kind is constants.RANGE and value[0] <= code <= value[1]:
                return not negated
            if kind is constants.CATEGORY and _category(value, character):
                return not negated
        return negated

    return next(one for one in (*LIKED, *map(chr, range(33, 127))) if holds(one))


def _category(kind: Any, character: str) -> bool:
    return {
        constants.CATEGORY_DIGIT: character.isdigit(),
        constants.CATEGORY_NOT_DIGIT: not character.isdigit(),
        constants.CATEGORY_SPACE: character.isspace(),
        constants.CATEGORY_NOT_SPACE: not character.isspace(),
        constants.CATEGORY_WORD: character.isalnum() or character == "_",
        constants.CATEGORY_NOT_WORD: not (character.isalnum() or character == "_"),
    }[kind]
