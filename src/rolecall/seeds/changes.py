"""What did a seed do? Kept line by line, so that applying it twice can be seen to change nothing."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from msgspec import Struct

# (account, service) -> a boto3 client of the account's root
ClientFor = Callable[[str, str], Any]


class Change(Struct, frozen=True):
    """verb: made, changed, or left out with the reason in `what`."""

    verb: str
    what: str

    def __str__(self) -> str:
        return f"{self.verb} {self.what}"


class Changes:
    def __init__(self) -> None:
        self.all: list[Change] = []

    def made(self, what: str) -> None:
        self.all.append(Change("made", what))

    def changed(self, what: str) -> None:
        self.all.append(Change("changed", what))

    def left_out(self, what: str) -> None:
        self.all.append(Change("left out", what))
