"""Event streams as botocore reads them back: names, kinds, payloads, checksums."""

from __future__ import annotations

from typing import Any

import pytest
from botocore.eventstream import ChecksumMismatch, EventStreamBuffer
from hypothesis import given
from hypothesis import strategies as st

from rolecall.wire import models
from rolecall.wire.protocols import json, rest_json
from rolecall.wire.protocols.event_stream import frame, stream_writer


def messages(data: bytes) -> list[Any]:
    buffer = EventStreamBuffer()
    buffer.add_data(data)
    return list(buffer)


def written(*events: dict[str, Any]) -> list[Any]:
    shape = models.operation("sagemaker-runtime", "InvokeEndpointWithResponseStream").output_shape
    return messages(stream_writer(shape.members["Body"], json.writers("sagemaker-runtime"))(events))


@given(
    st.dictionaries(st.from_regex(r"[!-~]{1,40}", fullmatch=True), st.text(max_size=60)), st.binary(max_size=200)
)
def test_botocore_reads_back_what_was_written(headers: dict[str, str], payload: bytes) -> None:
    (message,) = messages(frame(headers, payload))
    assert dict(message.headers) == headers
    assert message.payload == payload


def test_a_part_is_raw_bytes() -> None:
    (message,) = written({"PayloadPart": {"Bytes": b"\x00abc"}})
    assert message.payload == b"\x00abc"
    assert message.headers == {
        ":message-type": "event",
        ":event-type": "PayloadPart",
        ":content-type": "application/octet-stream",
    }


def test_an_exception_of_the_model_is_json() -> None:
    first, last = written(
        {"PayloadPart": {"Bytes": b"a"}}, {"ModelStreamError": {"Message": "no", "ErrorCode": "StreamBroken"}}
    )
    assert first.payload == b"a"
    assert last.headers[":message-type"] == "exception"
    assert last.headers[":exception-type"] == "ModelStreamError"
    assert b'"StreamBroken"' in last.payload


def test_a_changed_byte_is_noticed_by_the_client() -> None:
    data = bytearray(frame({":message-type": "event"}, b"abc"))
    data[-6] ^= 1
    with pytest.raises(ChecksumMismatch):
        messages(bytes(data))


def test_the_answer_says_what_it_is() -> None:
    answer = {"Body": [{"PayloadPart": {"Bytes": b"x"}}], "ContentType": "text/csv"}
    response = rest_json.serialize("sagemaker-runtime", "InvokeEndpointWithResponseStream", answer, "id")
    headers = dict(response.headers)
    assert headers["Content-Type"] == "application/vnd.amazon.eventstream"
    assert headers["X-Amzn-SageMaker-Content-Type"] == "text/csv"
