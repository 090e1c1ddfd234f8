"""SAML providers: whose assertions roles of the account may trust. Assertions are not decrypted here."""

from __future__ import annotations

import re
from collections.abc import Mapping
from datetime import datetime
from typing import Any, Final

from rolecall.services.call import Call, Operation
from rolecall.services.iam import tags
from rolecall.services.iam.documents import kept
from rolecall.services.iam.entities import arn_of, change_body, every, second
from rolecall.services.iam.errors import fault
from rolecall.services.iam.lookups import saml_provider
from rolecall.services.iam.quotas import PER_ACCOUNT
from rolecall.services.saml_metadata import BadMetadata, Metadata, read_metadata
from rolecall.store.errors import NameTaken
from rolecall.store.ports import Reader, Unit
from rolecall.store.records import Item

TYPE: Final = "saml-provider"
NAME: Final = re.compile(r"[A-Za-z0-9_.-]{1,128}")
NEVER_ENDING: Final = 100  # years that metadata without an end is good for


def _checked(call: Call) -> Metadata:
    if call.parameters.get("AddPrivateKey") or call.parameters.get("AssertionEncryptionMode") == "Required":
        raise fault("no decryption")
    try:
        return read_metadata(call.parameters["SAMLMetadataDocument"])
    except BadMetadata:
        raise fault("bad metadata") from None


def _body(call: Call, unit: Unit, metadata: Metadata) -> dict[str, Any]:
    end = metadata.valid_until or second(call.now).replace(year=call.now.year + NEVER_ENDING, day=1)
    return {
        "Metadata": unit.put_document(call.parameters["SAMLMetadataDocument"]),
        "EntityId": metadata.entity_id,
        "ValidUntil": end.isoformat(),
    }


def create_provider(call: Call, unit: Unit) -> Mapping[str, Any]:
    name = call.parameters["Name"]
    if not NAME.fullmatch(name):
        raise fault("bad name", member="name")
    quota, limit = PER_ACCOUNT[TYPE]
    if unit.count(call.account, "iam", TYPE) >= limit:
        raise fault("quota", quota=quota, limit=limit)
    body = _body(call, unit, _checked(call))
    now = second(call.now)
    new_tags = tags.requested(call)
    try:
        item = unit.add_item(
            Item(
                account=call.account,
                service="iam",
                type=TYPE,
                name=name,
                folded_name=name.lower(),
                arn=arn_of(call, TYPE, "/", name),
                unique_id=call.platform.new_id("ASP"),
                created=now,
                modified=now,
                body=body,
            ),
            new_tags,
        )
    except NameTaken:
        raise fault("SAML provider exists", name=name) from None
    return tags.with_tags({"SAMLProviderArn": item.arn}, new_tags)


def get_provider(call: Call, reader: Reader) -> Mapping[str, Any]:
    item = saml_provider(call, reader)
    return {
        "SAMLProviderUUID": item.unique_id,
        "SAMLMetadataDocument": kept(reader, item.body["Metadata"]),
        "CreateDate": item.created,
        "ValidUntil": _until(item),
        "AssertionEncryptionMode": "Allowed",
        "PrivateKeyList": [],
        "Tags": tags.shown(reader.tags(item.id)),
    }


def _until(item: Item) -> datetime:
    return datetime.fromisoformat(item.body["ValidUntil"])


def update_provider(call: Call, unit: Unit) -> Mapping[str, Any]:
    item = saml_provider(call, unit)
    if call.parameters.get("SAMLMetadataDocument"):
        change_body(call, unit, item, **_body(call, unit, _checked(call)))
    elif call.parameters.get("AddPrivateKey"):
        raise fault("no decryption")
    return {"SAMLProviderArn": item.arn}


def delete_provider(call: Call, unit: Unit) -> Mapping[str, Any]:
    unit.remove_item(saml_provider(call, unit).id)
    return {}


def list_providers(call: Call, reader: Reader) -> Mapping[str, Any]:
    return {
        "SAMLProviderList": [
            {"Arn": item.arn, "ValidUntil": _until(item), "CreateDate": item.created}
            for item in every(reader, call.account, TYPE)
        ]
    }


OPERATIONS: Final = {
    "CreateSAMLProvider": Operation(handler=create_provider, writes=True),
    "GetSAMLProvider": Operation(handler=get_provider, writes=False),
    "UpdateSAMLProvider": Operation(handler=update_provider, writes=True),
    "DeleteSAMLProvider": Operation(handler=delete_provider, writes=True),
    "ListSAMLProviders": Operation(handler=list_providers, writes=False),
}
