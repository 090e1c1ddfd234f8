"""Which key is a request about? Known before anybody decides, because what is decided on is always the key's ARN.

An id, an alias or an alias's ARN becomes the ARN of the key; a ciphertext says which key made it. Condition keys
that rest on how the key was named, or by whom the call came, are made here too.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final

from msgspec import Struct, field

from rolecall.services.kms import grants, materials
from rolecall.services.kms.errors import refuse
from rolecall.services.kms.lookups import ARN, KEY_ID, SERVICE, alias_arn, key_arn, living
from rolecall.store.ports import Reader

# Members that name a key.
NAMING: Final = ("KeyId", "TargetKeyId", "SourceKeyId", "DestinationKeyId")
# Operations that take an alias in their place; the others manage the key itself.
BY_ALIAS: Final = frozenset(
    {"Encrypt", "Decrypt", "ReEncrypt", "GenerateDataKey", "GenerateDataKeyWithoutPlaintext", "DescribeKey"}
)
# What a ciphertext says when the request does not.
FROM_CIPHERTEXT: Final[Mapping[str, str]] = {"Decrypt": "KeyId", "ReEncrypt": "SourceKeyId"}

FOR_RESOURCES: Final = frozenset({"CreateGrant", "ListGrants", "RevokeGrant"})

Values = Mapping[str, str | tuple[str, ...]]


class Ready(Struct, frozen=True):
    """A request with its keys named by ARN, and the condition keys that its naming gives."""

    parameters: Mapping[str, Any]
    keys: Values = field(default_factory=dict)


class Place(Struct, frozen=True):
    """Where a call is made. called_via: the services that forwarded it for its caller."""

    partition: str
    region: str
    account: str
    called_via: tuple[str, ...] = ()


def prepare(operation: str, given: Mapping[str, Any], place: Place, reader: Reader, now: Any) -> Ready:
    """The request, ready to be decided on; refused when it names a key of this account that is not there.

    Keys of other accounts are not looked for: whether they are there is nothing that a stranger may learn.
    """
    parameters = dict(given)
    keys: dict[str, str | tuple[str, ...]] = {"kms:CallerAccount": place.account}
    if place.called_via:
        service = place.called_via[-1].removesuffix(".amazonaws.com")
        keys["kms:ViaService"] = f"{service}.{place.region}.amazonaws.com"
    if operation in FOR_RESOURCES:
        keys["kms:GrantIsForAWSResource"] = "true" if place.called_via else "false"
    if operation == "RetireGrant" and given.get("GrantToken"):
        parameters["KeyId"], parameters["GrantId"] = grants.key_of_token(given["GrantToken"])
    member = FROM_CIPHERTEXT.get(operation)
    blob = given.get("CiphertextBlob")
    if member is not None and not given.get(member) and isinstance(blob, bytes):
        parameters[member] = _made_by(blob, place, reader)
    for name in NAMING:
        text = parameters.get(name)
        if not isinstance(text, str) or not text:
            continue
        by_alias = text.startswith("alias/") or ":alias/" in text
        if by_alias and operation not in BY_ALIAS:
            raise refuse("ill-formed key", key=text)
        parameters[name] = arn = _resolved(text, place, reader)
        if by_alias:
            keys["kms:RequestAlias"] = text[text.index("alias/") :]
        if arn.split(":")[4] == place.account and living(reader, now, arn) is None:
            raise refuse("no such key", arn=arn)
    if operation == "ReEncrypt":
        same = parameters.get("SourceKeyId") == parameters.get("DestinationKeyId")
        keys["kms:ReEncryptOnSameKey"] = "true" if same else "false"
    if operation in ("UpdateAlias", "DeleteAlias"):
        parameters.update(_of_alias(operation, given, place, reader))
    return Ready(parameters, keys)


def _resolved(text: str, place: Place, reader: Reader) -> str:
    """The ARN of the key that a text names."""
    if text.startswith("arn:"):
        found = ARN.fullmatch(text)
        if found is None:
            raise refuse("ill-formed key", key=text)
        if found["region"] != place.region:
            raise refuse("other region", region=found["region"])
        if not found["rest"].startswith("alias/"):
            return text
        alias, account = text, found["account"]
    elif text.startswith("alias/"):
        alias, account = alias_arn(place.partition, place.region, place.account, text), place.account
    elif KEY_ID.fullmatch(text):
        return key_arn(place.partition, place.region, place.account, text)
    else:
        raise refuse("ill-formed key", key=text)
    item = reader.item_by_arn(alias)
    if item is None or item.service != SERVICE:
        if account != place.account:
            # Another account's aliases are not told apart from those that are not there.
            return key_arn(place.partition, place.region, account, "*")
        raise refuse("no such alias", arn=alias)
    return key_arn(place.partition, place.region, account, item.body["TargetKeyId"])


def _made_by(blob: bytes, place: Place, reader: Reader) -> str:
    """The ARN of the key that made a ciphertext; a key that is gone makes it unreadable."""
    item = reader.item_by_unique_id(materials.read(blob).key_id)
    if item is None or item.service != SERVICE or item.region != place.region:
        raise refuse("bad ciphertext")
    return item.arn


def _of_alias(operation: str, given: Mapping[str, Any], place: Place, reader: Reader) -> dict[str, str]:
    """The key that an alias names now: its policy has a say in what becomes of the alias."""
    arn = alias_arn(place.partition, place.region, place.account, str(given.get("AliasName") or ""))
    item = reader.item_by_arn(arn)
    if item is None:
        return {}
    target = key_arn(place.partition, place.region, place.account, item.body["TargetKeyId"])
    # A member that the API does not have: rows of authorization name it, nobody else sees it.
    return {"CurrentKeyId": target}
