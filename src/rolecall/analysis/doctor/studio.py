"""Which Studio domain of a world does a role work in, and as whom?"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from msgspec.structs import replace

from rolecall.analysis.doctor.patient import SAMPLE, Studio
from rolecall.analysis.worlds.format import Domain, WorldFile


def domain_of(world: WorldFile, account: str, role: str, wanted: str | None) -> Studio | None:
    """The domain that is asked for, by id or name, else the first in which the role works; None: there is none."""
    held = world.accounts.get(account)
    for domain in held.domains.values() if held is not None else ():
        if wanted in (domain.id, domain.name):
            return _studio(domain, role)
        if wanted is None:
            found = _studio(domain, role)
            if role in found.workers.values():
                return found
    return None


def _studio(domain: Domain, role: str) -> Studio:
    profiles = {name: each.execution_role or domain.execution_role for name, each in domain.profiles.items()}
    studio = placed(domain.id, domain.execution_role, domain.space_role, profiles, role)
    spread = domain.state.get("TagPropagation") == "ENABLED"
    profile = domain.profiles.get(studio.profile or "")
    tags = {**domain.tags, **(profile.tags if profile else {})} if spread else {}
    return replace(studio, tags=tags)


def placed(
    domain: str, default: str | None, spaces: str | None, profiles: Mapping[str, str | None], role: str
) -> Studio:
    """A domain with whoever works there as the role. default, spaces: the domain's roles; profiles: the users'."""
    workers: dict[str, Any] = {}
    if default:
        workers["users without a role of their own"] = default
    for name, arn in profiles.items():
        workers[f"user profile {name}"] = arn or default
    if spaces:
        workers["shared spaces"] = spaces
    known = {who: str(arn) for who, arn in workers.items() if arn}
    profile = next((name for name, arn in profiles.items() if (arn or default) == role), None)
    if profile is None and role != default and role == spaces:
        return Studio(domain, profile=None, workers=known)
    return Studio(domain, profile=profile or SAMPLE, workers=known)
