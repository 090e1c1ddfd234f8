"""Service-linked roles that an operation brings about: made on behalf of the caller, who needs IAM's leave.

IAM decides on iam:CreateServiceLinkedRole as on any call of the caller; the role is made in the same unit of work.
What works with such a role is linked to it, and IAM does not delete the role while anything is.
"""

from __future__ import annotations

from typing import Final

import msgspec

from rolecall.authorization.rows.sagemaker import SERVICE_LINKED
from rolecall.services.call import Call
from rolecall.store.ports import Unit
from rolecall.store.records import Item
from rolecall.wire.errors import AwsError

USES: Final = "service-linked-role"  # the link from a resource to the ARN of the role


def role_arn(call: Call) -> str:
    """The role that the operation's service works with."""
    name, service = SERVICE_LINKED[call.operation]
    return f"arn:{call.partition}:iam::{call.account}:role/aws-service-role/{service}/{name}"


def uses(call: Call, unit: Unit, item: Item) -> None:
    """Remember that a resource works with the operation's role, where there is one."""
    arn = role_arn(call)
    if unit.item_by_arn(arn) is not None:
        unit.link(item.id, USES, arn, name=arn)


def bring_about(call: Call, unit: Unit) -> None:
    """See that the role exists that the operation's service works with."""
    _, service = SERVICE_LINKED[call.operation]
    if unit.item_by_arn(role_arn(call)) is not None:
        return
    caller = msgspec.structs.replace(call.caller, via_service="sagemaker.amazonaws.com")
    try:
        call.platform.call(
            call, "iam", "CreateServiceLinkedRole", {"AWSServiceName": service}, unit, as_principal=caller
        )
    except AwsError as refused:
        if refused.code != "AccessDenied":
            raise
        # IAM's denial in the form of SageMaker's protocol; the sentence is the same.
        raise AwsError("AccessDeniedException", refused.message) from refused


def bring_about_if_allowed(call: Call, unit: Unit) -> None:
    """The same for a role that the service can do without: a caller who may not make it goes on."""
    try:
        bring_about(call, unit)
    except AwsError as refused:
        if refused.code != "AccessDeniedException":
            raise
