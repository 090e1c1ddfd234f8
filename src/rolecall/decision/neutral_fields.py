"""Read the fields of a neutral request out of JSON nodes, naming the field that is wrong."""

from __future__ import annotations

from rolecall.policy.json_reader import (
    ArrayNode,
    BooleanNode,
    Node,
    NullNode,
    NumberNode,
    ObjectNode,
    StringNode,
)


class NeutralError(ValueError):
    """A line that is no request: which field, what was expected, what was found. id: the line's, if it has one."""

    def __init__(self, message: str, ident: str | None = None) -> None:
        super().__init__(message)
        self.message = message
        self.id = ident


def texts(node: Node, path: str, *, scalars: bool = False) -> tuple[str, ...]:
    """A list of strings; one string counts as a list of one. scalars: numbers and Booleans are taken as text."""
    values = []
    for item in node.items if isinstance(node, ArrayNode) else (node,):
        match item:
            case StringNode(value=value):
                values.append(value)
            case NumberNode(text=text) if scalars:
                values.append(text)
            case BooleanNode(value=said) if scalars:
                values.append("true" if said else "false")
            case _:
                raise NeutralError(f"{path}: expected a string or a list of strings")
    return tuple(values)


class Fields:
    """The members of one object. null is the same as leaving a field out; an unknown name is an error."""

    def __init__(self, node: Node, path: str, known: tuple[str, ...]) -> None:
        if not isinstance(node, ObjectNode):
            raise NeutralError(f"{path or 'the line'}: expected an object")
        self._path = path
        self._nodes: dict[str, Node] = {}
        for member in node.members:
            name = member.key.value
            if name not in known:
                raise NeutralError(f"{self._where(name)}: unknown field, expected one of {', '.join(known)}")
            if not isinstance(member.value, NullNode):
                self._nodes[name] = member.value

    def _where(self, name: str) -> str:
        return f"{self._path}.{name}" if self._path else name

    def node(self, name: str) -> Node | None:
        return self._nodes.get(name)

    def text(self, name: str) -> str | None:
        node = self._nodes.get(name)
        if node is None:
            return None
        if not isinstance(node, StringNode):
            raise NeutralError(f"{self._where(name)}: expected a string")
        return node.value

    def required(self, name: str) -> str:
        value = self.text(name)
        if not value:
            raise NeutralError(f"{self._where(name)}: missing")
        return value

    def flag(self, name: str) -> bool:
        node = self._nodes.get(name)
        if node is None:
            return False
        if not isinstance(node, BooleanNode):
            raise NeutralError(f"{self._where(name)}: expected true or false")
        return node.value

    def texts(self, name: str) -> tuple[str, ...]:
        node = self._nodes.get(name)
        return () if node is None else texts(node, self._where(name))

    def tags(self, name: str) -> dict[str, str]:
        node = self._nodes.get(name)
        if node is None:
            return {}
        if not isinstance(node, ObjectNode):
            raise NeutralError(f"{self._where(name)}: expected an object of tags")
        tags = {}
        for member in node.members:
            if not isinstance(member.value, StringNode):
                raise NeutralError(f"{self._where(name)}.{member.key.value}: expected a string")
            tags[member.key.value] = member.value.value
        return tags
