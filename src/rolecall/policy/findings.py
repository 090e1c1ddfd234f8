"""What is wrong with a policy, and where: the one shape of every complaint about a document.

The parser makes errors; lint and Access Analyzer's checks make the other severities.
"""

from __future__ import annotations

import enum

from msgspec import Struct

from rolecall.policy.document import Span


class Severity(enum.Enum):
    """Access Analyzer's four finding types."""

    ERROR = "ERROR"
    SECURITY_WARNING = "SECURITY_WARNING"
    WARNING = "WARNING"
    SUGGESTION = "SUGGESTION"


class Finding(Struct, frozen=True):
    """One complaint. path: JSON path such as `Statement[0].Action[1]`, empty for the document itself."""

    code: str
    message: str
    path: str = ""
    span: Span | None = None
    severity: Severity = Severity.ERROR

    def __str__(self) -> str:
        where = [self.path] if self.path else []
        if self.span is not None:
            where.append(f"line {self.span.start.line} column {self.span.start.column}")
        return f"{', '.join(where)}: {self.message}" if where else self.message


class PolicyError(ValueError):
    """A document that must not be evaluated. `findings` holds everything that was seen, first the first."""

    def __init__(self, message: str, findings: tuple[Finding, ...] = ()) -> None:
        super().__init__(message)
        self.message = message
        self.findings = findings
