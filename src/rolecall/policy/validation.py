"""Would IAM store this document? The write-time checks, in IAM's order and words (SEMANTICS 1).

One sentence comes back, the first that applies; the order of the stages was recorded from IAM. The stages live
beside this file: syntax_rules, legacy_rules, resource_rules, trust_rules, principal_rules. Names of actions and
condition keys are not checked: IAM does not check them, a lint does.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from typing import Final

from msgspec import Struct

from rolecall.policy import legacy_rules, parser, principal_rules, resource_rules, syntax_rules, trust_rules
from rolecall.policy.document import Policy, PolicyType
from rolecall.policy.findings import PolicyError
from rolecall.policy.json_reader import JsonError, JsonFault, read
from rolecall.policy.principal_rules import Known
from rolecall.policy.syntax_rules import Statement, listed

SYNTAX: Final = "Syntax errors in policy."
NOT_JSON_TRUST: Final = "This policy contains invalid Json"
OLD_VERSION: Final = "Policy document must be version 2012-10-17 or greater."
LEGACY: Final = "The policy failed legacy parsing"
SID_CHARACTERS: Final = (
    "Statement IDs (SID) must be alpha-numeric. "
    "Check that your input satisfies the regular expression [0-9A-Za-z]*"
)
SID_TWICE: Final = "Statement IDs (SID) in a single policy must be unique."
NO_ACTIONS: Final = "Policy statement must contain actions."
NO_RESOURCES: Final = "Policy statement must contain resources."
NO_VENDOR: Final = "Actions/Conditions must be prefaced by a vendor, e.g., iam, sdb, ec2, etc."
COLONS: Final = "Actions/Condition can contain only one colon."
BAD_VENDOR: Final = "Vendor {vendor} is not valid"
HAS_PRINCIPAL: Final = "Policy document should not specify a principal."
ALLOW_NOT_PRINCIPAL: Final = "Allow with NotPrincipal is not allowed."
BAD_CHARACTERS: Final = (
    "The specified value for {member} is invalid. It must contain only printable ASCII characters."
)
# Organizations has one sentence for whatever is wrong.
WRONG_TYPE: Final = "The provided policy document does not meet the requirements of the specified policy type."
WRONG_TYPE_CODE: Final = "MalformedPolicyDocumentException"

CHARACTERS: Final = re.compile("[\t\n\r\u0020-\u00ff]*")
VENDOR: Final = re.compile(r"[A-Za-z0-9.-]*")
SID: Final = re.compile(r"[A-Za-z0-9]*")

# Quotas in characters without white space (IAM User Guide, "IAM and AWS STS quotas"). Session policies and
# control policies count every character, as their APIs do.
MOST_CHARACTERS: Final[Mapping[str, int]] = {
    "managed": 6144,
    "user inline": 2048,
    "group inline": 5120,
    "role inline": 10240,
    "trust": 2048,
    "session": 2048,
    "scp": 5120,
    "rcp": 5120,
}


class MalformedPolicy(Exception):
    """A document that the service refuses. `code` is the error's code on the wire."""

    def __init__(self, message: str, code: str = "MalformedPolicyDocument") -> None:
        super().__init__(message)
        self.message = message
        self.code = code


class Rules(Struct, frozen=True):
    """What a kind of policy must and must not have beyond the grammar (SEMANTICS 1.4).

    iam: stored by IAM, with its rules for characters and Sids. current: refuses documents before version
    2012-10-17. principal: required or forbidden. resource: True required, False forbidden, None as it likes.
    member: the request member that holds the document.
    """

    iam: bool = True
    current: bool = False
    principal: bool = False
    resource: bool | None = True
    member: str = "policyDocument"


RULES: Final[Mapping[PolicyType, Rules]] = {
    PolicyType.IDENTITY: Rules(current=True),
    PolicyType.BOUNDARY: Rules(current=True),
    PolicyType.SESSION: Rules(member="policy"),
    # Roles keep trust policies of version 2008-10-17, which AWS's console wrote for years.
    PolicyType.TRUST: Rules(principal=True, resource=False, member="assumeRolePolicyDocument"),
    PolicyType.RESOURCE: Rules(iam=False, principal=True, resource=None),
    PolicyType.ENDPOINT: Rules(iam=False, principal=True),
    PolicyType.SCP: Rules(iam=False),
    PolicyType.RCP: Rules(iam=False, principal=True),
}


