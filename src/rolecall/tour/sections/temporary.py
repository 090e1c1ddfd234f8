"""Temporary credentials: who may assume a role, what a session carries, how it ends."""

from __future__ import annotations

import json
from typing import Final

from rolecall.tour.calls import model, role, tags, training_job
from rolecall.tour.check import (
    ACCOUNT,
    DENY_IDENTITY,
    NO_IDENTITY,
    NO_REASON,
    NO_RESOURCE,
    OTHER_ACCOUNT,
    Allowed,
    Check,
    Denied,
    Do,
    Refused,
    Root,
    Section,
    Session,
    User,
    iam_arn,
    sagemaker_arn,
)
from rolecall.tour.policies import TRUSTS_ACCOUNT, TRUSTS_SAGEMAKER, allow, deny, policy, trusts

ASSUME: Final = 'AWS STS API Reference, "AssumeRole"'
EVALUATION: Final = 'IAM User Guide, "Policy evaluation logic"'
SESSION_TAGS: Final = 'IAM User Guide, "Pass session tags in AWS STS"'
CROSS_ACCOUNT: Final = 'IAM User Guide, "Cross-account policy evaluation logic"'
EXTERNAL_ID: Final = 'IAM User Guide, "Access to AWS accounts owned by third parties"'
KEYS: Final = 'IAM User Guide, "AWS global condition context keys"'
REVOKE: Final = 'IAM User Guide, "Revoke IAM role temporary security credentials"'
DESCRIBE: Final = Do("sagemaker", "describe_model", {"ModelName": "temporary-model"})
DESCRIBED: Final = sagemaker_arn("model/temporary-model")
OLD_SESSIONS: Final = policy(
    allow("sagemaker:Describe*"), deny("*", when={"DateLessThan": {"aws:TokenIssueTime": "2100-01-01T00:00:00Z"}})
)


def assume(role_name: str, **extra: object) -> Do:
    """AssumeRole."""
    required = {"RoleArn": iam_arn(f"role/{role_name}"), "RoleSessionName": "visit"}
    return Do("sts", "assume_role", {**required, **extra}, shown={"RoleArn": required["RoleArn"], **extra})


def visiting(role_name: str) -> Allowed:
    """The session that AssumeRole gives."""
    return Allowed({"AssumedRoleUser.Arn": f"arn:aws:sts::{ACCOUNT}:assumed-role/{role_name}/visit"})


def not_assumed(role_name: str, action: str = "sts:AssumeRole") -> Denied:
    """The denial of AssumeRole, for which STS gives no reason."""
    return Denied(action, iam_arn(f"role/{role_name}"), NO_REASON)


DAVE: Final = User(name="dave")
EVE: Final = User(name="eve", policy=policy(allow("sts:AssumeRole", on=iam_arn("role/OfTheAccount"))))
PARTNER: Final = User(name="partner")
FOREIGN_ROLE: Final = iam_arn("role/Shared")
COLLEAGUE: Final = User(
    name="colleague", account=OTHER_ACCOUNT, policy=policy(allow("sts:AssumeRole", on=FOREIGN_ROLE))
)
BY_NAME: Final = {"AWS": iam_arn("user/dave")}

