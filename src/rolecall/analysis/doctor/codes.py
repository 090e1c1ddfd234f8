"""The faults that the doctor knows: a name that stays, how bad it is, and what it means. docs/DOCTOR.md lists
them.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

from msgspec import Struct

from rolecall.policy.findings import Severity

ERROR, WARNING, SUGGESTION = Severity.ERROR, Severity.WARNING, Severity.SUGGESTION


class Code(Struct, frozen=True):
    """A fault. title: what is wrong, in one line. why: what AWS does, and what follows."""

    name: str
    severity: Severity
    title: str
    why: str


CODES: Final[Mapping[str, Code]] = {
    code.name: code
    for code in (
        Code(
            "trust-missing",
            ERROR,
            "SageMaker may not assume the role",
            "The trust policy has no statement that lets sagemaker.amazonaws.com call sts:AssumeRole. Every call "
            "that passes the role fails with a ValidationException: Could not assume role.",
        ),
        Code(
            "trust-condition",
            ERROR,
            "The trust policy's conditions keep SageMaker out",
            "SageMaker sends aws:SourceAccount and aws:SourceArn. For jobs the ARN is the job's; for Studio and "
            "inference it is arn:aws:sagemaker:REGION:ACCOUNT:* with a real asterisk at its end. It sends no "
            "external id and no tags.",
        ),
        Code(
            "add-tags-missing",
            ERROR,
            "The role may create but not tag what it creates",
            "A create call that carries tags needs sagemaker:AddTags too. Studio and Pipelines put tags of their "
            "own on everything they create, so there every such call is denied.",
        ),
        Code(
            "automatic-tags",
            ERROR,
            "A tag condition does not take Studio's automatic tags",
            "Studio adds sagemaker:domain-arn, sagemaker:user-profile-arn and sagemaker:space-arn to every create "
            "call. A list of permitted tag keys must hold them as well.",
        ),
        Code(
            "pass-role-missing",
            ERROR,
            "The calls name a role that may not be passed",
            "Jobs, models and pipelines run under a role that the caller names. Whoever names it needs "
            "iam:PassRole on it; inside Studio and notebooks that is usually the execution role itself.",
        ),
        Code(
            "pass-role-service",
            ERROR,
            "iam:PassedToService does not say sagemaker.amazonaws.com",
            "The condition compares with the service that gets the role. Any other text never matches, and the "
            "role cannot be passed.",
        ),
        Code(
            "create-job-service",
            SUGGESTION,
            "CreateJob passes its role to another service",
            "Of all operations CreateJob alone passes its role to job.sagemaker.amazonaws.com. A condition on "
            "iam:PassedToService that lists sagemaker.amazonaws.com only, as AmazonSageMakerFullAccess has it, "
            "denies the call.",
        ),
        Code(
            "boundary",
            ERROR,
            "The permissions boundary takes away what the policies give",
            "What a principal may do is what its policies and its boundary both allow.",
        ),
        Code(
            "guardrail",
            ERROR,
            "A guardrail of the organization takes away what the policies give",
            "Service control policies limit every principal of the account. No policy in the account can change "
            "that.",
        ),
        Code(
            "denied",
            ERROR,
            "A Deny of the role's own policies takes away what they give",
            "An explicit Deny goes before every Allow, and the request has no way around this one.",
        ),
        Code(
            "key-never-carried",
            ERROR,
            "A condition asks for a key that the request never carries",
            "An Allow with such a condition never allows, and a Deny that fires when the key is absent always "
            "denies. Each operation has its own condition keys: `rolecall catalog sagemaker:CreateModel` lists "
            "them.",
        ),
        Code(
            "variable-unset",
            ERROR,
            "A policy variable has no value in the role's sessions",
            "A condition whose value is a variable without a value is never met. SageMaker passes no session "
            "tags: ${aws:PrincipalTag/team} is the tag of the role itself. ${sagemaker:DomainId} and "
            "${sagemaker:UserProfileName} have values in Studio alone, the latter in no shared space.",
        ),
        Code(
            "condition",
            ERROR,
            "A condition fails for every such request",
            "What the condition compares is not the caller's to choose: the Region, the account, the session that "
            "SageMaker opened.",
        ),
        Code(
            "resource",
            WARNING,
            "The policies name an action and no resource that it needs",
            "Each operation is authorized on its own types of resources, CreateEndpoint for example on the "
            "endpoint and on its configuration.",
        ),
        Code(
            "storage",
            ERROR,
            "The role cannot reach the data",
            "SageMaker reads input and model artifacts and writes output with the role's permissions: "
            "s3:GetObject and s3:ListBucket to read, s3:PutObject to write.",
        ),
        Code(
            "bucket-name",
            SUGGESTION,
            "Only buckets with SageMaker in their name are reached",
            "AmazonSageMakerFullAccess lets objects be read and written where the bucket's name contains "
            "SageMaker, Sagemaker, sagemaker or aws-glue. Other buckets need a policy of their own.",
        ),
        Code(
            "images",
            ERROR,
            "The role cannot pull container images",
            "SageMaker pulls the image of a job or model from Amazon ECR with the role's permissions.",
        ),
        Code(
            "logs",
            WARNING,
            "The role cannot write logs",
            "Containers write to CloudWatch Logs under /aws/sagemaker/ with the role's permissions. Without "
            "them a job runs and nobody sees why it failed.",
        ),
        Code(
            "log-groups",
            SUGGESTION,
            "The role cannot make the log groups that it writes to",
            "SageMaker makes a log group such as /aws/sagemaker/TrainingJobs when the first job of an account and "
            "Region runs. Where somebody else has made it the role needs no logs:CreateLogGroup.",
        ),
        Code(
            "metrics",
            SUGGESTION,
            "The role cannot publish metrics",
            "SageMaker publishes the metrics of jobs and endpoints with cloudwatch:PutMetricData.",
        ),
        Code(
            "network",
            ERROR,
            "The role cannot work inside a VPC",
            "For a job or model with subnets SageMaker makes network interfaces with the role's permissions.",
        ),
        Code(
            "encryption-key",
            ERROR,
            "The role may not use the encryption key",
            "Reading encrypted input takes kms:Decrypt, writing output kms:GenerateDataKey, encrypted volumes "
            "kms:CreateGrant.",
        ),
        Code(
            "not-in-domain",
            WARNING,
            "Nobody in the domain works as this role",
            "Private spaces run as the user profile's execution role or the domain's, shared spaces as the "
            "domain's role for spaces.",
        ),
    )
}
