"""Every code a lint can say: Access Analyzer's, and our own for SageMaker and what surrounds it."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

from rolecall.analysis.lint.codes import (
    aws_errors,
    aws_security_warnings,
    aws_suggestions,
    aws_warnings,
    sagemaker,
)
from rolecall.analysis.lint.codes.code import Code

CODES: Final[Mapping[str, Code]] = {
    row.name: row
    for rows in (
        aws_errors.ROWS,
        aws_security_warnings.ROWS,
        aws_warnings.ROWS,
        aws_suggestions.ROWS,
        sagemaker.ROWS,
    )
    for row in rows
}

__all__ = ["CODES", "Code"]
