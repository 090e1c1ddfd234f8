"""The policies of the workloads: what platform teams write, for one team and one variant."""

from __future__ import annotations

import random
from typing import Any, Final

ACCOUNT: Final = "123456789012"
JOBS: Final = (
    "CreateTrainingJob",
    "CreateProcessingJob",
    "CreateTransformJob",
    "CreateHyperParameterTuningJob",
    "CreateAutoMLJob",
)

Statements = list[dict[str, Any]]


def _sagemaker(*names: str) -> list[str]:
    return [f"sagemaker:{name}" for name in names]


def _statement(
    sid: str, effect: str, action: str | list[str], resource: str | list[str] = "*", **condition: Any
) -> dict[str, Any]:
    """`ForAnyValue_StringLike={…}` is the operator `ForAnyValue:StringLike`."""
    statement: dict[str, Any] = {"Sid": sid, "Effect": effect, "Action": action, "Resource": resource}
    if condition:
        statement["Condition"] = {name.replace("_", ":"): block for name, block in condition.items()}
    return statement


def team_policies(team: str, variant: int, pick: random.Random) -> dict[str, Statements]:
    """One policy of each kind."""

    def own(kind: str) -> str:
        return f"arn:aws:sagemaker:*:{ACCOUNT}:{kind}/{team}-*"

    jobs = _sagemaker(*JOBS)
    affordable = pick.sample(["ml.m5.*", "ml.c5.*", "ml.t3.*", "ml.g4dn.*", "ml.g5.*"], 3)
    guarded = pick.choice(("dev", "test", "prod"))
    tag = "${aws:PrincipalTag/team}"
    return {
        "tags": [
            _statement(
                "CreateTagged",
                "Allow",
                _sagemaker("Create*", "AddTags"),
                StringEquals={"aws:RequestTag/team": tag},
                ForAllValues_StringEquals={"aws:TagKeys": ["team", "project", "owner", "env"]},
            ),
            _statement(
                "UseTagged",
                "Allow",
                _sagemaker("Describe*", "Stop*", "Update*", "Delete*", "Invoke*"),
                StringEquals={"sagemaker:ResourceTag/team": tag},
            ),
            _statement(
                "NoRetagging",
                "Deny",
                _sagemaker("AddTags", "DeleteTags"),
                StringNotEquals={"aws:ResourceTag/team": tag},
                Null={"aws:ResourceTag/team": "false"},
            ),
        ],
        "instances": [
            _statement(
                "NoLargeInstances",
                "Deny",
                jobs + _sagemaker("CreateEndpointConfig", "CreateNotebookInstance"),
                ForAnyValue_StringNotLike={"sagemaker:InstanceTypes": affordable},
            ),
            _statement(
                "NoRoot",
                "Deny",
                _sagemaker("CreateNotebookInstance", "UpdateNotebookInstance"),
                StringEquals={"sagemaker:RootAccess": "Enabled"},
            ),
        ],
        "network": [
            _statement(
                "NeedsVpc",
                "Deny",
                jobs,
                [own(kind) for kind in ("training-job", "processing-job", "transform-job", "automl-job")],
                Null={"sagemaker:VpcSubnets": "true"},
            ),
            _statement(
                "NeedsOwnKey",
                "Deny",
                _sagemaker("CreateTrainingJob", "CreateNotebookInstance"),
                ArnNotLike={"sagemaker:VolumeKmsKey": f"arn:aws:kms:*:{ACCOUNT}:key/*"},
                Null={"sagemaker:VolumeKmsKey": "false"},
            ),
        ],
        "pass-role": [
            _statement(
                "Pass",
                "Allow",
                "iam:PassRole",
                [
                    f"arn:aws:iam::{ACCOUNT}:role/{team}-exec-*",
                    f"arn:aws:iam::{ACCOUNT}:role/service-role/AmazonSageMaker-{variant}*",
                ],
                StringEquals={"iam:PassedToService": "sagemaker.amazonaws.com"},
            ),
            _statement(
                "PassNowhereElse",
                "Deny",
                "iam:PassRole",
                StringNotEquals={"iam:PassedToService": ["sagemaker.amazonaws.com", "glue.amazonaws.com"]},
            ),
        ],
        "environments": [
            _statement(
                "Protect",
                "Deny",
                _sagemaker("Delete*", "Stop*", "Update*"),
                StringEquals={"aws:ResourceTag/env": [guarded, "prod"]},
                StringNotEquals={"aws:PrincipalTag/role": "admin"},
            ),
            _statement(
                "ProtectShared",
                "Deny",
                "sagemaker:Delete*",
                [own("model"), own("endpoint"), f"arn:aws:sagemaker:*:*:model/shared-{variant % 7}-*"],
            ),
        ],
        "team": [
            _statement(
                "Own",
                "Allow",
                "sagemaker:*",
                [
                    own(kind)
                    for kind in (
                        "training-job",
                        "processing-job",
                        "transform-job",
                        "model",
                        "endpoint",
                        "endpoint-config",
                        "pipeline",
                        "feature-group",
                    )
                ],
            ),
            _statement(
                "Data",
                "Allow",
                ["s3:GetObject", "s3:PutObject", "s3:ListBucket"],
                [f"arn:aws:s3:::{team}-artifacts", f"arn:aws:s3:::{team}-artifacts/*"],
            ),
            _statement("Read", "Allow", [*_sagemaker("List*", "Search"), "cloudwatch:GetMetricData"]),
        ],
        "own": [
            _statement(
                "OwnNotebook",
                "Allow",
                _sagemaker("*NotebookInstance*", "CreatePresigned*"),
                f"arn:aws:sagemaker:*:{ACCOUNT}:notebook-instance/${{aws:username}}-*",
            ),
            _statement(
                "OwnProfile",
                "Allow",
                _sagemaker("CreateApp", "DescribeUserProfile"),
                [
                    f"arn:aws:sagemaker:*:{ACCOUNT}:user-profile/*/${{aws:username}}",
                    f"arn:aws:sagemaker:*:{ACCOUNT}:app/*/${{aws:username}}/*",
                ],
            ),
        ],
        "access": [
            _statement(
                "FromOffice",
                "Allow",
                _sagemaker("InvokeEndpoint", "InvokeEndpointAsync"),
                own("endpoint"),
                IpAddress={"aws:SourceIp": ["10.0.0.0/8", f"172.16.{variant % 200}.0/24"]},
                Bool={"aws:SecureTransport": "true"},
            ),
            _statement(
                "FreshMfa",
                "Deny",
                _sagemaker("DeleteDomain", "DeleteUserProfile"),
                NumericGreaterThan={"aws:MultiFactorAuthAge": "3600"},
            ),
            _statement(
                "UntilTheEnd",
                "Allow",
                _sagemaker("*Experiment*", "*Trial*"),
                DateLessThan={"aws:CurrentTime": "2027-01-01T00:00:00Z"},
            ),
        ],
    }


