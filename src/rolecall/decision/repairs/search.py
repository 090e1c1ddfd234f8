"""The smallest sets of single changes that turn a denial, each proved by deciding again.

Two kinds are looked for apart, because other people make them: changes of the request, by whoever asks; changes of
policies, by whoever administers. Only where the request alone cannot do it are the two mixed. Nothing is offered
that the engine did not decide as an allow, and nothing that holds a change which is not needed.
"""

from __future__ import annotations

import itertools
from collections.abc import Iterable, Iterator, Sequence
from typing import Final

from msgspec import Struct

from rolecall.decision.policies import PoliciesInForce
from rolecall.decision.procedure import Evaluation, decide, evaluate
from rolecall.decision.profile import Profile
from rolecall.decision.reference.result import Setting
from rolecall.decision.repairs.changes import ORDER, Change, Kind, PolicyChange, RequestChange, applied
from rolecall.decision.repairs.obstacles import Obstacle, Way, ways
from rolecall.decision.repairs.policy_changes import policy_changes
from rolecall.decision.repairs.request_changes import SIGN_IN_WITH_MFA, request_alternatives
from rolecall.decision.request import Request
from rolecall.policy.document import Effect
from rolecall.policy.open_points import OURS, Choices
from rolecall.policy.truth import Truth

Repair = tuple[Change, ...]

# Looks that each of the searches may cost; a look is a decision.
MOST_LOOKS: Final = 240
MOST_REPAIRS: Final = 8


class Found(Struct, frozen=True):
    """obstacles: on the shortest way. request, policy: repairs of each kind. limited: why nothing helps, if so."""

    obstacles: tuple[Obstacle, ...]
    request: tuple[Repair, ...] = ()
    policy: tuple[Repair, ...] = ()
    mixed: tuple[Repair, ...] = ()
    limited: str | None = None

    @property
    def all(self) -> tuple[Repair, ...]:
        return (*self.request, *self.policy, *self.mixed)


def find_repairs(
    request: Request,
    policies: PoliciesInForce,
    *,
    profile: Profile = "reference",
    choices: Choices = OURS,
) -> Found:
    """Repairs of a denial; nothing for what is allowed."""
    evaluation = evaluate(request, policies, profile=profile, choices=choices)
    if evaluation.decision.allowed:
        return Found(())
    return _Search(request, policies, evaluation, profile, choices).run()


