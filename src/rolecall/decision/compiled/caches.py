"""A bounded map that keeps what is used: safe among threads, and a hit costs one dictionary lookup.

Two generations: what is asked for moves to the young one; when that is full, it becomes the old one and the former
old one is forgotten. So an entry survives at least as many new ones as half the limit since it was last used.
Races are harmless: at worst a value is made twice. Every step is one operation of a dictionary.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Generic, TypeVar

K = TypeVar("K")
V = TypeVar("V")


class Generations(Generic[K, V]):
    __slots__ = ("_half", "_old", "_young")

    def __init__(self, limit: int) -> None:
        self._half = max(1, limit // 2)
        self._young: dict[K, V] = {}
        self._old: dict[K, V] = {}

    def get(self, key: K) -> V | None:
        found = self._young.get(key)
        if found is None:
            found = self._old.get(key)
            if found is not None:
                self.put(key, found)
        return found

    def put(self, key: K, value: V) -> None:
        young = self._young
        if len(young) >= self._half:
            self._old = young
            self._young = young = {}
        young[key] = value

    def get_or_make(self, key: K, make: Callable[[], V]) -> V:
        """The value of a key; two threads that miss at once may each make one, and the first that stored wins."""
        found = self.get(key)
        if found is None:
            made = make()
            found = self.get(key) or made
            self.put(key, found)
        return found

    def __len__(self) -> int:
        return len(self._young) + len(self._old)
