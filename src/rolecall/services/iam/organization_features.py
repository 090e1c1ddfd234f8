"""Centralized root access: the features of an organization that IAM switches on and off, and shows.

The organization keeps them, with all else that decisions about root sessions rest on (services.organization).
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any, Final

import msgspec

from rolecall.services.call import Call, Operation
from rolecall.services.iam.errors import fault
from rolecall.services.organization import (
    ALL_FEATURES,
    CREDENTIALS_MANAGEMENT,
    IAM,
    ROOT_FEATURES,
    ROOT_SESSIONS,
    SCOPE,
    SERVICE_ACCESS,
    Membership,
    membership,
)
from rolecall.store.ports import Reader, Unit

FEATURES: Final = (CREDENTIALS_MANAGEMENT, ROOT_SESSIONS)


def _organization(call: Call, reader: Reader) -> Membership:
    """The organization of the caller, who administers it and has made it ready for IAM."""
    found = membership(reader, call.account)
    if found is None:
        raise fault("no organization")
    if not found.administers(IAM):
        raise fault("not an administrator")
    if found.organization.body["FeatureSet"] != ALL_FEATURES:
        raise fault("not all features")
    if IAM not in found.organization.body.get(SERVICE_ACCESS, {}):
        raise fault("no trusted access")
    return found


def _shown(found: Membership, held: list[str]) -> Mapping[str, Any]:
    return {"OrganizationId": found.organization.name, "EnabledFeatures": held}


def _switch(feature: str, *, on: bool) -> Callable[[Call, Unit], Mapping[str, Any]]:
    def switch(call: Call, unit: Unit) -> Mapping[str, Any]:
        found = _organization(call, unit)
        if on and not found.manages:
            raise fault("not the management account")
        before = found.organization.body.get(ROOT_FEATURES) or ()
        held = [each for each in FEATURES if (each == feature and on) or (each != feature and each in before)]
        body = {**found.organization.body, ROOT_FEATURES: held}
        unit.change_item(msgspec.structs.replace(found.organization, body=body, modified=call.now))
        unit.touch(SCOPE)
        return _shown(found, held)

    return switch


def list_features(call: Call, reader: Reader) -> Mapping[str, Any]:
    found = _organization(call, reader)
    return _shown(found, list(found.organization.body.get(ROOT_FEATURES) or ()))


OPERATIONS: Final = {
    "EnableOrganizationsRootCredentialsManagement": Operation(
        handler=_switch(CREDENTIALS_MANAGEMENT, on=True), writes=True
    ),
    "DisableOrganizationsRootCredentialsManagement": Operation(
        handler=_switch(CREDENTIALS_MANAGEMENT, on=False), writes=True
    ),
    "EnableOrganizationsRootSessions": Operation(handler=_switch(ROOT_SESSIONS, on=True), writes=True),
    "DisableOrganizationsRootSessions": Operation(handler=_switch(ROOT_SESSIONS, on=False), writes=True),
    "ListOrganizationsFeatures": Operation(handler=list_features, writes=False),
}
