"""How does a resource move from status to status as time goes by?

A `Life` (lives/) is a table of phases: the status that clients see, how long it lasts, what follows. The state of
an item at an instant is computed (`at`), so every answer is exact without a clock running; `settle` writes down
what fell due meanwhile. Durations are divided by the platform's time scale (0: at once).

In an item's body, `_phase` is the phase, `_scale` the time scale it was started with, `_plan` overrides of
single phases (seconds and successor), `_arrival` members that take effect when the next lasting phase is
reached. Members with an underscore never leave the service.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import UTC, datetime, timedelta
from typing import Any, Final

import msgspec

from rolecall.authorization.trust import lasting_service
from rolecall.authorization.trust_texts import no_longer_assumable
from rolecall.services.sagemaker.lives.phases import EXISTS, GONE, Life, Phase
from rolecall.services.sagemaker.resources import RESOURCES
from rolecall.store.ports import Unit
from rolecall.store.records import Item

BATCH: Final = 100  # items that one unit of work moves on

# Whether SageMaker can still assume a role (ARN) for an item: asked wherever the service would open a session.
Assumable = Callable[[Item, str], bool]

LIVES: Final[Mapping[str, Life]] = {row.type: row.life for row in RESOURCES if row.life is not EXISTS}


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
    ends = now + timedelta(seconds=wait)
    if entered.until and body.get(entered.until) is not None:
        ends = max(now, datetime.fromtimestamp(float(body[entered.until]), UTC))
    return msgspec.structs.replace(
        item,
        status=entered.status,
        body=body,
        modified=now,
        next_at=ends if then else None,
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
        (
            no_longer_assumable(item.type, role, lasting_service(item.type))
            for role in roles_of(item.body)
            if not assumable(item, role)
        ),
        None,
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
