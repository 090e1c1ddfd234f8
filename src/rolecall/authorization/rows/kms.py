"""What each KMS operation needs (KMS API permissions reference; Service Authorization Reference, AWS KMS).

What is decided on is always the ARN of the key, however the request names it: `services.kms.preparation` puts it
into the members before. Actions on aliases ask twice: for the alias, which identity-based policies name, and for
the key, whose policy has a say.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

from rolecall.authorization.requirement import Requirement

SOURCE: Final = "Service Authorization Reference, AWS Key Management Service"

# Operations that need one action of their own name, by what they are decided on.
ON: Final[Mapping[str, tuple[str, ...]]] = {
    "*": ("ListKeys", "GenerateRandom", "ListRetirableGrants"),
    "{KeyId}": (
        "CancelKeyDeletion", "CreateGrant", "Decrypt", "DescribeKey", "DisableKey", "DisableKeyRotation",
        "EnableKey", "EnableKeyRotation", "Encrypt", "GenerateDataKey", "GenerateDataKeyWithoutPlaintext",
        "GetKeyPolicy", "GetKeyRotationStatus", "ListGrants", "ListKeyPolicies", "ListKeyRotations",
        "ListResourceTags", "PutKeyPolicy", "RetireGrant", "RevokeGrant", "RotateKeyOnDemand",
        "ScheduleKeyDeletion", "TagResource", "UntagResource", "UpdateKeyDescription",
    ),
}  # fmt: skip


def _row(action: str, on: str = "*", when: str = "") -> Requirement:
    return Requirement(action=f"kms:{action}", on=on, when=when, source=SOURCE)


ROWS: Final[Mapping[str, tuple[Requirement, ...]]] = {
    **{name: (_row(name, on),) for on, names in ON.items() for name in names},
    "CreateKey": (_row("CreateKey"), _row("TagResource", when="Tags")),
    # Lists all aliases of the account; with a key only those of that key.
    "ListAliases": (_row("ListAliases"),),
    "CreateAlias": (_row("CreateAlias", "{AliasName|text}"), _row("CreateAlias", "{TargetKeyId}")),
    "UpdateAlias": (
        _row("UpdateAlias", "{AliasName|text}"),
        _row("UpdateAlias", "{CurrentKeyId}", when="CurrentKeyId"),
        _row("UpdateAlias", "{TargetKeyId}"),
    ),
    "DeleteAlias": (
        _row("DeleteAlias", "{AliasName|text}"),
        _row("DeleteAlias", "{CurrentKeyId}", when="CurrentKeyId"),
    ),
    "ReEncrypt": (_row("ReEncryptFrom", "{SourceKeyId}"), _row("ReEncryptTo", "{DestinationKeyId}")),
}
