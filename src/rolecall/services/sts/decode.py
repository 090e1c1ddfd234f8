"""DecodeAuthorizationMessage: what a denial's encoded message says, to whoever may know it.

Messages are opened in the account whose principal was denied; elsewhere they are no messages.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final

from rolecall.exchange.authorization_message import unpack
from rolecall.services.call import Call, Operation
from rolecall.services.sts.errors import fault
from rolecall.store.ports import Reader


def decode_authorization_message(call: Call, reader: Reader) -> Mapping[str, Any]:
    packed = call.platform.open_message(call.parameters["EncodedMessage"])
    decoded = None if packed is None else unpack(packed, call.account)
    if decoded is None:
        raise fault("not a message")
    return {"DecodedMessage": decoded}


OPERATIONS: Final = {"DecodeAuthorizationMessage": Operation(handler=decode_authorization_message, writes=False)}
