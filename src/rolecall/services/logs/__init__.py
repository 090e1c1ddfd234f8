"""CloudWatch Logs in the size that jobs and SDKs need: groups, streams, events; durable like everything else.

Queries, subscriptions, metric filters and live tails are not served.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

from rolecall.services.call import Operation
from rolecall.services.logs import groups, reading, streams

OPERATIONS: Final[Mapping[str, Operation]] = {
    **groups.OPERATIONS,
    **reading.OPERATIONS,
    **streams.OPERATIONS,
}
