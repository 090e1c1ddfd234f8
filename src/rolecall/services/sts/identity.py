"""Who am I, and whose key is this."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final

from rolecall.credentials.identifiers import account_of
from rolecall.services.call import Call, Operation
from rolecall.services.sts.errors import fault
from rolecall.store.ports import Reader


def get_caller_identity(call: Call, reader: Reader) -> Mapping[str, Any]:
    principal = call.caller.principal
    return {
        "UserId": principal.user_id or principal.unique_id or principal.account,
        "Account": principal.account,
        "Arn": principal.arn,
    }


def get_access_key_info(call: Call, reader: Reader) -> Mapping[str, Any]:
    key_id = call.parameters["AccessKeyId"]
    row = reader.access_key(key_id)
    account = account_of(key_id) if row is None else row["account"]
    if account is None:
        raise fault("unknown key account", id=key_id)
    return {"Account": account}


OPERATIONS: Final = {
    "GetCallerIdentity": Operation(handler=get_caller_identity, writes=False),
    "GetAccessKeyInfo": Operation(handler=get_access_key_info, writes=False),
}
