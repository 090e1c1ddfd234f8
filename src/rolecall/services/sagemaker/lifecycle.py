"""How does a resource move from status to status as time goes by?

A `Life` is a table of phases: the status that clients see, how long it lasts, what follows. The state of an item
at an instant is computed (`at`), so every answer is exact without a clock running; `settle` writes down what
fell due meanwhile. Durations are AWS's orders of magnitude, divided by the platform's time scale (0: at once).

In an item's body, `_phase` is the phase, `_scale` the time scale it was started with, `_plan` overrides of
single phases (seconds and successor), `_arrival` members that take effect when the next lasting phase is
reached. Members with an underscore never leave the service.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import datetime, timedelta
from typing import Any, Final

import msgspec
from msgspec import Struct, field

from rolecall.authorization.trust_texts import no_longer_assumable
from rolecall.store.ports import Unit
from rolecall.store.records import Item

BATCH: Final = 100  # items that one unit of work moves on
GONE: Final = "gone"  # as a phase to go to: the item ends

# Whether SageMaker can still assume a role (ARN) for an item: asked wherever the service would open a session.
Assumable = Callable[[Item, str], bool]


class Phase(Struct, frozen=True):
    """seconds and then: when the phase ends by itself and what follows. secondary and message: for a list of
    transitions. stamp: a member that holds the time at which the phase was entered. assumes: the service opens a
    session of the item's role to come into the phase, and the item fails when it cannot."""

    status: str
    seconds: float = 0
    then: str = ""
    secondary: str = ""
    message: str = ""
    stamp: str = ""
    assumes: bool = False


class Turn(Struct, frozen=True):
    """A request that moves an item: to which phase, from which statuses (empty: any), refused how."""

    to: str
    allowed: tuple[str, ...] = ()
    refusal: str = "wrong state"


class Life(Struct, frozen=True, kw_only=True):
    """first: the phase of a new item ("" for what has no status). failed: the phase of one that could not go on.
    replaceable: statuses in which the name is free for a new item."""

    first: str = ""
    phases: Mapping[str, Phase] = field(default_factory=dict)
    stop: Turn | None = None
    start: Turn | None = None
    update: Turn | None = None
    delete: Turn = Turn(GONE)
    replaceable: tuple[str, ...] = ()
    failed: str = "Failed"


EXISTS: Final = Life()
JOB: Final = Life(
    first="InProgress",
    phases={
        "InProgress": Phase("InProgress", 60, "Completed", stamp="_Started"),
        "Completed": Phase("Completed", stamp="_Ended", assumes=True),  # results are written under the role
        "Failed": Phase("Failed", stamp="_Ended"),
        "Stopping": Phase("Stopping", 15, "Stopped"),
        "Stopped": Phase("Stopped", stamp="_Ended"),
    },
    stop=Turn("Stopping", ("InProgress",), "not stoppable"),
    delete=Turn(GONE, ("Completed", "Failed", "Stopped"), "job not deletable"),
)

TRAINING: Final = Life(
    first="Starting",
    phases={
        # A child of a tuning job waits for its turn.
        "Waiting": Phase("InProgress", 0, "Starting", "Pending", "Waiting for capacity of the tuning job"),
        "Starting": Phase("InProgress", 20, "Downloading", "Starting", "Starting the training job"),
        "Downloading": Phase(
            "InProgress",
            10,
            "Training",
            "Downloading",
            "Downloading the training image",
            stamp="_Started",
            assumes=True,
        ),
        "Training": Phase(
            "InProgress",
            60,
            "Uploading",
            "Training",
            "Training image download completed. Training in progress.",
            assumes=True,
        ),
        "Uploading": Phase(
            "InProgress", 5, "Completed", "Uploading", "Uploading generated training model", assumes=True
        ),
        "Completed": Phase("Completed", 0, "", "Completed", "Training job completed", stamp="_Ended"),
        "Failed": Phase("Failed", 0, "", "Failed", "Training job failed", stamp="_Ended"),
        "Stopping": Phase("Stopping", 15, "Stopped", "Stopping", "Stopping the training job"),
        "Stopped": Phase("Stopped", 0, "", "Stopped", "Training job stopped", stamp="_Ended"),
        "MaxRuntimeExceeded": Phase(
            "Stopped",
            0,
            "",
            "MaxRuntimeExceeded",
            "Training job runtime exceeded MaxRuntimeInSeconds provided",
            stamp="_Ended",
        ),
    },
    stop=Turn("Stopping", ("InProgress",), "not stoppable"),
    delete=Turn(GONE, ("Completed", "Failed", "Stopped"), "job not deletable"),
)

