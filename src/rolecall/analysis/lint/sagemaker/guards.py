"""Conditions that let through what they were written to stop (RC104-RC109, RC111, RC112)."""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Final

from rolecall.analysis.lint.edits import add_item, add_member, put, source
from rolecall.analysis.lint.finding import Edit, Finding, Fix
from rolecall.analysis.lint.knowledge import SAGEMAKER, Carried
from rolecall.analysis.lint.look import Look, demands, when_absent
from rolecall.analysis.lint.patterns import has_wildcard, opened
from rolecall.analysis.lint.sagemaker.keys import actions_of, listed
from rolecall.analysis.lint.view import Condition, Statement
from rolecall.catalog import Action
from rolecall.policy.json_reader import ArrayNode, ObjectNode
from rolecall.policy.operators import Family, Quantifier

# Older keys, and what SageMaker's actions list now.
DEPRECATED: Final = {
    "sagemaker:volumekmskey": "sagemaker:VolumeKmsKeyArn",
    "sagemaker:outputkmskey": "sagemaker:OutputKmsKeyArn",
    "sagemaker:homeefsfilesystemkmskey": "sagemaker:VolumeKmsKeyArn",
    "sagemaker:domainsharingoutputkmskey": "sagemaker:DomainSharingOutputKmsKeyArn",
    "sagemaker:featuregroupofflinestorekmskey": "sagemaker:FeatureGroupOfflineStoreKmsKeyArn",
    "sagemaker:featuregrouponlinestorekmskey": "sagemaker:FeatureGroupOnlineStoreKmsKeyArn",
}
# Keys of the request's tags and of SageMaker: the ones that people demand in a guardrail.
DEMANDED: Final = ("sagemaker:", "aws:requesttag/")


def _plain(condition: Condition, family: Family) -> bool:
    operator = condition.operator
    return operator is not None and operator.base.family is family and operator.quantifier is Quantifier.ONE


def _nulls(statement: Statement, said: str) -> list[Condition]:
    return [each for each in statement.conditions if _plain(each, Family.NULL) and each.texts == (said,)]


def all_values(look: Look) -> Iterator[Finding]:
    """Allow with ForAllValues, and Deny with ForAllValues and a negated operator."""
    for statement in look.statements:
        for condition in statement.conditions:
            operator, known = condition.operator, look.knowledge.key(condition.key)
            if (
                operator is None
                or operator.quantifier is not Quantifier.ALL
                or operator.base.family is Family.NULL
            ):
                continue
            if not condition.folded.startswith(("sagemaker:", "aws:")) or known is None or not known.multivalued:
                continue
            if statement.allows and condition.values and not demands(statement, condition.key):
                if _may_lack(look, statement, condition):
                    fix = _add_null(look, statement, condition)
                    yield look.finding("RC104", condition.key_place, {"key": condition.key}, fix=fix)
            elif statement.denies and operator.base.negated:
                yield look.finding("RC106", condition.key_place, {"key": condition.key})


def _may_lack(look: Look, statement: Statement, condition: Condition) -> bool:
    """Whether some request that the statement speaks of can come without the key."""
    if not condition.folded.startswith("sagemaker:"):
        return True
    carried = [look.knowledge.carried(action, condition.key) for action in actions_of(look, statement)]
    return not carried or any(each is not Carried.ALWAYS for each in carried)


def _add_null(look: Look, statement: Statement, condition: Condition) -> Fix | None:
    held = statement.node.get("Condition")
    if not isinstance(held, ObjectNode):
        return None
    block = held.get("Null")
    if isinstance(block, ObjectNode):
        edit = add_member(look.text, block, condition.key, '"false"')
    else:
        edit = add_member(look.text, held, "Null", json.dumps({condition.key: "false"}))
    title = f'add "Null": {{"{condition.key}": "false"}}'
    return Fix(title, (edit,), changes=f"Requests without {condition.key} are no longer allowed.")


def any_value(look: Look) -> Iterator[Finding]:
    """Deny with ForAnyValue on a key that requests may leave out."""
    for statement in look.statements:
        if not statement.denies:
            continue
        for condition in statement.conditions:
            operator = condition.operator
            if operator is None or operator.quantifier is not Quantifier.ANY:
                continue
            if not condition.folded.startswith("sagemaker:") or when_absent(condition) is not False:
                continue
            passing = [
                action.full_name
                for action in actions_of(look, statement)
                if look.knowledge.carried(action, condition.key) is Carried.SOMETIMES
                and not _denied_when_absent(look, action, condition.folded)
            ]
            if passing:
                values = {"key": condition.key, "actions": listed(passing)}
                yield look.finding("RC105", condition.key_place, values)


def _denied_when_absent(look: Look, action: Action, key: str) -> bool:
    """Whether another statement denies the action where the key is missing."""
    return any(
        statement.denies
        and len(statement.conditions) == 1
        and any(each.folded == key for each in _nulls(statement, "true"))
        and any(found.full_name == action.full_name for found in actions_of(look, statement))
        for statement in look.statements
    )


def null_and(look: Look) -> Iterator[Finding]:
    """Deny if this and that key are missing: fires only if all are."""
    for statement in look.statements:
        nulls = [each for each in _nulls(statement, "true") if each.folded.startswith(DEMANDED)]
        if statement.denies and len(nulls) > 1:
            keys = ", ".join(each.key for each in nulls)
            fix = _split(look, statement, nulls)
            yield look.finding("RC107", nulls[0].operator_place, {"keys": keys}, fix=fix)


