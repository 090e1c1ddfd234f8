"""Does a condition hold for this request? (SEMANTICS 4 and 5)

Here a condition meets the context: its variables are filled in and its key is looked up. What the operator then
says is `policy.operators`.
"""

from __future__ import annotations

from rolecall.decision.reference.result import Element, ElementResult, Setting
from rolecall.decision.request import Context
from rolecall.policy.arn import PARTS
from rolecall.policy.document import Condition, Effect
from rolecall.policy.glob import Fragment
from rolecall.policy.open_points import Choices
from rolecall.policy.operators import Family, Operator, holds, parse_operator, takes_variables
from rolecall.policy.truth import Truth
from rolecall.policy.variables import Resolution, Template, parse_template, resolve


def evaluate_condition(
    condition: Condition, effect: Effect, context: Context, variables: bool, setting: Setting
) -> ElementResult:
    choices = setting.choices
    operator = parse_operator(condition.operator)
    if operator is not None and not choices.operator_names_ignore_case and operator.name != condition.operator:
        operator = None
    if operator is None:
        # The parser lets none through; should one come by hand, nothing is allowed and nothing escapes a Deny.
        return ElementResult(
            Element.CONDITION,
            Truth.of(effect is Effect.DENY),
            condition.values,
            None,
            condition=condition,
            note=f"there is no condition operator {condition.operator!r}",
        )
    wanted = [_fill(value, operator, context, variables, choices) for value in condition.values]
    shown = tuple(
        value if each.text is None else each.text for value, each in zip(condition.values, wanted, strict=True)
    )
    if context.is_unknown(condition.key):
        keys = (condition.key, *(key for each in wanted for key in each.unknown))
        return ElementResult(
            Element.CONDITION, Truth.UNKNOWN, shown, None, condition, keys, "the key is not known"
        )
    seen = look_up(context, condition.key, choices)
    truth = holds(operator, wanted, seen, choices)
    return ElementResult(
        Element.CONDITION,
        truth,
        shown,
        seen,
        condition,
        tuple(key for each in wanted for key in each.unknown) if truth is Truth.UNKNOWN else (),
        _note(operator, wanted, seen, truth),
    )


def look_up(context: Context, key: str, choices: Choices) -> tuple[str, ...] | None:
    """The values of a key; of tags that differ by case the one spelled so, else the first stored (4.1)."""
    if not choices.exact_case_tag_wins:
        return context.values.get(key.lower())
    return context.get(key)


def _fill(value: str, operator: Operator, context: Context, variables: bool, choices: Choices) -> Resolution:
    return resolve(template_of(value, operator, variables, choices), context)


def template_of(value: str, operator: Operator, variables: bool, choices: Choices) -> Template:
    """The segments of one condition value under its operator."""
    live = variables and takes_variables(operator, choices)
    if live and operator.base.family is Family.ARN and not choices.arn_condition_takes_variables_in_any_part:
        head, last = _cut_last_part(value)
        return (Fragment(head), *parse_template(last))
    return parse_template(value, live)


def _cut_last_part(value: str) -> tuple[str, str]:
    parts = value.split(":", PARTS - 1)
    if len(parts) < PARTS:
        return value, ""
    return value[: len(value) - len(parts[-1])], parts[-1]


def _note(operator: Operator, wanted: list[Resolution], seen: tuple[str, ...] | None, truth: Truth) -> str | None:
    if truth is Truth.UNKNOWN:
        return "a variable's key is not known"
    if any(each.fragments is None and not each.unknown for each in wanted):
        return "a variable has no value"
    if truth is Truth.NO and seen and len(seen) > 1 and not operator.quantifier.value:
        return "several values need ForAllValues or ForAnyValue"
    return None
