"""Write a workload as the flat lines that main.rs reads.

Lines are H (sizes), S (statements), E (what one action is for one user: denials and layers of allows) and R
(requests). Fields are parted by tabs, what is inside by the control characters below, which no policy here has.
"""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path
from typing import Final

from benchmarks.decisions.workload import Workload, parsed
from rolecall.decision.compiled.actions import ActionIndex
from rolecall.decision.policies import PoliciesInForce
from rolecall.policy.document import Condition, Effect, Policy, Statement
from rolecall.policy.operators import Quantifier, parse_operator
from rolecall.policy.variables import Variable, parse_template

ITEM: Final = "\x1c"
VALUE: Final = "\x1d"
KIND: Final = "\x1e"
KEY_BEGINS, KEY_ENDS = "\x02", "\x03"
OPERATIONS: Final = {
    "StringEquals": 1,
    "StringLike": 2,
    "ArnLike": 2,
    "ArnEquals": 2,
    "StringEqualsIgnoreCase": 3,
    "Bool": 3,
    "IpAddress": 4,
    "NumericEquals": 5,
    "NumericLessThan": 6,
    "NumericLessThanEquals": 7,
    "NumericGreaterThan": 8,
    "NumericGreaterThanEquals": 9,
    "DateLessThan": 10,
    "DateGreaterThan": 11,
    "Null": 12,
}
QUANTIFIERS: Final = {Quantifier.ONE: 0, Quantifier.ALL: 1, Quantifier.ANY: 2}
OUTCOMES: Final = {"implicit_deny": "0", "allow": "1", "explicit_deny": "2"}


class _Export:
    def __init__(self, workload: Workload) -> None:
        self.workload = workload
        self.policies = parsed(workload.policies, workload.users, workload.account).policies
        self.keys: dict[str, int] = {}
        self.actions: dict[str, int] = {}
        self.statements: dict[int, int] = {}
        self.indexes: dict[int, ActionIndex] = {}
        self.lines: list[str] = []

    def key(self, name: str) -> int:
        return self.keys.setdefault(name.lower(), len(self.keys))

    def pattern(self, text: str) -> str:
        if text == "*":
            return f"0{KIND}"
        template = parse_template(text)
        if any(isinstance(segment, Variable) for segment in template):
            filled = "".join(
                f"{KEY_BEGINS}{self.key(segment.key)}{KEY_ENDS}" if isinstance(segment, Variable) else segment.text
                for segment in template
            )
            return f"4{KIND}{filled}"
        bare = text.rstrip("*")
        if "*" in bare or "?" in bare:
            return f"3{KIND}{text}"
        return f"1{KIND}{text}" if bare == text else f"2{KIND}{bare}"

    def condition(self, condition: Condition) -> str:
        operator = parse_operator(condition.operator)
        assert operator is not None
        number = OPERATIONS[operator.base.name.replace("Not", "", 1)]
        variable = number == 1 and any("${" in value for value in condition.values)
        patterns = number == 2 or variable
        values = [self.pattern(value) if patterns else value for value in condition.values]
        flags = (QUANTIFIERS[operator.quantifier], operator.if_exists, operator.base.negated, variable)
        head = (number, *map(int, flags), self.key(condition.key))
        return VALUE.join((*map(str, head), *values))

    def statement(self, statement: Statement) -> int:
        if id(statement) not in self.statements:
            self.statements[id(statement)] = len(self.statements)
            negated = statement.not_resources is not None
            patterns = statement.not_resources or statement.resources or ()
            self.lines.append(
                "\t".join(
                    (
                        "S",
                        str(int(negated)),
                        str(int("*" in patterns and not negated)),
                        ITEM.join(map(self.pattern, patterns)),
                        ITEM.join(map(self.condition, statement.conditions)),
                    )
                )
            )
        return self.statements[id(statement)]

    def relevant(self, document: Policy, action: str, effect: Effect) -> list[int]:
        index = self.indexes.setdefault(id(document), ActionIndex(document))
        statements = (document.statements[number] for number in index.relevant(action))
        return [self.statement(statement) for statement in statements if statement.effect is effect]

    def entry(self, policies: PoliciesInForce, action: str) -> str:
        assert policies.boundary is not None
        layers = [*policies.scps, (policies.boundary,), policies.identity]

        def gathered(layer: Iterable[object], effect: Effect) -> str:
            documents = (policy.document for policy in layer)  # type: ignore[attr-defined]
            return ",".join(
                str(number) for document in documents for number in self.relevant(document, action, effect)
            )

        denials = ",".join(filter(None, (gathered(layer, Effect.DENY) for layer in layers)))
        return "\t".join(("E", denials, ";".join(gathered(layer, Effect.ALLOW) for layer in layers)))

    def write(self, path: Path) -> None:
        entries: dict[tuple[int, str], int] = {}
        lines, requests = [], []
        for asked in self.workload.requests:
            where = (asked.user, asked.action.lower())
            if where not in entries:
                entries[where] = len(entries)
                lines.append(self.entry(self.policies[asked.user], asked.action.lower()))
            context = ITEM.join(
                f"{self.key(key)}{VALUE}"
                + (f"{VALUE.join(value)}{VALUE}L" if isinstance(value, list) else f"{value}{VALUE}V")
                for key, value in asked.context.items()
            )
            action = self.actions.setdefault(asked.action, len(self.actions))
            wanted = OUTCOMES[asked.outcome]
            fields = ("R", asked.user, action, entries[where], asked.resource, wanted, context)
            requests.append("\t".join(map(str, fields)))
        header = f"H\t{len(self.keys)}\t{len(self.actions)}\t{len(self.workload.users)}"
        path.write_text("\n".join((header, *self.lines, *lines, *requests)) + "\n")


def export(workload: Workload, path: Path) -> None:
    _Export(workload).write(path)
