"""Do the operators and the keys of conditions exist, and do they go together?"""

from __future__ import annotations

import json
from collections.abc import Iterator
from difflib import get_close_matches
from typing import Final

from rolecall.analysis.lint.edits import put
from rolecall.analysis.lint.finding import Finding, Fix
from rolecall.analysis.lint.knowledge import is_misspelling
from rolecall.analysis.lint.look import Look, demands, speaks_of
from rolecall.analysis.lint.retired import RETIRED_SERVICES
from rolecall.analysis.lint.view import Condition, Statement
from rolecall.catalog import ConditionKey
from rolecall.policy.document import PolicyType
from rolecall.policy.findings import Severity
from rolecall.policy.operators import BASES, Family, Quantifier, parse_operator

SAME_READING: Final = (
    "None at evaluation, which reads operator names without case; IAM refuses the other spelling."
)
TAG_FAMILIES: Final = ("resourcetag", "requesttag", "principaltag")
UNTRUSTWORTHY: Final = ("aws:referer", "aws:useragent")
# key -> any of these must stand beside it.
PAIRED: Final = {"aws:vpcsourceip": ("aws:SourceVpc", "aws:SourceVpce", "aws:SourceVpcArn")}
# Which operator families read a key's type (SEMANTICS 4); a text is what a request holds of any of them.
FAMILIES: Final = {
    "String": (Family.STRING,),
    "ARN": (Family.ARN, Family.STRING),
    "Numeric": (Family.NUMERIC,),
    "Date": (Family.DATE,),
    "Bool": (Family.BOOL,),
    "IPAddress": (Family.IP,),
    "Binary": (Family.BINARY,),
}
# What a person is told to write.
OPERATOR_TYPES: Final = {
    "String": "String",
    "ARN": "Arn",
    "Numeric": "Numeric",
    "Date": "Date",
    "Bool": "Bool",
    "IPAddress": "IpAddress",
    "Binary": "Binary",
}


def operators(look: Look) -> Iterator[Finding]:
    """Operator names, each once per block."""
    for statement in look.statements:
        seen = set()
        for condition in statement.conditions:
            if condition.name not in seen:
                seen.add(condition.name)
                yield from _operator(look, condition)


def _operator(look: Look, condition: Condition) -> Iterator[Finding]:
    place, operator, name = condition.operator_place, condition.operator, condition.name
    if operator is not None:
        if operator.name != name:
            fix = Fix(
                f"write {operator.name}", (put(place.node, json.dumps(operator.name)),), changes=SAME_READING
            )
            yield look.finding("INVALID_CONDITION_OPERATOR", place, {"operator": name}, fix=fix, also=("RC603",))
        if operator.base.family is Family.NULL and operator.quantifier is not Quantifier.ONE:
            yield look.finding("NULL_WITH_QUALIFIER", place)
        return
    plain = name[: -len("IfExists")] if name.lower().endswith("ifexists") else name
    if plain.rpartition(":")[2].lower() == "null" and parse_operator(plain) is not None:
        fix = Fix(
            f"write {plain}", (put(place.node, json.dumps(plain)),), changes="The policy was refused before."
        )
        yield look.finding("NULL_WITH_IF_EXISTS", place, fix=fix)
        return
    near = near_operators(name)
    detail = f"Near names: {', '.join(near)}." if near else ""
    yield look.finding("INVALID_CONDITION_OPERATOR", place, {"operator": name}, detail=detail, also=("RC603",))


def near_operators(name: str) -> tuple[str, ...]:
    """Operators that begin or end like the name, else those that look like it."""
    plain = name.rpartition(":")[2].lower().removesuffix("ifexists")
    known = [base.name for base in BASES.values()]
    part = [each for each in known if plain and (each.lower().startswith(plain) or each.lower().endswith(plain))]
    folded = {each.lower(): each for each in known}
    close = [folded[each] for each in get_close_matches(plain, folded, 3, 0.7)]
    return tuple(dict.fromkeys((*close, *part)))[:3]


def keys(look: Look) -> Iterator[Finding]:
    """Every condition key against the catalogue."""
    for statement in look.statements:
        blocks: dict[tuple[str, str], str] = {}
        for condition in statement.conditions:
            block = (condition.name, condition.folded)
            if blocks.setdefault(block, condition.key) != condition.key:
                yield look.finding(
                    "DUPLICATE_KEYS_WITH_DIFFERENT_CASE", condition.key_place, {"key": condition.key}
                )
            if "${" not in condition.key:
                yield from _key(look, condition)


