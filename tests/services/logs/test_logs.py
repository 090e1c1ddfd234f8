"""CloudWatch Logs as SDKs use it: writing, following a stream to its end, filters; and who may do which."""

from __future__ import annotations

import contextlib
import json
import time
from collections.abc import Iterator
from typing import Any

import pytest
from botocore.exceptions import ClientError
from hypothesis import given
from hypothesis import strategies as st

from rolecall.server import Running, running
from rolecall.services.logs.filter_patterns import compiled
from rolecall.wire.errors import AwsError

GROUP = "/aws/sagemaker/TrainingJobs"
STREAM = "job/algo-1-1234"
ARN = f"arn:aws:logs:us-east-1:123456789012:log-group:{GROUP}"
DAY = 24 * 60 * 60 * 1000


@pytest.fixture(scope="module")
def up() -> Iterator[Running]:
    with running() as server:
        yield server


@pytest.fixture
def logs(up: Running) -> Iterator[Any]:
    client = up.client("logs")
    client.create_log_group(logGroupName=GROUP, tags={"Team": "ml"})
    client.create_log_stream(logGroupName=GROUP, logStreamName=STREAM)
    yield client
    client.delete_log_group(logGroupName=GROUP)


def now() -> int:
    return int(time.time() * 1000)


def put(logs: Any, *messages: str, stream: str = STREAM, at: int | None = None) -> Any:
    start = now() if at is None else at
    events = [{"timestamp": start + number, "message": message} for number, message in enumerate(messages)]
    return logs.put_log_events(logGroupName=GROUP, logStreamName=stream, logEvents=events)


def refusal(call: Any, **parameters: Any) -> tuple[str, str]:
    with pytest.raises(ClientError) as refused:
        call(**parameters)
    error = refused.value.response["Error"]
    return error["Code"], error["Message"]


def followed(logs: Any, **more: Any) -> list[str]:
    """All messages of the stream, as clients follow it: until the forward token stays the same."""
    token: dict[str, Any] = {}
    found: list[str] = []
    while True:
        page = logs.get_log_events(
            logGroupName=GROUP, logStreamName=STREAM, startFromHead=True, limit=2, **token, **more
        )
        found += [event["message"] for event in page["events"]]
        if token.get("nextToken") == page["nextForwardToken"]:
            return found
        token = {"nextToken": page["nextForwardToken"]}


def test_a_stream_is_followed_to_its_end_and_goes_on_from_there(logs: Any) -> None:
    put(logs, "a", "b", "c", "d", "e")
    assert followed(logs) == ["a", "b", "c", "d", "e"]
    page = logs.get_log_events(logGroupName=GROUP, logStreamName=STREAM, startFromHead=True)
    put(logs, "f", at=now() + 1000)
    later = logs.get_log_events(logGroupName=GROUP, logStreamName=STREAM, nextToken=page["nextForwardToken"])
    assert [event["message"] for event in later["events"]] == ["f"]


def test_an_empty_stream_gives_tokens_too(logs: Any) -> None:
    page = logs.get_log_events(logGroupName=GROUP, logStreamName=STREAM)
    assert page["events"] == []
    put(logs, "first")
    later = logs.get_log_events(logGroupName=GROUP, logStreamName=STREAM, nextToken=page["nextBackwardToken"])
    assert [event["message"] for event in later["events"]] == ["first"]


def test_the_newest_page_comes_first_and_reads_upwards(logs: Any) -> None:
    put(logs, "a", "b", "c", "d")
    newest = logs.get_log_events(logGroupName=GROUP, logStreamName=STREAM, limit=2)
    assert [event["message"] for event in newest["events"]] == ["c", "d"]
    older = logs.get_log_events(logGroupName=GROUP, logStreamName=STREAM, nextToken=newest["nextBackwardToken"])
    assert [event["message"] for event in older["events"]] == ["a", "b"]


