"""The stable side of a principal: its identity policies, boundary and the control policies above its account.

Holds, for each action, the function that `fused` made and what its numbers mean here. Policy sets that are equal
in content are one object, and sets whose policies say the same of an action share its function.
"""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterator
from typing import Any

from msgspec import Struct

from rolecall.decision.call_limits import PERMISSIONS_ONLY
from rolecall.decision.compiled.caches import Generations
from rolecall.decision.compiled.fused import (
    DENY_UNDETERMINED,
    Shape,
    fuse,
    fuse_unknown,
    numbering,
    unknown_bits,
)
from rolecall.decision.compiled.pieces import PLAIN, Variant
from rolecall.decision.compiled.statements import StatementCode
from rolecall.decision.compiled.units import Limits, Unit, Workshop
from rolecall.decision.rcp_services import RCP_SERVICES
from rolecall.decision.request import Request
from rolecall.decision.result import Decision, Determining, Outcome
from rolecall.policy.document import Effect, PolicyType, Statement

Decide = Callable[[Request, str], int]

# Entries a policy set keeps: one per action and variant that was asked.
_ENTRIES = 2_048
_UNDETERMINED = 1_024
_VARIANTS = 64


class Member(Struct, frozen=True):
    """A document in a policy set, with the name and ARN it has there. Units are equal by identity."""

    unit: Unit
    arn: str | None
    name: str | None


# The function, its decisions as far as they were needed, the entry. A tuple lies in one place, a list in two.
Row = tuple[Any, ...]


# A member, with its policy type and its number there.
Placed = tuple[PolicyType, int | tuple[int, int], Member]


class Stable(Struct, frozen=True):
    """What makes a policy set; as units are one per content, equal by content."""

    identity: tuple[Member, ...]
    boundary: Member | None
    scps: tuple[tuple[Member, ...], ...]

    def documents(self) -> Iterator[Placed]:
        """All members in the order in which a shape has them, with their places."""
        for number, level in enumerate(self.scps):
            for index, member in enumerate(level):
                yield PolicyType.SCP, (number, index), member
        for index, member in enumerate(self.identity):
            yield PolicyType.IDENTITY, index, member
        if self.boundary is not None:
            yield PolicyType.BOUNDARY, 0, self.boundary


class Shared:
    """One function of all policy sets that say the same of an action; made when it was asked often enough."""

    __slots__ = ("bits", "calls", "function")

    def __init__(self) -> None:
        self.calls = 0
        self.function: Decide | None = None
        self.bits: Decide | None = None


class Place(Struct, frozen=True):
    """A statement of a shape: where it stands in the policy set."""

    member: Member
    kind: PolicyType
    index: int | tuple[int, int]
    number: int
    statement: Statement

    @property
    def determining(self) -> Determining:
        member = self.member
        return Determining(self.kind, self.index, self.number, self.statement.sid, member.arn, member.name)


