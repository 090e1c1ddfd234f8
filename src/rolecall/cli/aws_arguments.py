"""Parameters of an API call as the aws CLI takes them: `--training-job-name x --tags Key=team,Value=fraud`.

Understood are plain values, JSON, `file://` and the CLI's shorthand (`A=1,B=[2,3],C={D=4}`), flags with and
without `no-`, and lists whose elements stand after each other. Types follow botocore's model.
"""

from __future__ import annotations

import json
import re
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any, Final

from botocore import xform_name
from botocore.model import ListShape, MapShape, Shape, StructureShape

from rolecall.errors import InputError
from rolecall.wire import models

NUMBERS: Final = {"integer": int, "long": int, "float": float, "double": float}
_KEY: Final = re.compile(r"([^=,\[\]{}]+)=")


def operation_named(service: str, name: str) -> str | None:
    """The operation of a service by its own name or by the CLI's: CreateModel, create-model."""
    for known in models.operation_names(service):
        if name in (known, xform_name(known, "-")):
            return known
    return None


def parsed(service: str, operation: str, words: Sequence[str]) -> dict[str, Any]:
    """The parameters that options say; raises InputError for what the operation does not take."""
    shape = models.operation(service, operation).input_shape
    members = (
        {} if shape is None else {xform_name(name, "-"): (name, member) for name, member in shape.members.items()}
    )
    made: dict[str, Any] = {}
    at = 0
    while at < len(words):
        word = words[at]
        if not word.startswith("--"):
            raise InputError(f"{word!r} stands where an option such as --{min(members, default='tags')} should")
        option, equals, joined = word[2:].partition("=")
        at += 1
        values = [joined] if equals else []
        while not equals and at < len(words) and not words[at].startswith("--"):
            values.append(words[at])
            at += 1
        bare = option.removeprefix("no-")
        if option not in members and bare in members and members[bare][1].type_name == "boolean":
            made[members[bare][0]] = False
            continue
        if option not in members:
            raise InputError(f"{operation} has no parameter --{option}{_near(option, members)}")
        name, member = members[option]
        made[name] = _value(member, values, f"--{option}")
    return made


def _near(option: str, members: Mapping[str, object]) -> str:
    import difflib

    near = difflib.get_close_matches(option, list(members), 1, 0.6)
    return f"; did you mean --{near[0]}?" if near else ""


def _value(shape: Shape, values: list[str], option: str) -> Any:
    if shape.type_name == "boolean":
        return not values or values[0].lower() == "true"
    if not values:
        raise InputError(f"{option} needs a value")
    if isinstance(shape, ListShape):
        if len(values) == 1 and (text := _text(values[0])).lstrip().startswith("["):
            return _json(text, option)
        if isinstance(shape.member, StructureShape | MapShape):
            return [_one(shape.member, value, option) for value in values]
        return [_one(shape.member, part, option) for value in values for part in _text(value).split(",")]
    return _one(shape, " ".join(values), option)


def _one(shape: Shape, value: str, option: str) -> Any:
    text = _text(value)
    if not isinstance(shape, StructureShape | MapShape | ListShape):
        return _scalar(shape, text, option)
    if text.lstrip().startswith(("{", "[")):
        return _json(text, option)
    found, end = _pairs(shape, text, 0, option)
    if end != len(text):
        raise InputError(f"{option}: {text[end:]!r} is not understood; write it as JSON")
    return found


def _text(value: str) -> str:
    if not value.startswith("file://"):
        return value
    path = Path(value.removeprefix("file://")).expanduser()
    try:
        return path.read_text(encoding="utf-8")
    except OSError as problem:
        raise InputError(f"cannot read {path}: {problem.strerror}") from None


def _json(text: str, option: str) -> Any:
    try:
        return json.loads(text)
    except ValueError as problem:
        raise InputError(f"{option} is not valid JSON: {problem}") from None


def _scalar(shape: Shape, text: str, option: str) -> Any:
    number = NUMBERS.get(shape.type_name)
    try:
        if shape.type_name == "boolean":
            return text.lower() == "true"
        return text if number is None else number(text)
    except ValueError:
        raise InputError(f"{option}: {text!r} is no {shape.type_name}") from None


def _pairs(shape: Shape, text: str, at: int, option: str) -> tuple[dict[str, Any], int]:
    """`A=1,B=[2,3]` from a position on; ends at the text's end or at a closing brace."""
    made: dict[str, Any] = {}
    while at < len(text) and text[at] != "}":
        found = _KEY.match(text, at)
        if found is None:
            raise InputError(f"{option}: expected NAME=VALUE at {text[at:]!r}")
        name = found[1].strip()
        if isinstance(shape, MapShape):
            inner: Shape = shape.value
        elif isinstance(shape, StructureShape) and name in shape.members:
            inner = shape.members[name]
        else:
            raise InputError(f"{option} has no member {name}")
        made[name], at = _inner(inner, text, found.end(), option)
        if at < len(text) and text[at] == ",":
            at += 1
    return made, at


def _inner(shape: Shape, text: str, at: int, option: str) -> tuple[Any, int]:
    if text[at : at + 1] == "{":
        found, end = _pairs(shape, text, at + 1, option)
        return found, end + 1
    if text[at : at + 1] == "[" and isinstance(shape, ListShape):
        at += 1
        items: list[Any] = []
        while at < len(text) and text[at] != "]":
            one, at = _inner(shape.member, text, at, option)
            items.append(one)
            if text[at : at + 1] == ",":
                at += 1
        return items, at + 1
    if isinstance(shape, ListShape):
        # `Names=a,b`: values go on until the next NAME=.
        items = []
        while True:
            end = _end(text, at)
            items.append(_scalar(shape.member, text[at:end], option))
            at = end
            if text[at : at + 1] != "," or _KEY.match(text, at + 1):
                return items, at
            at += 1
    end = _end(text, at)
    return _scalar(shape, text[at:end].strip("'\""), option), end


def _end(text: str, at: int) -> int:
    quote = text[at : at + 1]
    if quote in ("'", '"') and quote:
        closing = text.find(quote, at + 1)
        return len(text) if closing < 0 else closing + 1
    found = re.compile(r"[,\]}]").search(text, at)
    return found.start() if found else len(text)