ENDPOINT: Final = Life(
    first="Creating",
    phases={
        "Creating": Phase("Creating", 120, "InService"),
        "Updating": Phase("Updating", 120, "InService"),
        "InService": Phase("InService", assumes=True),
        "Failed": Phase("Failed"),
        "Deleting": Phase("Deleting", 10, GONE),
    },
    update=Turn("Updating", ("InService",), "endpoint not updatable"),
    delete=Turn("Deleting", ("InService", "Failed", "OutOfService"), "endpoint not deletable"),
)

NOTEBOOK: Final = Life(
    first="Pending",
    phases={
        "Pending": Phase("Pending", 90, "InService"),
        "InService": Phase("InService", assumes=True),
        "Failed": Phase("Failed"),
        "Stopping": Phase("Stopping", 45, "Stopped"),
        "Stopped": Phase("Stopped"),
        "Updating": Phase("Updating", 20, "Stopped"),
        "Deleting": Phase("Deleting", 20, GONE),
    },
    start=Turn("Pending", ("Stopped",), "notebook state"),
    stop=Turn("Stopping", ("InService",), "notebook state"),
    update=Turn("Updating", ("Stopped", "Failed"), "notebook state"),
    delete=Turn("Deleting", ("Stopped", "Failed"), "notebook state"),
)

# Domains, user profiles and spaces.
STUDIO: Final = Life(
    first="Pending",
    phases={
        "Pending": Phase("Pending", 30, "InService"),
        "InService": Phase("InService"),
        "Failed": Phase("Failed"),
        "Updating": Phase("Updating", 5, "InService"),
        "Deleting": Phase("Deleting", 20, GONE),
    },
    update=Turn("Updating", ("InService", "Update_Failed")),
    delete=Turn("Deleting", ("InService", "Failed", "Update_Failed", "Delete_Failed")),
)

APP: Final = Life(
    first="Pending",
    phases={
        "Pending": Phase("Pending", 60, "InService"),
        "InService": Phase("InService", assumes=True),
        "Failed": Phase("Failed"),
        "Deleting": Phase("Deleting", 20, "Deleted"),
        "Deleted": Phase("Deleted", 86_400, GONE),  # a deleted app stays listed for a day
    },
    delete=Turn("Deleting", ("Pending", "InService", "Failed")),
    replaceable=("Deleted", "Failed"),
)

FEATURE_GROUP: Final = Life(
    first="Creating",
    phases={
        "Creating": Phase("Creating", 20, "Created"),
        "Created": Phase("Created", assumes=True),  # the offline store's catalog is made under the role
        "CreateFailed": Phase("CreateFailed"),
        "Deleting": Phase("Deleting", 10, GONE),
    },
    update=Turn("Created", ("Created",)),
    delete=Turn("Deleting", ("Created", "CreateFailed", "DeleteFailed")),
    failed="CreateFailed",
)

IMAGE: Final = Life(
    first="CREATING",
    phases={
        "CREATING": Phase("CREATING", 10, "CREATED"),
        "CREATED": Phase("CREATED"),
        "UPDATING": Phase("UPDATING", 5, "CREATED"),
        "DELETING": Phase("DELETING", 10, GONE),
    },
    update=Turn("UPDATING", ("CREATED", "CREATE_FAILED", "UPDATE_FAILED")),
    delete=Turn("DELETING", ("CREATED", "CREATE_FAILED", "UPDATE_FAILED", "DELETE_FAILED")),
)

IMAGE_VERSION: Final = Life(
    first="CREATING",
    phases={name: phase for name, phase in IMAGE.phases.items() if name != "UPDATING"},
    delete=IMAGE.delete,
)

# What is there at once and whose status says so.
COMPLETED: Final = Life(first="Completed", phases={"Completed": Phase("Completed")})
ACTIVE: Final = Life(
    first="Active",
    phases={"Active": Phase("Active"), "Deleting": Phase("Deleting", 5, GONE)},
    delete=Turn("Deleting", ("Active",)),
)

EXECUTION: Final = Life(
    first="Executing",
    phases={
        "Executing": Phase("Executing", 60, "Succeeded"),
        "Succeeded": Phase("Succeeded", stamp="_Ended", assumes=True),
        "Failed": Phase("Failed", stamp="_Ended"),
        "Stopping": Phase("Stopping", 10, "Stopped"),
        "Stopped": Phase("Stopped", stamp="_Ended"),
    },
    stop=Turn("Stopping", ("Executing",), "execution not running"),
)

LIVES: Final[Mapping[str, Life]] = {
    "training-job": TRAINING,
    "processing-job": JOB,
    "transform-job": JOB,
    "hyper-parameter-tuning-job": JOB,
    "endpoint": ENDPOINT,
    "notebook-instance": NOTEBOOK,
    "domain": STUDIO,
    "user-profile": STUDIO,
    "space": STUDIO,
    "app": APP,
    "feature-group": FEATURE_GROUP,
    "image": IMAGE,
    "image-version": IMAGE_VERSION,
    "model-package-group": COMPLETED,
    "model-package": COMPLETED,
    "pipeline": ACTIVE,
    "pipeline-execution": EXECUTION,
}