def _key(look: Look, condition: Condition) -> Iterator[Finding]:
    place, folded = condition.key_place, condition.folded
    prefix, colon, name = folded.partition(":")
    if not colon:
        yield look.finding("INVALID_CONDITION_KEY_FORMAT", place)
        return
    if folded == "aws:arn":
        yield _old_arn(look, condition)
        return
    known = look.knowledge.key(condition.key)
    if known is not None:
        return
    family, slash, tag = name.partition("/")
    if family in TAG_FAMILIES and not tag:
        values = {"conditionKeyName": condition.key if slash else f"{condition.key}/"}
        yield look.finding("MISSING_TAG_KEY_IN_CONDITION", place, values)
        return
    if prefix == "aws":
        yield _unknown(look, condition, "INVALID_GLOBAL_CONDITION_KEY", {"key": condition.key})
    elif prefix in RETIRED_SERVICES:
        yield look.finding("RC602", place, {"name": condition.key, "why": RETIRED_SERVICES[prefix]})
    elif look.knowledge.catalog.service_name(prefix) is not None:
        values = {"key": condition.key, "service": prefix}
        yield _unknown(look, condition, "INVALID_SERVICE_CONDITION_KEY", values)
    elif "." not in prefix and "/" not in prefix:
        # With a dot or a slash it is an identity provider's, which may send claims that no table lists.
        near = look.knowledge.near_services(prefix)
        yield look.finding(
            "INVALID_SERVICE",
            place,
            {"service": prefix},
            detail=f"Near names: {', '.join(near[:3])}." if near else "",
            severity=Severity.ERROR if near else Severity.WARNING,
        )


def _unknown(look: Look, condition: Condition, code: str, values: dict[str, str]) -> Finding:
    near = look.knowledge.near_keys(condition.key)
    slip = is_misspelling(condition.key, near)
    version = look.knowledge.catalog.version
    detail = f"Did you mean {' or '.join(near[:3])}? " if near else ""
    detail += f"Decided by the catalogue of {version}." if slip else f"The catalogue of {version} may be older."
    return look.finding(
        code,
        condition.key_place,
        values,
        detail=detail,
        severity=Severity.ERROR if slip else Severity.WARNING,
    )


def _old_arn(look: Look, condition: Condition) -> Finding:
    """aws:ARN: where its values are principals, aws:PrincipalArn has taken its place."""
    principals = all(":iam::" in text or ":sts::" in text for text in condition.texts) and condition.texts
    code = "DEPRECATED_GLOBAL_CONDITION_KEY" if principals else "UNSUPPORTED_GLOBAL_CONDITION_KEY"
    return look.finding(code, condition.key_place)


def fitting(look: Look) -> Iterator[Finding]:
    """Set operators and operator families against the types of the keys."""
    for statement in look.statements:
        for condition in statement.conditions:
            known = look.knowledge.key(condition.key)
            if known is None or condition.operator is None or condition.operator.base.family is Family.NULL:
                continue
            yield from _quantifier(look, condition, known)
            yield from _family(look, condition, known)


def _quantifier(look: Look, condition: Condition, known: ConditionKey) -> Iterator[Finding]:
    assert condition.operator is not None
    quantifier = condition.operator.quantifier
    audience = condition.folded.endswith(":aud")
    if known.multivalued:
        if quantifier is Quantifier.ONE:
            # Of other services the reference calls lists what some requests hold once.
            sure = condition.folded.startswith(("aws:", "sagemaker:"))
            severity = Severity.ERROR if sure else Severity.WARNING
            yield look.finding("MISSING_QUALIFIER", condition.key_place, {"key": condition.key}, severity=severity)
    elif quantifier is Quantifier.ALL:
        if audience:
            values = {"key": condition.key, "audienceType": "audience"}
            yield look.finding("CONFIRM_AUDIENCE_CLAIM_TYPE", condition.operator_place, values)
        elif condition.values:
            place = condition.operator_place
            yield look.finding("FORALLVALUES_WITH_SINGLE_VALUED_KEY", place, {"key": condition.key})
    elif quantifier is Quantifier.ANY and audience:
        yield look.finding(
            "FORANYVALUE_WITH_AUDIENCE_CLAIM_TYPE", condition.operator_place, {"key": condition.key}
        )


