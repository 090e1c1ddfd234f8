"""Every STS error that a handler gives: code, status and message, in one table."""

from __future__ import annotations

from typing import Final

from rolecall.wire.errors import AwsError

DENIED: Final = ("AccessDenied", 403)
INVALID: Final = ("ValidationError", 400)
VALUE: Final = ("InvalidParameterValue", 400)
TOKEN: Final = ("InvalidIdentityToken", 400)
PACKED: Final = ("PackedPolicyTooLarge", 400)

ERRORS: Final[dict[str, tuple[tuple[str, int], str]]] = {
    "not authorized": (DENIED, "User: {caller} is not authorized to perform: {action} on resource: {resource}"),
    "session credentials": (DENIED, "Cannot call {operation} with session credentials"),
    "bad role ARN": (INVALID, "{arn} is invalid"),
    "above the role's maximum": (
        INVALID,
        "The requested DurationSeconds exceeds the MaxSessionDuration set for this role.",
    ),
    "above an hour when chaining": (
        INVALID,
        "The requested DurationSeconds exceeds the 1 hour session limit for roles assumed by role chaining.",
    ),
    "transitive key without tag": (
        VALUE,
        "The specified transitive tag key must be included in the requested tags.",
    ),
    "duplicate tags": (VALUE, "Duplicate tag keys found. Please note that Tag keys are case insensitive."),
    "reserved tag": (VALUE, "Tag keys that begin with aws: are reserved for AWS: {key}"),
    "inherited tag": (
        VALUE,
        "One of the specified transitive tag keys can't be set because it conflicts with a transitive tag key "
        "from the calling session.",
    ),
    "reserved source identity": (
        INVALID,
        "1 validation error detected: Value '{value}' at 'sourceIdentity' failed to satisfy constraint: Member "
        "must satisfy regular expression pattern: (?!aws:)[\\w+=,.@-]*",
    ),
    "policy too long": (
        INVALID,
        "1 validation error detected: Value at 'policy' failed to satisfy constraint: Member must have length "
        "less than or equal to 2048",
    ),
    "too many policies": (
        INVALID,
        "1 validation error detected: Value at 'policyArns' failed to satisfy constraint: Member must have "
        "length less than or equal to 10",
    ),
    "no session policy": (INVALID, "Policy {arn} does not exist or is not attachable."),
    "packed tags": (PACKED, "Packed size of session tags consumes {percent}% of allotted space."),
    "packed policy": (
        PACKED,
        "Packed policy consumes {percent}% of allotted space, please use smaller policy.",
    ),
    "half of MFA": (
        DENIED,
        "MultiFactorAuthentication failed, must provide both MFA serial number and one time pass code.",
    ),
    "wrong code": (DENIED, "MultiFactorAuthentication failed with invalid MFA one time pass code. "),
    "wrong device": (
        DENIED,
        "MultiFactorAuthentication failed, unable to validate MFA code.  Please verify your MFA serial number is "
        "valid and associated with this user.",
    ),
    "unknown key account": (INVALID, "{id} is not an access key id that tells its account."),
    "unsigned": (("MissingAuthenticationToken", 403), "Request is missing Authentication Token"),
    "not a message": (("InvalidAuthorizationMessageException", 400), "Message is not valid"),
    # root sessions and tokens for others
    "root assumes root": (DENIED, "You cannot call AssumeRoot with root user credentials."),
    "no task policy": (INVALID, "{arn} is not a valid task policy."),
    "bad target": (INVALID, "{target} is invalid"),
    "federation disabled": (
        ("OutboundWebIdentityFederationDisabledException", 403),
        "Outbound web identity federation is not enabled for this account.",
    ),
    "token outlives session": (
        ("SessionDurationEscalationException", 403),
        "The requested token duration would extend the session beyond its original expiration time.",
    ),
    "token too large": (
        ("JWTPayloadSizeExceededException", 400),
        "The requested token payload size exceeds the maximum allowed size.",
    ),
    "bad algorithm": (
        INVALID,
        "1 validation error detected: Value '{algorithm}' at 'signingAlgorithm' failed to satisfy constraint: "
        "Member must satisfy enum value set: [ES384, RS256]",
    ),
    # tokens in place of a signature
    "no OIDC provider": (TOKEN, "No OpenIDConnect provider found in your account for {issuer}"),
    "audience": (TOKEN, "Incorrect token audience"),
    "no verification key": (
        TOKEN,
        "Couldn't retrieve verification key from your identity provider,  please reference "
        "AssumeRoleWithWebIdentity documentation for requirements",
    ),
    "not a JWT": (
        TOKEN,
        "The ID Token provided is not a valid JWT. (You may see this error if you sent an Access Token)",
    ),
    "missing claim": (TOKEN, "Missing a required claim: {claim}."),
    "several audiences": (
        TOKEN,
        "Token audience contains more than one audience while authorized party is not present",
    ),
    "token expired": (
        ("ExpiredTokenException", 400),
        "Token expired: current date/time {now} must be before the expiration date/time{expiry}",
    ),
    "not yet valid": (TOKEN, "Token is not valid yet"),
    "bad token signature": (TOKEN, "Invalid token signature"),
    "no SAML provider": (TOKEN, "Specified provider doesn't exist"),
    "SAML signature": (TOKEN, "Response signature invalid"),
    "SAML audience": (TOKEN, "Response does not contain the required audience."),
    "SAML issuer": (TOKEN, "Issuer not present in specified provider"),
    "SAML expired": (("ExpiredTokenException", 400), "Token must be redeemed within 5 minutes of issuance"),
    "SAML not readable": (TOKEN, "Invalid base64 SAMLResponse"),
    "SAML no role": (TOKEN, "Request ARN is invalid"),
    "SAML no session name": (TOKEN, "RoleSessionName is required in AuthnResponse"),
    "SAML session name": (
        TOKEN,
        "RoleSessionName in AuthnResponse must match [a-zA-Z_0-9+=,.@-]{{2,64}}",
    ),
    "SAML source identity": (
        TOKEN,
        'Source Identity must match [a-zA-Z_0-9+=,.@-]{{2,64}} and not begin with "aws:"',
    ),
}


def fault(what: str, **values: object) -> AwsError:
    """The error of this row, with its blanks filled."""
    (code, status), text = ERRORS[what]
    return AwsError(code, text.format(**values), status)
