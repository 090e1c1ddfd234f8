"""CloudTrail records: the one codec that writes ours and reads anybody's (CloudTrail User Guide, record contents).

`write` makes the record of a call from values; `read` gives the records of a file in any form in which they are
found: a log file, a bare array, a record per line, the output of lookup-events, EventBridge events. Our decision
travels in `additionalEventData`, which CloudTrail leaves free, so that its tools read our trail unchanged.
"""

from __future__ import annotations

import base64
import functools
import gzip
from collections.abc import Iterator, Mapping
from datetime import UTC, datetime
from typing import Any, Final

import msgspec
from botocore.model import ListShape, MapShape, Shape, StructureShape
from msgspec import Struct

from rolecall.authorization.caller import Caller
from rolecall.credentials.claims import SessionKind
from rolecall.decision.request import PrincipalType

VERSION: Final = "1.11"
HIDDEN: Final = "HIDDEN_DUE_TO_SECURITY_REASONS"
MAX_PARAMETERS: Final = 100 * 1024
MAX_MESSAGE: Final = 1024
# Members that are left out altogether, and those kept although the model calls them sensitive.
DROPPED: Final = frozenset(
    {
        *("SecretAccessKey", "Password", "Base32StringSeed", "QRCodePNG", "PrivateKey"),
        *("TokenCode", "AuthenticationCode1", "AuthenticationCode2"),
    }
)
KEPT: Final = frozenset({"SessionToken", "AccessKeyId"})
# Who has the URL is let in, although the model does not call it sensitive.
ALSO_SECRET: Final = frozenset({"AuthorizedUrl"})
# Services that write times in words; others as ISO 8601.
TIMES_IN_WORDS: Final = frozenset({"sts", "iam"})
READING: Final = (
    "Get", "List", "Describe", "Search", "Lookup", "Query", "BatchGet", "BatchDescribe", "Simulate", "Generate",
)  # fmt: skip
# Every operation of STS changes nothing that CloudTrail knows of.
READ_ONLY_SOURCES: Final = frozenset({"sts"})


class CallRecord(Struct, frozen=True, kw_only=True):
    """What a record is made from. service: the IAM prefix; input, output: botocore's shapes, None: not known.

    recipient: the account whose trail it is. decision: our part of additionalEventData. token_keys: condition
    keys of a verified web identity token or SAML assertion.
    """

    event_id: str
    request_id: str
    time: datetime
    service: str
    operation: str
    region: str
    caller: Caller
    recipient: str
    source_ip: str
    user_agent: str
    secure: bool = False
    host: str | None = None
    input: Shape | None = None
    parameters: Mapping[str, Any] | None = None
    output: Shape | None = None
    answer: Mapping[str, Any] | None = None
    error_code: str | None = None
    error_message: str | None = None
    resources: tuple[tuple[str, str, str], ...] = ()  # (ARN, account, CloudFormation type)
    invoked_by: str | None = None
    shared_event_id: str | None = None
    token_keys: Mapping[str, str | tuple[str, ...]] = {}
    api_version: str | None = None
    decision: Mapping[str, Any] | None = None


def read_only(service: str, operation: str) -> bool:
    return service in READ_ONLY_SOURCES or operation.startswith(READING)


