"""Service and resource control policies: what they cannot say, and whom they hit unawares."""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Final

from rolecall.analysis.lint.edits import add_member
from rolecall.analysis.lint.finding import Finding, Fix
from rolecall.analysis.lint.look import Look
from rolecall.analysis.lint.patterns import has_wildcard, overlap
from rolecall.analysis.lint.view import Condition, Statement
from rolecall.decision.rcp_services import RCP_SERVICES
from rolecall.policy.document import PolicyType
from rolecall.policy.json_reader import ObjectNode

PRINCIPAL_KEYS: Final = (
    "aws:principalorgid",
    "aws:principalorgpaths",
    "aws:principalaccount",
    "aws:principalarn",
    "aws:principaltag/",
)
SOURCE_KEYS: Final = ("aws:sourceorgid", "aws:sourceorgpaths", "aws:sourceaccount")
IS_SERVICE: Final = "aws:principalisawsservice"


def scp(look: Look) -> Iterator[Finding]:
    """Elements that SCPs have not, and wildcards that some tools still refuse."""
    if look.kind is not PolicyType.SCP:
        return
    for statement in look.statements:
        for name in ("Principal", "NotPrincipal"):
            if (place := statement.part(name)) is not None:
                yield look.finding("SCP_SYNTAX_ERROR_PRINCIPAL", place)
        for value in (*(statement.actions or ()), *(statement.not_actions or ())):
            if has_wildcard(value.text.removesuffix("*")) or value.text.endswith("**"):
                yield look.finding("SCP_SYNTAX_ERROR_ACTION_WILDCARD", value.place, {"action": value.text})


def rcp(look: Look) -> Iterator[Finding]:
    """The narrow grammar of RCPs."""
    if look.kind is not PolicyType.RCP:
        return
    for statement in look.statements:
        yield from _rcp_grammar(look, statement)
        yield from _rcp_actions(look, statement)
        if statement.denies:
            yield from _rcp_companions(look, statement)


def _rcp_grammar(look: Look, statement: Statement) -> Iterator[Finding]:
    everyone = all(each.text == "*" and each.kind in ("*", "AWS") for each in statement.principals or ())
    for name in ("Principal", "NotPrincipal"):
        place = statement.part(name)
        if place is not None and (name == "NotPrincipal" or not everyone):
            yield look.finding("RCP_SYNTAX_ERROR_PRINCIPAL", place)
    if (place := statement.part("NotAction")) is not None:
        yield look.finding("RCP_SYNTAX_ERROR_NOTACTION", place)
    if statement.allows:
        whole = statement.resources is not None and [value.text for value in statement.resources] == ["*"]
        if not whole or statement.conditions or not everyone or statement.not_principals is not None:
            yield look.finding("RCP_SYNTAX_ERROR_ALLOW", statement.part("Effect") or statement.place)


def _rcp_actions(look: Look, statement: Statement) -> Iterator[Finding]:
    if statement.allows:
        return
    for value in statement.actions or ():
        vendor = value.folded.partition(":")[0]
        if vendor == "sagemaker" or vendor.startswith("sagemaker-"):
            detail = f"Resource control policies do not reach {vendor}: use a service control policy."
            yield look.finding("RCP_SYNTAX_ERROR_ACTION", value.place, also=("RC501",), detail=detail)
        elif not any(overlap(vendor, service) for service in RCP_SERVICES) or vendor == "*":
            yield look.finding("RCP_SYNTAX_ERROR_ACTION", value.place)


def _rcp_companions(look: Look, statement: Statement) -> Iterator[Finding]:
    held = statement.node.get("Condition")
    tested = {
        (condition.name, condition.folded): {text.lower() for text in condition.texts}
        for condition in statement.conditions
    }
    service = {said for (_, key), values in tested.items() if key == IS_SERVICE for said in values}
    principal = statement.on(*PRINCIPAL_KEYS)
    source = statement.on(*SOURCE_KEYS)
    if principal and "false" not in service:
        values = {"conditionKeyName": principal[0].key}
        fix = _add(look, statement, held, "BoolIfExists", "aws:PrincipalIsAWSService", "false")
        code = "RCP_MISSING_RELATED_PRINCIPAL_CONDITION_KEY"
        yield look.finding(code, principal[0].key_place, values, fix=fix)
    if source and "true" not in service:
        values = {"conditionKeyName": source[0].key}
        fix = _add(look, statement, held, "BoolIfExists", "aws:PrincipalIsAWSService", "true")
        code = "RCP_MISSING_RELATED_SERVICE_PRINCIPAL_CONDITION_KEY"
        yield look.finding(code, source[0].key_place, values, fix=fix)
    if source and not _has_null(statement.conditions):
        values = {"conditionKeyName": source[0].key}
        fix = _add(look, statement, held, "Null", "aws:SourceAccount", "false")
        yield look.finding("RCP_MISSING_SERVICE_CONDITION_KEY_NULL_CHECK", source[0].key_place, values, fix=fix)


def _has_null(conditions: tuple[Condition, ...]) -> bool:
    return any(
        each.name == "Null" and each.folded in ("aws:sourceaccount", "aws:sourcearn") and "false" in each.texts
        for each in conditions
    )


def _add(look: Look, statement: Statement, held: object, operator: str, key: str, said: str) -> Fix | None:
    """One more condition: the Deny then denies less, which is what the finding is about."""
    if not isinstance(held, ObjectNode):
        return None
    block = held.get(operator)
    if isinstance(block, ObjectNode):
        edit = add_member(look.text, block, key, json.dumps(said))
    else:
        edit = add_member(look.text, held, operator, json.dumps({key: said}))
    title = f'add "{operator}": {{"{key}": "{said}"}}'
    return Fix(title, (edit,), widens=True, changes="Services, or everyone but services, are no longer denied.")


RULES: Final = (scp, rcp)
