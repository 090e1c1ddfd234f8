"""Every IAM error: code, status and message, in one table. Texts as AWS words them where they are known."""

from __future__ import annotations

from typing import Final

from rolecall.wire.errors import AwsError

NOT_FOUND: Final = ("NoSuchEntity", 404)
EXISTS: Final = ("EntityAlreadyExists", 409)
CONFLICT: Final = ("DeleteConflict", 409)
LIMIT: Final = ("LimitExceeded", 409)
INVALID: Final = ("ValidationError", 400)
INPUT: Final = ("InvalidInput", 400)
PROTECTED: Final = ("UnmodifiableEntity", 400)

ERRORS: Final[dict[str, tuple[tuple[str, int], str]]] = {
    # what is not there
    "no user": (NOT_FOUND, "The user with name {name} cannot be found."),
    "no role": (NOT_FOUND, "The role with name {name} cannot be found."),
    "no group": (NOT_FOUND, "The group with name {name} cannot be found."),
    "no inline policy": (NOT_FOUND, "The {kind} policy with name {name} cannot be found."),
    "no policy": (NOT_FOUND, "Policy {arn} was not found."),
    "policy not attachable": (NOT_FOUND, "Policy {arn} does not exist or is not attachable."),
    "no policy version": (NOT_FOUND, "Policy {arn} version {version} does not exist or is not attachable."),
    "no instance profile": (NOT_FOUND, "Instance Profile {name} cannot be found."),
    "no access key": (NOT_FOUND, "The Access Key with id {id} cannot be found."),
    "no login profile": (NOT_FOUND, "Login Profile for User {name} cannot be found."),
    "no password policy": (NOT_FOUND, "The Password Policy with domain name {account} cannot be found."),
    "no password policy to delete": (
        NOT_FOUND,
        "The account policy with name PasswordPolicy cannot be found.",
    ),
    "no OIDC provider": (NOT_FOUND, "OpenIDConnect Provider not found for arn {arn}"),
    "no SAML provider": (NOT_FOUND, "Manifest not found for arn {arn}"),
    "no MFA device": (NOT_FOUND, "MFA Device with serial number {serial} does not exist."),
    "no MFA device of user": (
        NOT_FOUND,
        "The MFA Device with serial number {serial} cannot be found for user {name}.",
    ),
    "no server certificate": (NOT_FOUND, "The Server Certificate with name {name} cannot be found."),
    "no signing certificate": (NOT_FOUND, "The Certificate with id {id} cannot be found."),
    "no SSH key": (NOT_FOUND, "The Public Key with id {id} cannot be found."),
    "no service credential": (NOT_FOUND, "No such credential {id} exists"),
    "no such credential service": (
        NOT_FOUND,
        "No such service {service} is supported for Service Specific Credentials",
    ),
    "no access report": (NOT_FOUND, "No job with id {id} was found."),
    "no service": (INPUT, "The service namespace {service} is not valid."),
    "no entity": (NOT_FOUND, "ARN {arn} cannot be found."),
    "no alias": (NOT_FOUND, "The account alias {name} cannot be found."),
    "not in instance profile": (NOT_FOUND, "Role {name} in Instance Profile {profile} cannot be found."),
    "no boundary": (NOT_FOUND, "The {kind} with name {name} does not have a permissions boundary."),
    "no deletion task": (NOT_FOUND, "The deletion task {id} cannot be found."),
    # what is there already
    "user exists": (EXISTS, "User with name {name} already exists."),
    "role exists": (EXISTS, "Role with name {name} already exists."),
    "group exists": (EXISTS, "Group with name {name} already exists."),
    "policy exists": (EXISTS, "A policy called {name} already exists. Duplicate names are not allowed."),
    "instance-profile exists": (EXISTS, "Instance Profile {name} already exists."),
    "login profile exists": (EXISTS, "Login Profile for user {name} already exists."),
    "OIDC provider exists": (EXISTS, "Provider with url {url} already exists."),
    "SAML provider exists": (EXISTS, "SAMLProvider {name} already exists."),
    "MFA device exists": (EXISTS, "MFA device already exists."),
    "MFA device in use": (EXISTS, "MFA Device is already in use."),
    "server-certificate exists": (EXISTS, "The Server Certificate with name {name} already exists."),
    "certificate exists": (("DuplicateCertificate", 409), "The certificate is already uploaded for this user."),
    "SSH key exists": (("DuplicateSSHPublicKey", 400), "The SSH public key is already uploaded for this user."),
    "feature enabled": (("FeatureEnabled", 409), "Outbound web identity federation is already enabled."),
    "feature disabled": (("FeatureDisabled", 404), "Outbound web identity federation is not enabled."),
    "alias exists": (EXISTS, "The account alias {name} already exists."),
    # what stands in the way of a deletion
    "has attached policies": (CONFLICT, "Cannot delete entity, must detach all policies first."),
    "has inline policies": (CONFLICT, "Cannot delete entity, must delete policies first."),
    "in instance profile": (CONFLICT, "Cannot delete entity, must remove roles from instance profile first."),
    "has access keys": (CONFLICT, "Cannot delete entity, must delete access keys first."),
    "has login profile": (CONFLICT, "Cannot delete entity, must delete login profile first."),
    "in groups": (CONFLICT, "Cannot delete entity, must remove users from group first."),
    "has MFA devices": (CONFLICT, "Cannot delete entity, must delete MFA device first."),
    "has other credentials": (CONFLICT, "Cannot delete entity, must remove referenced objects first."),
    "policy attached": (CONFLICT, "Cannot delete a policy attached to entities."),
    "policy has versions": (
        CONFLICT,
        "This policy has more than one version. Before you delete a policy, you must delete the policy's "
        "versions. The default version is deleted with the policy.",
    ),
    "default version": (CONFLICT, "Cannot delete the default version of a policy."),
    "MFA device assigned": (CONFLICT, "MFA VirtualDevice in use. Must deactivate first."),
    # quotas
    "quota": (LIMIT, "Cannot exceed quota for {quota}: {limit}"),
    "inline size": (LIMIT, "Maximum policy size of {limit} bytes exceeded for {kind} {name}"),
    "policy versions": (
        LIMIT,
        "A managed policy can have up to 5 versions. Before you create a new version, you must delete an "
        "existing version.",
    ),
    # what AWS alone may change
    "protected role": (
        PROTECTED,
        "Cannot perform the operation on the protected role '{name}' - this role is only modifiable by AWS",
    ),
    "service-linked duration": (
        PROTECTED,
        "{name} is an AWS service linked role, max session duration cannot be changed.",
    ),
    "no boundary policy": (NOT_FOUND, "Scope ARN: {arn} does not exist or is not attachable."),
    "service role policy": (
        ("PolicyNotAttachable", 400),
        "Cannot attach a Service Role Policy to a Customer Role.",
    ),
    "delete AWS policy": (("AccessDenied", 403), "Cannot delete policies outside your own account."),
    "delete AWS policy version": (
        ("AccessDenied", 403),
        "Cannot delete policy versions for policies outside your own account.",
    ),
    "update AWS policy": (("AccessDenied", 403), "Cannot update policies outside your own account."),
    "AWS policy": (
        ("AccessDenied", 403),
        "User: {caller} is not authorized to perform: {action} on resource: policy {arn}",
    ),
    "no key of the caller": (
        ("AccessDenied", 403),
        "User: {caller} is not authorized to perform iam:GetAccessKeyLastUsed on resource: access key {id}",
    ),
    # service-linked roles
    "service-linked path": (
        INPUT,
        "Path prefix '/aws-service-role/' can only be used for AWS Service linked Roles",
    ),
    "service role taken": (
        INPUT,
        "Service role name {name} has been taken in this account, please try a different suffix.",
    ),
    "no suffix": (INPUT, "Custom suffix is not allowed for {service}"),
    "no service-linked role": (
        INPUT,
        "Service-linked role for {service} is not known here: this service cannot have one.",
    ),
    "not service-linked": (NOT_FOUND, "The role with name {name} is not a service-linked role."),
    # reports
    "no credential report": (("ReportNotPresent", 410), ""),
    "old credential report": (("ReportExpired", 410), ""),
    # certificates and keys
    "malformed certificate": (("MalformedCertificate", 400), "Certificate {body} is malformed."),
    "malformed private key": (("MalformedCertificate", 400), "Unable to parse the private key."),
    "key pair mismatch": (
        ("KeyPairMismatch", 400),
        "The public key certificate and the private key do not match.",
    ),
    "bad SSH key": (
        ("InvalidPublicKey", 400),
        "The SSH public key is not a valid RSA key of at least 2048 bits in OpenSSH or PEM form.",
    ),
    "credential never expires": (INPUT, "Credentials for {service} have no expiration date."),
    "all or one user": (INPUT, "AllUsers cannot be specified together with UserName."),
    "bad status": (INPUT, "Status {status} cannot be set."),
    # input
    "duplicate tags": (INPUT, "Duplicate tag keys found."),
    "duplicate tags in any case": (
        INPUT,
        "Duplicate tag keys found. Please note that Tag keys are case insensitive.",
    ),
    "reserved tag": (INPUT, "Tag keys that begin with aws: are reserved for AWS: {key}"),
    "bad name": (
        INVALID,
        "The specified value for {member} is invalid. It must contain only alphanumeric characters and/or the "
        "following: +=,.@_-",
    ),
    "bad path": (
        INVALID,
        "The specified value for {member} is invalid. It must begin and end with / and contain only "
        "alphanumeric characters and/or / characters.",
    ),
    "bad path prefix": (
        INVALID,
        "The specified value for pathPrefix is invalid. It must begin with the / character and contain only "
        "alphanumeric characters and/or / characters.",
    ),
    "too long": (
        INVALID,
        "1 validation error detected: Value '{value}' at '{member}' failed to satisfy constraint: Member must "
        "have length less than or equal to {limit}",
    ),
    # simulation
    "no entity ARN": (INPUT, "Invalid Entity Arn: {arn} does not clearly define entity type and name."),
    "bad simulated policy": (INPUT, "Invalid input policy {name}: {problem}"),
    "bad simulated action": (INPUT, "Invalid action {name}: an action is a service prefix, a colon and a name."),
    "bad simulated resource": (INPUT, "Invalid resource {arn}: expected * or an ARN."),
    "bad simulated owner": (INPUT, "Invalid resource owner {owner}: expected the ARN of an account."),
    "bad simulated caller": (INPUT, "Invalid caller {arn}: the caller must be an IAM user."),
    "no simulated caller": (INPUT, "CallerArn is required with a resource policy when no user is simulated."),
    "too many simulated boundaries": (INPUT, "At most one permissions boundary can be given."),
    "bad context entry": (INPUT, "A context entry needs a key name and a type."),
    "bad ARN": (INVALID, "ARN {arn} is not valid."),
    "no policy's ARN": (INPUT, "ARN {arn} is not valid."),
    "bad marker": (INVALID, "Invalid Marker."),
    "user name needed": (INVALID, "Must specify userName when calling with non-User credentials"),
    "too many tags": (LIMIT, "The number of tags has reached the maximum limit."),
    "too many thumbprints": (INPUT, "Thumbprint list must contain fewer than 5 entries."),
    "bad URL": (INVALID, "Invalid Open ID Connect Provider URL"),
    "bad thumbprint": (INPUT, "Thumbprint must be exactly 40 hexadecimal characters"),
    "no decryption": (
        INPUT,
        "rolecall does not decrypt SAML assertions: private keys and required encryption cannot be set.",
    ),
    "bad metadata": (INPUT, "Could not parse metadata"),
    "bad task id": (INPUT, "The deletion task id {id} is invalid."),
    "bad code": (("InvalidAuthenticationCode", 403), "Authentication code for device is not valid."),
    "bad password": (
        ("PasswordPolicyViolation", 400),
        "Password does not conform to the account password policy.",
    ),
    "wrong password": (("AccessDenied", 403), "The old password is not correct."),
    "root has no password": (
        ("InvalidUserType", 400),
        "Only IAM Users can change their own password",
    ),
    # organizations
    "no organization": (
        ("OrganizationNotFoundException", 400),
        "The request was rejected because no organization is associated with your account.",
    ),
    "not an administrator": (
        ("AccountNotManagementOrDelegatedAdministratorException", 400),
        "The request was rejected because the account making the request is not the management account or "
        "delegated administrator account for centralized root access.",
    ),
    "not the management account": (
        ("CallerIsNotManagementAccountException", 400),
        "The request was rejected because the account making the request is not the management account for the "
        "organization.",
    ),
    "not all features": (
        ("OrganizationNotInAllFeaturesModeException", 400),
        "The request was rejected because your organization does not have All features enabled.",
    ),
    "no trusted access": (
        ("ServiceAccessNotEnabledException", 400),
        "The request was rejected because trusted access is not enabled for IAM in Organizations.",
    ),
    "not the organization's manager": (
        ("AccessDenied", 403),
        "Only the management account of an organization may ask for its access reports.",
    ),
    "control policies off": (INPUT, "Service control policies are not enabled in the organization's root."),
    "no organization entity": (NOT_FOUND, "The organization has no entity with the path {path}."),
    "no organization policy": (NOT_FOUND, "The organization has no service control policy with id {id}."),
}


def fault(what: str, **values: object) -> AwsError:
    """The error of this row, with its blanks filled."""
    (code, status), text = ERRORS[what]
    return AwsError(code, text.format(**values), status)
