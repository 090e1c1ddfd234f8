"""iam:PassRole and iam:CreateServiceLinkedRole that reach further than a statement should."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

from rolecall.analysis.lint.finding import Finding
from rolecall.analysis.lint.look import Look, covering, named, speaks_of
from rolecall.analysis.lint.patterns import has_wildcard, opened
from rolecall.analysis.lint.view import Statement, Value

PASS_ROLE: Final = "iam:PassRole"
CREATE_SLR: Final = "iam:CreateServiceLinkedRole"
# Names that AWS's consoles give to roles of one service.
CONVENTIONS: Final = ("service", "aws", "amazon")
SLR_PATH: Final = "role/aws-service-role/"


def pass_role(look: Look) -> Iterator[Finding]:
    """PassRole on more than the roles that are meant."""
    for statement in look.statements:
        if statement.allows:
            limited = bool(statement.on("iam:passedtoservice"))
            wide = not limited and any(_any_role(value) for value in statement.resources or ())
            yield from _grant(look, statement, PASS_ROLE, "PASS_ROLE", wide)


def create_slr(look: Look) -> Iterator[Finding]:
    """CreateServiceLinkedRole for more than one service."""
    for statement in look.statements:
        if statement.allows:
            wide = any(_any_service(value) for value in statement.resources or ())
            scoped = any(not any(map(has_wildcard, each.texts)) for each in statement.on("iam:awsservicename"))
            yield from _grant(look, statement, CREATE_SLR, "CREATE_SLR", wide and not scoped)


def _any_role(value: Value) -> bool:
    own = opened(value.text).split(":", 5)[-1]
    if not has_wildcard(own):
        return False
    name = own.rpartition("/")[2].lower()
    return own == "*" or not name.startswith(CONVENTIONS)


def _any_service(value: Value) -> bool:
    own = opened(value.text).split(":", 5)[-1]
    service, slash, _ = own.removeprefix(SLR_PATH).partition("/")
    return has_wildcard(own) and not (own.startswith(SLR_PATH) and slash and service and not has_wildcard(service))


def _grant(look: Look, statement: Statement, action: str, code: str, wide: bool) -> Iterator[Finding]:
    """The six combinations: how the action is named, and how the resource is."""
    place = statement.part("NotResource")
    if place is None and not wide:
        return
    by_name = named(statement.actions, action)
    by_star = None if by_name else covering(statement.actions, action)
    if by_name is not None:
        found, how = by_name.place, ("NOT_RESOURCE", "STAR_IN_RESOURCE")
    elif by_star is not None:
        found, how = by_star.place, ("STAR_IN_ACTION_AND_NOT_RESOURCE", "STAR_IN_ACTION_AND_RESOURCE")
    elif statement.not_actions is not None and speaks_of(statement, action):
        at = statement.part("NotAction")
        assert at is not None
        found, how = at, ("NOT_ACTION_AND_NOT_RESOURCE", "STAR_IN_RESOURCE_AND_NOT_ACTION")
    else:
        return
    yield look.finding(f"{code}_WITH_{how[0] if place is not None else how[1]}", found)


RULES: Final = (pass_role, create_slr)
