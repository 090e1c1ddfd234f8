"""Random policies, requests and policies in force, small enough that they often meet.

A new feature of the policy language joins here, so that every law and every other engine is tried on it.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final

from hypothesis import strategies as st

from rolecall.decision.policies import PoliciesInForce, SourcedPolicy
from rolecall.decision.request import Context, Principal, PrincipalType, Request, Resource
from rolecall.policy.document import Policy, PolicyType
from rolecall.policy.parser import GRAMMARS, Presence, parse

ACCOUNT: Final = "111122223333"
OTHER: Final = "444455556666"

ACTIONS: Final = (
    "s3:GetObject",
    "s3:PutObject",
    "sagemaker:CreateModel",
    "sagemaker:ListModels",
    "iam:PassRole",
    "iam:ListUsers",
    "sts:AssumeRole",
    "sts:GetCallerIdentity",
    "kms:Decrypt",
)
ACTION_PATTERNS: Final = (
    *ACTIONS,
    "*",
    "*:*",
    "s3:*",
    "S3:get*",
    "sagemaker:*Model?",
    "sts:*",
    "i?m:*",
    "kms:Decrypt*",
)

RESOURCES: Final = (
    "*",
    "arn:aws:s3:::b/alice/x",
    "arn:aws:s3:::b/*",
    f"arn:aws:sagemaker:us-east-1:{ACCOUNT}:model/m",
    f"arn:aws:sagemaker:us-east-1:{OTHER}:model/m",
    f"arn:aws:iam::{ACCOUNT}:role/R",
    f"arn:aws:iam::{OTHER}:role/R",
    f"arn:aws:kms:us-east-1:{ACCOUNT}:key/1",
)
RESOURCE_PATTERNS: Final = (
    *RESOURCES,
    "arn:aws:s3:*:*:*",
    "arn:aws:s3:::b/${aws:username}/*",
    "arn:aws:s3:::b/${aws:PrincipalTag/team, 'alice'}/?",
    "arn:aws:s3:::b/${*}",
    "arn:*:*:*:*:*",
    "arn:aws:sagemaker:*:*:model/${aws:RequestTag/t}",
    f"arn:aws:*:*:{ACCOUNT}:*",
)
SHORT_PATTERNS: Final = ("arn:aws:s3:*", "arn:aws:sagemaker:*")

# Every key with texts of its type; texts of other types join in, because policies are written by people.
KEYS: Final[Mapping[str, tuple[str, ...]]] = {
    "aws:username": ("alice", "bob"),
    "aws:PrincipalTag/team": ("alice", "red", "", "*"),
    "aws:RequestTag/t": ("m", "red", "a b"),
    "aws:TagKeys": ("t", "Team", "u"),
    "sagemaker:InstanceTypes": ("ml.t3.large", "ml.p4d.24xlarge"),
    "aws:SourceIp": ("10.1.2.3", "2001:db8::1", "::ffff:10.1.2.3", "nowhere"),
    "aws:CurrentTime": ("2026-01-01T00:00:00Z", "1767225600", "2026-01-01", "soon"),
    "aws:TokenIssueTime": ("2026-01-01T00:00:00Z",),
    "aws:MultiFactorAuthPresent": ("true", "false"),
    "sagemaker:MaxRuntimeInSeconds": ("10", "10.0", "3600", "-1", "x"),
    "aws:PrincipalArn": (f"arn:aws:iam::{ACCOUNT}:role/R", f"arn:aws:iam::{ACCOUNT}:user/alice", "none"),
    "s3:x-blob": ("QQ==", "Qg==", "%"),
}
MULTIVALUED: Final = ("aws:TagKeys", "sagemaker:InstanceTypes")

OPERATORS: Final[Mapping[str, tuple[str, ...]]] = {
    "StringEquals": ("alice", "red", "m", "${aws:username}", "${aws:PrincipalTag/team, 'red'}", "ml.t3.large"),
    "StringNotEquals": ("alice", "red", "", "${aws:PrincipalTag/team}"),
    "StringEqualsIgnoreCase": ("ALICE", "TEAM", "${AWS:UserName}"),
    "StringNotEqualsIgnoreCase": ("Red", "T"),
    "StringLike": ("*", "?*", "ml.t3.*", "${aws:username}*", "${*}", ""),
    "StringNotLike": ("ml.p*", "${aws:RequestTag/t}", "*"),
    "NumericEquals": ("10", "3600.0", "x"),
    "NumericNotEquals": ("10", "x"),
    "NumericLessThan": ("11", "0"),
    "NumericLessThanEquals": ("10",),
    "NumericGreaterThan": ("10", "-2"),
    "NumericGreaterThanEquals": ("10.0",),
    "DateEquals": ("2026-01-01",),
    "DateNotEquals": ("2026-01-01T00:00:00Z", "never"),
    "DateLessThan": ("1767225601", "2026"),
    "DateLessThanEquals": ("2026-01-01T00:00:00+01:00",),
    "DateGreaterThan": ("2025-12",),
    "DateGreaterThanEquals": ("2026-01-01T00:00Z",),
    "Bool": ("true", "False", "${aws:MultiFactorAuthPresent}", "maybe"),
    "BinaryEquals": ("QQ==", "%"),
    "IpAddress": ("10.0.0.0/8", "2001:DB8::/32", "0.0.0.0/0", "10.1.2.3"),
    "NotIpAddress": ("10.0.0.0/8", "::/0", "192.0.2.1"),
    "ArnEquals": ("arn:aws:iam::*:role/*", "*"),
    "ArnLike": ("arn:aws:iam::111122223333:user/${aws:username}", "arn:aws:iam::*:role/R"),
    "ArnNotEquals": ("arn:aws:iam::*:user/*",),
    "ArnNotLike": ("arn:aws:iam::${aws:PrincipalTag/team}:role/*", "*"),
}

PRINCIPAL_VALUES: Final = (
    ("AWS", "*"),
    ("AWS", ACCOUNT),
    ("AWS", f"arn:aws:iam::{ACCOUNT}:root"),
    ("AWS", f"arn:aws:iam::{ACCOUNT}:user/alice"),
    ("AWS", f"arn:aws:iam::{ACCOUNT}:role/R"),
    ("AWS", f"arn:aws:sts::{ACCOUNT}:assumed-role/R/s"),
    ("AWS", f"arn:aws:sts::{ACCOUNT}:federated-user/f"),
    ("AWS", "AROAEXAMPLE"),
    ("Service", "sagemaker.amazonaws.com"),
    ("Federated", "cognito-identity.amazonaws.com"),
    ("CanonicalUser", "79a59d"),
)

EVERYDAY: Final = (
    Principal(f"arn:aws:iam::{ACCOUNT}:user/alice", ACCOUNT, PrincipalType.USER),
    Principal(
        f"arn:aws:sts::{ACCOUNT}:assumed-role/R/s",
        ACCOUNT,
        PrincipalType.ROLE_SESSION,
        role_arn=f"arn:aws:iam::{ACCOUNT}:role/R",
        unique_id="AROAEXAMPLE",
    ),
)
SPECIAL: Final = (
    Principal(f"arn:aws:iam::{ACCOUNT}:root", ACCOUNT, PrincipalType.ROOT),
    Principal(
        f"arn:aws:sts::{ACCOUNT}:federated-user/f",
        ACCOUNT,
        PrincipalType.FEDERATED_USER,
        issuer_arn=f"arn:aws:iam::{ACCOUNT}:user/alice",
    ),
    Principal(
        f"arn:aws:sts::{ACCOUNT}:federated-user/f",
        ACCOUNT,
        PrincipalType.FEDERATED_USER,
        issuer_arn=f"arn:aws:iam::{ACCOUNT}:root",
    ),
    Principal(
        f"arn:aws:sts::{ACCOUNT}:assumed-role/AWSServiceRoleForX/s",
        ACCOUNT,
        PrincipalType.SERVICE_LINKED_ROLE,
        role_arn=f"arn:aws:iam::{ACCOUNT}:role/aws-service-role/x.amazonaws.com/AWSServiceRoleForX",
    ),
    Principal("sagemaker.amazonaws.com", "", PrincipalType.SERVICE),
    Principal("*", "anonymous", PrincipalType.ANONYMOUS),
    Principal(f"arn:aws:iam::{OTHER}:user/alice", OTHER, PrincipalType.USER, management_account=True),
)

# Users and role sessions ask most.
PRINCIPALS: Final = (*EVERYDAY, *EVERYDAY, *EVERYDAY, *SPECIAL)


@st.composite
def one_or_more(draw: st.DrawFn, values: tuple[str, ...], most: int = 3) -> Any:
    """One value bare, or a list of them, as people write."""
    chosen = draw(st.lists(st.sampled_from(values), min_size=1, max_size=most))
    return chosen[0] if len(chosen) == 1 and draw(st.booleans()) else chosen


def seldom(draw: st.DrawFn, one_in: int = 4) -> bool:
    """True once in so many; shrinks towards False."""
    return draw(st.integers(0, one_in - 1)) == one_in - 1


@st.composite
def condition_blocks(draw: st.DrawFn) -> dict[str, Any]:
    block: dict[str, Any] = {}
    for base in draw(st.lists(st.sampled_from([*OPERATORS, "Null"]), max_size=2, unique=True)):
        quantifier = draw(st.sampled_from(("", "", "ForAllValues:", "ForAnyValue:")))
        values = OPERATORS.get(base, ("true", "false"))
        if_exists = "" if base == "Null" else draw(st.sampled_from(("", "", "IfExists")))
        name = f"{quantifier}{base}{if_exists}"
        keys = draw(st.lists(st.sampled_from([*KEYS, "AWS:Username"]), min_size=1, max_size=2, unique=True))
        block[name] = {key: draw(one_or_more(values)) for key in keys}
    return block


@st.composite
def principal_elements(draw: st.DrawFn) -> Any:
    if draw(st.booleans()):
        return "*"
    element: dict[str, list[str]] = {}
    for kind, value in draw(st.lists(st.sampled_from(PRINCIPAL_VALUES), min_size=1, max_size=3, unique=True)):
        element.setdefault(kind, []).append(value)
    return element


@st.composite
def statements(draw: st.DrawFn, kind: PolicyType, effect: str | None = None) -> dict[str, Any]:
    """A statement that the grammar of its policy type allows."""
    grammar = GRAMMARS[kind]
    chosen = effect or draw(st.sampled_from(("Allow", "Allow", "Deny")))
    statement: dict[str, Any] = {"Effect": chosen}
    if draw(st.booleans()):
        statement["Sid"] = draw(st.sampled_from(("A", "B", "")))
    action = "NotAction" if grammar.not_action and seldom(draw) else "Action"
    statement[action] = draw(one_or_more(ACTION_PATTERNS)) if draw(st.booleans()) else "*"
    if grammar.resource is Presence.REQUIRED or (grammar.resource is Presence.OPTIONAL and draw(st.booleans())):
        patterns = RESOURCE_PATTERNS if kind is PolicyType.RCP else RESOURCE_PATTERNS + SHORT_PATTERNS
        resource = "NotResource" if seldom(draw) else "Resource"
        statement[resource] = draw(one_or_more(patterns)) if draw(st.booleans()) else "*"
    if grammar.only_everyone:
        statement["Principal"] = "*"
    elif grammar.principal is Presence.REQUIRED:
        negated = grammar.not_principal and chosen == "Deny" and seldom(draw)
        statement["NotPrincipal" if negated else "Principal"] = draw(principal_elements())
    condition = draw(condition_blocks()) if draw(st.booleans()) else {}
    if condition:
        statement["Condition"] = condition
    return statement


@st.composite
def documents(draw: st.DrawFn, kind: PolicyType = PolicyType.IDENTITY) -> dict[str, Any]:
    """A policy as JSON data."""
    return {
        "Version": draw(st.sampled_from(("2012-10-17", "2012-10-17", "2008-10-17"))),
        "Statement": draw(st.lists(statements(kind), min_size=1, max_size=3)),
    }


def policies(kind: PolicyType = PolicyType.IDENTITY) -> st.SearchStrategy[Policy]:
    return documents(kind).map(lambda document: parse(document, kind))


def sourced(kind: PolicyType) -> st.SearchStrategy[SourcedPolicy]:
    return policies(kind).map(SourcedPolicy)


def wide_open(kind: PolicyType) -> SourcedPolicy:
    """A policy that allows everything, as the full access policies do that AWS attaches."""
    statement = {"Effect": "Allow", "Action": "*", "Resource": "*"}
    if GRAMMARS[kind].principal is Presence.REQUIRED:
        statement["Principal"] = "*"
    return SourcedPolicy(parse({"Version": "2012-10-17", "Statement": statement}, kind))


def limiting(kind: PolicyType) -> st.SearchStrategy[SourcedPolicy | None]:
    """A policy of a type that limits: mostly none, often one that allows all."""
    return st.none() | st.just(wide_open(kind)) | sourced(kind)


@st.composite
def levels(draw: st.DrawFn, kind: PolicyType) -> tuple[tuple[SourcedPolicy, ...], ...]:
    """Levels of control policies; most keep the full access policy, a few are empty."""
    made = []
    for _ in range(draw(st.integers(0, 2))):
        full = () if seldom(draw) else (wide_open(kind),)
        made.append(full + tuple(draw(st.lists(sourced(kind), max_size=1))))
    return tuple(made)


@st.composite
def policies_in_force(draw: st.DrawFn) -> PoliciesInForce:
    """Every type in turn there and not there; trust policies come as resource policies without Resource."""
    session = draw(limiting(PolicyType.SESSION))
    more = draw(st.lists(sourced(PolicyType.SESSION), max_size=1)) if session is not None else []
    return PoliciesInForce(
        identity=tuple(draw(st.lists(sourced(PolicyType.IDENTITY), max_size=2))),
        boundary=draw(limiting(PolicyType.BOUNDARY)),
        session=None if session is None else (session, *more),
        scps=draw(levels(PolicyType.SCP)),
        rcps=draw(levels(PolicyType.RCP)),
        endpoint=draw(limiting(PolicyType.ENDPOINT)),
        resource=draw(st.none() | sourced(PolicyType.RESOURCE) | sourced(PolicyType.TRUST)),
    )


@st.composite
def values_of(draw: st.DrawFn, key: str) -> tuple[str, ...]:
    """What a request may hold under a key: nothing, one value, several."""
    return tuple(draw(st.lists(st.sampled_from(KEYS[key]), max_size=2)))


@st.composite
def context_values(draw: st.DrawFn) -> dict[str, tuple[str, ...]]:
    keys = draw(st.lists(st.sampled_from(sorted(KEYS)), max_size=8, unique=True))
    return {key: draw(values_of(key)) for key in keys}


def context(values: Mapping[str, tuple[str, ...]], unknown: tuple[str, ...] = ()) -> Context:
    return Context(values, multivalued=MULTIVALUED, unknown=unknown)


@st.composite
def requests(draw: st.DrawFn) -> Request:
    principal = draw(st.sampled_from(PRINCIPALS))
    arn = draw(st.sampled_from(RESOURCES))
    named = arn.split(":")[4] if arn != "*" else ""
    account = named or (OTHER if seldom(draw) else principal.account)
    return Request(
        principal=principal,
        action=draw(st.sampled_from(ACTIONS)),
        resource=Resource(arn, account, management_account=seldom(draw, 8)),
        context=context(draw(context_values())),
    )