def test_events_too_old_and_too_new_are_told_and_the_rest_kept(logs: Any) -> None:
    start = now()
    events = [{"timestamp": start - 15 * DAY, "message": "old"}]
    told = logs.put_log_events(logGroupName=GROUP, logStreamName=STREAM, logEvents=events)
    assert told["rejectedLogEventsInfo"] == {"tooOldLogEventEndIndex": 1}
    events = [{"timestamp": start, "message": "kept"}, {"timestamp": start + 3 * 60 * 60 * 1000, "message": "new"}]
    told = logs.put_log_events(logGroupName=GROUP, logStreamName=STREAM, logEvents=events)
    assert told["rejectedLogEventsInfo"] == {"tooNewLogEventStartIndex": 1}
    assert followed(logs) == ["kept"]


@pytest.mark.parametrize(
    ("operation", "parameters", "refused"),
    [
        ("create_log_group", {"logGroupName": GROUP},
         ("ResourceAlreadyExistsException", "The specified log group already exists")),
        ("create_log_stream", {"logGroupName": GROUP, "logStreamName": STREAM},
         ("ResourceAlreadyExistsException", "The specified log stream already exists")),
        ("create_log_stream", {"logGroupName": "none", "logStreamName": STREAM},
         ("ResourceNotFoundException", "The specified log group does not exist.")),
        ("get_log_events", {"logGroupName": GROUP, "logStreamName": "none"},
         ("ResourceNotFoundException", "The specified log stream does not exist.")),
        ("get_log_events", {"logGroupName": GROUP, "logStreamName": STREAM, "nextToken": "x"},
         ("InvalidParameterException", "The specified nextToken is invalid.")),
        ("put_log_events", {"logGroupName": GROUP, "logStreamName": STREAM, "logEvents": [
            {"timestamp": 2, "message": "b"}, {"timestamp": 1, "message": "a"}]},
         ("InvalidParameterException",
          "Log events in a single PutLogEvents request must be in chronological order.")),
        ("describe_log_streams", {"logGroupName": GROUP, "logStreamNamePrefix": "j", "orderBy": "LastEventTime"},
         ("InvalidParameterException", "Cannot order by LastEventTime with a logStreamNamePrefix.")),
        ("describe_log_streams", {"logGroupName": GROUP, "logGroupIdentifier": GROUP},
         ("ValidationException", "LogGroup name and LogGroup ARN are mutually exclusive parameters.")),
        ("filter_log_events", {"logGroupName": GROUP, "filterPattern": "{ $.x = 1 }"},
         ("InvalidParameterException", "Invalid filter pattern")),
    ],
)  # fmt: skip
def test_what_is_refused(logs: Any, operation: str, parameters: dict[str, Any], refused: tuple[str, str]) -> None:
    assert refusal(getattr(logs, operation), **parameters) == refused


def test_streams_are_filtered_together_in_order_of_time(logs: Any) -> None:
    logs.create_log_stream(logGroupName=GROUP, logStreamName="job/algo-2-1234")
    start = now()
    put(logs, "one loss=1", "one loss=3", at=start)
    put(logs, "two loss=2", "two done", stream="job/algo-2-1234", at=start + 1)
    pages = logs.get_paginator("filter_log_events").paginate(
        logGroupName=GROUP, filterPattern="loss", PaginationConfig={"PageSize": 1}
    )
    events = [event for page in pages for event in page["events"]]
    assert [event["message"] for event in events] == ["one loss=1", "one loss=3", "two loss=2"]
    assert len({event["eventId"] for event in events}) == 3


def test_streams_are_listed_as_sdks_look_for_them(logs: Any) -> None:
    for number in range(3):
        logs.create_log_stream(logGroupName=GROUP, logStreamName=f"other/{number}")
    put(logs, "x", stream="other/1")
    asked = {"logGroupName": GROUP, "logStreamNamePrefix": "other/", "orderBy": "LogStreamName", "limit": 2}
    page = logs.describe_log_streams(**asked)
    assert [stream["logStreamName"] for stream in page["logStreams"]] == ["other/0", "other/1"]
    assert page["logStreams"][1]["lastEventTimestamp"] == page["logStreams"][1]["firstEventTimestamp"]
    page = logs.describe_log_streams(**asked, nextToken=page["nextToken"])
    assert [stream["logStreamName"] for stream in page["logStreams"]] == ["other/2"]


