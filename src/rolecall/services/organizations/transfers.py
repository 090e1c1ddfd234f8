"""Billing transfers: there is no billing here, so none can be asked for, and none are there to show."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final

from rolecall.services.call import Call, Operation
from rolecall.services.organizations.errors import fault
from rolecall.services.organizations.nodes import own
from rolecall.services.unserved import refusing
from rolecall.store.ports import Reader


def one(call: Call, reader: Reader) -> Mapping[str, Any]:
    own(call, reader)
    raise fault("no transfer")


def several(call: Call, reader: Reader) -> Mapping[str, Any]:
    own(call, reader)
    if call.parameters.get("Id") is not None:
        raise fault("no transfer")
    return {"ResponsibilityTransfers": []}


OPERATIONS: Final = {
    **refusing({"InviteOrganizationToTransferResponsibility": "there is no billing here"}),
    "DescribeResponsibilityTransfer": Operation(handler=one, writes=False),
    "UpdateResponsibilityTransfer": Operation(handler=one, writes=False),
    "TerminateResponsibilityTransfer": Operation(handler=one, writes=False),
    "ListInboundResponsibilityTransfers": Operation(handler=several, writes=False),
    "ListOutboundResponsibilityTransfers": Operation(handler=several, writes=False),
}
