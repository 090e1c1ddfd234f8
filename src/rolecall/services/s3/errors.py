"""What S3 answers when it refuses: code, status and sentence of each (S3 API Reference, "Error responses")."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

from rolecall.wire.errors import AwsError

REFUSALS: Final[Mapping[str, tuple[str, int, str]]] = {
    "no bucket": ("NoSuchBucket", 404, "The specified bucket does not exist"),
    "no key": ("NoSuchKey", 404, "The specified key does not exist."),
    "no version": ("NoSuchVersion", 404, "The specified version does not exist."),
    "bad version": ("InvalidArgument", 400, "Invalid version id specified"),
    "marker": ("MethodNotAllowed", 405, "The specified method is not allowed against this resource."),
    "denied": ("AccessDenied", 403, "Access Denied"),
    "old signature": (
        "InvalidArgument",
        400,
        "Requests specifying Server Side Encryption with AWS KMS managed keys require AWS Signature Version 4.",
    ),
    "no upload": (
        "NoSuchUpload",
        404,
        "The specified upload does not exist. The upload ID may be invalid, or the upload may have been aborted "
        "or completed.",
    ),
    "bad part": (
        "InvalidPart",
        400,
        "One or more of the specified parts could not be found.  The part may not have been uploaded, or the "
        "specified entity tag may not match the part's entity tag.",
    ),
    "part order": (
        "InvalidPartOrder",
        400,
        "The list of parts was not in ascending order. Parts must be ordered by part number.",
    ),
    "too small": ("EntityTooSmall", 400, "Your proposed upload is smaller than the minimum allowed size"),
    "too large": ("EntityTooLarge", 400, "Your proposed upload exceeds the maximum allowed size"),
    "no parts": ("InvalidRequest", 400, "You must specify at least one part"),
    "part number": ("InvalidArgument", 400, "Part number must be an integer between 1 and 10000, inclusive"),
    "part beyond": ("InvalidPartNumber", 416, "The requested partnumber is not satisfiable"),
    "range": ("InvalidRange", 416, "The requested range is not satisfiable"),
    "range and part": (
        "InvalidRequest",
        400,
        "Cannot specify both Range header and partNumber query parameter",
    ),
    "own bucket": (
        "BucketAlreadyOwnedByYou",
        409,
        "Your previous request to create the named bucket succeeded and you already own it.",
    ),
    "bucket taken": (
        "BucketAlreadyExists",
        409,
        "The requested bucket name is not available. The bucket namespace is shared by all users of the system. "
        "Please select a different name and try again.",
    ),
    "not empty": ("BucketNotEmpty", 409, "The bucket you tried to delete is not empty"),
    "versions left": (
        "BucketNotEmpty",
        409,
        "The bucket you tried to delete is not empty. You must delete all versions in the bucket.",
    ),
    "bucket name": ("InvalidBucketName", 400, "The specified bucket is not valid."),
    "location": ("InvalidLocationConstraint", 400, "The specified location-constraint is not valid"),
    "elsewhere": (
        "IllegalLocationConstraintException",
        400,
        "The {region} location constraint is incompatible for the region specific endpoint this request was sent "
        "to.",
    ),
    "precondition": (
        "PreconditionFailed",
        412,
        "At least one of the pre-conditions you specified did not hold",
    ),
    "conflict": (
        "ConditionalRequestConflict",
        409,
        "The conditional request cannot succeed due to a conflicting operation against this resource.",
    ),
    "header": (
        "NotImplemented",
        501,
        "A header you provided implies functionality that is not implemented",
    ),
    "digest": ("BadDigest", 400, "The Content-MD5 you specified did not match what we received."),
    "checksum": ("BadDigest", 400, "The {algorithm} you specified did not match the calculated checksum."),
    "bad digest": ("InvalidDigest", 400, "The Content-MD5 you specified was invalid."),
    "bad checksum": ("InvalidRequest", 400, "Value for x-amz-checksum-{algorithm} header is invalid."),
    "two checksums": (
        "InvalidRequest",
        400,
        "Expecting a single x-amz-checksum- header. Multiple checksum Types are not allowed.",
    ),
    "checksum algorithm": (
        "InvalidRequest",
        400,
        "Checksum algorithm provided is unsupported. Please try again with any of the valid types: "
        "[CRC32, CRC32C, CRC64NVME, SHA1, SHA256]",
    ),
    "sha256": (
        "XAmzContentSHA256Mismatch",
        400,
        "The provided 'x-amz-content-sha256' header does not match what was computed.",
    ),
    "no sha256": (
        "InvalidRequest",
        400,
        "Missing required header for this request: x-amz-content-sha256",
    ),
    "incomplete": (
        "IncompleteBody",
        400,
        "You did not provide the number of bytes specified by the Content-Length HTTP header",
    ),
    "no length": ("MissingContentLength", 411, "You must provide the Content-Length HTTP header."),
    "long key": ("KeyTooLongError", 400, "Your key is too long"),
    "xml": (
        "MalformedXML",
        400,
        "The XML you provided was not well-formed or did not validate against our published schema",
    ),
    "policy": ("MalformedPolicy", 400, "{detail}"),
    "no policy": ("NoSuchBucketPolicy", 404, "The bucket policy does not exist"),
    "no tags": ("NoSuchTagSet", 404, "The TagSet does not exist"),
    "no access block": (
        "NoSuchPublicAccessBlockConfiguration",
        404,
        "The public access block configuration was not found",
    ),
    "no ownership": (
        "OwnershipControlsNotFoundError",
        404,
        "The bucket ownership controls were not found",
    ),
    "tag twice": ("InvalidTag", 400, "Cannot provide multiple Tags with the same key"),
    "tag key": ("InvalidTag", 400, "The TagKey you have provided is invalid"),
    "tag value": ("InvalidTag", 400, "The TagValue you have provided is invalid"),
    "tag prefix": ("InvalidTag", 400, "Your TagKey cannot be prefixed with aws:"),
    "system tag": ("InvalidTag", 400, "System tags cannot be added/updated by requester"),
    "many tags": ("BadRequest", 400, "Object tags cannot be greater than 10"),
    "many bucket tags": ("BadRequest", 400, "Bucket tag count cannot be greater than 50"),
    "tag header": (
        "InvalidArgument",
        400,
        "The header 'x-amz-tagging' shall be encoded as UTF-8 then URLEncoded URL query parameters without tag "
        "name duplicates.",
    ),
    "no acls": ("AccessControlListNotSupported", 400, "The bucket does not allow ACLs"),
    "acl and ownership": (
        "InvalidBucketAclWithObjectOwnership",
        400,
        "Bucket cannot have ACLs set with ObjectOwnership's BucketOwnerEnforced setting",
    ),
    "ownership": ("InvalidArgument", 400, "Invalid x-amz-object-ownership header: {value}"),
    "encryption": (
        "InvalidEncryptionAlgorithmError",
        400,
        "The Encryption request you specified is not valid. Supported value: AES256.",
    ),
    "owner id": (
        "InvalidBucketOwnerAWSAccountID",
        400,
        "The value of the expected bucket owner parameter must be an AWS Account ID... [{value}]",
    ),
    "onto itself": (
        "InvalidRequest",
        400,
        "This copy request is illegal because it is trying to copy an object to itself without changing the "
        "object's metadata, storage class, website redirect location or encryption attributes.",
    ),
    "token": ("InvalidArgument", 400, "The continuation token provided is incorrect"),
    "encoding": ("InvalidArgument", 400, "Invalid Encoding Method specified in Request"),
    "marker order": ("InvalidArgument", 400, "A version-id marker cannot be specified without a key marker."),
    "max keys": ("InvalidArgument", 400, "Argument maxKeys must be an integer between 0 and 2147483647"),
    "metadata": (
        "MetadataTooLarge",
        400,
        "Your metadata headers exceed the maximum allowed metadata size",
    ),
    "copy source": (
        "InvalidArgument",
        400,
        "Copy Source must mention the source bucket and key: sourcebucket/sourcekey",
    ),
    "copy range": (
        "InvalidArgument",
        400,
        "The x-amz-copy-source-range value must be of the form bytes=first-last where first and last are the "
        "zero-based offsets of the first and last bytes to copy",
    ),
    "size": (
        "InvalidRequest",
        400,
        "The provided 'x-amz-mp-object-size' header value {given} does not match what was computed: {computed}",
    ),
    "part checksum": (
        "InvalidRequest",
        400,
        "The upload was created using a {algorithm} checksum. The complete request must include the checksum for "
        "each part. It was missing for part {part} in the request.",
    ),
    "checksum type": (
        "InvalidRequest",
        400,
        "The {type} checksum type cannot be used with the {algorithm} checksum algorithm.",
    ),
    "anonymous headers": (
        "InvalidRequest",
        400,
        "Request specific response headers cannot be used for anonymous GET requests.",
    ),
    "versioning": ("IllegalVersioningConfigurationException", 400, "The Versioning element must be specified"),
    "no digest": (
        "InvalidRequest",
        400,
        "Missing required header for this request: Content-MD5 OR x-amz-checksum-*",
    ),
}  # fmt: skip


def refuse(reason: str, *, headers: Mapping[str, str] | None = None, **details: object) -> AwsError:
    """The error for a reason of the table; details fill its sentence, and those with a capital are elements."""
    code, status, sentence = REFUSALS[reason]
    members = {name: value for name, value in details.items() if name[0].isupper() or "-" in name}
    lower = {name: value for name, value in details.items() if name not in members}
    return AwsError(code, sentence.format(**lower), status, members=members, headers=headers)


def lacking(what: str) -> AwsError:
    """What exists at AWS and is not done here."""
    return AwsError("NotImplemented", f"rolecall does not do this: {what}.", 501)