class Entry:
    """An action asked of policy sets that have the same to say of it, in the same places.

    row: the function, then the decisions by its numbers as they are needed. ordinary: the action has no rules of
    its own, as those of STS have. limited: the limits of temporary credentials may apply to it. rcps: resource
    control policies may reach it.
    """

    __slots__ = (
        "_undetermined",
        "action",
        "function",
        "limited",
        "members",
        "ordinary",
        "rcps",
        "row",
        "shape",
        "shared",
        "variant",
    )

    def __init__(
        self, action: str, shape: Shape, members: tuple[Placed, ...], variant: Variant, shared: Shared
    ) -> None:
        service = action.partition(":")[0]
        self.action = action
        self.shape = shape
        self.members = members
        self.variant = variant
        self.shared = shared
        self.ordinary = service != "sts"
        self.limited = service == "iam" and action not in PERMISSIONS_ONLY
        self.rcps = service in RCP_SERVICES
        self.function: Decide | None = None
        self.row: Row = (*(None,) * numbering(shape).size, self)
        self._undetermined: dict[tuple[int, int], Decision] = {}

    def heat(self, function: Decide) -> None:
        """From now on the function answers."""
        # INVARIANT: whoever sees the function finds it in the row too, whatever other threads are at.
        self.row = (function, *self.row[1:])
        self.function = function

    def bits(self, request: Request, arn: str) -> int:
        """Which statements are unknown, a bit each."""
        if self.shared.bits is None:
            self.shared.bits = unknown_bits(self.shape, self.variant.spelled)
        return self.shared.bits(request, arn)

    def places(self) -> tuple[Place, ...]:
        """The statements in the order of `Shape.codes`."""
        return tuple(
            Place(member, kind, index, number, statement)
            for kind, index, member in self.members
            for asked in (member.unit.asked(self.action, self.variant),)
            for number, statement in zip(asked.numbers, asked.statements, strict=True)
        )

    def decision(self, number: int, workshop: Workshop) -> Decision:
        """What a number means where nothing but the stable side counts."""
        row = self.row
        made: Decision | None = row[number]
        if made is None:
            silent_is_implicit = workshop.setting.choices.missing_scp_allow_is_implicit
            made = workshop.one_of_equals(self._decision(number, silent_is_implicit))
            # Another thread may have a row of before `heat`: the function is put in anew.
            self.row = (self.function, *row[1:number], made, *row[number + 1 :])
        return made

    def _decision(self, number: int, missing_level_is_implicit: bool) -> Decision:
        numbers = numbering(self.shape)
        if number < numbers.silent_level:
            return Decision(Outcome.EXPLICIT_DENY, self.denied_by(number - numbers.denied(0)))
        if number == numbers.silent_level:
            outcome = Outcome.IMPLICIT_DENY if missing_level_is_implicit else Outcome.EXPLICIT_DENY
            return Decision(outcome, Determining(PolicyType.SCP))
        if number in (numbers.nothing_granted, numbers.nothing_granted + 1):
            return Decision(Outcome.IMPLICIT_DENY, Determining(PolicyType.IDENTITY))
        grant, silent = divmod(number - numbers.granted(0), 2)
        if silent or number == numbers.silent_boundary:
            return Decision(Outcome.IMPLICIT_DENY, Determining(PolicyType.BOUNDARY))
        return Decision(Outcome.ALLOW, self.granted_by(grant))

    def denied_by(self, number: int) -> Determining:
        denials = [place for place in self.places() if place.statement.effect is Effect.DENY]
        return denials[number].determining

    def granted_by(self, grant: int) -> Determining:
        grants = [
            place
            for place in self.places()
            if place.kind is PolicyType.IDENTITY and place.statement.effect is Effect.ALLOW
        ]
        return grants[grant].determining

    def undetermined(self, number: int, bits: int, request: Request) -> Decision:
        """The decision that hangs on the unknown keys of the statements in `bits`."""
        known = self._undetermined.get((number, bits))
        if known is not None:
            return known
        unknown = [
            (place, code)
            for at, (place, code) in enumerate(zip(self.places(), self.shape.codes(), strict=True))
            if bits >> at & 1 and (number != DENY_UNDETERMINED or place.statement.effect is Effect.DENY)
        ]
        keys: dict[str, str] = {}
        # As the combination gathers them: policy by policy, denials before grants.
        for place, code in sorted(unknown, key=_gathered):
            found = code.keys
            if found is None:
                found = place.member.unit.keys_by_the_reference(place.statement, request)
            for key in found:
                keys.setdefault(key.lower(), key)
        depends_on = tuple(sorted(keys.values(), key=str.lower))
        made = Decision(Outcome.UNDETERMINED, None, depends_on)
        if all(code.keys is not None for _, code in unknown) and len(self._undetermined) < _UNDETERMINED:
            self._undetermined[number, bits] = made
        return made


