"""Repairs: what `--fix` writes is without the finding, and decides as before unless the repair says otherwise."""

from __future__ import annotations

import re
from collections.abc import Iterator
from itertools import product

from rolecall import catalog
from rolecall.analysis.lint import Finding, Knowledge
from rolecall.analysis.lint.example import Example, findings_in, findings_of_text, text_of
from rolecall.analysis.lint.finding import Edit
from rolecall.analysis.lint.fixing import fix, is_safe
from rolecall.decision import (
    Context,
    Outcome,
    PoliciesInForce,
    Principal,
    PrincipalType,
    Request,
    Resource,
    SourcedPolicy,
    decide,
)
from rolecall.policy import parser
from rolecall.policy.document import Policy, PolicyType
from rolecall.policy.findings import PolicyError

ACCOUNT = "111122223333"
REPAIRED = {
    "EMPTY_OBJECT_CONDITION",
    "EMPTY_SID_VALUE",
    "EQUIVALENT_TO_NULL_FALSE",
    "EQUIVALENT_TO_NULL_TRUE",
    "IMPROVE_IP_RANGE",
    "INVALID_ARN_SERVICE_CASE",
    "INVALID_CONDITION_OPERATOR",
    "INVALID_EFFECT",
    "MISSING_VERSION",
    "NULL_WITH_IF_EXISTS",
    "RC104",
    "RC107",
    "RC108",
    "REDUNDANT_ACTION",
    "REDUNDANT_CONDITION_VALUE_NUM",
    "REDUNDANT_KEY_DUE_TO_WILDCARD_IN_CONDITION",
    "REDUNDANT_PRINCIPAL_IN_ROLE_TRUST_POLICY",
    "REDUNDANT_RESOURCE",
    "REDUNDANT_STATEMENT",
    "ROLE_TRUST_POLICY_SYNTAX_ERROR_RESOURCE",
    "UNIQUE_SIDS_RECOMMENDED",
    "UNIQUE_SIDS_REQUIRED",
    "UNSUPPORTED_SID",
}
CALLER = Principal(f"arn:aws:iam::{ACCOUNT}:user/alice", ACCOUNT, PrincipalType.USER)
# Found in these documents, among others, where a variable may be filled.
ORDINARY = {"aws:username": "alice", "aws:PrincipalArn": f"arn:aws:iam::{ACCOUNT}:user/alice"}


def fixable(example: Example, knowledge: Knowledge) -> Finding:
    return next(each for each in findings_in(example, knowledge) if example.code in each.codes and is_safe(each))


def edited(text: str, edits: tuple[Edit, ...]) -> str:
    for edit in sorted(edits, key=lambda each: -each.start):
        text = text[: edit.start] + edit.text + text[edit.end :]
    return text


def samples(policy: Policy) -> Iterator[Request]:
    """Requests that could be decided differently: actions, resources and values of the policy, and others."""
    actions, resources, keys = {"sagemaker:ListModels"}, {"*"}, dict[str, set[str]]()
    for statement in policy.statements:
        for action in (*(statement.actions or ()), *(statement.not_actions or ())):
            actions.add(filled(action) if ":" in action else "sagemaker:Search")
        for resource in (*(statement.resources or ()), *(statement.not_resources or ())):
            resources.add(filled(resource))
        for condition in statement.conditions:
            keys.setdefault(condition.key, set()).update(map(filled, condition.values))
    contexts = [ORDINARY, ORDINARY | {key: sorted(values)[0] for key, values in keys.items() if values}]
    for key, values in keys.items():
        for value in (*sorted(values), "another"):
            contexts.append(ORDINARY | {key: value})
            contexts.append(ORDINARY | {each: "x" for each in keys if each != key} | {key: value})
    for action, resource, context in product(sorted(actions), sorted(resources), contexts):
        if resource == "*" or resource.count(":") >= 5:
            yield Request(CALLER, action, Resource(resource, ACCOUNT), Context(context))


def filled(pattern: str) -> str:
    return re.sub(r"\$\{[^{}]*\}", "alice", pattern).replace("*", "x").replace("?", "x")


