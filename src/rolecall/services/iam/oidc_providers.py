"""OpenID Connect providers: whose web identities roles of the account may trust.

rolecall fetches nothing from a provider. Its verification keys are registered beside it (`services.oidc_keys`).
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any, Final

from rolecall.services.call import Call, Operation
from rolecall.services.iam import tags
from rolecall.services.iam.entities import arn_of, change_body, every, second
from rolecall.services.iam.errors import fault
from rolecall.services.iam.lookups import oidc_provider
from rolecall.services.iam.quotas import CLIENT_IDS_PER_PROVIDER, PER_ACCOUNT
from rolecall.store.errors import NameTaken
from rolecall.store.ports import Reader, Unit
from rolecall.store.records import Item
from rolecall.wire.errors import AwsError

TYPE: Final = "oidc-provider"
URL: Final = re.compile(r"https://([A-Za-z0-9.-]+(?::[0-9]+)?(?:/[A-Za-z0-9._~%/-]*)?)")
THUMBPRINT: Final = re.compile(r"[0-9a-fA-F]{40}")
THUMBPRINTS: Final = 5


def _checked_thumbprints(given: list[str]) -> list[str]:
    if len(given) > THUMBPRINTS:
        raise fault("too many thumbprints")
    if not all(THUMBPRINT.fullmatch(one) for one in given):
        raise fault("bad thumbprint")
    return list(given)


def create_provider(call: Call, unit: Unit) -> Mapping[str, Any]:
    url = URL.fullmatch(call.parameters["Url"])
    if url is None:
        raise fault("bad URL")
    quota, limit = PER_ACCOUNT[TYPE]
    if unit.count(call.account, "iam", TYPE) >= limit:
        raise fault("quota", quota=quota, limit=limit)
    clients = list(dict.fromkeys(call.parameters.get("ClientIDList") or ()))
    if len(clients) > CLIENT_IDS_PER_PROVIDER:
        raise fault("quota", quota="ClientIdsPerOpenIdConnectProvider", limit=CLIENT_IDS_PER_PROVIDER)
    name = url[1].rstrip("/")
    now = second(call.now)
    new_tags = tags.requested(call)
    try:
        item = unit.add_item(
            Item(
                account=call.account,
                service="iam",
                type=TYPE,
                name=name,
                arn=arn_of(call, TYPE, "/", name),
                created=now,
                modified=now,
                body={
                    "Url": name,
                    "ClientIDList": clients,
                    "ThumbprintList": _checked_thumbprints(call.parameters.get("ThumbprintList") or []),
                },
            ),
            new_tags,
        )
    except NameTaken:
        raise fault("OIDC provider exists", url=call.parameters["Url"]) from None
    return tags.with_tags({"OpenIDConnectProviderArn": item.arn}, new_tags)


def get_provider(call: Call, reader: Reader) -> Mapping[str, Any]:
    item = oidc_provider(call, reader)
    view = {name: item.body[name] for name in ("Url", "ClientIDList", "ThumbprintList")}
    return {**view, "CreateDate": item.created, "Tags": tags.shown(reader.tags(item.id))}


def delete_provider(call: Call, unit: Unit) -> Mapping[str, Any]:
    """Deleting one that is not there is no error: so it is documented, though replies with one were seen."""
    try:
        unit.remove_item(oidc_provider(call, unit).id)
    except AwsError as missing:
        if missing.code != "NoSuchEntity":
            raise
    return {}


def list_providers(call: Call, reader: Reader) -> Mapping[str, Any]:
    return {"OpenIDConnectProviderList": [{"Arn": item.arn} for item in every(reader, call.account, TYPE)]}


def add_client(call: Call, unit: Unit) -> Mapping[str, Any]:
    item = oidc_provider(call, unit)
    clients = [*item.body["ClientIDList"]]
    if call.parameters["ClientID"] not in clients:
        if len(clients) >= CLIENT_IDS_PER_PROVIDER:
            raise fault("quota", quota="ClientIdsPerOpenIdConnectProvider", limit=CLIENT_IDS_PER_PROVIDER)
        change_body(call, unit, item, ClientIDList=[*clients, call.parameters["ClientID"]])
    return {}


def remove_client(call: Call, unit: Unit) -> Mapping[str, Any]:
    """Removing one that is not there is no error."""
    item = oidc_provider(call, unit)
    left = [one for one in item.body["ClientIDList"] if one != call.parameters["ClientID"]]
    change_body(call, unit, item, ClientIDList=left)
    return {}


def update_thumbprints(call: Call, unit: Unit) -> Mapping[str, Any]:
    item = oidc_provider(call, unit)
    change_body(call, unit, item, ThumbprintList=_checked_thumbprints(call.parameters["ThumbprintList"]))
    return {}


OPERATIONS: Final = {
    "CreateOpenIDConnectProvider": Operation(handler=create_provider, writes=True),
    "GetOpenIDConnectProvider": Operation(handler=get_provider, writes=False),
    "DeleteOpenIDConnectProvider": Operation(handler=delete_provider, writes=True),
    "ListOpenIDConnectProviders": Operation(handler=list_providers, writes=False),
    "AddClientIDToOpenIDConnectProvider": Operation(handler=add_client, writes=True),
    "RemoveClientIDFromOpenIDConnectProvider": Operation(handler=remove_client, writes=True),
    "UpdateOpenIDConnectProviderThumbprint": Operation(handler=update_thumbprints, writes=True),
}
