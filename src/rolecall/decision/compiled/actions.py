"""Which statements of a document speak of an action? Asked once per (document, action) (SEMANTICS 2).

Most action patterns are names or end in a star: they are compared as text. The rest are globs, compiled once.
"""

from __future__ import annotations

from collections.abc import Sequence

from rolecall.policy.arn import has_wildcard
from rolecall.policy.document import Policy
from rolecall.policy.glob import Glob, compile_glob


class ActionPatterns:
    """The patterns of one element."""

    __slots__ = ("begins", "equal", "everything", "globs")

    def __init__(self, patterns: Sequence[str]) -> None:
        self.everything = "*" in patterns
        self.equal: set[str] = set()
        begins: list[str] = []
        self.globs: list[tuple[Glob, Glob]] = []
        for pattern in map(str.lower, patterns):
            vendor, colon, name = pattern.partition(":")
            if not colon:
                continue
            bare = name.rstrip("*")
            if has_wildcard(vendor) or has_wildcard(bare):
                self.globs.append((compile_glob(vendor), compile_glob(name)))
            elif bare == name:
                self.equal.add(pattern)
            else:
                begins.append(f"{vendor}:{bare}")
        self.begins = tuple(begins)

    def match(self, action: str) -> bool:
        """Whether a pattern matches an action in lower case."""
        if self.everything or action in self.equal or action.startswith(self.begins):
            return True
        if not self.globs:
            return False
        service, _, name = action.partition(":")
        return any(vendor.matches(service) and rest.matches(name) for vendor, rest in self.globs)


class ActionIndex:
    """The action elements of a document's statements."""

    __slots__ = ("_statements",)

    def __init__(self, document: Policy) -> None:
        self._statements = [
            (
                statement.not_actions is not None,
                ActionPatterns(
                    statement.not_actions if statement.not_actions is not None else statement.actions or ()
                ),
            )
            for statement in document.statements
        ]

    def relevant(self, action: str) -> tuple[int, ...]:
        """The numbers of the statements that speak of an action in lower case."""
        if ":" not in action:
            action += ":"
        return tuple(
            number
            for number, (negated, patterns) in enumerate(self._statements)
            if patterns.match(action) is not negated
        )
