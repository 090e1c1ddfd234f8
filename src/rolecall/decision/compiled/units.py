"""What one document says of one request: the unit of compilation is (document, action).

The first few times an action is asked of a document the reference answers; then the statements that speak of the
action become one function, which gives a bit per statement. Verdicts are made once per pattern of bits.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Final

from msgspec import Struct

from rolecall.decision.compiled import nodes
from rolecall.decision.compiled.actions import ActionIndex
from rolecall.decision.compiled.caches import Generations
from rolecall.decision.compiled.pieces import Variant
from rolecall.decision.compiled.statements import (
    StatementCode,
    StatementKey,
    compile_statement,
    elements,
    held_by,
    key_of,
    prologue,
)
from rolecall.decision.reference.principals import evaluate_principal
from rolecall.decision.reference.result import Setting
from rolecall.decision.request import Principal, Request
from rolecall.decision.result import Decision
from rolecall.decision.verdict import MatchKind, Verdict
from rolecall.policy.document import Effect, Policy, PolicyType, Statement
from rolecall.policy.truth import Truth, every

Kinds = tuple[frozenset[MatchKind], ...]

_DIRECTLY: Final = frozenset({MatchKind.DIRECT})

# Documents are asked of few actions and, if they name principals, by few callers at a time.
_ACTIONS: Final = 512
_CALLERS: Final = 512
_VERDICTS: Final = 512


class Limits(Struct, frozen=True):
    """When to compile, and how much to keep. compile_after: how often the reference answers before.

    aliases: policies known by their place in memory, which need no comparison; they stay alive meanwhile.
    """

    compile_after: int = 4
    documents: int = 20_000
    statements: int = 50_000
    functions: int = 20_000
    entries: int = 100_000
    policy_sets: int = 20_000
    aliases: int = 20_000


class Workshop:
    """What units share: the setting, the limits, and statements that were compiled."""

    def __init__(self, setting: Setting, limits: Limits) -> None:
        self.setting = setting
        self.with_boundary = Setting(setting.choices, setting.profile, has_boundary=True)
        self.limits = limits
        self._statements: Generations[StatementKey, StatementCode] = Generations(limits.statements)
        self._decisions: Generations[Decision, Decision] = Generations(limits.statements)

    def one_of_equals(self, decision: Decision) -> Decision:
        """The same object for equal decisions: many principals share few, which then stay near the processor."""
        return self._decisions.get_or_make(decision, lambda: decision)

    def statement(
        self, statement: Statement, kind: PolicyType, variables: bool, service: str, variant: Variant
    ) -> StatementCode:
        star_only = self.setting.profile == "guide" and service == "sagemaker"
        key = key_of(statement, kind, variables, star_only, variant)
        return self._statements.get_or_make(
            key, lambda: compile_statement(statement, kind, variables, star_only, variant, self.setting)
        )


class Asked:
    """A document asked of one action in one variant: its statements, and the function once it is hot."""

    __slots__ = ("_verdicts", "calls", "codes", "function", "numbers", "statements")

    def __init__(self, numbers: tuple[int, ...], statements: tuple[Statement, ...]) -> None:
        self.numbers = numbers
        self.statements = statements
        self.calls = 0
        self.codes: tuple[StatementCode, ...] | None = None
        self.function: Callable[[Request, str], int] | None = None
        self._verdicts: dict[tuple[int, Kinds], Verdict] = {}

    def verdict_of_bits(
        self, bits: int, kinds: Kinds, keys_of: Callable[[int], tuple[str, ...]], *, lasting: bool
    ) -> Verdict:
        """The verdict for a pattern of bits; lasting: whether unknown statements always name the same keys."""
        known = self._verdicts.get((bits, kinds))
        if known is not None:
            return known
        truths = [
            (Truth.NO, Truth.UNKNOWN, Truth.NO, Truth.YES)[bits >> 2 * place & 3] for place in self._places()
        ]
        made = assemble(self.numbers, self.statements, truths, kinds, keys_of)
        if lasting:
            if len(self._verdicts) >= _VERDICTS:
                self._verdicts = {}
            self._verdicts[bits, kinds] = made
        return made

    def _places(self) -> range:
        return range(len(self.numbers))


POSSIBLE: Final = 1
CERTAIN: Final = 3


class Unit:
    """One document of one type."""

    def __init__(self, document: Policy, kind: PolicyType, workshop: Workshop) -> None:
        self.document = document
        self.kind = kind
        self._workshop = workshop
        self._index: ActionIndex | None = None
        self._asked: Generations[tuple[str, Variant], Asked] = Generations(_ACTIONS)
        self._kinds: Generations[tuple[object, ...], Kinds] = Generations(_CALLERS)
        self._named = any(
            statement.principals is not None or statement.not_principals is not None
            for statement in document.statements
        )

    def asked(self, action: str, variant: Variant) -> Asked:
        return self._asked.get_or_make((action, variant), lambda: self._ask(action))

    def _ask(self, action: str) -> Asked:
        if self._index is None:
            self._index = ActionIndex(self.document)
        numbers = self._index.relevant(action)
        return Asked(numbers, tuple(self.document.statements[number] for number in numbers))

    def codes(self, asked: Asked, action: str, variant: Variant) -> tuple[StatementCode, ...]:
        """The compiled statements that speak of the action."""
        if asked.codes is None:
            service = action.partition(":")[0]
            asked.codes = tuple(
                self._workshop.statement(statement, self.kind, self.document.variables, service, variant)
                for statement in asked.statements
            )
        return asked.codes

    def verdict(self, request: Request, arn: str, action: str, variant: Variant, has_boundary: bool) -> Verdict:
        """What the document says. arn: the resource's, head folded; action: in lower case."""
        asked = self.asked(action, variant)
        if not asked.numbers:
            return SILENT
        kinds = self._kinds_of(asked, action, request.principal, has_boundary)
        function = asked.function
        if function is None:
            asked.calls += 1
            if asked.calls <= self._workshop.limits.compile_after:
                return self._by_the_reference(asked, request, kinds)
            function = asked.function = make_bits(self.codes(asked, action, variant), variant.spelled)
        bits = function(request, arn)
        codes = self.codes(asked, action, variant)
        lasting = all(code.keys is not None for code in codes)
        return asked.verdict_of_bits(
            bits, kinds, lambda place: self._keys(asked, codes, place, request), lasting=lasting
        )

    def _keys(self, asked: Asked, codes: Sequence[StatementCode], place: int, request: Request) -> tuple[str, ...]:
        keys = codes[place].keys
        return keys if keys is not None else self.keys_by_the_reference(asked.statements[place], request)

    def keys_by_the_reference(self, statement: Statement, request: Request) -> tuple[str, ...]:
        """The unknown keys that an unknown statement hangs on."""
        found = elements(statement, self.kind, self.document.variables, request, self._workshop.setting)
        return tuple(key for element in found for key in element.keys)

    def _by_the_reference(self, asked: Asked, request: Request, kinds: Kinds) -> Verdict:
        found = [
            elements(statement, self.kind, self.document.variables, request, self._workshop.setting)
            for statement in asked.statements
        ]
        truths = [every(element.truth for element in each) for each in found]
        return assemble(
            asked.numbers,
            asked.statements,
            truths,
            kinds,
            lambda place: tuple(key for element in found[place] for key in element.keys),
        )

    def _kinds_of(self, asked: Asked, action: str, principal: Principal, has_boundary: bool) -> Kinds:
        """How each statement named the caller."""
        if not self._named:
            return (_DIRECTLY,) * len(asked.numbers)
        caller = (
            action,
            has_boundary,
            principal.type.value,
            principal.arn,
            principal.account,
            principal.role_arn,
            principal.issuer_arn,
            principal.unique_id,
            principal.federated_provider,
            principal.canonical_user,
        )
        setting = self._workshop.with_boundary if has_boundary else self._workshop.setting
        return self._kinds.get_or_make(
            caller,
            lambda: tuple(evaluate_principal(statement, principal, setting)[1] for statement in asked.statements),
        )


