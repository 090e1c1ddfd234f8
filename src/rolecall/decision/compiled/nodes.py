"""Build `ast` nodes, folding what is known: the only place that makes code.

A piece of code is a node or, when its value is known while compiling, a plain Boolean. Policy text never becomes
code: it enters as the value of `ast.Constant`, or as an object among the constants (`Names`).
"""

from __future__ import annotations

import ast
import itertools
import sys
from collections.abc import Callable, Iterable, Sequence
from types import CodeType, FunctionType
from typing import Final, TypedDict, cast

Code = ast.expr | bool
Constant = str | int | None | tuple[str | None, ...]


# Nodes need a place; there is no text, so all stand at its beginning.
class _Here(TypedDict):
    lineno: int
    col_offset: int


HERE: Final = _Here(lineno=1, col_offset=0)
_LOAD: Final = ast.Load()
_STORE: Final = ast.Store()
_NONE: Final = ast.Constant(value=None, **HERE)

# What the generated functions call their parts.
REQUEST: Final = "request"
ARN: Final = "arn"
PARTS: Final = "parts"
TAIL: Final = "tail"
CONTEXT: Final = "context"
GET: Final = "get"
MULTIVALUED: Final = "multivalued"
SEEN: Final = "seen"
HELD: Final = "held"

_numbers: Final = itertools.count()


Held = dict[bytes, object]


class Names:
    """Objects that a piece of code refers to, by marks that no other piece has.

    A mark is a constant of bytes, which policies have none of; `make_function` puts the object in its place.
    """

    __slots__ = ("held",)

    def __init__(self) -> None:
        self.held: Held = {}

    def put(self, value: object) -> ast.expr:
        mark = b"k%d" % next(_numbers)
        self.held[mark] = value
        return _mark(mark)


def _mark(mark: bytes) -> ast.expr:
    return ast.Constant(value=mark, **HERE)


def _kept(value: ast.expr) -> ast.expr:
    """An object as what is called or compared by identity, where Python warns of a bare constant."""
    return bind(HELD, value) if isinstance(value, ast.Constant) else value


def load(name: str) -> ast.expr:
    return ast.Name(id=name, ctx=_LOAD, **HERE)


def key(text: str) -> ast.expr:
    """A condition key, interned as the context's are: then a lookup compares pointers."""
    return ast.Constant(value=sys.intern(text), **HERE)


def constant(value: Constant) -> ast.expr:
    # The type of ast.Constant leaves out tuples, which Python's own compiler folds into constants.
    return ast.Constant(value=cast(str, value), **HERE)


def bind(name: str, value: ast.expr) -> ast.expr:
    """`(name := value)`."""
    return ast.NamedExpr(target=ast.Name(id=name, ctx=_STORE, **HERE), value=value, **HERE)


def call(function: ast.expr, *arguments: ast.expr) -> ast.expr:
    return ast.Call(func=_kept(function), args=list(arguments), keywords=[], **HERE)


def method(value: ast.expr, name: str, *arguments: ast.expr) -> ast.expr:
    return call(attribute(value, name), *arguments)


def attribute(value: ast.expr, name: str) -> ast.expr:
    return ast.Attribute(value=value, attr=name, ctx=_LOAD, **HERE)


def item(value: ast.expr, index: int) -> ast.expr:
    """`value[index]`."""
    return ast.Subscript(value=value, slice=constant(index), ctx=_LOAD, **HERE)


def is_text(value: ast.expr) -> ast.expr:
    """`isinstance(value, str)`."""
    return call(_ISINSTANCE, value, _STR)


def compare(left: ast.expr, operator: type[ast.cmpop], right: ast.expr) -> ast.expr:
    return ast.Compare(left=left, ops=[operator()], comparators=[right], **HERE)


def is_same(left: ast.expr, right: ast.expr) -> ast.expr:
    """`left is right`."""
    return compare(left, ast.Is, _kept(right))


def is_none(value: ast.expr) -> ast.expr:
    return compare(value, ast.Is, _NONE)


def is_not_none(value: ast.expr) -> ast.expr:
    return compare(value, ast.IsNot, _NONE)


def length_is(value: ast.expr, length: int) -> ast.expr:
    return compare(call(_LEN, value), ast.Eq, constant(length))


