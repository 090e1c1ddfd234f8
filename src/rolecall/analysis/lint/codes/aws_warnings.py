"""Warnings: the policy may not do what it says.

Codes, titles and messages of IAM Access Analyzer (IAM User Guide, "IAM policy validation check reference").
"""

from __future__ import annotations

from typing import Final

from rolecall.analysis.lint.codes.code import ALL, Code
from rolecall.policy.findings import Severity

ROWS: Final[tuple[Code, ...]] = (
    Code(
        "CREATE_SLR_WITH_NOT_RESOURCE",
        Severity.WARNING,
        "Create SLR with NotResource",
        (
            "Using the iam:CreateServiceLinkedRole action with NotResource can allow creation of unintended "
            "service-linked roles for multiple resources. We recommend that you specify resource ARNs instead."
        ),
        "I",
    ),
    Code(
        "CREATE_SLR_WITH_STAR_IN_ACTION_AND_NOT_RESOURCE",
        Severity.WARNING,
        "Create SLR with star in action and NotResource",
        (
            "Using an action with a wildcard(*) and NotResource can allow creation of unintended service-linked "
            "roles because it can allow iam:CreateServiceLinkedRole permissions on multiple resources. We "
            "recommend that you specify resource ARNs instead."
        ),
        "I",
    ),
    Code(
        "CREATE_SLR_WITH_NOT_ACTION_AND_NOT_RESOURCE",
        Severity.WARNING,
        "Create SLR with NotAction and NotResource",
        (
            "Using NotAction with NotResource can allow creation of unintended service-linked roles because it "
            "allows iam:CreateServiceLinkedRole permissions on multiple resources. We recommend that you specify "
            "resource ARNs instead."
        ),
        "I",
    ),
    Code(
        "CREATE_SLR_WITH_STAR_IN_RESOURCE",
        Severity.WARNING,
        "Create SLR with star in resource",
        (
            "Using the iam:CreateServiceLinkedRole action with wildcards (*) in the resource can allow creation "
            "of unintended service-linked roles. We recommend that you specify resource ARNs instead."
        ),
        "I",
    ),
    Code(
        "CREATE_SLR_WITH_STAR_IN_ACTION_AND_RESOURCE",
        Severity.WARNING,
        "Create SLR with star in action and resource",
        (
            "Using wildcards (*) in the action and the resource can allow creation of unintended service-linked "
            "roles because it allows iam:CreateServiceLinkedRole permissions on all resources. We recommend that "
            "you specify resource ARNs instead."
        ),
        "I",
    ),
    Code(
        "CREATE_SLR_WITH_STAR_IN_RESOURCE_AND_NOT_ACTION",
        Severity.WARNING,
        "Create SLR with star in resource and NotAction",
        (
            "Using a resource with wildcards (*) and NotAction can allow creation of unintended service-linked "
            "roles because it allows iam:CreateServiceLinkedRole permissions on all resources. We recommend that "
            "you specify resource ARNs instead."
        ),
        "I",
    ),
    Code(
        "DEPRECATED_GLOBAL_CONDITION_KEY",
        Severity.WARNING,
        "Deprecated global condition key",
        "We recommend that you update aws:ARN to use the newer condition key aws:PrincipalArn.",
        ALL,
    ),
    Code(
        "INVALID_DATE_VALUE",
        Severity.WARNING,
        "Invalid date value",
        "The date {{date}} might not resolve as expected. We recommend that you use the YYYY-MM-DD format.",
        ALL,
    ),
    Code(
        "INVALID_ROLE_REFERENCE",
        Severity.WARNING,
        "Invalid role reference",
        (
            "The Principal element includes the IAM role ID {{roleid}}. We recommend that you use a role ARN "
            "instead."
        ),
        "RT",
    ),
    Code(
        "INVALID_USER_REFERENCE",
        Severity.WARNING,
        "Invalid user reference",
        (
            "The Principal element includes the IAM user ID {{userid}}. We recommend that you use a user ARN "
            "instead."
        ),
        "RT",
    ),
    Code(
        "MISSING_VERSION",
        Severity.WARNING,
        "Missing version",
        "We recommend that you specify the Version element to help you with debugging permission issues.",
        ALL,
    ),
    Code(
        "UNIQUE_SIDS_RECOMMENDED",
        Severity.WARNING,
        "Unique Sids recommended",
        "We recommend that you use statement IDs that are unique to your policy. Update the Sid value.",
        "RT",
    ),
    Code(
        "WILDCARD_WITHOUT_LIKE_OPERATOR",
        Severity.WARNING,
        "Wildcard without like operator",
        (
            "Your condition value includes a * or ? character. If you meant to use a wildcard (*, ?), update the "
            "condition operator to include Like."
        ),
        ALL,
    ),
    Code(
        "POLICY_SIZE_EXCEEDS_IDENTITY_POLICY_QUOTA",
        Severity.WARNING,
        "Policy size exceeds identity policy quota",
        (
            "The {{policySize}} characters in the identity policy, excluding whitespace, exceed the "
            "{{policySizeQuota}} character maximum for inline and managed policies. We recommend that you use "
            "multiple granular policies."
        ),
        "I",
    ),
    Code(
        "POLICY_SIZE_EXCEEDS_RESOURCE_POLICY_QUOTA",
        Severity.WARNING,
        "Policy size exceeds resource policy quota",
        (
            "The {{policySize}} characters in the resource policy exceed the {{policySizeQuota}} character "
            "maximum for resource policies. We recommend that you use multiple granular policies."
        ),
        "R",
    ),
    Code(
        "TYPE_MISMATCH",
        Severity.WARNING,
        "Type mismatch",
        "Use the operator type {{allowed}} instead of operator {{operator}} for the condition key {{key}}.",
        ALL,
    ),
    Code(
        "TYPE_MISMATCH_BOOLEAN",
        Severity.WARNING,
        "Type mismatch Boolean",
        "Add a valid Boolean value (true or false) for the condition operator {{operator}}.",
        ALL,
    ),
    Code(
        "TYPE_MISMATCH_DATE",
        Severity.WARNING,
        "Type mismatch date",
        (
            "The date condition operator is used with an invalid value. Specify a valid date using YYYY-MM-DD or "
            "other ISO 8601 date/time format."
        ),
        ALL,
    ),
    Code(
        "TYPE_MISMATCH_NUMBER",
        Severity.WARNING,
        "Type mismatch number",
        "Add a valid numeric value for the condition operator {{operator}}.",
        ALL,
    ),
    Code(
        "TYPE_MISMATCH_STRING",
        Severity.WARNING,
        "Type mismatch string",
        "Add a valid base64-encoded string value for the condition operator {{operator}}.",
        ALL,
    ),
    Code(
        "SPECIFIC_GITHUB_REPO_AND_BRANCH_RECOMMENDED",
        Severity.WARNING,
        "Specific github repo and branch recommended",
        (
            "Using a wildcard (*) in token.actions.githubusercontent.com:sub can allow requests from more "
            "sources than you intended. Specify the value of token.actions.githubusercontent.com:sub with the "
            "repository and branch name. If the subject claim does not include the branch, specify it in a "
            "token.actions.githubusercontent.com:ref condition key."
        ),
        "T",
    ),
    Code(
        "POLICY_SIZE_EXCEEDS_ROLE_TRUST_POLICY_QUOTA",
        Severity.WARNING,
        "Policy size exceeds role trust policy quota",
        (
            "The characters in the role trust policy, excluding whitespace, exceed the character maximum. We "
            "recommend that you request a role trust policy length quota increase using Service Quotas and AWS "
            "Support Center. If the quotas have already been increased, then you can ignore this warning."
        ),
        "T",
    ),
    Code(
        "RCP_MISSING_RELATED_PRINCIPAL_CONDITION_KEY",
        Severity.WARNING,
        "RCP missing related principal condition key",
        (
            "RCPs impact IAM roles, users, and AWS service principals. To prevent unintended impact to services "
            "acting on your behalf using a service principal, an additional statement should be added to the "
            'Condition block "BoolIfExists": { "aws:PrincipalIsAWSService": "false"} whenever a principal key '
            "{{conditionKeyName}} is used."
        ),
        "C",
    ),
    Code(
        "RCP_MISSING_RELATED_SERVICE_PRINCIPAL_CONDITION_KEY",
        Severity.WARNING,
        "RCP missing related service principal condition key",
        (
            "RCPs impact IAM roles, users, and AWS service principals. To prevent unintended impact to your "
            'principals, an additional statement should be added to the Condition block "BoolIfExists": { '
            '"aws:PrincipalIsAWSService": "true"} whenever the key {{conditionKeyName}} is used.'
        ),
        "C",
    ),
    Code(
        "RCP_MISSING_SERVICE_CONDITION_KEY_NULL_CHECK",
        Severity.WARNING,
        "RCP missing service condition key null check",
        (
            "The specified service may have a service integration that does not require the use of the "
            "{{conditionKeyName}} condition key. To prevent unintended impact to services acting on your behalf "
            'using a service principal, an additional statement should be added to the Condition block "Null": { '
            '"aws:SourceAccount": "false"} or "Null": { "aws:SourceArn": "false"} whenever the key '
            "{{conditionKeyName}} is used."
        ),
        "C",
    ),
    Code(
        "USE_CONDITION_KEY_ONLY_WITH_SUPPORTED_SERVICES",
        Severity.WARNING,
        "Use condition key only with supported services",
        (
            "The condition key {{key}} works only with specific AWS services and must be scoped to supported "
            "services in your policies."
        ),
        "IRSC",
    ),
)
