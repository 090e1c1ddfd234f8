"""What KMS answers when it refuses: codes and sentences in one table (KMS API Reference; all have status 400)."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

from rolecall.wire.errors import AwsError

NOT_FOUND: Final = "NotFoundException"
VALIDATION: Final = "ValidationException"

# reason: (code, sentence)
REFUSALS: Final[Mapping[str, tuple[str, str]]] = {
    "no such key": (NOT_FOUND, "Key '{arn}' does not exist"),
    "ill-formed key": (NOT_FOUND, "Invalid keyId '{key}'"),
    "other region": (NOT_FOUND, "Invalid arn {region}"),
    "no such alias": (NOT_FOUND, "Alias {arn} is not found."),
    "no such policy": (NOT_FOUND, "No such policy exists"),
    "no such grant": (NOT_FOUND, "Grant ID {grant} not found"),
    "alias taken": ("AlreadyExistsException", "An alias with the name {arn} already exists"),
    "alias prefix": (
        VALIDATION,
        'Alias must start with the prefix "alias/". '
        "Please see https://docs.aws.amazon.com/kms/latest/developerguide/kms-alias.html",
    ),
    "alias reserved": (
        "NotAuthorizedException",
        "Aliases that begin with alias/aws/ are reserved for keys that AWS manages.",
    ),
    "alias characters": (
        "InvalidAliasNameException",
        "Alias contains invalid characters. Alias must only contain alphanumeric characters and /_-",
    ),
    "disabled": ("DisabledException", "{arn} is disabled."),
    "pending deletion": ("KMSInvalidStateException", "{arn} is pending deletion."),
    "not pending deletion": ("KMSInvalidStateException", "{arn} is not pending deletion."),
    "wrong key": (
        "IncorrectKeyException",
        "The key ID in the request does not identify a CMK that can perform this operation.",
    ),
    "bad ciphertext": ("InvalidCiphertextException", ""),
    "unsupported key": (
        "UnsupportedOperationException",
        "rolecall keeps symmetric encryption keys only: KeySpec SYMMETRIC_DEFAULT, KeyUsage ENCRYPT_DECRYPT, "
        "Origin AWS_KMS, one region",
    ),
    "unsupported algorithm": (
        "InvalidKeyUsageException",
        "The requested operation is not valid for {arn}: its algorithm is SYMMETRIC_DEFAULT",
    ),
    "data key size": (
        VALIDATION,
        "Please specify either number of bytes or key spec.",
    ),
    "random size": (VALIDATION, "Please specify the number of bytes."),
    "no enclaves": (
        "UnsupportedOperationException",
        "rolecall encrypts for no Nitro enclaves: leave out Recipient",
    ),
    "too many rotations": ("LimitExceededException", "A key is rotated on demand {limit} times at most."),
    "dry run": (
        "DryRunOperationException",
        "The request would have succeeded, but the DryRun option is set.",
    ),
    "bad policy": ("MalformedPolicyDocumentException", "{detail}"),
    "lockout": (
        "MalformedPolicyDocumentException",
        "The new key policy will not allow you to update the key policy in the future.",
    ),
    "managed by AWS": ("AccessDeniedException", "{arn} is managed by AWS: it cannot be changed"),
    "duplicate tag": ("TagException", "Duplicate tag keys"),
    "reserved tag": ("TagException", "Tags beginning with aws: are reserved"),
    "too many tags": ("TagException", "Too many tags"),
    "bad marker": ("InvalidMarkerException", "Could not deserialize marker"),
    "grant operation": (VALIDATION, "{operation} cannot be granted on a symmetric encryption key."),
    "grantee": ("InvalidArnException", "{principal} is not a principal that a grant can name."),
    "too many grants": ("LimitExceededException", "A key has at most {limit} grants."),
    "bad grant token": ("InvalidGrantTokenException", "The grant token is not valid."),
    "bad grant id": ("InvalidGrantIdException", "{grant} is not a grant id."),
    "not yours to retire": (
        "AccessDeniedException",
        "User: {principal} is not authorized to perform: kms:RetireGrant on resource: {arn}",
    ),
}


def refuse(reason: str, **details: object) -> AwsError:
    """The error for a reason of the table, its sentence filled in."""
    code, sentence = REFUSALS[reason]
    return AwsError(code, sentence.format(**details))
