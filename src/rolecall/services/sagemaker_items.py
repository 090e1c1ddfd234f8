"""SageMaker's resources as its runtime clients see them: an endpoint, a feature group, a job that a request names.

The rooms of the runtime clients share nothing else with each other or with the control plane, whose rows these
are. They change nothing of a resource but what `noted` keeps beside it.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final

import msgspec

from rolecall.services.call import Call
from rolecall.store.ports import Reader, Unit
from rolecall.store.records import Item

SERVICE: Final = "sagemaker"


def arn(call: Call, path: str) -> str:
    """The ARN of a resource of SageMaker in the caller's account and region."""
    return f"arn:{call.partition}:{SERVICE}:{call.region}:{call.account}:{path}"


def found(call: Call, reader: Reader, kind: str, name: str) -> Item | None:
    """The resource of a kind that a name or an ARN means in the request's region; None when there is none."""
    full = name if name.startswith("arn:") else arn(call, f"{kind}/{name}")
    item = reader.item_by_arn(full)
    if item is None or (item.service, item.type, item.region) != (SERVICE, kind, call.region):
        return None
    return item


def noted(unit: Unit, item: Item, members: Mapping[str, Any]) -> Item:
    """Keep what a runtime client reported in a resource's body."""
    return unit.change_item(msgspec.structs.replace(item, body={**item.body, **members}))
