"""Organizations: the tree of accounts, its policies, and who administers it.

`OPERATIONS` says what is served, by botocore's names. Each module brings its own part of the table. What those who
decide read of an organization is in `services.organization`.
"""

from collections.abc import Callable, Mapping
from typing import Any, Final

from rolecall.services.call import Call, Operation
from rolecall.services.organization import SCOPE
from rolecall.services.organizations import (
    accounts,
    attachments,
    delegation,
    effective,
    handshakes,
    organization,
    policies,
    resource_policy,
    tags,
    transfers,
    units,
)
from rolecall.store.ports import Unit


def _felt(operation: Operation) -> Operation:
    """Every change moves the organization's version, on which decisions rest."""
    if not operation.writes:
        return operation
    handler: Callable[..., Mapping[str, Any]] = operation.handler

    def changing(call: Call, unit: Unit) -> Mapping[str, Any]:
        answer = handler(call, unit)
        unit.touch(SCOPE)
        return answer

    return Operation(handler=changing, writes=True)


OPERATIONS: Final[Mapping[str, Operation]] = {
    name: _felt(operation)
    for part in (
        organization,
        accounts,
        units,
        policies,
        attachments,
        effective,
        handshakes,
        delegation,
        resource_policy,
        tags,
        transfers,
    )
    for name, operation in part.OPERATIONS.items()
}
