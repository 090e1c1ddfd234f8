"""What a server counts: in Prometheus' form, added up over its workers."""

from __future__ import annotations

import re
import time
import urllib.request
from collections.abc import Iterator
from pathlib import Path

import msgspec
import pytest
from botocore.exceptions import ClientError

from gateways import two_workers
from rolecall.server import Running, running
from rolecall.server.metrics import BUCKETS, Counts, Latency, exposition, together

# A line of the text form: a name, labels or none, a number.
SAMPLE = re.compile(r'[a-z_]+(\{[a-z_]+="(\\.|[^"\\\n])*"(,[a-z_]+="(\\.|[^"\\\n])*")*\})? [0-9.e+-]+')


@pytest.fixture
def server() -> Iterator[Running]:
    with running() as up:
        yield up


def scraped(server: Running) -> dict[str, float]:
    with urllib.request.urlopen(f"{server.endpoint}/_rolecall/metrics") as answer:
        text = answer.read().decode()
    lines = [line for line in text.splitlines() if not line.startswith("#")]
    assert [line for line in lines if not SAMPLE.fullmatch(line)] == []
    return {name: float(value) for name, value in (line.rsplit(" ", 1) for line in lines)}


def test_calls_decisions_and_latencies_are_counted(server: Running) -> None:
    server.client("iam").create_user(UserName="ann")
    key = server.client("iam").create_access_key(UserName="ann")["AccessKey"]
    for _ in range(3):
        with pytest.raises(ClientError):
            server.client_with(key, "sagemaker").list_models()
    found = scraped(server)
    denied = 'service="sagemaker",operation="ListModels",outcome="AccessDeniedException"'
    assert found[f"rolecall_calls_total{{{denied}}}"] == 3
    assert found['rolecall_decisions_total{outcome="implicit_deny",by="identity"}'] == 3
    assert found['rolecall_decisions_total{outcome="allow",by=""}'] == 2
    assert found['rolecall_call_seconds_count{service="sagemaker"}'] == 3
    assert found['rolecall_call_seconds_bucket{service="sagemaker",le="+Inf"}'] == 3
    assert found['rolecall_call_seconds_sum{service="sagemaker"}'] > 0
    assert found["rolecall_lost_audit_records_total"] == 0
    assert "rolecall_waiting_units" in found


def test_what_is_no_call_is_counted_by_its_status(server: Running) -> None:
    with pytest.raises(ClientError):
        server.client("sts", aws_secret_access_key="wrong").get_caller_identity()
    assert scraped(server)['rolecall_refused_requests_total{status="403"}'] == 1


def test_resources_are_counted_by_status(server: Running) -> None:
    server.client("sagemaker").create_model_package_group(ModelPackageGroupName="g")
    found = scraped(server)
    assert found['rolecall_sagemaker_resources{type="model-package-group",status="Completed"}'] == 1


def test_any_worker_tells_what_all_counted(tmp_path: Path) -> None:
    counted = 'rolecall_calls_total{service="iam",operation="ListUsers",outcome="allow"}'
    with two_workers(tmp_path) as up:
        for _ in range(10):
            up.client("iam").list_users()
        # Each worker hears of the others within a second: in the end all of them say the same.
        until = time.monotonic() + 20
        while [scraped(up).get(counted) for _ in range(8)] != [10] * 8:
            assert time.monotonic() < until
            time.sleep(0.1)


def test_names_of_clients_cannot_break_the_form() -> None:
    text = exposition(Counts(calls={('a"b\\c\nd', "x", "y"): 1}), {})
    assert 'service="a\\"b\\\\c\\nd"' in text
    assert [line for line in text.splitlines() if not line.startswith("#") and not SAMPLE.fullmatch(line)] == []


def test_counts_survive_being_written_and_add_up() -> None:
    latency = Latency()
    for seconds in (0.0001, 0.003, 100.0):
        latency.add(seconds)
    assert sum(latency.buckets) == 3
    assert latency.buckets[-1] == 1
    assert len(latency.buckets) == len(BUCKETS) + 1
    one = Counts({("iam", "ListUsers", "allow"): 2}, {("allow", ""): 2}, {("403",): 1}, {"iam": latency}, 5)
    again = msgspec.msgpack.decode(msgspec.msgpack.encode(one), type=Counts)
    assert again == one
    both = together((one, again))
    assert both.calls == {("iam", "ListUsers", "allow"): 4}
    assert both.lost == 10
    assert sum(both.latencies["iam"].buckets) == 6
