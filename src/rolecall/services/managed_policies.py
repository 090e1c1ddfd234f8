"""Managed policies of both owners by ARN: AWS's from the catalogue, the customer's from the store.

The one place where services learn what `arn:aws:iam::aws:policy/…` says. AWS's policies that were imported with an
account are in the store too, under the account `aws`, and go before the catalogue's.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterator, Mapping
from functools import lru_cache
from typing import Final

from rolecall import catalog
from rolecall.catalog.managed_policies import ManagedPolicy
from rolecall.services.walking import every
from rolecall.store.ports import Reader
from rolecall.store.records import Item, Listing

AWS: Final = "aws"
AWS_PREFIX: Final = "arn:aws:iam::aws:policy/"


@lru_cache(maxsize=1)
def aws_managed() -> Mapping[str, ManagedPolicy]:
    """AWS's policies by ARN, in order of their names."""
    return {policy.arn: policy for policy in sorted(catalog.load().managed_policies(), key=lambda p: p.name)}


def aws_policies(reader: Reader) -> Mapping[str, ManagedPolicy]:
    """AWS's policies by ARN, those of the catalogue and those that were imported."""
    imported = {item.arn: _as_managed(item, reader) for item in _imported(reader)}
    return {**aws_managed(), **imported} if imported else aws_managed()


def aws_policy(reader: Reader, arn: str) -> ManagedPolicy | None:
    item = reader.item_by_arn(arn)
    return aws_managed().get(arn) if item is None else _as_managed(item, reader)


def _imported(reader: Reader) -> Iterator[Item]:
    return every(reader, Listing(account=AWS, service="iam", type="policy"))


def _as_managed(item: Item, reader: Reader) -> ManagedPolicy:
    current = version(reader, item, default_version(reader, item))
    text = None if current is None else reader.document(current.body["Document"])
    if current is None or text is None:
        raise LookupError(f"{item.arn} has no version in force")
    return ManagedPolicy(
        name=item.name,
        path=item.path,
        version=current.name,
        document=json.loads(text),
        source="imported",
        created=item.created.isoformat(),
        updated=item.modified.isoformat(),
    )


def is_aws_managed(arn: str) -> bool:
    return arn.startswith(AWS_PREFIX)


def aws_policy_id(policy: ManagedPolicy, reader: Reader) -> str:
    """The id that an import brought; AWS publishes none, so else a stable one made of the ARN."""
    item = reader.item_by_arn(policy.arn)
    if item is not None:
        return item.unique_id
    number = int.from_bytes(hashlib.sha256(policy.arn.encode()).digest(), "big")
    letters = "ABCDEFGHIJKLMNOPQRSTUVWXYZ234567"
    return "ANPA" + "".join(letters[(number >> (5 * place)) & 31] for place in range(17))


def exists(reader: Reader, account: str, arn: str) -> bool:
    """Whether principals of this account may use the policy."""
    if is_aws_managed(arn):
        return arn in aws_managed() or reader.item_by_arn(arn) is not None
    return customer_policy(reader, account, arn) is not None


def customer_policy(reader: Reader, account: str, arn: str) -> Item | None:
    item = reader.item_by_arn(arn)
    if item is None or (item.account, item.service, item.type) != (account, "iam", "policy"):
        return None
    return item


def default_version(reader: Reader, policy: Item) -> str:
    """The id of the version in force."""
    return reader.links(policy.id, "default-version")[0].target


def version(reader: Reader, policy: Item, version_id: str) -> Item | None:
    return reader.item(policy.account, "iam", "policy-version", version_id, parent=policy.arn)


def document(reader: Reader, arn: str) -> tuple[str, str | None] | None:
    """The text in force under an ARN, and its digest if it is a stored one; None: no such policy."""
    item = reader.item_by_arn(arn)
    if item is None and is_aws_managed(arn):
        policy = aws_managed().get(arn)
        return None if policy is None else (policy.text, None)
    if item is None or (item.service, item.type) != ("iam", "policy"):
        return None
    current = version(reader, item, default_version(reader, item))
    if current is None:
        return None
    digest: str = current.body["Document"]
    text = reader.document(digest)
    return None if text is None else (text, digest)