@pytest.mark.parametrize(
    ("resource", "operation", "allowed"),
    [
        # CloudWatch Logs User Guide, "Overview of managing access permissions": the two written forms of a group.
        (f"{ARN}:*", "describe_log_streams", True),
        (ARN, "describe_log_streams", False),
        (f"{ARN}*", "describe_log_streams", True),
        (f"{ARN}:*", "get_log_events", True),
        (f"{ARN}:log-stream:{STREAM}", "get_log_events", True),
        (f"{ARN}:log-stream:other", "get_log_events", False),
        ("arn:aws:logs:us-east-1:123456789012:log-group:*", "describe_log_groups", True),
        (f"{ARN}:*", "describe_log_groups", False),
    ],
)
def test_which_forms_of_an_arn_reach_what(
    up: Running, logs: Any, resource: str, operation: str, allowed: bool
) -> None:
    iam = up.client("iam")
    iam.create_user(UserName="reader")
    try:
        statement = {"Effect": "Allow", "Action": "logs:*", "Resource": resource}
        document = json.dumps({"Version": "2012-10-17", "Statement": [statement]})
        iam.put_user_policy(UserName="reader", PolicyName="p", PolicyDocument=document)
        key = iam.create_access_key(UserName="reader")["AccessKey"]
        asked = {
            "describe_log_streams": {"logGroupName": GROUP},
            "get_log_events": {"logGroupName": GROUP, "logStreamName": STREAM},
            "describe_log_groups": {},
        }[operation]
        call = getattr(up.client_with(key, "logs"), operation)
        if allowed:
            call(**asked)
        else:
            code, message = refusal(call, **asked)
            assert code == "AccessDeniedException"
            assert ":log-stream:" in message
    finally:
        iam.delete_access_key(UserName="reader", AccessKeyId=key["AccessKeyId"])
        iam.delete_user_policy(UserName="reader", PolicyName="p")
        iam.delete_user(UserName="reader")


@pytest.mark.parametrize(
    ("identifier", "found"),
    [
        # The policy is about groups of another region, of another name or in another spelling, whatever is found.
        (ARN, True),
        (ARN.replace("us-east-1", "eu-west-1"), False),
        (ARN.replace("us-east-1", ""), False),
        (ARN.replace("arn:aws:", "arn:AWS:"), False),
        (ARN.replace("123456789012", "210987654321"), False),
        (ARN.replace(":logs:", ":s3:"), False),
        ("arn:x", False),
    ],
)
def test_an_identifier_means_the_group_that_was_decided_on(logs: Any, identifier: str, found: bool) -> None:
    reading = {"logGroupIdentifier": identifier, "logStreamName": STREAM}
    if found:
        assert logs.get_log_events(**reading)["events"] == []
        return
    # Another account's group is denied, everything else is no group of this place.
    assert refusal(logs.get_log_events, **reading)[0] in ("ResourceNotFoundException", "AccessDeniedException")


@pytest.mark.parametrize(
    ("pattern", "message", "fits"),
    [
        # CloudWatch Logs User Guide, "Filter pattern syntax": terms in unstructured log events.
        ("", "anything", True),
        ("ERROR", "[ERROR 400]", True),
        ("ERROR", "error", False),
        ("ERROR ARGUMENTS", "ERROR 419 MISSING ARGUMENTS", True),
        ("ERROR ARGUMENTS", "ERROR 400", False),
        ("?ERROR ?ARGUMENTS", "MISSING ARGUMENTS", True),
        ('"INTERNAL SERVER ERROR"', "ERROR 500 INTERNAL SERVER ERROR", True),
        ("ERROR -ARGUMENTS", "ERROR 419 MISSING ARGUMENTS", False),
        ("ERROR -ARGUMENTS", "ERROR 400", True),
    ],
)
def test_filter_patterns(pattern: str, message: str, fits: bool) -> None:
    assert compiled(pattern)(message) is fits


@given(st.text(max_size=20))
def test_any_text_is_a_pattern_or_refused_as_invalid(text: str) -> None:
    with contextlib.suppress(AwsError):
        assert compiled(text)("a message") in (True, False)
