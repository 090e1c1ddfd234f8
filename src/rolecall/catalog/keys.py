"""Which condition key is meant by a name? Exact names and families (aws:RequestTag/${TagKey}), without case."""

from __future__ import annotations

from collections.abc import Iterable

from rolecall.catalog.records import ConditionKey


class KeyIndex:
    """The condition keys under one prefix. Lookups take folded (lower-case) names."""

    __slots__ = ("_exact", "_families", "keys")

    def __init__(self, keys: Iterable[ConditionKey]) -> None:
        self.keys = tuple(keys)
        self._exact: dict[str, ConditionKey] = {}
        families: list[tuple[str, str, ConditionKey]] = []
        for key in self.keys:
            folded = key.name.lower()
            head, opened, rest = folded.partition("${")
            self._exact[folded] = key
            if opened:
                families.append((head, rest.partition("}")[2], key))
        # The longest head first, so that the more special of two families wins.
        self._families = tuple(sorted(families, key=lambda family: (-len(family[0]), -len(family[1]))))

    def find(self, folded: str) -> ConditionKey | None:
        found = self._exact.get(folded)
        if found is not None:
            return found
        for head, tail, key in self._families:
            if (
                len(folded) > len(head) + len(tail)
                and folded.startswith(head)
                and (not tail or folded.endswith(tail))
            ):
                return key
        return None
