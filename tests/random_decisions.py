"""Seeded random decisions, fast: for runs of millions of requests through two engines.

The same language as `strategies`, which shrinks well and is slow; here documents are made once into pools and
requests draw from them, so that a request costs little more than deciding it. Odd but legal forms are frequent.
"""

from __future__ import annotations

import random
from collections.abc import Iterator, Sequence
from typing import Any, Final, TypeVar

import strategies as words
from rolecall.decision.policies import Level, PoliciesInForce, SourcedPolicy
from rolecall.decision.request import Context, Principal, PrincipalType, Request, Resource
from rolecall.policy.document import PolicyType
from rolecall.policy.findings import PolicyError
from rolecall.policy.parser import GRAMMARS, Presence, parse

T = TypeVar("T")

ACTIONS: Final = (
    *words.ACTIONS,
    "S3:getobject",
    "sagemaker:CreateTrainingJob",
    "sts:AssumeRoleWithWebIdentity",
    "sts:TagSession",
    "sts:GetSessionToken",
    "iam:CreateUser",
    "kms:RetireGrant",
    "logs:PutLogEvents",
)
ACTION_PATTERNS: Final = (
    *words.ACTION_PATTERNS,
    *ACTIONS,
    "s?:*Object",
    "sagemaker:Create*Job",
    "*:Get*",
    "st*:*",
)

RESOURCES: Final = (
    *words.RESOURCES,
    "arn:aws:s3:::B/Alice/X",
    "ARN:aws:S3:::b/alice/x",
    "arn:aws:s3:::b/${*}",
    "arn:aws:s3:::b/al:ice/x\ny",
    "arn:aws-cn:SageMaker:cn-north-1:111122223333:model/m",
    f"arn:aws:KMS:us-east-1:{words.ACCOUNT}:key/1",
    f"arn:aws:kms:us-east-1:{words.ACCOUNT}:alias/1",
    f"arn:aws:iam::{words.ACCOUNT}:role/aws-service-role/x.amazonaws.com/AWSServiceRoleForX",
    "arn:aws:s3:::",
    "arn:aws:s3",
    "nothing",
)
RESOURCE_PATTERNS: Final = (
    *words.RESOURCE_PATTERNS,
    *(each for each in RESOURCES if each.count(":") >= 5),
    "arn:AWS:s3:::b/*",
    "ARN:aws:s3:::b/?lice/*",
    "a*:aws:s3:::b/*",
    "arn:aws:s3:::*/*l*i*c*e*/x",
    "arn:aws:s3:::b/**",
    "arn:aws:s3:::b/al*:*",
    "arn:aws:s3:::${aws:username}/${aws:PrincipalTag/team}",
    "arn:aws:s3:::b/*${aws:username}*",
    "arn:aws:s3:::b/${aws:username",
    "arn:aws:s3:::b/${aws:TagKeys, 'alice'}/*",
    "arn:aws:s3:::b/${aws:username, 'alice'}/${?}",
    "arn:aws:*:us-*-1:*:model/*",
    "arn:aws:sage*er:us-????-1:1111*3333:m?del/${aws:RequestTag/t}*",
    "arn:aws:iam::*:role/R",
    "arn:aws:s3:${aws:username}::b/*",
)
SHORT_PATTERNS: Final = (*words.SHORT_PATTERNS, "arn:aws:s3", "arn:aws:s3:::", "arn:*")