def write(call: CallRecord) -> dict[str, Any]:
    """The record of one call."""
    reads = read_only(call.service, call.operation)
    failed = call.error_code is not None
    event: dict[str, Any] = {
        "eventVersion": VERSION,
        "userIdentity": user_identity(call.caller, call.recipient, call.invoked_by, call.token_keys),
        "eventTime": moment(call.time),
        "eventSource": f"{call.service}.amazonaws.com",
        "eventName": call.operation,
        "awsRegion": call.region,
        "sourceIPAddress": call.source_ip,
        "userAgent": call.user_agent[:MAX_MESSAGE],
    }
    if failed:
        event["errorCode"] = call.error_code
        event["errorMessage"] = (call.error_message or "")[:MAX_MESSAGE]
    event["requestParameters"] = _limited(members(call.parameters, call.input, call.service) or None)
    answer = None if failed or (reads and call.service not in TIMES_IN_WORDS) else call.answer
    if call.service == "iam" and reads:
        answer = None
    event["responseElements"] = _limited(members(answer, call.output, call.service) or None)
    event["additionalEventData"] = _additional(call)
    event["requestID"] = call.request_id
    event["eventID"] = call.event_id
    event["readOnly"] = reads
    if call.resources:
        event["resources"] = [
            {"accountId": account, "type": kind, "ARN": arn} for arn, account, kind in call.resources
        ]
    event["eventType"] = "AwsApiCall"
    if call.api_version:
        event["apiVersion"] = call.api_version
    event["managementEvent"] = True
    event["recipientAccountId"] = call.recipient
    if call.shared_event_id:
        event["sharedEventID"] = call.shared_event_id
    event["eventCategory"] = "Management"
    if call.secure:
        event["tlsDetails"] = {"clientProvidedHostHeader": call.host or ""}
    return {key: value for key, value in event.items() if key != "additionalEventData" or value}


def user_identity(
    caller: Caller,
    recipient: str,
    invoked_by: str | None = None,
    token_keys: Mapping[str, str | tuple[str, ...]] | None = None,
) -> dict[str, Any]:
    """Who called, as the trail of one account shows them: callers of other accounts are just an account there."""
    principal = caller.principal
    match principal.type:
        case PrincipalType.SERVICE:
            return {"type": "AWSService", "invokedBy": principal.arn}
        case PrincipalType.ANONYMOUS if principal.federated_provider:
            return _federated_identity(principal.federated_provider, token_keys or {})
        case PrincipalType.ANONYMOUS:
            return {"type": "AWSAccount", "principalId": "", "accountId": "anonymous"}
    if principal.account != recipient:
        return {"type": "AWSAccount", "principalId": principal.user_id or "", "accountId": principal.account}
    made: dict[str, Any] = {
        "type": IDENTITY_TYPES[principal.type],
        "principalId": principal.user_id or principal.unique_id or principal.account,
        "arn": principal.arn,
        "accountId": principal.account,
        "accessKeyId": caller.access_key_id,
    }
    if principal.type is PrincipalType.USER:
        made["userName"] = principal.arn.rpartition("/")[2]
    session = _session_context(caller)
    if session:
        made["sessionContext"] = session
    if invoked_by or caller.via_service:
        made["invokedBy"] = invoked_by or caller.via_service
    return made


def _federated_identity(provider: str, keys: Mapping[str, str | tuple[str, ...]]) -> dict[str, Any]:
    """Somebody whom an identity provider vouches for (7.2: SAMLUser, WebIdentityUser)."""

    def key(ending: str) -> str:
        value = next((value for name, value in keys.items() if name.endswith(ending)), "")
        return value if isinstance(value, str) else value[0]

    subject = key(":sub")
    if ":saml-provider/" in provider:
        qualifier = key("saml:namequalifier")
        return {
            "type": "SAMLUser",
            "principalId": f"{qualifier}:{subject}",
            "userName": subject,
            "identityProvider": qualifier,
        }
    return {
        "type": "WebIdentityUser",
        "principalId": f"{provider}:{key(':aud')}:{subject}",
        "userName": subject,
        "identityProvider": provider,
    }


IDENTITY_TYPES: Final[Mapping[PrincipalType, str]] = {
    PrincipalType.ROOT: "Root",
    PrincipalType.USER: "IAMUser",
    PrincipalType.ROLE_SESSION: "AssumedRole",
    PrincipalType.SERVICE_LINKED_ROLE: "AssumedRole",
    PrincipalType.FEDERATED_USER: "FederatedUser",
}


