"""Security warnings: the policy allows more, or denies less, than its text suggests.

Codes, titles and messages of IAM Access Analyzer (IAM User Guide, "IAM policy validation check reference").
"""

from __future__ import annotations

from typing import Final

from rolecall.analysis.lint.codes.code import ALL, Code
from rolecall.policy.findings import Severity

ROWS: Final[tuple[Code, ...]] = (
    Code(
        "ALLOW_WITH_NOT_PRINCIPAL",
        Severity.SECURITY_WARNING,
        "Allow with NotPrincipal",
        "Using Allow with NotPrincipal can be overly permissive. We recommend that you use Principal instead.",
        "R",
    ),
    Code(
        "FORALLVALUES_WITH_SINGLE_VALUED_KEY",
        Severity.SECURITY_WARNING,
        "ForAllValues with single valued key",
        (
            "Using ForAllValues qualifier with the single-valued condition key {{key}} can be overly permissive. "
            "We recommend that you remove ForAllValues:."
        ),
        ALL,
    ),
    Code(
        "PASS_ROLE_WITH_NOT_RESOURCE",
        Severity.SECURITY_WARNING,
        "Pass role with NotResource",
        (
            "Using the iam:PassRole action with NotResource can be overly permissive because it can allow "
            "iam:PassRole permissions on multiple resources. We recommend that you specify resource ARNs instead."
        ),
        "I",
    ),
    Code(
        "PASS_ROLE_WITH_STAR_IN_ACTION_AND_NOT_RESOURCE",
        Severity.SECURITY_WARNING,
        "Pass role with star in action and NotResource",
        (
            "Using an action with a wildcard (*) and NotResource can be overly permissive because it can allow "
            "iam:PassRole permissions on multiple resources. We recommend that you specify resource ARNs instead."
        ),
        "I",
    ),
    Code(
        "PASS_ROLE_WITH_NOT_ACTION_AND_NOT_RESOURCE",
        Severity.SECURITY_WARNING,
        "Pass role with NotAction and NotResource",
        (
            "Using NotAction with NotResource can be overly permissive because it can allow iam:PassRole "
            "permissions on multiple resources.. We recommend that you specify resource ARNs instead."
        ),
        "I",
    ),
    Code(
        "PASS_ROLE_WITH_STAR_IN_RESOURCE",
        Severity.SECURITY_WARNING,
        "Pass role with star in resource",
        (
            "Using the iam:PassRole action with wildcards (*) in the resource can be overly permissive because "
            "it allows iam:PassRole permissions on multiple resources. We recommend that you specify resource "
            "ARNs or add the iam:PassedToService condition key to your statement."
        ),
        "I",
    ),
    Code(
        "PASS_ROLE_WITH_STAR_IN_ACTION_AND_RESOURCE",
        Severity.SECURITY_WARNING,
        "Pass role with star in action and resource",
        (
            "Using wildcards (*) in the action and the resource can be overly permissive because it allows "
            "iam:PassRole permissions on all resources. We recommend that you specify resource ARNs or add the "
            "iam:PassedToService condition key to your statement."
        ),
        "I",
    ),
    Code(
        "PASS_ROLE_WITH_STAR_IN_RESOURCE_AND_NOT_ACTION",
        Severity.SECURITY_WARNING,
        "Pass role with star in resource and NotAction",
        (
            "Using a resource with wildcards (*) and NotAction can be overly permissive because it allows "
            "iam:PassRole permissions on all resources. We recommend that you specify resource ARNs or add the "
            "iam:PassedToService condition key to your statement."
        ),
        "I",
    ),
    Code(
        "MISSING_PAIRED_CONDITION_KEYS",
        Severity.SECURITY_WARNING,
        "Missing paired condition keys",
        (
            "Using the condition key {{conditionKeyName}} can be overly permissive without also using the "
            "following condition keys: {{recommendedKeys}}. Condition keys like this one are more secure when "
            "paired with a related key. We recommend that you add the related condition keys to the same "
            "condition block."
        ),
        ALL,
    ),
    Code(
        "DENY_WITH_UNSUPPORTED_TAG_CONDITION_KEY_FOR_SERVICE",
        Severity.SECURITY_WARNING,
        "Deny with unsupported tag condition key for service",
        (
            "Using the effect Deny with the tag condition key {{conditionKeyName}} and actions for services with "
            "the following prefixes can be overly permissive: {{serviceNames}}. Actions for the listed services "
            "are not denied by this statement. We recommend that you move these actions to a different statement "
            "without this condition key."
        ),
        "IRS",
    ),
    Code(
        "DENY_NOTACTION_WITH_UNSUPPORTED_TAG_CONDITION_KEY_FOR_SERVICE",
        Severity.SECURITY_WARNING,
        "Deny NotAction with unsupported tag condition key for service",
        (
            "Using the effect Deny with NotAction and the tag condition key {{conditionKeyName}} can be overly "
            "permissive because some service actions are not denied by this statement. This is because the "
            "condition key doesn't apply to some service actions. We recommend that you use Action instead of "
            "NotAction."
        ),
        "IRS",
    ),
    Code(
        "RESTRICT_ACCESS_TO_SERVICE_PRINCIPAL",
        Severity.SECURITY_WARNING,
        "Restrict access to service principal",
        (
            "Granting access to a service principal without specifying a source is overly permissive. Use "
            "aws:SourceArn, aws:SourceAccount, aws:SourceOrgID, or aws:SourceOrgPaths condition key to grant "
            "fine-grained access."
        ),
        "R",
    ),
    Code(
        "MISSING_CONDITION_KEY_FOR_OIDC_PRINCIPAL",
        Severity.SECURITY_WARNING,
        "Missing condition key for oidc principal",
        (
            "Using an Open ID Connect principal without a condition can be overly permissive. Add condition keys "
            "with a prefix that matches your federated OIDC principals to ensure that only the intended identity "
            "provider assumes the role."
        ),
        "T",
    ),
    Code(
        "MISSING_GITHUB_REPO_CONDITION_KEY",
        Severity.SECURITY_WARNING,
        "Missing github repo condition key",
        (
            "Granting a federated GitHub principal permissions without a condition key can allow more sources to "
            "assume the role than you intended. Add the token.actions.githubusercontent.com:sub condition key "
            "and specify the branch and repository name in the value."
        ),
        "T",
    ),
    Code(
        "UNTRUSTWORTHY_CONDITION_KEY",
        Severity.SECURITY_WARNING,
        "Untrustworthy condition key",
        (
            "The {{key}} condition key is not recommended for access control as it can be spoofed/manipulated by "
            "the caller."
        ),
        ALL,
    ),
    Code(
        "STRING_LIKE_OPERATOR_WITH_ARN_CONDITION_KEYS",
        Severity.SECURITY_WARNING,
        "String like operator with ARN condition keys",
        "Use the operator type {{allowed}} instead of operator {{operator}} for the condition key {{key}}.",
        ALL,
    ),
    Code(
        "DYNAMODB_ATTRIBUTES_WITHOUT_SELECT",
        Severity.SECURITY_WARNING,
        "DynamoDB attributes without select",
        (
            "Restricting dynamodb:Attributes without also setting dynamodb:Select to SPECIFIC_ATTRIBUTES allows "
            "all attributes to be returned on read requests that omit a projection expression. We recommend that "
            "you also set dynamodb:Select to SPECIFIC_ATTRIBUTES."
        ),
        "IRS",
    ),
    Code(
        "S3_PREFIX_IN_NEGATIVE_CONTEXT",
        Severity.SECURITY_WARNING,
        "S3 prefix in negative context",
        (
            "Using the s3:prefix condition key in a Deny statement or with a negated string operator does not "
            "block listing the objects under the matching prefixes. A request that specifies a shorter prefix "
            "does not match the condition and can still list those objects. To restrict listing to specific "
            "prefixes, use s3:prefix with StringLike in an Allow statement, or use a Deny statement with "
            "StringNotLike."
        ),
        "IRSC",
    ),
    Code(
        "FORANYVALUE_WITH_AUDIENCE_CLAIM_TYPE",
        Severity.SECURITY_WARNING,
        "ForAnyValue with audience claim type",
        (
            "Using ForAnyValue qualifier with the single-valued condition key {{key}} can be overly permissive. "
            "We recommend that you remove ForAnyValue:."
        ),
        "T",
    ),
)
