"""The AWS services that can be reached on the wire, as rows: names, signing, hosts and how to recognise them.

Facts of botocore's models, kept as a table so that routing a request loads no model (a test compares the two).
"""

from __future__ import annotations

import re
from typing import Final

from msgspec import Struct

from rolecall.wire.family import Family


class Service(Struct, frozen=True):
    """`name` is botocore's; `host` the first labels of AWS's host names; `target` what precedes the operation in
    X-Amz-Target; `paths` the raw paths that belong to a rest service; `home` where a browser is sent to."""

    name: str
    signing_name: str
    family: Family
    host: str
    target: str = ""
    version: str = ""
    paths: re.Pattern[str] | None = None
    home: str = "https://aws.amazon.com/"


def _paths(pattern: str) -> re.Pattern[str]:
    return re.compile(pattern)


SERVICES: Final = {
    row.name: row
    for row in (
        Service("sts", "sts", Family.QUERY, "sts", version="2011-06-15", home="https://aws.amazon.com/iam"),
        Service("iam", "iam", Family.QUERY, "iam", version="2010-05-08", home="https://aws.amazon.com/iam"),
        Service("kms", "kms", Family.JSON, "kms", target="TrentService"),
        Service("s3", "s3", Family.REST_XML, "s3", home="https://aws.amazon.com/s3/"),
        Service("ecr", "ecr", Family.JSON, "api.ecr", target="AmazonEC2ContainerRegistry_V20150921"),
        Service("logs", "logs", Family.JSON, "logs", target="Logs_20140328"),
        Service("sagemaker", "sagemaker", Family.JSON, "api.sagemaker", target="SageMaker"),
        Service(
            "organizations",
            "organizations",
            Family.JSON,
            "organizations",
            target="AWSOrganizationsV20161128",
            home="https://aws.amazon.com/organizations",
        ),
        Service(
            "sagemaker-runtime",
            "sagemaker",
            Family.REST_JSON,
            "runtime.sagemaker",
            paths=_paths(r"/endpoints/[^/]+/(async-invocations|invocations|invocations-response-stream)$"),
        ),
        Service(
            "sagemaker-a2i-runtime",
            "sagemaker",
            Family.REST_JSON,
            "a2i-runtime.sagemaker",
            paths=_paths(r"/human-loops(/|$)"),
        ),
        Service(
            "sagemaker-featurestore-runtime",
            "sagemaker",
            Family.REST_JSON,
            "featurestore-runtime.sagemaker",
            paths=_paths(r"/FeatureGroup/|/BatchGetRecord$|/BatchWriteRecord$"),
        ),
        Service(
            "sagemaker-inference-router-runtime",
            "sagemaker",
            Family.REST_JSON,
            "inferencerouter-runtime.sagemaker",
            paths=_paths(r"/inference-routers/[^/]+/(async-invocations|invocations)$"),
        ),
        Service(
            "sagemakerjobruntime",
            "sagemaker",
            Family.REST_JSON,
            "job-runtime.sagemaker",
            paths=_paths(r"/(complete-rollout|sample|sample-with-response-stream|update-reward)$"),
        ),
        Service(
            "sagemakertrainingsessionruntime",
            "sagemaker",
            Family.REST_JSON,
            "training-session-runtime.sagemaker",
            paths=_paths(r"(/v1)?/training-sessions/"),
        ),
        Service(
            "sagemaker-metrics",
            "sagemaker",
            Family.REST_JSON,
            "metrics.sagemaker",
            paths=_paths(r"/Batch(Put|Get)Metrics$"),
        ),
        Service(
            "sagemaker-edge",
            "sagemaker",
            Family.REST_JSON,
            "edge.sagemaker",
            paths=_paths(r"/(SendHeartbeat|GetDeployments|GetDeviceRegistration)$"),
        ),
    )
}

# A credential scope names a signing name; several services share "sagemaker".
BY_SIGNING_NAME: Final = {
    signing: tuple(row for row in SERVICES.values() if row.signing_name == signing)
    for signing in {row.signing_name for row in SERVICES.values()}
}

BY_TARGET: Final = {row.target: row for row in SERVICES.values() if row.target}
BY_VERSION: Final = {row.version: row for row in SERVICES.values() if row.version}

# https: api.sagemaker.us-east-1.amazonaws.com, sts-fips.us-east-1.amazonaws.com, iam.amazonaws.com, *.api.aws
_AWS_HOST: Final = re.compile(
    r"(?P<labels>[a-z0-9.-]+?)(-fips)?"
    r"(?P<rest>\.[a-z0-9.-]+)?\.(amazonaws\.com(\.cn)?|api\.aws|api\.amazonwebservices\.com\.cn)(:\d+)?$"
)


# A bucket's own host: my.bucket.s3.eu-west-1.amazonaws.com; names of long ago are s3-eu-west-1.amazonaws.com.
_BUCKET_HOST: Final = re.compile(r"(?:^|\.)s3(?:-fips|-external-1|-[a-z]{2}(?:-[a-z]+)+-\d)?\.")


def is_aws_host(host: str) -> bool:
    """Whether a host name is one of AWS's own."""
    return _AWS_HOST.match(host.lower()) is not None


def by_host(host: str) -> Service | None:
    """The service that one of AWS's own host names belongs to; None for any other host, such as 127.0.0.1."""
    host = host.lower()
    if not _AWS_HOST.match(host):
        return None
    if _BUCKET_HOST.search(host):
        return SERVICES["s3"]
    for row in SERVICES.values():
        head, _, tail = row.host.partition(".")
        for label in (head, f"{head}-fips"):
            prefix = f"{label}.{tail}" if tail else label
            if host.startswith(f"{prefix}."):
                return row
    return None
