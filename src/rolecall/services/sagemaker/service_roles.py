"""Service-linked roles that an operation brings about: made on behalf of the caller, who needs IAM's leave.

IAM decides on iam:CreateServiceLinkedRole as on any call of the caller; the role is made in the same unit of work.
"""

from __future__ import annotations

import msgspec

from rolecall.authorization.rows.sagemaker import SERVICE_LINKED
from rolecall.services.call import Call
from rolecall.store.ports import Unit
from rolecall.wire.errors import AwsError


def bring_about(call: Call, unit: Unit) -> None:
    """See that the role exists that the operation's service works with."""
    name, service = SERVICE_LINKED[call.operation]
    if unit.item_by_arn(f"arn:{call.partition}:iam::{call.account}:role/aws-service-role/{service}/{name}"):
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
