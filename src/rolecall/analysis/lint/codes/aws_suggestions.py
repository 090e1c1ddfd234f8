"""Suggestions: parts without effect, and clearer ways to say the same.

Codes, titles and messages of IAM Access Analyzer (IAM User Guide, "IAM policy validation check reference").
"""

from __future__ import annotations

from typing import Final

from rolecall.analysis.lint.codes.code import ALL, Code
from rolecall.policy.findings import Severity

ROWS: Final[tuple[Code, ...]] = (
    Code(
        "EMPTY_ARRAY_ACTION",
        Severity.SUGGESTION,
        "Empty array action",
        "This statement includes no actions and does not affect the policy. Specify actions.",
        ALL,
    ),
    Code(
        "EMPTY_ARRAY_CONDITION",
        Severity.SUGGESTION,
        "Empty array condition",
        (
            "There are no values for the condition key {{key}} and it does not affect the policy. Specify "
            "conditions."
        ),
        ALL,
    ),
    Code(
        "EMPTY_ARRAY_CONDITION_FORALLVALUES",
        Severity.SUGGESTION,
        "Empty array condition ForAllValues",
        (
            "The ForAllValues prefix with an empty condition key matches only if the key {{key}} is missing from "
            "the request context. To determine if the request context is empty, we recommend that you use the "
            "Null condition operator with the value of true instead."
        ),
        ALL,
    ),
    Code(
        "EMPTY_ARRAY_CONDITION_FORANYVALUE",
        Severity.SUGGESTION,
        "Empty array condition ForAnyValue",
        (
            "The ForAnyValue prefix with an empty condition key {{key}} never matches the request context and it "
            "does not affect the policy. Specify conditions."
        ),
        ALL,
    ),
    Code(
        "EMPTY_ARRAY_CONDITION_IFEXISTS",
        Severity.SUGGESTION,
        "Empty array condition IfExists",
        (
            "The IfExists suffix with an empty condition key matches only if the key {{key}} is missing from the "
            "request context. To determine if the request context is empty, we recommend that you use the Null "
            "condition operator with the value of true instead."
        ),
        ALL,
    ),
    Code(
        "EMPTY_ARRAY_PRINCIPAL",
        Severity.SUGGESTION,
        "Empty array principal",
        "This statement includes no principals and does not affect the policy. Specify principals.",
        "RT",
    ),
    Code(
        "EMPTY_ARRAY_RESOURCE",
        Severity.SUGGESTION,
        "Empty array resource",
        "This statement includes no resources and does not affect the policy. Specify resources.",
        "IRSC",
    ),
    Code(
        "EMPTY_OBJECT_CONDITION",
        Severity.SUGGESTION,
        "Empty object condition",
        "This condition block is empty and it does not affect the policy. Specify conditions.",
        ALL,
    ),
    Code(
        "EMPTY_OBJECT_PRINCIPAL",
        Severity.SUGGESTION,
        "Empty object principal",
        "This statement includes no principals and does not affect the policy. Specify principals.",
        "RT",
    ),
    Code(
        "EMPTY_SID_VALUE",
        Severity.SUGGESTION,
        "Empty Sid value",
        "Add a value to the empty string in the Sid element.",
        ALL,
    ),
    Code(
        "IMPROVE_IP_RANGE",
        Severity.SUGGESTION,
        "Improve IP range",
        ("The non-zero bits in the IP address after the masked bits are ignored. Replace address with {{addr}}."),
        ALL,
    ),
    Code(
        "NULL_WITH_QUALIFIER",
        Severity.SUGGESTION,
        "Null with qualifier",
        (
            "Avoid using the Null condition operator with the ForAllValues or ForAnyValue qualifiers because "
            "they always return a true or false respectively."
        ),
        ALL,
    ),
    Code(
        "PRIVATE_IP_ADDRESS_SUBSET",
        Severity.SUGGESTION,
        "Private IP address subset",
        (
            "The values for condition key aws:SourceIp include a mix of private and public IP addresses. The "
            "private addresses will not have the desired effect. aws:SourceIp works only for public IP address "
            "ranges. To define permissions for private IP ranges, use aws:VpcSourceIp."
        ),
        ALL,
    ),
    Code(
        "PRIVATE_NOT_IP_ADDRESS_SUBSET",
        Severity.SUGGESTION,
        "Private NotIpAddress subset",
        (
            "The values for condition key aws:SourceIp include a mix of private and public IP addresses. The "
            "private addresses have no effect. aws:SourceIp works only for public IP address ranges. To define "
            "permissions for private IP ranges, use aws:VpcSourceIp."
        ),
        ALL,
    ),
    Code(
        "REDUNDANT_ACTION",
        Severity.SUGGESTION,
        "Redundant action",
        (
            "The {{redundantActionCount}} action(s) are redundant because they provide similar permissions. "
            "Update the policy to remove the redundant action such as: {{redundantAction}}."
        ),
        ALL,
    ),
    Code(
        "REDUNDANT_CONDITION_VALUE_NUM",
        Severity.SUGGESTION,
        "Redundant condition value num",
        (
            "Multiple values in {{operator}} are redundant. Replace with the {{greatest/least}} single value for "
            "{{key}}."
        ),
        ALL,
    ),
    Code(
        "REDUNDANT_RESOURCE",
        Severity.SUGGESTION,
        "Redundant resource",
        (
            "The {{redundantResourceCount}} resource ARN(s) are redundant because they reference the same "
            "resource. Review the use of wildcards (*)"
        ),
        "IRSC",
    ),
    Code(
        "REDUNDANT_STATEMENT",
        Severity.SUGGESTION,
        "Redundant statement",
        (
            "The statements are redundant because they provide identical permissions. Update the policy to "
            "remove the redundant statement."
        ),
        ALL,
    ),
    Code(
        "WILDCARD_IN_SERVICE_NAME",
        Severity.SUGGESTION,
        "Wildcard in service name",
        (
            "Avoid using wildcards (*, ?) in the service name because it might grant unintended access to other "
            "AWS services with similar names."
        ),
        ALL,
    ),
    Code(
        "ALLOW_WITH_UNSUPPORTED_TAG_CONDITION_KEY_FOR_SERVICE",
        Severity.SUGGESTION,
        "Allow with unsupported tag condition key for service",
        (
            "Using the effect Allow with the tag condition key {{conditionKeyName}} and actions for services "
            "with the following prefixes does not affect the policy: {{serviceNames}}. Actions for the listed "
            "service are not allowed by this statement. We recommend that you move these actions to a different "
            "statement without this condition key."
        ),
        "IR",
    ),
    Code(
        "ALLOW_NOTACTION_WITH_UNSUPPORTED_TAG_CONDITION_KEY_FOR_SERVICE",
        Severity.SUGGESTION,
        "Allow NotAction with unsupported tag condition key for service",
        (
            "Using the effect Allow with NotAction and the tag condition key {{conditionKeyName}} allows only "
            "service actions that support the condition key. The condition key doesn't apply to some service "
            "actions. We recommend that you use Action instead of NotAction."
        ),
        "IR",
    ),
    Code(
        "RECOMMENDED_CONDITION_KEY_FOR_SERVICE_PRINCIPAL",
        Severity.SUGGESTION,
        "Recommended condition key for service principal",
        (
            "To restrict access to the service principal {{servicePrincipalPrefix}} operating on your behalf, we "
            "recommend aws:SourceArn, aws:SourceAccount, aws:SourceOrgID, or aws:SourceOrgPaths instead of "
            "{{key}}."
        ),
        "R",
    ),
    Code(
        "IRRELEVANT_CONDITION_KEY_IN_POLICY",
        Severity.SUGGESTION,
        "Irrelevant condition key in policy",
        (
            "The condition key {{condition-key}} is not relevant for the {{resource-type}} policy.  Use this key "
            "in an identity-based policy to govern access to this resource."
        ),
        "R",
    ),
    Code(
        "REDUNDANT_PRINCIPAL_IN_ROLE_TRUST_POLICY",
        Severity.SUGGESTION,
        "Redundant principal in role trust policy",
        (
            "The assumed-role principal {{redundant_principal}} is redundant with its parent role "
            "{{parent_role}}. Remove the assumed-role principal."
        ),
        "T",
    ),
    Code(
        "CONFIRM_AUDIENCE_CLAIM_TYPE",
        Severity.SUGGESTION,
        "Confirm audience claim type",
        (
            'The "{{key}}" ({{audienceType}}) claim key identifies the recipients that the JSON web token is '
            "intended for. Because this claim is single-valued, do not use a qualifier."
        ),
        "T",
    ),
    Code(
        "EQUIVALENT_TO_NULL_FALSE",
        Severity.SUGGESTION,
        "Equivalent to null false",
        (
            "We recommend replacing the key {{key}} in the condition block of {{operator}} with "
            "{{{recommendedKey}}: false} to ensure better enforcement of the condition."
        ),
        ALL,
    ),
    Code(
        "EQUIVALENT_TO_NULL_TRUE",
        Severity.SUGGESTION,
        "Equivalent to null true",
        (
            "We recommend replacing the key {{key}} in the condition block of {{operator}} with "
            "{{{recommendedKey}}: true} to ensure better enforcement of the condition."
        ),
        ALL,
    ),
    Code(
        "REDUNDANT_KEY_DUE_TO_WILDCARD_IN_CONDITION",
        Severity.SUGGESTION,
        "Redundant key due to wildcard in condition",
        (
            "The key {{key}} in the condition block of {{operator}} is redundant because it is always matched. "
            "Remove this key to simplify the condition."
        ),
        ALL,
    ),
    Code(
        "REDUNDANT_STATEMENT_DUE_TO_WILDCARD_IN_CONDITION",
        Severity.SUGGESTION,
        "Redundant statement due to wildcard in condition",
        (
            "The key {{key}} in the condition block of {{operator}} does not match any values. Remove this key "
            "to simplify the condition."
        ),
        ALL,
    ),
)
