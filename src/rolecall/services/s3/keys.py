"""Encryption of objects as far as it is decided and told: which algorithm, which key, and KMS's consent.

With SSE-KMS every write asks KMS for a data key and every read has it opened, as the requester, through S3
(kms:ViaService); a key that is disabled or gone makes an object unreadable. The bytes themselves lie as they came.
"""

from __future__ import annotations

import base64
from collections.abc import Mapping
from typing import Any, Final

import msgspec

from rolecall.services.call import Call
from rolecall.services.s3.errors import refuse
from rolecall.services.s3.preparation import KMS, wanted_encryption
from rolecall.store.ports import Unit
from rolecall.store.records import Item
from rolecall.wire.errors import AwsError

VIA: Final = "s3.amazonaws.com"
MANAGED: Final = "alias/aws/s3"
SIGNATURE_V2: Final = "AWS"  # as s3:signatureversion names it
# KMS's errors as S3 passes them on.
CODES: Final[Mapping[str, str]] = {
    "NotFoundException": "KMS.NotFoundException",
    "DisabledException": "KMS.DisabledException",
    "KMSInvalidStateException": "KMS.KMSInvalidStateException",
    "InvalidKeyUsageException": "KMS.InvalidKeyUsageException",
}


def for_new(call: Call, unit: Any, home: Item) -> dict[str, Any]:
    """What a new object's row says of its encryption; asks KMS where it has a say."""
    algorithm, key, bucket_key = wanted_encryption(call.parameters, home)
    if algorithm not in ("AES256", *KMS):
        raise refuse("encryption", ArgumentName="x-amz-server-side-encryption", ArgumentValue=algorithm)
    if algorithm == "AES256":
        return {"SSE": algorithm}
    arn = f"{home.arn}/{call.parameters['Key']}"
    context = {"aws:s3:arn": home.arn if bucket_key else arn}
    answer = _kms(
        call, unit, home, "GenerateDataKey", KeyId=key or MANAGED, KeySpec="AES_256", EncryptionContext=context
    )
    return {
        "SSE": algorithm,
        "KeyArn": answer["KeyId"],
        "BucketKey": bucket_key,
        "DataKey": base64.b64encode(answer["CiphertextBlob"]).decode(),
        "KeyContext": context,
    }


def open_for(call: Call, unit: Any, home: Item, body: Mapping[str, Any]) -> None:
    """Have the data key of an object or upload opened; raises what KMS says against it."""
    if body.get("SSE") in KMS:
        _kms(
            call,
            unit,
            home,
            "Decrypt",
            KeyId=body["KeyArn"],
            CiphertextBlob=base64.b64decode(body["DataKey"]),
            EncryptionContext=dict(body["KeyContext"]),
        )


def told(body: Mapping[str, Any]) -> dict[str, Any]:
    """The members of an answer that tell of an object's encryption."""
    made = {"ServerSideEncryption": body.get("SSE", "AES256")}
    if body.get("SSE") in KMS:
        made["SSEKMSKeyId"] = body["KeyArn"]
        if body.get("BucketKey"):
            made["BucketKeyEnabled"] = True
    return made


def kept(body: Mapping[str, Any]) -> dict[str, Any]:
    """What a row of encryption carries on to another."""
    return {name: body[name] for name in ("SSE", "KeyArn", "BucketKey", "DataKey", "KeyContext") if name in body}


def _kms(call: Call, unit: Unit, home: Item, operation: str, **parameters: Any) -> Mapping[str, Any]:
    if not call.caller.access_key_id:
        # KMS knows nobody without a signature (S3 User Guide, "Using SSE-KMS").
        raise refuse("denied")
    if call.found.get("auth", {}).get("algorithm") == SIGNATURE_V2:
        raise refuse("old signature")
    through = msgspec.structs.replace(call.caller, via_service=VIA)
    region = str(home.body["Region"])
    try:
        return call.platform.call(
            call, "kms", operation, parameters, unit, as_principal=through, at=(call.account, region)
        )
    except AwsError as error:
        if error.code == "AccessDeniedException":
            raise AwsError("AccessDenied", error.message, 403) from None
        raise AwsError(CODES.get(error.code, error.code), error.message, 400) from None
