"""Bucket policies: written, checked, told; and whether one makes its bucket public."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from typing import Any, Final

from rolecall import catalog
from rolecall.policy.document import Policy, PolicyType, PrincipalEntry, Statement
from rolecall.policy.findings import PolicyError
from rolecall.policy.glob import matches
from rolecall.policy.parser import parse
from rolecall.services.call import Call, Operation
from rolecall.services.resource_policies import RELATION
from rolecall.services.s3 import common
from rolecall.services.s3.errors import refuse
from rolecall.services.s3.public_policies import is_public
from rolecall.store.ports import Reader, Unit
from rolecall.store.records import Item
from rolecall.wire.errors import AwsError

LARGEST: Final = 20 * 1024
ENTITY: Final = re.compile(r"arn:[a-z0-9-]+:iam::\d{12}:(?:user|role)/.+")


def put_bucket_policy(call: Call, unit: Unit) -> Mapping[str, Any]:
    home = _own(call, unit)
    text = str(call.parameters.get("Policy") or "")
    document = check(text, home, unit)
    block = home.body.get("PublicAccessBlock") or {}
    if block.get("BlockPublicPolicy") and is_public(document):
        raise AwsError(
            "AccessDenied",
            f"User: {call.caller.principal.arn} is not authorized to perform: s3:PutBucketPolicy on resource: "
            f'"{home.arn}" because public policies are prevented by the BlockPublicPolicy setting in S3 Block '
            "Public Access.",
            403,
        )
    unit.link(home.id, RELATION, unit.put_document(text))
    return {}


def get_bucket_policy(call: Call, reader: Reader) -> Mapping[str, Any]:
    return {"Policy": _text(_own(call, reader), reader)}


def delete_bucket_policy(call: Call, unit: Unit) -> Mapping[str, Any]:
    unit.unlink(_own(call, unit).id, RELATION)
    return {}


def get_bucket_policy_status(call: Call, reader: Reader) -> Mapping[str, Any]:
    text = _text(common.home_of(call, reader), reader)
    return {"PolicyStatus": {"IsPublic": is_public(parse(text, PolicyType.RESOURCE))}}


def _own(call: Call, reader: Reader) -> Item:
    """The bucket, for a caller of its account: others never touch its policy, allowed or not (PutBucketPolicy)."""
    home = common.home_of(call, reader)
    if call.account != home.account:
        raise refuse("marker", Method=METHODS[call.operation], ResourceType="BUCKETPOLICY")
    return home


METHODS: Final = {"GetBucketPolicy": "GET", "PutBucketPolicy": "PUT", "DeleteBucketPolicy": "DELETE"}


def _text(home: Item, reader: Reader) -> str:
    text = next((reader.document(link.target) for link in reader.links(home.id, RELATION)), None)
    if text is None:
        raise refuse("no policy", BucketName=home.name)
    return text


def check(text: str, home: Item, reader: Reader) -> Policy:
    """The policy, where it is one of this bucket; raises MalformedPolicy."""
    if not text.startswith("{"):
        raise refuse("policy", detail="Policies must be valid JSON and the first byte must be '{'")
    if len(text.encode("utf-8", "surrogatepass")) > LARGEST:
        raise AwsError("PolicyTooLarge", "The policy exceeds the maximum allowed document size.", 400)
    try:
        document = parse(text, PolicyType.RESOURCE)
    except PolicyError as error:
        missing = "Missing required field Statement" if '"Statement"' not in text else error.message
        raise refuse("policy", detail=missing) from None
    for statement in document.statements:
        _check_resources(statement, home)
        _check_actions(statement, home)
        for entry in (*(statement.principals or ()), *(statement.not_principals or ())):
            _check_principal(entry, reader)
        for condition in statement.conditions:
            if condition.key.lower().startswith("s3:") and catalog.load().condition_key(condition.key) is None:
                raise refuse("policy", detail="Policy has an invalid condition key", Detail=condition.key)
    return document


def _check_resources(statement: Statement, home: Item) -> None:
    for pattern in statement.resources or statement.not_resources or ():
        if pattern != home.arn and not pattern.startswith(f"{home.arn}/"):
            raise refuse("policy", detail="Policy has invalid resource", Detail=pattern)


def _check_actions(statement: Statement, home: Item) -> None:
    """Each action has to be one of S3's, and some resource of the kind that it works on has to be named."""
    if statement.actions is None or statement.resources is None:
        return
    kinds = {"object" if "/" in pattern.removeprefix(home.arn) else "bucket" for pattern in statement.resources}
    for action in statement.actions:
        if action == "*":
            continue
        prefix, _, name = action.partition(":")
        fitting = list(_matching(name)) if prefix.lower() == "s3" else []
        if not fitting:
            raise refuse("policy", detail="Policy has invalid action", Detail=action)
        if not any(kinds & kind for kind in fitting):
            raise refuse("policy", detail="Action does not apply to any resource(s) in statement", Detail=action)


def _matching(pattern: str) -> Iterable[frozenset[str]]:
    """The kinds of resource of each action that a pattern stands for; both where the reference names neither."""
    both = frozenset({"bucket", "object"})
    for action in catalog.load().actions("s3"):
        if matches(pattern.lower(), action.name.lower()):
            named = {resource.type.name for resource in action.resources} & both
            yield frozenset(named) or both


def _check_principal(entry: PrincipalEntry, reader: Reader) -> None:
    """Users and roles have to be there; what is in accounts that are not here cannot be looked up."""
    if entry.kind == "AWS" and ENTITY.fullmatch(entry.value) and reader.item_by_arn(entry.value) is None:
        raise refuse("policy", detail="Invalid principal in policy", Detail=entry.value)


OPERATIONS: Final = {
    "PutBucketPolicy": Operation(put_bucket_policy, writes=True),
    "GetBucketPolicy": Operation(get_bucket_policy, writes=False),
    "DeleteBucketPolicy": Operation(delete_bucket_policy, writes=True),
    "GetBucketPolicyStatus": Operation(get_bucket_policy_status, writes=False),
}