def _boundary(*actions: str) -> Statements:
    besides = ["s3:Get*", "s3:PutObject", "logs:*", "iam:PassRole", "ecr:*", "kms:*"]
    return [
        _statement("Most", "Allow", [*_sagemaker(*actions), *besides]),
        _statement("NoWorkforce", "Deny", [*_sagemaker("*Workforce*", "*Workteam*"), "iam:Create*"]),
    ]


BOUNDARIES: Final[dict[str, Statements]] = {
    "boundary-all": _boundary("*"),
    "boundary-make": _boundary("Create*", "Describe*", "List*", "AddTags", "Stop*"),
    "boundary-use": _boundary("Describe*", "List*", "Invoke*", "Delete*", "Update*"),
}
SCPS: Final[dict[str, Statements]] = {
    "scp-full-access": [_statement("Full", "Allow", "*")],
    "scp-guardrails": [
        {
            "Sid": "Regions",
            "Effect": "Deny",
            "NotAction": ["iam:*", "sts:*", "organizations:*", "support:*"],
            "Resource": "*",
            "Condition": {"StringNotEquals": {"aws:RequestedRegion": ["us-east-1", "eu-west-1", "us-west-2"]}},
        },
        _statement("Tls", "Deny", "*", Bool={"aws:SecureTransport": "false"}),
        _statement(
            "NoDirectInternet",
            "Deny",
            _sagemaker("CreateDomain", "CreateNotebookInstance"),
            StringEquals={"sagemaker:DirectInternetAccess": "Enabled"},
        ),
    ],
}
