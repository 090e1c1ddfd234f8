"""Service-specific credentials: user name and password for one service, or a long-term API key.

They are made, listed, switched and reset as on AWS. None of the services they are for is served here, so nothing
ever takes them.
"""

from __future__ import annotations

import base64
from collections.abc import Iterator, Mapping
from datetime import datetime, timedelta
from typing import Any, Final

from msgspec import Struct

from rolecall.services.call import Call, Operation
from rolecall.services.iam import users
from rolecall.services.iam.entities import USER, change_body, every, find, second
from rolecall.services.iam.errors import fault
from rolecall.services.iam.paging import page
from rolecall.services.iam.quotas import SERVICE_CREDENTIALS_PER_USER
from rolecall.services.iam.user_credentials import SERVICE_CREDENTIAL
from rolecall.store.ports import Reader, Unit
from rolecall.store.records import Item


class Supported(Struct, frozen=True):
    """A service that takes such credentials. api_key: instead of user name and password; these may expire."""

    name: str
    api_key: bool = False


SUPPORTED: Final = {
    each.name: each
    for each in (
        Supported("codecommit.amazonaws.com"),
        Supported("cassandra.amazonaws.com"),
        Supported("bedrock.amazonaws.com", api_key=True),
        Supported("logs.amazonaws.com", api_key=True),
    )
}
API_KEY_PREFIX: Final = "ABSK"


def _supported(name: str) -> Supported:
    found = SUPPORTED.get(name)
    if found is None:
        raise fault("no such credential service", service=name)
    return found


def _brief(item: Item, user: Item) -> dict[str, Any]:
    """A credential as lists show it: without its secret."""
    view: dict[str, Any] = {
        "CreateDate": item.created,
        "ServiceName": item.body["ServiceName"],
        "ServiceSpecificCredentialId": item.name,
        "Status": item.status,
        "UserName": user.name,
    }
    for member in ("ServiceUserName", "ServiceCredentialAlias"):
        if member in item.body:
            view[member] = item.body[member]
    if "ExpirationDate" in item.body:
        view["ExpirationDate"] = datetime.fromisoformat(item.body["ExpirationDate"])
    return view


def _secret(call: Call, item: Item, user: Item) -> dict[str, str]:
    """A fresh secret, shown once and not kept: nothing here would ever compare it."""
    secret = call.platform.new_secret()
    if "ServiceUserName" in item.body:
        return {"ServicePassword": secret}
    alias: str = item.body["ServiceCredentialAlias"]
    return {"ServiceCredentialSecret": API_KEY_PREFIX + base64.b64encode(f"{alias}:{secret}".encode()).decode()}


def create(call: Call, unit: Unit) -> Mapping[str, Any]:
    user = find(call, unit, USER)
    service = _supported(call.parameters["ServiceName"])
    present = [one for one in SERVICE_CREDENTIAL.of(user, unit) if one.body["ServiceName"] == service.name]
    if len(present) >= SERVICE_CREDENTIALS_PER_USER:
        limit = SERVICE_CREDENTIALS_PER_USER
        raise fault("quota", quota="ServiceSpecificCredentialsPerUser", limit=limit)
    days = call.parameters.get("CredentialAgeDays")
    if days is not None and not service.api_key:
        raise fault("credential never expires", service=service.name)
    body: dict[str, Any] = {"ServiceName": service.name}
    number = f"+{len(present)}" if present else ""
    if service.api_key:
        body["ServiceCredentialAlias"] = f"{user.name}{number}-at-{call.account}"
    else:
        body["ServiceUserName"] = f"{user.name}{number}-at-{call.account}"
    if days is not None:
        body["ExpirationDate"] = (second(call.now) + timedelta(days=days)).isoformat()
    item = SERVICE_CREDENTIAL.add(call, unit, user, call.platform.new_id("ACCA"), body)
    return {"ServiceSpecificCredential": {**_brief(item, user), **_secret(call, item, user)}}


def reset(call: Call, unit: Unit) -> Mapping[str, Any]:
    user, item = SERVICE_CREDENTIAL.named(call, unit)
    item = change_body(call, unit, item)
    return {"ServiceSpecificCredential": {**_brief(item, user), **_secret(call, item, user)}}


def list_credentials(call: Call, reader: Reader) -> Mapping[str, Any]:
    wanted = call.parameters.get("ServiceName")
    if wanted is not None:
        _supported(wanted)
    if call.parameters.get("AllUsers") and call.parameters.get("UserName"):
        raise fault("all or one user")

    def found() -> Iterator[tuple[str, Item, Item]]:
        owners = (
            every(reader, call.account, USER.type)
            if call.parameters.get("AllUsers")
            else (users.named_or_calling_user(call, reader),)
        )
        for user in owners:
            for item in SERVICE_CREDENTIAL.of(user, reader):
                if wanted in (None, item.body["ServiceName"]):
                    yield f"{user.name}\n{item.name}", user, item

    entries, tail = page(call, found(), lambda entry: entry[0])
    return {"ServiceSpecificCredentials": [_brief(item, user) for _, user, item in entries], **tail}


OPERATIONS: Final = {
    "CreateServiceSpecificCredential": Operation(handler=create, writes=True),
    "ListServiceSpecificCredentials": Operation(handler=list_credentials, writes=False),
    "UpdateServiceSpecificCredential": Operation(handler=SERVICE_CREDENTIAL.set_status, writes=True),
    "ResetServiceSpecificCredential": Operation(handler=reset, writes=True),
    "DeleteServiceSpecificCredential": Operation(handler=SERVICE_CREDENTIAL.delete, writes=True),
}
