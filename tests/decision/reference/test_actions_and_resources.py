"""Single patterns against single requests: data in tests/cases/actions and tests/cases/arn."""

from __future__ import annotations

from pathlib import Path

import msgspec
from msgspec import Struct, field

from rolecall.decision.reference.actions import action_matches
from rolecall.decision.reference.resources import evaluate_entry
from rolecall.decision.reference.result import Setting
from rolecall.decision.request import Context, Principal, PrincipalType, Request, Resource
from rolecall.policy.document import PolicyType
from rolecall.policy.truth import Truth

CASES = Path(__file__).parents[2] / "cases"
USER = Principal("arn:aws:iam::111122223333:user/alice", "111122223333", PrincipalType.USER)


class ActionCase(Struct, frozen=True, forbid_unknown_fields=True):
    name: str
    source: str
    pattern: str
    action: str
    matches: bool


class ResourceCase(Struct, frozen=True, forbid_unknown_fields=True):
    name: str
    source: str
    pattern: str
    resource: str
    matches: bool
    kind: PolicyType = PolicyType.IDENTITY
    version: str = "2012-10-17"
    context: dict[str, str] = field(default_factory=dict)


def test_actions() -> None:
    for case in msgspec.yaml.decode((CASES / "actions" / "actions.yaml").read_bytes(), type=list[ActionCase]):
        assert action_matches(case.pattern, case.action) is case.matches, case.name


def test_resources() -> None:
    for case in msgspec.yaml.decode((CASES / "arn" / "resources.yaml").read_bytes(), type=list[ResourceCase]):
        request = Request(USER, "s3:GetObject", Resource(case.resource, USER.account), Context(case.context))
        entry = evaluate_entry(case.pattern, case.kind, request, case.version == "2012-10-17", Setting())
        assert entry.truth is Truth.of(case.matches), case.name
