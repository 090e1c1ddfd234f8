"""Could a wider statement match more? Where it could not, widening it is no mutant.

By what AWS documents of actions: the resource types they work on and the condition keys they carry. `PassRole`
with a condition on `iam:PassedToService` stays what it is under `iam:*`, because no other action carries that key;
`training-job/*` is every resource that CreateTrainingJob can have.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Final

from rolecall.catalog import Action, Catalog, ResourceType
from rolecall.policy.document import Condition, Statement
from rolecall.policy.glob import matches
from rolecall.policy.operators import Family, Quantifier, parse_operator

VARIABLE: Final = re.compile(r"\$\{[^}]*\}")
LITERAL: Final = re.compile(r"[^*?$]*")
# Global keys that only some actions carry; all others come with every request.
OF_ACTIONS: Final = ("aws:requesttag/", "aws:resourcetag/", "aws:tagkeys")


def names_all(statement: Statement, catalog: Catalog) -> bool:
    """Whether the resources of a statement are all that its actions can have in an account."""
    if "*" in (statement.resources or ()):
        return True
    for pattern in statement.actions or ("*",):
        prefix, _, name = pattern.partition(":")
        actions = [each for each in catalog.actions(prefix) if matches(name.lower(), each.name.lower())]
        if not actions or not all(_names_all_of(statement, action) for action in actions):
            return False
    return True


def _names_all_of(statement: Statement, action: Action) -> bool:
    types = [each.type for each in action.resources if each.required] or [each.type for each in action.resources]
    return bool(types) and all(any(_is_all(arn, each) for arn in statement.resources or ()) for each in types)


def _is_all(pattern: str, type: ResourceType) -> bool:
    """Whether an ARN pattern stands for every resource of a type in every region of an account."""
    parts, wanted = pattern.split(":", 5), VARIABLE.sub("*", type.arn).split(":", 5)
    return (
        len(parts) == len(wanted) == 6
        and parts[2] == wanted[2]
        and parts[3] in (wanted[3], "*")
        and (parts[4] in ("*", "") or parts[4].isdigit())
        and matches(parts[5], wanted[5])
    )


def reaches_more(statement: Statement, catalog: Catalog) -> bool:
    """Whether some action of the same services that the statement does not name could match the rest of it."""
    named = statement.actions or ()
    services = {pattern.partition(":")[0].lower() for pattern in named if pattern != "*"}
    if "*" in named or all(pattern.endswith(":*") for pattern in named):
        return "*" not in named  # a whole service becomes all services
    return any(
        not any(matches(pattern.lower(), action.full_name.lower()) for pattern in named)
        and _has_a_resource(action, statement)
        and all(_may_hold(condition, action, catalog) for condition in statement.conditions)
        for service in services
        for action in _known(service, catalog)
    )


def _known(service: str, catalog: Catalog) -> Iterator[Action]:
    for prefix in catalog.services() if "*" in service else (service,):
        yield from catalog.actions(prefix)


def _has_a_resource(action: Action, statement: Statement) -> bool:
    patterns = statement.resources
    if patterns is None or "*" in patterns:
        return True
    return any(_may_meet(pattern, each.type) for pattern in patterns for each in action.resources)


def _may_meet(pattern: str, type: ResourceType) -> bool:
    """Whether a pattern may match a resource of a type: as far as both are literal, they agree."""
    ours, theirs = pattern.split(":", 5), type.arn.split(":", 5)
    if len(ours) < 6 or not matches(ours[2], theirs[2]):
        return False
    one, other = _literal(ours[5]), _literal(theirs[5])
    return one.startswith(other) or other.startswith(one)


def _literal(text: str) -> str:
    found = LITERAL.match(text)
    return found[0] if found else ""


def _may_hold(condition: Condition, action: Action, catalog: Catalog) -> bool:
    """Whether a request for the action may satisfy a condition: most need their key to be there."""
    operator = parse_operator(condition.operator)
    if operator is None or operator.if_exists or operator.base.negated or operator.quantifier is Quantifier.ALL:
        return True
    if operator.base.family is Family.NULL and "true" in map(str.lower, condition.values):
        return True
    key = condition.key.lower()
    if key.startswith("aws:") and not key.startswith(OF_ACTIONS):
        return True
    found = catalog.condition_key(key)
    return found is None or found.name.lower() in map(str.lower, action.all_condition_keys)
