"""What do members of a request stand for, that authorization must know before anybody decides?

Versions of images are named by alias, or not at all (the latest), and artifacts by their source. Nothing here
raises: what stands for nothing is for the handlers to refuse.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from rolecall.services.sagemaker import images, lineage
from rolecall.store.ports import Reader


def resolved(
    operation: str,
    parameters: Mapping[str, Any],
    account: str,
    region: str,
    now: datetime,
    reader: Reader,
    partition: str = "aws",
) -> Mapping[str, Any]:
    """The parameters with what their members stand for."""
    parameters = images.resolved(operation, parameters, account, region, now, reader)
    return lineage.resolved(operation, parameters, account, region, partition)
