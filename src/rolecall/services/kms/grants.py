"""Grants: who may use a key without a policy saying so, made and taken back.

Filters of the two lists are applied to each page, so a page may hold less than its limit.
"""

from __future__ import annotations

import base64
import re
import secrets
from collections.abc import Mapping
from typing import Any, Final

from rolecall.services.call import Call, Operation
from rolecall.services.kms import key_policies, lookups, paging
from rolecall.services.kms.errors import refuse
from rolecall.services.kms.grant_statements import GRANT, of_key
from rolecall.services.kms.lookups import SERVICE
from rolecall.store.ports import Reader, Unit
from rolecall.store.records import Item, Listing

LIMIT: Final = 50_000
# Of a symmetric encryption key.
GRANTABLE: Final = frozenset(
    {
        "Decrypt",
        "Encrypt",
        "GenerateDataKey",
        "GenerateDataKeyWithoutPlaintext",
        "ReEncryptFrom",
        "ReEncryptTo",
        "CreateGrant",
        "RetireGrant",
        "DescribeKey",
        "GenerateDataKeyPair",
        "GenerateDataKeyPairWithoutPlaintext",
    }
)
PRINCIPAL: Final = re.compile(
    r"arn:[a-z0-9-]+:(iam::\d{12}:(root|user/.+|role/.+)|sts::\d{12}:(assumed-role/.+/.+|federated-user/.+))"
    r"|[a-z0-9.-]+\.amazonaws\.com"
)
GRANT_ID: Final = re.compile(r"[0-9a-f]{64}")
TOKEN: Final = b"rolecall grant "
KEPT: Final = ("Operations", "Constraints", "RetiringPrincipal", "Name")


def create_grant(call: Call, unit: Unit) -> Mapping[str, Any]:
    given = call.parameters
    key = lookups.usable(lookups.find(call, unit))
    body = _body(call)
    _dry(call)
    name = given.get("Name")
    if name:
        same = next(
            (grant for grant in _named(unit, key, str(name)) if {**grant.body, "IssuingAccount": ""} == body), None
        )
        if same is not None:
            return _answer(same)
    if unit.count(key.account, SERVICE, GRANT, region=key.region, parent=key.name) >= LIMIT:
        raise refuse("too many grants", limit=LIMIT)
    grant_id = secrets.token_hex(32)
    grant = unit.add_item(
        Item(
            account=key.account,
            region=key.region,
            service=SERVICE,
            type=GRANT,
            name=grant_id,
            parent=key.name,
            arn=f"{key.arn}/grant/{grant_id}",
            created=call.now,
            modified=call.now,
            body={**body, "IssuingAccount": call.caller.principal.account},
        )
    )
    key_policies.refresh(unit, key)
    return _answer(grant)


def list_grants(call: Call, reader: Reader) -> Mapping[str, Any]:
    key = lookups.find(call, reader)
    given = call.parameters
    wanted = given.get("GrantId")
    if wanted is not None and not GRANT_ID.fullmatch(str(wanted)):
        raise refuse("bad grant id", grant=wanted)
    listing = Listing(account=key.account, service=SERVICE, type=GRANT, region=key.region, parent=key.name)
    items, more = paging.page(call, reader, listing, default=50)
    grantee = given.get("GranteePrincipal") or given.get("GranteeServicePrincipal")
    fitting = [
        item for item in items if wanted in (None, item.name) and grantee in (None, item.body["GranteePrincipal"])
    ]
    return {"Grants": [_shown(item, key) for item in fitting], **more}


def list_retirable_grants(call: Call, reader: Reader) -> Mapping[str, Any]:
    retiring = call.parameters.get("RetiringPrincipal") or call.parameters.get("RetiringServicePrincipal")
    listing = Listing(account=call.account, service=SERVICE, type=GRANT, region=call.region, parent=None)
    items, more = paging.page(call, reader, listing, default=50)
    fitting = [item for item in items if item.body["RetiringPrincipal"] == retiring]
    keys = {item.parent: reader.item_by_arn(item.arn.partition("/grant/")[0]) for item in fitting}
    shown = [_shown(item, key) for item in fitting if (key := keys[item.parent]) is not None]
    return {"Grants": shown, **more}


def revoke_grant(call: Call, unit: Unit) -> Mapping[str, Any]:
    key = lookups.find(call, unit)
    grant = _of(call, unit, key)
    _dry(call)
    _remove(unit, key, grant)
    return {}