def validate_for_iam(text: str, kind: PolicyType, *, known: Known | None = None) -> Policy:
    """The parsed document, or MalformedPolicy with the sentence AWS answers.

    known: says whether a principal exists; asked for every well-formed principal of a trust or resource policy.
    Without it every well-formed principal is taken.
    """
    rules = RULES[kind]
    if rules.iam and not CHARACTERS.fullmatch(text):
        raise MalformedPolicy(BAD_CHARACTERS.format(member=rules.member), "ValidationError")
    try:
        document = syntax_rules.plain(read(text))
    except JsonError as error:
        not_json = kind is PolicyType.TRUST and error.fault is JsonFault.SYNTAX
        raise _refusal(NOT_JSON_TRUST if not_json else SYNTAX, kind) from error
    statements = syntax_rules.statements_of(document)
    if statements is None:
        raise _refusal(SYNTAX, kind)
    if rules.current and document.get("Version") != "2012-10-17":
        raise _refusal(OLD_VERSION, kind)
    for complaint in _complaints(statements, kind, known):
        raise _refusal(complaint, kind)
    try:
        return parser.parse(text, kind)
    except PolicyError as error:
        raise _refusal(SYNTAX, kind) from error


def counted_size(text: str) -> int:
    """The characters of a document that count against IAM's quotas: all but white space."""
    return sum(not character.isspace() for character in text)


def _refusal(message: str, kind: PolicyType) -> MalformedPolicy:
    if kind in (PolicyType.SCP, PolicyType.RCP):
        return MalformedPolicy(WRONG_TYPE, WRONG_TYPE_CODE)
    return MalformedPolicy(message)


def _complaints(statements: tuple[Statement, ...], kind: PolicyType, known: Known | None) -> Iterable[str]:
    """Every complaint about a well-formed document, in IAM's order; the caller tells the first."""
    rules = RULES[kind]
    if not rules.principal and any("Principal" in each or "NotPrincipal" in each for each in statements):
        yield HAS_PRINCIPAL
    if legacy_rules.fails(statements):
        yield LEGACY
    if rules.iam:
        yield from _sid_complaints(statements)
    if not all(_has_some(statement, "Action") for statement in statements):
        yield NO_ACTIONS
    for element in ("Resource", "NotResource"):
        for statement in statements:
            yield from _some(resource_rules.first_error(listed(statement.get(element, []))))
    for element in ("Action", "NotAction"):
        for statement in statements:
            for action in listed(statement.get(element, [])):
                yield from _some(_action_error(action))
    if rules.resource and not all(_has_some(statement, "Resource") for statement in statements):
        yield NO_RESOURCES
    if kind is PolicyType.TRUST:
        yield from _trust_complaints(statements)
    if kind is PolicyType.RCP and not all(map(_is_customer_rcp, statements)):
        yield WRONG_TYPE
    if rules.principal:
        yield from _principal_complaints(statements, kind, known)


def _sid_complaints(statements: tuple[Statement, ...]) -> Iterable[str]:
    sids = [statement["Sid"] for statement in statements if statement.get("Sid")]
    if not all(SID.fullmatch(sid) for sid in sids):
        yield SID_CHARACTERS
    if len(set(sids)) < len(sids):
        yield SID_TWICE


def _has_some(statement: Statement, element: str) -> bool:
    """Whether the element or its opposite is there and not an empty list."""
    return bool(listed(statement.get(element, statement.get(f"Not{element}", []))))


def _action_error(action: str) -> str | None:
    if action == "*":
        return None
    vendor, colon, name = action.partition(":")
    if not colon:
        return NO_VENDOR
    if ":" in name:
        return COLONS
    if vendor != "*" and not VENDOR.fullmatch(vendor):
        return BAD_VENDOR.format(vendor=vendor)
    return None


def _trust_complaints(statements: tuple[Statement, ...]) -> Iterable[str]:
    for statement in statements:
        yield from _some(trust_rules.action_error(listed(statement.get("Action", []))))
    if any("Resource" in statement or "NotResource" in statement for statement in statements):
        yield trust_rules.HAS_RESOURCE
    for statement in statements:
        yield from _some(trust_rules.principal_element_error(statement))


def _is_customer_rcp(statement: Statement) -> bool:
    """Deny only, every principal, services named."""
    return (
        statement["Effect"] == "Deny"
        and statement.get("Principal") == "*"
        and "*" not in listed(statement.get("Action", "*"))
    )


def _principal_complaints(
    statements: tuple[Statement, ...], kind: PolicyType, known: Known | None
) -> Iterable[str]:
    for statement in statements:
        if "NotPrincipal" in statement and statement["Effect"] == "Allow":
            yield ALLOW_NOT_PRINCIPAL
        entries = principal_rules.entries_of(statement.get("Principal", statement.get("NotPrincipal")))
        if entries is None:
            yield SYNTAX
            return
        if kind is PolicyType.TRUST:
            yield from _some(trust_rules.federation_error(statement, entries))
        yield from _some(principal_rules.invalid(entries, known))


def _some(complaint: str | None) -> tuple[str, ...]:
    return () if complaint is None else (complaint,)
