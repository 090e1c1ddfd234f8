"""The protocol families a request can belong to: they differ in error codes, envelopes and order of checks."""

from __future__ import annotations

import enum


class Family(enum.Enum):
    """botocore's name of the protocol is the value. REST_XML stands for S3."""

    QUERY = "query"
    JSON = "json"
    REST_JSON = "rest-json"
    REST_XML = "rest-xml"
