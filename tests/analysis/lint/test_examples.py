"""Every finding has an example: it is found where it stands, and the repaired policy is without it."""

from __future__ import annotations

import json

from rolecall.analysis.lint import CODES, Knowledge
from rolecall.analysis.lint.example import SUPPRESSIONS, Example, findings_in, text_of
from rolecall.policy.document import PolicyType
from rolecall.policy.findings import Severity


def test_wrong_example_is_found_in_its_place(example: Example, knowledge: Knowledge) -> None:
    found = [each for each in findings_in(example, knowledge) if example.code in each.codes]
    assert example.at in [each.where for each in found]
    if example.line is not None:
        assert [each.span.start.line for each in found if each.span] == [example.line]


def test_repaired_example_is_without_it_and_without_errors(example: Example, knowledge: Knowledge) -> None:
    found = findings_in(example, knowledge, repaired=True)
    assert [each for each in found if example.code in each.codes] == []
    assert [each.code for each in found if each.severity is Severity.ERROR] == []


def test_span_is_the_text_that_the_path_leads_to(example: Example, knowledge: Knowledge) -> None:
    text = text_of(example.wrong)
    for finding in findings_in(example, knowledge):
        if finding.span is None or finding.code in ("JSON_SYNTAX_ERROR", "RC118"):
            continue
        spelled = json.loads(text[finding.span.start.offset : finding.span.end.offset])
        if finding.named:
            assert spelled == finding.path[-1]
        else:
            value = json.loads(text)
            for step in finding.path:
                value = value[step]
            assert spelled == value
        before = text[: finding.span.start.offset]
        assert finding.span.start.line == before.count("\n") + 1


def test_example_is_of_a_policy_type_that_can_have_the_finding(example: Example) -> None:
    assert CODES[example.code].concerns(PolicyType(example.type))


def test_every_code_has_an_example_and_says_when() -> None:
    from analysis.lint.conftest import examples

    first: dict[str, Example] = {}
    for each in examples():
        first.setdefault(each.code, each)
    assert first.keys() == CODES.keys()
    assert [code for code, each in first.items() if not each.when] == []
    assert {code for code, each in first.items() if each.type == SUPPRESSIONS} == {"RC901", "RC902"}
