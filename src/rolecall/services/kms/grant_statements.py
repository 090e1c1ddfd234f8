"""What do a key's grants say, as statements of a policy?

A grant counts like an allow of the key policy for its grantee (KMS Developer Guide, "Grants in AWS KMS"): it needs
no identity-based policy in the key's account, and no deny is overcome by it. Constraints on the encryption
context are compared exactly, which the condition operators of the policy language say too.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any, Final

from rolecall.services.kms.lookups import SERVICE
from rolecall.services.walking import every
from rolecall.store.ports import Reader
from rolecall.store.records import Item, Listing

GRANT: Final = "grant"
# Operations without an encryption context: constraints do not touch them.
UNCONSTRAINED: Final = frozenset({"DescribeKey", "RetireGrant"})
PASSING_ON: Final = "CreateGrant"


def of_key(reader: Reader, key: Item) -> Iterator[Item]:
    """A key's grants, by their ids."""
    listing = Listing(account=key.account, service=SERVICE, type=GRANT, region=key.region, parent=key.name)
    return every(reader, listing)


def statements(reader: Reader, key: Item, *, variables: bool) -> list[dict[str, Any]]:
    """The statements that stand for all grants of a key. variables: whether `${…}` is live in their document."""
    return [statement for grant in of_key(reader, key) for statement in of_grant(grant, variables=variables)]


def of_grant(grant: Item, *, variables: bool) -> Iterator[dict[str, Any]]:
    """The statements of one grant, named after it."""
    body = grant.body
    operations = [str(name) for name in body["Operations"]]
    grantee, constraints = body["GranteePrincipal"], body.get("Constraints") or {}
    conditions = _conditions(constraints, variables)
    using = [name for name in operations if name not in UNCONSTRAINED and name != PASSING_ON]
    free = [name for name in operations if name in UNCONSTRAINED]
    if using:
        yield _statement(grant.name, grantee, using, conditions)
    if free:
        yield _statement(grant.name, grantee, free, {})
    if PASSING_ON in operations:
        yield _statement(grant.name, grantee, [PASSING_ON], _passing_on(operations, constraints, conditions))
    if body.get("RetiringPrincipal"):
        yield _statement(grant.name, body["RetiringPrincipal"], ["RetireGrant"], {})


def _passing_on(
    operations: list[str], constraints: Mapping[str, Any], conditions: Mapping[str, Mapping[str, Any]]
) -> dict[str, Any]:
    """What is passed on is no more than was given: these operations, under constraints at least as strict."""
    made: dict[str, Any] = {operator: dict(block) for operator, block in conditions.items()}
    made.setdefault("ForAllValues:StringEquals", {})["kms:GrantOperations"] = operations
    if constraints.get("EncryptionContextEquals"):
        made["StringEquals"]["kms:GrantConstraintType"] = "EncryptionContextEquals"
    return made


def _statement(name: str, principal: str, operations: list[str], conditions: Mapping[str, Any]) -> dict[str, Any]:
    kind = "Service" if principal.endswith(".amazonaws.com") else "AWS"
    made: dict[str, Any] = {
        "Sid": f"grant {name}",
        "Effect": "Allow",
        "Principal": {kind: principal},
        "Action": [f"kms:{operation}" for operation in operations],
        "Resource": "*",
    }
    if conditions:
        made["Condition"] = dict(conditions)
    return made


def _conditions(constraints: Mapping[str, Any], variables: bool) -> dict[str, Any]:
    """Every pair as it is; `Equals` allows no others."""
    exact = constraints.get("EncryptionContextEquals") or {}
    pairs = {**(constraints.get("EncryptionContextSubset") or {}), **exact}
    if not pairs:
        return {}

    def literal(text: str) -> str:
        return text.replace("$", "${$}") if variables else text

    # Condition keys have no case, names in an encryption context do: every name must also be there as it is.
    names = {_spelled("kms:EncryptionContextKeys", place): literal(name) for place, name in enumerate(pairs)}
    made: dict[str, Any] = {
        "StringEquals": {f"kms:EncryptionContext:{name}": literal(value) for name, value in pairs.items()},
        "ForAnyValue:StringEquals": names,
    }
    if exact:
        made["ForAllValues:StringEquals"] = {"kms:EncryptionContextKeys": [literal(name) for name in exact]}
    return made


def _spelled(key: str, number: int) -> str:
    """The same condition key in another spelling for every number, so that one block can hold it several times."""
    letters = [place for place, letter in enumerate(key) if letter.isalpha()]
    upper = {place for bit, place in enumerate(letters) if number >> bit & 1}
    return "".join(letter.swapcase() if place in upper else letter for place, letter in enumerate(key))