def _session_context(caller: Caller) -> dict[str, Any]:
    session, principal = caller.session, caller.principal
    if session is None:
        return {}
    made: dict[str, Any] = {}
    if session.kind is SessionKind.ASSUMED_ROOT:
        made["assumedRoot"] = "true"
    elif session.kind is not SessionKind.SESSION_TOKEN:
        is_role = session.kind is SessionKind.ASSUMED_ROLE
        is_root = not is_role and session.holder_arn.endswith(":root")
        issuer = {
            "type": "Role" if is_role else "Root" if is_root else "IAMUser",
            "principalId": session.holder_id,
            "arn": session.holder_arn,
            "accountId": principal.account,
        }
        if not is_root:
            issuer["userName"] = session.holder_arn.rpartition("/")[2]
        made["sessionIssuer"] = issuer
    if session.federated_provider:
        made["webIdFederationData"] = {"federatedProvider": session.federated_provider, "attributes": {}}
    made["attributes"] = {
        "creationDate": moment(datetime.fromtimestamp(session.issued, UTC)),
        "mfaAuthenticated": "true" if session.mfa_time is not None else "false",
    }
    if session.source_identity:
        made["sourceIdentity"] = session.source_identity
    return made


def members(value: Any, shape: Shape | None, service: str, name: str = "") -> Any:
    """A value of an API as records spell it: members in lowerCamelCase, map keys as they are, secrets hidden."""
    if value is None:
        return None
    sensitive = shape is not None and shape.metadata.get("sensitive") and name not in KEPT
    if sensitive or name in ALSO_SECRET:
        return HIDDEN
    match value:
        case Mapping():
            if isinstance(shape, MapShape):
                return {str(key): members(inner, shape.value, service) for key, inner in value.items()}
            known = shape.members if isinstance(shape, StructureShape) else {}
            return {
                lower_first(key): members(inner, known.get(key), service, key)
                for key, inner in value.items()
                if inner is not None and key not in DROPPED
            }
        case list() | tuple():
            inside = shape.member if isinstance(shape, ListShape) else None
            return [members(inner, inside, service) for inner in value]
        case datetime():
            return in_words(value) if service in TIMES_IN_WORDS else moment(value)
        case bytes():
            return base64.b64encode(value).decode("ascii")
        case str() | bool() | int() | float():
            return value
    return str(value)


def lower_first(name: str) -> str:
    return name[:1].lower() + name[1:]


def moment(time: datetime) -> str:
    return _moment(time.replace(microsecond=0))


@functools.lru_cache(maxsize=256)
def _moment(time: datetime) -> str:
    return time.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")


def in_words(time: datetime) -> str:
    """Oct 2, 2019, 11:12:29 PM"""
    utc = time.astimezone(UTC)
    hour = utc.hour % 12 or 12
    return f"{utc.strftime('%b')} {utc.day}, {utc.year}, {hour}:{utc.strftime('%M:%S %p')}"


def _limited(value: Any) -> Any:
    """Records hold 100 KB of parameters at most."""
    if value is None:
        return None
    size = len(msgspec.json.encode(value))
    if size <= MAX_PARAMETERS:
        return value
    return {"omitted": True, "originalSize": size, "reason": "size exceeds the limit of 100 KB"}


def _additional(call: CallRecord) -> dict[str, Any]:
    made: dict[str, Any] = {}
    if call.service == "sts":
        made["RequestDetails"] = {"endpointType": "regional", "awsServingRegion": call.region}
    if call.decision:
        made["rolecall"] = call.decision
    return made


def read(data: bytes) -> Iterator[dict[str, Any]]:
    """The records in a file, whatever its form; raises ValueError for what is none of them."""
    if data[:2] == b"\x1f\x8b":
        data = gzip.decompress(data)
    try:
        yield from _records(msgspec.json.decode(data))
        return
    except msgspec.DecodeError:
        lines = [line for line in data.splitlines() if line.strip()]
    for number, line in enumerate(lines, 1):
        try:
            yield from _records(msgspec.json.decode(line))
        except msgspec.DecodeError as problem:
            raise ValueError(f"line {number} is not JSON: {problem}") from None


def _records(value: Any) -> Iterator[dict[str, Any]]:
    match value:
        case list():
            for entry in value:
                yield from _records(entry)
        case {"Records": list(entries)} | {"Events": list(entries)}:
            for entry in entries:
                yield from _records(entry)
        case {"CloudTrailEvent": str(text)}:
            yield from _records(msgspec.json.decode(text))
        case {"detail": dict(detail)}:
            yield from _records(detail)
        case {"eventName": _, "eventSource": _}:
            yield value
        case _:
            raise ValueError("not a CloudTrail record: it has no eventName and eventSource")
