"""A clock that jumps: signatures are held against it, nothing that was true becomes untrue, nobody is stuck."""

from __future__ import annotations

import importlib
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from typing import Any

import botocore.auth
import pytest
from botocore.compat import HAS_CRT
from botocore.exceptions import ClientError

from rolecall.server import Running, running


class Clock:
    """The time of day with an error."""

    def __init__(self) -> None:
        self.error = timedelta()

    def __call__(self) -> datetime:
        return datetime.now(UTC) + self.error


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def same_clock(clock: Clock, monkeypatch: pytest.MonkeyPatch) -> Clock:
    """Clients have the server's time: they run on the machine whose clock jumps."""

    def now(remove_tzinfo: bool = True) -> datetime:
        return clock().replace(tzinfo=None) if remove_tzinfo else clock()

    monkeypatch.setattr(botocore.auth, "get_current_datetime", now)
    if HAS_CRT:  # then its signers take the place of botocore's own
        monkeypatch.setattr(importlib.import_module("botocore.crt.auth"), "get_current_datetime", now)
    return clock


@pytest.fixture
def server(clock: Clock) -> Iterator[Running]:
    with running(clock=clock) as up:
        yield up


TRUST = (
    '{"Version":"2012-10-17","Statement":{"Effect":"Allow","Principal":{"Service":"sagemaker.amazonaws.com"},'
    '"Action":"sts:AssumeRole"}}'
)


JUMPS = [timedelta(days=1), timedelta(hours=-3), timedelta(days=-400), timedelta(days=4000)]


@pytest.mark.parametrize("jump", JUMPS)
def test_a_server_whose_clock_jumps_refuses_others_until_it_is_right(
    server: Running, clock: Clock, jump: timedelta
) -> None:
    iam = server.client("iam")
    iam.create_user(UserName="before")
    clock.error = jump
    with pytest.raises(ClientError) as caught:
        iam.create_user(UserName="during")
    assert caught.value.response["ResponseMetadata"]["HTTPStatusCode"] == 403
    clock.error = timedelta()
    iam.create_user(UserName="after")
    assert {user["UserName"] for user in iam.list_users()["Users"]} == {"before", "after"}


@pytest.mark.parametrize("jump", JUMPS)
def test_a_machine_whose_clock_jumps_goes_on(server: Running, same_clock: Clock, jump: timedelta) -> None:
    iam = server.client("iam")
    for name, error in (("before", timedelta()), ("during", jump), ("after", timedelta())):
        same_clock.error = error
        iam.create_user(UserName=name)
    assert {user["UserName"] for user in iam.list_users()["Users"]} == {"before", "during", "after"}


def test_a_session_ends_by_the_servers_clock_and_not_before(server: Running, same_clock: Clock) -> None:
    clock = same_clock
    session = server.client("sts").get_session_token(DurationSeconds=900)["Credentials"]

    def who() -> Any:
        return server.client_with(session, "sts").get_caller_identity()

    clock.error = timedelta(hours=-2)  # younger than its own issue
    assert who()["Account"] == server.account
    clock.error = timedelta(minutes=16)
    with pytest.raises(ClientError) as caught:
        who()
    assert caught.value.response["Error"]["Code"] == "ExpiredToken"
    clock.error = timedelta()
    assert who()["Account"] == server.account


def test_life_cycles_go_forward_only(server: Running, same_clock: Clock) -> None:
    clock = same_clock
    iam, sagemaker = server.client("iam"), server.client("sagemaker")
    role = iam.create_role(RoleName="r", AssumeRolePolicyDocument=TRUST)["Role"]["Arn"]
    sagemaker.create_training_job(
        TrainingJobName="job",
        RoleArn=role,
        AlgorithmSpecification={
            "TrainingImage": "123456789012.dkr.ecr.us-east-1.amazonaws.com/train:1",
            "TrainingInputMode": "File",
        },
        OutputDataConfig={"S3OutputPath": "s3://bucket/out"},
        ResourceConfig={"InstanceType": "ml.m5.large", "InstanceCount": 1, "VolumeSizeInGB": 10},
        StoppingCondition={"MaxRuntimeInSeconds": 3600},
    )

    def status() -> str:
        return str(sagemaker.describe_training_job(TrainingJobName="job")["TrainingJobStatus"])

    assert status() == "InProgress"
    clock.error = timedelta(days=1)
    assert status() == "Completed"
    clock.error = timedelta(days=-1)
    assert status() == "Completed"
    clock.error = timedelta()
    assert status() == "Completed"
