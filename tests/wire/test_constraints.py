"""The limits of the models, and AWS's words for their violations."""

from __future__ import annotations

from pathlib import Path
from typing import Any, Final

import pytest
import yaml

from rolecall.wire import models
from rolecall.wire.constraints import check
from rolecall.wire.errors import AwsError
from rolecall.wire.java_patterns import full_match, translate
from rolecall.wire.services import SERVICES

CASES: Final = yaml.safe_load((Path(__file__).parents[1] / "cases" / "wire" / "constraints.yaml").read_text())


@pytest.mark.parametrize("case", CASES, ids=lambda case: case["name"])
def test_violations_are_told_in_the_services_words(case: dict[str, Any]) -> None:
    with pytest.raises(AwsError) as refusal:
        check(case["service"], case["operation"], case["parameters"])
    error = refusal.value
    assert (error.code, error.status, error.message) == (case["code"], 400, case["message"])


@pytest.mark.parametrize(
    ("service", "operation", "parameters"),
    [
        ("sagemaker", "DescribeModel", {"ModelName": "a-b"}),
        ("sagemaker", "AddTags", {"ResourceArn": "arn:aws:sagemaker:us-east-1:123456789012:model/m", "Tags": []}),
        ("iam", "CreateUser", {"UserName": "a+=,.@_-", "Path": "/a/b/"}),
        ("sts", "GetCallerIdentity", {}),
        ("sts", "AssumeRole", {"RoleArn": "arn:aws:iam::123456789012:role/r", "RoleSessionName": "s1"}),
    ],
)
def test_parameters_within_the_limits_pass(service: str, operation: str, parameters: dict[str, Any]) -> None:
    check(service, operation, parameters)


def test_every_operation_of_every_service_can_be_checked() -> None:
    """Compiles all shapes, hence all patterns: one that is not translated would raise."""
    for service in SERVICES:
        for operation in sorted(models.operation_names(service)):
            shape = models.operation(service, operation).input_shape
            needed = shape is not None and any(
                name for name in shape.required_members
            )  # fmt: skip
            if needed:
                with pytest.raises(AwsError, match=r"Member must not be null|You must include a value"):
                    check(service, operation, {})
            else:
                check(service, operation, {})


@pytest.mark.parametrize(
    ("pattern", "text", "holds"),
    [
        (r"[\p{L}\p{Z}\p{N}_.:/=+\-@]*", "équipe 7", True),
        (r"[\p{L}\p{Z}\p{N}_.:/=+\-@]*", "a{b}", False),
        (r"[\w+=,.@-]*", "é", False),
        (r"\d{12}", "١٢٣٤٥٦٧٨٩٠١٢", False),
        (r"^[a-z]+$", "abc\n", False),
        (r".*", "a\u2028b", False),
        (r".*", "a\nb", False),
        (r"[.]", "x", False),
        (r"\A\S[\p{Print}]*\z", "a b", True),
        (r"\p{ASCII}*", "é", False),
        (r"([\p{L}]*)${1,128}", "ab", True),
        (r"[\u0020-\uD7FF\uE000-\uFFFD\uD800\uDC00-\uDBFF\uDFFF\t]*", "a😹\t", True),
        (r"[\u0020-\uD7FF\uE000-\uFFFD\uD800\uDC00-\uDBFF\uDFFF\t]*", "\x00", False),
        (r".*(?:[ \r\n\t].*)*", "a\nb\r c", True),
        (r".*(?:[ \r\n\t].*)*", "a\x85", False),
        (r"[a-z0-9]([-a-z0-9]*[a-z0-9]){0,39}?", "a", True),
        (r"[a-z0-9]([-a-z0-9]*[a-z0-9]){0,39}?", "a--b-c", True),
        (r"[a-z0-9]([-a-z0-9]*[a-z0-9]){0,39}?", "a-", False),
        (r"https://([.\-_a-zA-Z0-9]+/?){3,1016}", "https://abc", True),
        (r"https://([.\-_a-zA-Z0-9]+/?){3,1016}", "https://a.b/c/", True),
        (r"https://([.\-_a-zA-Z0-9]+/?){3,1016}", "https://ab", False),
        (r"https://([.\-_a-zA-Z0-9]+/?){3,1016}", "https://abc//d", False),
        (r"https://([.\-_a-zA-Z0-9]+/?){3,1016}", "https:///abc", False),
        (r"[\w-_]*", "a-b_c", True),
        (r"[\w-_]*", "a/b", False),
        (r"[a-z]{3}\d-az\d", "use1-az1", True),
    ],
)
def test_java_pattern_means_the_same_here(pattern: str, text: str, holds: bool) -> None:
    assert bool(full_match(pattern)(text)) is holds


@pytest.mark.parametrize("pattern", [r"[a-z&&[^b]]", r"[a[bc]]", r"\p{Nonsense}", r"\R", r"(?<name>a)"])
def test_java_construct_that_would_mean_something_else_is_refused(pattern: str) -> None:
    with pytest.raises(ValueError, match=r"not translated|unknown property"):
        translate(pattern)


@pytest.mark.parametrize(
    ("pattern", "text"),
    [
        (r".*(?:[ \r\n\t].*)*.*", " a" * 5000 + "\x85"),
        (r"[a-z0-9]([-a-z0-9]*[a-z0-9]){0,39}?", "a" * 5000 + "!"),
        (r"https://([.\-_a-zA-Z0-9]+/?){3,1016}", "https://" + "a." * 500 + " "),
    ],
)
def test_pattern_that_java_backtracks_over_is_answered(pattern: str, text: str) -> None:
    """The same text takes Python's `re` beyond any patience with the pattern as it stands in the model."""
    assert not full_match(pattern)(text)


def test_a_text_far_beyond_its_length_is_refused_for_that_alone() -> None:
    """Matching the pattern would take the square of its length, which anybody may choose."""
    with pytest.raises(AwsError) as refusal:
        check("sagemaker", "DescribeImageVersion", {"ImageName": "i", "Alias": "1" * 1_000_000 + "x"})
    assert refusal.value.message.startswith("1 validation error detected: Value '111")
    assert refusal.value.message.endswith("Member must have length less than or equal to 128")


@pytest.mark.parametrize(
    ("operation", "parameters", "reason", "message"),
    [
        ("DescribePolicy", {"PolicyId": "x"}, "INVALID_SYNTAX_POLICY_ID", "You specified an invalid value."),
        (
            "TagResource",
            {"ResourceId": "0A", "Tags": []},
            "INVALID_PATTERN",
            "You provided a value that does not match the required pattern.",
        ),
        ("ListPolicies", {"Filter": "X"}, "INVALID_ENUM", "You specified an invalid value."),
        (
            "ListAccounts",
            {"MaxResults": 21},
            "MAX_VALUE_EXCEEDED",
            "You provided a numeric parameter that has a larger value than allowed.",
        ),
        (
            "DescribePolicy",
            {},
            "INPUT_REQUIRED",
            "You must include a value for all required parameters.",
        ),
    ],
)
def test_organizations_gives_a_reason(
    operation: str, parameters: dict[str, Any], reason: str, message: str
) -> None:
    """Organizations API Reference, InvalidInputException."""
    with pytest.raises(AwsError) as raised:
        check("organizations", operation, parameters)
    error = raised.value
    assert (error.code, error.message, error.members) == ("InvalidInputException", message, {"Reason": reason})