def outcome(request: Request, policy: Policy, kind: PolicyType) -> Outcome:
    document = SourcedPolicy(policy)
    everything = SourcedPolicy(
        parser.parse('{"Version":"2012-10-17","Statement":{"Effect":"Allow","Action":"*","Resource":"*"}}')
    )
    if kind is PolicyType.SCP:
        return decide(request, PoliciesInForce(identity=(everything,), scps=((document,),))).outcome
    if kind in (PolicyType.RESOURCE, PolicyType.TRUST, PolicyType.RCP):
        return decide(request, PoliciesInForce(resource=document)).outcome
    return decide(request, PoliciesInForce(identity=(document,))).outcome


def parsed(text: str, kind: PolicyType) -> Policy | None:
    try:
        return parser.parse(text, kind)
    except PolicyError:
        return None


def test_repair_takes_the_finding_away(repairable: Example, knowledge: Knowledge) -> None:
    example, finding = repairable, fixable(repairable, knowledge)
    kind = PolicyType(example.type)

    def lint(text: str) -> tuple[Finding, ...]:
        return findings_of_text(text, kind, example, knowledge)

    done = fix(text_of(example.wrong), lint, lambda each: example.code in each.codes)
    assert [each.code for each in done.applied] != []
    assert parsed(done.text, kind) is not None
    left = [each.where for each in lint(done.text) if example.code in each.codes and is_safe(each)]
    assert left == [], finding.fix


def test_repair_decides_as_before_unless_it_says_otherwise(repairable: Example, knowledge: Knowledge) -> None:
    example, finding = repairable, fixable(repairable, knowledge)
    kind = PolicyType(example.type)
    assert finding.fix is not None
    before = parsed(text_of(example.wrong), kind)
    after = parsed(edited(text_of(example.wrong), finding.fix.edits), kind)
    if before is None:
        assert finding.fix.changes, "a refused document that becomes valid decides otherwise"
        return
    assert after is not None
    requests = [*samples(before), *samples(after)]
    differing = [
        (request.action, request.resource.arn, request.context.values)
        for request in requests
        if outcome(request, before, kind) is not outcome(request, after, kind)
    ]
    if not finding.fix.changes:
        assert differing == []


def test_safe_repair_never_allows_what_was_not_allowed(repairable: Example, knowledge: Knowledge) -> None:
    example, finding = repairable, fixable(repairable, knowledge)
    kind = PolicyType(example.type)
    assert finding.fix is not None
    before = parsed(text_of(example.wrong), kind)
    after = parsed(edited(text_of(example.wrong), finding.fix.edits), kind)
    if before is None or after is None:
        return
    allowed = [
        (request.action, request.resource.arn)
        for request in (*samples(before), *samples(after))
        if outcome(request, after, kind) is Outcome.ALLOW and outcome(request, before, kind) is not Outcome.ALLOW
    ]
    assert allowed == []


def test_many_findings_can_be_repaired_safely() -> None:
    """Each of these says so on its page; a rule that loses its repair is missed here."""
    from analysis.lint.conftest import examples

    known = Knowledge(catalog.load())
    safe = {
        example.code
        for example in examples()
        if example.type != "suppressions"
        and any(example.code in finding.codes and is_safe(finding) for finding in findings_in(example, known))
    }
    assert safe == REPAIRED


def test_repair_keeps_the_layout_of_everything_else(knowledge: Knowledge) -> None:
    from rolecall.analysis.lint import lint

    text = """{
  "Version": "2012-10-17",
  "Statement": [
    { "Effect": "Allow",
      "Action": [ "sagemaker:Describe*",
                  "sagemaker:DescribeModel" ],   "Resource": "*" }
  ]
}
"""
    done = fix(text, lambda each: lint(each, PolicyType.IDENTITY, knowledge))
    assert done.text == text.replace(
        """"sagemaker:Describe*",
                  "sagemaker:DescribeModel" ]""",
        '"sagemaker:Describe*" ]',
    )


def test_widening_repair_is_proposed_and_not_made(knowledge: Knowledge) -> None:
    from rolecall.analysis.lint import lint

    statement = '{"Effect": "%s", "Action": "sagemaker:CreateFlowDefiniton", "Resource": "*"}'
    document = '{"Version": "2012-10-17", "Statement": [' + statement + "]}"
    allowing, denying = document % "Allow", document % "Deny"

    def findings(text: str) -> tuple[Finding, ...]:
        return lint(text, PolicyType.IDENTITY, knowledge)

    assert [each.fix.title for each in findings(allowing) if each.fix] == ["write sagemaker:CreateFlowDefinition"]
    assert fix(allowing, findings).text == allowing
    assert "CreateFlowDefinition" in fix(denying, findings).text