VALUES: Final = (
    *sorted({value for values in words.OPERATORS.values() for value in values}),
    *sorted({value for values in words.KEYS.values() for value in values}),
    "a*a*a*b",
    "a?i*",
    "${aws:TagKeys}",
    "${AWS:principaltag/TEAM}x${aws:username, ''}",
    "*${aws:username}?",
    "${$}{aws:username}",
    "${",
    "TRUE",
    "0010",
    "+10.",
    ".5",
    "1e1",
    "10.1.2.3/33",
    "10.1.2.3/8",
    "::ffff:10.0.0.0/104",
    "2026-02-30",
    "2026-01-01T00:00:00.5Z",
    "-0001-01-01",
    "ARN:aws:iam::111122223333:user/alice",
    "a*n:aws:iam::*:user/al?ce",
    "arn:aws:iam::111122223333:user",
    "İ",
    "\u03a3",
    "QQ=",
)
KEYS: Final = (*words.KEYS, "AWS:UserName", "aws:principaltag/TEAM", "aws:RequestTag/T", "aws:ResourceTag/x")
UNKNOWN: Final = (
    *[()] * 8,
    ("aws:username",),
    ("aws:PrincipalTag/*",),
    ("aws:requesttag/t", "aws:SourceIp"),
    ("aws:*",),
    ("aws:TagKeys", "aws:TokenIssueTime", "sagemaker:InstanceTypes"),
    ("aws:MultiFactorAuthPresent", "aws:PrincipalTag/team"),
)
OPERATORS: Final = (*words.OPERATORS, "Null", "Null")
PRINCIPALS: Final = (
    *words.PRINCIPALS,
    *words.PRINCIPALS,
    *words.SPECIAL,
    Principal(
        f"arn:aws:iam::{words.ACCOUNT}:user/alice",
        words.ACCOUNT,
        PrincipalType.USER,
        unique_id="AIDAEXAMPLE",
        management_account=True,
    ),
    Principal("*", "anonymous", PrincipalType.ANONYMOUS, federated_provider="cognito-identity.amazonaws.com"),
    Principal(f"arn:aws:iam::{words.OTHER}:root", words.OTHER, PrincipalType.ROOT, canonical_user="79a59d"),
)
PRINCIPAL_VALUES: Final = (
    *words.PRINCIPAL_VALUES,
    ("AWS", words.OTHER),
    ("AWS", "AIDAEXAMPLE"),
    ("Service", "*"),
    ("Federated", "*"),
)


