"""What a life consists of: phases, and the turns that requests cause."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

from msgspec import Struct, field

GONE: Final = "gone"  # as a phase to go to: the item ends


class Phase(Struct, frozen=True):
    """seconds and then: when the phase ends by itself and what follows; until: the member with the instant at
    which it ends, whatever the time scale, when the body has one. secondary and message: for a list of
    transitions. stamp: a member that holds the time at which the phase was entered. assumes: the service opens a
    session of the item's role to come into the phase, and the item fails when it cannot."""

    status: str
    seconds: float = 0
    then: str = ""
    secondary: str = ""
    message: str = ""
    stamp: str = ""
    assumes: bool = False
    until: str = ""


class Turn(Struct, frozen=True):
    """A request that moves an item: to which phase, from which statuses (empty: any), refused how."""

    to: str
    allowed: tuple[str, ...] = ()
    refusal: str = "wrong state"


class Life(Struct, frozen=True, kw_only=True):
    """first: the phase of a new item ("" for what has no status). failed: the phase of one that could not go on.
    replaceable: statuses in which the name is free for a new item."""

    first: str = ""
    phases: Mapping[str, Phase] = field(default_factory=dict)
    stop: Turn | None = None
    start: Turn | None = None
    update: Turn | None = None
    delete: Turn = Turn(GONE)
    replaceable: tuple[str, ...] = ()
    failed: str = "Failed"


EXISTS: Final = Life()  # there until it is deleted, without a status
