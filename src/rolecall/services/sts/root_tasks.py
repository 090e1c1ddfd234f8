"""What a session of AssumeRoot may do: one task, said by a policy of AWS under `root-task/`.

The policies only deny ("AWS managed policies for IAM", IAM User Guide): everything but the actions of the task,
and these on anything but a root user. What they leave, the root user may. The feature is the one of centralized
root access that the task needs.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Final

from msgspec import Struct

from rolecall.services.organization import CREDENTIALS_MANAGEMENT, ROOT_SESSIONS

PREFIX: Final = "arn:aws:iam::aws:policy/root-task/"
ANYTHING: Final[Mapping[str, object]] = {"Effect": "Allow", "Action": "*", "Resource": "*"}
ROOT_USERS: Final = "arn:aws:iam::*:root"

AUDITED: Final = (
    "iam:ListAccessKeys",
    "iam:ListSigningCertificates",
    "iam:GetLoginProfile",
    "iam:ListMFADevices",
    "iam:GetUser",
    "iam:GetAccessKeyLastUsed",
)
DELETED: Final = (
    "iam:DeleteAccessKey",
    "iam:DeleteSigningCertificate",
    "iam:DeleteLoginProfile",
    "iam:DeactivateMFADevice",
)
PASSWORD: Final = ("iam:CreateLoginProfile", "iam:GetLoginProfile")
BUCKET_POLICY: Final = ("s3:DeleteBucketPolicy", "s3:PutBucketPolicy", "s3:GetBucketPolicy", "s3:ListAllMyBuckets")


class Task(Struct, frozen=True):
    """only: the actions that are left. on_root: of them, those on a root user only; by_root: by nobody else.

    feature: what the organization must have switched on.
    """

    name: str
    only: tuple[str, ...]
    on_root: tuple[str, ...] = ()
    by_root: tuple[str, ...] = ()
    feature: str = CREDENTIALS_MANAGEMENT

    @property
    def arn(self) -> str:
        return f"{PREFIX}{self.name}"

    @property
    def text(self) -> str:
        """The policy as JSON text, as a session policy: what it does not deny is allowed."""
        statements: list[Mapping[str, object]] = [
            ANYTHING,
            {
                "Sid": "DenyAllOtherActionsOnAnyResource",
                "Effect": "Deny",
                "NotAction": list(self.only),
                "Resource": "*",
            },
        ]
        if self.on_root:
            statements.append({"Effect": "Deny", "Action": list(self.on_root), "NotResource": ROOT_USERS})
        if self.by_root:
            not_root = {"ArnNotLike": {"aws:PrincipalArn": ROOT_USERS}}
            statements.append(
                {"Effect": "Deny", "Action": list(self.by_root), "Resource": "*", "Condition": not_root}
            )
        return json.dumps({"Version": "2012-10-17", "Statement": statements}, separators=(",", ":"))


TASKS: Final[Mapping[str, Task]] = {
    task.arn: task
    for task in (
        Task("IAMAuditRootUserCredentials", (*AUDITED, "iam:GetAccountSummary"), AUDITED),
        Task("IAMCreateRootUserPassword", PASSWORD, PASSWORD),
        Task("IAMDeleteRootUserCredentials", (*DELETED, *AUDITED), (*DELETED, *AUDITED)),
        Task("S3UnlockBucketPolicy", BUCKET_POLICY, by_root=BUCKET_POLICY, feature=ROOT_SESSIONS),
    )
}
# AWS has one more, whose text is not published in full; SQS is not served here, so it would be good for nothing.
UNSERVED: Final = f"{PREFIX}SQSUnlockQueuePolicy"
