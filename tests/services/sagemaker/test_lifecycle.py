"""Statuses move by time alone: the same whoever looks, and whenever it is written down."""

from __future__ import annotations

from datetime import timedelta
from itertools import pairwise
from typing import Any

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from rolecall.services.sagemaker import lifecycle
from rolecall.services.sagemaker.lifecycle import LIVES
from rolecall.services.sagemaker.lives import GONE, Life
from rolecall.services.sagemaker.resources import BY_TYPE
from rolecall.store.records import Item
from rolecall.wire import models
from services.sagemaker.bench import ACCOUNT, START, Bench

TYPES = sorted(LIVES)
SECONDS = st.lists(st.integers(0, 400), max_size=8)


def item(type: str) -> Item:
    return Item(account=ACCOUNT, service="sagemaker", type=type, name="x", arn="a", created=START, modified=START)


def begun(type: str, scale: float = 1.0) -> Item:
    return lifecycle.begin(item(type), START, scale)


@pytest.mark.parametrize("type", TYPES)
def test_phases_lead_to_phases(type: str) -> None:
    life = LIVES[type]
    assert life.first in life.phases
    turns = [turn for turn in (life.stop, life.start, life.update, life.delete) if turn is not None]
    for target in [phase.then for phase in life.phases.values()] + [turn.to for turn in turns]:
        assert target in ("", GONE) or target in life.phases


@pytest.mark.parametrize("type", TYPES)
def test_statuses_are_those_of_the_model(type: str) -> None:
    row = BY_TYPE[type]
    described: Any = models.operation("sagemaker", f"Describe{row.noun}").output_shape
    if row.wrapped:
        described = described.members[row.wrapped]
    known = described.members[row.status].enum
    life = LIVES[type]
    assert {phase.status for phase in life.phases.values()} <= set(known)
    secondary = {phase.secondary for phase in life.phases.values()} - {""}
    member = next((name for name in described.members if name.endswith("SecondaryStatus")), "")
    assert not secondary or secondary <= set(described.members[member].enum)


@pytest.mark.parametrize("scale", [0.0, 1.0, 1e9])
def test_what_is_bought_for_a_time_begins_and_ends_in_real_time(scale: float) -> None:
    hours = {"_Starts": START.timestamp() + 3600, "_Ends": START.timestamp() + 7200}
    plan = lifecycle.begin(msgspec.structs.replace(item("training-plan"), body=hours), START, scale)
    seen = [lifecycle.at(plan, START + timedelta(seconds=after)) for after in (10, 3599, 3600, 7199, 7200)]
    assert [one.status if one else "" for one in seen] == ["Scheduled", "Scheduled", "Active", "Active", "Expired"]


@pytest.mark.parametrize("type", TYPES)
def test_every_life_comes_to_rest(type: str) -> None:
    later = lifecycle.at(begun(type), START + timedelta(days=10))
    assert later is None or later.next_at is None


@given(type=st.sampled_from(TYPES), looks=SECONDS)
def test_looking_in_between_changes_nothing(type: str, looks: list[int]) -> None:
    """at(at(x, t1), t2) = at(x, t2) for t1 <= t2: so it does not matter when a state is written down."""
    stepped: Item | None = begun(type)
    now = START
    for seconds in looks:
        now += timedelta(seconds=seconds)
        stepped = lifecycle.at(stepped, now) if stepped is not None else None
    assert stepped == lifecycle.at(begun(type), now)


@given(type=st.sampled_from(TYPES), seconds=st.integers(0, 400), scale=st.sampled_from([2.0, 10.0, 1000.0]))
def test_time_scale_is_a_faster_clock(type: str, seconds: int, scale: float) -> None:
    slow = lifecycle.at(begun(type), START + timedelta(seconds=seconds))
    fast = lifecycle.at(begun(type, scale), START + timedelta(seconds=seconds / scale, microseconds=2))
    assert (slow.status if slow else None) == (fast.status if fast else None)


def test_what_settled_is_what_was_seen(bench: Bench) -> None:
    bench.call(
        "CreateNotebookInstance",
        NotebookInstanceName="nb",
        InstanceType="ml.t3.medium",
        RoleArn="arn:aws:iam::123456789012:role/exec",
    )
    assert bench.settle() == 0
    bench.wait(100)
    before = bench.call("DescribeNotebookInstance", NotebookInstanceName="nb")
    assert bench.settle() == 1
    assert bench.call("DescribeNotebookInstance", NotebookInstanceName="nb") == before
    assert bench.settle() == 0
    listed = bench.call("ListNotebookInstances", StatusEquals="InService")["NotebookInstances"]
    assert [one["NotebookInstanceName"] for one in listed] == ["nb"]


def test_a_transition_ends_when_the_next_begins() -> None:
    done = lifecycle.at(begun("training-job"), START + timedelta(hours=1))
    assert done is not None
    transitions = done.body["SecondaryStatusTransitions"]
    for one, following in pairwise(transitions):
        assert one["EndTime"] == following["StartTime"]
    running = lifecycle.at(begun("training-job"), START + timedelta(seconds=40))
    assert running is not None
    assert "EndTime" not in running.body["SecondaryStatusTransitions"][-1]


def test_a_type_without_life_has_no_status() -> None:
    assert begun("model").status == ""
    assert lifecycle.life_of("model") == Life()
