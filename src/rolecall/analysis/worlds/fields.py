"""Read the fields of an object strictly: an unknown one, or one of the wrong kind, is an error with its line."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from difflib import get_close_matches
from typing import NoReturn

from rolecall.analysis.worlds.source import Source
from rolecall.policy.json_reader import (
    ArrayNode,
    BooleanNode,
    Member,
    Node,
    NullNode,
    NumberNode,
    ObjectNode,
    StringNode,
)


def near(name: str, known: Iterable[str]) -> str:
    """`; did you mean …?` for a misspelt name, else nothing."""
    folded = {each.lower(): each for each in known}
    found = get_close_matches(name.lower(), folded, 1, 0.6)
    return f"; did you mean {folded[found[0]]}?" if found else ""


def described(node: Node) -> str:
    """A node as a message names it."""
    match node:
        case StringNode(value=value):
            return repr(value[:60])
        case NumberNode(text=text):
            return text[:60]
        case BooleanNode(value=said):
            return "true" if said else "false"
        case ArrayNode():
            return "a list"
        case ObjectNode():
            return "an object"
    return "nothing"


class Fields:
    """The members of one object. An absent field and one without a value are the same."""

    def __init__(self, source: Source, node: Node, what: str, allowed: Sequence[str]) -> None:
        self.source = source
        self.node = node
        self.what = what
        if not isinstance(node, ObjectNode):
            source.refuse(node, f"{what} is an object, not {described(node)}")
        for member in node.members:
            if member.key.value not in allowed:
                hint = near(member.key.value, allowed) or f"; it has {', '.join(allowed)}"
                source.refuse(member.key, f"{what} has no field {member.key.value!r}{hint}")
        self._members = {member.key.value: member for member in node.members}

    def node_of(self, name: str) -> Node | None:
        member = self._members.get(name)
        return None if member is None or isinstance(member.value, NullNode) else member.value

    def key_of(self, name: str) -> Node:
        return self._members[name].key

    def refuse(self, name: str, message: str) -> NoReturn:
        member = self._members.get(name)
        self.source.refuse(self.node if member is None else member.value, message)

    def text(self, name: str) -> str | None:
        """A text; numbers count as written, so that account ids need no quotes."""
        node = self.node_of(name)
        return None if node is None else self.text_in(node, f"{name} of {self.what}")

    def required(self, name: str) -> str:
        found = self.text(name)
        if not found:
            self.source.refuse(self.node, f"{self.what} needs a field {name!r}")
        return found

    def one_of(self, name: str, allowed: Sequence[str]) -> str | None:
        found = self.text(name)
        if found is not None and found not in allowed:
            hint = near(found, allowed)
            self.refuse(name, f"{name} is one of {', '.join(allowed)}, not {found!r}{hint}")
        return found

    def flag(self, name: str, default: bool = False) -> bool:
        node = self.node_of(name)
        if node is None:
            return default
        if not isinstance(node, BooleanNode):
            self.source.refuse(node, f"{name} of {self.what} is true or false, not {described(node)}")
        return node.value

    def number(self, name: str) -> int | None:
        node = self.node_of(name)
        if node is None:
            return None
        if not isinstance(node, NumberNode) or not node.text.isdigit():
            self.source.refuse(node, f"{name} of {self.what} is a whole number, not {described(node)}")
        return int(node.text)

    def items(self, name: str) -> tuple[Node, ...]:
        """The items of a list; a single value is a list of one."""
        node = self.node_of(name)
        if node is None:
            return ()
        return node.items if isinstance(node, ArrayNode) else (node,)

    def texts(self, name: str) -> tuple[str, ...]:
        return tuple(self.text_in(item, f"{name} of {self.what}") for item in self.items(name))

    def members(self, name: str) -> tuple[Member, ...]:
        """Names and values of an object."""
        node = self.node_of(name)
        if node is None:
            return ()
        if not isinstance(node, ObjectNode):
            self.source.refuse(node, f"{name} of {self.what} is an object, not {described(node)}")
        return node.members

    def tags(self, name: str = "tags") -> dict[str, str]:
        return {
            member.key.value: self.text_in(member.value, f"tag {member.key.value!r}")
            for member in self.members(name)
        }

    def text_in(self, node: Node, what: str) -> str:
        match node:
            case StringNode(value=value):
                return value
            case NumberNode(text=text):
                return text
            case BooleanNode(value=said):
                return "true" if said else "false"
        self.source.refuse(node, f"{what} is a text, not {described(node)}")