_ORDER = {PolicyType.SCP: 0, PolicyType.IDENTITY: 1, PolicyType.BOUNDARY: 2}


def _gathered(found: tuple[Place, StatementCode]) -> tuple[int, int, int, bool, int]:
    place, _ = found
    level, index = place.index if isinstance(place.index, tuple) else (0, place.index)
    return (_ORDER[place.kind], level, index, place.statement.effect is Effect.ALLOW, place.number)


class Library:
    """What policy sets share."""

    def __init__(self, limits: Limits) -> None:
        self.functions: Generations[tuple[Shape, Variant], Shared] = Generations(limits.functions)
        self.entries: Generations[tuple[Shape, tuple[Placed, ...], str, Variant], Entry] = Generations(
            limits.entries
        )


class PolicySet:
    """The policies of a `Stable`, and what was asked of them."""

    __slots__ = ("_entries", "_library", "_workshop", "rows", "rows_of_variants", "rows_under_rcps", "stable")

    def __init__(self, stable: Stable, workshop: Workshop, library: Library) -> None:
        self.stable = stable
        self._workshop = workshop
        self._library = library
        # Rows of hot plain entries that are ordinary, by the action as requests spell it, which is nearly always
        # one way; and those among them that stay so under resource control policies.
        self.rows: dict[str, Row] = {}
        self.rows_under_rcps: dict[str, Row] = {}
        # The same for contexts with unknown keys or keys that differ only by case, by what they declare.
        self.rows_of_variants: dict[tuple[frozenset[str], frozenset[str], bool], dict[str, Row]] = {}
        self._entries: Generations[tuple[str, Variant], Entry] = Generations(_ENTRIES)

    def entry(self, action: str, variant: Variant) -> Entry:
        lower = action.lower()
        return self._entries.get_or_make((lower, variant), lambda: self._make(lower, variant))

    def _make(self, action: str, variant: Variant) -> Entry:
        def codes(member: Member) -> tuple[StatementCode, ...]:
            return member.unit.codes(member.unit.asked(action, variant), action, variant)

        stable = self.stable
        shape = Shape(
            levels=tuple(tuple(map(codes, level)) for level in stable.scps),
            identity=tuple(map(codes, stable.identity)),
            boundary=None if stable.boundary is None else codes(stable.boundary),
        ).compact()
        members = tuple(placed for placed in stable.documents() if placed[2].unit.asked(action, variant).numbers)
        library = self._library
        shared = library.functions.get_or_make((shape, variant), Shared)
        return library.entries.get_or_make(
            (shape, members, action, variant), lambda: Entry(action, shape, members, variant, shared)
        )

    def hold_row(self, request: Request, entry: Entry) -> None:
        """Remember a hot entry's row under the action as the request spells it."""
        if not entry.ordinary or entry.limited:
            return
        # Interned, so that equal actions of all policy sets are one text.
        context, action = request.context, sys.intern(str(request.action))
        if entry.variant is not PLAIN:
            if len(self.rows_of_variants) >= _VARIANTS:
                self.rows_of_variants.clear()
            key = (context.unknown, context.multivalued, bool(context.variants))
            rows = self.rows_of_variants.setdefault(key, {})
        else:
            rows = self.rows
        if len(rows) >= _ENTRIES:
            rows.clear()
            self.rows_under_rcps.clear()
        rows[action] = entry.row
        if rows is self.rows and not entry.rcps:
            self.rows_under_rcps[action] = entry.row

    def function(self, entry: Entry) -> Decide | None:
        """The entry's function, once it is hot."""
        if entry.function is None:
            shared = entry.shared
            if shared.function is None:
                shared.calls += 1
                if shared.calls <= self._workshop.limits.compile_after:
                    return None
                make = fuse_unknown if entry.variant.unknown else fuse
                shared.function = make(entry.shape, entry.variant.spelled)
            entry.heat(shared.function)
        return entry.function
