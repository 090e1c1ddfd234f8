"""StartSession: the way from an editor on somebody's machine into a space of Studio.

The session that is answered leads to an address of this server, where nothing listens: there is no machine behind
a space. Whether it may be started, and whether the space lets it, is as at AWS.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final

from rolecall.services.call import Call, Operation
from rolecall.services.sagemaker.errors import refuse
from rolecall.services.sagemaker.items import find
from rolecall.services.sagemaker.lists import every
from rolecall.services.sagemaker.resources import BY_TYPE
from rolecall.store.ports import Reader

SPACE: Final = BY_TYPE["space"]
APP: Final = BY_TYPE["app"]


def start_session(call: Call, reader: Reader) -> Mapping[str, Any]:
    arn = str(call.parameters["ResourceIdentifier"])
    space = find(call, reader, SPACE, arn)
    if (space.body.get("SpaceSettings") or {}).get("RemoteAccess") != "ENABLED":
        raise refuse("no remote access", arn=space.arn)
    apps = every(call, reader, APP, space.parent)
    if not any(app.body.get("SpaceName") == space.name and app.status == "InService" for app in apps):
        raise refuse("space not running", arn=space.arn)
    session = call.platform.new_id("sagemaker-", 26).lower()
    address = call.platform.endpoint.replace("http", "ws", 1).rstrip("/")
    return {
        "SessionId": session,
        "StreamUrl": f"{address}/studio-sessions/{session}",
        "TokenValue": call.platform.new_id("", 64),
    }


OPERATIONS: Final = {"StartSession": Operation(start_session, writes=False)}
