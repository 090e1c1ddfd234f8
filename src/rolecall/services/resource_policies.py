"""Which policy is attached to a resource? Those of SageMaker, KMS, ECR and S3 that carry one, for all who look.

A model package group's policy speaks for the group and for the versions in it; an endpoint's for the endpoint and
the inference components on it; a KMS key's comes with a statement for each of its grants; a bucket's
speaks for its objects. The document hangs on
the resource's item by a link, so it goes with the resource, and an edit touches its account.
"""

from __future__ import annotations

from typing import Final

from rolecall.store.ports import Reader
from rolecall.store.records import Item

RELATION: Final = "resource-policy"
CARRIERS: Final = ("model-package-group", "endpoint")


def carrier(reader: Reader, arn: str) -> Item | None:
    """The resource whose policy counts for an ARN; None for what carries none."""
    parts = arn.split(":", 5)
    if len(parts) != 6:
        return None
    if (parts[2] == "kms" and parts[5].startswith("key/")) or (
        parts[2] == "ecr" and parts[5].startswith("repository/")
    ):
        return reader.item_by_arn(arn)
    if parts[2] == "s3":
        return reader.item_by_arn(arn.partition("/")[0])
    if parts[2] != "sagemaker":
        return None
    kind, _, rest = parts[5].partition("/")
    if kind == "inference-component":
        component = reader.item_by_arn(arn)
        return None if component is None else reader.item_by_arn(str(component.body["EndpointArn"]))
    if kind == "model-package" and "/" in rest:  # a version, or `group/*` for one to come
        kind, rest = "model-package-group", rest.partition("/")[0]
    if kind not in CARRIERS:
        return None
    return reader.item_by_arn(":".join([*parts[:5], f"{kind}/{rest}"]))


def digest_of(reader: Reader, item: Item) -> str | None:
    """The document attached to a resource, by its digest."""
    return next((link.target for link in reader.links(item.id, RELATION)), None)
