"""Conditions on keys that some action of the statement never carries (RC101-RC103, RC110, RC206).

For each action and key the condition is asked what it says of a request without the key: if it fails, the
statement never speaks of that action; if it holds, it always does.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

from rolecall.analysis.lint.finding import Finding
from rolecall.analysis.lint.knowledge import SAGEMAKER, TAG_KEYS, Carried
from rolecall.analysis.lint.look import Look, when_absent
from rolecall.analysis.lint.rules.tag_services import services_without
from rolecall.analysis.lint.view import Condition, Statement
from rolecall.catalog import Action

WATCHED: Final = ("sagemaker:", *TAG_KEYS)
# Absent from DeleteTags and from AddTags called by itself: asking for its absence is how those are guarded.
TAGGING_ACTION: Final = "sagemaker:taggingaction"
# So many names are said; the rest is counted.
MOST: Final = 6


def actions_of(look: Look, statement: Statement) -> tuple[Action, ...]:
    """The SageMaker actions that the statement's Action element stands for."""
    found = {
        action.full_name: action
        for value in statement.actions or ()
        for action in look.knowledge.matching(value.text, SAGEMAKER)
    }
    return tuple(found.values())


def written_out(statement: Statement, action: Action) -> bool:
    return any(value.folded == action.full_name.lower() for value in statement.actions or ())


def listed(names: list[str]) -> str:
    rest = f" and {len(names) - MOST} more" if len(names) > MOST else ""
    return ", ".join(names[:MOST]) + rest


def uncarried(look: Look) -> Iterator[Finding]:
    """Every condition on a SageMaker or request-tag key, against every action of its statement."""
    for statement in look.statements:
        reached = actions_of(look, statement)
        for condition in statement.conditions:
            if condition.folded.startswith(WATCHED) and look.knowledge.key(condition.key) is not None:
                never = [
                    action for action in reached if look.knowledge.carried(action, condition.key) is Carried.NEVER
                ]
                if never:
                    yield from _judge(look, statement, condition, reached, never)


def _judge(
    look: Look, statement: Statement, condition: Condition, reached: tuple[Action, ...], never: list[Action]
) -> Iterator[Finding]:
    holds = when_absent(condition)
    tag = condition.folded.startswith(TAG_KEYS)
    if holds is None or statement.effect is None:
        return
    values = {"key": condition.key}
    place = condition.key_place
    if holds and statement.denies:
        if tag and len(never) < len(reached):
            values["actions"] = listed([action.full_name for action in _creating(never)])
            if values["actions"]:
                yield look.finding("RC206", place, values)
        elif not tag and condition.folded != TAGGING_ACTION and _worth(statement, look, never):
            values["actions"] = listed([action.full_name for action in never])
            yield look.finding("RC103", place, values)
        elif tag:
            values["actions"] = listed([action.full_name for action in never])
            yield look.finding("RC206", place, values)
        return
    if holds:
        assert condition.operator is not None
        if condition.operator.if_exists:
            values["actions"] = listed([action.full_name for action in never])
            yield look.finding("RC110", place, values)
        return
    yield from _without_effect(look, statement, condition, never)


def _creating(actions: list[Action]) -> list[Action]:
    """Creates first: they are what tag guardrails are written for."""
    return sorted(actions, key=lambda action: (not action.name.startswith("Create"), action.name))


def _without_effect(
    look: Look, statement: Statement, condition: Condition, never: list[Action]
) -> Iterator[Finding]:
    """The statement does nothing for these actions."""
    code = "RC101" if statement.allows else "RC102"
    place = condition.key_place
    if condition.folded.startswith(TAG_KEYS):
        # Access Analyzer says it of whole services.
        if SAGEMAKER not in services_without(look, statement, condition.folded) and _worth(statement, look, never):
            names = listed([action.full_name for action in never])
            yield look.finding(code, place, {"key": condition.key, "actions": names})
        return
    written = [action for action in never if written_out(statement, action)]
    others = [action for action in never if not written_out(statement, action)]
    if written:
        names = listed([action.full_name for action in written])
        word = "allows" if statement.allows else "denies"
        yield look.finding(
            "UNSUPPORTED_ACTION_FOR_CONDITION_KEY",
            place,
            {"actions": names, "key": condition.key},
            also=(code,),
            detail=f"Without the key the condition fails, so the statement never {word} them.",
        )
    elif others and _worth(statement, look, others):
        names = listed([action.full_name for action in others])
        yield look.finding(code, place, {"key": condition.key, "actions": names})


def _worth(statement: Statement, look: Look, never: list[Action]) -> bool:
    """Whether it is worth saying of a statement over everything: if it misses most of the creates."""
    if not any(value.folded in ("*", "sagemaker:*") for value in statement.actions or ()):
        return True
    creates = [action for action in look.knowledge.actions(SAGEMAKER) if action.name.startswith("Create")]
    missed = [action for action in never if action.name.startswith("Create")]
    return statement.denies and 2 * len(missed) > len(creates)


RULES: Final = (uncarried,)
