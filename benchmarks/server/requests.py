"""The requests of the benchmark, signed before the clock starts, as wrk sends them."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any, Final
from urllib.parse import urlencode

from botocore.auth import SigV4Auth
from botocore.awsrequest import AWSRequest
from botocore.credentials import Credentials

ACCOUNT: Final = "123456789012"
REGION: Final = "us-east-1"
USER_AGENT: Final = "Boto3/1.44 md/Botocore#1.44 ua/2.0 os/linux md/arch#x86_64 lang/python#3.11"
VERSIONS: Final = {"sts": "2011-06-15", "iam": "2010-05-08"}
ROLE: Final = f"arn:aws:iam::{ACCOUNT}:role/exec"
TRUST: Final = json.dumps(
    {
        "Version": "2012-10-17",
        "Statement": [
            {"Effect": "Allow", "Principal": {"Service": "sagemaker.amazonaws.com"}, "Action": "sts:AssumeRole"}
        ],
    }
)
# What the caller of both servers may do: three small policies of four statements, as people attach them.
POLICIES: Final = (["sagemaker:*", "iam:*", "sts:*"], ["s3:Get*", "s3:List*", "logs:*"], ["ecr:*", "kms:Create*"])

Signed = tuple[Mapping[str, str], str]


def policy_document(actions: list[str]) -> str:
    return json.dumps(
        {"Version": "2012-10-17", "Statement": [{"Effect": "Allow", "Action": actions, "Resource": "*"}] * 4}
    )


def job_parameters(name: str) -> dict[str, Any]:
    return {
        "TrainingJobName": name,
        "RoleArn": ROLE,
        "AlgorithmSpecification": {
            "TrainingImage": f"{ACCOUNT}.dkr.ecr.us-east-1.amazonaws.com/train:1",
            "TrainingInputMode": "File",
        },
        "OutputDataConfig": {"S3OutputPath": "s3://bucket/out"},
        "ResourceConfig": {"InstanceType": "ml.m5.large", "InstanceCount": 1, "VolumeSizeInGB": 10},
        "StoppingCondition": {"MaxRuntimeInSeconds": 3600},
        "Tags": [{"Key": "team", "Value": "a"}],
    }


def sagemaker(operation: str, **parameters: Any) -> tuple[str, dict[str, str], str]:
    headers = {"X-Amz-Target": f"SageMaker.{operation}", "Content-Type": "application/x-amz-json-1.1"}
    return "sagemaker", headers, json.dumps(parameters)


def query(service: str, operation: str, **parameters: str) -> tuple[str, dict[str, str], str]:
    headers = {"Content-Type": "application/x-www-form-urlencoded; charset=utf-8"}
    return service, headers, urlencode({"Action": operation, "Version": VERSIONS[service], **parameters})


def signed(address: str, keys: Credentials, call: tuple[str, dict[str, str], str]) -> Signed:
    service, headers, body = call
    request = AWSRequest(method="POST", url=f"{address}/", data=body, headers=headers)
    SigV4Auth(keys, service, REGION).add_auth(request)
    sent = {name: str(value) for name, value in request.headers.items()}
    return {**sent, "Host": address.removeprefix("http://"), "User-Agent": USER_AGENT}, body


def script(requests: Iterable[Signed], path: Path) -> None:
    """A script that lets wrk send these one after the other, and show the first answer that is no success."""
    lines = ["local R = {}"]
    for headers, body in requests:
        listed = ", ".join(f"[{json.dumps(name)}]={json.dumps(value)}" for name, value in headers.items())
        lines.append(f"R[#R+1] = wrk.format('POST', '/', {{{listed}}}, {json.dumps(body)})")
    lines += [
        "local i = 0",
        "request = function() i = i % #R + 1; return R[i] end",
        "local bad = 0",
        "response = function(s, h, b) if s ~= 200 then bad = bad + 1;"
        " if bad == 1 then print('FIRST ' .. s .. ' ' .. string.sub(b, 1, 300)) end end end",
    ]
    path.write_text("\n".join(lines) + "\n")
