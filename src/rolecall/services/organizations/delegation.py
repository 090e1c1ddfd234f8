"""Services that work with the organization, and the member accounts that administer them for it."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from datetime import UTC, datetime
from typing import Any, Final

from rolecall.services.call import Call, Operation
from rolecall.services.organization import ADMINISTERS, IAM, ROOT_FEATURES, SERVICE_ACCESS, SUSPENDED, Membership
from rolecall.services.organizations.errors import fault
from rolecall.services.organizations.members import changed, has_all_features, stamp
from rolecall.services.organizations.nodes import account, listing, own, shown_account
from rolecall.services.organizations.paging import page
from rolecall.services.organizations.trusted_services import DELEGABLE, TRUSTED
from rolecall.services.walking import every
from rolecall.store.ports import Reader, Unit
from rolecall.store.records import Item

MOST_ADMINISTRATORS: Final = 5  # of one service; some services take fewer


def _moment(value: float) -> datetime:
    return datetime.fromtimestamp(value, UTC)


def _known(call: Call, services: frozenset[str]) -> str:
    principal = str(call.parameters["ServicePrincipal"])
    if principal not in services:
        raise fault("unknown service")
    return principal


def _with_features(call: Call, reader: Reader) -> Membership:
    found = own(call, reader)
    if not has_all_features(found.organization):
        raise fault("no all features")
    return found


def enable_service_access(call: Call, unit: Unit) -> Mapping[str, Any]:
    found, principal = _with_features(call, unit), _known(call, TRUSTED)
    held = dict(found.organization.body.get(SERVICE_ACCESS, {}))
    held.setdefault(principal, stamp(call.now))
    changed(unit, found.organization, call.now, **{SERVICE_ACCESS: held})
    return {}


def disable_service_access(call: Call, unit: Unit) -> Mapping[str, Any]:
    """Whoever administered the service does so no longer; without IAM, nothing of root access is left on."""
    found, principal = _with_features(call, unit), _known(call, TRUSTED)
    held = dict(found.organization.body.get(SERVICE_ACCESS, {}))
    held.pop(principal, None)
    features = None if principal == IAM else found.organization.body.get(ROOT_FEATURES)
    changed(unit, found.organization, call.now, **{SERVICE_ACCESS: held, ROOT_FEATURES: features})
    return {}


def list_service_access(call: Call, reader: Reader) -> Mapping[str, Any]:
    held = _with_features(call, reader).organization.body.get(SERVICE_ACCESS, {})
    listed, tail = page(call, sorted(held), str)
    principals = [{"ServicePrincipal": name, "DateEnabled": _moment(held[name])} for name in listed]
    return {"EnabledServicePrincipals": principals, **tail}


def _administrators(reader: Reader, found: Membership, principal: str | None) -> Iterator[Item]:
    for item in every(reader, listing(found, "account")):
        held = item.body.get(ADMINISTERS, {})
        if held and (principal is None or principal in held):
            yield item


def register(call: Call, unit: Unit) -> Mapping[str, Any]:
    found = _with_features(call, unit)
    if call.parameters["AccountId"] == found.management_account:
        raise fault("register manager")
    item, principal = account(unit, found, call.parameters["AccountId"]), _known(call, DELEGABLE)
    if item.status == SUSPENDED:
        raise fault("register closed")
    held = dict(item.body.get(ADMINISTERS, {}))
    if principal in held:
        raise fault("registered already")
    if sum(1 for _ in _administrators(unit, found, principal)) >= MOST_ADMINISTRATORS:
        raise fault("administrators")
    # Registering is possible before trusted access is on; several services turn it on themselves.
    changed(unit, item, call.now, **{ADMINISTERS: {**held, principal: stamp(call.now)}})
    return {}


def deregister(call: Call, unit: Unit) -> Mapping[str, Any]:
    found = _with_features(call, unit)
    if call.parameters["AccountId"] == found.management_account:
        raise fault("deregister manager")
    item = account(unit, found, call.parameters["AccountId"])
    held = dict(item.body.get(ADMINISTERS, {}))
    if not held:
        raise fault("not registered")
    if held.pop(_known(call, DELEGABLE), None) is None:
        raise fault("unknown service")  # as AWS answers for a service that the account does not administer
    changed(unit, item, call.now, **{ADMINISTERS: held or None})
    return {}


def list_administrators(call: Call, reader: Reader) -> Mapping[str, Any]:
    found, principal = _with_features(call, reader), call.parameters.get("ServicePrincipal")
    if principal is not None:
        _known(call, DELEGABLE)
    listed, tail = page(call, _administrators(reader, found, principal), lambda item: item.name)
    shown = [
        {**shown_account(item), "DelegationEnabledDate": _moment(min(item.body[ADMINISTERS].values()))}
        for item in listed
    ]
    return {"DelegatedAdministrators": shown, **tail}


def list_services(call: Call, reader: Reader) -> Mapping[str, Any]:
    found = _with_features(call, reader)
    held = account(reader, found, call.parameters["AccountId"]).body.get(ADMINISTERS, {})
    if not held:
        raise fault("not registered")
    listed, tail = page(call, sorted(held), str)
    services = [{"ServicePrincipal": name, "DelegationEnabledDate": _moment(held[name])} for name in listed]
    return {"DelegatedServices": services, **tail}


OPERATIONS: Final = {
    "EnableAWSServiceAccess": Operation(handler=enable_service_access, writes=True),
    "DisableAWSServiceAccess": Operation(handler=disable_service_access, writes=True),
    "ListAWSServiceAccessForOrganization": Operation(handler=list_service_access, writes=False),
    "RegisterDelegatedAdministrator": Operation(handler=register, writes=True),
    "DeregisterDelegatedAdministrator": Operation(handler=deregister, writes=True),
    "ListDelegatedAdministrators": Operation(handler=list_administrators, writes=False),
    "ListDelegatedServicesForAccount": Operation(handler=list_services, writes=False),
}
