"""What each IAM operation needs: actions, resources and the iam: condition keys (Service Authorization Reference).

IAM names entities without their path, so the resource of a call cannot be built from the request alone. Templates
that start with `@` ask the interpreter to look the entity up in the caller's account:

    @user:{UserName}       the stored ARN of the live user with exactly that name; when there is none, the ARN
                           built without a path, and the denial prints `user NAME` instead. A missing or ill-formed
                           member stands for `*`. Kinds: user, role, group, instance-profile, server-certificate,
                           mfa, as in ARNs.
    @user:{UserName?}      the same, but a missing member means the caller: its user ARN, or the account's root
                           ARN; `user/*` for a role session.
    @new-user:{UserName}   an entity about to be made: the request's Path (default `/`) and the name.
    @renamed-user:{UserName}  what the entity will be: NewPath and NewUserName in place of its own. Its tags are
                           those that it has.
    @key-owner:{AccessKeyId}  the user (or root) that owns the access key; `user/*` when there is none.
    @service-linked-role:{AWSServiceName}  the role that this service principal gets: path, CustomSuffix.
    @role-task:{DeletionTaskId}  the role inside `task/aws-service-role/<service>/<name>/<id>`.
    @oidc:{Url}            `oidc-provider/` and the URL without its scheme and final slash.

Members that hold ARNs (`{PolicyArn}`) are the resource as they are. Tags of the target (`aws:ResourceTag/K` and
`iam:ResourceTag/K`) and of the request (`aws:RequestTag/K`, `aws:TagKeys` from Tags or TagKeys) need no row: they
are the same everywhere. `$state.PermissionsBoundary` is the ARN of the boundary in force on the target.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Final

from rolecall.authorization.requirement import Requirement

SOURCE: Final = "Service Authorization Reference, AWS Identity and Access Management"

Keys = tuple[tuple[str, str], ...]

ATTACHED_BOUNDARY: Final[Keys] = (("iam:PermissionsBoundary", "$state.PermissionsBoundary"),)
REQUESTED_BOUNDARY: Final[Keys] = (("iam:PermissionsBoundary", "PermissionsBoundary"),)
POLICY_ARN: Final[Keys] = (("iam:PolicyARN", "PolicyArn"),)
CREDENTIAL_SERVICE: Final[Keys] = (("iam:ServiceSpecificCredentialServiceName", "ServiceName"),)
OWN_SERVICE: Final[Keys] = (
    ("iam:ServiceSpecificCredentialServiceName", "$credential.ServiceSpecificCredentialId"),
)

# Operations that need one action of their own name, by the resource they are authorized on.
ON: Final[Mapping[str, tuple[str, ...]]] = {
    "*": (
        "ListUsers", "ListGroups", "ListRoles", "ListPolicies", "ListInstanceProfiles", "ListVirtualMFADevices",
        "ListOpenIDConnectProviders", "ListSAMLProviders", "CreateAccountAlias", "DeleteAccountAlias",
        "ListAccountAliases", "GetAccountPasswordPolicy", "UpdateAccountPasswordPolicy",
        "DeleteAccountPasswordPolicy", "GetAccountSummary", "GetAccountAuthorizationDetails",
        "SimulateCustomPolicy", "GetContextKeysForCustomPolicy", "ListServerCertificates",
        "GenerateCredentialReport", "GetCredentialReport", "SetSecurityTokenServicePreferences",
        "GetServiceLastAccessedDetails", "GetServiceLastAccessedDetailsWithEntities",
        "EnableOutboundWebIdentityFederation", "DisableOutboundWebIdentityFederation",
        "GetOutboundWebIdentityFederationInfo", "ListDelegationRequests", "GetAccountProperties",
        "EnableOrganizationsRootCredentialsManagement", "DisableOrganizationsRootCredentialsManagement",
        "EnableOrganizationsRootSessions", "DisableOrganizationsRootSessions", "ListOrganizationsFeatures",
        "GetOrganizationsAccessReport",
    ),
    "@user:{UserName}": (
        "DeleteUser", "TagUser", "UntagUser", "ListUserTags", "GetUserPolicy", "ListUserPolicies",
        "ListAttachedUserPolicies", "ListGroupsForUser", "UpdateLoginProfile", "EnableMFADevice",
        "ResyncMFADevice", "UploadSSHPublicKey", "GetSSHPublicKey", "UpdateSSHPublicKey", "DeleteSSHPublicKey",
    ),
    "@user:{UserName?}": (
        "GetUser", "CreateAccessKey", "UpdateAccessKey", "DeleteAccessKey", "ListAccessKeys",
        "CreateLoginProfile", "GetLoginProfile", "DeleteLoginProfile", "ChangePassword", "DeactivateMFADevice",
        "GetMFADevice", "ListMFADevices", "ListSSHPublicKeys", "UploadSigningCertificate",
        "UpdateSigningCertificate", "DeleteSigningCertificate", "ListSigningCertificates",
    ),
    "@key-owner:{AccessKeyId}": ("GetAccessKeyLastUsed",),
    "@new-group:{GroupName}": ("CreateGroup",),
    "@group:{GroupName}": (
        "GetGroup", "DeleteGroup", "AddUserToGroup", "RemoveUserFromGroup", "PutGroupPolicy",
        "GetGroupPolicy", "DeleteGroupPolicy", "ListGroupPolicies", "ListAttachedGroupPolicies",
    ),
    "@role:{RoleName}": (
        "TagRole", "UntagRole", "ListRoleTags", "GetRolePolicy", "ListRolePolicies", "ListAttachedRolePolicies",
        "ListInstanceProfilesForRole", "DeleteServiceLinkedRole",
    ),
    "@role-task:{DeletionTaskId}": ("GetServiceLinkedRoleDeletionStatus",),
    "@instance-profile:{InstanceProfileName}": (
        "GetInstanceProfile", "DeleteInstanceProfile", "RemoveRoleFromInstanceProfile", "TagInstanceProfile",
        "UntagInstanceProfile", "ListInstanceProfileTags",
    ),
    "{PolicyArn}": (
        "GetPolicy", "DeletePolicy", "CreatePolicyVersion", "GetPolicyVersion", "ListPolicyVersions",
        "DeletePolicyVersion", "SetDefaultPolicyVersion", "ListEntitiesForPolicy", "TagPolicy", "UntagPolicy",
        "ListPolicyTags",
    ),
    "@server-certificate:{ServerCertificateName}": (
        "GetServerCertificate", "DeleteServerCertificate", "TagServerCertificate", "UntagServerCertificate",
        "ListServerCertificateTags",
    ),
    "delegation-request/{DelegationRequestId}": (
        "GetDelegationRequest", "AcceptDelegationRequest", "RejectDelegationRequest", "UpdateDelegationRequest",
        "AssociateDelegationRequest", "SendDelegationToken",
    ),
    "{EntityArn}": ("GetHumanReadableSummary",),
    "{TemplateArn}": ("GetRoleTemplateVersion", "AcquireRole"),
    "{Arn}": ("ListPoliciesGrantingServiceAccess", "GenerateServiceLastAccessedDetails"),
    "{PolicySourceArn}": ("SimulatePrincipalPolicy", "GetContextKeysForPrincipalPolicy"),
    "{SerialNumber}": ("DeleteVirtualMFADevice", "TagMFADevice", "UntagMFADevice", "ListMFADeviceTags"),
    "{OpenIDConnectProviderArn}": (
        "GetOpenIDConnectProvider", "DeleteOpenIDConnectProvider", "AddClientIDToOpenIDConnectProvider",
        "RemoveClientIDFromOpenIDConnectProvider", "UpdateOpenIDConnectProviderThumbprint",
        "TagOpenIDConnectProvider", "UntagOpenIDConnectProvider", "ListOpenIDConnectProviderTags",
    ),
    "{SAMLProviderArn}": (
        "GetSAMLProvider", "UpdateSAMLProvider", "DeleteSAMLProvider", "TagSAMLProvider", "UntagSAMLProvider",
        "ListSAMLProviderTags",
    ),
}  # fmt: skip

# Operations whose one action carries condition keys of its own.
WITH_KEYS: Final[tuple[tuple[str, str, Keys], ...]] = (
    (
        "GenerateOrganizationsAccessReport",
        "{EntityPath|access-report/}",
        (("iam:OrganizationsPolicyId", "OrganizationsPolicyId"),),
    ),
    ("PutUserPermissionsBoundary", "@user:{UserName}", REQUESTED_BOUNDARY),
    ("DeleteUserPermissionsBoundary", "@user:{UserName}", ATTACHED_BOUNDARY),
    ("PutUserPolicy", "@user:{UserName}", ATTACHED_BOUNDARY),
    ("DeleteUserPolicy", "@user:{UserName}", ATTACHED_BOUNDARY),
    ("AttachUserPolicy", "@user:{UserName}", ATTACHED_BOUNDARY + POLICY_ARN),
    ("DetachUserPolicy", "@user:{UserName}", ATTACHED_BOUNDARY + POLICY_ARN),
    ("AttachGroupPolicy", "@group:{GroupName}", POLICY_ARN),
    ("DetachGroupPolicy", "@group:{GroupName}", POLICY_ARN),
    ("PutRolePermissionsBoundary", "@role:{RoleName}", REQUESTED_BOUNDARY),
    ("DeleteRolePermissionsBoundary", "@role:{RoleName}", ATTACHED_BOUNDARY),
    ("PutRolePolicy", "@role:{RoleName}", ATTACHED_BOUNDARY),
    ("DeleteRolePolicy", "@role:{RoleName}", ATTACHED_BOUNDARY),
    ("AttachRolePolicy", "@role:{RoleName}", ATTACHED_BOUNDARY + POLICY_ARN),
    ("DetachRolePolicy", "@role:{RoleName}", ATTACHED_BOUNDARY + POLICY_ARN),
    ("GetRole", "@role:{RoleName}", ATTACHED_BOUNDARY),
    ("UpdateRole", "@role:{RoleName}", ATTACHED_BOUNDARY),
    ("UpdateRoleDescription", "@role:{RoleName}", ATTACHED_BOUNDARY),
    ("UpdateAssumeRolePolicy", "@role:{RoleName}", ATTACHED_BOUNDARY),
    ("DeleteRole", "@role:{RoleName}", ATTACHED_BOUNDARY),
    (
        "CreateServiceLinkedRole",
        "@service-linked-role:{AWSServiceName}",
        (("iam:AWSServiceName", "AWSServiceName"),),
    ),
    (
        "CreateServiceSpecificCredential",
        "@user:{UserName}",
        (*CREDENTIAL_SERVICE, ("iam:ServiceSpecificCredentialAgeDays", "CredentialAgeDays")),
    ),
    ("UpdateServiceSpecificCredential", "@user:{UserName?}", OWN_SERVICE),
    ("ResetServiceSpecificCredential", "@user:{UserName?}", OWN_SERVICE),
    ("DeleteServiceSpecificCredential", "@user:{UserName?}", OWN_SERVICE),
    (
        "CreateDelegationRequest",
        "delegation-request/*",
        (
            ("iam:DelegationDuration", "SessionDuration"),
            ("iam:NotificationChannel", "NotificationChannel"),
            ("iam:TemplateArn", "Permissions.PolicyTemplateArn"),
        ),
    ),
)

# Operations that make something which may be born with tags: the tagging action is checked on the same ARN.
CREATED_WITH_TAGS: Final[tuple[tuple[str, str, str, Keys], ...]] = (
    ("CreateUser", "TagUser", "@new-user:{UserName}", REQUESTED_BOUNDARY),
    ("CreateRole", "TagRole", "@new-role:{RoleName}", REQUESTED_BOUNDARY),
    ("CreatePolicy", "TagPolicy", "@new-policy:{PolicyName}", ()),
    ("CreateInstanceProfile", "TagInstanceProfile", "@new-instance-profile:{InstanceProfileName}", ()),
    ("CreateVirtualMFADevice", "TagMFADevice", "@new-mfa:{VirtualMFADeviceName}", ()),
    ("CreateOpenIDConnectProvider", "TagOpenIDConnectProvider", "@oidc:{Url}", ()),
    ("CreateSAMLProvider", "TagSAMLProvider", "saml-provider/{Name}", ()),
    (
        "UploadServerCertificate",
        "TagServerCertificate",
        "@new-server-certificate:{ServerCertificateName}",
        (),
    ),
)

# Operations that may give an entity another name or path, and with it another ARN: who renames Bob to Robert needs
# leave for Bob and for Robert ("UpdateUser" and "UpdateGroup", IAM API Reference).
RENAMES: Final[Mapping[str, str]] = {
    "UpdateUser": "user:{UserName}",
    "UpdateGroup": "group:{GroupName}",
    "UpdateServerCertificate": "server-certificate:{ServerCertificateName}",
}

# IAM puts a word in front of managed policies when it names them in a denial (SEMANTICS 9.1).
PRINTED: Final[Mapping[str, str]] = {
    "{PolicyArn}": "policy {PolicyArn}",
    "@new-policy:{PolicyName}": "policy {PolicyName}",
}


def _requirement(action: str, on: str, keys: Keys = (), when: str = "") -> Requirement:
    return Requirement(action=f"iam:{action}", on=on, when=when, keys=keys, printed=PRINTED.get(on), source=SOURCE)


def _rows() -> Iterator[tuple[str, tuple[Requirement, ...]]]:
    for on, operations in ON.items():
        for name in operations:
            yield name, (_requirement(name, on),)
    for name, on, keys in WITH_KEYS:
        yield name, (_requirement(name, on, keys),)
    for name, tagging, on, keys in CREATED_WITH_TAGS:
        yield name, (_requirement(name, on, keys), _requirement(tagging, on, when="Tags"))
    for name, entity in RENAMES.items():
        yield name, (_requirement(name, f"@{entity}"), _requirement(name, f"@renamed-{entity}"))
    # Of one user, or of all of them.
    yield (
        "ListServiceSpecificCredentials",
        (
            _requirement("ListServiceSpecificCredentials", "@user:{UserName?}", when="!AllUsers"),
            _requirement("ListServiceSpecificCredentials", "user/*", when="AllUsers"),
        ),
    )
    # Whose properties they are is said by their names; the namespace stands before the slash.
    yield "PutAccountProperties", (_requirement("PutAccountProperties", "*"),)
    # The role is passed to EC2: instances of the profile act as it.
    yield (
        "AddRoleToInstanceProfile",
        (
            _requirement("AddRoleToInstanceProfile", "@instance-profile:{InstanceProfileName}"),
            _requirement("PassRole", "@role:{RoleName}", (("iam:PassedToService", "'ec2.amazonaws.com'"),)),
        ),
    )


ROWS: Final[Mapping[str, tuple[Requirement, ...]]] = dict(_rows())
