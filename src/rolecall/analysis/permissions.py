"""What can a principal do? Every action that its policies allow, by service and access level.

An action counts when a request for it is allowed on some resource that the policies name; what hangs on conditions
is listed with its keys. Resources are told as the policies write them, so a Deny of part of them is not shown: ask
about a single resource with `can-i`.
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime
from typing import Final

from msgspec import Struct

from rolecall.analysis.questions import Question, fits, gathered
from rolecall.catalog import Action, Catalog
from rolecall.decision import Outcome, PoliciesInForce, decide
from rolecall.decision.profile import Profile
from rolecall.decision.reference.actions import action_matches
from rolecall.decision.request import Principal
from rolecall.decision.world import World, policies_in_force
from rolecall.policy.document import Effect, Statement

EVERY: Final = "*"


class Permission(Struct, frozen=True, omit_defaults=True):
    """An action that is allowed; depends_on: the keys that an allow hangs on, where none is without them."""

    service: str
    level: str
    action: str
    resources: tuple[str, ...]
    depends_on: tuple[str, ...] = ()


def permissions(
    principal: Principal,
    world: World,
    catalog: Catalog,
    now: datetime,
    *,
    services: tuple[str, ...] = (),
    profile: Profile = "reference",
) -> Iterator[Permission]:
    """In order of services, access levels and names; of all services unless some are given."""
    policies = policies_in_force(world, principal, EVERY, principal.account)
    granting = [
        statement
        for policy in policies.identity
        for statement in policy.document.statements
        if statement.effect is Effect.ALLOW
    ]
    for service in services or catalog.services():
        if not _speak_of(granting, service, principal, policies):
            continue
        found = []
        for action in catalog.actions(service):
            permission = _permission(action, granting, principal, world, catalog, now, profile)
            if permission is not None:
                found.append(permission)
        yield from sorted(found, key=lambda each: (each.level, each.action))


def _speak_of(granting: list[Statement], service: str, principal: Principal, policies: PoliciesInForce) -> bool:
    """Whether it is worth looking at a service at all."""
    if not policies.identity:
        return principal.arn.endswith(":root")
    return any(
        statement.not_actions is not None
        or any(
            pattern == EVERY or action_matches(f"{pattern.partition(':')[0]}:x", f"{service}:x")
            for pattern in statement.actions or ()
        )
        for statement in granting
    )


def _permission(
    action: Action,
    granting: list[Statement],
    principal: Principal,
    world: World,
    catalog: Catalog,
    now: datetime,
    profile: Profile,
) -> Permission | None:
    yes: list[str] = []
    maybe: dict[str, tuple[str, ...]] = {}
    for resource in _resources(action, granting, principal):
        question = Question(principal=principal, action=action.full_name, resource=resource)
        request, policies = gathered(question, world, catalog, now)
        decision = decide(request, policies, profile=profile)
        if decision.outcome is Outcome.ALLOW:
            yes.append(resource)
        elif decision.outcome is Outcome.UNDETERMINED:
            maybe[resource] = decision.depends_on
    level = action.access_levels[0] if action.access_levels else ""
    if yes:
        return Permission(action.service, level, action.full_name, tuple(yes))
    if maybe:
        keys = sorted({key for keys in maybe.values() for key in keys}, key=str.lower)
        return Permission(action.service, level, action.full_name, tuple(maybe), tuple(keys))
    return None


def _resources(action: Action, granting: list[Statement], principal: Principal) -> tuple[str, ...]:
    """What to ask about: the resources that statements name, and for `*` every kind that the action is on."""
    templates = [each.type.arn for each in action.resources if each.type.arn]
    if not templates:
        return (EVERY,)
    wide = tuple(_any_of(template, principal) for template in templates)
    found: dict[str, None] = {}
    for statement in granting:
        spoken = (
            not any(action_matches(pattern, action.full_name) for pattern in statement.not_actions)
            if statement.not_actions is not None
            else any(action_matches(pattern, action.full_name) for pattern in statement.actions or ())
        )
        if not spoken:
            continue
        for pattern in statement.resources or (EVERY,):
            if pattern == EVERY:
                found.update(dict.fromkeys(wide))
            elif "${" not in pattern and any(
                fits(template, pattern) or fits(pattern, template) for template in templates
            ):
                found[pattern] = None
    return tuple(found) if granting else wide


def _any_of(template: str, principal: Principal) -> str:
    """Any resource of a kind in the principal's account."""
    made = template.replace("${Partition}", "aws").replace("${Account}", principal.account)
    pieces = made.split("${")
    return pieces[0] + "".join(f"*{piece.partition('}')[2]}" for piece in pieces[1:])