def all_of(*codes: Code) -> Code:
    """Conjunction, in the order given; what is certainly true is left out."""
    return _joined(codes, ast.And, absorbing=False)


def any_of(*codes: Code) -> Code:
    """Disjunction, in the order given."""
    return _joined(codes, ast.Or, absorbing=True)


def _joined(codes: Sequence[Code], operator: type[ast.boolop], *, absorbing: bool) -> Code:
    kept: list[ast.expr] = []
    for code in codes:
        if isinstance(code, bool):
            if code is absorbing:
                return absorbing
        elif isinstance(code, ast.BoolOp) and isinstance(code.op, operator):
            kept += code.values
        else:
            kept.append(code)
    if not kept:
        return not absorbing
    return kept[0] if len(kept) == 1 else ast.BoolOp(op=operator(), values=kept, **HERE)


_OPPOSITES: Final[dict[type[ast.cmpop], type[ast.cmpop]]] = {
    ast.Is: ast.IsNot,
    ast.IsNot: ast.Is,
    ast.In: ast.NotIn,
    ast.NotIn: ast.In,
    ast.Eq: ast.NotEq,
    ast.NotEq: ast.Eq,
}


def negation(code: Code) -> Code:
    if isinstance(code, bool):
        return not code
    if isinstance(code, ast.Compare) and type(code.ops[0]) in _OPPOSITES:
        return compare(code.left, _OPPOSITES[type(code.ops[0])], code.comparators[0])
    return ast.UnaryOp(op=ast.Not(), operand=code, **HERE)


def choose(code: ast.expr, then: Code, otherwise: Code) -> ast.expr:
    """`then if code else otherwise`."""
    return ast.IfExp(test=code, body=_as_node(then), orelse=_as_node(otherwise), **HERE)


def _as_node(code: Code) -> ast.expr:
    return constant(code) if isinstance(code, bool) else code


def give(value: ast.expr) -> ast.stmt:
    return ast.Return(value=value, **HERE)


def when(code: Code, *body: ast.stmt) -> list[ast.stmt]:
    """`if code: body`; the body alone where the code is certainly true, nothing where it is false."""
    if isinstance(code, bool):
        return list(body) if code else []
    return [ast.If(test=code, body=list(body), orelse=[], **HERE)]


def assign(name: str, value: ast.expr) -> ast.stmt:
    return ast.Assign(targets=[ast.Name(id=name, ctx=_STORE, **HERE)], value=value, **HERE)


def add_bits(name: str, bits: int) -> ast.stmt:
    """`name |= bits`."""
    target = ast.Name(id=name, ctx=_STORE, **HERE)
    return ast.AugAssign(target=target, op=ast.BitOr(), value=constant(bits), **HERE)


def names_in(codes: Iterable[ast.AST]) -> frozenset[str]:
    """The names that some nodes read."""
    return frozenset(node.id for code in codes for node in ast.walk(code) if isinstance(node, ast.Name))


# Generated code reaches nothing of Python's builtins but this.
_LEN: Final = _mark(b"len")
_ISINSTANCE: Final = _mark(b"isinstance")
_STR: Final = _mark(b"str")
_BUILTINS: Final[Held] = {b"len": len, b"isinstance": isinstance, b"str": str}
_NOTHING: Final[dict[str, object]] = {"__builtins__": {}}


def make_function(body: list[ast.stmt], held: Held) -> Callable[..., int]:
    """The function of REQUEST and ARN with this body.

    The objects that its pieces mark become constants: they are read fast, only where they are needed, and what the
    function can reach is what it was given.
    """
    arguments = ast.arguments(
        posonlyargs=[],
        args=[ast.arg(arg=name, **HERE) for name in (REQUEST, ARN)],
        kwonlyargs=[],
        kw_defaults=[],
        defaults=[],
    )
    function = ast.FunctionDef(name="decide", args=arguments, body=body, decorator_list=[], **HERE)
    module = compile(ast.Module(body=[function], type_ignores=[]), "<policy>", "exec", dont_inherit=True)
    code = next(each for each in module.co_consts if isinstance(each, CodeType))
    objects = {**_BUILTINS, **held}
    constants = tuple(objects[each] if isinstance(each, bytes) else each for each in code.co_consts)
    return FunctionType(code.replace(co_consts=constants), _NOTHING, "decide")
