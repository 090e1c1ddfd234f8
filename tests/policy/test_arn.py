"""ARNs are cut at the first five colons."""

from __future__ import annotations

import pytest

from rolecall.policy.arn import Arn, ShortArn, parse_arn, split_arn, split_pattern


def test_the_sixth_part_keeps_its_colons() -> None:
    assert parse_arn("arn:aws:logs:us-east-1:1:log-group:/g:log-stream:s") == Arn(
        "aws", "logs", "us-east-1", "1", "log-group:/g:log-stream:s"
    )


@pytest.mark.parametrize("text", ["", "*", "arn", "arn:aws:s3", "arn:aws:s3::b", "urn:aws:s3:::b", "b/k"])
def test_what_is_no_arn(text: str) -> None:
    assert split_arn(text) is None
    assert parse_arn(text) is None


def test_an_arn_is_written_as_it_was_read() -> None:
    text = "arn:aws:iam::111122223333:role/ml/R"
    assert str(parse_arn(text)) == text


@pytest.mark.parametrize(
    ("short", "text", "parts"),
    [
        (ShortArn.PADDED, "arn:aws:s3", ("arn", "aws", "s3", "*", "*", "*")),
        (ShortArn.PADDED, "arn:aws:s3:*", ("arn", "aws", "s3", "*", "*", "*")),
        (ShortArn.PADDED_IF_WILD, "arn:aws:s3:*", ("arn", "aws", "s3", "*", "*", "*")),
        (ShortArn.PADDED_IF_WILD, "arn:aws:s3", None),
        (ShortArn.REFUSED_UNLESS_WILD, "arn:aws:s3:*", ("arn", "aws", "s3", "*", "*", "*")),
        (ShortArn.REFUSED, "arn:aws:s3:*", None),
        (ShortArn.REFUSED, "arn:aws:s3:::b:c", ("arn", "aws", "s3", "", "", "b:c")),
    ],
)
def test_short_patterns_are_padded_as_their_policy_type_wants(
    short: ShortArn, text: str, parts: tuple[str, ...] | None
) -> None:
    """SEMANTICS 3.7."""
    assert split_pattern(text, short) == parts
