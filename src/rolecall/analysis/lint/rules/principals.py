"""Who is named in Principal, and in which form?"""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Final

from rolecall.analysis.lint.finding import Finding
from rolecall.analysis.lint.look import Look
from rolecall.analysis.lint.patterns import has_wildcard
from rolecall.analysis.lint.rules.condition_values import PRINCIPAL_FORM, is_service_principal
from rolecall.analysis.lint.view import Principal, Statement
from rolecall.policy.document import PolicyType
from rolecall.policy.json_reader import ObjectNode, StringNode
from rolecall.policy.parser import PRINCIPAL_KINDS

_ROLE_ID: Final = re.compile(r"AROA[A-Z0-9]{12,}")
_USER_ID: Final = re.compile(r"AIDA[A-Z0-9]{12,}")
IDENTITY: Final = frozenset({PolicyType.IDENTITY, PolicyType.BOUNDARY, PolicyType.SESSION})
TYPE_NAMES: Final = {
    PolicyType.IDENTITY: "IDENTITY_POLICY",
    PolicyType.BOUNDARY: "IDENTITY_POLICY",
    PolicyType.SESSION: "IDENTITY_POLICY",
}
SOURCE_KEYS: Final = (
    "aws:sourcearn",
    "aws:sourceaccount",
    "aws:sourceorgid",
    "aws:sourceorgpaths",
)
# Service principals whose calls carry no source: they act on the resource for its owner, or name it in the path.
WITHOUT_SOURCE: Final = frozenset({"delivery.logs.amazonaws.com", "ec2.amazonaws.com", "lambda.amazonaws.com"})
# Keys of IAM principals, which a service principal never has.
NOT_OF_SERVICES: Final = (
    "aws:principalorgid",
    "aws:principalorgpaths",
    "aws:principaltag/",
    "aws:username",
    "aws:multifactorauthpresent",
    "aws:multifactorauthage",
)


def elements(look: Look) -> Iterator[Finding]:
    """Whether a principal may stand there at all, and the shape of the element."""
    for statement in look.statements:
        for name in ("Principal", "NotPrincipal"):
            place = statement.part(name)
            if place is None:
                continue
            if look.kind in IDENTITY:
                yield look.finding("UNSUPPORTED_PRINCIPAL", place, {"policy_type": TYPE_NAMES[look.kind]})
                continue
            if isinstance(place.node, StringNode) and place.node.value == "*":
                continue
            if not isinstance(place.node, ObjectNode):
                yield look.finding("INVALID_PRINCIPAL_FORMAT", place)
                continue
            for member in place.node.members:
                if member.key.value not in PRINCIPAL_KINDS:
                    where = place.at(member.key.value, member.value)
                    yield look.finding("INVALID_PRINCIPAL_KEY", where, {"principal-key": member.key.value})
        if statement.allows and (place := statement.part("NotPrincipal")) is not None:
            yield look.finding("ALLOW_WITH_NOT_PRINCIPAL", place)


def values(look: Look) -> Iterator[Finding]:
    """Each principal by its form."""
    if look.kind in IDENTITY:
        return
    for statement in look.statements:
        for each in (*(statement.principals or ()), *(statement.not_principals or ())):
            yield from _value(look, each)


def _value(look: Look, each: Principal) -> Iterator[Finding]:
    if each.kind not in PRINCIPAL_KINDS or each.text == "*" or "${" in each.text:
        return
    if has_wildcard(each.text):
        yield look.finding("UNSUPPORTED_WILDCARD_IN_PRINCIPAL", each.place, {"principal_key": each.kind})
    elif each.kind == "Service" and not is_service_principal(each.text):
        yield look.finding("INVALID_SERVICE_PRINCIPAL_FORMAT", each.place, {"expectedFormat": PRINCIPAL_FORM})
    elif each.kind == "AWS" and _ROLE_ID.fullmatch(each.text):
        yield look.finding("INVALID_ROLE_REFERENCE", each.place, {"roleid": each.text})
    elif each.kind == "AWS" and _USER_ID.fullmatch(each.text):
        yield look.finding("INVALID_USER_REFERENCE", each.place, {"userid": each.text})
    if each.kind == "Federated":
        yield look.finding("FEDERATED_PRINCIPAL_NOT_SUPPORTED", each.place)


def service_principals(look: Look) -> Iterator[Finding]:
    """Services let in without saying on whose behalf, and conditions that they can never meet."""
    if look.kind in IDENTITY:
        return
    for statement in look.statements:
        services = [each for each in statement.principals or () if each.kind == "Service"]
        if not services or len(services) != len(statement.principals or ()):
            continue
        yield from _source(look, statement, services)
        unmet = dict.fromkeys(each.key for each in statement.on(*NOT_OF_SERVICES) if not _spares(each.name))
        if unmet:
            place = statement.on(*NOT_OF_SERVICES)[0].key_place
            yield look.finding(
                "UNSUPPORTED_CONDITION_KEY_FOR_SERVICE_PRINCIPAL", place, {"conditionKeys": ", ".join(unmet)}
            )


def _spares(operator: str) -> bool:
    """Whether an operator is meant for requests that may lack the key."""
    return operator.endswith("IfExists") or operator == "Null"


def _source(look: Look, statement: Statement, services: list[Principal]) -> Iterator[Finding]:
    if not statement.allows or statement.on(*SOURCE_KEYS):
        return
    open_to = [each for each in services if each.text not in WITHOUT_SOURCE]
    if not open_to:
        return
    referer = statement.on("aws:referer")
    if referer:
        prefix = open_to[0].text.partition(".")[0]
        found = {"servicePrincipalPrefix": prefix, "key": referer[0].key}
        yield look.finding("RECOMMENDED_CONDITION_KEY_FOR_SERVICE_PRINCIPAL", referer[0].key_place, found)
    else:
        yield look.finding("RESTRICT_ACCESS_TO_SERVICE_PRINCIPAL", open_to[0].place)


RULES: Final = (elements, values, service_principals)