def retire_grant(call: Call, unit: Unit) -> Mapping[str, Any]:
    """Only those whom the grant itself names, and the account of the key or of the one who may retire it."""
    key = lookups.find(call, unit)
    grant = _of(call, unit, key)
    if not _may_retire(call, key, grant):
        raise refuse("not yours to retire", principal=call.caller.principal.arn, arn=key.arn)
    _dry(call)
    _remove(unit, key, grant)
    return {}


def key_of_token(token: object) -> tuple[str, str]:
    """The key's ARN and the id of the grant that a grant token is for; refused when it is none of ours."""
    try:
        text = base64.b64decode(str(token), validate=True)
    except ValueError:
        raise refuse("bad grant token") from None
    arn, _, grant = text.removeprefix(TOKEN).decode("ascii", "replace").rpartition(" ")
    if not text.startswith(TOKEN) or not GRANT_ID.fullmatch(grant):
        raise refuse("bad grant token")
    return arn, grant


def check_tokens(tokens: object) -> None:
    """Grants count at once here, so a token adds nothing; what is no token is refused."""
    for token in tokens if isinstance(tokens, list | tuple) else ():
        key_of_token(token)


def _body(call: Call) -> dict[str, Any]:
    given = call.parameters
    operations = [str(name) for name in given["Operations"]]
    unsuited = next((name for name in operations if name not in GRANTABLE), None)
    if unsuited is not None:
        raise refuse("grant operation", operation=unsuited)
    grantee = given.get("GranteePrincipal") or given.get("GranteeServicePrincipal")
    retiring = given.get("RetiringPrincipal") or given.get("RetiringServicePrincipal")
    for principal in (grantee, retiring):
        if principal is not None and not PRINCIPAL.fullmatch(str(principal)):
            raise refuse("grantee", principal=principal)
    if grantee is None:
        raise refuse("grantee", principal="nobody")
    constraints = {
        name: dict(pairs)
        for name, pairs in (given.get("Constraints") or {}).items()
        if name in ("EncryptionContextEquals", "EncryptionContextSubset")
    }
    return {
        "GranteePrincipal": str(grantee),
        "Operations": operations,
        "Constraints": constraints,
        "RetiringPrincipal": None if retiring is None else str(retiring),
        "Name": given.get("Name") or "",
        "IssuingAccount": "",
    }


def _dry(call: Call) -> None:
    if call.parameters.get("DryRun"):
        raise refuse("dry run")


def _named(reader: Reader, key: Item, name: str) -> list[Item]:
    return [grant for grant in of_key(reader, key) if grant.body["Name"] == name]


def _of(call: Call, reader: Reader, key: Item) -> Item:
    wanted = str(call.parameters.get("GrantId") or "")
    item = reader.item(key.account, SERVICE, GRANT, wanted, region=key.region, parent=key.name)
    if item is None:
        raise refuse("no such grant", grant=wanted)
    return item


def _may_retire(call: Call, key: Item, grant: Item) -> bool:
    principal = call.caller.principal
    names = {principal.arn, principal.role_arn, f"arn:{call.partition}:iam::{principal.account}:root"}
    body = grant.body
    if body["RetiringPrincipal"] in names:
        return True
    if body["GranteePrincipal"] in names and "RetireGrant" in body["Operations"]:
        return True
    return principal.account in (key.account, body["IssuingAccount"])


def _remove(unit: Unit, key: Item, grant: Item) -> None:
    unit.remove_item(grant.id)
    key_policies.refresh(unit, key)


def _answer(grant: Item) -> dict[str, Any]:
    key_arn = grant.arn.partition("/grant/")[0]
    token = base64.b64encode(TOKEN + f"{key_arn} {grant.name}".encode()).decode()
    return {"GrantId": grant.name, "GrantToken": token}


def _shown(grant: Item, key: Item) -> dict[str, Any]:
    body = grant.body
    made: dict[str, Any] = {
        "KeyId": key.arn,
        "GrantId": grant.name,
        "Name": body["Name"],
        "CreationDate": grant.created,
        "IssuingAccount": f"arn:{key.arn.split(':')[1]}:iam::{body['IssuingAccount']}:root",
        "Operations": body["Operations"],
        "GranteePrincipal": body["GranteePrincipal"],
    }
    if body["RetiringPrincipal"]:
        made["RetiringPrincipal"] = body["RetiringPrincipal"]
    if body["Constraints"]:
        made["Constraints"] = body["Constraints"]
    return made


OPERATIONS: Final = {
    "CreateGrant": Operation(create_grant, writes=True),
    "ListGrants": Operation(list_grants, writes=False),
    "ListRetirableGrants": Operation(list_retirable_grants, writes=False),
    "RevokeGrant": Operation(revoke_grant, writes=True),
    "RetireGrant": Operation(retire_grant, writes=True),
}
