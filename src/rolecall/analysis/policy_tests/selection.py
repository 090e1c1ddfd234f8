"""Which cases does `-k` choose? Words that a case's name contains, with and, or, not and parentheses."""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Final

from rolecall.errors import InputError

Chooses = Callable[[str], bool]
TOKEN: Final = re.compile(r"\s*(?:([()])|\"([^\"]*)\"|([^\s()\"]+))")


def chooser(expression: str) -> Chooses:
    """A function that says whether a name is chosen; raises InputError for what is no expression."""
    tokens: list[tuple[str, bool]] = []  # (text, quoted)
    at = 0
    while expression[at:].strip():
        match = TOKEN.match(expression, at)
        if match is None:
            raise InputError(f"-k {expression!r}: a quote is not closed")
        tokens.append((match[1] or match[2] or match[3] or "", match[2] is not None))
        at = match.end()
    parsing = _Parsing(expression, tokens)
    made = parsing.either()
    if parsing.rest:
        raise parsing.wrong()
    return lambda name: made(name.lower())


class _Parsing:
    def __init__(self, expression: str, tokens: list[tuple[str, bool]]) -> None:
        self.expression = expression
        self.rest = tokens

    def wrong(self) -> InputError:
        found = repr(self.rest[0][0]) if self.rest else "the end"
        return InputError(f"-k {self.expression!r}: did not expect {found}; use words, and, or, not, parentheses")

    def _take(self, word: str) -> bool:
        if self.rest and self.rest[0] == (word, False):
            self.rest.pop(0)
            return True
        return False

    def either(self) -> Chooses:
        made = self.both()
        while self._take("or"):
            made = _or(made, self.both())
        return made

    def both(self) -> Chooses:
        made = self.one()
        while self._take("and"):
            made = _and(made, self.one())
        return made

    def one(self) -> Chooses:
        if self._take("not"):
            inner = self.one()
            return lambda name: not inner(name)
        if self._take("("):
            inner = self.either()
            if not self._take(")"):
                raise self.wrong()
            return inner
        if not self.rest or self.rest[0] in ((")", False), ("and", False), ("or", False)):
            raise self.wrong()
        word = self.rest.pop(0)[0].lower()
        return lambda name: word in name


def _or(one: Chooses, other: Chooses) -> Chooses:
    return lambda name: one(name) or other(name)


def _and(one: Chooses, other: Chooses) -> Chooses:
    return lambda name: one(name) and other(name)
