"""The calls that code in Studio, notebooks and pipelines makes: every create and update that tags or passes a
role.

Parameters follow from the requirement rows: what a row names gets a sample name, every member that takes a role
the role. Only where a call needs more to be one that AWS would take, it stands here.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any, Final

from rolecall.analysis.doctor.patient import SAMPLE, Studio
from rolecall.authorization.requirement import Requirement
from rolecall.authorization.resources import pieces
from rolecall.authorization.rows.sagemaker import PASSED_ROLES, ROWS, TAGGED

# Administrators set domains and their users up, not the roles that work in them; fleets and workforces are theirs.
# What a cluster extension is called in a policy is not known.
LEFT_OUT: Final = frozenset(
    {
        "CreateClusterExtension",
        "CreateDomain",
        "UpdateDomain",
        "CreateUserProfile",
        "UpdateUserProfile",
        "CreateWorkforce",
        "CreateTrainingPlan",
        "RegisterDevices",
    }
)
OPERATIONS: Final = tuple(
    sorted(
        name
        for name in {*TAGGED, *PASSED_ROLES}
        if name not in LEFT_OUT and name.startswith(("Create", "Update")) and name in ROWS
    )
)


def parameters(operation: str, role: str, studio: Studio | None) -> dict[str, Any]:
    """The parameters of a canonical call that passes `role`; tags are not among them."""
    made: dict[str, Any] = {}
    for row in ROWS[operation]:
        for name, value in _named(row):
            made.setdefault(name, value)
    for path in PASSED_ROLES.get(operation, ()):
        _put(made, path, role)
    if studio is not None:
        made.update(_in_studio(operation, studio))
    return made


def operations_in(studio: Studio | None) -> tuple[str, ...]:
    """Canonical operations; spaces and apps are made inside Studio only."""
    if studio is not None and studio.space is not None:
        return OPERATIONS
    return tuple(name for name in OPERATIONS if name not in ("CreateSpace", "CreateApp", "UpdateSpace"))


def _named(row: Requirement) -> Iterator[tuple[str, str]]:
    """The members that a row's template names, each with a sample."""
    if row.when.startswith("!") or row.action.startswith("iam:"):
        return
    for piece in pieces(row.on):
        for path in piece.paths[:1]:
            if path.isidentifier():
                yield path, SAMPLE


def _put(made: dict[str, Any], path: str, value: str) -> None:
    """Set a member deep inside; lists get one item."""
    name, _, rest = path.partition(".")
    if not rest:
        made[name] = value
        return
    if name.endswith("[]"):
        items = made.setdefault(name[:-2], [{}])
        _put(items[0], rest, value)
        return
    _put(made.setdefault(name, {}), rest, value)


def _in_studio(operation: str, studio: Studio) -> Mapping[str, Any]:
    """What the calls of Studio itself say of the space."""
    match operation:
        case "CreateSpace":
            owner = (
                {
                    "OwnershipSettings": {"OwnerUserProfileName": studio.profile},
                    "SpaceSharingSettings": {"SharingType": "Private"},
                }
                if studio.profile
                else {"SpaceSharingSettings": {"SharingType": "Shared"}}
            )
            return {"DomainId": studio.domain, "SpaceName": SAMPLE, **owner}
        case "CreateApp":
            return {
                "DomainId": studio.domain,
                "SpaceName": studio.space,
                "AppType": "JupyterLab",
                "AppName": "default",
            }
    return {}


def space_state(studio: Studio, partition: str, region: str, account: str) -> dict[str, Mapping[str, Any]]:
    """The space that canonical calls are made from, as it is stored."""
    if studio.space is None:
        return {}
    arn = f"arn:{partition}:sagemaker:{region}:{account}:space/{studio.domain}/{studio.space}"
    state: dict[str, Any] = {"DomainId": studio.domain, "SpaceName": studio.space}
    if studio.profile:
        state["OwnershipSettings"] = {"OwnerUserProfileName": studio.profile}
    state["SpaceSharingSettings"] = {"SharingType": "Private" if studio.profile else "Shared"}
    return {arn: state}
