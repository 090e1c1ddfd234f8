"""What do management policies on the way from the root to an account say together?

Organizations User Guide, "Understanding management policy inheritance" and "Inheritance operators". A policy is a
tree whose leaves set values: `@@assign` replaces what was inherited, `@@append` adds to it, `@@remove` takes away
from it. `@@operators_allowed_for_child_policies` limits which of them policies further down may use at that place
and below it. The effective policy has plain values in place of operators.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any, Final

ASSIGN: Final = "@@assign"
APPEND: Final = "@@append"
REMOVE: Final = "@@remove"
CONTROL: Final = "@@operators_allowed_for_child_policies"
ALL: Final = frozenset({ASSIGN, APPEND, REMOVE})
SETTING: Final = (ASSIGN, APPEND, REMOVE)


class _Place:
    """A place of the tree so far: its value, what lies below, and the operators that are still allowed."""

    def __init__(self, allowed: frozenset[str] = ALL) -> None:
        self.value: Any = None
        self.below: dict[str, _Place] = {}
        self.allowed = allowed

    def at(self, name: str) -> _Place:
        # Keys of tag policies and their like compare without case; the first spelling stays.
        for known, place in self.below.items():
            if known.lower() == name.lower():
                return place
        return self.below.setdefault(name, _Place(self.allowed))

    def apply(self, node: Mapping[str, Any]) -> None:
        for name, value in node.items():
            if name == ASSIGN and ASSIGN in self.allowed:
                self.value = value
            elif name == APPEND and APPEND in self.allowed:
                held = _listed(self.value)
                self.value = [*held, *(each for each in _listed(value) if each not in held)]
            elif name == REMOVE and REMOVE in self.allowed:
                gone = _listed(value)
                self.value = [each for each in _listed(self.value) if each not in gone]
            elif not name.startswith("@@"):
                place = self.at(name)
                if isinstance(value, dict):
                    place.apply(value)
                elif ASSIGN in place.allowed:
                    place.value = value

    def restrict(self, node: Mapping[str, Any], allowed: frozenset[str] | None = None) -> None:
        """What a level says of the levels below it: only ever less than what the levels above allow."""
        said = node.get(CONTROL)
        if said is not None:
            allowed = ALL if "@@all" in said else frozenset(said) & ALL
        if allowed is not None:
            self.allowed &= allowed
        for name, value in node.items():
            if not name.startswith("@@") and isinstance(value, dict):
                self.at(name).restrict(value, allowed)

    def plain(self) -> Any:
        below = {name: value for name, place in self.below.items() if (value := place.plain()) not in (None, {})}
        return below or self.value


def _listed(value: Any) -> list[Any]:
    if value is None:
        return []
    return value if isinstance(value, list) else [value]


def effective(levels: Iterable[Iterable[Mapping[str, Any]]]) -> dict[str, Any]:
    """The effective policy of an account, from the policies of each level, root first; {} when there are none.

    Of several policies on one level the later ones are applied after the earlier; what one of them forbids, it
    forbids to the levels below.
    """
    top = _Place()
    for level in levels:
        policies = list(level)
        for policy in policies:
            top.apply(policy)
        for policy in policies:
            top.restrict(policy)
    made = top.plain()
    return made if isinstance(made, dict) else {}