class _Search:
    def __init__(
        self,
        request: Request,
        policies: PoliciesInForce,
        evaluation: Evaluation,
        profile: Profile,
        choices: Choices,
    ) -> None:
        self.request = request
        self.policies = policies
        self.evaluation = evaluation
        self.profile = profile
        self.choices = choices
        # What does not count is not worth changing, and places are numbered among what counts.
        self.counting = evaluation.applicable.policies
        self.setting = Setting(choices, profile, has_boundary=self.counting.boundary is not None)
        self.looks = 0

    def run(self) -> Found:
        found = ways(self.request, self.evaluation)
        limit = self.evaluation.combined.limited
        obstacles = found[0].obstacles if found else ()
        by_request = tuple(itertools.islice(self._by_request(found), MOST_REPAIRS))
        if limit.truth is Truth.YES:
            return Found(obstacles, request=smallest(by_request), limited=limit.reason)
        shortest = [way for way in found if len(way.obstacles) == len(obstacles)]
        longer = [way for way in found if way not in shortest]
        by_policy = self._few_by_policy(shortest) or self._few_by_policy(longer)
        mixed: tuple[Repair, ...] = ()
        if not by_request and (len(obstacles) > 1 or not by_policy):
            self.looks = 0
            mixed = tuple(itertools.islice(self._mixed(found), 2))
        return Found(obstacles, smallest(by_request), ranked(smallest(by_policy), self.request), mixed)

    def turns(self, changes: Sequence[Change]) -> bool:
        """Whether the engine allows it after the changes."""
        self.looks += 1
        if self.looks > MOST_LOOKS:
            return False
        request, policies = applied(changes, self.request, self.policies_for(changes))
        return decide(request, policies, profile=self.profile, choices=self.choices).allowed

    def policies_for(self, changes: Iterable[Change]) -> PoliciesInForce:
        """Policies that do not count stay, unless policies change: places are numbered among those that count."""
        return self.counting if any(isinstance(change, PolicyChange) for change in changes) else self.policies

    def needed(self, changes: Repair) -> Repair:
        """Without any change that can be left out."""
        for change in changes:
            rest = tuple(each for each in changes if each is not change)
            if rest and self.turns(rest):
                return self.needed(rest)
        return changes

    def _few_by_policy(self, found: Sequence[Way]) -> tuple[Repair, ...]:
        self.looks = 0
        return distinct(itertools.islice(self._by_policy(found), MOST_REPAIRS))

    def _by_policy(self, shortest: Iterable[Way]) -> Iterator[Repair]:
        for way in shortest:
            yield from self._of_way(way)

    def _of_way(self, way: Way) -> Iterator[Repair]:
        """One change for each obstacle: a first combination, then each other change in its turn."""
        options = [
            policy_changes(obstacle, self.request, self.counting, self.evaluation, self.setting)
            for obstacle in way.obstacles
        ]
        if not options or not all(options):
            return
        first: Repair | None = None
        for chosen in itertools.islice(itertools.product(*options), MOST_LOOKS // 4):
            if self.turns(chosen):
                first = chosen
                break
        if first is None:
            return
        yield self.needed(first)
        for number, others in enumerate(options):
            for other in others:
                if other is not first[number]:
                    varied: Repair = (*first[:number], other, *first[number + 1 :])
                    if self.turns(varied):
                        yield self.needed(varied)

    def _by_request(self, found: Iterable[Way]) -> Iterator[Repair]:
        seen: list[Repair] = []
        for chosen in self._request_sets(found):
            if self.turns(chosen):
                repair = self.needed(chosen)
                if repair not in seen:
                    seen.append(repair)
                    yield repair

    def _request_sets(self, found: Iterable[Way]) -> Iterator[tuple[RequestChange, ...]]:
        if self.evaluation.combined.limited.truth is Truth.YES:
            yield (SIGN_IN_WITH_MFA,)
        for way in found:
            options = [
                request_alternatives(obstacle, self.request, self.counting, self.evaluation, self.setting)
                for obstacle in way.obstacles
            ]
            if not options or not all(options):
                continue
            for chosen in itertools.islice(itertools.product(*options), MOST_LOOKS // 6):
                merged = _merged(itertools.chain.from_iterable(chosen))
                if merged is not None:
                    yield merged

    def _mixed(self, found: Iterable[Way]) -> Iterator[Repair]:
        """One obstacle at least goes by asking otherwise, the others by changing policies."""
        for way in found:
            options: list[tuple[Repair, ...]] = []
            for obstacle in way.obstacles:
                args = (obstacle, self.request, self.counting, self.evaluation, self.setting)
                asked = request_alternatives(*args)[:1]
                options.append((*asked, *((change,) for change in policy_changes(*args)[:2])))
            if not all(options):
                continue
            for chosen in itertools.islice(itertools.product(*options), MOST_LOOKS // 6):
                changes: Repair = tuple(itertools.chain.from_iterable(chosen))
                kinds = {type(change) for change in changes}
                if kinds == {RequestChange, PolicyChange} and self.turns(changes):
                    yield self.needed(changes)


def _merged(changes: Iterable[RequestChange]) -> tuple[RequestChange, ...] | None:
    """Each key once; None when two changes want different things of one key."""
    made: dict[str, RequestChange] = {}
    for change in changes:
        name = change.key.lower()
        if made.setdefault(name, change) != change:
            return None
    return tuple(made.values())


def distinct(repairs: Iterable[Repair]) -> tuple[Repair, ...]:
    """Each once."""
    made: list[Repair] = []
    for repair in repairs:
        if repair not in made:
            made.append(repair)
    return tuple(made)


def smallest(repairs: Sequence[Repair]) -> tuple[Repair, ...]:
    """Those with the fewest changes."""
    fewest = min((len(repair) for repair in repairs), default=0)
    return tuple(repair for repair in repairs if len(repair) == fewest)


def ranked(repairs: Sequence[Repair], request: Request) -> tuple[Repair, ...]:
    """The narrowest changes first."""
    return tuple(
        sorted(
            repairs,
            key=lambda repair: (
                sum(opens_widely(change, request) for change in repair),
                sum(ORDER[change.kind] for change in repair),
            ),
        )
    )


def opens_widely(change: Change, request: Request) -> bool:
    """Whether completing a statement opens it on all resources, or opens all actions."""
    if not isinstance(change, PolicyChange) or change.before is None or change.before.effect is Effect.DENY:
        return False
    if change.kind is Kind.ADD_ACTION:
        return "*" in (change.before.resources or ("*",)) and request.resource.arn != "*"
    return change.before.actions is None or "*" in change.before.actions
