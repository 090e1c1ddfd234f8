"""Switch outbound web identity federation on and off, and say where the account's issuer is."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final

from rolecall.services import outbound_federation as federation
from rolecall.services.call import Call, Operation
from rolecall.services.iam.errors import fault
from rolecall.store.ports import Reader, Unit


def enable(call: Call, unit: Unit) -> Mapping[str, Any]:
    if federation.is_enabled(federation.issuer_of(unit, call.account)):
        raise fault("feature enabled")
    return {"IssuerIdentifier": federation.address(federation.enable(call, unit), call.platform)}


def disable(call: Call, unit: Unit) -> Mapping[str, Any]:
    issuer = federation.issuer_of(unit, call.account)
    if issuer is None or not federation.is_enabled(issuer):
        raise fault("feature disabled")
    federation.disable(call, unit, issuer)
    return {}


def info(call: Call, reader: Reader) -> Mapping[str, Any]:
    issuer = federation.issuer_of(reader, call.account)
    if issuer is None or not federation.is_enabled(issuer):
        raise fault("feature disabled")
    return {"IssuerIdentifier": federation.address(issuer, call.platform), "JwtVendingEnabled": True}


OPERATIONS: Final = {
    "EnableOutboundWebIdentityFederation": Operation(handler=enable, writes=True),
    "DisableOutboundWebIdentityFederation": Operation(handler=disable, writes=True),
    "GetOutboundWebIdentityFederationInfo": Operation(handler=info, writes=False),
}