SECTION: Final = Section(
    name="temporary",
    title="Temporary credentials",
    says="Sign in with federation or assume a role; SageMaker takes temporary credentials.",
    before=(
        role("ByName", json.dumps(trusts(BY_NAME))),
        role("OfTheAccount", json.dumps(TRUSTS_ACCOUNT)),
        role("OfSageMaker", json.dumps(TRUSTS_SAGEMAKER)),
        role(
            "ForPartner",
            json.dumps(
                trusts({"AWS": iam_arn("user/partner")}, when={"StringEquals": {"sts:ExternalId": "tour-4711"}})
            ),
        ),
        role(
            "Shared",
            json.dumps(
                trusts(
                    {"AWS": iam_arn("root", OTHER_ACCOUNT)}, when={"StringEquals": {"sts:ExternalId": "tour-4712"}}
                )
            ),
        ),
        model("temporary-model"),
    ),
    checks=(
        Check(
            title="The trust policy names the user: no other policy is needed",
            who=DAVE,
            call=assume("ByName"),
            outcome=visiting("ByName"),
            reference=EVALUATION,
        ),
        Check(
            title="The trust policy names the account: the user's own policy must allow",
            who=DAVE,
            call=assume("OfTheAccount"),
            outcome=not_assumed("OfTheAccount"),
            reference=EVALUATION,
        ),
        Check(
            title="The account is trusted and the user may assume the role",
            who=EVE,
            call=assume("OfTheAccount"),
            outcome=visiting("OfTheAccount"),
            reference=EVALUATION,
        ),
        Check(
            title="An administrator is not enough: the role must trust",
            who=User(name="administrator", policy=policy(allow("*"))),
            call=assume("OfSageMaker"),
            outcome=not_assumed("OfSageMaker"),
            reference=EVALUATION,
        ),
        Check(
            title="The root user assumes no roles",
            who=Root(),
            call=assume("OfTheAccount"),
            outcome=Refused("AccessDenied", "Roles may not be assumed by root accounts."),
            reference=ASSUME,
        ),
        Check(
            title="A role does not trust itself",
            who=Session(role="Selfless", policy=policy(allow("sts:*"))),
            call=assume("Selfless"),
            outcome=not_assumed("Selfless"),
            reference='AWS Security Blog, "Announcing an update to IAM role trust policy behavior"',
        ),
        Check(
            title="The partner gives the agreed external id",
            who=PARTNER,
            call=assume("ForPartner", ExternalId="tour-4711"),
            outcome=visiting("ForPartner"),
            reference=EXTERNAL_ID,
        ),
        Check(
            title="The partner gives another one",
            who=PARTNER,
            call=assume("ForPartner", ExternalId="tour-0815"),
            outcome=not_assumed("ForPartner"),
            reference=EXTERNAL_ID,
        ),
        Check(
            title="From another account that the role trusts: the user may assume it",
            who=COLLEAGUE,
            call=assume("Shared", ExternalId="tour-4712"),
            outcome=visiting("Shared"),
            reference=CROSS_ACCOUNT,
        ),
        Check(
            title="From another account: the external id is missing",
            who=COLLEAGUE,
            call=assume("Shared"),
            outcome=not_assumed("Shared"),
            reference=EXTERNAL_ID,
        ),
        Check(
            title="From another account: the user's own policy is silent",
            who=User(name="bystander", account=OTHER_ACCOUNT),
            call=assume("Shared", ExternalId="tour-4712"),
            outcome=not_assumed("Shared"),
            reference=CROSS_ACCOUNT,
        ),
        Check(
            title="From another account: nothing of SageMaker without a role",
            who=User(name="outsider", account=OTHER_ACCOUNT, policy=policy(allow("sagemaker:*"))),
            call=Do("sagemaker", "list_tags", {"ResourceArn": DESCRIBED}),
            outcome=Denied("sagemaker:ListTags", DESCRIBED, NO_RESOURCE),
            reference=CROSS_ACCOUNT,
        ),
        Check(
            title="A session token of one's own needs no permission",
            who=DAVE,
            call=Do("sts", "get_session_token"),
            outcome=Allowed(),
            reference='AWS STS API Reference, "GetSessionToken"',
        ),
        Check(
            title="... but no session gets another one that way",
            who=Session(role="Visitor", policy=policy(allow("sagemaker:Describe*"))),
            call=Do("sts", "get_session_token"),
            outcome=Refused("AccessDenied", "Cannot call GetSessionToken with session credentials"),
            reference='IAM User Guide, "Compare AWS STS credentials"',
        ),
        Check(
            title="Credentials for somebody who signed in elsewhere",
            who=User(name="broker", policy=policy(allow("sts:GetFederationToken"))),
            call=Do("sts", "get_federation_token", {"Name": "carol"}),
            outcome=Allowed({"FederatedUser.Arn": f"arn:aws:sts::{ACCOUNT}:federated-user/carol"}),
            reference='AWS STS API Reference, "GetFederationToken"',
        ),
        Check(
            title="Session tags need sts:TagSession",
            who=DAVE,
            call=assume("ByName", Tags=tags(team="ml")),
            outcome=not_assumed("ByName", "sts:TagSession"),
            reference=SESSION_TAGS,
        ),
        Check(
            title="A session lasts no longer than the role says",
            who=DAVE,
            call=assume("ByName", DurationSeconds=7200),
            outcome=Refused(
                "ValidationError",
                "The requested DurationSeconds exceeds the MaxSessionDuration set for this role.",
            ),
            reference=ASSUME,
        ),
        Check(
            title="A chained session lasts an hour at most",
            who=Session(role="Chain", policy=policy(allow("sts:AssumeRole"))),
            before=(role("Chained", json.dumps(TRUSTS_ACCOUNT), MaxSessionDuration=7200),),
            call=assume("Chained", DurationSeconds=7200),
            outcome=Refused(
                "ValidationError",
                "The requested DurationSeconds exceeds the 1 hour session limit for roles assumed by "
                "role chaining.",
            ),
            reference=ASSUME,
        ),
        Check(
            title="SageMaker answers a session",
            who=Session(role="Visitor", policy=policy(allow("sagemaker:Describe*"))),
            call=DESCRIBE,
            outcome=Allowed({"ModelName": "temporary-model"}),
            reference=ASSUME,
        ),
        Check(
            title="A denial names the session, not the role",
            who=Session(role="Visitor", policy=policy(allow("sagemaker:Describe*"))),
            call=training_job("by-visitor"),
            outcome=Denied("sagemaker:CreateTrainingJob", sagemaker_arn("training-job/by-visitor"), NO_IDENTITY),
            reference='IAM User Guide, "Troubleshoot access denied error messages"',
        ),
        Check(
            title="A session tag stands for the role's own tag",
            who=Session(
                role="OfTeams",
                tags={"team": "bi"},
                session_tags={"team": "ml"},
                policy=policy(
                    allow("sagemaker:Describe*", when={"StringEquals": {"aws:PrincipalTag/team": "ml"}})
                ),
            ),
            call=DESCRIBE,
            outcome=Allowed({"ModelName": "temporary-model"}),
            reference=SESSION_TAGS,
        ),
        Check(
            title="The source identity stays with the session",
            who=Session(
                role="Traced",
                source_identity="ana",
                policy=policy(allow("sagemaker:Describe*", when={"StringEquals": {"aws:SourceIdentity": "ana"}})),
            ),
            call=DESCRIBE,
            outcome=Allowed({"ModelName": "temporary-model"}),
            reference='IAM User Guide, "Monitor and control actions taken with assumed roles"',
        ),
        Check(
            title='Long-term keys carry no MFA key: Bool "false" does not match',
            who=User(
                name="without-mfa",
                policy=policy(
                    allow("sagemaker:Describe*"), deny("*", when={"Bool": {"aws:MultiFactorAuthPresent": "false"}})
                ),
            ),
            call=DESCRIBE,
            outcome=Allowed({"ModelName": "temporary-model"}),
            reference=KEYS,
        ),
        Check(
            title="... BoolIfExists does",
            who=User(
                name="without-mfa-either",
                policy=policy(
                    allow("sagemaker:Describe*"),
                    deny("*", when={"BoolIfExists": {"aws:MultiFactorAuthPresent": "false"}}),
                ),
            ),
            call=DESCRIBE,
            outcome=Denied("sagemaker:DescribeModel", DESCRIBED, DENY_IDENTITY),
            reference=KEYS,
        ),
        Check(
            title="Sessions issued before a moment are revoked",
            who=Session(role="Revoked", policy=OLD_SESSIONS),
            call=DESCRIBE,
            outcome=Denied("sagemaker:DescribeModel", DESCRIBED, DENY_IDENTITY),
            reference=REVOKE,
        ),
        Check(
            title="Long-term keys have no time of issue: not revoked by the same policy",
            who=User(name="not-revoked", policy=OLD_SESSIONS),
            call=DESCRIBE,
            outcome=Allowed({"ModelName": "temporary-model"}),
            reference=REVOKE,
        ),
        Check(
            title="Who am I? Nobody can be denied that question",
            who=User(name="denied-all", policy=policy(deny("*"))),
            call=Do("sts", "get_caller_identity"),
            outcome=Allowed({"Arn": iam_arn("user/denied-all")}),
            reference='AWS STS API Reference, "GetCallerIdentity"',
        ),
    ),
)
