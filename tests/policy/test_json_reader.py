"""The JSON reader: agrees with Python's, and sees what Python's forgives."""

from __future__ import annotations

import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from rolecall.policy.json_reader import (
    ArrayNode,
    BooleanNode,
    JsonError,
    JsonFault,
    Locator,
    Node,
    NullNode,
    NumberNode,
    ObjectNode,
    StringNode,
    from_python,
    read,
)


def value_of(node: Node) -> Any:
    match node:
        case StringNode(value=value):
            return value
        case NumberNode(text=text):
            return json.loads(text)
        case BooleanNode(value=said):
            return said
        case ArrayNode(items=items):
            return [value_of(item) for item in items]
        case ObjectNode(members=members):
            return {member.key.value: value_of(member.value) for member in members}
    assert isinstance(node, NullNode)
    return None


scalars = st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False, allow_infinity=False) | st.text()
values = st.recursive(scalars, lambda inner: st.lists(inner) | st.dictionaries(st.text(), inner), max_leaves=12)


@given(values, st.sampled_from([None, 1]), st.booleans())
def test_reads_what_python_writes(value: Any, indent: int | None, ascii_only: bool) -> None:
    text = json.dumps(value, indent=indent, ensure_ascii=ascii_only)
    assert value_of(read(text)) == value
    assert value_of(read(text.encode())) == value
    assert value_of(from_python(value)) == value


@given(st.text('{}[]:,"\\ u0123eE+-.truefalsn\n', max_size=20))
def test_refuses_what_python_refuses(text: str) -> None:
    """The one thing that we refuse and Python does not is a key twice."""
    try:
        theirs = json.loads(text, parse_constant=lambda _: pytest.fail("no constants in this alphabet"))
    except ValueError:
        with pytest.raises(JsonError):
            read(text)
        return
    try:
        node = read(text)
    except JsonError as error:
        fault = error.fault
    else:
        assert value_of(node) == theirs
        return
    assert fault in (JsonFault.DUPLICATE_KEY, JsonFault.ENCODING)


@pytest.mark.parametrize(
    ("text", "fault", "line", "column"),
    [
        ('{"a": 1,\n "a": 2}', JsonFault.DUPLICATE_KEY, 2, 2),
        ('{"a": {"b": 1, "\\u0062": 2}}', JsonFault.DUPLICATE_KEY, 1, 16),
        ('{"a": 1,}', JsonFault.SYNTAX, 1, 9),
        ("[1 2]", JsonFault.SYNTAX, 1, 4),
        ("", JsonFault.SYNTAX, 1, 1),
        ("1 1", JsonFault.SYNTAX, 1, 3),
        ("[01]", JsonFault.SYNTAX, 1, 3),
        ("NaN", JsonFault.SYNTAX, 1, 1),
        ('"a\nb"', JsonFault.SYNTAX, 1, 1),
        ("[1]]", JsonFault.SYNTAX, 1, 4),
        ("[1}", JsonFault.SYNTAX, 1, 3),
        ('{"a" 1}', JsonFault.SYNTAX, 1, 6),
        ("{1: 1}", JsonFault.SYNTAX, 1, 2),
        ('"\\ud800"', JsonFault.ENCODING, 1, 1),
        ("'a'", JsonFault.SYNTAX, 1, 1),
        ("\ufeff1", JsonFault.SYNTAX, 1, 1),
    ],
)
def test_says_what_is_wrong_and_where(text: str, fault: JsonFault, line: int, column: int) -> None:
    with pytest.raises(JsonError) as caught:
        read(text)
    assert caught.value.fault is fault
    assert caught.value.position is not None
    assert (caught.value.position.line, caught.value.position.column) == (line, column)


def test_nesting_is_bounded_without_recursion() -> None:
    for text in ("[" * 10_000, '{"a":' * 10_000, "[" * 10_000 + "]" * 10_000):
        with pytest.raises(JsonError) as caught:
            read(text)
        assert caught.value.fault is JsonFault.DEPTH


def test_nodes_know_where_they_stand() -> None:
    text = '{\n  "Statement": [\n    "x"\n  ]\n}'
    document = read(text)
    assert isinstance(document, ObjectNode)
    held = document.get("Statement")
    assert isinstance(held, ArrayNode)
    span = Locator(text).span(held.items[0])
    assert span is not None
    assert (span.start.line, span.start.column, span.end.column) == (3, 5, 8)
    assert text[span.start.offset : span.end.offset] == '"x"'


def test_numbers_keep_their_spelling() -> None:
    node = read("10.0")
    assert isinstance(node, NumberNode)
    assert node.text == "10.0"


def test_bytes_that_are_no_utf8() -> None:
    with pytest.raises(JsonError) as caught:
        read(b'"\xff"')
    assert caught.value.fault is JsonFault.ENCODING


@pytest.mark.parametrize("value", [b"x", {1: 2}, object(), {"a": {1, 2}}])
def test_values_that_are_no_json(value: object) -> None:
    with pytest.raises(JsonError):
        from_python(value)
