"""Tags, over all policies of a principal: creates and AddTags together, and ways round tag conditions."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from typing import Final

from rolecall.analysis.lint.edits import add_item
from rolecall.analysis.lint.finding import Finding, Fix
from rolecall.analysis.lint.knowledge import RESOURCE_TAG_KEYS, SAGEMAKER
from rolecall.analysis.lint.look import Look, demands, when_absent, when_present
from rolecall.analysis.lint.sagemaker.access import SAMPLE, Access, Use, entry_for, own_templates
from rolecall.analysis.lint.sagemaker.keys import actions_of, listed
from rolecall.analysis.lint.view import Condition, Statement
from rolecall.authorization.rows.sagemaker import TAGGED
from rolecall.decision import Outcome
from rolecall.policy.json_reader import ArrayNode
from rolecall.policy.operators import Quantifier

Said = Iterator[tuple[Look, Finding]]

ADD: Final = "sagemaker:AddTags"
DELETE: Final = "sagemaker:DeleteTags"
TAGGING_ACTION: Final = "sagemaker:taggingaction"
# What Studio adds to whatever it creates; SDKs and Pipelines add the project's.
AUTOMATIC: Final = ("sagemaker:domain-arn", "sagemaker:user-profile-arn", "sagemaker:space-arn")


def add_tags(held: Access) -> Said:
    """Creates that may be called, and not with tags (RC201, RC204)."""
    for look in held.bundle.identity:
        for statement in look.statements:
            if not statement.allows:
                continue
            lacking = [
                (operation, arn)
                for operation in TAGGED
                if operation.startswith("Create") and entry_for(statement, f"sagemaker:{operation}") is not None
                if (arn := _untaggable(held, statement, operation)) is not None
            ]
            if not lacking:
                continue
            first = entry_for(statement, f"sagemaker:{lacking[0][0]}")
            assert first is not None
            names = [f"sagemaker:{operation}" for operation, _ in lacking]
            asked = [each for each in statement.on("aws:requesttag/") if demands(statement, each.key)]
            if asked:
                yield look, look.finding("RC204", asked[0].key_place, {"action": listed(names)})
            else:
                fix = _grant(look, statement, lacking)
                yield look, look.finding("RC201", first.place, {"actions": listed(names)}, fix=fix)


def _untaggable(held: Access, statement: Statement, operation: str) -> str | None:
    """A resource that the statement lets be created and nothing lets be tagged on the way; None if there is none.

    A denial of AddTags is another finding (RC209).
    """
    tags = {
        each.key: each.texts[0] if each.texts else SAMPLE
        for each in statement.on("aws:requesttag/")
        if "${" not in "".join(each.texts)
    }
    for own in own_templates(operation)[:1]:
        template = held.arn(SAGEMAKER, own)
        for arn in held.samples(f"sagemaker:{operation}", template):
            if not held.perhaps(f"sagemaker:{operation}", arn, tags):
                continue
            with_tags = {TAGGING_ACTION: operation, **tags}
            if held.outcome(ADD, arn, with_tags) is Outcome.IMPLICIT_DENY:
                return arn
    return None


def _grant(look: Look, statement: Statement, lacking: list[tuple[str, str]]) -> Fix | None:
    """A statement that allows AddTags as a part of these creates."""
    node = look.document.node
    held = None if node is None else node.get("Statement")
    if not isinstance(held, ArrayNode) or statement.resources is None:
        return None
    names = [operation for operation, _ in lacking]
    resources = [value.text for value in statement.resources]
    added = {
        "Effect": "Allow",
        "Action": ADD,
        "Resource": resources[0] if len(resources) == 1 else resources,
        "Condition": {"StringEquals": {"sagemaker:TaggingAction": names[0] if len(names) == 1 else names}},
    }
    edit = add_item(look.text, statement.node, json.dumps(added))
    return Fix(
        "add a statement for sagemaker:AddTags", (edit,), widens=True, changes="Tagged creates are allowed."
    )


def round_conditions(held: Access) -> Said:
    """Conditions on tags that the principal may set or remove (RC202, RC203)."""
    for look in held.bundle.identity:
        for statement in look.statements:
            for condition in statement.on(*RESOURCE_TAG_KEYS):
                if when_absent(condition) is not False or not condition.values:
                    continue
                action = _way_round(held, look, statement, condition)
                if action is not None:
                    code = "RC202" if statement.allows else "RC203"
                    values = {"key": condition.key, "action": action}
                    yield look, look.finding(code, condition.key_place, values)


def _way_round(held: Access, look: Look, statement: Statement, condition: Condition) -> str | None:
    """The tagging action by which the condition can be made true (Allow) or untrue (Deny)."""
    tag = condition.key.partition("/")[2]
    value = condition.texts[0].replace("*", SAMPLE)
    absent = (TAGGING_ACTION,)
    if "${" in value or not tag:
        return None
    others = [action for action in actions_of(look, statement) if action.name not in ("AddTags", "DeleteTags")]
    for action in others:
        for own in own_templates(action.name)[:1]:
            arn = held.arn(SAGEMAKER, own)
            if statement.allows:
                untagged = (*absent, f"aws:resourcetag/{tag.lower()}", f"sagemaker:resourcetag/{tag.lower()}")
                known: Mapping[str, str | tuple[str, ...]] = {
                    f"aws:RequestTag/{tag}": value,
                    "aws:TagKeys": (tag,),
                }
                if held.perhaps(ADD, arn, known, absent=untagged):
                    return ADD
            else:
                tagged: dict[str, str | tuple[str, ...]] = {
                    f"aws:ResourceTag/{tag}": value,
                    f"sagemaker:ResourceTag/{tag}": value,
                }
                other: dict[str, str | tuple[str, ...]] = {
                    **tagged,
                    f"aws:RequestTag/{tag}": "another-value",
                    "aws:TagKeys": (tag,),
                }
                if held.perhaps(DELETE, arn, {**tagged, "aws:TagKeys": (tag,)}, absent=absent):
                    return DELETE
                if held.perhaps(ADD, arn, other, absent=absent):
                    return ADD
    return None


def automatic(held: Access) -> Said:
    """Lists of tag keys that lack what Studio adds (RC207)."""
    if held.bundle.use is not Use.STUDIO_ROLE:
        return
    for look in held.bundle.identity:
        for statement in look.statements:
            creates = [each for each in actions_of(look, statement) if each.name in TAGGED]
            for condition in statement.on("aws:tagkeys"):
                operator = condition.operator
                if operator is None or not creates or operator.quantifier is Quantifier.ONE:
                    continue
                wanted = statement.allows
                missing = [key for key in AUTOMATIC if when_present(condition, key) is not wanted]
                limits = operator.base.negated is not statement.allows
                if missing and limits:
                    values = {"missing": ", ".join(missing)}
                    yield look, look.finding("RC207", condition.place, values)


def denied_tags(held: Access) -> Said:
    """A Deny of AddTags whatever it is for, beside allowed creates (RC209)."""
    for look in held.bundle.identity:
        for statement in look.statements:
            entry = entry_for(statement, ADD)
            if not statement.denies or entry is None or statement.conditions or statement.not_actions is not None:
                continue
            hit = [
                f"sagemaker:{operation}"
                for operation in TAGGED
                if operation.startswith("Create") and _creatable_and_untaggable(held, operation)
            ]
            if hit:
                yield look, look.finding("RC209", entry.place, {"actions": listed(hit)})


def _creatable_and_untaggable(held: Access, operation: str) -> bool:
    for own in own_templates(operation)[:1]:
        for arn in held.samples(f"sagemaker:{operation}", held.arn(SAGEMAKER, own)):
            tagged = held.outcome(ADD, arn, {TAGGING_ACTION: operation})
            if held.perhaps(f"sagemaker:{operation}", arn) and tagged is Outcome.EXPLICIT_DENY:
                return True
    return False


RULES: Final = (add_tags, round_conditions, automatic, denied_tags)