def life_of(type: str) -> Life:
    return LIVES.get(type, EXISTS)


def begin(item: Item, now: datetime, scale: float, phase: str = "") -> Item:
    """A new item in its first phase."""
    life = life_of(item.type)
    body = {**item.body, "_scale": scale}
    return enter(msgspec.structs.replace(item, body=body), phase or life.first, now)


def enter(item: Item, phase: str, now: datetime) -> Item:
    """The item as it is when it comes into a phase. GONE is the caller's to see to."""
    life = life_of(item.type)
    if not phase:
        return item
    entered = life.phases[phase]
    seconds, then = _length(item, phase, entered)
    body = {key: value for key, value in item.body.items() if key != "_arrival"}
    if phase != life.failed:
        body.pop("FailureReason", None)
    arrival = item.body.get("_arrival") or {}
    if then:
        if arrival:
            body["_arrival"] = arrival
    else:
        body.update(arrival)
    body["_phase"] = phase
    if entered.stamp and entered.stamp not in body:
        body[entered.stamp] = now.timestamp()
    if entered.secondary:
        body["SecondaryStatus"] = entered.secondary
        body["SecondaryStatusTransitions"] = _transitions(body, entered, now, bool(then))
    scale = float(body.get("_scale", 1.0))
    wait = seconds / scale if scale > 0 else 0.0
    return msgspec.structs.replace(
        item,
        status=entered.status,
        body=body,
        modified=now,
        next_at=now + timedelta(seconds=wait) if then else None,
    )


def at(item: Item, now: datetime, assumable: Assumable | None = None) -> Item | None:
    """The item as it is at an instant; None when it is gone by then.

    assumable: asked wherever the item's role is needed to go on. Without it nothing is asked: that is for those
    who look at items that `settle` has brought up to the same instant.
    """
    life = life_of(item.type)
    while (due := item.next_at) is not None and due <= now:
        phase = str(item.body.get("_phase", ""))
        _, then = _length(item, phase, life.phases[phase])
        if then == GONE:
            return None
        reason = _broken(item, life, then, assumable)
        if reason is None:
            item = enter(item, then, due)
        else:
            failed = msgspec.structs.replace(item, body={**item.body, "FailureReason": reason})
            item = enter(failed, life.failed, due)
    return item


def _broken(item: Item, life: Life, then: str, assumable: Assumable | None) -> str | None:
    """Why an item cannot come into a phase; None when it can."""
    if assumable is None or not life.phases[then].assumes:
        return None
    return next(
        (no_longer_assumable(item.type, role) for role in roles_of(item.body) if not assumable(item, role)), None
    )


def roles_of(body: Mapping[str, Any]) -> list[str]:
    """The roles that an item works with: its own, or those of models or owners that it took over (`_Roles`)."""
    coming = {**body, **(body.get("_arrival") or {})}
    held = coming.get("_Roles") or [coming.get("RoleArn")]
    return [str(role) for role in held if role]


def settle(now: datetime, unit: Unit, assumable: Assumable | None = None) -> int:
    """Write down what fell due. Says how many items moved; call again while it gives a full BATCH."""
    moved = 0
    for item in unit.due(now, BATCH):
        if item.service != "sagemaker":
            continue
        later = at(item, now, assumable)
        if later is None:
            unit.remove_item(item.id)
        else:
            unit.change_item(later)
        moved += 1
    return moved


def total_seconds(type: str, start: str = "") -> float:
    """How long a life takes from a phase to one that lasts."""
    life = life_of(type)
    phase, seconds = start or life.first, 0.0
    while phase and phase != GONE and life.phases[phase].then:
        seconds += life.phases[phase].seconds
        phase = life.phases[phase].then
    return seconds


def _length(item: Item, phase: str, entered: Phase) -> tuple[float, str]:
    plan = (item.body.get("_plan") or {}).get(phase)
    return (float(plan[0]), str(plan[1])) if plan else (entered.seconds, entered.then)


def _transitions(body: Mapping[str, Any], entered: Phase, now: datetime, going_on: bool) -> list[dict[str, Any]]:
    """SecondaryStatusTransitions with the phase added: the last one ends when the next begins."""
    before = [dict(one) for one in body.get("SecondaryStatusTransitions", ())]
    if before:
        before[-1]["EndTime"] = now.timestamp()
    one: dict[str, Any] = {
        "Status": entered.secondary,
        "StartTime": now.timestamp(),
        "StatusMessage": entered.message,
    }
    if not going_on:
        one["EndTime"] = now.timestamp()
    return [*before, one]
