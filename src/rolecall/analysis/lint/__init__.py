"""What is wrong with a policy's text, where, and what to do: Access Analyzer's findings, and our own."""

from rolecall.analysis.lint.codes import CODES
from rolecall.analysis.lint.finding import Finding, Fix
from rolecall.analysis.lint.guessing import guess, is_policy
from rolecall.analysis.lint.knowledge import Knowledge
from rolecall.analysis.lint.linting import lint
from rolecall.analysis.lint.look import Options

__all__ = ["CODES", "Finding", "Fix", "Knowledge", "Options", "guess", "is_policy", "lint"]
