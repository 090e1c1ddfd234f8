"""The policy language: documents, patterns, condition operators, variables. Knows nothing of requests' origin."""

from rolecall.policy.document import Policy, PolicyType
from rolecall.policy.findings import Finding, PolicyError
from rolecall.policy.parser import parse

__all__ = ["Finding", "Policy", "PolicyError", "PolicyType", "parse"]
