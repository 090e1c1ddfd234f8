"""Clients match on these texts, so they are told word by word (public reports of the errors)."""

from __future__ import annotations

import pytest

from rolecall.authorization.rows.sagemaker import ROWS
from rolecall.authorization.trust_texts import TEXTS, not_assumable

ROLE = "arn:aws:iam::123456789012:role/X"


@pytest.mark.parametrize(
    ("operation", "text"),
    [
        (
            "CreateTrainingJob",
            f"Could not assume role {ROLE}. Please ensure that the role exists and allows principal "
            "'sagemaker.amazonaws.com' to assume the role.",
        ),
        (
            "CreateNotebookInstance",
            f"Could not assume role {ROLE}. Please ensure that the role exists and allows principal "
            "'sagemaker.amazonaws.com' to assume the role.",
        ),
        (
            "CreateModel",
            f'The execution role ARN "{ROLE}" is invalid. Please ensure that the role exists and that its trust '
            'relationship policy allows the action "sts:AssumeRole" for the service principal '
            '"sagemaker.amazonaws.com".',
        ),
        (
            "CreateDomain",
            "SageMaker is unable to perform: sts:AssumeRole on the role. Check if you have a trust relationship "
            "for 'sagemaker.amazonaws.com' to assume the role.",
        ),
    ],
)
def test_text(operation: str, text: str) -> None:
    assert not_assumable(operation, ROLE) == text


def test_texts_are_of_operations_that_pass_roles() -> None:
    for operation in TEXTS:
        assert "iam:PassRole" in {row.action for row in ROWS[operation]}