def _split(look: Look, statement: Statement, nulls: list[Condition]) -> Fix | None:
    """One statement per key. Each but the first is a copy with the other keys taken out."""
    node = look.document.node
    held = None if node is None else node.get("Statement")
    condition = statement.node.get("Condition")
    block = condition.get("Null") if isinstance(condition, ObjectNode) else None
    if not isinstance(held, ArrayNode) or not isinstance(block, ObjectNode):
        return None
    copies = []
    for number, kept in enumerate(nulls):
        copy = source(look.text, statement.node)
        dropped = [each.key for each in nulls if each is not kept]
        edits = [Edit(block.start, block.end, _without(look, block, dropped))]
        if number and statement.sid is not None and statement.sid.text:
            edits.append(put(statement.sid.place.node, json.dumps(f"{statement.sid.text}{number + 1}")))
        for edit in sorted(edits, key=lambda each: -each.start):
            start, end = edit.start - statement.node.start, edit.end - statement.node.start
            copy = copy[:start] + edit.text + copy[end:]
        copies.append(copy)
    first, *others = copies
    indent = add_item(look.text, statement.node, "").text
    text = first + "".join(indent + each for each in others)
    return Fix(
        "one statement per key",
        (put(statement.node, text),),
        changes="Requests that lack only one key are denied.",
    )


def _without(look: Look, block: ObjectNode, keys: list[str]) -> str:
    kept = [member for member in block.members if member.key.value not in keys]
    inside = ", ".join(look.text[member.key.start : member.value.end] for member in kept)
    return "{" + inside + "}"


def kms_keys(look: Look) -> Iterator[Finding]:
    """Deprecated KMS keys, and values that no key ARN matches."""
    for statement in look.statements:
        for condition in statement.conditions:
            replacement = DEPRECATED.get(condition.folded)
            if replacement is not None:
                fix = None
                if _plain(condition, Family.NULL) and not statement.on(replacement.lower()):
                    edit = put(condition.key_place.node, json.dumps(replacement))
                    changes = "A key given by alias counts only where its ARN is known."
                    fix = Fix(
                        f"write {replacement}",
                        (edit,),
                        widens=not _asks_presence(statement, condition),
                        changes=changes,
                    )
                values = {"key": condition.key, "replacement": replacement}
                yield look.finding("RC108", condition.key_place, values, fix=fix)
            yield from _kms_values(look, condition)


def _asks_presence(statement: Statement, condition: Condition) -> bool:
    """Whether the rename can only deny more: Deny where it is missing, Allow where it is there."""
    return (condition.texts == ("true",)) is statement.denies


def _kms_values(look: Look, condition: Condition) -> Iterator[Finding]:
    key, operator = condition.folded, condition.operator
    if operator is None or operator.base.family not in (Family.STRING, Family.ARN):
        return
    arns = key.startswith("sagemaker:") and key.endswith("kmskeyarn")
    older = key in DEPRECATED and operator.base.family is Family.ARN
    if not arns and not older:
        return
    for value in condition.values:
        text = opened(value.text)
        parts = text.split(":", 5)
        if arns and not has_wildcard(text) and not text.startswith("arn:"):
            # Said by INVALID_KMS_KEY_VALUE.
            continue
        if operator.base.family is Family.STRING:
            wrong = not ("*" in text[:4] or text.startswith("arn:")) or ":alias/" in text
        else:
            wrong = len(parts) != 6 or parts[5].startswith("alias/")
        if wrong:
            yield look.finding("RC109", value.place, {"value": value.text})


def siblings(look: Look) -> Iterator[Finding]:
    """Guarded creates whose updates, or whose sisters, are not."""
    for statement in look.statements:
        if not statement.denies:
            continue
        creates = [action for action in actions_of(look, statement) if action.name.startswith("Create")]
        for condition in statement.conditions:
            if condition.operator is None or not condition.folded.startswith("sagemaker:"):
                continue
            if look.knowledge.key(condition.key) is None or condition.folded == "sagemaker:taggingaction":
                continue
            guarded = [
                action for action in creates if look.knowledge.carried(action, condition.key) is not Carried.NEVER
            ]
            if condition.folded.startswith("sagemaker:resourcetag/") or not guarded:
                continue
            yield from _updates(look, condition, guarded)
            yield from _sisters(look, condition, guarded)


def _covered(look: Look, key: str) -> set[str]:
    """The actions that some Deny of the document tests by this key, or denies whatever it is."""
    return {
        action.full_name
        for statement in look.statements
        if statement.denies and (not statement.conditions or statement.on(key))
        for action in actions_of(look, statement)
    }


def _updates(look: Look, condition: Condition, guarded: list[Action]) -> Iterator[Finding]:
    covered = _covered(look, condition.folded)
    for action in guarded:
        update = look.knowledge.catalog.action(f"{SAGEMAKER}:Update{action.name.removeprefix('Create')}")
        if update is None or update.full_name in covered:
            continue
        if look.knowledge.carried(update, condition.key) is not Carried.NEVER:
            values = {"create": action.full_name, "key": condition.key, "update": update.full_name}
            yield look.finding("RC111", condition.key_place, values)


def _sisters(look: Look, condition: Condition, guarded: list[Action]) -> Iterator[Finding]:
    # A guardrail over one action may well be meant for that action.
    if len(guarded) < 2:
        return
    covered = _covered(look, condition.folded)
    missed = [
        action.full_name for action in look.knowledge.carriers(condition.key) if action.full_name not in covered
    ]
    if missed:
        detail = f"Decided by the catalogue of {look.knowledge.catalog.version}."
        values = {"key": condition.key, "count": str(len(guarded)), "actions": listed(missed)}
        yield look.finding("RC112", condition.key_place, values, detail=detail)


RULES: Final = (all_values, any_value, null_and, kms_keys, siblings)