SILENT: Final = Verdict()


def make_bits(codes: Sequence[StatementCode], spelled: bool) -> Callable[[Request, str], int]:
    """A function that gives two bits a statement, from the lowest: CERTAIN, POSSIBLE or none."""
    body = prologue(codes, spelled)
    body.append(nodes.assign(BITS, nodes.constant(0)))
    for place, code in enumerate(codes):
        sure = nodes.add_bits(BITS, CERTAIN << 2 * place)
        if code.certain is code.possible:
            body += nodes.when(code.certain, sure)
        else:
            maybe = nodes.add_bits(BITS, POSSIBLE << 2 * place)
            body += nodes.when(code.possible, maybe, *nodes.when(code.certain, sure))
    body.append(nodes.give(nodes.load(BITS)))
    return nodes.make_function(body, held_by(codes))


BITS: Final = "bits"


def assemble(
    numbers: Sequence[int],
    statements: Sequence[Statement],
    truths: Sequence[Truth],
    kinds: Kinds,
    keys_of: Callable[[int], tuple[str, ...]],
) -> Verdict:
    """The verdict of statements that spoke of the action; the others say no to everything (SEMANTICS 7.1)."""
    deny, denied_by = Truth.NO, None
    allow: dict[MatchKind, Truth] = {}
    allowed_by: dict[MatchKind, int] = {}
    keys: dict[Effect, dict[str, None]] = {Effect.DENY: {}, Effect.ALLOW: {}}
    for place, number in enumerate(numbers):
        truth, effect = truths[place], statements[place].effect
        if truth is Truth.NO or not kinds[place]:
            continue
        if truth is Truth.UNKNOWN:
            keys[effect].update(dict.fromkeys(keys_of(place)))
        if effect is Effect.DENY:
            deny = deny | truth
            if truth is Truth.YES and denied_by is None:
                denied_by = number
            continue
        for kind in kinds[place]:
            allow[kind] = allow.get(kind, Truth.NO) | truth
            if truth is Truth.YES:
                allowed_by.setdefault(kind, number)
    return Verdict(deny, allow, denied_by, allowed_by, tuple(keys[Effect.DENY]), tuple(keys[Effect.ALLOW]))
