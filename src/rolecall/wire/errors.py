"""An AWS error as a value, and the table of errors that arise before any service is reached.

`AwsError` is what every room raises when a client shall get an error instead of an answer. `fault` makes the
errors of the front end (signature, routing, shape of the body, throttling) in the code, status and wording of the
protocol family: the same unknown access key is `InvalidClientTokenId` 403 to an IAM client and
`UnrecognizedClientException` 400 to a SageMaker client. What a service says itself stands in that service's table.
"""

from __future__ import annotations

import enum
from collections.abc import Mapping
from typing import Any, Final

from msgspec import Struct

from rolecall.wire.family import Family

CORAL_SERVICE: Final = "com.amazon.coral.service"
CORAL_VALIDATE: Final = "com.amazon.coral.validate"
CORAL_AVAILABILITY: Final = "com.amazon.coral.availability"
QUERY_FAULT_NAMESPACE: Final = "http://webservices.amazon.com/AWSFault/2005-15-09"


class AwsError(Exception):
    """What a client gets instead of an answer. `code` is the wire code; `members` are further members of the
    modelled error shape; `sender` says whose fault it is (query protocol's Type).

    `namespace` is what precedes the code in a json `__type`, or the XML namespace of a query error where it is
    not the service's own. With `body` the answer has no error envelope: those bytes are sent as they stand.
    """

    def __init__(
        self,
        code: str,
        message: str,
        status: int = 400,
        *,
        sender: bool = True,
        members: Mapping[str, Any] | None = None,
        headers: Mapping[str, str] | None = None,
        namespace: str = "",
        body: bytes | None = None,
    ) -> None:
        super().__init__(f"{code}: {message}")
        self.code = code
        self.message = message
        self.status = status
        self.sender = sender
        self.members = dict(members or {})
        self.headers = dict(headers or {})
        self.namespace = namespace
        self.body = body


class Fault(enum.Enum):
    """What can be wrong with a request before its service sees it."""

    UNSIGNED = "no signature"
    BOTH_FORMS = "signed in the header and in the query string"
    ALGORITHM = "not AWS4-HMAC-SHA256"
    INCOMPLETE = "signature malformed or incomplete"
    QUERY_PARAMETERS = "presigned parameters out of range"
    UNSIGNED_HEADER = "a header that must be signed is not"
    EXPIRED_SIGNATURE = "signed too long ago"
    EARLY_SIGNATURE = "signed in the future"
    EXPIRED_URL = "presigned URL past its time"
    SCOPE = "credential scope is for something else"
    DAMAGED_TOKEN = "session token damaged"
    EXPIRED_TOKEN = "session token expired"
    UNKNOWN_KEY = "access key unknown, inactive, or without its token"
    BAD_SIGNATURE = "signature does not match"
    PAYLOAD_HASH = "body is not the one whose hash was sent"
    NOT_AUTHORIZED = "denied by policy"
    UNKNOWN_OPERATION = "no such operation"
    UNPARSEABLE = "body does not parse"
    BAD_QUERY_STRING = "percent escapes of the query string"
    THROTTLED = "too many requests"
    NOT_SUBSCRIBED = "account not signed up"
    TOO_LARGE = "body too large"
    INTERNAL = "our own failure"
    UNAVAILABLE = "cannot answer now"


class Row(Struct, frozen=True):
    code: str
    status: int
    message: str = ""
    namespace: str = ""


_NO_TOKEN: Final = "Request is missing Authentication Token"
_INVALID_TOKEN: Final = "The security token included in the request is invalid"
_EXPIRED_TOKEN: Final = "The security token included in the request is expired"
_NO_MATCH: Final = (
    "The request signature we calculated does not match the signature you provided. "
    "Check your AWS Secret Access Key and signing method. Consult the service documentation for details."
)
_NO_MATCH_S3: Final = (
    "The request signature we calculated does not match the signature you provided. "
    "Check your key and signing method."
)
_SKEW_S3: Final = "The difference between the request time and the current time is too large."
_HASH_S3: Final = "The provided 'x-amz-content-sha256' header does not match what was computed."
_SUBSCRIBE: Final = "The AWS Access Key Id needs a subscription for the service"
_NO_KEY_S3: Final = "The AWS Access Key Id you provided does not exist in our records."
# The API references, Common Errors.
_INTERNAL: Final = "The request processing has failed because of an unknown error, exception or failure."
_UNAVAILABLE: Final = "The request has failed due to a temporary failure of the server."


def _coral(code: str, message: str = "", status: int = 400, namespace: str = CORAL_SERVICE) -> Row:
    return Row(code, status, message, namespace)


