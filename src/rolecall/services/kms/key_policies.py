"""Key policies: exactly one a key, named default. What it grants, with the key's grants, is decided elsewhere.

The document that decisions read is the key policy with a statement for each grant (`grants.statements`); it is
made anew when either changes, so that deciding costs the same however many grants there are.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any, Final

from rolecall.policy.document import Effect, PolicyType, Statement
from rolecall.policy.findings import PolicyError
from rolecall.policy.glob import matches
from rolecall.policy.parser import parse
from rolecall.services.call import Call, Operation
from rolecall.services.kms import lookups
from rolecall.services.kms.errors import refuse
from rolecall.services.kms.grant_statements import statements
from rolecall.services.kms.paging import whole
from rolecall.services.resource_policies import RELATION
from rolecall.store.ports import Reader, Unit
from rolecall.store.records import Item

OWN: Final = "key-policy"  # the policy alone, as it was put
NAME: Final = "default"
LIMIT: Final = 32_768
PUT: Final = "kms:putkeypolicy"


def default(partition: str, account: str) -> str:
    """The policy of a key that is made without one: the account's own policies decide."""
    statement = {
        "Sid": "Enable IAM User Permissions",
        "Effect": "Allow",
        "Principal": {"AWS": f"arn:{partition}:iam::{account}:root"},
        "Action": "kms:*",
        "Resource": "*",
    }
    return json.dumps({"Version": "2012-10-17", "Id": "key-default-1", "Statement": [statement]}, indent=2)


def check(call: Call, text: str, *, bypass: bool) -> None:
    """Refuse what is no key policy, or one under which the caller could never change it again."""
    if len(text) > LIMIT:
        raise refuse("bad policy", detail=f"The key policy is longer than {LIMIT} bytes.")
    try:
        document = parse(text, PolicyType.RESOURCE)
    except PolicyError as error:
        raise refuse("bad policy", detail=error.message) from None
    if not bypass and not any(_lets_change(statement, call) for statement in document.statements):
        raise refuse("lockout")


def put(unit: Unit, item: Item, text: str) -> None:
    """Give a key its policy."""
    unit.link(item.id, OWN, unit.put_document(text))
    refresh(unit, item)


def refresh(unit: Unit, item: Item) -> None:
    """Make anew what decisions read: the policy, and a statement for each grant."""
    text = text_of(unit, item)
    document = json.loads(text)
    granted = statements(unit, item, variables=document.get("Version") == "2012-10-17")
    if granted:
        own = document["Statement"]
        document["Statement"] = [*(own if isinstance(own, list) else [own]), *granted]
        text = json.dumps(document)
    unit.link(item.id, RELATION, unit.put_document(text))


def text_of(reader: Reader, item: Item) -> str:
    """A key's policy as it was put."""
    text = next((reader.document(link.target) for link in reader.links(item.id, OWN)), None)
    if text is None:
        raise LookupError(f"{item.arn} has no policy")
    return text


def _lets_change(statement: Statement, call: Call) -> bool:
    """Whether a statement lets the caller, or the caller's account, change the policy, whatever its conditions."""
    if statement.effect is not Effect.ALLOW:
        return False
    if statement.actions is not None:
        changes = any(matches(action.lower(), PUT) for action in statement.actions)
    else:
        changes = not any(matches(action.lower(), PUT) for action in statement.not_actions or ())
    principal = call.caller.principal
    account = principal.account
    accepted = {
        "*",
        account,
        f"arn:{call.partition}:iam::{account}:root",
        principal.arn,
        principal.role_arn,
        principal.issuer_arn,
    }
    return changes and any(entry.value in accepted for entry in statement.principals or ())


def put_key_policy(call: Call, unit: Unit) -> Mapping[str, Any]:
    _named(call)
    item = lookups.changeable(call, unit)
    text = str(call.parameters["Policy"])
    check(call, text, bypass=bool(call.parameters.get("BypassPolicyLockoutSafetyCheck")))
    put(unit, item, text)
    return {}


def get_key_policy(call: Call, reader: Reader) -> Mapping[str, Any]:
    _named(call)
    return {"Policy": text_of(reader, lookups.find(call, reader)), "PolicyName": NAME}


def list_key_policies(call: Call, reader: Reader) -> Mapping[str, Any]:
    lookups.find(call, reader)
    return whole({"PolicyNames": [NAME]})


def _named(call: Call) -> None:
    if call.parameters.get("PolicyName") not in (None, NAME):
        raise refuse("no such policy")


OPERATIONS: Final = {
    "PutKeyPolicy": Operation(put_key_policy, writes=True),
    "GetKeyPolicy": Operation(get_key_policy, writes=False),
    "ListKeyPolicies": Operation(list_key_policies, writes=False),
}