def _family(look: Look, condition: Condition, known: ConditionKey) -> Iterator[Finding]:
    assert condition.operator is not None
    base, kind = condition.operator.base, known.type.removeprefix("ArrayOf")
    values = {"operator": condition.name, "key": condition.key}
    if kind == "ARN" and base.name in ("StringLike", "StringNotLike") and condition.folded.startswith("aws:"):
        allowed = base.name.replace("String", "Arn")
        place = condition.operator_place
        yield look.finding("STRING_LIKE_OPERATOR_WITH_ARN_CONDITION_KEYS", place, {**values, "allowed": allowed})
        return
    if kind not in FAMILIES or base.family in FAMILIES[kind]:
        return
    # Keys that hold an ARN are often listed as strings; dates are also numbers of seconds.
    if base.family is Family.ARN and kind == "String" and all(_like_arn(text) for text in condition.texts):
        return
    if base.family is Family.NUMERIC and kind == "Date" and condition.folded == "aws:epochtime":
        return
    yield look.finding("TYPE_MISMATCH", condition.operator_place, {**values, "allowed": OPERATOR_TYPES[kind]})


def _like_arn(text: str) -> bool:
    return text.startswith(("arn:", "*", "${"))


def companions(look: Look) -> Iterator[Finding]:
    """Keys that mean little alone."""
    for statement in look.statements:
        present = {condition.folded for condition in statement.conditions}
        for condition in statement.conditions:
            key, place = condition.folded, condition.key_place
            if key in UNTRUSTWORTHY:
                yield look.finding("UNTRUSTWORTHY_CONDITION_KEY", place, {"key": condition.key})
            wanted = PAIRED.get(key, ())
            if wanted and not present & {each.lower() for each in wanted}:
                values = {"conditionKeyName": condition.key, "recommendedKeys": ", ".join(wanted[:2])}
                yield look.finding("MISSING_PAIRED_CONDITION_KEYS", place, values)
            yield from _attributes(look, statement, condition)
            yield from _prefix(look, statement, condition)
            yield from _own_account(look, condition)


_DYNAMODB_READS: Final = ("dynamodb:Query", "dynamodb:Scan", "dynamodb:GetItem", "dynamodb:BatchGetItem")


def _attributes(look: Look, statement: Statement, condition: Condition) -> Iterator[Finding]:
    if (
        condition.folded == "dynamodb:attributes"
        and statement.allows
        and not statement.on("dynamodb:select")
        and any(speaks_of(statement, action) for action in _DYNAMODB_READS)
    ):
        yield look.finding("DYNAMODB_ATTRIBUTES_WITHOUT_SELECT", condition.key_place)


def _prefix(look: Look, statement: Statement, condition: Condition) -> Iterator[Finding]:
    operator = condition.operator
    if condition.folded != "s3:prefix" or operator is None or operator.base.family is not Family.STRING:
        return
    # Deny with StringNotLike is what AWS recommends; so is Allow with a positive operator.
    if statement.denies is not operator.base.negated:
        yield look.finding("S3_PREFIX_IN_NEGATIVE_CONTEXT", condition.key_place)


def _own_account(look: Look, condition: Condition) -> Iterator[Finding]:
    where = look.options.resource_type
    if condition.folded == "s3:resourceaccount" and where in ("AWS::S3::Bucket", "AWS::S3::AccessPoint"):
        name = {"AWS::S3::Bucket": "bucket", "AWS::S3::AccessPoint": "access point"}[where]
        values = {"condition-key": condition.key, "resource-type": name}
        yield look.finding("IRRELEVANT_CONDITION_KEY_IN_POLICY", condition.key_place, values)


# A condition key with the action without which nothing sets it.
_SET_BY: Final = {
    "sts:sourceidentity": "sts:SetSourceIdentity",
    "sts:transitivetagkeys": "sts:TagSession",
    "aws:requesttag/": "sts:TagSession",
    "aws:tagkeys": "sts:TagSession",
}


def setters(look: Look) -> Iterator[Finding]:
    """Keys that only an action of STS puts into a request."""
    for statement in look.statements:
        services = {value.folded.partition(":")[0] for value in statement.actions or ()}
        if not statement.allows or services != {"sts"}:
            continue
        for condition in statement.conditions:
            action = next((_SET_BY[key] for key in _SET_BY if condition.folded.startswith(key)), None)
            tags = action == "sts:TagSession" and look.kind is not PolicyType.TRUST
            if action is None or tags or speaks_of(statement, action) or not demands(statement, condition.key):
                continue
            values = {"actionName": action, "keyName": condition.key}
            yield look.finding("MISSING_ACTION_FOR_CONDITION_KEY", condition.key_place, values)


RULES: Final = (operators, keys, fitting, companions, setters)
