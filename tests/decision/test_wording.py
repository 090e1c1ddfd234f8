"""What a denied client reads: data in tests/cases/wording."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Final

import msgspec
import pytest
from msgspec import Struct, field

from rolecall.decision.policies import PoliciesInForce, SourcedPolicy
from rolecall.decision.request import Context, Principal, PrincipalType, Request, Resource
from rolecall.decision.result import Decision, Determining, Outcome
from rolecall.decision.wording import REASONS, denial_message
from rolecall.policy.document import Policy, PolicyType

CASES = Path(__file__).parents[1] / "cases" / "wording" / "sentences.yaml"
ACCOUNT: Final = "111122223333"
CALLERS: Final[Mapping[str, Principal]] = {
    "user": Principal(f"arn:aws:iam::{ACCOUNT}:user/alice", ACCOUNT, PrincipalType.USER),
    "root": Principal(f"arn:aws:iam::{ACCOUNT}:root", ACCOUNT, PrincipalType.ROOT),
    "session": Principal(
        f"arn:aws:sts::{ACCOUNT}:assumed-role/DataSci/nb1",
        ACCOUNT,
        PrincipalType.ROLE_SESSION,
        role_arn=f"arn:aws:iam::{ACCOUNT}:role/DataSci",
    ),
    "federated": Principal(f"arn:aws:sts::{ACCOUNT}:federated-user/carol", ACCOUNT, PrincipalType.FEDERATED_USER),
    "anonymous": Principal("*", "anonymous", PrincipalType.ANONYMOUS),
}
NOTHING: Final = PoliciesInForce()


class Case(Struct, frozen=True, forbid_unknown_fields=True):
    """by: the policy type that decided. policy: its ARN. printed: what the operation prints as resource."""

    name: str
    source: str
    caller: str
    action: str
    by: PolicyType
    message: str
    resource: str = "*"
    account: str = ACCOUNT
    context: dict[str, str] = field(default_factory=dict)
    explicit: bool = False
    policy: str | None = None
    printed: str | None = None
    encoded: str | None = None


def request(
    action: str = "sagemaker:ListModels",
    resource: str = "*",
    caller: str = "user",
    account: str = ACCOUNT,
    context: Mapping[str, str] | None = None,
) -> Request:
    return Request(CALLERS[caller], action, Resource(resource, account), Context(context or {}))


@pytest.mark.parametrize(
    "case",
    [pytest.param(case, id=case.name) for case in msgspec.yaml.decode(CASES.read_bytes(), type=list[Case])],
)
def test_sentence(case: Case) -> None:
    decision = Decision(
        Outcome.EXPLICIT_DENY if case.explicit else Outcome.IMPLICIT_DENY,
        Determining(case.by, arn=case.policy),
    )
    asked = request(case.action, case.resource, case.caller, case.account, case.context)
    got = denial_message(asked, NOTHING, decision, printed_resource=case.printed, encoded=case.encoded)
    assert got == case.message


@pytest.mark.parametrize("kind", PolicyType)
def test_every_policy_type_has_its_reason(kind: PolicyType) -> None:
    implicit = denial_message(request(), NOTHING, Decision(Outcome.IMPLICIT_DENY, Determining(kind)))
    explicit = denial_message(request(), NOTHING, Decision(Outcome.EXPLICIT_DENY, Determining(kind)))
    assert implicit.endswith(f" because {REASONS[kind].implicit} allows the sagemaker:ListModels action")
    assert explicit.endswith(f" with an explicit deny in {REASONS[kind].explicit}")


def test_the_arn_is_found_among_the_policies_in_force() -> None:
    """A decision may name its policy by number alone: within the type, or by level and number."""
    document = Policy(version="2012-10-17", statements=())
    inline, managed = SourcedPolicy(document), SourcedPolicy(document, arn="arn:aws:iam::aws:policy/P")
    policies = PoliciesInForce(identity=(inline, managed), scps=((managed,), (inline, managed)))

    def said(kind: PolicyType, index: int | tuple[int, int]) -> str:
        decision = Decision(Outcome.EXPLICIT_DENY, Determining(kind, index=index))
        return denial_message(request(), policies, decision)

    assert said(PolicyType.IDENTITY, 0).endswith("in an identity-based policy")
    assert said(PolicyType.IDENTITY, 1).endswith("in an identity-based policy: arn:aws:iam::aws:policy/P")
    assert said(PolicyType.SCP, (1, 0)).endswith("in a service control policy")
    assert said(PolicyType.SCP, (1, 1)).endswith("in a service control policy: arn:aws:iam::aws:policy/P")


def test_an_undetermined_decision_gives_no_reason() -> None:
    said = denial_message(request(), NOTHING, Decision(Outcome.UNDETERMINED))
    assert said == f"User: arn:aws:iam::{ACCOUNT}:user/alice is not authorized to perform: sagemaker:ListModels"


def test_an_allowed_request_has_no_denial() -> None:
    with pytest.raises(ValueError, match="is allowed"):
        denial_message(request(), NOTHING, Decision(Outcome.ALLOW))
