"""The fast path: decisions equal to the reference's in every field, from compiled policies.

An `Engine` holds what was compiled, by content and bounded; it has no other state and may be used by many
threads. Most requests are a user's or role session's in its own account, and no resource, session, endpoint or
resource control policy has a say: one function answers. Others go through one verdict per document and the
combination that the reference uses too.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Final

from rolecall.decision.applicability import applicable, resource_policy_type
from rolecall.decision.combination import combine
from rolecall.decision.compiled.arns import fold_head
from rolecall.decision.compiled.caches import Generations
from rolecall.decision.compiled.pieces import PLAIN, SPELLED, Variant
from rolecall.decision.compiled.policy_sets import Entry, Library, Member, PolicySet, Row, Stable
from rolecall.decision.compiled.units import Limits, Unit, Workshop
from rolecall.decision.policies import Level, PoliciesInForce, SourcedPolicy
from rolecall.decision.profile import Profile
from rolecall.decision.reference.result import Setting
from rolecall.decision.request import Context, PrincipalType, Request
from rolecall.decision.result import Decision
from rolecall.decision.verdict import Verdict, Verdicts
from rolecall.policy.document import Policy, PolicyType
from rolecall.policy.open_points import OURS, Choices

# Reading a member of an enumeration costs as much as three comparisons.
_USER = PrincipalType.USER
_ROLE_SESSION = PrincipalType.ROLE_SESSION

DEFAULT_LIMITS: Final = Limits()
_VARIANTS = 1_000


_NO_ROWS: Final[dict[str, Row]] = {}

Decide = Callable[[Request], Decision]


class Engine:
    """Decides; keeps compiled policies by content. `limits` says when to compile and how much to keep."""

    def __init__(
        self, *, profile: Profile = "reference", choices: Choices = OURS, limits: Limits = DEFAULT_LIMITS
    ) -> None:
        self.profile = profile
        self.choices = choices
        self.limits = limits
        self._workshop = Workshop(Setting(choices, profile), limits)
        self._units: Generations[tuple[Policy, PolicyType], Unit] = Generations(limits.documents)
        self._sets: Generations[Stable, PolicySet] = Generations(limits.policy_sets)
        self._library = Library(limits)
        self._variants: Generations[tuple[frozenset[str], frozenset[str], bool], Variant] = Generations(_VARIANTS)
        # Short cuts by identity. INVARIANT: a value holds the objects whose ids are its key, so that no other
        # object can have these ids while the short cut is there.
        self._unit_of_object: Generations[tuple[int, PolicyType], tuple[Policy, Unit]] = Generations(
            limits.aliases
        )
        self._prepared: Generations[tuple[int, int, int, int], tuple[PoliciesInForce, Decide]] = Generations(
            limits.aliases
        )

    def decide(self, request: Request, policies: PoliciesInForce) -> Decision:
        """Whether the policies in force allow the request, and which statement or missing allow says so."""
        if not _alone(policies):
            return self._by_combination(request, policies)
        key = (id(policies.identity), id(policies.boundary), id(policies.scps), id(policies.rcps))
        known = self._prepared.get(key)
        if known is None:
            known = (policies, self.prepare(policies))
            self._prepared.put(key, known)
        return known[1](request)

    def prepare(self, policies: PoliciesInForce) -> Decide:
        """A function that decides requests under these policies, which are looked up once."""
        if not _alone(policies):
            return lambda request: self._by_combination(request, policies)
        return Prepared(self, policies, self._policy_set(policies)).decide

    @property
    def compiled_functions(self) -> int:
        """How many functions of policy sets are held, hot or on their way."""
        return len(self._library.functions)

    def decide_under(self, request: Request, policies: PoliciesInForce, policy_set: PolicySet) -> Decision:
        """By the stable side where nothing else has a say and it is hot, else by combination."""
        arn = fold_head(request.resource.arn)
        if _ordinary_caller(request) and ":kms:" not in arn:
            variant = self._variant(request.context)
            entry = policy_set.entry(request.action, variant)
            if entry.ordinary and not (entry.rcps and policies.rcps) and not _limited(entry, request):
                function = policy_set.function(entry)
                if function is not None:
                    number = function(request, arn)
                    if number < 0:
                        decided = entry.undetermined(number, entry.bits(request, arn), request)
                    else:
                        decided = entry.decision(number, self._workshop)
                    policy_set.hold_row(request, entry)
                    return decided
        return self._by_combination(request, policies)

    def _by_combination(self, request: Request, policies: PoliciesInForce) -> Decision:
        """One verdict per document, combined as the reference combines them."""
        arn, variant = fold_head(request.resource.arn), self._variant(request.context)
        kept = applicable(request, policies, self.profile).policies
        action, has_boundary = request.action.lower(), kept.boundary is not None

        def one(policy: SourcedPolicy | None, kind: PolicyType) -> Verdict | None:
            if policy is None:
                return None
            return self._unit(policy, kind).verdict(request, arn, action, variant, has_boundary)

        def each(group: Level, kind: PolicyType) -> tuple[Verdict, ...]:
            return tuple(
                self._unit(policy, kind).verdict(request, arn, action, variant, has_boundary) for policy in group
            )

        verdicts = Verdicts(
            identity=each(kept.identity, PolicyType.IDENTITY),
            boundary=one(kept.boundary, PolicyType.BOUNDARY),
            session=None if kept.session is None else each(kept.session, PolicyType.SESSION),
            scps=tuple(each(level, PolicyType.SCP) for level in kept.scps),
            rcps=tuple(each(level, PolicyType.RCP) for level in kept.rcps),
            endpoint=one(kept.endpoint, PolicyType.ENDPOINT),
            resource=None if kept.resource is None else one(kept.resource, resource_policy_type(request)),
        )
        return combine(request, kept, verdicts, self.choices).decision

    def _variant(self, context: Context) -> Variant:
        """What a context asks of the code: mostly nothing."""
        if not context.unknown:
            return SPELLED if context.variants else PLAIN
        key = (context.unknown, context.multivalued, bool(context.variants))
        return self._variants.get_or_make(
            key,
            lambda: Variant(
                spelled=bool(context.variants),
                unknown=context.unknown,
                multivalued=frozenset(filter(context.is_unknown, context.multivalued)),
            ),
        )

    def _unit(self, policy: SourcedPolicy, kind: PolicyType) -> Unit:
        document = policy.document
        known = self._unit_of_object.get((id(document), kind))
        if known is not None:
            return known[1]
        unit = self._units.get_or_make((document, kind), lambda: Unit(document, kind, self._workshop))
        self._unit_of_object.put((id(document), kind), (document, unit))
        return unit

    def _policy_set(self, policies: PoliciesInForce) -> PolicySet:
        stable = Stable(
            identity=self._members(policies.identity, PolicyType.IDENTITY),
            boundary=None
            if policies.boundary is None
            else self._members((policies.boundary,), PolicyType.BOUNDARY)[0],
            scps=tuple(self._members(level, PolicyType.SCP) for level in policies.scps),
        )
        return self._sets.get_or_make(stable, lambda: PolicySet(stable, self._workshop, self._library))

    def _members(self, level: Level, kind: PolicyType) -> tuple[Member, ...]:
        return tuple(Member(self._unit(policy, kind), policy.arn, policy.name) for policy in level)


class Prepared:
    """Policies that were looked up once, and what an engine holds of them."""

    __slots__ = ("engine", "policies", "policy_set", "rows", "rows_of_variants")

    def __init__(self, engine: Engine, policies: PoliciesInForce, policy_set: PolicySet) -> None:
        self.rows = policy_set.rows_under_rcps if policies.rcps else policy_set.rows
        self.rows_of_variants = None if policies.rcps else policy_set.rows_of_variants
        self.engine = engine
        self.policies = policies
        self.policy_set = policy_set

    def decide(self, request: Request) -> Decision:
        # What `Engine.decide_under` does for ordinary requests, without its calls. With ten thousand principals it
        # is memory that takes the time (benchmarks/decisions): a bound method is two small objects, a function
        # with what it closes over would be eight.
        context, rows = request.context, self.rows
        if context.unknown or context.variants:
            if self.rows_of_variants is None:
                return self.engine.decide_under(request, self.policies, self.policy_set)
            key = (context.unknown, context.multivalued, bool(context.variants))
            rows = self.rows_of_variants.get(key, _NO_ROWS)
        row = rows.get(request.action)
        if row is not None:
            principal, resource = request.principal, request.resource
            kind = principal.type
            if (
                (kind is _ROLE_SESSION or kind is _USER)
                and principal.account == resource.account
                and not principal.management_account
            ):
                arn = resource.arn
                if arn != arn.lower():
                    arn = fold_head(arn)
                if ":kms:" not in arn:
                    number: int = row[0](request, arn)
                    if number < 0:
                        entry: Entry = row[-1]
                        return entry.undetermined(number, entry.bits(request, arn), request)
                    found: Decision | None = row[number]
                    if found is not None:
                        return found
        return self.engine.decide_under(request, self.policies, self.policy_set)


def _alone(policies: PoliciesInForce) -> bool:
    """Whether nothing but the stable side may count; resource control policies are seen to per action."""
    return policies.session is None and policies.endpoint is None and policies.resource is None


def _ordinary_caller(request: Request) -> bool:
    """A user or role session in its own account, whom control policies bind."""
    principal = request.principal
    return (
        principal.type in (PrincipalType.ROLE_SESSION, PrincipalType.USER)
        and principal.account == request.resource.account
        and not principal.management_account
    )


def _limited(entry: Entry, request: Request) -> bool:
    """Whether limits of temporary credentials may apply, which are the combination's to judge (SEMANTICS 7.3)."""
    return entry.limited and request.principal.type is not _ROLE_SESSION
