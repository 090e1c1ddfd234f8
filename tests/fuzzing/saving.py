"""A difference in a file, exactly as it was found, so that it can be decided again."""

from __future__ import annotations

from pathlib import Path

import msgspec

from fuzzing.checking import Differing
from rolecall.decision.policies import PoliciesInForce
from rolecall.decision.profile import Profile
from rolecall.decision.request import Context, Principal, Request, Resource
from rolecall.decision.result import Decision
from rolecall.policy.open_points import Choices


class Saved(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """reference, compiled: what they said when it was found."""

    principal: Principal
    action: str
    resource: Resource
    context: dict[str, tuple[str, ...]]
    multivalued: tuple[str, ...]
    unknown: tuple[str, ...]
    policies: PoliciesInForce
    profile: Profile
    choices: Choices
    reference: str
    compiled: str

    @property
    def request(self) -> Request:
        context = Context(self.context, multivalued=self.multivalued, unknown=self.unknown)
        return Request(self.principal, self.action, self.resource, context)


def save(found: Differing, folder: Path, name: str) -> Path:
    """Write a difference to a file of this name."""
    request, context = found.request, found.request.context
    saved = Saved(
        principal=request.principal,
        action=request.action,
        resource=request.resource,
        context=context.spelled(),
        multivalued=tuple(sorted(context.multivalued)),
        unknown=tuple(sorted(context.unknown)),
        policies=found.policies,
        profile=found.profile,
        choices=found.choices,
        reference=said(found.reference),
        compiled=said(found.compiled),
    )
    folder.mkdir(parents=True, exist_ok=True)
    path = folder / f"{name}.json"
    path.write_bytes(msgspec.json.format(msgspec.json.encode(saved), indent=1))
    return path


def load(path: Path) -> Saved:
    """Read such a file; raises msgspec.ValidationError for another."""
    return msgspec.json.decode(path.read_bytes(), type=Saved)


def said(decision: Decision) -> str:
    return msgspec.json.encode(decision).decode()