class Decisions:
    """Endless decisions from one seed. Documents stay in their pools for a while, as they do on a server."""

    def __init__(self, seed: int, pool: int = 40) -> None:
        self.random = random.Random(seed)
        self.size = pool
        self.pools: dict[PolicyType, list[SourcedPolicy]] = {kind: [] for kind in PolicyType}
        self.actions: tuple[str, ...] = ACTIONS

    def worlds(self) -> Iterator[PoliciesInForce]:
        """Policies in force; between them the pools change slowly."""
        while True:
            for kind, pool in self.pools.items():
                while len(pool) < self.size:
                    pool.append(self.sourced(kind))
                if self.one_in(4):
                    pool[self.random.randrange(self.size)] = self.sourced(kind)
            yield self.policies_in_force()

    def pick(self, values: Sequence[T]) -> T:
        return values[int(self.random.random() * len(values))]

    def one_in(self, times: int) -> bool:
        return self.random.random() * times < 1

    def some(self, values: Sequence[T], most: int = 3) -> list[T]:
        return [self.pick(values) for _ in range(1 + int(self.random.random() * most))]

    def bare_or_list(self, values: Sequence[str], most: int = 3) -> Any:
        chosen = self.some(values, most)
        return chosen[0] if len(chosen) == 1 and self.one_in(2) else chosen

    def condition(self) -> dict[str, Any]:
        block: dict[str, Any] = {}
        for _ in range(1 + self.one_in(3)):
            base = self.pick(OPERATORS)
            quantifier = self.pick(("", "", "", "ForAllValues:", "ForAnyValue:"))
            if_exists = "" if base == "Null" else self.pick(("", "", "IfExists"))
            name = f"{quantifier}{base}{if_exists}"
            if self.one_in(12):
                name = name.lower()
            own = words.OPERATORS.get(base, ("true", "false", "True", "x"))
            keys: dict[str, Any] = {}
            for key in self.some(KEYS, 2):
                values = VALUES if self.one_in(4) else own
                if base.startswith(("String", "Arn")) and key in words.KEYS and self.one_in(2):
                    values = words.KEYS[key]
                keys[key] = [] if self.one_in(40) else self.bare_or_list(values)
            block[name] = keys
        return block

    def principal(self) -> Any:
        if self.one_in(3):
            return "*"
        element: dict[str, list[str]] = {}
        for kind, value in self.some(PRINCIPAL_VALUES):
            element.setdefault(kind, []).append(value)
        return element

    def statement(self, kind: PolicyType) -> dict[str, Any]:
        grammar = GRAMMARS[kind]
        effect = self.pick(("Allow", "Allow", "Deny"))
        statement: dict[str, Any] = {"Effect": effect}
        if self.one_in(2):
            statement["Sid"] = self.pick(("A", "B", ""))
        action = "NotAction" if grammar.not_action and self.one_in(5) else "Action"
        statement[action] = "*" if self.one_in(2) else self.bare_or_list(ACTION_PATTERNS)
        if grammar.resource is Presence.REQUIRED or (grammar.resource is Presence.OPTIONAL and self.one_in(2)):
            patterns = RESOURCE_PATTERNS + (SHORT_PATTERNS if self.one_in(3) else ())
            resource = "NotResource" if self.one_in(5) else "Resource"
            statement[resource] = "*" if self.one_in(3) else self.bare_or_list(patterns, 4)
        if grammar.only_everyone:
            statement["Principal"] = "*"
        elif grammar.principal is Presence.REQUIRED:
            negated = grammar.not_principal and effect == "Deny" and self.one_in(3)
            statement["NotPrincipal" if negated else "Principal"] = self.principal()
        if not self.one_in(3):
            statement["Condition"] = self.condition()
        return statement

    def sourced(self, kind: PolicyType) -> SourcedPolicy:
        while True:
            document = {
                "Version": self.pick(("2012-10-17", "2012-10-17", "2008-10-17")),
                "Statement": [self.statement(kind) for _ in range(1 + int(self.random.random() * 4))],
            }
            try:
                parsed = parse(document, kind)
            except PolicyError:
                continue  # An odd form that this policy type refuses.
            return SourcedPolicy(parsed, *self.pick(((None, None), ("arn:p", "p"), (None, "inline"))))

    def drawn(self, kind: PolicyType) -> SourcedPolicy:
        if self.one_in(3) and kind not in (PolicyType.RESOURCE, PolicyType.TRUST):
            return words.wide_open(kind)
        return self.pick(self.pools[kind])

    def level(self, kind: PolicyType, most: int) -> Level:
        return tuple(self.drawn(kind) for _ in range(int(self.random.random() * (most + 1))))

    def levels(self, kind: PolicyType) -> tuple[Level, ...]:
        if self.one_in(2):
            return ()
        count = 1 + self.one_in(2)
        full = () if self.one_in(10) else (words.wide_open(kind),)
        return tuple(full + self.level(kind, 1) for _ in range(count))

    def policies_in_force(self) -> PoliciesInForce:
        if self.one_in(2):  # what most principals have on most resources
            return PoliciesInForce(
                identity=self.level(PolicyType.IDENTITY, 4),
                boundary=self.drawn(PolicyType.BOUNDARY) if self.one_in(3) else None,
                scps=self.levels(PolicyType.SCP),
            )
        session = self.level(PolicyType.SESSION, 2) if self.one_in(4) else ()
        resource = self.pick((None, PolicyType.RESOURCE, PolicyType.RESOURCE, PolicyType.TRUST))
        return PoliciesInForce(
            identity=self.level(PolicyType.IDENTITY, 3),
            boundary=self.drawn(PolicyType.BOUNDARY) if self.one_in(3) else None,
            session=session or None,
            scps=self.levels(PolicyType.SCP),
            rcps=self.levels(PolicyType.RCP) if self.one_in(2) else (),
            endpoint=self.drawn(PolicyType.ENDPOINT) if self.one_in(6) else None,
            resource=None if resource is None else self.drawn(resource),
        )

    def context(self) -> Context:
        values: dict[str, str | tuple[str, ...]] = {}
        for _ in range(int(self.random.random() * 9)):
            key = self.pick(KEYS)
            pool = VALUES if self.one_in(5) else words.KEYS.get(key, ("alice", "red"))
            count = self.pick((1, 1, 1, 1, 0, 2, 3))
            values[key] = self.pick(pool) if count == 1 else tuple(self.pick(pool) for _ in range(count))
        return Context(values, multivalued=words.MULTIVALUED, unknown=self.pick(UNKNOWN))

    def request(self) -> Request:
        principal = self.pick(words.EVERYDAY if self.one_in(2) else PRINCIPALS)
        arn = self.pick(RESOURCES)
        parts = arn.split(":")
        named = parts[4] if len(parts) > 5 else ""
        account = named or (words.OTHER if self.one_in(8) else principal.account)
        return Request(
            principal=principal,
            action=self.pick(self.actions),
            resource=Resource(arn, account, management_account=self.one_in(10), aws_managed=self.one_in(20)),
            context=self.context(),
        )
