"""Every refusal of Organizations: code, reason and message by situation, in one table.

Codes and reasons are those of the service's model; texts are the API Reference's.
"""

from __future__ import annotations

from typing import Final

from rolecall.wire.errors import AwsError

CONSTRAINT: Final = "ConstraintViolationException"
INPUT: Final = "InvalidInputException"
HANDSHAKE: Final = "HandshakeConstraintViolationException"
DENIED: Final = "AccessDeniedException"
MALFORMED: Final = "MalformedPolicyDocumentException"

# situation: (code, reason, text)
ERRORS: Final[dict[str, tuple[str, str, str]]] = {
    "no organization": (
        "AWSOrganizationsNotInUseException",
        "",
        "Your account is not a member of an organization.",
    ),
    "in organization": (
        "AlreadyInOrganizationException",
        "",
        "The provided account is already a member of an organization.",
    ),
    "not allowed": (DENIED, "", "You don't have permissions to access this resource."),
    "no leave for service role": (
        "AccessDeniedForDependencyException",
        "ACCESS_DENIED_DURING_CREATE_SERVICE_LINKED_ROLE",
        "The request failed because your credentials do not have permission to create the service-linked role "
        "required by AWS Organizations.",
    ),
    # what is not there
    "no root": ("RootNotFoundException", "", "You specified a root that doesn't exist."),
    "no unit": (
        "OrganizationalUnitNotFoundException",
        "",
        "You specified an organizational unit that doesn't exist.",
    ),
    "no account": ("AccountNotFoundException", "", "You specified an account that doesn't exist."),
    "no parent": ("ParentNotFoundException", "", "You specified parent that doesn't exist."),
    "no source parent": (
        "SourceParentNotFoundException",
        "",
        "We can't find a source root or OU with the ParentId that you specified.",
    ),
    "no destination parent": (
        "DestinationParentNotFoundException",
        "",
        "We can't find the destination container (a root or OU) with the ParentId that you specified.",
    ),
    "no child": ("ChildNotFoundException", "", "You specified a child that doesn't exist."),
    "no target": ("TargetNotFoundException", "", "You specified a target that doesn't exist."),
    "no policy": ("PolicyNotFoundException", "", "You specified a policy that doesn't exist."),
    "no policy to change": (
        "PolicyNotFoundException",
        "",
        "We can't find a policy with the PolicyId that you specified.",
    ),
    "not attached": (
        "PolicyNotAttachedException",
        "",
        "The policy isn't attached to the specified target in the specified root.",
    ),
    "no create status": (
        "CreateAccountStatusNotFoundException",
        "",
        "We can't find a create account request with the CreateAccountRequestId that you specified.",
    ),
    "no handshake": ("HandshakeNotFoundException", "", "You specified a handshake that doesn't exist."),
    "no effective policy": (
        "EffectivePolicyNotFoundException",
        "",
        "The effective policy for the specified target and policy type doesn't exist.",
    ),
    "no resource policy": (
        "ResourcePolicyNotFoundException",
        "",
        "You specified a resource policy that doesn't exist.",
    ),
    "no transfer": (
        "ResponsibilityTransferNotFoundException",
        "",
        "We can't find a transfer that you specified.",
    ),
    "not registered": (
        "AccountNotRegisteredException",
        "",
        "The provided account is not a registered delegated administrator for your organization.",
    ),
    # what is there already
    "unit exists": (
        "DuplicateOrganizationalUnitException",
        "",
        "An OU with the same name already exists.",
    ),
    "policy exists": ("DuplicatePolicyException", "", "A policy with the same name already exists."),
    "attached already": (
        "DuplicatePolicyAttachmentException",
        "",
        "A policy with the same name is already attached to the specified target.",
    ),
    "account there already": (
        "DuplicateAccountException",
        "",
        "That account is already present in the specified destination.",
    ),
    "handshake exists": (
        "DuplicateHandshakeException",
        "",
        "A handshake with the same action and target already exists.",
    ),
    "registered already": (
        "AccountAlreadyRegisteredException",
        "",
        "The provided account is already a delegated administrator for your organization.",
    ),
    "closed already": ("AccountAlreadyClosedException", "", "The provided account is already closed."),
    # what stands in the way
    "organization not empty": (
        "OrganizationNotEmptyException",
        "",
        "The organization isn't empty. To delete an organization, you must first remove all accounts except the "
        "management account, delete all OUs, and delete all policies.",
    ),
    "unit not empty": (
        "OrganizationalUnitNotEmptyException",
        "",
        "The specified OU is not empty. Move all accounts to another root or to other OUs, remove all child OUs, "
        "and try the operation again.",
    ),
    "policy in use": (
        "PolicyInUseException",
        "",
        "The policy is attached to one or more entities. You must detach it from all roots, OUs, and accounts "
        "before performing this operation.",
    ),
    "manager stays": (
        "MasterCannotLeaveOrganizationException",
        "",
        "You can't remove a management account from an organization. If you want the management account to become "
        "a member account in another organization, you must first delete the current organization of the "
        "management account.",
    ),
    "type not enabled": (
        "PolicyTypeNotEnabledException",
        "",
        "This operation can be performed only for enabled policy types.",
    ),
    "type enabled already": (
        "PolicyTypeAlreadyEnabledException",
        "",
        "The specified policy type is already enabled.",
    ),
    "type not available": (
        "PolicyTypeNotAvailableForOrganizationException",
        "",
        "You can't use the specified policy type with the feature set currently enabled for this organization. "
        "For example, you can enable SCPs only after you enable all features in the organization.",
    ),
    "handshake in state": (
        "HandshakeAlreadyInStateException",
        "",
        "The specified handshake is already in the requested state.",
    ),
    "handshake over": (
        "InvalidHandshakeTransitionException",
        "",
        "You can't perform the operation on the handshake in its current state.",
    ),
    # input
    "bad token": (INPUT, "INVALID_NEXT_TOKEN", "The value for the NextToken parameter is not valid."),
    "AWS policy": (
        INPUT,
        "IMMUTABLE_POLICY",
        "You specified a policy that is managed by AWS and can't be modified.",
    ),
    "too many filters": (
        INPUT,
        "MAX_LIMIT_EXCEEDED_FILTER",
        "You can specify only one filter parameter for the operation.",
    ),
    "stays attached": (INPUT, "NON_DETACHABLE_POLICY", "You can't detach this AWS Managed Policy."),
    "unknown service": (
        INPUT,
        "UNRECOGNIZED_SERVICE_PRINCIPAL",
        "You specified an unrecognized service principal.",
    ),
    "bad role name": (
        INPUT,
        "INVALID_ROLE_NAME",
        "You provided a role name that isn't valid. A role name can't begin with the reserved prefix "
        "AWSServiceRoleFor.",
    ),
    "system tag": (
        INPUT,
        "INVALID_SYSTEM_TAGS_PARAMETER",
        "You specified a tag key that is a system tag. You can't add, edit, or delete system tag keys because "
        "they're reserved for AWS use. System tags don't count against your tags per resource limit.",
    ),
    "tag twice": (
        INPUT,
        "DUPLICATE_TAG_KEY",
        "Tag keys must be unique among the tags attached to the same entity.",
    ),
    "bad party": (
        INPUT,
        "INVALID_PARTY_TYPE_TARGET",
        "You specified the wrong type of entity (account, organization, or email) as a party.",
    ),
    "bad email": (
        INPUT,
        "INVALID_EMAIL_ADDRESS_TARGET",
        "You specified an invalid email address for the invited account owner.",
    ),
    "target not supported": (
        INPUT,
        "TARGET_NOT_SUPPORTED",
        "You can't perform the specified operation on that target entity.",
    ),
    "bad resource policy": (INPUT, "INVALID_RESOURCE_POLICY_JSON", "The resource policy is not valid: {reason}"),
    "bad principal": (INPUT, "INVALID_PRINCIPAL", "You specified an invalid principal element in the policy."),
    "bad action": (
        INPUT,
        "UNSUPPORTED_ACTION_IN_RESOURCE_POLICY",
        "The resource policy contains an action that it cannot delegate: {name}.",
    ),
    "bad resource": (
        INPUT,
        "UNSUPPORTED_RESOURCE_IN_RESOURCE_POLICY",
        "The resource policy contains a resource that is not of this organization: {name}.",
    ),
    # limits
    "no all features": (
        CONSTRAINT,
        "ORGANIZATION_NOT_IN_ALL_FEATURES_MODE",
        "You attempted to perform an operation that requires the organization to be configured to support all "
        "features.",
    ),
    "units": (CONSTRAINT, "OU_NUMBER_LIMIT_EXCEEDED", "You have exceeded the allowed number of OUs."),
    "depth": (CONSTRAINT, "OU_DEPTH_LIMIT_EXCEEDED", "You have exceeded the allowed depth of the OU tree."),
    "policies": (CONSTRAINT, "POLICY_NUMBER_LIMIT_EXCEEDED", "You have exceeded the allowed number of policies."),
    "policy size": (
        CONSTRAINT,
        "POLICY_CONTENT_LIMIT_EXCEEDED",
        "You have exceeded the maximum policy size of {limit} characters.",
    ),
    "attachments": (
        CONSTRAINT,
        "MAX_POLICY_TYPE_ATTACHMENT_LIMIT_EXCEEDED",
        "You have attached the maximum number of policies to the specified target.",
    ),
    "last attachment": (
        CONSTRAINT,
        "MIN_POLICY_TYPE_ATTACHMENT_LIMIT_EXCEEDED",
        "You cannot remove the last policy attached to the specified target. You must have at least one attached "
        "at all times.",
    ),
    "tags": (
        CONSTRAINT,
        "MAX_TAG_LIMIT_EXCEEDED",
        "You have exceeded the number of tags allowed on this resource.",
    ),
    "register manager": (
        CONSTRAINT,
        "CANNOT_REGISTER_MASTER_AS_DELEGATED_ADMINISTRATOR",
        "You cannot register master account/yourself as delegated administrator for your organization.",
    ),
    "deregister manager": (
        CONSTRAINT,
        "CANNOT_REGISTER_MASTER_AS_DELEGATED_ADMINISTRATOR",
        "You cannot register master account/yourself as delegated administrator for your organization.",
    ),
    "register closed": (
        CONSTRAINT,
        "CANNOT_REGISTER_SUSPENDED_ACCOUNT_AS_DELEGATED_ADMINISTRATOR",
        "You cannot register a suspended account as a delegated administrator.",
    ),
    "administrators": (
        CONSTRAINT,
        "MAX_DELEGATED_ADMINISTRATORS_FOR_SERVICE_LIMIT_EXCEEDED",
        "You attempted to register more delegated administrators than allowed for the service principal.",
    ),
    "administrator stays": (
        CONSTRAINT,
        "CANNOT_REMOVE_DELEGATED_ADMINISTRATOR_FROM_ORG",
        "You attempted to remove an account that is registered as a delegated administrator for a service "
        "integrated with your organization. To complete this operation, you must first deregister this account as "
        "a delegated administrator.",
    ),
    "close manager": (
        CONSTRAINT,
        "CANNOT_CLOSE_MANAGEMENT_ACCOUNT",
        "You attempted to close the management account. To close the management account for the organization, you "
        "must first either remove or close all member accounts in the organization. Follow standard account "
        "closure process using root credentials.",
    ),
    "no GovCloud": (
        CONSTRAINT,
        "MASTER_ACCOUNT_NOT_GOVCLOUD_ENABLED",
        "To complete this operation, the management account must have an associated account in the AWS GovCloud "
        "(US-West) Region. This server serves no other partition.",
    ),
    "asked to join already": (
        HANDSHAKE,
        "ALREADY_IN_AN_ORGANIZATION",
        "The handshake request is invalid because the invited account is already a member of an organization.",
    ),
    "has all features": (
        HANDSHAKE,
        "ORGANIZATION_ALREADY_HAS_ALL_FEATURES",
        "The handshake request is invalid because the organization has already enabled all features.",
    ),
    "all features pending": (
        HANDSHAKE,
        "ORGANIZATION_IS_ALREADY_PENDING_ALL_FEATURES_MIGRATION",
        "The handshake request is invalid because the organization has already started the process to enable all "
        "features.",
    ),
    "no invitations now": (
        HANDSHAKE,
        "INVITE_DISABLED_DURING_ENABLE_ALL_FEATURES",
        "You can't issue new invitations to join an organization while it's in the process of enabling all "
        "features.",
    ),
    "malformed policy": (
        MALFORMED,
        "",
        "The provided policy document does not meet the requirements of the specified policy type.",
    ),
}


def fault(situation: str, **named: object) -> AwsError:
    """The error of a situation, with its blanks filled in."""
    code, reason, text = ERRORS[situation]
    return AwsError(code, text.format(**named), members={"Reason": reason} if reason else None)