# An empty message is given by the caller of `fault`, or stays empty.
FAULTS: Final[Mapping[Family, Mapping[Fault, Row]]] = {
    Family.QUERY: {
        Fault.UNSIGNED: Row("MissingAuthenticationToken", 403, _NO_TOKEN),
        Fault.BOTH_FORMS: Row("SignatureDoesNotMatch", 403),
        Fault.ALGORITHM: Row("IncompleteSignature", 400),
        Fault.INCOMPLETE: Row("IncompleteSignature", 400),
        Fault.QUERY_PARAMETERS: Row("IncompleteSignature", 400),
        Fault.UNSIGNED_HEADER: Row("SignatureDoesNotMatch", 403),
        Fault.EXPIRED_SIGNATURE: Row("SignatureDoesNotMatch", 403),
        Fault.EARLY_SIGNATURE: Row("SignatureDoesNotMatch", 403),
        Fault.EXPIRED_URL: Row("SignatureDoesNotMatch", 403),
        Fault.SCOPE: Row("SignatureDoesNotMatch", 403),
        Fault.DAMAGED_TOKEN: Row("InvalidClientTokenId", 403, _INVALID_TOKEN),
        Fault.EXPIRED_TOKEN: Row("ExpiredToken", 403, _EXPIRED_TOKEN),
        Fault.UNKNOWN_KEY: Row("InvalidClientTokenId", 403, f"{_INVALID_TOKEN}."),
        Fault.BAD_SIGNATURE: Row("SignatureDoesNotMatch", 403, _NO_MATCH),
        Fault.PAYLOAD_HASH: Row("SignatureDoesNotMatch", 403, _NO_MATCH),
        Fault.NOT_AUTHORIZED: Row("AccessDenied", 403),
        Fault.UNKNOWN_OPERATION: Row("InvalidAction", 400, namespace=QUERY_FAULT_NAMESPACE),
        Fault.UNPARSEABLE: Row("MalformedInput", 400),
        Fault.BAD_QUERY_STRING: Row("MalformedQueryString", 400),
        Fault.THROTTLED: Row("Throttling", 400, "Rate exceeded"),
        Fault.NOT_SUBSCRIBED: Row("OptInRequired", 403, _SUBSCRIBE),
        Fault.TOO_LARGE: Row("RequestEntityTooLarge", 413),
        Fault.INTERNAL: Row("InternalFailure", 500, _INTERNAL),
        Fault.UNAVAILABLE: Row("ServiceUnavailable", 503, _UNAVAILABLE),
    },
    Family.JSON: {
        Fault.UNSIGNED: _coral("MissingAuthenticationTokenException", _NO_TOKEN),
        Fault.BOTH_FORMS: _coral(
            "InvalidSignatureException",
            "Found both 'X-Amz-Algorithm' as a query-string param and 'Authorization' as HTTP header.",
        ),
        Fault.ALGORITHM: _coral("IncompleteSignatureException"),
        Fault.INCOMPLETE: _coral("IncompleteSignatureException"),
        Fault.QUERY_PARAMETERS: _coral("IncompleteSignatureException"),
        Fault.UNSIGNED_HEADER: _coral("InvalidSignatureException"),
        Fault.EXPIRED_SIGNATURE: _coral("InvalidSignatureException"),
        Fault.EARLY_SIGNATURE: _coral("InvalidSignatureException"),
        Fault.EXPIRED_URL: _coral("InvalidSignatureException"),
        Fault.SCOPE: _coral("InvalidSignatureException"),
        Fault.DAMAGED_TOKEN: _coral("UnrecognizedClientException", _INVALID_TOKEN),
        Fault.EXPIRED_TOKEN: _coral("ExpiredTokenException", _EXPIRED_TOKEN),
        Fault.UNKNOWN_KEY: _coral("UnrecognizedClientException", f"{_INVALID_TOKEN}."),
        Fault.BAD_SIGNATURE: _coral("InvalidSignatureException", _NO_MATCH),
        Fault.PAYLOAD_HASH: _coral("InvalidSignatureException", _NO_MATCH),
        Fault.NOT_AUTHORIZED: Row("AccessDeniedException", 400),
        Fault.UNKNOWN_OPERATION: _coral("UnknownOperationException"),
        Fault.UNPARSEABLE: _coral("SerializationException"),
        Fault.BAD_QUERY_STRING: _coral("SerializationException"),
        Fault.THROTTLED: _coral("ThrottlingException", "Rate exceeded", namespace=CORAL_AVAILABILITY),
        Fault.NOT_SUBSCRIBED: _coral("SubscriptionRequiredException", _SUBSCRIBE),
        Fault.TOO_LARGE: _coral("RequestEntityTooLargeException", status=413),
        Fault.INTERNAL: _coral("InternalFailure", _INTERNAL, 500),
        Fault.UNAVAILABLE: _coral("ServiceUnavailable", _UNAVAILABLE, 503, CORAL_AVAILABILITY),
    },
    Family.REST_JSON: {
        Fault.UNSIGNED: Row("MissingAuthenticationTokenException", 403, "Missing Authentication Token"),
        Fault.BOTH_FORMS: Row("InvalidSignatureException", 403),
        Fault.ALGORITHM: Row("IncompleteSignatureException", 403),
        Fault.INCOMPLETE: Row("IncompleteSignatureException", 403),
        Fault.QUERY_PARAMETERS: Row("IncompleteSignatureException", 403),
        Fault.UNSIGNED_HEADER: Row("InvalidSignatureException", 403),
        Fault.EXPIRED_SIGNATURE: Row("InvalidSignatureException", 403),
        Fault.EARLY_SIGNATURE: Row("InvalidSignatureException", 403),
        Fault.EXPIRED_URL: Row("InvalidSignatureException", 403),
        Fault.SCOPE: Row("InvalidSignatureException", 403),
        Fault.DAMAGED_TOKEN: Row("UnrecognizedClientException", 403, _INVALID_TOKEN),
        Fault.EXPIRED_TOKEN: Row("ExpiredTokenException", 403, _EXPIRED_TOKEN),
        Fault.UNKNOWN_KEY: Row("UnrecognizedClientException", 403, f"{_INVALID_TOKEN}."),
        Fault.BAD_SIGNATURE: Row("InvalidSignatureException", 403, _NO_MATCH),
        Fault.PAYLOAD_HASH: Row("InvalidSignatureException", 403, _NO_MATCH),
        Fault.NOT_AUTHORIZED: Row("AccessDeniedException", 403),
        Fault.UNKNOWN_OPERATION: Row("UnknownOperationException", 404),
        Fault.UNPARSEABLE: Row("SerializationException", 400),
        Fault.BAD_QUERY_STRING: Row("SerializationException", 400),
        Fault.THROTTLED: Row("ThrottlingException", 429, "Rate exceeded"),
        Fault.NOT_SUBSCRIBED: Row("SubscriptionRequiredException", 403, _SUBSCRIBE),
        Fault.TOO_LARGE: Row("RequestEntityTooLargeException", 413),
        Fault.INTERNAL: Row("InternalFailure", 500, _INTERNAL),
        Fault.UNAVAILABLE: Row("ServiceUnavailable", 503, _UNAVAILABLE),
    },
    Family.REST_XML: {
        Fault.UNSIGNED: Row("AccessDenied", 403, "Access Denied"),
        Fault.BOTH_FORMS: Row(
            "InvalidArgument",
            400,
            "Only one auth mechanism allowed; only the X-Amz-Algorithm query parameter, Signature query string "
            "parameter or the Authorization header should be specified",
        ),
        Fault.ALGORITHM: Row("AuthorizationHeaderMalformed", 400),
        Fault.INCOMPLETE: Row("AuthorizationHeaderMalformed", 400),
        Fault.QUERY_PARAMETERS: Row("AuthorizationQueryParametersError", 400),
        Fault.UNSIGNED_HEADER: Row("AccessDenied", 403),
        Fault.EXPIRED_SIGNATURE: Row("RequestTimeTooSkewed", 403, _SKEW_S3),
        Fault.EARLY_SIGNATURE: Row("RequestTimeTooSkewed", 403, _SKEW_S3),
        Fault.EXPIRED_URL: Row("AccessDenied", 403, "Request has expired"),
        Fault.SCOPE: Row("AuthorizationHeaderMalformed", 400),
        Fault.DAMAGED_TOKEN: Row("InvalidToken", 400, "The provided token is malformed or otherwise invalid."),
        Fault.EXPIRED_TOKEN: Row("ExpiredToken", 400, "The provided token has expired."),
        Fault.UNKNOWN_KEY: Row("InvalidAccessKeyId", 403, _NO_KEY_S3),
        Fault.BAD_SIGNATURE: Row("SignatureDoesNotMatch", 403, _NO_MATCH_S3),
        Fault.PAYLOAD_HASH: Row("XAmzContentSHA256Mismatch", 400, _HASH_S3),
        Fault.NOT_AUTHORIZED: Row("AccessDenied", 403, "Access Denied"),
        Fault.UNKNOWN_OPERATION: Row(
            "MethodNotAllowed", 405, "The specified method is not allowed against this resource."
        ),
        Fault.UNPARSEABLE: Row("MalformedXML", 400),
        Fault.BAD_QUERY_STRING: Row("InvalidURI", 400),
        Fault.THROTTLED: Row("SlowDown", 503, "Please reduce your request rate."),
        Fault.NOT_SUBSCRIBED: Row("NotSignedUp", 403),
        Fault.TOO_LARGE: Row("EntityTooLarge", 400),
        Fault.INTERNAL: Row("InternalError", 500, "We encountered an internal error. Please try again."),
        Fault.UNAVAILABLE: Row("ServiceUnavailable", 503, "Please reduce your request rate."),
    },
}


def fault(family: Family, kind: Fault, message: str | None = None, **members: Any) -> AwsError:
    """The error of this kind as the family words it; `message` replaces the row's where it names details."""
    row = FAULTS[family][kind]
    return AwsError(
        row.code,
        row.message if message is None else message,
        row.status,
        sender=row.status < 500,
        members=members,
        namespace=row.namespace,
    )


def bare(status: int, body: bytes = b"", headers: Mapping[str, str] | None = None) -> AwsError:
    """An answer of the front end that has no error envelope: a redirect, an HTML page, an empty 400."""
    return AwsError("", "", status, body=body, headers=headers)
