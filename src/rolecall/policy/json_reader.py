"""Read JSON text into nodes that know where they stand, and see what Python's reader forgives.

A policy grammar forbids the same key twice in one object, and a finding must point at a line: both are lost in
a dict. Numbers keep their spelling. Nesting is bounded and read without recursion, so no input can blow the stack.
"""

from __future__ import annotations

import enum
import json
import re
from bisect import bisect_right
from collections.abc import Callable, Mapping, Sequence
from typing import Final

from msgspec import Struct

from rolecall.policy.document import Position, Span

# Deeper than any policy can be (a condition value stands at 7), far below any stack.
MAX_DEPTH: Final = 100

NOWHERE: Final = -1


class JsonFault(enum.Enum):
    SYNTAX = "syntax"
    DUPLICATE_KEY = "duplicate key"
    DEPTH = "nesting too deep"
    ENCODING = "encoding"
    TYPE = "not a JSON value"


class JsonError(ValueError):
    """Text that is not the JSON we accept; `position` is None for values that were never text."""

    def __init__(self, fault: JsonFault, message: str, position: Position | None) -> None:
        where = f"line {position.line} column {position.column}: " if position else ""
        super().__init__(f"{where}{message}")
        self.fault = fault
        self.message = message
        self.position = position


class Node(Struct, frozen=True):
    """A JSON value at [start, end) of its text; both NOWHERE when it was made from Python values."""

    start: int
    end: int


class StringNode(Node, frozen=True):
    value: str


class NumberNode(Node, frozen=True):
    """A number as it was spelled: `10`, `10.0` and `1e1` are three texts."""

    text: str


class BooleanNode(Node, frozen=True):
    value: bool


class NullNode(Node, frozen=True):
    pass


class ArrayNode(Node, frozen=True):
    items: tuple[Node, ...]


class Member(Struct, frozen=True):
    key: StringNode
    value: Node


class ObjectNode(Node, frozen=True):
    members: tuple[Member, ...]

    def get(self, key: str) -> Node | None:
        """The value under a key; keys are unique, or `read` had refused the text."""
        return next((member.value for member in self.members if member.key.value == key), None)


class Locator:
    """Turns offsets of one text into positions."""

    __slots__ = ("_lines",)

    def __init__(self, text: str) -> None:
        self._lines = [0, *(match.end() for match in re.finditer("\n", text))]

    def position(self, offset: int) -> Position:
        line = bisect_right(self._lines, offset)
        return Position(line=line, column=offset - self._lines[line - 1] + 1, offset=offset)

    def span(self, node: Node) -> Span | None:
        if node.start == NOWHERE:
            return None
        return Span(start=self.position(node.start), end=self.position(node.end))


_BLANKS: Final = re.compile(r"[ \t\n\r]*")
_TOKEN: Final = re.compile(
    r"""(?P<mark>[{}\[\],:])
      | "(?P<string>[^"\\\x00-\x1f]*(?:\\(?:["\\/bfnrt]|u[0-9a-fA-F]{4})[^"\\\x00-\x1f]*)*)"
      | (?P<number>-?(?:0|[1-9][0-9]*)(?:\.[0-9]+)?(?:[eE][+-]?[0-9]+)?)
      | (?P<word>true|false|null)""",
    re.VERBOSE,
)
_WORDS: Final = {"true": True, "false": False}
_Fail = Callable[[JsonFault, str, int], JsonError]


class _Open:
    """A container that is still being read."""

    __slots__ = ("is_object", "items", "key", "members", "names", "start")

    def __init__(self, start: int, is_object: bool) -> None:
        self.start = start
        self.is_object = is_object
        self.items: list[Node] = []
        self.members: list[Member] = []
        self.names: set[str] = set()
        self.key: StringNode | None = None

    def close(self, end: int) -> Node:
        if self.is_object:
            return ObjectNode(self.start, end, tuple(self.members))
        return ArrayNode(self.start, end, tuple(self.items))


class _Expect(enum.Enum):
    VALUE = "a value"
    VALUE_OR_END = "a value or ']'"
    KEY = "a name in double quotes"
    KEY_OR_END = "a name in double quotes or '}'"
    COLON = "':'"
    COMMA_OR_END = "',' or the end of the list or object"


def read(text: str | bytes) -> Node:
    """The value that the text spells; raises JsonError."""
    if isinstance(text, bytes):
        try:
            text = text.decode("utf-8")
        except UnicodeDecodeError as error:
            raise JsonError(JsonFault.ENCODING, f"byte {error.start} is not UTF-8", None) from None
    return _read(text)


