"""Errors: the service refuses the policy, or a part of it can never work.

Codes, titles and messages of IAM Access Analyzer (IAM User Guide, "IAM policy validation check reference").
"""

from __future__ import annotations

from typing import Final

from rolecall.analysis.lint.codes.code import ALL, Code
from rolecall.policy.findings import Severity

ROWS: Final[tuple[Code, ...]] = (
    Code(
        "ARN_ACCOUNT_NOT_ALLOWED",
        Severity.ERROR,
        "ARN account not allowed",
        "The service {{service}} does not support specifying an account ID in the resource ARN.",
        "IRSC",
    ),
    Code(
        "ARN_REGION_NOT_ALLOWED",
        Severity.ERROR,
        "ARN Region not allowed",
        "The service {{service}} does not support specifying a Region in the resource ARN.",
        "IRSC",
    ),
    Code(
        "DATA_TYPE_MISMATCH",
        Severity.ERROR,
        "Data type mismatch",
        "The text does not match the expected JSON data type {{data_type}}.",
        ALL,
    ),
    Code(
        "DUPLICATE_KEYS_WITH_DIFFERENT_CASE",
        Severity.ERROR,
        "Duplicate keys with different case",
        (
            "The condition key {{key}} appears more than once with different capitalization in the same "
            "condition block. Remove the duplicate condition keys."
        ),
        ALL,
    ),
    Code(
        "INVALID_ACTION",
        Severity.ERROR,
        "Invalid action",
        "The action {{action}} does not exist.",
        ALL,
        others=("The action {{action}} does not exist. Did you mean {{valid_action}}?",),
    ),
    Code(
        "INVALID_ARN_ACCOUNT",
        Severity.ERROR,
        "Invalid ARN account",
        "The resource ARN account ID {{account}} is not valid. Provide a 12-digit account ID.",
        "IRSC",
    ),
    Code(
        "INVALID_ARN_PREFIX",
        Severity.ERROR,
        "Invalid ARN prefix",
        "Add the required prefix (arn) to the resource ARN.",
        "IRSC",
    ),
    Code(
        "INVALID_ARN_REGION",
        Severity.ERROR,
        "Invalid ARN Region",
        (
            "The Region {{region}} is not valid for this resource. Update the resource ARN to include a "
            "supported Region."
        ),
        "IRSC",
    ),
    Code(
        "INVALID_ARN_RESOURCE",
        Severity.ERROR,
        "Invalid ARN resource",
        "Resource ARN does not match the expected ARN format. Update the resource portion of the ARN.",
        "IRSC",
    ),
    Code(
        "INVALID_ARN_SERVICE_CASE",
        Severity.ERROR,
        "Invalid ARN service case",
        "Update the service name {{service}} in the resource ARN to use all lowercase letters.",
        "IRSC",
    ),
    Code(
        "INVALID_CONDITION_DATA_TYPE",
        Severity.ERROR,
        "Invalid condition data type",
        "The condition value data types do not match. Use condition values of the same JSON data type.",
        ALL,
    ),
    Code(
        "INVALID_CONDITION_KEY_FORMAT",
        Severity.ERROR,
        "Invalid condition key format",
        "The condition key format is not valid. Use the format service:keyname.",
        ALL,
    ),
    Code(
        "INVALID_CONDITION_MULTIPLE_BOOLEAN",
        Severity.ERROR,
        "Invalid condition multiple Boolean",
        "The condition key does not support multiple Boolean values. Use a single Boolean value.",
        ALL,
    ),
    Code(
        "INVALID_CONDITION_OPERATOR",
        Severity.ERROR,
        "Invalid condition operator",
        "The condition operator {{operator}} is not valid. Use a valid condition operator.",
        ALL,
    ),
    Code(
        "INVALID_EFFECT",
        Severity.ERROR,
        "Invalid effect",
        "The effect {{effect}} is not valid. Use Allow or Deny.",
        ALL,
    ),
    Code(
        "INVALID_GLOBAL_CONDITION_KEY",
        Severity.ERROR,
        "Invalid global condition key",
        "The condition key {{key}} does not exist. Use a valid condition key.",
        ALL,
    ),
    Code(
        "INVALID_PARTITION",
        Severity.ERROR,
        "Invalid partition",
        (
            "The resource ARN for the service {{service}} does not support the partition {{partition}}. Use the "
            "supported values: {{partitions}}"
        ),
        "IRSC",
    ),
    Code(
        "INVALID_POLICY_ELEMENT",
        Severity.ERROR,
        "Invalid policy element",
        "The policy element {{element}} is not valid.",
        ALL,
    ),
    Code(
        "INVALID_PRINCIPAL_FORMAT",
        Severity.ERROR,
        "Invalid principal format",
        "The Principal element contents are not valid. Specify a key-value pair in the Principal element.",
        "RTC",
    ),
    Code(
        "INVALID_PRINCIPAL_KEY",
        Severity.ERROR,
        "Invalid principal key",
        "The principal key {{principal-key}} is not valid.",
        "RT",
    ),
    Code(
        "INVALID_REGION",
        Severity.ERROR,
        "Invalid Region",
        "The Region {{region}} is not valid. Update the condition value to a supported Region.",
        ALL,
    ),
    Code(
        "INVALID_SERVICE",
        Severity.ERROR,
        "Invalid service",
        "The service {{service}} does not exist. Use a valid service name.",
        ALL,
    ),
    Code(
        "INVALID_SERVICE_CONDITION_KEY",
        Severity.ERROR,
        "Invalid service condition key",
        "The condition key {{key}} does not exist in the service {{service}}. Use a valid condition key.",
        ALL,
    ),
    Code(
        "INVALID_SERVICE_IN_ACTION",
        Severity.ERROR,
        "Invalid service in action",
        "The service {{service}} specified in the action does not exist.",
        ALL,
        others=("The service {{service}} specified in the action does not exist. Did you mean {{service2}}?",),
    ),
    Code(
        "INVALID_VARIABLE_FOR_OPERATOR",
        Severity.ERROR,
        "Invalid variable for operator",
        "Policy variables can only be used with String and ARN operators.",
        ALL,
    ),
    Code(
        "INVALID_VERSION",
        Severity.ERROR,
        "Invalid version",
        "The version {{version}} is not valid. Use one of the following versions: {{versions}}",
        ALL,
    ),
    Code(
        "JSON_SYNTAX_ERROR",
        Severity.ERROR,
        "Json syntax error",
        "Fix the JSON syntax error at index {{index}} line {{line}} column {{column}}.",
        ALL,
        others=("Fix the JSON syntax error.",),
    ),
    Code(
        "MISSING_ACTION",
        Severity.ERROR,
        "Missing action",
        "Add an Action or NotAction element to the policy statement.",
        ALL,
    ),
    Code(
        "MISSING_ARN_FIELD",
        Severity.ERROR,
        "Missing ARN field",
        (
            "Resource ARNs must include at least {{fields}} fields in the following structure: "
            "arn:partition:service:region:account:resource"
        ),
        "IRSC",
    ),
    Code(
        "MISSING_ARN_REGION",
        Severity.ERROR,
        "Missing ARN Region",
        "Add a Region to the {{service}} resource ARN.",
        "IRSC",
    ),
    Code(
        "MISSING_EFFECT",
        Severity.ERROR,
        "Missing effect",
        "Add an Effect element to the policy statement with a value of Allow or Deny.",
        ALL,
    ),
    Code(
        "MISSING_PRINCIPAL",
        Severity.ERROR,
        "Missing principal",
        "Add a Principal element to the policy statement.",
        "RTC",
    ),
    Code(
        "MISSING_QUALIFIER",
        Severity.ERROR,
        "Missing qualifier",
        (
            "The request context key {{key}} has multiple values. Use the ForAllValues or ForAnyValue condition "
            "key qualifiers in your policy."
        ),
        ALL,
    ),
    Code(
        "MISSING_RESOURCE",
        Severity.ERROR,
        "Missing resource",
        "Add a Resource or NotResource element to the policy statement.",
        "IRSC",
    ),
    Code(
        "MISSING_STATEMENT",
        Severity.ERROR,
        "Missing statement",
        "Add a statement to the policy",
        ALL,
    ),
    Code(
        "NULL_WITH_IF_EXISTS",
        Severity.ERROR,
        "Null with if exists",
        (
            "The Null condition operator cannot be used with the IfExists suffix. Update the operator or the "
            "suffix."
        ),
        ALL,
    ),
    Code(
        "SCP_SYNTAX_ERROR_ACTION_WILDCARD",
        Severity.ERROR,
        "SCP syntax error action wildcard",
        "SCP actions can include wildcards (*) only at the end of a string. Update {{action}}.",
        "S",
        # Organizations takes wildcards anywhere since September 2025; said on request, for portability.
        default=False,
    ),
    Code(
        "SCP_SYNTAX_ERROR_PRINCIPAL",
        Severity.ERROR,
        "SCP syntax error principal",
        "SCPs do not support specifying principals. Remove the Principal or NotPrincipal element.",
        "S",
    ),
    Code(
        "UNIQUE_SIDS_REQUIRED",
        Severity.ERROR,
        "Unique Sids required",
        "Duplicate statement IDs are not supported for this policy type. Update the Sid value.",
        "ISC",
    ),
    Code(
        "UNSUPPORTED_ACTION_IN_POLICY",
        Severity.ERROR,
        "Unsupported action in policy",
        (
            "The action {{action}} is not supported for the resource-based policy attached to the resource type "
            "{{resourceType}}."
        ),
        "RT",
    ),
    Code(
        "UNSUPPORTED_ELEMENT_COMBINATION",
        Severity.ERROR,
        "Unsupported element combination",
        (
            "The policy elements {{element1}} and {{element2}} can not be used in the same statement. Remove one "
            "of these elements."
        ),
        ALL,
    ),
    Code(
        "UNSUPPORTED_GLOBAL_CONDITION_KEY",
        Severity.ERROR,
        "Unsupported global condition key",
        "The condition key aws:ARN is not supported. Use aws:PrincipalArn or aws:SourceArn instead.",
        ALL,
    ),
    Code(
        "UNSUPPORTED_PRINCIPAL",
        Severity.ERROR,
        "Unsupported principal",
        ("The policy type {{policy_type}} does not support the Principal element. Remove the Principal element."),
        "I",
    ),
    Code(
        "UNSUPPORTED_RESOURCE_ARN_IN_POLICY",
        Severity.ERROR,
        "Unsupported resource ARN in policy",
        (
            "The resource ARN is not supported for the resource-based policy attached to the resource type "
            "{{resourceType}}."
        ),
        "R",
    ),
    Code(
        "UNSUPPORTED_SID",
        Severity.ERROR,
        "Unsupported Sid",
        ("Update the characters in the Sid element to use one of the following character types: [a-z, A-Z, 0-9]"),
        "ISC",
    ),
    Code(
        "UNSUPPORTED_WILDCARD_IN_PRINCIPAL",
        Severity.ERROR,
        "Unsupported wildcard in principal",
        (
            "Wildcards (*, ?) are not supported with the principal key {{principal_key}}. Replace the wildcard "
            "with a valid principal value."
        ),
        "RT",
    ),
    Code(
        "MISSING_BRACE_IN_VARIABLE",
        Severity.ERROR,
        "Missing brace in variable",
        "The policy variable is missing a closing curly brace. Add } after the variable text.",
        ALL,
    ),
    Code(
        "MISSING_QUOTE_IN_VARIABLE",
        Severity.ERROR,
        "Missing quote in variable",
        "The policy variable default value must begin and end with a single quote. Add the missing quote.",
        ALL,
    ),
    Code(
        "UNSUPPORTED_SPACE_IN_VARIABLE",
        Severity.ERROR,
        "Unsupported space in variable",
        "A space is not supported within the policy variable text. Remove the space.",
        ALL,
    ),
    Code(
        "EMPTY_VARIABLE",
        Severity.ERROR,
        "Empty variable",
        ("Empty policy variable. Remove the ${ } variable structure or provide a variable within the structure."),
        ALL,
    ),
    Code(
        "VARIABLE_UNSUPPORTED_IN_ELEMENT",
        Severity.ERROR,
        "Variable unsupported in element",
        (
            "Policy variables are supported in the Resource and Condition elements. Remove the policy variable "
            "{{variable}} from this element."
        ),
        ALL,
    ),
    Code(
        "VARIABLE_UNSUPPORTED_IN_VERSION",
        Severity.ERROR,
        "Variable unsupported in version",
        "To include variables in your policy, use the policy version 2012-10-17 or later.",
        ALL,
    ),
    Code(
        "PRIVATE_IP_ADDRESS",
        Severity.ERROR,
        "Private IP address",
        (
            "aws:SourceIp works only for public IP address ranges. The values for condition key aws:SourceIp "
            "include only private IP addresses and will not have the desired effect. Update the value to include "
            "only public IP addresses."
        ),
        ALL,
    ),
    Code(
        "PRIVATE_NOT_IP_ADDRESS",
        Severity.ERROR,
        "Private NotIpAddress",
        (
            "The values for condition key aws:SourceIp include only private IP addresses and has no effect. "
            "aws:SourceIp works only for public IP address ranges. Update the value to include only public IP "
            "addresses."
        ),
        ALL,
    ),
    Code(
        "POLICY_SIZE_EXCEEDS_SCP_QUOTA",
        Severity.ERROR,
        "Policy size exceeds SCP quota",
        (
            "The {{policySize}} characters in the service control policy (SCP) exceed the {{policySizeQuota}} "
            "character maximum for SCPs. We recommend that you use multiple granular policies."
        ),
        "S",
    ),
    Code(
        "INVALID_SERVICE_PRINCIPAL_FORMAT",
        Severity.ERROR,
        "Invalid service principal format",
        "The service principal does not match the expected format. Use the format {{expectedFormat}}.",
        ALL,
    ),
    Code(
        "MISSING_TAG_KEY_IN_CONDITION",
        Severity.ERROR,
        "Missing tag key in condition",
        (
            "The condition key {{conditionKeyName}} must include a tag key to control access based on tags. Use "
            "the format {{conditionKeyName}}tag-key and specify a key name for tag-key."
        ),
        ALL,
    ),
    Code(
        "INVALID_VPC_FORMAT",
        Severity.ERROR,
        "Invalid vpc format",
        (
            "The VPC identifier in the condition key value is not valid. Use the prefix 'vpc-' followed by 8 or "
            "17 alphanumeric characters."
        ),
        ALL,
    ),
    Code(
        "INVALID_VPCE_FORMAT",
        Severity.ERROR,
        "Invalid vpce format",
        (
            "The VPCE identifier in the condition key value is not valid.  Use the prefix 'vpce-' followed by 8 "
            "or 17 alphanumeric characters."
        ),
        ALL,
    ),
    Code(
        "FEDERATED_PRINCIPAL_NOT_SUPPORTED",
        Severity.ERROR,
        "Federated principal not supported",
        (
            "The policy type does not support a federated identity provider in the principal element. Use a "
            "supported principal."
        ),
        "R",
    ),
    Code(
        "UNSUPPORTED_ACTION_FOR_CONDITION_KEY",
        Severity.ERROR,
        "Unsupported action for condition key",
        (
            "The following actions: {{actions}} are not supported by the condition key {{key}}. The condition "
            "will not be evaluated for these actions. We recommend that you move these actions to a different "
            "statement without this condition key."
        ),
        ALL,
    ),
    Code(
        "UNSUPPORTED_CONDITION_KEY_FOR_SERVICE_PRINCIPAL",
        Severity.ERROR,
        "Unsupported condition key for service principal",
        (
            "The following condition keys are not supported when used with the service principal: "
            "{{conditionKeys}}."
        ),
        "RTC",
    ),
    Code(
        "ROLE_TRUST_POLICY_SYNTAX_ERROR_NOTPRINCIPAL",
        Severity.ERROR,
        "Role trust policy syntax error notprincipal",
        ("Role trust policies do not support NotPrincipal. Update the policy to use a Principal element instead."),
        "T",
    ),
    Code(
        "ROLE_TRUST_POLICY_UNSUPPORTED_WILDCARD_IN_PRINCIPAL",
        Severity.ERROR,
        "Role trust policy unsupported wildcard in principal",
        (
            '"Principal:" "*" is not supported in the principal element of a role trust policy. Replace the '
            "wildcard with a valid principal value."
        ),
        "T",
    ),
    Code(
        "ROLE_TRUST_POLICY_SYNTAX_ERROR_RESOURCE",
        Severity.ERROR,
        "Role trust policy syntax error resource",
        (
            "Role trust policies apply to the role that they are attached to. You cannot specify a resource. "
            "Remove the Resource or NotResource element."
        ),
        "T",
    ),
    Code(
        "MISSING_ACTION_FOR_CONDITION_KEY",
        Severity.ERROR,
        "Missing action for condition key",
        (
            "The {{actionName}} action must be in the action block to allow setting values for the condition key "
            "{{keyName}}. Add {{actionName}} to the action block."
        ),
        "ITS",
    ),
    Code(
        "INVALID_FEDERATED_PRINCIPAL_SYNTAX_IN_ROLE_TRUST_POLICY",
        Severity.ERROR,
        "Invalid federated principal syntax in role trust policy",
        (
            "The principal value specifies a federated principal that does not match the expected format. Update "
            "the federated principal to a domain name or a SAML metadata ARN."
        ),
        "T",
    ),
    Code(
        "MISMATCHED_ACTION_FOR_PRINCIPAL",
        Severity.ERROR,
        "Mismatched action for principal",
        (
            "The {{actionName}} action is invalid with the following principal(s): {{principalNames}}. Use a "
            "SAML provider principal with the sts:AssumeRoleWithSAML action or use an OIDC provider principal "
            "with the sts:AssumeRoleWithWebIdentity action. Ensure the provider is Federated if you use either "
            "of the two options."
        ),
        "T",
    ),
    Code(
        "MISSING_ACTION_FOR_ROLES_ANYWHERE_TRUST_POLICY",
        Severity.ERROR,
        "Missing action for roles anywhere trust policy",
        (
            "The rolesanywhere.amazonaws.com service principal requires the sts:AssumeRole, "
            "sts:SetSourceIdentity, and sts:TagSession permissions to assume a role. Add the missing permissions "
            "to the policy."
        ),
        "T",
    ),
    Code(
        "TYPE_MISMATCH_IP_RANGE",
        Severity.ERROR,
        "Type mismatch IP range",
        (
            "The condition operator {{operator}} is used with an invalid IP range value. Specify the IP range in "
            "standard CIDR format."
        ),
        ALL,
    ),
    Code(
        "POLICY_SIZE_EXCEEDS_RCP_QUOTA",
        Severity.ERROR,
        "Policy size exceeds RCP quota",
        (
            "The {{policySize}} characters in the resource control policy (RCP) exceed the {{policySizeQuota}} "
            "character maximum for RCPs. We recommend that you use multiple granular policies."
        ),
        "C",
    ),
    Code(
        "RCP_SYNTAX_ERROR_PRINCIPAL",
        Severity.ERROR,
        "RCP syntax error principal",
        (
            'The Principal element contents are not valid. RCPs only support specifying all principals ("*") in '
            "the Principal element. The NotPrincipal element is not supported for RCPs."
        ),
        "C",
    ),
    Code(
        "RCP_SYNTAX_ERROR_ALLOW",
        Severity.ERROR,
        "RCP syntax error allow",
        (
            'RCPs only support specifying all principals ("*") in the Principal element, all resources ("*") in '
            "the Resource element, and no Condition element with an effect of Allow."
        ),
        "C",
    ),
    Code(
        "RCP_SYNTAX_ERROR_NOTACTION",
        Severity.ERROR,
        "RCP syntax error NotAction",
        "RCPs do not support the NotAction element. Update to use the Action element.",
        "C",
    ),
    Code(
        "RCP_SYNTAX_ERROR_ACTION",
        Severity.ERROR,
        "RCP syntax error action",
        "RCPs only support specifying select service prefixes in the Action element. Learn more here.",
        "C",
    ),
    Code(
        "MISSING_ARN_ACCOUNT",
        Severity.ERROR,
        "Missing ARN account",
        (
            "The resource {{resourceName}} in the arn is missing an account id. Please provide a 12 digit "
            "account id."
        ),
        "IRSC",
    ),
    Code(
        "INVALID_KMS_KEY_VALUE",
        Severity.ERROR,
        "Invalid kms key value",
        "The {{key}} condition key value must be a valid KMS key ARN.",
        ALL,
    ),
    Code(
        "VARIABLE_USAGE_TOO_PERMISSIVE",
        Severity.ERROR,
        "Variable usage too permissive",
        (
            "Overly permissive use of policy variable for the {{key}} condition key. Use the policy variable "
            "preceded by 6 consecutive characters."
        ),
        ALL,
        others=(
            (
                "The policy variable is not allowed in the condition key {{key}}. We consider the key to be "
                "sensitive and policy variables can be evaluated as effective wildcards. Therefore policy "
                "variables are not allowed to be used with sensitive keys. Refer to "
                "https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_condition-keys.html for the "
                "list of sensitive keys."
            ),
            (
                "Overly permissive use of policy variable with aws:userID. Use the policy variable on the right "
                "side of colon or as the only character on the left side of a colon."
            ),
        ),
    ),
    Code(
        "WILDCARD_USAGE_TOO_PERMISSIVE",
        Severity.ERROR,
        "Wildcard usage too permissive",
        (
            "Overly permissive use of wildcard for the {{key}} condition key. Use the wildcard preceded by 6 "
            "consecutive characters."
        ),
        ALL,
        others=(
            (
                "The wildcard is not allowed in the condition key {{key}}. We consider the key to be sensitive "
                "and wildcards are not allowed to be used with sensitive keys. Refer to "
                "https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_condition-keys.html for the "
                "list of sensitive keys."
            ),
            (
                "Overly permissive use of wildcard with aws:userID. Use the wildcard on the right side of colon "
                "or as the only character on the left side of a colon."
            ),
        ),
    ),
)
