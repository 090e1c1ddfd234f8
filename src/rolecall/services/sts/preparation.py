"""What STS must know before a call is authorized: the form of the role's ARN, and whether a one-time code fits.

STS looks at these first: a wrong code is told before a missing permission, and `aws:MultiFactorAuthPresent` of an
AssumeRole call is that of the code it carries.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from datetime import datetime
from typing import Any, Final

from msgspec import Struct, field

from rolecall.authorization.caller import Caller
from rolecall.services.sts import mfa
from rolecall.services.sts.errors import fault
from rolecall.store.ports import Reader

ROLE_ARN: Final = re.compile(r"arn:[a-z0-9-]+:iam::[0-9]{12}:role/[!-~]+")


class Prepared(Struct, frozen=True):
    """The caller as authorization shall see it, and condition keys that only STS knows (ApiCall.token_keys)."""

    caller: Caller
    keys: Mapping[str, str | tuple[str, ...]] = field(default_factory=dict)


def prepare(
    operation: str, parameters: Mapping[str, Any], caller: Caller, reader: Reader, now: datetime
) -> Prepared:
    """Called for signed STS calls before authorization; raises AwsError for what STS refuses by itself."""
    if operation not in ("AssumeRole", "GetSessionToken"):
        return Prepared(caller)
    arn = parameters.get("RoleArn")
    if operation == "AssumeRole" and (not isinstance(arn, str) or not ROLE_ARN.fullmatch(arn)):
        raise fault("bad role ARN", arn=arn)
    if mfa.verified(parameters, caller, reader, now) is None:
        return Prepared(caller)
    return Prepared(caller, {"aws:MultiFactorAuthPresent": "true", "aws:MultiFactorAuthAge": "0"})
