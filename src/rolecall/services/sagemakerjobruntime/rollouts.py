"""Trajectories of a job: sampled until they are complete, then rewarded.

A sample comes back as it was sent: no model answers here.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final

import msgspec

from rolecall.services.call import Call, Operation
from rolecall.services.sagemaker_items import found
from rolecall.store.ports import Reader, Unit
from rolecall.store.records import Item
from rolecall.wire.errors import AwsError

SERVICE: Final = "sagemakerjobruntime"
TYPE: Final = "trajectory"
OPEN, COMPLETE, REWARDED = "open", "complete", "reward-received"


def sample(call: Call, unit: Unit) -> Mapping[str, Any]:
    job, trajectory = _asked(call, unit)
    if trajectory is None:
        _begin(call, unit, job)
    elif trajectory.status != OPEN:
        text = f"Trajectory {trajectory.name} is complete: it takes no further turns."
        raise AwsError("ValidationException", text, 400)
    return {"ContentType": "application/json", "Body": call.parameters["Body"]}


def complete(call: Call, unit: Unit) -> Mapping[str, Any]:
    job, trajectory = _asked(call, unit)
    held = trajectory or _begin(call, unit, job)
    if held.status == REWARDED:
        raise AwsError("ConflictException", f"Trajectory {held.name} has its reward already.", 409)
    body = {**held.body, "Status": call.parameters.get("Status") or "ready"}
    unit.change_item(msgspec.structs.replace(held, status=COMPLETE, body=body, modified=call.now))
    return {}


def reward(call: Call, unit: Unit) -> Mapping[str, Any]:
    _, trajectory = _asked(call, unit)
    if trajectory is None:
        text = f"Trajectory {call.parameters['TrajectoryId']} does not exist."
        raise AwsError("ResourceNotFoundException", text, 404)
    if trajectory.status == OPEN:
        text = f"Trajectory {trajectory.name} is not complete: call CompleteRollout first."
        raise AwsError("ConflictException", text, 409)
    body = {**trajectory.body, "Rewards": list(call.parameters["Rewards"])}
    unit.change_item(msgspec.structs.replace(trajectory, status=REWARDED, body=body, modified=call.now))
    return {}


def _asked(call: Call, reader: Reader) -> tuple[Item, Item | None]:
    arn = str(call.parameters["JobArn"])
    job = found(call, reader, "job", arn) if arn.startswith("arn:") else None
    if job is None:
        raise AwsError("ResourceNotFoundException", f"Job {arn} does not exist.", 404)
    name = str(call.parameters["TrajectoryId"])
    return job, reader.item(job.account, SERVICE, TYPE, name, region=job.region, parent=str(job.id))


def _begin(call: Call, unit: Unit, job: Item) -> Item:
    name = str(call.parameters["TrajectoryId"])
    return unit.add_item(
        Item(
            account=job.account,
            region=job.region,
            service=SERVICE,
            type=TYPE,
            name=name,
            parent=str(job.id),
            arn=f"{job.arn}/{job.id}/{name}",
            status=OPEN,
            created=call.now,
            modified=call.now,
            body={},
        )
    )


OPERATIONS: Final[Mapping[str, Operation]] = {
    "Sample": Operation(sample, writes=True),
    "SampleWithResponseStream": Operation(sample, writes=True),
    "CompleteRollout": Operation(complete, writes=True),
    "UpdateReward": Operation(reward, writes=True),
}