def _read(text: str) -> Node:
    def fail(fault: JsonFault, message: str, offset: int) -> JsonError:
        return JsonError(fault, message, Locator(text).position(offset))

    stack: list[_Open] = []
    expect = _Expect.VALUE
    offset = _skip(text, 0)
    while True:
        token = _TOKEN.match(text, offset)
        if token is None:
            found = repr(text[offset]) if offset < len(text) else "the end of the text"
            raise fail(JsonFault.SYNTAX, f"expected {expect.value}, found {found}", offset)
        start, offset = offset, token.end()
        kind, mark = token.lastgroup, token.group("mark")
        node: Node
        if kind == "string" and expect in (_Expect.KEY, _Expect.KEY_OR_END):
            key = StringNode(start, offset, _unescape(token.group("string"), start, fail))
            if key.value in stack[-1].names:
                raise fail(JsonFault.DUPLICATE_KEY, f'duplicate key "{key.value}"', start)
            stack[-1].names.add(key.value)
            stack[-1].key = key
            expect = _Expect.COLON
            offset = _skip(text, offset)
            continue
        if mark == ":" and expect is _Expect.COLON:
            expect = _Expect.VALUE
            offset = _skip(text, offset)
            continue
        if mark == "," and expect is _Expect.COMMA_OR_END:
            expect = _Expect.KEY if stack[-1].is_object else _Expect.VALUE
            offset = _skip(text, offset)
            continue
        wants_value = expect in (_Expect.VALUE, _Expect.VALUE_OR_END)
        if mark in ("{", "[") and wants_value:
            if len(stack) == MAX_DEPTH:
                raise fail(JsonFault.DEPTH, f"nested deeper than {MAX_DEPTH} levels", start)
            stack.append(_Open(start, mark == "{"))
            expect = _Expect.KEY_OR_END if mark == "{" else _Expect.VALUE_OR_END
            offset = _skip(text, offset)
            continue
        if mark in ("}", "]"):
            ends = (_Expect.COMMA_OR_END, _Expect.KEY_OR_END if mark == "}" else _Expect.VALUE_OR_END)
            if not stack or expect not in ends or stack[-1].is_object is not (mark == "}"):
                raise fail(JsonFault.SYNTAX, f"expected {expect.value}, found {mark!r}", start)
            node = stack.pop().close(offset)
        elif not wants_value or mark:
            raise fail(JsonFault.SYNTAX, f"expected {expect.value}, found {token.group()!r:.40}", start)
        elif kind == "string":
            node = StringNode(start, offset, _unescape(token.group("string"), start, fail))
        elif kind == "number":
            node = NumberNode(start, offset, token.group())
        elif token.group() == "null":
            node = NullNode(start, offset)
        else:
            node = BooleanNode(start, offset, _WORDS[token.group()])
        offset = _skip(text, offset)
        if not stack:
            if offset != len(text):
                raise fail(JsonFault.SYNTAX, f"unexpected {text[offset]!r} after the value", offset)
            return node
        holder = stack[-1]
        if holder.is_object:
            assert holder.key is not None
            holder.members.append(Member(holder.key, node))
        else:
            holder.items.append(node)
        expect = _Expect.COMMA_OR_END


def _skip(text: str, offset: int) -> int:
    blanks = _BLANKS.match(text, offset)
    return blanks.end() if blanks else offset


def _unescape(raw: str, start: int, fail: _Fail) -> str:
    value: str = json.loads(f'"{raw}"') if "\\" in raw else raw
    if not _is_text(value):
        raise fail(JsonFault.ENCODING, "half of a surrogate pair is not a character", start)
    return value


def _is_text(value: str) -> bool:
    """Whether every code point is a character that can leave again as UTF-8."""
    if value.isascii():
        return True
    try:
        value.encode("utf-8")
    except UnicodeEncodeError:
        return False
    return True


def from_python(value: object) -> Node:
    """The node of a value made of mappings, sequences, strings, numbers, Booleans and None; raises JsonError."""
    return _from_python(value, 0)


def _from_python(value: object, depth: int) -> Node:
    if depth > MAX_DEPTH:
        raise JsonError(JsonFault.DEPTH, f"nested deeper than {MAX_DEPTH} levels", None)
    match value:
        case Node():
            return value
        case str():
            if not _is_text(value):
                raise JsonError(JsonFault.ENCODING, "half of a surrogate pair is not a character", None)
            return StringNode(NOWHERE, NOWHERE, value)
        case bool():
            return BooleanNode(NOWHERE, NOWHERE, value)
        case int() | float():
            return NumberNode(NOWHERE, NOWHERE, str(value))
        case None:
            return NullNode(NOWHERE, NOWHERE)
        case Mapping():
            members = []
            for key, held in value.items():
                if not isinstance(key, str):
                    raise JsonError(JsonFault.TYPE, f"an object's names are strings, not {key!r:.40}", None)
                members.append(Member(StringNode(NOWHERE, NOWHERE, key), _from_python(held, depth + 1)))
            return ObjectNode(NOWHERE, NOWHERE, tuple(members))
        case Sequence() if not isinstance(value, bytes | bytearray):
            return ArrayNode(NOWHERE, NOWHERE, tuple(_from_python(item, depth + 1) for item in value))
    raise JsonError(JsonFault.TYPE, f"{type(value).__name__} is not a JSON value", None)
