"""AssumeRoot: a short session as the root user of a member account, for one task.

For the management account of an organization and whoever administers IAM for it, once centralized root access is
switched on. Whether the caller may was decided before the handler is called (sts:AssumeRoot on the root user).
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any, Final

from rolecall.credentials.claims import SessionClaims, SessionKind
from rolecall.decision.request import PrincipalType
from rolecall.services.access_key_ids import TEMPORARY, new_access_key_id
from rolecall.services.call import Call, Operation
from rolecall.services.organization import may_use_root_of
from rolecall.services.sts.errors import fault
from rolecall.services.sts.root_tasks import TASKS, UNSERVED, Task
from rolecall.services.sts.sessions import issue, sizes
from rolecall.services.unserved import refused
from rolecall.store.ports import Reader

LONGEST: Final = 900
TARGET: Final = re.compile(r"(?:arn:[a-z0-9-]+:iam::)?([0-9]{12})(?::root)?")
SESSION_NAME: Final = "root"


def _task(arn: str) -> Task:
    if arn == UNSERVED:
        raise refused(f"sts:AssumeRoot with {arn}", "Amazon SQS is not served")
    task = TASKS.get(arn)
    if task is None:
        raise fault("no task policy", arn=arn)
    return task


def assume_root(call: Call, reader: Reader) -> Mapping[str, Any]:
    if call.caller.principal.type is PrincipalType.ROOT:
        raise fault("root assumes root")
    asked = call.parameters["TargetPrincipal"]
    target = TARGET.fullmatch(asked)
    if target is None:
        raise fault("bad target", target=asked)
    task = _task(call.parameters["TaskPolicyArn"].get("arn", ""))
    account = target[1]
    if not may_use_root_of(reader, call.account, account, task.feature):
        raise fault(
            "not authorized",
            caller=call.caller.principal.arn,
            action="sts:AssumeRoot",
            resource=f"arn:{call.partition}:iam::{account}:root",
        )
    session = call.caller.session
    issued = int(call.now.timestamp())
    duration = call.parameters.get("DurationSeconds")
    claims = SessionClaims(
        kind=SessionKind.ASSUMED_ROOT,
        access_key_id=new_access_key_id(call.platform, TEMPORARY, account),
        secret=call.platform.new_secret(),
        account=account,
        holder_id=account,
        holder_arn=f"arn:{call.partition}:iam::{account}:root",
        session_name=SESSION_NAME,
        issued=issued,
        expires=issued + (LONGEST if duration is None else duration),
        policies=(task.text,),
        source_identity=None if session is None else session.source_identity,
    )
    credentials, _ = issue(call, claims)
    answer = {"Credentials": credentials, **sizes(call, credentials)}
    if claims.source_identity is not None:
        answer["SourceIdentity"] = claims.source_identity
    return answer


OPERATIONS: Final = {"AssumeRoot": Operation(handler=assume_root, writes=False)}
